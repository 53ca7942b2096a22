"""Sheets of Excel before 2007: cells row by row, notes, text boxes, names of sheets.

Of records that are not known here the letters are picked up, so that nothing said is lost.
Source: [MS-XLS] 2.1, 2.4 and 2.5, of version 8 of the format; of earlier ones nothing is read.
"""

from collections.abc import Iterator
from struct import error, unpack, unpack_from

from detectors.documents import sheet
from detectors.documents.base import Document, letters, wide_letters
from detectors.documents.rows import Rows

_BEGIN, _SEALED, _GOES_ON = 0x0809, 0x002F, 0x003C
_VERSION = b"\0\6"
_STRINGS, _SHEET, _FORMAT, _LOOK, _SINCE_1904 = 0x00FC, 0x0085, 0x041E, 0x00E0, 0x0022
_SHARED, _LABEL, _RICH, _NUMBER, _SHORT, _SHORTS = 0x00FD, 0x0204, 0x00D6, 0x0203, 0x027E, 0x00BD
_FORMULA, _RESULT, _NOTE, _BOX, _ON_PAPER = 0x0006, 0x0207, 0x001C, 0x01B6, (0x0014, 0x0015)
_SHOWN = frozenset({_STRINGS, _SHARED, _LABEL, _RICH, _NUMBER, _SHORT, _SHORTS, _FORMULA, _RESULT})
"""Those that people see."""
_QUIET = frozenset(
    {
        *(0x0031, 0x0208, 0x00FF, 0x00BE, 0x0201, 0x00D7, 0x0293, 0x0892, 0x00EB, 0x0205, 0x005D),
        *(0x0010, 0x0026, 0x0027, 0x0028, 0x0029, 0x00A1, 0x001D),
        *(0x0200, 0x020B, 0x0225, 0x0055, 0x007D, 0x00E5, 0x0092, 0x0896, 0x089A, 0x087D, 0x004D),
    }
)
"""Fonts, rows, cells without words, styles, indexes, widths, pictures, printers."""
_FILLED_UP = 4096
"""A stream may end with fewer zeros."""
_EXACT = 15
"""Digits of a number."""


def is_one(content: bytes) -> bool:
    """A stream `Workbook` of Excel 97 or later."""
    return content[:2] == b"\x09\x08" and content[4:6] == _VERSION


def read(content: bytes) -> Iterator[Document]:
    """What the stream says."""
    reader, unread = _Reader(), set[str]()
    try:
        for kind, pieces in _records(content):
            if kind == _SEALED:
                unread.add("encrypted")
                break
            if not reader.record(kind, pieces) and kind in _SHOWN:
                unread.add("damaged")
    except (error, ValueError):  # what came before it has been read
        unread.add("damaged")
    reader.ends()
    yield Document(tuple(reader.sheets), frozenset(unread))
    yield Document(("\n".join(reader.beside), *reader.unused())).beside
    if "damaged" in unread:
        yield Document((*letters(content), *wide_letters(content)))


