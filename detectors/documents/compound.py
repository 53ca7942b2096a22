"""The streams of a compound file, as Office before 2007, macros and Outlook messages are kept.

Whatever the file says of itself is checked against its size: a sector is followed once in a chain,
a chain as far as its stream is long. Source: [MS-CFB] 2.2 to 2.6.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from struct import Struct, unpack_from

from detectors.documents.base import Budget

SIGN = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SHIFTS = ((9, 6), (12, 6))
"""Of a sector and of a small one, as powers of two: the third and the fourth version."""
_ENTRY = Struct("<64sHBxIII36xIQ")
"""Name, bytes of it with its end, kind, left and right sibling, child, first sector, length."""
_LAST = 0xFFFFFFFA
"""From here on numbers of sectors are marks."""
_CUTOFF_BYTES = 4096
"""Shorter streams lie in small sectors."""
_SMALL_BYTES = 64
_FREE, _STORAGE, _STREAM, _ROOT = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream, and the number of the storage it lies in."""

    storage: int
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Compound:
    """What could be got out of a file."""

    streams: tuple[Stream, ...]
    parents: dict[int, int]
    """Of each entry the storage it lies in; the root, 0, lies in itself."""
    unread: frozenset[str]
    """`damaged`: a stream ends before its length; `archive`: more than is read of one upload."""
    storages: dict[int, str]
    """The names of those that streams lie in."""


def opened(data: bytes, budget: Budget) -> Compound:
    """Raises ValueError, LookupError or struct.error where no directory can be made out."""
    shifts = unpack_from("<HH", data, 30)
    if shifts not in _SHIFTS:
        raise ValueError("sectors of a size that there is not")
    file = _Sectors(data, 1 << shifts[0])
    entries = [
        _ENTRY.unpack_from(file.directory, at)
        for at in range(0, len(file.directory) - _ENTRY.size + 1, _ENTRY.size)
    ]
    if not entries or entries[0][2] != _ROOT:
        raise ValueError("no root")
    small = file.content(entries[0][6], min(entries[0][7], len(data)))
    parents = _parents(entries)
    streams: list[Stream] = []
    unread = set()
    storages = {
        number: _name(raw, length)
        for number, (raw, length, kind, *_) in enumerate(entries)
        if kind in (_STORAGE, _ROOT)
    }
    for number, (raw, length, kind, _, _, _, start, size) in enumerate(entries):
        if kind != _STREAM:
            if kind not in (_FREE, _STORAGE, _ROOT):
                unread.add("damaged")
            continue
        size &= file.longest
        if not budget.take(size, files=0):
            unread.add("archive")
            break
        content = (
            file.small(small, start, size) if size < _CUTOFF_BYTES else file.content(start, size)
        )
        if len(content) < size:
            unread.add("damaged")
        streams.append(Stream(parents.get(number, 0), _name(raw, length), content))
    if not streams:
        unread.add("damaged")
    return Compound(tuple(streams), parents, frozenset(unread), storages)


def _name(raw: bytes, length: int) -> str:
    return raw[: max(0, length - 2)].decode("utf-16-le", "replace")


class _Sectors:
    """The tables of a file, and what chains of sectors hold."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = data, size
        self._per_sector = size // 4
        self.longest = 0xFFFFFFFF if size == 512 else 0xFFFFFFFFFFFFFFFF
        """Of the third version the upper half of a length means nothing."""
        (first_entry,) = unpack_from("<I", data, 48)
        (first_small,) = unpack_from("<I", data, 60)
        self._fat: list[int] = []
        for sector in dict.fromkeys(self._tables()):
            self._fat += unpack_from(f"<{self._per_sector}I", data, (sector + 1) * size)
        self.directory = b"".join(map(self._sector, _chain(first_entry, self._fat)))
        smalls = b"".join(map(self._sector, _chain(first_small, self._fat)))
        self._small_fat = unpack_from(f"<{len(smalls) // 4}I", smalls)

    def _tables(self) -> Iterator[int]:
        """The sectors that the table of sectors is kept in."""
        data, further = self._data, unpack_from("<I", self._data, 68)[0]
        yield from (sector for sector in unpack_from("<109I", data, 76) if sector < _LAST)
        seen: set[int] = set()
        while further < _LAST and further not in seen:
            seen.add(further)
            *more, further = unpack_from(f"<{self._per_sector}I", data, (further + 1) * self._size)
            yield from (sector for sector in more if sector < _LAST)

    def _sector(self, number: int) -> bytes:
        return self._data[(number + 1) * self._size : (number + 2) * self._size]

    def content(self, start: int, size: int) -> bytes:
        """Up to `size` bytes; fewer where the chain ends before."""
        sectors = islice(_chain(start, self._fat), -(-size // self._size))
        return b"".join(map(self._sector, sectors))[:size]

    def small(self, within: bytes, start: int, size: int) -> bytes:
        """The same of small sectors, which lie in a stream of their own."""
        sectors = islice(_chain(start, self._small_fat), -(-size // _SMALL_BYTES))
        at = (sector * _SMALL_BYTES for sector in sectors)
        return b"".join(within[i : i + _SMALL_BYTES] for i in at)[:size]


def _chain(start: int, links: Sequence[int]) -> Iterator[int]:
    """The sectors one after the other, to the end or where it makes no sense to go on."""
    seen: set[int] = set()
    while start < len(links) and start not in seen:
        seen.add(start)
        yield start
        start = links[start]


def _parents(entries: list[tuple[bytes, int, int, int, int, int, int, int]]) -> dict[int, int]:
    parents = {0: 0}
    waiting = [(entries[0][5], 0)]
    while waiting:
        number, storage = waiting.pop()
        if number >= len(entries) or number in parents:
            continue
        parents[number] = storage
        left, right, child = entries[number][3:6]
        waiting += [(left, storage), (right, storage), (child, number)]
    return parents
