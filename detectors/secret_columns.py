"""Passwords in a column: comma, tab, semicolon or pipe separated tables under a heading.

The rule in `rules/secret_columns.yaml` finds the heading; this reads the cells below it, until a
line has another number of cells.

Misses: cells that hold their separator inside quotes, columns made with spaces only.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from detectors.engine import Hit
from detectors.validators.randomness import passphrase, password, random

HEADING = "heading."
_SEPARATORS = ",;|\t"
_LINES = 1000
"""How many rows are read."""
_CELL = re.compile(r'[\s"\'`*]*(?:(?i:bearer|basic|token)\s+)?(.*?)[\s"\'`*]*$', re.DOTALL)
_TITLE = re.compile(r"[\s\"'`*]*(?:[\w#-]+[ /_-]?){0,4}[\s\"'`*]*")
_RULER = re.compile(r"[\s|:=+-]*")


def in_columns(text: str, headings: Sequence[Hit]) -> Iterator[Hit]:
    """A hit for each secret-looking cell below one of `headings`."""
    for heading in headings:
        line_start = text.rfind("\n", 0, heading.start) + 1
        line_end = _end_of_line(text, heading.end)
        before = text[line_start : heading.start]
        separator = next((c for c in reversed(before + text[line_end - 1]) if c in _SEPARATORS), "")
        titles = text[line_start:line_end].split(separator) if separator else ()
        named = sum(bool(title.strip()) for title in titles)
        if named > 1 and all(map(_TITLE.fullmatch, titles)):
            column = before.count(separator)
            width = text.count(separator, line_start, line_end)
            for start, end in _column(text, line_end + 1, separator, column, width):
                yield replace(heading, start=start, end=end)


def _column(
    text: str, start: int, separator: str, column: int, width: int
) -> Iterator[tuple[int, int]]:
    for _ in range(_LINES):
        if start >= len(text):
            return
        end = _end_of_line(text, start)
        row = text[start:end]
        if not _RULER.fullmatch(row):
            if row.count(separator) != width:
                return
            cell_start = start + len(separator.join(row.split(separator)[:column]))
            cell_start += 1 if column else 0
            cell = row.split(separator)[column]
            match = _CELL.match(cell)
            value = match[1] if match else ""
            if _is_secret(value):
                at = cell_start + (match.start(1) if match else 0)
                yield at, at + len(value)
        start = end + 1


def _is_secret(value: str) -> bool:
    if " " in value:
        return passphrase(value)
    return password(value) or (len(value) >= 20 and random(value))


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end
