"""A segment of the index: one file, written once, mapped into memory by every process that looks.

    head        magic, version, lengths, check of the key, checksums
    registered  JSON, compressed: names of trees, their files, tables and their rules
    code        sorted: hash of a run of codes, 42 bits, then number of the block, 22 bits; the
                sieve before them
    prose       the same of documents
    cells       sorted hashes of cells, their sieve; then, in the same order, row and column of each

All numbers are little-endian. Blocks and rows are numbered from 0 in each segment, so that a
segment can be moved and merged. No text is in it, and its hashes are keyed.
"""

import json
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from detectors.fingerprints.keyed import Words
from detectors.fingerprints.sieve import Hashes, sieve_bytes
from detectors.fingerprints.winnow import BLOCK_BITS, MOST_BLOCKS
from penstock.errors import ConfigError

VERSION = 7
"""Of the format, and of how texts become hashes."""
COLUMN_BITS = 6
MOST_ROWS = 1 << (32 - COLUMN_BITS)
MANY = 16
"""What stands in more files of one tree is boilerplate,"""
_COPY = 0.75
"""unless so much of such a file does: it is one of many copies,"""
_FEW = 4
"""and so many of them are kept."""

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
    size: int
    """How many blocks or rows it has."""
    entries: int
    """How many hashes."""
    first: int = 0
    """Number of its first block or row in its segment."""
    lines: int = 0
    public: bool = False
    """What it shares with others does not count."""
    files: tuple[str, ...] = ()
    blocks: tuple[int, ...] = ()
    """How many each file has."""
    columns: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    """Those columns that hold dates."""
    rules: tuple[str, ...] = ()
    words: int = 0
    """Most words that one cell of a table is looked up as."""


def _none() -> Words:
    return np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True)
class Segment:
    """Trees, or tables, with their hashes."""

    registered: tuple[Registered, ...] = ()
    code: Hashes = field(default_factory=Hashes, repr=False)
    prose: Hashes = field(default_factory=Hashes, repr=False)
    cells: Hashes = field(default_factory=Hashes, repr=False)
    refs: Refs = field(default_factory=lambda: np.empty(0, np.uint32), repr=False)
    name: str = ""
    """Of its file; empty: it has none yet."""
    stamp: tuple[int, int, int] = (0, 0, 0)
    """Of its file when it was mapped: time of change in ns, size in bytes, number."""

    @property
    def entries(self) -> int:
        """How many hashes it holds."""
        return len(self.code) + len(self.prose) + len(self.cells)

    @property
    def size(self) -> int:
        """How many blocks or rows it numbers."""
        return max((r.first + r.size for r in self.registered), default=0)


def of_tree(tree: Registered, code: Words, prose: Words) -> Segment:
    """A segment of one tree, whose hashes may repeat. Raises ConfigError."""
    if tree.size > MOST_BLOCKS:
        raise ConfigError(
            f"{tree.origin}: too large for one tree; register its parts by themselves"
        )
    files = np.repeat(np.arange(len(tree.blocks)), tree.blocks)
    known = Hashes.of(_seldom(code, files)), Hashes.of(_seldom(prose, files))
    return Segment((replace(tree, entries=sum(map(len, known))),), *known)


def of_table(table: Registered, cells: Words, refs: Refs) -> Segment:
    """A segment of one table. Raises ConfigError."""
    if table.size > MOST_ROWS:
        raise ConfigError(f"{table.origin}: more than {MOST_ROWS} rows; register it in parts")
    order = np.lexsort((refs, cells))
    return Segment(
        (replace(table, entries=len(cells)),), cells=Hashes.of(cells[order]), refs=refs[order]
    )


def merged(parts: Iterable[tuple[Segment, frozenset[str]]]) -> Segment:
    """One segment of several, each without those of these names."""
    registered: list[Registered] = []
    first = 0
    code, prose, cells, refs = [_none()], [_none()], [_none()], [np.empty(0, np.uint32)]
    for segment, gone in parts:
        # what stays is numbered anew, without gaps
        number = np.full(segment.size, -1, np.int64)
        for r in segment.registered:
            if r.name not in gone:
                number[r.first : r.first + r.size] = np.arange(first, first + r.size)
                registered.append(replace(r, first=first))
                first += r.size
        code.append(_numbered(segment.code.entries, number))
        prose.append(_numbered(segment.prose.entries, number))
        rows = number[segment.refs >> np.uint32(COLUMN_BITS)]
        stays = rows >= 0
        columns = segment.refs[stays] & np.uint32((1 << COLUMN_BITS) - 1)
        cells.append(segment.cells.entries[stays])
        refs.append(rows[stays].astype(np.uint32) << np.uint32(COLUMN_BITS) | columns)
    every, places = np.concatenate(cells), np.concatenate(refs)
    order = np.lexsort((places, every))
    return Segment(
        tuple(registered), _sorted(code), _sorted(prose), Hashes.of(every[order]), places[order]
    )


def _numbered(entries: Words, number: NDArray[np.int64]) -> Words:
    mask = np.uint64(MOST_BLOCKS - 1)
    blocks = number[(entries & mask).astype(np.intp)]
    stays = blocks >= 0
    return entries[stays] & ~mask | blocks[stays].astype(np.uint64)


def _sorted(parts: list[Words]) -> Hashes:
    every = np.concatenate(parts)
    every.sort(kind="stable")  # sorted runs are merged in one pass
    return Hashes.of(every)


