"""Rich Text Format, also as Outlook packs it.

Headers, footnotes, comments, fields and properties are read beside the text, and what was put into
it. Source: RTF specification 1.9.1; [MS-OXRTFCP] 2.1 to 3.1, read 2026-11-29.
Misses: pictures beside text.
"""

import re
from collections.abc import Iterator
from struct import error, unpack_from
from typing import NamedTuple

from detectors.documents.base import Budget, Document, gathered, plain
from detectors.documents.embedded import embedded

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|"
    rb"([^\\{}\r\n]+)"
)
"""A word of the format with its number, a letter by its number, a sign, a brace, text."""
_SAID = {
    **dict.fromkeys(("par", "line", "sect", "page", "row", "nestrow", "lbr"), "\n"),
    **dict.fromkeys(("tab", "cell", "nestcell"), "\t"),
    **dict.fromkeys(("emspace", "enspace"), " "),
    "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "bullet": "•",
}  # fmt: skip
_SIGNS = {b"~": " ", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\", b"\n": "\n", b"\r": "\n"}
_SILENT = frozenset(
    {
        *("fonttbl", "colortbl", "stylesheet", "listtable", "listoverridetable", "listpicture"),
        *("rsidtbl", "themedata", "colorschememapping", "latentstyles", "datastore", "xmlnstbl"),
        *("generator", "pnseclvl", "pict", "objdata", "objclass", "blipuid", "wgrffmtfilter"),
        *("mmathPr", "panose", "fontemb", "passwordhash", "writereservhash", "sn", "oldcprops"),
        *("oldpprops", "oldsprops", "oldtprops"),
    }
)
"""Groups without words of anybody's, and those that are hexadecimal."""
_ASIDE = frozenset(
    {
        *("info", "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr"),
        *("footerf", "footnote", "annotation", "fldinst", "shptxt", "shpinst", "formfield"),
        *("xe", "tc", "atnid", "atnauthor"),
    }
)
"""Groups that are read beside the text; so are all that older readers may leave out."""
_PAGES = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "cp936", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
"""By the number of a font's alphabet."""
_PACKED, _UNPACKED = b"LZFu", b"MELA"
_HEAD_BYTES = 16
_BEFORE = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What every packed text is taken to follow, so that even its beginning can repeat something."""
_WINDOW = 4096
_MOST_FALLBACK = 4
"""No letter of any code page takes more bytes."""


def is_one(data: bytes) -> bool:
    """By its first group."""
    return data.startswith(b"{\\rtf")


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    if not budget.take(len(data)):
        return Document(unread=frozenset({"archive"}))
    return gathered(_parts(data, budget))


def _parts(data: bytes, budget: Budget) -> Iterator[Document]:
    reader = _Reader(data)
    text, aside = _joined(reader.text), _joined(reader.aside)
    yield Document((text,))
    yield Document((aside,)).beside
    if reader.has_pictures and not text.strip():
        yield Document(unread=frozenset({"image"}))
    if not reader.is_whole:
        yield Document(unread=frozenset({"damaged"}))
    for content in reader.objects:
        yield from embedded(content, budget)


def _joined(pieces: list[str]) -> str:
    """Letters beyond 65,535 are written as two."""
    return "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _Group(NamedTuple):
    """What holds to the end of a group."""

    kind: str = "text"
    """`text`, `aside`, or the name of one that is not read."""
    page: str = "cp1252"
    fallback: int = 1
    """How many characters stand for one that older readers do not know."""


class _Reader:
    """Goes through a text once."""

    def __init__(self, data: bytes) -> None:
        self.text: list[str] = []
        self.aside: list[str] = []
        self.objects: list[bytes] = []
        self.has_pictures = self.is_whole = False
        self._fonts: dict[int, str] = {}
        self._font, self._default = 0, "cp1252"
        self._group, self._above = _Group(), list[_Group]()
        self._bytes, self._digits = bytearray(), bytearray()
        self._left_out = 0
        at = 0
        while found := _TOKEN.search(data, at):
            at = found.end()
            word, number, hexed, sign, brace, run = found.groups()
            if word == b"bin":
                content = data[at : at + max(0, int(number or 0))]
                self._binary(content)
                at += len(content)
            elif word is not None:
                self._word(word.decode(), int(number) if number else None)
            elif hexed is not None:
                self._letters(bytes.fromhex(hexed.decode()))
            elif sign is not None:
                self._sign(sign)
            elif brace is not None:
                self._brace(brace)
            elif run is not None:
                self._letters(run)
        self.is_whole = not self._above
        self._brace(b"}")

    def _brace(self, brace: bytes) -> None:
        self._write("")
        self._left_out = 0
        if brace == b"{":
            self._above.append(self._group)
            return
        ended, self._group = self._group, self._above.pop() if self._above else _Group()
        if ended.kind == "aside":
            self.aside.append("\n")
        elif ended.kind == "objdata" and self._group.kind != "objdata":
            self.objects.append(bytes.fromhex(self._digits[: len(self._digits) & ~1].decode()))
            self._digits.clear()

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._enter("aside")
        elif self._left_out:
            self._left_out -= 1
        else:
            self._write(_SIGNS.get(sign, ""))

    def _enter(self, kind: str) -> None:
        if self._group.kind in ("text", "aside"):
            self._write("")
            self._group = self._group._replace(kind=kind)

    def _word(self, word: str, number: int | None) -> None:
        if word == "u" and number is not None:
            self._write(chr(number & 0xFFFF))
            self._left_out = self._group.fallback
        elif word == "uc":
            fallback = min(max(0, number or 0), _MOST_FALLBACK)
            self._group = self._group._replace(fallback=fallback)
        elif word in ("f", "fcharset", "ansicpg", "plain"):
            self._alphabet(word, number or 0)
        elif word == "picprop" and self._group.kind == "pict":
            self._group = self._group._replace(kind="aside")
        elif word in _SILENT:
            self.has_pictures |= word == "pict"
            self._enter(word)
        elif word in _ASIDE:
            self._enter("aside")
        elif word in _SAID:
            self._write(_SAID[word])

    def _alphabet(self, word: str, number: int) -> None:
        self._write("")
        if word == "ansicpg":
            self._default = f"cp{number}"
        elif word == "fcharset":
            if number in _PAGES:
                self._fonts[self._font] = _PAGES[number]
            return
        elif self._group.kind == "fonttbl":
            self._font = number
        page = self._fonts.get(number, self._default) if word == "f" else self._default
        self._group = self._group._replace(page=page)

    def _letters(self, run: bytes) -> None:
        run, self._left_out = run[self._left_out :], max(0, self._left_out - len(run))
        if self._group.kind == "objdata":
            self._digits += bytes(b for b in run if b in b"0123456789abcdefABCDEF")
        elif self._group.kind in ("text", "aside"):
            self._bytes += run

    def _binary(self, content: bytes) -> None:
        if self._group.kind == "objdata":
            self._digits += content.hex().encode()
        elif self._group.kind in ("text", "aside"):
            self._bytes += content

    def _write(self, said: str) -> None:
        """What was collected, and then this."""
        if self._group.kind not in ("text", "aside"):
            return
        pieces = self.text if self._group.kind == "text" else self.aside
        if self._bytes:
            try:
                pieces.append(self._bytes.decode(self._group.page, "replace"))
            except LookupError:
                pieces.append(self._bytes.decode("cp1252", "replace"))
            self._bytes.clear()
        pieces.append(said)


def packed(data: bytes, budget: Budget) -> Document:
    """A text as Outlook packs it."""
    try:
        text = unpacked(data, budget.size_bytes)
    except (error, ValueError):
        return Document(unread=frozenset({"damaged"}))
    if text is None:
        return Document(unread=frozenset({"archive"}))
    return read(text, budget) if is_one(text) else plain(text)


def unpacked(data: bytes, most: int) -> bytes | None:
    """None if it is more than `most` bytes. Raises ValueError or struct.error for what is none."""
    size, kind = *unpack_from("<I", data, 4), data[8:12]
    content = data[_HEAD_BYTES:]
    if kind == _UNPACKED:
        return content[:size] if min(size, len(content)) <= most else None
    if kind != _PACKED:
        raise ValueError("not packed as Outlook does")
    out, at = bytearray(_BEFORE), 0
    while at < len(content):
        flags, at = content[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += content[at : at + 1]
                at += 1
                continue
            token, at = int.from_bytes(content[at : at + 2]), at + 2
            back = (len(out) - (token >> 4)) % _WINDOW
            if back == 0 or at > len(content):
                return bytes(out[len(_BEFORE) :])
            start = len(out) - back
            if start < 0:
                raise ValueError("a copy of what was not there")
            for i in range((token & 0xF) + 2):
                out.append(out[start + i])
        if len(out) - len(_BEFORE) > most:
            return None
    return bytes(out[len(_BEFORE) :])
