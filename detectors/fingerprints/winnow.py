"""Rows of codes to fingerprints: hashes of runs, of which each window keeps the smallest.

Winnowing (Schleimer, Wilkerson, Aiken: *Winnowing: local algorithms for document fingerprinting*,
2003): whatever two texts share that is at least `RUN + WINDOW - 1` codes long shares a fingerprint.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from detectors.fingerprints.keyed import Key, Words
from detectors.fingerprints.tokens import NAMED_AFRESH, Row

BLOCK_BITS = 22
"""An entry of the index is the hash of a run, then the number of the block it begins in."""
MOST_BLOCKS = 1 << BLOCK_BITS
BLOCK = 256
"""Codes in one block: what is of one excerpt is in two neighbouring ones."""
_MIXED = np.uint64(0x9E3779B97F4A7C15)
_SHAPE_RUN, _CODE_RUN, _PROSE_RUN = 12, 8, 8
_CLOSE = 4
"""The window in lists."""


@dataclass(frozen=True, slots=True)
class Grain:
    """How finely a kind of text is read."""

    run: int
    """Codes in one hash."""
    window: int
    """Of so many hashes in a row at least one is kept."""
    varied: int
    """A run with fewer different codes says nothing: lists of imports, tables."""
    key: Key = field(repr=False)
    named: bool = True
    """Whether it matters what names are; else only where they come again."""

    def hashes(self, row: Row) -> Words:
        """The hash of every run, in order, not yet sealed."""
        count = len(row.codes) - self.run + 1
        if count < 1:
            return np.empty(0, np.uint64)
        if self.named:
            runs = _runs(row.codes, self.run)
        else:
            # a name that stood before the run began is new to the run
            new = _runs(row.back, self.run) > np.arange(self.run, dtype=np.int32)
            runs = np.where(new, NAMED_AFRESH, _runs(row.shape, self.run))
        total: Words = runs @ self.key.factors
        total ^= total >> np.uint64(32)
        total *= _MIXED
        total ^= total >> np.uint64(29)
        return total

    def kept(self, hashes: Words) -> NDArray[np.intp]:
        """Which hashes winnowing keeps; all ties."""
        if len(hashes) <= self.window:
            return np.flatnonzero(hashes == hashes.min()) if len(hashes) else np.arange(0)
        lowest = np.lib.stride_tricks.sliding_window_view(hashes, self.window).min(axis=1)
        edge = np.zeros(self.window - 1, np.uint64)
        reach = np.concatenate((edge, lowest, edge))
        highest = np.lib.stride_tricks.sliding_window_view(reach, self.window).max(axis=1)
        return np.flatnonzero(highest == hashes)

    def sealed(self, hashes: Words) -> Words:
        """As they stand in the index, with room for the number of a block."""
        shift = np.uint64(BLOCK_BITS)
        return self.key.sealed(hashes) >> shift << shift

    def variety(self, row: Row, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """How many different codes each of these runs has."""
        if not len(places):
            return np.empty(0, np.intp)
        at = places[:, None] + np.arange(self.run)
        if self.named:
            runs = row.codes[at]
        else:
            runs = np.where(row.back[at] > np.arange(self.run), NAMED_AFRESH, row.shape[at])
        runs.sort(axis=1)
        different: NDArray[np.intp] = (runs[:, 1:] != runs[:, :-1]).sum(axis=1) + 1
        return different


def fingerprints(row: Row, grains: tuple[Grain, ...]) -> Words:
    """What is registered of a text: sealed hashes, each with the number of its block. Where the
    first way of reading says nothing, as in lists of names, the next one is read more closely."""
    listed = np.zeros(len(row.codes), np.bool_)
    found = [np.empty(0, np.uint64)]
    for grain in grains:
        hashes = grain.hashes(row)
        places = grain.kept(hashes)
        if listed.any():
            close = replace(grain, window=_CLOSE).kept(hashes)
            places = np.union1d(places, close[listed[close]])
        says = grain.variety(row, places) >= grain.varied
        listed[(places[~says, None] + np.arange(grain.run)).ravel()] = True
        places = places[says]
        found.append(grain.sealed(hashes[places]) | (places // BLOCK).astype(np.uint64))
    return np.concatenate(found)


def _runs[T: np.generic](values: NDArray[T], length: int) -> NDArray[T]:
    """Every row of so many of them; no copy."""
    step = values.strides[0]
    shape = (len(values) - length + 1, length)
    # what `as_strided` does, without what it costs
    return np.ndarray(shape, values.dtype, values, strides=(step, step))


def for_code(secret: bytes) -> tuple[Grain, ...]:
    """Source code in two ways: what is said, with any names; and shorter, with these names."""
    shape = Key.of(secret, "shape", _SHAPE_RUN)
    # sealed with the same key, so that both can be sealed and looked up at once
    code = Key(shape.aes, Key.of(secret, "code", _CODE_RUN).factors)
    return Grain(_SHAPE_RUN, 4, 5, shape, named=False), Grain(_CODE_RUN, 14, 5, code)


def blocks(row: Row) -> int:
    """How many blocks a text has; at least one."""
    return -(-len(row.codes) // BLOCK) or 1


def for_prose(secret: bytes) -> tuple[Grain, ...]:
    """Documents: eight words in a hash."""
    return (Grain(_PROSE_RUN, 6, 6, Key.of(secret, "prose", _PROSE_RUN)),)
