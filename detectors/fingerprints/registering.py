"""What becomes of a table or a tree when it is registered: hashes, counted and numbered."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from detectors import documents
from detectors.fingerprints import cells, tokens
from detectors.fingerprints.keyed import Words
from detectors.fingerprints.segment import (
    COLUMN_BITS,
    MOST_WORDS,
    Registered,
    Segment,
    of_table,
    of_tree,
)
from detectors.fingerprints.winnow import blocks, for_code, for_prose
from penstock.errors import ConfigError

PROSE = frozenset(
    {".txt", ".md", ".markdown", ".rst", ".adoc", ".asciidoc", ".org", ".tex", ".htm", ".html"}
    | {".eml", ".log", ""}
)
"""Files whose text is read as prose; every other text is source code."""
DATA = frozenset(
    {".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".lock", ".svg", ".map", ".po", ".geojson"}
    | {".sum", ".snap", ".min.js", ".min.css"}
)
"""Not registered as part of a tree: they say nothing of their own."""
_LICENCES = ("license", "licence", "copying", "notice", "unlicense", "authors", "patents")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a]")
_GENERATED = re.compile(
    rb"@generated\b|\bDO NOT EDIT\b|\b[Gg]enerated by (?:Cython|the protocol buffer compiler)"
)
"""Says of itself in its first lines that a program wrote it: others have the same."""
_HEAD = 1000
LARGEST = 20 * 1024 * 1024
MOST_COLUMNS = 1 << COLUMN_BITS


class Tree:
    """A tree while it is read, one file after the other."""

    def __init__(self, secret: bytes) -> None:
        self._code, self._prose = for_code(secret), for_prose(secret)
        self._table, self._words = tokens.Table(), tokens.WordTable()
        self._parts: tuple[list[Words], list[Words]] = ([], [])
        self._blocks: list[int] = []
        self._size = 0
        self.files: list[str] = []
        self.lines = 0

    def add(self, name: str, data: bytes) -> bool:
        """Registers one file; False if there is nothing in it to recognise."""
        if not worth_reading(name) or len(data) > LARGEST or _GENERATED.search(data[:_HEAD]):
            return False
        document = documents.read(data)
        if document is not None:
            texts = [(t, True) for t in document.texts]
        elif (text := _decoded(data)) is not None:
            texts = [(text, PurePosixPath(name).suffix.lower() in PROSE)]
        else:
            return False
        first = sum_of = self._size
        found = 0
        for text, prose in texts:
            row = tokens.prose(text, self._words) if prose else tokens.code(text, self._table)
            for grain in self._prose if prose else self._code:
                entries = grain.fingerprints(row)
                self._parts[prose].append(entries + np.uint64(sum_of))
                found += len(entries)
            sum_of += blocks(row)
            self.lines += text.count("\n") + 1
        if found:
            self.files.append(name)
            self._blocks.append(sum_of - first)
            self._size = sum_of
        return found > 0

    def segment(self, name: str, origin: str, added: str, *, public: bool = False) -> Segment:
        """What was read, under this name. Raises ConfigError."""
        code, prose = (
            np.concatenate(parts) if parts else np.empty(0, np.uint64) for parts in self._parts
        )
        about = Registered(
            name=name,
            kind="tree",
            origin=origin,
            added=added,
            size=self._size,
            entries=0,
            lines=self.lines,
            public=public,
            files=tuple(self.files),
            blocks=tuple(self._blocks),
        )
        return of_tree(about, code, prose)


def _decoded(data: bytes) -> str | None:
    """A text; None for what is none."""
    if _CONTROL.search(data):
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # old sources; what is not ASCII in them hardly counts


def worth_reading(name: str) -> bool:
    """Whether a file of a tree may hold something of its own, by its name."""
    path = PurePosixPath(name)
    lower = path.name.lower()
    return not (
        path.suffix.lower() in DATA
        or lower.endswith((".min.js", ".min.css"))
        or lower.startswith(_LICENCES)
    )


def table_of(path: Path) -> tuple[tuple[str, ...], list[list[str]]]:
    """Header and rows of a CSV file. Raises ConfigError."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read: {e.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8; save it as CSV in UTF-8") from None
    first = text.partition("\n")[0]
    separator = max(",;\t|", key=first.count)
    try:
        header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except (ValueError, csv.Error):
        raise ConfigError(f"{path}:1: no table; its first line must name its columns") from None
    names = tuple(" ".join(name.split()) for name in header)
    if len(set(names)) < len(names):
        raise ConfigError(f"{path}:1: two columns have the same name; give each its own")
    return names, rows


def check_columns(path: Path, header: Sequence[str], columns: Sequence[str]) -> None:
    """Whether a table has them. Raises ConfigError."""
    if len(columns) > MOST_COLUMNS:
        raise ConfigError(f"{path}: more than {MOST_COLUMNS} columns; name fewer in --columns")
    for column in columns:
        if column not in header:
            raise ConfigError(f"{path}:1: no column `{column}`; there are {', '.join(header)}")


def table_segment(
    about: Registered, header: Sequence[str], rows: Sequence[Sequence[str]], secret: bytes
) -> Segment:
    """The cells of the columns of `about` as hashes, with row and column. Raises ConfigError."""
    values: list[str] = []
    refs: list[int] = []
    dated = []
    most = 1
    for number, column in enumerate(about.columns):
        at = header.index(column)
        texts = [row[at] if at < len(row) else "" for row in rows]
        sample = [t for t in texts[:1000] if t.strip()]
        dates = bool(sample) and sum(map(cells.is_date, sample)) > 0.8 * len(sample)
        if dates:
            dated.append(column)
        american = dates and cells.month_first(texts)
        for row, text in enumerate(texts):
            value = cells.date_value(text, american) if dates else cells.normal(text)
            if cells.countable(value):
                most = max(most, 1 if dates else cells.words(text))
                values.append(value)
                refs.append(row << COLUMN_BITS | number)
    known = replace(about, dates=tuple(dated), words=min(most, MOST_WORDS))
    return of_table(known, cells.Sums.of(secret).hashes(values), np.array(refs, np.uint32))
