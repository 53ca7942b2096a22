"""Stretches: what a text and a registered file have in common in one place, weighed many at once,
as each call of numpy costs more than what it does here."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

APART = 40
"""Codes without a fingerprint in common between two parts of one excerpt."""
_CODES = 12
"""Codes that an excerpt of source code has in common with its file, at least."""
_AT_ONCE = 1 << 14
"""Codes of stretches that are weighed at once, unless one alone has more."""
_AS_LONG = 0.8
"""Only one that is nearly as long may be the better one of two in one place."""
_FAR = 1 << 30

type Numbers = NDArray[np.intp]
type Flags = NDArray[np.bool_]
type Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Fingerprints that a text and one file have in common, in a place of the text."""

    file: int
    first: int
    end: int
    evidence: float
    covered: int


@dataclass(frozen=True, slots=True)
class Cells:
    """Every code of some stretches, one stretch after the other."""

    at: Numbers
    """Which code of the text it is."""
    begins: Numbers
    """Where each stretch begins."""
    covers: tuple[Flags, ...]
    """Whether it stands in the file too, by the way it was read."""
    counts: Numbers
    """How many fingerprints each stretch has."""


class Says(Protocol):
    """What it says that codes of a text stand in a file too."""

    def likely(self, first: Numbers, end: Numbers, begins: Numbers) -> Flags:
        """Which stretches may be enough, of which every part from `first` to `end` is the same;
        `begins` says where the parts of each begin."""

    def evidence(self, cells: Cells) -> Weights:
        """Of each stretch; 0 where it is not enough."""


@dataclass(frozen=True, slots=True)
class _Some:
    """Some stretches, with those of their hits that stand together in the file."""

    hits: Numbers
    begins: Numbers
    ends: Numbers
    """Where those of each begin and end among them."""
    first: Numbers
    end: Numbers

    def only(self, which: list[int]) -> "_Some":
        """These of them."""
        if len(which) == len(self.begins):
            return self
        here, begins, ends = ranges(self.begins[which], self.ends[which])
        return _Some(self.hits[here], begins, ends, self.first[which], self.end[which])


@dataclass(frozen=True, slots=True)
class Hits:
    """What a text and the index have in common, by file and place; neighbours of one file are a
    stretch."""

    place: Numbers
    end: Numbers
    grain: Numbers
    block: Numbers
    file: Numbers
    begins: Numbers
    """Where each stretch begins among them."""
    ends: Numbers
    spread: Numbers
    """How far apart the first and the last block of each stretch are."""
    grains: int

    @classmethod
    def of(
        cls, place: Numbers, runs: Numbers, grain: Numbers, block: Numbers, file: Numbers
    ) -> "Hits":
        """In any order; `runs` has the length of a run of each grain."""
        order = (file * (int(place.max()) + 1) + place).argsort(kind="stable")
        place, grain, block, file = place[order], grain[order], block[order], file[order]
        cuts = ((file[1:] != file[:-1]) | (place[1:] - place[:-1] > APART)).nonzero()[0] + 1
        begins, ends = np.concatenate(([0], cuts)), np.concatenate((cuts, [len(file)]))
        spread = np.maximum.reduceat(block, begins) - np.minimum.reduceat(block, begins)
        return cls(place, place + runs[grain], grain, block, file, begins, ends, spread, len(runs))

    def stretches(self, says: Says, rank: Numbers, most: int) -> list[Stretch]:
        """By place, none overlapping another: of those that claim the same place the one with
        most in common, at first sight, by `rank` of the files where they are the same. At most
        `most` are looked at closely."""
        found: list[Stretch] = []
        for some, files in self._batches(self._likely(says, rank)[:most]):
            spans = list(zip(some.first.tolist(), some.end.tolist(), strict=True))
            which = [i for i, span in enumerate(spans) if _may_win(found, *span)]
            if not which:
                continue
            cells = self._cells(some.only(which))
            covered = np.add.reduceat(np.logical_or.reduce(cells.covers), cells.begins, dtype=int)
            for i, evidence, codes in zip(
                which, says.evidence(cells).tolist(), covered.tolist(), strict=True
            ):
                rivals = _rivals(found, *spans[i])
                best = found[rivals.start].evidence if rivals.start < rivals.stop else 0
                if evidence > best and _may_win(found, *spans[i]):
                    found[rivals] = [Stretch(files[i], *spans[i], evidence, codes)]
        return found

    def _likely(self, says: Says, rank: Numbers) -> Numbers:
        """Numbers of the stretches that may be enough, those with most in common first."""
        first, reach = self.place[self.begins], np.maximum.reduceat(self.end, self.begins)
        following = np.empty_like(self.place)
        following[:-1] = self.place[1:]
        following[self.ends - 1] = _FAR
        until = np.minimum(following, self.end)
        covered = np.add.reduceat(until - self.place, self.begins)
        # what is enough has more than two, nearly always; two are what much code has in common
        few = self.ends - self.begins < np.where(self.spread > 1, 4, 3)
        covered[few | (reach - first < _CODES)] = 0
        if covered.any():
            covered[~says.likely(self.place, until, self.begins)] = 0
        # of several that cover the same, the one with the same names too
        order = np.lexsort((rank[self.file[self.begins]], self.begins - self.ends, -covered))
        return order[covered[order] > 0]

    def _batches(self, numbers: Numbers) -> Iterator[tuple[_Some, list[int]]]:
        """Stretches that are weighed at once, and their files."""
        if not len(numbers):
            return
        # its last hit, not the one that reaches furthest: near enough
        sizes = self.place[self.ends[numbers] - 1] - self.place[self.begins[numbers]] + _CODES
        until = np.cumsum(sizes)
        start = 0
        while start < len(numbers):
            room = (int(until[start - 1]) if start else 0) + _AT_ONCE
            stop = max(start + 1, int(until.searchsorted(room, "right")))
            batch = numbers[start:stop]
            yield self._together(batch), self.file[self.begins[batch]].tolist()
            start = stop

    def _together(self, numbers: Numbers) -> _Some:
        """These, with their hits in the two neighbouring blocks of the file that have most, and
        with all in blocks that have several."""
        here, begins, ends = ranges(self.begins[numbers], self.ends[numbers])
        spread = self.spread[numbers] > 1
        if spread.any():
            number = np.repeat(np.arange(len(numbers)), ends - begins)
            stays = ~spread[number]
            apart = (~stays).nonzero()[0]
            stays[apart] = _neighbours(number[apart], self.block[here[apart]])
            here = here[stays]
            ends = np.bincount(number[stays]).cumsum()
            begins[1:] = ends[:-1]
        end = np.maximum.reduceat(self.end[here], begins)
        return _Some(here, begins, ends, self.place[here[begins]], end)

    def _cells(self, some: _Some) -> Cells:
        """What of them stands in the file too."""
        lengths = some.end - some.first
        stops = np.cumsum(lengths)
        begins, size = stops - lengths, int(stops[-1])
        at = np.repeat(some.first - begins, lengths) + np.arange(size)
        counts = some.ends - some.begins
        shift = np.repeat(begins - some.first, counts)
        grain = self.grain[some.hits]
        # a row for each way of reading, one place longer, as a cover may end with the row
        shift += grain * (size + 1)
        edges = np.bincount(self.place[some.hits] + shift, minlength=self.grains * (size + 1))
        edges -= np.bincount(self.end[some.hits] + shift, minlength=self.grains * (size + 1))
        covers = edges.cumsum().reshape(self.grains, size + 1)[:, :-1] > 0
        return Cells(at, begins, tuple(covers), counts)


