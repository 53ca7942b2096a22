"""The index of what is registered: one file, mapped into memory by every process that looks.

    head        magic, version, lengths, check of the key, checksums
    registered  JSON, compressed: names of trees, their files, tables and their rules
    code        sorted: hash of a run of codes, 42 bits, then number of the file, 22 bits
    prose       the same of documents
    cells       sorted hashes of cells; then, in the same order, row and column of each

All numbers are little-endian. A change writes the whole file beside the old one and moves it into
its place; what is not touched is only copied. No text is in it, and its hashes are keyed.
"""

import fcntl
import json
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from detectors.fingerprints.keyed import Words
from detectors.fingerprints.winnow import FILE_BITS, MOST_FILES
from penstock.errors import ConfigError

NAME = "fingerprints"
"""The file, in the state directory."""
VERSION = 1
"""Of the format, and of how texts become hashes."""
COLUMN_BITS = 6
MOST_ROWS = 1 << (32 - COLUMN_BITS)
MOST_WORDS = 5
"""Longer cells are found by their other columns only."""
MANY = 16
"""What so many files of one tree have in common is boilerplate."""

_MAGIC = b"PENSTKFP"
_HEAD = struct.Struct("<8sIIQQQ16s32s")
_CHECK = 32

type Refs = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Registered:
    """A tree of files, or a table."""

    name: str
    kind: Literal["tree", "table"]
    origin: str
    """Where it was read from."""
    added: str
    """When, as ISO 8601."""
    first: int
    """Number of its first file or row."""
    size: int
    """How many of them it has."""
    lines: int = 0
    public: bool = False
    """What it shares with others does not count."""
    files: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    """Those columns that hold dates."""
    rules: tuple[str, ...] = ()
    words: int = 0
    """Most words in one cell of a table, up to `MOST_WORDS`."""


def _none() -> Words:
    return np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True)
class Index:
    """Everything that is registered."""

    registered: tuple[Registered, ...] = ()
    code: Words = field(default_factory=_none, repr=False)
    prose: Words = field(default_factory=_none, repr=False)
    cells: Words = field(default_factory=_none, repr=False)
    refs: Refs = field(default_factory=lambda: np.empty(0, np.uint32), repr=False)

    def without(self, name: str) -> "Index":
        """The same without the tree or table of this name."""
        gone = next((r for r in self.registered if r.name == name), None)
        if gone is None:
            return self
        rest = tuple(r for r in self.registered if r is not gone)
        if gone.kind == "table":
            rows = self.refs >> np.uint32(COLUMN_BITS)
            stays = (rows < gone.first) | (rows >= gone.first + gone.size)
            return replace(self, registered=rest, cells=self.cells[stays], refs=self.refs[stays])
        return replace(
            self, registered=rest, code=_others(self.code, gone), prose=_others(self.prose, gone)
        )

    def first_free(self, kind: str) -> int:
        """The number for the first file or row of the next tree or table."""
        return max((r.first + r.size for r in self.registered if r.kind == kind), default=0)

    def with_tree(self, tree: Registered, code: Words, prose: Words) -> "Index":
        """The same with one more; its entries are numbered already. Raises ConfigError."""
        if tree.first + tree.size > MOST_FILES:
            raise ConfigError(
                f"{tree.origin}: more than {MOST_FILES} files are registered; register fewer, or "
                "remove trees and add the rest again"
            )
        return replace(
            self,
            registered=(*self.registered, tree),
            code=_merged(self.code, _seldom(code)),
            prose=_merged(self.prose, _seldom(prose)),
        )

    def with_table(self, table: Registered, cells: Words, refs: Refs) -> "Index":
        """The same with one more. Raises ConfigError."""
        if table.first + table.size > MOST_ROWS:
            raise ConfigError(
                f"{table.origin}: more than {MOST_ROWS} rows are registered; register fewer, or "
                "remove tables and add the rest again"
            )
        cells, refs = np.concatenate((self.cells, cells)), np.concatenate((self.refs, refs))
        order = np.lexsort((refs, cells))
        return replace(
            self, registered=(*self.registered, table), cells=cells[order], refs=refs[order]
        )


