"""Excerpts of registered files in a text: which lines, from which file, how sure."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from detectors.base import Match
from detectors.fingerprints import tokens
from detectors.fingerprints.index import MANY, Index, Registered
from detectors.fingerprints.keyed import Words
from detectors.fingerprints.winnow import FILE_BITS, MOST_FILES, Grain, for_code, for_prose

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
    firsts: tuple[int, ...] = field(repr=False)

    @classmethod
    def of(cls, index: Index, secret: bytes) -> "Excerpts":
        """What looks in `index`, which was made with `secret`."""
        trees = sorted((r for r in index.registered if r.kind == "tree"), key=lambda r: r.first)
        return cls(
            index,
            for_code(secret),
            for_prose(secret),
            tuple(trees),
            tuple(t.first for t in trees),
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
        hits = [
            (place, place + grain.run, files)
            for grain in grains
            for place, files in self._hits(grain.sealed(grain.hashes(row)), entries)
        ]
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

    def _hits(self, hashes: Words, entries: Words) -> list[tuple[int, list[int]]]:
        """(place, files) for each fingerprint that is registered as ours."""
        if not len(hashes):
            return []
        order = np.argsort(hashes)
        low = np.empty(len(hashes), np.intp)
        low[order] = np.searchsorted(entries, hashes[order])
        there = low < len(entries)
        there[there] = entries[low[there]] >> FILE_BITS == hashes[there] >> FILE_BITS
        hits = []
        for place in np.flatnonzero(there).tolist():
            start = int(low[place])
            near = entries[start : start + 4 * MANY + 1]
            files = near[near >> FILE_BITS == hashes[place] >> FILE_BITS] & (MOST_FILES - 1)
            if len(files) > 4 * MANY or any(self._tree(f).public for f in files.tolist()):
                continue
            hits.append((place, files.tolist()))
        return hits

    def _tree(self, file: int) -> Registered:
        return self.trees[bisect_right(self.firsts, file) - 1]


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
    kept: list[_Stretch] = []
    for stretch in sorted(found, key=lambda s: (-s.count, s.first, s.file)):
        if all(stretch.end <= k.first or k.end <= stretch.first for k in kept):
            kept.append(stretch)
    return sorted(kept, key=lambda s: s.first)


def _confidence(count: int) -> float:
    return round(1 - 0.4 * 0.75 ** (count - 1), 3)
