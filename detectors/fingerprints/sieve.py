"""Sorted hashes with a sieve before them: most of what is looked up is not there, and a sieve of
bits says so at a tenth of what a search costs."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.fingerprints.keyed import Words

type Bytes = NDArray[np.uint8]

_ROOM = 4
"""Bits for each hash, at least; up to twice as many."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """The entries of an index for one kind of text."""

    entries: Words = field(default_factory=lambda: np.empty(0, np.uint64), repr=False)
    sieve: Bytes = field(default_factory=lambda: np.empty(0, np.uint8), repr=False)

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
        return cls(entries, sieve)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.entries)

    def likely(self, hashes: Words) -> NDArray[np.intp]:
        """Which of these may be there: all that are, and few others."""
        places = hashes >> np.uint64(64 - _bits(len(self.sieve)))
        bits = self.sieve[(places >> np.uint64(3)).astype(np.intp)]
        return np.flatnonzero(bits >> (places & np.uint64(7)).astype(np.uint8) & 1)


def sieve_bytes(count: int) -> int:
    """How many bytes the sieve of so many entries takes."""
    return 1 << max(0, (_ROOM * count - 1).bit_length() - 3) if count else 0


def _bits(size: int) -> int:
    return size.bit_length() + 2
