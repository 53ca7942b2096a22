"""Sheets of Excel: values as people see them, each in the column of its heading.

A date is kept as the number of a day, and only the format of its cell says that it is one; so it
is with the zeros that a postal code begins with. Cells that are empty are not kept.
Source: ECMA-376, 5th edition, part 1, 18.3, 18.8.30 and 18.17.4.
Misses: formats with conditions, and those of fractions.
"""

import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from xml.etree.ElementTree import Element

from detectors.documents.office_text import local, said
from detectors.documents.rows import Rows

_BUILT_IN = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Numbers of the formats for dates and times that every book has."""
_QUIET = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|general', re.IGNORECASE)
"""Parts of a format that say nothing about what a number stands for."""
_DATES = re.compile(r"[dmyhs]", re.IGNORECASE)
_DIGITS = re.compile(r"[0#/ ()-]++")
"""A format that sets digits apart, or fills a number up with zeros."""
_LONGEST = 255
"""No format has more letters."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""A letter that XML cannot hold, above all the end of a line."""
_COLUMN = re.compile(r"[A-Z]{1,3}(?=\d)")
_LETTERS = 26
_EXACT = 15
"""Digits that are shown at most."""
_DIGITS_OF_ANY = 9
"""No book has strings or styles whose numbers are as long."""
_LARGE = 1e30
"""From here on a number counts nothing."""
_LAST_DAY = 2_958_466
"""The first of the year 10000."""
BEGINNINGS = datetime(1899, 12, 30), datetime(1904, 1, 1)
_LEAP_DAY = 60
"""Before it, the days of the first calendar are counted from one later: it has 29 February 1900."""


class Book:
    """What the sheets of a book share."""

    def __init__(self) -> None:
        self._strings: list[str] = []
        self._unused: set[int] = set()
        self._forms: list[str] = []
        """Of each style of a cell: see `_form`."""
        self._since = BEGINNINGS[0]
        self._titles: dict[str, str] = {}
        """Of each sheet, by how the book refers to it."""
        self._parts: dict[str, str] = {}
        """How it refers to the part of this name."""

    def strings(self, root: Element) -> None:
        """What cells share."""
        self._strings += [_unescaped(said(item)) for item in root]
        self._unused.update(range(len(self._strings)))

    def styles(self, root: Element) -> None:
        """What the numbers in cells look like."""
        numbered = (e for e in root.iter() if local(e) == "numFmt")
        known = forms({e.get("numFmtId", ""): e.get("formatCode", "") for e in numbered})
        for styles in (e for e in root if local(e) == "cellXfs"):
            self._forms = [known.get(style.get("numFmtId", ""), "") for style in styles]

    def about(self, root: Element) -> None:
        """From which day on days are counted, and what sheets are called."""
        for e in root.iter():
            if local(e) == "workbookPr" and e.get("date1904") in ("1", "true"):
                self._since = BEGINNINGS[1]
            elif local(e) == "sheet":
                refers = next((v for k, v in e.items() if k.endswith("}id")), "")
                self._titles[refers] = e.get("name", "")

    def parts(self, root: Element) -> None:
        """Which parts it refers to."""
        for e in root:
            self._parts[e.get("Target", "").rpartition("/")[2]] = e.get("Id", "")

    def title(self, part: str) -> str:
        """What people call the sheet in a part of this name; nothing if that is not known."""
        return self._titles.get(self._parts.get(part.rpartition("/")[2], ""), "")

    def string(self, number: str) -> str:
        """One that is shared."""
        place = _number(number)
        if place >= len(self._strings):
            return number
        self._unused.discard(place)
        return self._strings[place]

    def unused(self) -> Iterator[str]:
        """The shared ones that no cell has asked for."""
        return (self._strings[number] for number in sorted(self._unused))

    def number(self, value: str, style: str) -> str:
        """As it is shown in a cell of this style."""
        if not value.isascii():
            return value
        place = _number(style)
        form = self._forms[place] if place < len(self._forms) else ""
        return shown(value, form, self._since)


