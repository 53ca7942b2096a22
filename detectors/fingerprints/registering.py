"""What becomes of a tree when it is registered: hashes, counted and numbered."""

import re
from pathlib import PurePosixPath

import numpy as np

from detectors import documents
from detectors.fingerprints import tokens
from detectors.fingerprints.keyed import Words
from detectors.fingerprints.segment import Registered, Segment, of_tree
from detectors.fingerprints.winnow import blocks, fingerprints, for_code, for_prose

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
            entries = fingerprints(row, self._prose if prose else self._code)
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