def _records(content: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """The number of each, and its pieces, which go on in records of their own."""
    at, kind, pieces = 0, 0, list[bytes]()
    while content[at:].strip(b"\0") if len(content) - at < _FILLED_UP else True:
        following, length = unpack_from("<HH", content, at)
        piece = content[at + 4 : at + 4 + length]
        if len(piece) < length:
            raise ValueError("a record goes on after the end")
        at += 4 + length
        if following == _GOES_ON and pieces:
            pieces.append(piece)
            continue
        if pieces:
            yield kind, pieces
        kind, pieces = following, [piece]
    if pieces:
        yield kind, pieces


class _Text:
    """Strings in the pieces of a record, from a byte of the first piece on."""

    def __init__(self, pieces: list[bytes], at: int = 0) -> None:
        self._pieces, self._number, self._at = pieces, 0, at

    def take(self, many: int) -> bytes:
        """So many bytes. Raises IndexError where there are fewer."""
        out = b""
        while many:
            piece = self._pieces[self._number]
            some = piece[self._at : self._at + many]
            out, many = out + some, many - len(some)
            self._at += len(some)
            if many:
                self._number, self._at = self._number + 1, 0
        return out

    def skip(self, many: int) -> None:
        """Goes on after so many bytes. Raises IndexError where there are fewer."""
        while many > (left := len(self._pieces[self._number]) - self._at):
            self._number, self._at, many = self._number + 1, 0, many - left
        self._at += many

    def string(self, length_bytes: int = 2) -> str:
        """One with its length, flags and formats."""
        length, flags = int.from_bytes(self.take(length_bytes), "little"), self.take(1)[0]
        formats = 4 * int.from_bytes(self.take(2), "little") if flags & 8 else 0
        formats += int.from_bytes(self.take(4), "little") if flags & 4 else 0
        said = self.letters(length, flags & 1)
        self.skip(formats)
        return said

    def letters(self, many: int, is_wide: int) -> str:
        """So many letters; each piece after the first says how wide its letters are."""
        out = []
        while many:
            piece, size = self._pieces[self._number], 1 + is_wide
            some = min(many, (len(piece) - self._at) // size)
            raw = piece[self._at : self._at + some * size]
            out.append(raw.decode("utf-16-le" if is_wide else "latin-1", "replace"))
            self._at, many = self._at + some * size, many - some
            if many:
                self._number, self._at = self._number + 1, 1
                is_wide = self._pieces[self._number][0] & 1
        return "".join(out)


class _Reader:
    """Takes records one after the other."""

    def __init__(self) -> None:
        self.sheets: list[str] = []
        self.beside: list[str] = []
        self._strings: list[str] = []
        self._unused: set[int] = set()
        self._forms = sheet.forms({})
        self._looks: list[str] = []
        self._since = sheet.BEGINNINGS[0]
        self._cells: dict[int, dict[int, str]] = {}
        self._computed = (0, 0)

    def unused(self) -> Iterator[str]:
        """Strings that no cell shows."""
        return (self._strings[number] for number in sorted(self._unused))

    def record(self, kind: int, pieces: list[bytes]) -> bool:
        """Whether it could be read; of what could not be the letters are picked up."""
        try:
            self._record(kind, pieces)
        except (error, LookupError):
            self._letters(b"".join(pieces))
            return False
        return True

    def _letters(self, data: bytes) -> None:
        self.beside += (*letters(data), *wide_letters(data))

    def _record(self, kind: int, pieces: list[bytes]) -> None:
        data = pieces[0]
        if kind == _SHARED:
            row, column, _, number = unpack_from("<HHHI", data)
            self._unused.discard(number)
            self._put(row, column, self._strings[number])
        elif kind in (_NUMBER, _SHORT, _SHORTS, _FORMULA):
            self._numbers(kind, data)
        elif kind in (_LABEL, _RICH):
            row, column = unpack_from("<HH", data)
            self._put(row, column, _Text(pieces, 6).string())
        elif kind == _RESULT:
            self._put(*self._computed, _Text(pieces).string())
        elif kind == _STRINGS:
            text = _Text(pieces, 8)
            for number in range(unpack_from("<I", data, 4)[0]):
                self._strings.append(text.string())
                self._unused.add(number)
        elif kind == _FORMAT:
            code = _Text(pieces, 2).string()
            self._forms |= sheet.forms({str(unpack_from("<H", data)[0]): code})
        elif kind == _LOOK:
            self._looks.append(self._forms.get(str(unpack_from("<H", data, 2)[0]), ""))
        elif kind == _BEGIN:
            self.ends()
        elif kind == _SINCE_1904:
            self._since = sheet.BEGINNINGS[data[0] & 1]
        else:
            self._said_beside(kind, pieces)

    def _said_beside(self, kind: int, pieces: list[bytes]) -> None:
        if kind == _SHEET:
            self.beside.append(_Text(pieces, 6).string(1))
        elif kind == _NOTE:
            self.beside.append(_Text(pieces, 8).string())
        elif kind in _ON_PAPER and pieces[0]:
            self.beside.append(_Text(pieces).string())
        elif kind == _BOX and len(pieces) > 1 and pieces[1]:
            (many,) = unpack_from("<H", pieces[0], 10)
            self.beside.append(_Text(pieces[1:], 1).letters(many, pieces[1][0] & 1))
        elif kind not in _QUIET:
            self._letters(b"".join(pieces))

    def _numbers(self, kind: int, data: bytes) -> None:
        row, column, look = unpack_from("<HHH", data)
        if kind == _SHORTS:
            for i, at in enumerate(range(4, len(data) - 7, 6)):
                look, packed = unpack_from("<HI", data, at)
                self._number(row, column + i, look, _unpacked(packed))
        elif kind == _SHORT:
            self._number(row, column, look, _unpacked(unpack_from("<I", data, 6)[0]))
        elif kind == _NUMBER or data[12:14] != b"\xff\xff":
            self._number(row, column, look, unpack_from("<d", data, 6)[0])
        elif data[6] == 0:  # a text, which comes next
            self._computed = row, column
        if kind == _FORMULA:
            self._letters(data[22:])

    def _number(self, row: int, column: int, look: int, value: float) -> None:
        form = self._looks[look] if look < len(self._looks) else ""
        self._put(row, column, sheet.shown(f"{value:.{_EXACT}g}", form, self._since))

    def _put(self, row: int, column: int, text: str) -> None:
        self._cells.setdefault(row, {})[column] = text

    def ends(self) -> None:
        """The sheet has."""
        rows, before = Rows(), -1
        for row, cells in sorted(self._cells.items()):
            if row > before + 1:
                rows.row_ends()
            before, last = row, -1
            for column, text in sorted(cells.items()):
                rows.skip(column - last - 1)
                rows.cell(text)
                last = column
            rows.row_ends()
        self.sheets.append(rows.text())
        self._cells.clear()


def _unpacked(packed: int) -> float:
    """A number in four bytes."""
    if packed & 2:
        value = float((packed - (1 << 32) if packed >> 31 else packed) >> 2)
    else:
        (value,) = unpack("<d", (packed >> 2 << 34).to_bytes(8, "little"))
    return value / 100 if packed & 1 else value