def forms(codes: dict[str, str]) -> dict[str, str]:
    """By its number, what each format does: see `_form`. Those that every book has are known."""
    known = {str(number): "date" for number in _BUILT_IN}
    return known | {number: _form(code) for number, code in codes.items()}


def shown(value: str, form: str, since: datetime) -> str:
    """A number in this form, days counted `since`."""
    if form == "date":
        return moment(value, since)
    value = _plain(value)
    return _filled(value, form) if form and value.isdecimal() else value


def text(root: Element, book: Book) -> str:
    """The cells of a sheet, row by row."""
    rows = Rows()
    for row in root.iter():
        if not row.tag.endswith("row") or local(row) != "row":
            continue
        before = 0
        for column, value in cells(row, book):
            rows.skip(column - before - 1)
            rows.cell(value)
            before = column
        rows.row_ends()
    return rows.text()


def cells(row: Element, book: Book) -> Iterator[tuple[int, str]]:
    """Those of a row that are not left out, each with the number of its column, from 1 on."""
    column = 0
    for cell in row:
        column = _column(cell.get("r", ""), column)
        yield column, _cell(cell, book)


def _column(place: str, before: int) -> int:
    """Its number, from 1 on, of what a cell says or of that `before` it."""
    if (found := _COLUMN.match(place)) is None:
        return before + 1
    number = 0
    for letter in found[0]:
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return max(number, before + 1)


def _cell(cell: Element, book: Book) -> str:
    kind = cell.get("t", "n")
    value = next((e.text or "" for e in cell if local(e) == "v"), "")
    if kind == "s":
        return book.string(value)
    if kind == "n" and value:
        return book.number(value, cell.get("s", ""))
    if kind == "inlineStr" or not value:
        value = said(cell)
    return _unescaped(value)


def _number(text: str) -> int:
    """Of a string or a style; what is none is one that there is not."""
    return int(text) if text.isdecimal() and len(text) < _DIGITS_OF_ANY else sys.maxsize


def _unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: _letter(int(found[1], 16)) or found[0], text)


def _letter(number: int) -> str:
    """Not half a letter, and no sign that controls something else than lines."""
    return chr(number) if number < 0xD800 and (number >= ord(" ") or number in b"\t\n\r") else ""


def _form(code: str) -> str:
    """`date`; where digits go; or nothing, where a number is shown as it is."""
    first = code[:_LONGEST].partition(";")[0]
    digits = first.replace("\\", "").replace('"', "")
    if _DIGITS.fullmatch(digits):
        return digits if digits.strip("#") not in ("", "0") else ""
    return "date" if _DATES.search(_QUIET.sub("", first)) else ""


def _plain(value: str) -> str:
    """A number without its power of ten, and without what is left of rounding."""
    if len(value) <= _EXACT and "E" not in value.upper():
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    if not -_LARGE < number < _LARGE:
        return value
    return str(int(Decimal(value))) if number.is_integer() else f"{number:.{_EXACT}g}"


def _filled(value: str, form: str) -> str:
    """Digits in the places of a form, the last in the last."""
    digits = list(value)
    out = []
    for sign in reversed(form):
        if sign not in "0#":
            out.append(sign)
        elif digits or sign == "0":
            out.append(digits.pop() if digits else "0")
    return "".join(digits) + "".join(reversed(out)).strip()


def moment(value: str, since: datetime) -> str:
    """A day and a time of day, as ISO 8601 writes them, of the number of days `since`."""
    try:
        days = float(value)
    except ValueError:
        return value
    if not 0 <= days < _LAST_DAY:
        return value
    if days < _LEAP_DAY and since == BEGINNINGS[0]:
        days += days >= 1
    at = since + timedelta(seconds=round(days * 86_400))
    if days < 1:
        return f"{at:%H:%M:%S}"
    return f"{at:%Y-%m-%d}" if at.time() == since.time() else f"{at:%Y-%m-%d %H:%M:%S}"
