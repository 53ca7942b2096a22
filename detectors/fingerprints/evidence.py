"""How much it says that two pieces of code have the same codes: about in bits.

What programs are full of says little: how seldom a keyword, a sign or a name follows the two codes
before it was counted over many packages (`detectors/fingerprints/counting.py`); long strings, and
names that are the same, say more. What was said before in the same stretch says nothing: lists of
parameters, tables and stubs are the same thing over and over. Gaps take away, so that scattered
idioms do not add up to an excerpt; so does code beside a stretch in the same passage, as what was
copied is alike up to where it ends, and what is alike by chance is not.

What is added, what is taken away and the threshold were chosen on half of the packages, looked up
among their like; `python -m benchmarks.fingerprints` asks about the other half.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from detectors.fingerprints.keyed import Words
from detectors.fingerprints.tokens import NAMED_AFRESH, Row, Table

ENOUGH = 32.0
"""From here on a stretch is an excerpt of the file."""
_MOST = 5.0
"""No code says more by what stands before it."""
_APART = 20.0
"""What it takes away that a part of a stretch is not the next code after the part before it, and
one more for each code between them, up to `_FAR`."""
_FAR = 20
_OUTSIDE = 2.5
"""What it takes away that the passage goes on before or after the stretch, for each code of it up
to `_NEAR` on each side."""
_NEAR = 10
_RECENT = 32
"""Codes within which a name is an old one to those who count."""
TABLE_BITS = 15
"""The counts are kept by hashes of so many bits."""
EIGHTHS = 8
"""Of a bit, in which they are kept."""
_MIX = tuple(np.uint64(m) for m in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
_NUMBER, _STRING, _NEW, _OLD = (np.uint64(n) for n in (2, 3, 4, 5))
_SPELT = np.uint64((1 << 35) - 1)

type Flags = NDArray[np.bool_]
type Numbers = NDArray[np.intp]
type Weights = NDArray[np.float64]


class Evidence:
    """What the codes of one text say, worked out when it is first asked for."""

    def __init__(self, row: Row) -> None:
        kind = row.codes >> np.uint64(32) & np.uint64(7)
        length = (row.codes >> np.uint64(40) & np.uint64(255)).astype(np.float64)
        named = row.codes >> np.uint64(63) != 0
        strings = np.where(kind == _STRING, np.clip((length - 6) / 1.5, 0, 16), 0)
        self._shape: Weights = np.minimum(_bits()[places(symbols(row))] / EIGHTHS, _MOST) + strings
        self._code: Weights = self._shape.copy()
        names = np.flatnonzero(named & ~_in(_common(), row.codes))
        self._code[names] += np.minimum(length[names] / 2, 10)
        alike = np.where(kind == _NUMBER, _NUMBER, row.codes)
        self._shapes = _before(_threes(np.where(named, NAMED_AFRESH, alike)))
        self._codes = _before(_threes(row.codes))
        self._most = np.concatenate(([0.0], np.cumsum(self._code)))

    def at_most(self, first: Numbers, end: Numbers) -> Weights:
        """What it can say at the most that codes from `first` to `end` are the same."""
        most: Weights = self._most[end] - self._most[first]
        return most

    def of(self, first: int, shape: Flags, code: Flags) -> float:
        """What it says that of the codes from `first` on these are the same, whatever their names
        (`shape`) or with them (`code`)."""
        here = slice(first, first + len(shape))
        says = np.maximum(
            shape * (self._shapes[here] < first) * self._shape[here],
            code * (self._codes[here] < first) * self._code[here],
        )
        edges = np.flatnonzero(np.diff(np.concatenate(([0], shape | code, [0]))))
        sums = np.concatenate(([0.0], np.cumsum(says)))
        best = total = 0.0
        apart = 0
        for begin, end in edges.reshape(-1, 2).tolist():
            total = max(0, total - _APART - min(begin - apart, _FAR)) + sums[end] - sums[begin]
            best, apart = max(best, total), end
        return float(best)


def outside(codes_before: int, codes_after: int) -> float:
    """What it takes away that a passage has so many codes beside a stretch."""
    return _OUTSIDE * (min(codes_before, _NEAR) + min(codes_after, _NEAR))


def symbols(row: Row) -> Words:
    """The codes of a text without their spelling: keywords and signs are themselves, all else is
    only what it is, and a name new or old."""
    kind = row.codes >> np.uint64(32) & np.uint64(7)
    found = np.where((kind == _NUMBER) | (kind == _STRING), kind, row.codes & _SPELT)
    named = np.where(row.back <= _RECENT, _OLD, _NEW)
    every: Words = np.where(row.codes >> np.uint64(63) != 0, named, found)
    return every


def places(symbols: Words) -> Numbers:
    """For each of them, with the two before it, where its count stands in the table."""
    sums = _threes(symbols)
    sums ^= sums >> np.uint64(32)
    sums *= _MIX[0]
    return (sums >> np.uint64(64 - TABLE_BITS)).astype(np.intp)


@cache
def _bits() -> NDArray[np.uint8]:
    """How seldom each three codes in a row are, in eighths of a bit."""
    return np.frombuffer(files(__package__).joinpath("common_code.bin").read_bytes(), np.uint8)


@cache
def _common() -> Words:
    """Codes of the names that everybody uses."""
    text = files(__package__).joinpath("common_names.txt").read_text("utf-8")
    table = Table()
    names = [w for line in text.splitlines() if not line.startswith("#") for w in line.split()]
    return np.unique(np.array([table[name] for name in names], np.uint64))


def _in(known: Words, codes: Words) -> Flags:
    at = np.minimum(known.searchsorted(codes), len(known) - 1)
    found: Flags = known[at] == codes
    return found


def _threes(codes: Words) -> Words:
    """Each code with the two before it."""
    sums = codes * _MIX[0]
    sums[1:] += codes[:-1] * _MIX[1]
    sums[2:] += codes[:-2] * _MIX[2]
    return sums


def _before(values: Words) -> Numbers:
    """Where each of them stood before, -1 if nowhere."""
    order = np.argsort(values, kind="stable")
    again = values[order[1:]] == values[order[:-1]]
    before = np.full(len(values), -1)
    before[order[1:][again]] = order[:-1][again]
    return before