def _others(entries: Words, gone: Registered) -> Words:
    files = entries & np.uint64(MOST_FILES - 1)
    return entries[(files < gone.first) | (files >= gone.first + gone.size)]


def _merged(old: Words, new: Words) -> Words:
    both = np.concatenate((old, new))
    both.sort(kind="stable")  # two sorted runs are merged in one pass
    return both


def _seldom(entries: Words) -> Words:
    """Sorted, without what stands in many files."""
    entries = np.sort(entries)
    _, back, counts = np.unique(
        entries >> np.uint64(FILE_BITS), return_inverse=True, return_counts=True
    )
    kept: Words = entries[counts[back] <= MANY]
    return kept


# ── the file ──────────────────────────────────────────────────────────────────────────────────


def read(path: Path, secret: bytes) -> Index:
    """The index in `path`, mapped; an empty one if there is none. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if not size:
                raise _wrong(path, "it is empty")
            data = np.memmap(file, np.uint8, "r")
    except FileNotFoundError:
        return Index()
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read: {e.strerror}") from None
    if size < _HEAD.size + _CHECK or data[:8].tobytes() != _MAGIC:
        raise _wrong(path, "this is no index of fingerprints")
    head = data[: _HEAD.size].tobytes()
    _, version, length, code, prose, cells, key_check, body_check = _HEAD.unpack(head)
    if version != VERSION:
        raise _wrong(path, f"its format is {version}, and {VERSION} is understood here")
    if key_check != _key_check(secret):
        raise ConfigError(
            f"{path}: made with another key; restore `keys/fingerprints` of the state directory "
            "from a backup, or move the index away and register everything again"
        )
    start = _HEAD.size + _CHECK
    begin = _aligned(start + length)
    if size != begin + 8 * (code + prose + cells) + 4 * cells:
        raise _wrong(path, "it is not whole")
    about = data[start : start + length].tobytes()
    if data[_HEAD.size : start].tobytes() != blake2b(head + about, digest_size=32).digest():
        raise _wrong(path, "its checksum is wrong")
    if body_check != blake2b(data[begin:].data, digest_size=32).digest():
        raise _wrong(path, "its checksum is wrong")
    rows = json.loads(zlib.decompress(about))
    parts = np.split(
        data[begin : begin + 8 * (code + prose + cells)].view("<u8"), (code, code + prose)
    )
    refs = data[begin + 8 * (code + prose + cells) :].view("<u4")
    return Index(tuple(_registered(row) for row in rows), parts[0], parts[1], parts[2], refs)


def write(path: Path, secret: bytes, index: Index) -> None:
    """Puts `index` in the place of what is in `path`, whole or not at all. Raises ConfigError."""
    rows = [asdict(r) for r in index.registered]
    about = zlib.compress(json.dumps(rows).encode(), 6)
    body = blake2b(digest_size=32)
    parts = (index.code, index.prose, index.cells, index.refs)
    for part in parts:
        body.update(np.ascontiguousarray(part).data)
    head = _HEAD.pack(
        _MAGIC,
        VERSION,
        len(about),
        len(index.code),
        len(index.prose),
        len(index.cells),
        _key_check(secret),
        body.digest(),
    )
    start = _HEAD.size + _CHECK + len(about)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(head + blake2b(head + about, digest_size=32).digest() + about)
            file.write(bytes(_aligned(start) - start))
            for part in parts:
                file.write(np.ascontiguousarray(part).data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as e:
        draft.unlink(missing_ok=True)
        raise ConfigError(f"{path}: cannot be written: {e.strerror}; make room for it") from None


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """One change at a time: a second one waits."""
    with open(path.with_name(f".{path.name}.lock"), "w") as file:
        os.chmod(file.fileno(), 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def stamp(path: Path) -> tuple[int, int, int]:
    """Changes when the file is replaced; costs about a microsecond."""
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _registered(row: dict[str, Any]) -> Registered:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Registered(**values)


def _aligned(offset: int) -> int:
    return -(-offset // 8) * 8


def _key_check(secret: bytes) -> bytes:
    return blake2b(b"index", key=secret, digest_size=16).digest()


def _wrong(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"{path}: {why}; restore it from a backup, or remove it and register everything again"
    )
