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

from collections.abc import Iterator
from functools import cache, cached_property
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from detectors.fingerprints.keyed import Words
from detectors.fingerprints.tokens import NAMED_AFRESH, Row, Table

ENOUGH = 35.0
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

_PATH = 20
"""Most codes before `import` that say from where."""

type Flags = NDArray[np.bool_]
type Numbers = NDArray[np.intp]
type Weights = NDArray[np.float64]


class Evidence:
    """What the codes of one text say, worked out when it is first asked for."""

    def __init__(self, row: Row) -> None:
        self._row = row
        kind = row.codes >> np.uint64(32) & np.uint64(7)
        shape: Weights = _bits()[places(symbols(row, kind))]
        strings = (kind == _STRING).nonzero()[0]
        long = (_lengths(row.codes[strings]) - 6) / 1.5
        shape[strings] += np.minimum(np.maximum(long, 0), 16)
        names = (row.named & ~_in(_common(), row.codes)).nonzero()[0]
        code = shape.copy()
        code[names] += np.minimum(_lengths(row.codes[names]) / 2, 10)
        for here in _imported(row, strings):
            shape[here] = code[here] = 0
        self._shape, self._code, self._kind = shape, code, kind
        self._most = np.zeros(len(code) + 1)
        np.cumsum(code, out=self._most[1:])

    @cached_property
    def _shapes(self) -> Numbers:
        alike = np.where(self._kind == _NUMBER, _NUMBER, self._row.codes)
        return _before(_threes(np.where(self._row.named, NAMED_AFRESH, alike)))

    @cached_property
    def _codes(self) -> Numbers:
        return _before(_threes(self._row.codes))

    def at_most(self, first: Numbers, end: Numbers) -> Weights:
        """What it can say at the most that codes from `first` to `end` are the same."""
        most: Weights = self._most[end] - self._most[first]
        return most

    def of(self, at: Numbers, begins: Numbers, shape: Flags, code: Flags) -> Weights:
        """What it says, for each of some stretches, that of the codes `at` these are the same,
        whatever their names (`shape`) or with them (`code`); `begins` says where each begins among
        them, with a code that is the same, as its last one is."""
        sizes = np.empty_like(begins)
        sizes[:-1], sizes[-1] = begins[1:] - begins[:-1], len(at) - begins[-1]
        first = np.repeat(at[begins], sizes)
        says = np.maximum(
            shape * (self._shapes[at] < first) * self._shape[at],
            code * (self._codes[at] < first) * self._code[at],
        )
        same = shape | code
        starts, stops = same.copy(), same.copy()
        starts[1:] &= ~same[:-1]
        starts[begins] = True
        stops[:-1] &= ~same[1:]
        stops[begins[1:] - 1] = True
        start, stop = starts.nonzero()[0], stops.nonzero()[0] + 1
        apart = np.minimum(start[1:] - stop[:-1], _FAR) + _APART
        which = np.searchsorted(begins, start, "right") - 1
        best = [0.0] * len(begins)
        total = 0.0
        last = -1
        for number, more, less in zip(
            which.tolist(),
            np.add.reduceat(says, start).tolist(),
            [0.0, *apart.tolist()],
            strict=True,
        ):
            total = (max(0.0, total - less) if number == last else 0.0) + more
            best[number] = max(best[number], total)
            last = number
        return np.array(best)


def _imported(row: Row, strings: Numbers) -> Iterator[slice]:
    """Lists of what is imported, over several lines (`from x import (a, b)`): other lines of
    imports are no codes at all."""
    source, word, opens, *within = _import_list()
    begins = ((row.codes[:-1] == word) & (row.codes[1:] == opens)).nonzero()[0]
    if not len(begins):
        return
    listed = row.named | np.isin(row.codes, within)
    listed[strings] = True
    ends = (~listed).nonzero()[0]
    for begin in begins.tolist():
        end = ends[ends.searchsorted(begin + 2) :][:1].tolist()
        path = row.codes[max(0, begin - _PATH) : begin] == source
        start = begin - int(path[::-1].argmax()) - 1 if path.any() else begin
        yield slice(start, end[0] + 1 if end else len(listed))


def outside(codes_before: int, codes_after: int) -> float:
    """What it takes away that a passage has so many codes beside a stretch."""
    return _OUTSIDE * (min(codes_before, _NEAR) + min(codes_after, _NEAR))


def symbols(row: Row, kind: Words | None = None) -> Words:
    """The codes of a text without their spelling: keywords and signs are themselves, all else is
    only what it is, and a name new or old."""
    if kind is None:
        kind = row.codes >> np.uint64(32) & np.uint64(7)
    found = np.where((kind == _NUMBER) | (kind == _STRING), kind, row.codes & _SPELT)
    every: Words = np.where(row.named, np.where(row.back <= _RECENT, _OLD, _NEW), found)
    return every


def _lengths(codes: Words) -> Weights:
    return (codes >> np.uint64(40) & np.uint64(255)).astype(np.float64)


def places(symbols: Words) -> Numbers:
    """For each of them, with the two before it, where its count stands in the table."""
    sums = _threes(symbols)
    sums ^= sums >> np.uint64(32)
    sums *= _MIX[0]
    return (sums >> np.uint64(64 - TABLE_BITS)).astype(np.intp)


@cache
def _bits() -> Weights:
    """How seldom each three codes in a row are, in bits."""
    counted = files(__package__).joinpath("common_code.bin").read_bytes()
    return np.minimum(np.frombuffer(counted, np.uint8) / EIGHTHS, _MOST)


@cache
def _common() -> Words:
    """Codes of the names that everybody uses."""
    text = files(__package__).joinpath("common_names.txt").read_text("utf-8")
    table = Table()
    names = [w for line in text.splitlines() if not line.startswith("#") for w in line.split()]
    return np.unique(np.array([table[name] for name in names], np.uint64))


@cache
def _import_list() -> list[int]:
    """Codes of what a list of imports begins with, and of what is within it."""
    table = Table()
    return [table[token] for token in ("from", "import", "(", ",", "as", "*")]


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
    order = values.argsort(kind="stable")
    sorted_ = values[order]
    again = sorted_[1:] == sorted_[:-1]
    before = np.full(len(values), -1)
    before[order[1:][again]] = order[:-1][again]
    return before
