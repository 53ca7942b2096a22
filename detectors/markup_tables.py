"""Tables as they are pasted from a page, in HTML: where the cells of each row stand.

Cells that reach over several columns or rows are counted as that, and a cell whose end is not
written ends where the next one begins. What stands in a cell is its first piece without a tag.

Source: HTML Standard, section 4.9 (tabular data).
Misses: tables within tables, rows beyond the thousandth, columns beyond the 250th, cells of more
than 2,000 characters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TAG = re.compile(r"(?i)</?(table|tr|t[hd])(?![\w-])([^<>]*)>")
_OVER = re.compile(r"(?i)\b(col|row)span\s*=\s*[\"']?(\d{1,4})")
_EDGE = re.compile(r"(?i)</?table\b")
_EMPTY = re.compile(r"(?:\s|&nbsp;|<[^<>]{0,400}>)*")
_ROWS = 1000
_COLUMNS = 250
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table, from its first character that is no tag to the next tag."""

    column: int
    is_heading: bool
    start: int
    end: int


def rows(text: str, start: int, end: int) -> Iterator[list[Cell]]:
    """The rows of the table from `start` to `end`."""
    taken: dict[int, int] = {}  # by column: the row up to which a cell from above reaches down
    row: list[Cell] = []
    column, begun = 0, None
    count = 0
    for tag in _TAG.finditer(text, start, end):
        if begun is not None:
            row.append(_cell(text, begun[0], begun[1], begun[2], tag.start()))
            begun = None
        name = tag[1].lower()
        if name in ("th", "td"):
            if tag[0][1] == "/":
                continue
            while taken.get(column, 0) > count:
                column += 1
            if column >= _COLUMNS:
                continue
            over = {kind.lower(): int(many) for kind, many in _OVER.findall(tag[2])}
            begun = column, name == "th", tag.end()
            right = min(column + over.get("col", 1), _COLUMNS)
            taken.update(dict.fromkeys(range(column, right), count + over.get("row", 1)))
            column = right
        elif row:
            yield row
            count += 1
            if count == _ROWS:
                return
            row, column = [], 0


def bounds(text: str, at: int, low: int) -> tuple[int, int]:
    """The table that the cell at `at` is in, which begins at `low` or later; without `<table` from
    that row on."""
    low = max(low, at - _LONGEST * 8)
    start = max(text.rfind(sign, low, at) for sign in ("<table", "<TABLE"))
    if start < 0:
        start = max(text.rfind(sign, low, at) for sign in ("<tr", "<TR"))
    stop = _EDGE.search(text, at)
    return max(start, low), stop.end() + 1 if stop else len(text)


def _cell(text: str, column: int, is_heading: bool, start: int, end: int) -> Cell:
    first = _EMPTY.match(text, start, min(end, start + _LONGEST))
    at = first.end() if first else start
    tag = text.find("<", at, end)
    return Cell(column, is_heading, at, min(end if tag < 0 else tag, at + _LONGEST))
