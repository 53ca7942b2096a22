"""Excerpts of registered files in a text: which lines, from which file, how sure."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.base import Match
from detectors.fingerprints import tokens
from detectors.fingerprints.evidence import ENOUGH, Evidence
from detectors.fingerprints.index import Index
from detectors.fingerprints.keyed import Words
from detectors.fingerprints.segment import MANY, Registered
from detectors.fingerprints.winnow import MOST_BLOCKS, Grain, for_code, for_prose

CODE = "code.proprietary"
DOCUMENT = "doc.fingerprint."

_APART = 40
"""Codes without a fingerprint in common between two parts of one excerpt."""
_CODES = 12
"""Codes that an excerpt of source code has in common with its file, at least."""
_WORDS = 16
"""Words of a document, in as many fingerprints as `_PRINTS`."""
_PRINTS = 3
_LINES = 3
"""Lines of code; fewer are anybody's, unless they are `_LONG`."""
_LONG = 60
_TRIED = 24
"""Places looked at closely for one text, and one more for every so many codes of it."""

type Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Fingerprints that a text and one file have in common, in a place of the text."""

    file: int
    first: int
    end: int
    confidence: float
    covered: int


@dataclass(frozen=True, slots=True)
class _Files:
    """Every file of every segment, by the number of its first block over all of them."""

    bases: tuple[int, ...]
    """Number of the first block of each segment."""
    first: Numbers
    number: Numbers
    """Of each, in its tree."""
    tree: Numbers
    trees: tuple[Registered, ...]
    gone: NDArray[np.bool_]
    public: NDArray[np.bool_]

    @classmethod
    def of(cls, index: Index) -> "_Files":
        trees: list[Registered] = []
        gone: list[bool] = []
        bases: list[int] = []
        firsts, numbers, owners = [[np.empty(0, np.intp)] for _ in range(3)]
        base = 0
        for part in index.parts:
            bases.append(base)
            for tree in part.segment.registered:
                if tree.kind == "tree":
                    blocks = np.array(tree.blocks, np.intp)
                    firsts.append(base + tree.first + np.cumsum(blocks) - blocks)
                    numbers.append(np.arange(len(blocks)))
                    owners.append(np.full(len(blocks), len(trees)))
                    trees.append(tree)
                    gone.append(tree.name in part.gone)
            base += part.segment.size
        return cls(
            tuple(bases),
            np.concatenate(firsts),
            np.concatenate(numbers),
            np.concatenate(owners),
            tuple(trees),
            np.array(gone, np.bool_),
            np.array([t.public for t in trees], np.bool_),
        )

    def holding(self, blocks: Numbers) -> Numbers:
        """Which file each of these blocks is of."""
        return np.searchsorted(self.first, blocks, "right") - 1


@dataclass(frozen=True, slots=True)
class Excerpts:
    """The look-up in one index."""

    index: Index
    code: tuple[Grain, ...]
    prose: tuple[Grain, ...]
    files: _Files = field(repr=False)
    table: tokens.Table = field(repr=False)
    words: tokens.WordTable = field(repr=False)

    @classmethod
    def of(cls, index: Index, secret: bytes) -> "Excerpts":
        """What looks in `index`, which was made with `secret`."""
        return cls(index, for_code(secret), for_prose(secret), _Files.of(index), tokens.Table(), tokens.WordTable())

    def find(self, text: str) -> Iterator[Match]:
        """Excerpts of code, then of documents."""
        if any(len(p.segment.code) for p in self.index.parts):
            row = tokens.code(text, self.table)
            says = _Code(row)
            found = self._found(row, self.code, [p.segment.code for p in self.index.parts], says)
            places = tokens.places("\n" + text, row, found[-1].end) if found else []
            for s in found:
                start, end = _lines(text, places[s.first : s.end])
                if s.covered >= _LONG or text.count("\n", start, end) >= _LINES - 1:
                    yield self._match(s, CODE, start, end)
        if any(len(p.segment.prose) for p in self.index.parts):
            row = tokens.prose(text, self.words)
            found = self._found(row, self.prose, [p.segment.prose for p in self.index.parts], _prose)
            places = tokens.places(text, row, found[-1].end) if found else []
            for s in found:
                yield self._match(s, DOCUMENT, places[s.first][0], places[s.end - 1][1])

    def _match(self, stretch: "_Stretch", data_class: str, start: int, end: int) -> Match:
        tree = self.files.trees[self.files.tree[stretch.file]]
        return Match(
            data_class if data_class == CODE else data_class + tree.name,
            start,
            end,
            stretch.confidence,
            source=f"{tree.name}:{tree.files[self.files.number[stretch.file]]}",
        )

    def _found(
        self,
        row: tokens.Row,
        grains: tuple[Grain, ...],
        entries: list[Words],
        says: "_Says",
    ) -> list[_Stretch]:
        """By place; of those that claim the same place the one with most in common."""
        hashes = [grain.hashes(row) for grain in grains]
        sealed = grains[0].sealed(np.concatenate(hashes))
        if not len(sealed):
            return []
        at, blocks = self._hits(sealed, entries)
        if len(at) < _PRINTS - 1:
            return []
        grain = np.searchsorted(np.cumsum([len(h) for h in hashes]), at, "right")
        place = at - np.cumsum([0, *(len(h) for h in hashes)])[grain]
        file = self.files.holding(blocks)
        order = np.lexsort((place, file))
        place, file, blocks, grain = place[order], file[order], blocks[order], grain[order]
        end = place + np.array([g.run for g in grains])[grain]
        cuts = np.flatnonzero((np.diff(file) != 0) | (np.diff(place) > _APART)) + 1
        begins, ends = np.append(0, cuts), np.append(cuts, len(file))
        sizes = ends - begins
        # two alone must be together, and none is too short to say anything
        spread = np.maximum.reduceat(blocks, begins) - np.minimum.reduceat(blocks, begins)
        length = np.maximum.reduceat(end, begins) - place[begins]
        sizes[(length < _CODES) | (sizes < np.where(spread > 1, 3, 2))] = 0
        likely = np.argsort(-sizes, kind="stable")[: _TRIED + len(row.codes) // _TRIED]
        claimed: list[tuple[int, int]] = []
        found: list[_Stretch] = []
        for number in likely[sizes[likely] > 0].tolist():
            here = np.arange(begins[number], ends[number])
            if spread[number] > 1:
                here = here[_together(blocks[here])]
            first, last = int(place[here[0]]), int(end[here].max())
            where = bisect_left(claimed, (first, last))
            if (where and claimed[where - 1][1] > first) or (
                where < len(claimed) and claimed[where][0] < last
            ):
                continue
            covers = [
                _cover(place[h] - first, end[h] - first, last - first)
                for h in (here[grain[here] == g] for g in range(len(grains)))
            ]
            confidence = says(first, covers, len(here))
            if confidence:
                claimed.insert(where, (first, last))
                covered = int(np.logical_or.reduce(covers).sum())
                found.append(_Stretch(int(file[here[0]]), first, last, confidence, covered))
        return sorted(found, key=lambda s: s.first)

    def _hits(self, hashes: Words, entries: list[Words]) -> tuple[Numbers, Numbers]:
        """Which of these are registered as ours, and in which blocks."""
        order = np.argsort(hashes)
        wanted = hashes[order]
        places: list[Numbers] = []
        blocks: list[Numbers] = []
        for base, known in zip(self.files.bases, entries, strict=True):
            if not len(known):
                continue
            low = np.searchsorted(known, wanted)
            there = np.minimum(low, len(known) - 1)
            found = np.flatnonzero((known[there] ^ wanted) < MOST_BLOCKS)
            low = low[found]
            counts = np.searchsorted(known, wanted[found] + (MOST_BLOCKS - 1), "right") - low
            ends = np.cumsum(counts)
            at = np.repeat(low - ends + counts, counts) + np.arange(int(counts.sum()))
            places.append(np.repeat(order[found], counts))
            blocks.append((known[at] & (MOST_BLOCKS - 1)).astype(np.intp) + base)
        place, block = np.concatenate(places), np.concatenate(blocks)
        if not len(place):
            return place, block
        tree = self.files.tree[self.files.holding(block)]
        passed = np.zeros(len(hashes), np.bool_)
        stays = ~self.files.gone[tree]
        passed[place[stays & self.files.public[tree]]] = True
        passed |= np.bincount(place[stays], minlength=len(hashes)) > 4 * MANY
        stays &= ~passed[place]
        return place[stays], block[stays]


type _Says = Callable[[int, list[NDArray[np.bool_]], int], float]


class _Code:
    """How sure it is that codes are from where they are found."""

    def __init__(self, row: tokens.Row) -> None:
        self._row = row
        self._evidence: Evidence | None = None

    def __call__(self, first: int, covers: list[NDArray[np.bool_]], _: int) -> float:
        shape, code = covers
        if (shape | code).sum() < _CODES:
            return 0.0
        self._evidence = self._evidence or Evidence(self._row)
        says = self._evidence.of(first, shape, code)
        return round(1 - 0.3 * 0.5 ** ((says - ENOUGH) / 12), 3) if says >= ENOUGH else 0.0


def _prose(_: int, covers: list[NDArray[np.bool_]], count: int) -> float:
    """The same of words."""
    if count < _PRINTS or covers[0].sum() < _WORDS:
        return 0.0
    return round(1 - 0.4 * 0.75 ** (count - 1), 3)


def _together(blocks: Numbers) -> NDArray[np.bool_]:
    """Those in the two neighbouring blocks that have most, and all in blocks that have several."""
    lowest = blocks.min()
    counts = np.bincount(blocks - lowest, minlength=2)
    most = int(np.argmax(counts[:-1] + counts[1:]))
    counts[most : most + 2] += 2
    together: NDArray[np.bool_] = counts[blocks - lowest] > 2
    return together


def _lines(text: str, places: list[tuple[int, int]]) -> tuple[int, int]:
    """The whole lines of these tokens, whose places count from a line break before the text. A
    token that is alone on the first or last line of an excerpt has got there by chance."""
    places = [(max(0, start - 1), end - 1) for start, end in places]
    if "\n" in text[places[0][1] : places[1][0]]:
        del places[0]
    if "\n" in text[places[-2][1] : places[-1][0]]:
        del places[-1]
    start = text.rfind("\n", 0, places[0][0]) + 1
    end = text.find("\n", places[-1][1])
    return start, len(text) if end < 0 else end


def _cover(begin: Numbers, end: Numbers, length: int) -> NDArray[np.bool_]:
    edges = np.bincount(begin, minlength=length + 1) - np.bincount(end, minlength=length + 1)
    covered: NDArray[np.bool_] = np.cumsum(edges)[:length] > 0
    return covered
