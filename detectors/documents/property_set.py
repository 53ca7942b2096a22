"""Properties of a document before 2007: title, author, company, those that people made up.

Source: [MS-OLEPS] 2.
"""

from struct import error, unpack_from

from detectors.documents.base import Document, letters, wide_letters

_BEGINS = b"\xfe\xff"
_HEAD_BYTES, _SET_BYTES = 28, 20
_PAGE, _NARROW, _WIDE = 1, 0x1E, 0x1F
"""The property of the code page; kinds of texts."""
_MOST = 1_000
"""Properties of a set."""


def is_one(content: bytes) -> bool:
    """By its order of bytes."""
    return content.startswith(_BEGINS) and len(content) >= _HEAD_BYTES + _SET_BYTES


def read(content: bytes) -> Document:
    """Its texts; of what is no text, and of what is damaged, the letters."""
    return Document(
        tuple(dict.fromkeys((*_texts(content), *letters(content), *wide_letters(content))))
    )


def _texts(content: bytes) -> list[str]:
    found, left = list[str](), len(content)
    try:
        for number in range(min(2, unpack_from("<I", content, 24)[0])):
            (start,) = unpack_from("<I", content, _HEAD_BYTES + number * _SET_BYTES + 16)
            _, many = unpack_from("<II", content, start)
            page = "cp1252"
            for i in range(min(many, _MOST)):
                name, offset = unpack_from("<II", content, start + 8 + 8 * i)
                kind, length = unpack_from("<II", content, start + offset)
                at = start + offset + 8
                if name == _PAGE:
                    page = f"cp{length & 0xFFFF}"
                elif kind in (_NARROW, _WIDE):
                    raw = content[at : at + length * (1 + (kind == _WIDE))]
                    left -= len(raw)
                    if left < 0:  # they lie in one another
                        return found
                    found.append(_decoded(raw, page if kind == _NARROW else "utf-16-le"))
    except error:
        pass  # what is left of it is read as letters
    return found


def _decoded(raw: bytes, page: str) -> str:
    try:
        text = raw.decode("utf-8" if page == "cp65001" else page, "replace")
    except LookupError:
        text = raw.decode("cp1252", "replace")
    return text.rstrip("\0")
