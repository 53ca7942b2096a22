"""The first sheet of an Excel workbook as rows of texts, as people see them.

Source: ECMA-376, 5th edition, part 1, 18.3 (sheets), 18.8.30 (formats of numbers).
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from penstock.errors import ConfigError

_DATES = frozenset({*range(14, 18), 22, *range(27, 32), 36, *range(50, 59)})
"""Formats that are known by their numbers and show a day."""
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_FIRST, _FIRST_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
_COLUMN = re.compile("[A-Z]+")
_MOST_COLUMNS = 16_384
_NOT_ONE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),  # damaged
    RuntimeError,  # encrypted, or packed in an unknown way
    *(ParseError, DefusedXmlException, StopIteration, LookupError, ValueError, ArithmeticError),
)
"""What comes of files that are no workbook, or not as the standard says."""


def rows(path: Path, data: bytes) -> list[list[str]]:
    """The rows that are not empty, the header first. Raises ConfigError."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            found = _Sheet(archive).rows()
            return [row for row in found if any(row)]
    except _NOT_ONE:
        raise ConfigError(
            f"{path}: no workbook that can be read; save it as .xlsx or as CSV in UTF-8"
        ) from None


class _Sheet:
    """The first sheet, and what its cells refer to."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        book = self._part("xl/workbook.xml")
        self._first = _FIRST_1904 if _of(book, "workbookPr", "date1904") == "1" else _FIRST
        wanted = next(e for e in book.iter() if _local(e) == "sheet")
        number = next(v for k, v in wanted.attrib.items() if k.endswith("}id"))
        related = self._part("xl/_rels/workbook.xml.rels")
        target = next(e.get("Target", "") for e in related if e.get("Id") == number)
        self._name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        names = archive.namelist()
        strings, styles = "xl/sharedStrings.xml", "xl/styles.xml"
        self._strings = [_text(e) for e in self._part(strings)] if strings in names else []
        self._formats = list(_formats(self._part(styles))) if styles in names else []

    def _part(self, name: str) -> Element:
        root: Element = fromstring(self._archive.read(name))
        return root

    def rows(self) -> Iterator[list[str]]:
        """Each row, also empty ones that are there."""
        with self._archive.open(self._name) as file:
            for _, element in iterparse(file):
                if _local(element) == "row":
                    yield self._row(element)
                    element.clear()

    def _row(self, row: Element) -> list[str]:
        found: list[str] = []
        for cell in row:
            at = _column(cell.get("r", "")) or len(found) + 1
            found.extend([""] * (min(at, _MOST_COLUMNS) - 1 - len(found)))
            found.append(self._cell(cell))
        return found

    def _cell(self, cell: Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _text(cell)
        value = next((e.text or "" for e in cell if _local(e) == "v"), "")
        if kind == "s":
            return self._strings[int(value)] if int(value) < len(self._strings) else ""
        style = int(cell.get("s", 0))
        return self._number(value, self._formats[style] if style < len(self._formats) else "")

    def _number(self, value: str, shown: str) -> str:
        try:
            number = float(value)
        except ValueError:
            return value
        if shown == "date" and 0 < number < 2_958_466:
            return (self._first + timedelta(days=number)).date().isoformat()
        if number.is_integer():
            digits = f"{int(number)}"
            return digits.zfill(len(shown)) if set(shown) == {"0"} else digits
        return value


def _formats(styles: Element) -> Iterator[str]:
    """How each style shows a number: `date`, zeros for a fixed number of digits, or else."""
    codes = {
        int(e.get("numFmtId", 0)): e.get("formatCode", "")
        for e in styles.iter()
        if _local(e) == "numFmt"
    }
    for formats in (e for e in styles if _local(e) == "cellXfs"):
        for style in formats:
            number = int(style.get("numFmtId", 0))
            code = _LITERAL.sub("", codes.get(number, "")).lower()
            yield "date" if number in _DATES or {"y", "d"} & set(code) else code


def _of(root: Element, name: str, attribute: str) -> str:
    return next((e.get(attribute, "") for e in root.iter() if _local(e) == name), "")


def _text(element: Element) -> str:
    """What is said in it, without how it is pronounced."""
    if _local(element) == "rPh":
        return ""
    own = (element.text or "") if _local(element) == "t" else ""
    return own + "".join(map(_text, element))


def _column(place: str) -> int:
    """`AB12` is in column 28; 0 for what is no place."""
    number = 0
    for letter in found[0] if (found := _COLUMN.match(place)) else "":
        number = 26 * number + ord(letter) - 64
    return number


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
