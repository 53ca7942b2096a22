"""Sorted hashes with a sieve before them: most of what is looked up is not there, and a sieve of
bits says so at a tenth of what a search costs."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.fingerprints.keyed import Words

type Bytes = NDArray[np.uint8]

_ROOM = 4
"""Bits for each hash, at least; up to twice as many."""
_SHELF = 16
"""Entries between two that a reader has noted the places of; up to twice as many."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """The entries of an index for one kind of text."""

    entries: Words = field(default_factory=lambda: np.empty(0, np.uint64), repr=False)
    sieve: Bytes = field(default_factory=lambda: np.empty(0, np.uint8), repr=False)
    shelves: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(2, np.uint32), repr=False)
    """By their highest bits: where those entries begin that have them, and behind the last."""

    @classmethod
    def read(cls, entries: Words, sieve: Bytes) -> "Hashes":
        """Of what was written; hashes are spread evenly, so that each shelf has about as many."""
        bits = (len(entries) // _SHELF).bit_length() or 1
        highest = np.arange(1 << bits, dtype=np.uint64) << np.uint64(64 - bits)
        shelves = np.append(np.searchsorted(entries, highest), len(entries))
        return cls(entries, sieve, shelves.astype(np.uint32))

    @classmethod
    def of(cls, entries: Words) -> "Hashes":
        """Of sorted entries."""
        if not len(entries):
            return cls()
        size = sieve_bytes(len(entries))
        places = entries >> np.uint64(64 - _bits(size))
        bits = np.left_shift(1, (places & np.uint64(7)).astype(np.uint8), dtype=np.uint8)
        where = (places >> np.uint64(3)).astype(np.intp)
        begin = np.flatnonzero(np.diff(where, prepend=-1))
        sieve = np.zeros(size, np.uint8)
        sieve[where[begin]] = np.bitwise_or.reduceat(bits, begin)
        return cls.read(entries, sieve)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.entries)

    def likely(self, hashes: Words) -> NDArray[np.intp]:
        """Which of these may be there: all that are, and few others."""
        places = hashes >> np.uint64(64 - _bits(len(self.sieve)))
        bits = self.sieve[(places >> np.uint64(3)).view(np.intp)]
        return (bits >> (places & np.uint64(7)).astype(np.uint8) & 1).nonzero()[0]

    def found(self, hashes: Words, other: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Which of these are there, and where; each as often as it is there. Of an entry what is
        below `other` is something else."""
        likely = self.likely(hashes)
        wanted = hashes[likely]
        shelf = (wanted >> np.uint64(65 - len(self.shelves).bit_length())).view(np.intp)
        first = self.shelves[shelf].astype(np.intp)
        sizes = self.shelves[shelf + 1] - first
        number = np.repeat(np.arange(len(wanted)), sizes)
        first -= sizes.cumsum() - sizes
        at = np.arange(len(number)) + first[number]
        same = ((self.entries[at] ^ wanted[number]) < other).nonzero()[0]
        return likely[number[same]], at[same]


def sieve_bytes(count: int) -> int:
    """How many bytes the sieve of so many entries takes."""
    return 1 << max(0, (_ROOM * count - 1).bit_length() - 3) if count else 0


def _bits(size: int) -> int:
    return size.bit_length() + 2