def _rivals(found: list[Stretch], first: int, end: int) -> slice:
    """Those that overlap such a place."""
    low = bisect_right(found, first, key=lambda s: s.end)
    return slice(low, bisect_left(found, end, lo=low, key=lambda s: s.first))


def _may_win(found: list[Stretch], first: int, end: int) -> bool:
    """Whether a stretch in such a place may be better than what was found there."""
    rivals = found[_rivals(found, first, end)]
    return not rivals or (
        len(rivals) == 1 and end - first >= _AS_LONG * (rivals[0].end - rivals[0].first)
    )


def ranges(begins: Numbers, ends: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """All numbers of some ranges, and where those of each begin and end."""
    sizes = ends - begins
    stops = sizes.cumsum()
    starts = stops - sizes
    return np.repeat(begins - starts, sizes) + np.arange(int(stops[-1])), starts, stops


def _neighbours(stretch: Numbers, block: Numbers) -> Flags:
    """Which of these hits are in the two neighbouring blocks that have most of their stretch, the
    first of several, or in a block that has several."""
    step = int(block.max()) + 2
    every = stretch * step + block
    order = every.argsort(kind="stable")
    keys = every[order]
    first = _fresh(keys).nonzero()[0]
    keys = keys[first]  # each block once
    counts = np.empty_like(first)
    counts[:-1], counts[-1] = first[1:] - first[:-1], len(every) - first[-1]
    beside = np.zeros(len(keys), np.bool_)
    beside[:-1] = keys[1:] - keys[:-1] == 1
    pairs = counts.copy()
    pairs[:-1] += beside[:-1] * counts[1:]
    owner = keys // step
    best = np.lexsort((-pairs, owner))
    most = best[_fresh(owner[best])]
    stays = counts > 2
    stays[most] = True
    stays[most[beside[most]] + 1] = True
    together = np.empty(len(every), np.bool_)
    together[order] = np.repeat(stays, counts)
    return together


def _fresh(values: Numbers) -> Flags:
    """Which of some sorted numbers are not the one before."""
    fresh = np.ones(len(values), np.bool_)
    fresh[1:] = values[1:] != values[:-1]
    return fresh
