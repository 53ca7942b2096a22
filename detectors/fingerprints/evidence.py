"""How much it says that two pieces of code have the same codes: about in bits.

Keywords and signs say little, rare names and long strings much, and nothing says anything a second
time: lists of parameters, tables and stubs are the same thing over and over. Each stretch pays a
toll, so that scattered idioms do not add up to an excerpt.

Weights were chosen on half of the packages of this machine, looked up among the other half.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from detectors.fingerprints.keyed import Words
from detectors.fingerprints.tokens import NAMED_AFRESH, Row, Table

ENOUGH = 12.0
"""From here on a stretch is an excerpt of the file."""
_TOLL = 12.0
_BY_SHAPE = np.array([0, 1, 0.5, 1, 1])
"""Of what is no name: keywords, numbers, strings, signs."""
_BY_NAME = np.array([0, 0.5, 0.5, 1, 0.5])
"""Where names are the same, they say most of it."""
_NEW_NAME, _OLD_NAME = 1.0, 1.5
_NEAR = 32
"""Codes within which a name that comes again says that it does."""
_MIX = tuple(np.uint64(m) for m in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))

type Flags = NDArray[np.bool_]
type Numbers = NDArray[np.intp]
type Weights = NDArray[np.float64]


class Evidence:
    """What the codes of one text say, worked out when it is first asked for."""

    def __init__(self, row: Row) -> None:
        kind = (row.codes >> np.uint64(32) & np.uint64(7)).astype(np.intp)
        length = (row.codes >> np.uint64(40) & np.uint64(255)).astype(np.float64)
        named = row.codes >> np.uint64(63) != 0
        known = row.back <= _NEAR
        strings = np.where(kind == 3, np.clip((length - 6) / 3, 0, 8), 0)
        self._shape: Weights = np.where(
            named, np.where(known, _OLD_NAME, _NEW_NAME), _BY_SHAPE[kind] + strings
        )
        name = np.where(_in(_common(), row.codes), 1.0, np.minimum(length / 4 + 0.5, 5))
        self._code: Weights = np.where(named, name, _BY_NAME[kind] + strings)
        self._shapes = _before(_threes(np.where(named, NAMED_AFRESH, row.codes)))
        self._codes = _before(_threes(row.codes))
        self._most = np.concatenate(([0.0], np.cumsum(np.maximum(self._shape, self._code))))

    def at_most(self, first: Numbers, end: Numbers) -> Weights:
        """What it can say at the most that codes from `first` to `end` are the same."""
        most: Weights = self._most[end] - self._most[first] - _TOLL
        return most

    def of(self, first: int, shape: Flags, code: Flags) -> float:
        """What it says that of the codes from `first` on these are the same, whatever their names
        (`shape`) or with them (`code`)."""
        here = slice(first, first + len(shape))
        says = np.maximum(
            (shape & (self._shapes[here] < first)) * self._shape[here],
            (code & (self._codes[here] < first)) * self._code[here],
        )
        edges = np.flatnonzero(np.diff(np.concatenate(([0], shape | code, [0]))))
        sums = np.concatenate(([0.0], np.cumsum(says)))
        rows = sums[edges[1::2]] - sums[edges[::2]] - _TOLL
        return float(rows[rows > 0].sum())


@cache
def _common() -> Words:
    """Codes of the names that everybody uses."""
    text = files(__package__).joinpath("common_names.txt").read_text("utf-8")
    table = Table()
    names = [w for line in text.splitlines() if not line.startswith("#") for w in line.split()]
    return np.unique(np.array([table[name] for name in names], np.uint64))


def _in(known: Words, codes: Words) -> Flags:
    at = np.minimum(np.searchsorted(known, codes), len(known) - 1)
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