def _seldom(entries: Words, files: NDArray[np.intp]) -> Words:
    """Sorted, each once in a block, without boilerplate; `files` has that of each block."""
    entries = np.unique(entries)
    hashes = entries >> np.uint64(BLOCK_BITS)
    begin = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1]))[: len(hashes)])
    counts = np.diff(np.append(begin, len(hashes)))
    places = np.flatnonzero(np.repeat(counts > MANY, counts))
    if not len(places):
        return entries
    of = files[(entries & np.uint64(MOST_BLOCKS - 1)).astype(np.intp)]
    every = np.bincount(of, minlength=len(files))
    some, of = hashes[places], of[places]
    first, end = np.searchsorted(some, some), np.searchsorted(some, some, "right")
    rank = np.arange(len(some)) - first
    number = np.concatenate(([0], np.cumsum((some[1:] != some[:-1]) | (of[1:] != of[:-1]))))
    often = number[end - 1] - number[first] >= MANY
    copies = np.bincount(of[often], minlength=len(files)) >= _COPY * every
    copied = np.cumsum(often & copies[of])
    stays = np.where(
        often,
        copies[of] & (copied - np.where(first, copied[first - 1], 0) <= _FEW),
        rank < MANY,
    )
    kept = np.ones(len(entries), np.bool_)
    kept[places] = stays
    found: Words = entries[kept]
    return found


# ── the file ──────────────────────────────────────────────────────────────────────────────────


def read(path: Path, secret: bytes) -> Segment:
    """The segment in `path`, mapped. Raises FileNotFoundError and ConfigError."""
    try:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            size = stat.st_size
            if not size:
                raise wrong(path, "it is empty")
            # as a plain array: every slice of a `memmap` costs
            data = np.memmap(file, np.uint8, "r").view(np.ndarray)
    except FileNotFoundError:
        raise
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read: {e.strerror}") from None
    if size < _HEAD.size + _CHECK or data[:8].tobytes() != _MAGIC:
        raise wrong(path, "this is no index of fingerprints")
    head = data[: _HEAD.size].tobytes()
    _, version, length, code, prose, cells, key, body_check = _HEAD.unpack(head)
    if version != VERSION:
        raise ConfigError(
            f"{path}: made by another version of Penstock (format {version}, here {VERSION}); "
            "move the index away and register everything again"
        )
    if key != key_check(secret):
        raise another_key(path)
    start = _HEAD.size + _CHECK
    begin = _aligned(start + length)
    sizes = [n for count in (code, prose, cells) for n in (8 * count, sieve_bytes(count))]
    sizes.append(4 * cells)
    ends = np.cumsum([begin, *map(_aligned, sizes)]).tolist()
    if size != ends[-1]:
        raise wrong(path, "it is not whole")
    about = data[start : start + length].tobytes()
    if data[_HEAD.size : start].tobytes() != blake2b(head + about, digest_size=32).digest():
        raise wrong(path, "its checksum is wrong")
    if body_check != blake2b(data[begin:].data, digest_size=32).digest():
        raise wrong(path, "its checksum is wrong")
    rows = json.loads(zlib.decompress(about))
    part = [data[end : end + length] for end, length in zip(ends, sizes, strict=False)]
    return Segment(
        tuple(_registered(row) for row in rows),
        Hashes.read(part[0].view("<u8"), part[1]),
        Hashes.read(part[2].view("<u8"), part[3]),
        Hashes.read(part[4].view("<u8"), part[5]),
        part[6].view("<u4"),
        path.name,
        (stat.st_mtime_ns, size, stat.st_ino),
    )


def write(path: Path, secret: bytes, segment: Segment) -> None:
    """Writes `segment` to `path`, whole or not at all. Raises OSError."""
    about = zlib.compress(json.dumps([asdict(r) for r in segment.registered]).encode(), 6)
    body = blake2b(digest_size=32)
    kinds = (segment.code, segment.prose, segment.cells)
    arrays = (*(a for hashes in kinds for a in (hashes.entries, hashes.sieve)), segment.refs)
    parts: list[memoryview | bytes] = []
    for array in arrays:
        if len(array):
            parts.append(np.ascontiguousarray(array).data.cast("B"))
            parts.append(bytes(_aligned(len(parts[-1])) - len(parts[-1])))
    for part in parts:
        body.update(part)
    head = _HEAD.pack(
        _MAGIC,
        VERSION,
        len(about),
        len(segment.code),
        len(segment.prose),
        len(segment.cells),
        key_check(secret),
        body.digest(),
    )
    start = _HEAD.size + _CHECK + len(about)

    def chunks() -> Iterator[Any]:
        yield head + blake2b(head + about, digest_size=32).digest() + about
        yield bytes(_aligned(start) - start)
        yield from parts

    put(path, chunks())


def put(path: Path, chunks: Iterable[Any]) -> None:
    """A file in the place of another, whole or not at all. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _registered(row: dict[str, Any]) -> Registered:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Registered(**values)


def _aligned(offset: int) -> int:
    return -(-offset // 8) * 8


def key_check(secret: bytes) -> bytes:
    """Tells keys apart without telling what they are."""
    return blake2b(b"index", key=secret, digest_size=16).digest()


def wrong(path: Path, why: str) -> ConfigError:
    """What is said of a file that cannot be used."""
    return ConfigError(
        f"{path}: {why}; restore it from a backup, or remove it and register everything again"
    )


def another_key(path: Path) -> ConfigError:
    """What is said of a file that another installation made."""
    return ConfigError(
        f"{path}: made with another key; restore `keys/fingerprints` of the state directory "
        "from a backup, or move the index away and register everything again"
    )
