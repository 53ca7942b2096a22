"""The first sheet of an Excel workbook as rows of texts, as people see them.

Source: ECMA-376, 5th edition, part 1, 18.3 (sheets).
"""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from detectors.documents.office_text import local
from detectors.documents.sheet import Book, cells
from penstock.errors import ConfigError

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
            return [row for row in _rows(archive) if any(row)]
    except _NOT_ONE:
        raise ConfigError(
            f"{path}: no workbook that can be read; save it as .xlsx or as CSV in UTF-8"
        ) from None


def _rows(archive: zipfile.ZipFile) -> Iterator[list[str]]:
    """Each row, also empty ones that are there."""

    def part(name: str) -> Element:
        root: Element = fromstring(archive.read(name))
        return root

    book, about, names = Book(), part("xl/workbook.xml"), archive.namelist()
    book.about(about)
    if (strings := "xl/sharedStrings.xml") in names:
        book.strings(part(strings))
    if (styles := "xl/styles.xml") in names:
        book.styles(part(styles))
    wanted = next(e for e in about.iter() if local(e) == "sheet")
    number = next(v for k, v in wanted.attrib.items() if k.endswith("}id"))
    related = part("xl/_rels/workbook.xml.rels")
    target = next(e.get("Target", "") for e in related if e.get("Id") == number)
    name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    with archive.open(name) as file:
        for _, element in iterparse(file):
            if local(element) == "row":
                yield _row(element, book)
                element.clear()


def _row(row: Element, book: Book) -> list[str]:
    found: list[str] = []
    for column, value in cells(row, book):
        found.extend([""] * (min(column, _MOST_COLUMNS) - 1 - len(found)))
        found.append(value)
    return found
