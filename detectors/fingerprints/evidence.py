"""How much it says that two pieces of code have the same codes: about in bits.

What programs are full of says little: how seldom a keyword, a sign or a name follows the two codes
before it was counted over many packages (`detectors/fingerprints/counting.py`). A name that comes
again where it comes again in the file says more, names that are the same most of all. What was
said before in the same stretch hardly counts: lists of parameters, tables and stubs are the same
thing over and over. Each stretch pays a toll, so that scattered idioms do not add up to an excerpt.

What is added and the threshold were chosen on half of the packages, looked up among their like;
`python -m benchmarks.fingerprints` asks about the other half.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from detectors.fingerprints.keyed import Words
from detectors.fingerprints.tokens import NAMED_AFRESH, Row, Table

ENOUGH = 36.0
"""From here on a stretch is an excerpt of the file."""
_TOLL = 36.0
_MORE = 0.75
"""For each code, as both have it in the same order."""
_MOST = 5.0
"""No code says more by what stands before it."""
_OLD_NAME = 1.0
_AGAIN = 0.1
"""Of what was said before in the stretch so much counts once more."""
_KNOWN = 0.5
"""What a name says that everybody uses."""
_NEAR = 13
"""Codes within which a name that comes again says that it does: a run is not longer."""
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
        strings = np.where(kind == _STRING, np.clip((length - 6) / 3, 0, 8), 0)
        seldom = np.minimum(_bits()[places(symbols(row))] / EIGHTHS, _MOST) + _MORE + strings
        names = named.nonzero()[0]
        self._shape: Weights = seldom + _OLD_NAME * (named & (row.back <= _NEAR))
        self._code: Weights = seldom.copy()
        self._code[names] += np.where(
            _in(_common(), row.codes[names]), _KNOWN, np.minimum(length[names] / 3, 7)
        )
        alike = np.where(kind == _NUMBER, _NUMBER, row.codes)
        self._shapes = _before(_threes(np.where(named, NAMED_AFRESH, alike)))
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
            shape * np.where(self._shapes[here] < first, 1, _AGAIN) * self._shape[here],
            code * np.where(self._codes[here] < first, 1, _AGAIN) * self._code[here],
        )
        edges = np.flatnonzero(np.diff(np.concatenate(([0], shape | code, [0]))))
        sums = np.concatenate(([0.0], np.cumsum(says)))
        rows = sums[edges[1::2]] - sums[edges[::2]] - _TOLL
        return float(rows[rows > 0].sum())


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
