"""Tables as they are registered: CSV files and workbooks, read row by row, and their cells as
keyed hashes."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import batched, islice
from pathlib import Path

import numpy as np

from detectors.documents import package
from detectors.fingerprints import cells, dates, workbook
from detectors.fingerprints.keyed import Words
from detectors.fingerprints.segment import (
    COLUMN_BITS,
    Refs,
    Registered,
    Segment,
    of_table,
)
from penstock.errors import ConfigError, did_you_mean

MOST_COLUMNS = 1 << COLUMN_BITS
_SEPARATORS = ",;\t|"
_QUOTED = re.compile(r'"[^"]*"')
_SAYS_SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""What Excel writes and reads before the header."""
_UTF8_LETTER = re.compile(rb"[\xc3-\xc5][\x80-\xbf]")
_OTHER = re.compile(rb"[\x80-\xff]+")
"""What is not ASCII: in Windows-1252 hardly ever several in a row, in old encodings of Cyrillic,
Greek or Chinese nearly always."""
_CHUNK = 20_000

type Rows = Iterable[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table in a file."""

    path: Path
    header: tuple[str, ...]
    rows: Callable[[], Rows] = field(repr=False)
    """What stands below the header, as often as it is asked for. Raises ConfigError."""
    about: int
    """How many rows that is, about."""

    @classmethod
    def of(cls, path: Path) -> "Table":
        """The table in a CSV file or workbook. Raises ConfigError."""
        try:
            data = path.read_bytes()
        except OSError as e:
            raise ConfigError(
                f"{path}: cannot be read: {e.strerror}; name a CSV file or a workbook"
            ) from None
        if package.is_one(data):
            found = workbook.rows(path, data)
            return cls(path, _names(path, found[:1]), lambda: found[1:], len(found))
        text = _decoded(path, data)
        header = _names(path, _csv(path, text))
        return cls(path, header, lambda: islice(_csv(path, text), 1, None), text.count("\n"))

    def check(self, columns: Sequence[str]) -> None:
        """Whether it has these columns, each once. Raises ConfigError."""
        if len(columns) > MOST_COLUMNS:
            raise ConfigError(
                f"{self.path}: more than {MOST_COLUMNS} columns; name fewer in --columns"
            )
        for column in columns:
            if column not in self.header:
                raise ConfigError(f"{self.path}:1: {lacking(column, self.header)}")
            if self.header.count(column) > 1:
                raise ConfigError(
                    f"{self.path}:1: two columns are called `{column}`; give each its own name"
                )


def lacking(column: str, header: Sequence[str], registered: Sequence[str] = ()) -> str:
    """What to say of a column that is none of `header`, or of those of it that are registered."""
    if column in header:
        return f"the column `{column}` of a rule is not registered; name it in --columns too"
    there_are = [name for name in header or registered if name]
    meant = did_you_mean(column[:40], there_are)
    said = f"no column `{column[:40]}`{meant}; there are {', '.join(there_are)}"
    if registered and len(registered) < len(there_are):
        said += f", of which --columns names {', '.join(registered)}"
    return said


def _decoded(path: Path, data: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data[:2]:
        return data.decode("utf-16-be" if data[0] == 0 else "utf-16-le", "replace")
    try:
        return data.decode()
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        if _UTF8_LETTER.search(data):
            raise ConfigError(
                f"{path}:{line}: not UTF-8, as other lines are; save it as CSV in UTF-8"
            ) from None
        others = _OTHER.findall(data)
        if 2 * sum(len(o) for o in others if len(o) > 1) <= sum(map(len, others)):
            with suppress(UnicodeDecodeError):
                return data.decode("cp1252")
        raise ConfigError(
            f"{path}:{line}: neither UTF-8 nor Windows-1252; save it as CSV in UTF-8"
        ) from None


def _csv(path: Path, text: str) -> Iterator[list[str]]:
    """The rows of a CSV file that are not empty, the header first."""
    said = _SAYS_SEPARATOR.match(text)
    first = next((line for line in text[:100_000].splitlines() if line.strip()), "")
    plain = _QUOTED.sub("", first)
    reader = csv.reader(
        io.StringIO(text[said.end() :] if said else text, newline=""),
        delimiter=said[1] if said else max(_SEPARATORS, key=plain.count),
        strict=True,
    )
    begins = 1
    try:
        for row in reader:
            if any(row):
                yield row
            begins = reader.line_num + 1
    except csv.Error as e:
        line = begins + bool(said)
        raise ConfigError(f"{path}:{line}: no row of a table: {e}; see its quotes") from None


def _names(path: Path, rows: Iterable[Sequence[str]]) -> tuple[str, ...]:
    header = next(iter(rows), None)
    if header is None:
        raise ConfigError(f"{path}:1: no table; its first line must name its columns")
    return tuple(" ".join(name.split()) for name in header)


# ── hashes ────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Column:
    """What one column holds, by its first rows and all of its dates."""

    name: str
    at: int
    dated: bool = False
    american: bool = False
    phones: bool = False
    country: str = ""
    words: int = 1

    def values(self, cell: str) -> Iterable[str]:
        """What one of its cells is looked for as."""
        if self.dated:
            return (dates.date_value(cell, self.american),)
        if self.phones:
            return cells.phone_values(cell, self.country)
        self.words = max(self.words, cells.words(cell))
        return cells.values(cell)


def table_segment(
    about: Registered,
    table: Table,
    secret: bytes,
    progress: Callable[[Rows, int], Rows] = lambda rows, _: rows,
) -> Segment:
    """The cells of the columns of `about` as hashes, with row and column. Raises ConfigError."""
    columns = _columns(table, about.columns)
    sums = cells.Sums.of(secret)
    hashes: list[Words] = []
    refs: list[Refs] = []
    size = 0
    for chunk in batched(progress(table.rows(), table.about), _CHUNK):
        values: list[str] = []
        places: list[int] = []
        for row, texts in enumerate(chunk, size):
            for number, column in enumerate(columns):
                for value in column.values(_cell(texts, column.at)):
                    if cells.countable(value):
                        values.append(value)
                        places.append(row << COLUMN_BITS | number)
        size += len(chunk)
        hashes.append(sums.hashes(values))
        refs.append(np.array(places, np.uint32))
    known = replace(
        about,
        size=size,
        dates=tuple(c.name for c in columns if c.dated),
        words=max(c.words for c in columns),
    )
    return of_table(
        known,
        np.concatenate(hashes or [np.empty(0, np.uint64)]),
        np.concatenate(refs or [np.empty(0, np.uint32)]),
    )


def _columns(table: Table, names: Sequence[str]) -> list[_Column]:
    """What the columns hold."""
    columns = [_Column(name, table.header.index(name)) for name in names]
    sample = list(islice(table.rows(), cells.SAMPLE))
    for column in columns:
        texts = [text for row in sample if (text := _cell(row, column.at)).strip()]
        column.dated = bool(texts) and sum(map(dates.is_date, texts)) > cells.MOSTLY * len(texts)
        column.phones = not column.dated and cells.phones(texts)
        column.country = cells.most_common_country(texts)
    for column in columns:
        if column.dated:
            column.american = dates.month_first(_cell(row, column.at) for row in table.rows())
    return columns


def _cell(row: Sequence[str], at: int) -> str:
    return row[at] if at < len(row) else ""
