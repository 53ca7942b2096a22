"""Texts of Word 97 to 2003: all that was typed, in its order, with headers, notes and text boxes.

What lies between the pieces of the text, and in the tables that describe it, is read as letters:
names of authors and bookmarks, what a fast save left behind.
Source: [MS-DOC] 2.4.1, 2.5.1 and 2.9.38. Misses: pictures beside text; where a row ends that has
empty cells.
"""

from collections.abc import Iterator
from struct import error, unpack_from

from detectors.documents.base import Document, letters, wide_letters

_SIGN = b"\xec\xa5"
_WORD_97 = 0x00C1
_SEALED, _WHICH = 0x0100, 0x0200
_PIECES_AT = 0x01A2
"""Where the head says where the list of pieces is."""
_PROPERTIES, _LIST = 1, 2
_NARROW = 1 << 30
_PICTURES = "\x01\x08"
_SAID = str.maketrans(
    {
        **dict.fromkeys("\r\x0b\x0c\x0e", "\n"),
        **dict.fromkeys("\x01\x02\x03\x04\x05\x08\x14\x15\x1f", ""),
        "\x07": "\t",
        "\x13": " ",
        "\x1e": "-",
    }
)
"""What signs of the format say: cells, fields, pictures, hyphens."""


def is_one(content: bytes) -> bool:
    """A stream `WordDocument` of Word 97 or later."""
    return content.startswith(_SIGN) and int.from_bytes(content[2:4], "little") >= _WORD_97


def table(content: bytes) -> str:
    """The name of the stream that describes this one."""
    return "1table" if int.from_bytes(content[10:12], "little") & _WHICH else "0table"


def read(content: bytes, about: bytes) -> Iterator[Document]:
    """What the stream says, with the one that describes it."""
    if int.from_bytes(content[10:12], "little") & _SEALED:
        yield Document(unread=frozenset({"encrypted"}))
        return
    try:
        pieces = list(_pieces(content, about))
    except (error, ValueError):
        yield Document((*letters(content), *wide_letters(content)), frozenset({"damaged"}))
        return
    text = "".join(
        content[start:end].decode("cp1252" if is_narrow else "utf-16-le", "replace")
        for start, end, is_narrow in pieces
    )
    said = text.replace("\x07\x07", "\n").translate(_SAID)
    is_picture = not said.strip() and any(sign in text for sign in _PICTURES)
    yield Document((said,), frozenset({"image"} if is_picture else ()))
    rest, at = [], 0
    for start, end, _ in sorted(pieces):
        rest.append(content[at:start])
        at = max(at, end)
    for other in (*rest, content[at:]):
        yield Document((*letters(other), *wide_letters(other))).beside


def _pieces(content: bytes, about: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where each begins and ends, and whether its letters have one byte. Raises struct.error, and
    ValueError for what is no list of pieces."""
    at, length = unpack_from("<II", content, _PIECES_AT)
    end = at + length
    while at < end and about[at : at + 1] == bytes([_PROPERTIES]):
        at += 3 + int(unpack_from("<H", about, at + 1)[0])
    kind, size = unpack_from("<BI", about, at)
    many = (size - 4) // 12
    if kind != _LIST or many <= 0 or at + 5 + size > len(about):
        raise ValueError("no list of pieces")
    places = unpack_from(f"<{many + 1}I", about, at + 5)
    said = 0
    for i in range(many):
        (where,) = unpack_from("<I", about, at + 5 + 4 * (many + 1) + 8 * i + 2)
        count = places[i + 1] - places[i]
        is_narrow = bool(where & _NARROW)
        start = (where & ~_NARROW) // 2 if is_narrow else where
        stop = start + count * (1 if is_narrow else 2)
        said += count
        if count < 0 or stop > len(content) or said > len(content):
            raise ValueError("a piece that is not there")
        yield start, stop, is_narrow
