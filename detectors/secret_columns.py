"""Passwords in a column: tables whose cells are parted by commas, tabs, semicolons, bars or spaces,
or by the tags of HTML, and in the rows of an `INSERT`.

The rules in `rules/secret_columns.yaml` find the heading; this reads the cells below it, until a
line has another number of cells or the table ends.

Misses: of columns made with spaces, rows with an empty cell and passwords that might be words.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import unescape

from detectors import markup_tables, sql_rows
from detectors.engine import Hit
from detectors.rule import Rule
from detectors.tables import outside_quotes
from detectors.validators.passwords import passphrase, password, strong_password
from detectors.validators.randomness import random

HEADING = "heading."
_SEPARATORS = ",;|\t"
_LINES = 1000
"""How many rows are read."""
_CELL = re.compile(r'[\s"\'`*]*(?:(?i:bearer|basic|token)\s+)?(.*)', re.DOTALL)
_AROUND = " \t\r\n\f\v\u00a0\"'`"
_TITLE = re.compile(r"[\s\"'`*]*+(?:[\w#-]++(?:[ /][\w#-]++){0,3}+/?)?[\s\"'`*]*+")
_RULER = re.compile(r"[\s|:=+-]*")
_ALIGNED = re.compile(r"\S+(?: \S+)*")
_BEFORE_TAG = re.compile(r"(?: ?\([^()<>\n]{1,20}\))?[\s:*]*<")
_OPEN_KEY = re.compile(r"(?i)(?:public|primary|foreign|sort|cache|partition|site)[ _-]?keys?")
"""Headings whose last word is `key` and whose column holds none that is secret."""

_KEY = re.compile(r"(?i)(?:.*[^a-z])?(?:token|secret|keys?|api)")
"""Headings of columns that hold something other than passwords."""

type _Span = tuple[int, int]


def in_columns(text: str, headings: Iterable[Hit]) -> Iterator[Hit]:
    """A hit for each secret-looking cell below one of `headings`, which come by place."""
    headings = [
        _classed(h, text[h.start : h.end])
        for h in headings
        if not _OPEN_KEY.fullmatch(text[h.start : h.end])
    ]
    yield from _in_markup(text, [h for h in headings if _BEFORE_TAG.match(text, h.end)])
    lists = (h for h in headings if sql_rows.is_list(text, h))
    for listed, at, to in sql_rows.in_rows(text, lists):
        yield replace(listed, start=at, end=to)
    read: dict[tuple[str, int, int], int] = {}  # how far, by separator, number of cells and column
    for start, end, same in _by_line(text, headings):
        line = text[start:end]
        separator = max(_SEPARATORS, key=line.count)
        separator = separator if separator in line else ""
        # Jira has two of them between headings
        titles = _cells(line, "||" if line.count("||") > 1 else separator)
        named = sum(bool(line[a:b].strip()) for a, b in titles)
        if named < 2 or not all(_TITLE.fullmatch(line[a:b]) for a, b in titles):
            continue
        ends = [b for _, b in titles]
        columns: dict[int, Hit] = {}
        for heading in same:
            column = bisect_right(ends, heading.start - start)
            # else it is a row below the heading that was read
            if start >= read.get((separator, len(titles), column), 0):
                columns.setdefault(column, heading)
        if columns and not _is_row(text, start, separator, len(titles)):
            found, stop = _below(text, end + 1, separator, len(titles), columns)
            read.update({(separator, len(titles), column): stop for column in columns})
            for column, at, to in found:
                yield replace(columns[column], start=at, end=to)


def _classed(heading: Hit, title: str) -> Hit:
    """The heading, of the class that a column so called is of."""
    if not _KEY.fullmatch(title):
        return heading
    return replace(heading, rule=_of_keys(heading.rule))


def _of_keys(rule: Rule) -> Rule:
    return rule.model_copy(update={"id": HEADING + "generic_secret"})


def _in_markup(text: str, headings: Iterable[Hit]) -> Iterator[Hit]:
    """A hit for each secret-looking cell of HTML below one of `headings`."""
    at = {heading.start: heading for heading in headings}
    end = 0
    for place in at:
        if place < end:
            continue
        start, end = markup_tables.bounds(text, place, end)
        columns: dict[int, Hit] = {}
        widest = 1
        for row in markup_tables.rows(text, start, end):
            # cells that are not marked as headings are some in the first row alone
            first = len(row) > widest and all(_TITLE.fullmatch(text[c.start : c.end]) for c in row)
            widest = max(widest, len(row))
            named = [c for c in row if c.start in at and (c.is_heading or first)]
            columns |= {cell.column: at[cell.start] for cell in named}
            for cell in () if named else row:
                if cell.column in columns and not cell.is_heading:
                    value = text[cell.start : cell.end].replace("&nbsp;", " " * 6)
                    if span := _secret(value, separated=True):
                        where = cell.start + span[0], cell.start + span[1]
                        yield replace(columns[cell.column], start=where[0], end=where[1])


def _is_row(text: str, start: int, separator: str, width: int) -> bool:
    """Whether the two lines above what begins at `start` have as many cells, none of them empty: a
    dictionary or a list has such words among others."""
    for _ in range(2):
        if not start:
            return False
        end = start - 1
        start = text.rfind("\n", 0, end) + 1
        row = text[start:end]
        cells = [row[a:b].strip(_AROUND) for a, b in _cells(row, separator)]
        if len(cells) != width or not all(cells) or _RULER.fullmatch(row):
            return False
    return bool(separator)


def _by_line(text: str, headings: Iterable[Hit]) -> Iterator[tuple[int, int, list[Hit]]]:
    """Where each line with headings begins and ends, and those: a long line is looked at once."""
    start, end = 0, -1
    same: list[Hit] = []
    for heading in headings:
        if heading.start > end:
            if same:
                yield start, end, same
            start = text.rfind("\n", 0, heading.start) + 1
            end = _end_of_line(text, heading.end)
            same = []
        same.append(heading)
    if same:
        yield start, end, same


def _below(
    text: str, start: int, separator: str, width: int, columns: Iterable[int]
) -> tuple[list[tuple[int, int, int]], int]:
    """Column and span of the secret-looking cells from `start` on, and where the rows end."""
    found: list[tuple[int, int, int]] = []
    for _ in range(_LINES):
        if start >= len(text):
            break
        end = _end_of_line(text, start)
        row = text[start:end]
        if not _RULER.fullmatch(row):
            cells = _cells(row, separator)
            if len(cells) != width:
                break
            for column in columns:
                first, last = cells[column]
                if span := _secret(row[first:last], bool(separator)):
                    at = start + first
                    found.append((column, at + span[0], at + span[1]))
        start = end + 1
    return found, start


def _secret(cell: str, separated: bool) -> _Span | None:
    """Where the secret in a cell is."""
    match = _CELL.match(cell)
    if match is None:
        return None
    bold = cell.lstrip().startswith("*")
    value = match[1].rstrip(_AROUND + "*" * bold)
    reads = unescape(value)
    shows = _is_secret(reads) if separated else _shows(reads)
    return (match.start(1), match.start(1) + len(value)) if shows else None


def _cells(line: str, separator: str) -> list[_Span]:
    """Where each cell begins and ends; two spaces part them where there is no separator."""
    if not separator:
        return [match.span() for match in _ALIGNED.finditer(line)]
    spans, at = [], 0
    for cell in outside_quotes(line, separator[0]).split(separator):
        spans.append((at, at + len(cell)))
        at += len(cell) + len(separator)
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
