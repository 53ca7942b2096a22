"""Excerpts of registered files in a text: which lines, from which file, how sure."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.base import Match
from detectors.fingerprints import tokens
from detectors.fingerprints.index import MANY, Index, Registered
from detectors.fingerprints.keyed import Words
from detectors.fingerprints.winnow import MOST_FILES, Grain, for_code, for_prose

CODE = "code.proprietary"
DOCUMENT = "doc.fingerprint."

_FEWEST = 3
"""Fingerprints in common that make a match."""
_SHORTEST = {CODE: 24, DOCUMENT: 16}
"""Codes that they cover together, at least."""
_AT_ONCE = 60
"""Codes that count even on one or two lines of code; fewer are anybody's one-liner."""
_APART = 60
"""Codes without a fingerprint in common between two parts of one excerpt."""


@dataclass(slots=True)
class _Stretch:
    """Fingerprints that a text and one file have in common, in a place of the text."""

    file: int
    first: int
    end: int
    count: int = 0
    covered: int = 0

    def grow(self, place: int, end: int) -> None:
        """One more; they come in the order of their places."""
        self.count += 1
        if end > self.end:
            self.covered += end - max(place, self.end)
            self.end = end


@dataclass(frozen=True, slots=True)
class Excerpts:
    """The look-up in one index."""

    index: Index
    code: tuple[Grain, ...]
    prose: tuple[Grain, ...]
    trees: tuple[Registered, ...]
    """By the number of their first file."""
    firsts: NDArray[np.intp] = field(repr=False)
    public: NDArray[np.bool_] = field(repr=False)

    @classmethod
    def of(cls, index: Index, secret: bytes) -> "Excerpts":
        """What looks in `index`, which was made with `secret`."""
        trees = sorted((r for r in index.registered if r.kind == "tree"), key=lambda r: r.first)
        return cls(
            index,
            for_code(secret),
            for_prose(secret),
            tuple(trees),
            np.array([t.first for t in trees], np.intp),
            np.array([t.public for t in trees], np.bool_),
        )

    def find(self, text: str) -> Iterator[Match]:
        """Excerpts of code, then of documents."""
        if len(self.index.code):
            yield from self._found(
                text, CODE, tokens.code(text), self.code, self.index.code, tokens.code_places
            )
        if len(self.index.prose):
            yield from self._found(
                text,
                DOCUMENT,
                tokens.prose(text),
                self.prose,
                self.index.prose,
                tokens.prose_places,
            )

    def _found(
        self,
        text: str,
        data_class: str,
        row: tokens.Row,
        grains: tuple[Grain, ...],
        entries: Words,
        places: Callable[[str], list[tuple[int, int]]],
    ) -> Iterator[Match]:
        hashes = [grain.hashes(row) for grain in grains]
        runs = [(i, i + g.run) for g, h in zip(grains, hashes, strict=True) for i in range(len(h))]
        sealed = grains[0].sealed(np.concatenate(hashes))
        hits = [(*runs[at], files) for at, files in self._hits(sealed, entries)]
        found = [
            s
            for s in _stretches(sorted(hits))
            if s.count >= _FEWEST and s.covered >= _SHORTEST[data_class]
        ]
        spans = places(text) if found else []
        for stretch in _best(found):
            tree = self._tree(stretch.file)
            start = spans[row.tokens[stretch.first]][0]
            end = spans[row.tokens[stretch.end - 1]][1]
            if data_class == CODE:  # whole lines
                start = text.rfind("\n", 0, start) + 1
                end = len(text) if (line := text.find("\n", end)) < 0 else line
                if stretch.covered < _AT_ONCE and text.count("\n", start, end) < 2:
                    continue
            yield Match(
                data_class if data_class == CODE else data_class + tree.name,
                start,
                end,
                _confidence(stretch.count),
                source=f"{tree.name}:{tree.files[stretch.file - tree.first]}",
            )

    def _hits(self, hashes: Words, entries: Words) -> Iterator[tuple[int, list[int]]]:
        """(place, files) for each fingerprint that is registered as ours."""
        order = np.argsort(hashes)
        wanted = hashes[order]
        low = np.searchsorted(entries, wanted)
        there = np.minimum(low, len(entries) - 1)
        found = np.flatnonzero((entries[there] ^ wanted) < MOST_FILES)
        low, wanted, order = low[found], wanted[found], order[found]
        counts = np.searchsorted(entries, wanted + (MOST_FILES - 1), "right") - low
        seldom = np.flatnonzero(counts <= 4 * MANY)
        low, order, counts = low[seldom], order[seldom], counts[seldom]
        ends = np.cumsum(counts)
        at = np.repeat(low - ends + counts, counts) + np.arange(int(counts.sum()))
        files = (entries[at] & (MOST_FILES - 1)).astype(np.intp)
        public = self.public[np.searchsorted(self.firsts, files, "right") - 1]
        if public.any():
            passed = np.bincount(np.repeat(np.arange(len(counts)), counts)[public])
            passed.resize(len(counts))
        else:
            passed = np.zeros(len(counts), np.intp)
        every = files.tolist()
        for place, end, count, skip in zip(
            order.tolist(), ends.tolist(), counts.tolist(), passed.tolist(), strict=True
        ):
            if not skip:
                yield place, every[end - count : end]

    def _tree(self, file: int) -> Registered:
        return self.trees[int(np.searchsorted(self.firsts, file, "right")) - 1]


def _stretches(hits: list[tuple[int, int, list[int]]]) -> list[_Stretch]:
    """Neighbouring hits of each file together."""
    done: list[_Stretch] = []
    open_: dict[int, _Stretch] = {}
    for place, end, files in hits:
        for file in files:
            stretch = open_.get(file)
            if stretch is None or place - stretch.end > _APART:
                stretch = open_[file] = _Stretch(file, place, place)
                done.append(stretch)
            stretch.grow(place, end)
    return done


def _best(found: list[_Stretch]) -> list[_Stretch]:
    """Of those that claim the same place, the one with most in common; by place."""
    places: list[tuple[int, int]] = []
    kept: list[_Stretch] = []
    for stretch in sorted(found, key=lambda s: (-s.count, s.first, s.file)):
        at = bisect_left(places, (stretch.first, stretch.end))
        if at and places[at - 1][1] > stretch.first:
            continue
        if at < len(places) and places[at][0] < stretch.end:
            continue
        places.insert(at, (stretch.first, stretch.end))
        kept.insert(at, stretch)
    return kept


def _confidence(count: int) -> float:
    return round(1 - 0.4 * 0.75 ** (count - 1), 3)
