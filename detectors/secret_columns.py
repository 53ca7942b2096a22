"""Passwords in a column: tables whose cells are parted by commas, tabs, semicolons, bars or spaces.

The rules in `rules/secret_columns.yaml` find the heading; this reads the cells below it, until a
line has another number of cells.

Misses: cells that hold their separator inside quotes; of columns made with spaces, rows with an
empty cell and passwords that might be words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from detectors.engine import Hit
from detectors.validators.passwords import passphrase, password, strong_password
from detectors.validators.randomness import random

HEADING = "heading."
_SEPARATORS = ",;|\t"
_LINES = 1000
"""How many rows are read."""
_CELL = re.compile(r'[\s"\'`*]*(?:(?i:bearer|basic|token)\s+)?(.*)', re.DOTALL)
_AROUND = " \t\r\n\f\v\u00a0\"'`"
_TITLE = re.compile(r"[\s\"'`*]*(?:[\w#-]+[ /_-]?){0,4}[\s\"'`*]*")
_RULER = re.compile(r"[\s|:=+-]*")
_ALIGNED = re.compile(r"\S+(?: \S+)*")

type _Span = tuple[int, int]


def in_columns(text: str, headings: Sequence[Hit]) -> Iterator[Hit]:
    """A hit for each secret-looking cell below one of `headings`."""
    read: dict[tuple[str, int, int], int] = {}  # how far, by separator, column and number of cells
    for heading in headings:
        start = text.rfind("\n", 0, heading.start) + 1
        end = _end_of_line(text, heading.end)
        line = text[start:end]
        separator = max(_SEPARATORS, key=line.count)
        separator = separator if separator in line else ""
        titles = _cells(line, separator)
        named = sum(bool(line[a:b].strip()) for a, b in titles)
        if named > 1 and all(_TITLE.fullmatch(line[a:b]) for a, b in titles):
            column = next(i for i, (_, b) in enumerate(titles) if heading.start - start < b)
            table = separator, column, len(titles)
            if start >= read.get(table, 0):  # else it is a row below the heading that was read
                found, read[table] = _column(text, end + 1, *table)
                for at, to in found:
                    yield replace(heading, start=at, end=to)


def _column(
    text: str, start: int, separator: str, column: int, width: int
) -> tuple[list[_Span], int]:
    """The secret-looking cells of a column from `start` on, and where its rows end."""
    found: list[_Span] = []
    for _ in range(_LINES):
        if start >= len(text):
            break
        end = _end_of_line(text, start)
        row = text[start:end]
        if not _RULER.fullmatch(row):
            cells = _cells(row, separator)
            if len(cells) != width:
                break
            first, last = cells[column]
            match = _CELL.match(row[first:last])
            bold = row[first:last].lstrip().startswith("*")
            value = match[1].rstrip(_AROUND + "*" * bold) if match else ""
            if match and (_is_secret(value) if separator else _shows(value)):
                at = start + first + match.start(1)
                found.append((at, at + len(value)))
        start = end + 1
    return found, start


def _cells(line: str, separator: str) -> list[_Span]:
    """Where each cell begins and ends; two spaces part them where there is no separator."""
    if not separator:
        return [match.span() for match in _ALIGNED.finditer(line)]
    spans, at = [], 0
    for cell in line.split(separator):
        spans.append((at, at + len(cell)))
        at += len(cell) + 1
    return spans


def _is_secret(value: str) -> bool:
    if " " in value:
        return passphrase(value)
    return password(value) or (len(value) >= 20 and random(value))


def _shows(value: str) -> bool:
    if " " in value:
        return False
    return strong_password(value) or (len(value) >= 20 and random(value))


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end
