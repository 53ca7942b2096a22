"""Excerpts of registered files in a text: which lines, from which file, how sure."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from detectors.base import Match
from detectors.fingerprints import tokens
from detectors.fingerprints.evidence import ENOUGH, Evidence, outside
from detectors.fingerprints.index import Index
from detectors.fingerprints.keyed import Words
from detectors.fingerprints.passages import beside, goes_on, joined, sentences, whole_lines
from detectors.fingerprints.segment import MANY, Registered
from detectors.fingerprints.sieve import Hashes
from detectors.fingerprints.stretches import Cells, Flags, Hits, Numbers, Says, Stretch, Weights
from detectors.fingerprints.winnow import MOST_BLOCKS, Grain, for_code, for_prose

CODE = "code.proprietary"
DOCUMENT = "doc.fingerprint."

_WORDS = 16
"""Words of a document, in as many fingerprints as `_PRINTS`."""
_PRINTS = 3
_CHARACTER, _ALONE = 0.4, np.uint64(tokens.CHARACTER)
"""How much of a word a character says in scripts without spaces."""
_LINES = 3
"""Lines of code; fewer are anybody's, unless they are `_LONG`."""
_LONG = 40
_JOINED = 20
"""As many are enough where lines were joined that had been written one below the other."""
_TRIED = 24
"""Places looked at closely for one text, and one more for every so many codes of it."""


@dataclass(frozen=True, slots=True)
class _Files:
    """Every file of every segment, by the number of its first block over all of them."""

    bases: tuple[int, ...]
    """Number of the first block of each segment."""
    first: Numbers
    number: Numbers
    """Of each, in its tree."""
    tree: Numbers
    rank: Numbers
    """By name of tree and file: of several that hold the same the first is named."""
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
        number, owner = np.concatenate(numbers), np.concatenate(owners)
        names = [
            (trees[t].name, trees[t].files[n])
            for t, n in zip(owner.tolist(), number.tolist(), strict=True)
        ]
        rank = np.empty(len(names), np.intp)
        rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
        return cls(
            tuple(bases),
            np.concatenate(firsts),
            number,
            owner,
            rank,
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
        return cls(
            index,
            for_code(secret),
            for_prose(secret),
            _Files.of(index),
            tokens.Table(),
            tokens.WordTable(),
        )

    def find(self, text: str, code_only: bool = False) -> Iterator[Match]:
        """Excerpts of code, then of documents."""
        if any(len(p.segment.code) for p in self.index.parts):
            row = tokens.code(text, self.table)
            entries = [p.segment.code for p in self.index.parts]
            found = self._found(row, self.code, entries, _Code(row))
            ends = [i for s in found for i in (s.first, s.first + 1, s.end - 2, s.end - 1)]
            places = tokens.places(row, ends)
            for s in found:
                spans = [places[i] for i in ends[:4]]
                del ends[:4]
                start, end = whole_lines(text, *spans)
                counts = [
                    tokens.count(part, self.table)
                    for part in beside(text, spans[0][0] - 1, spans[3][1] - 1)
                ]
                says = s.evidence - outside(*counts)
                long = (
                    s.covered >= _LONG
                    or text.count("\n", start, end) >= _LINES - 1
                    or (s.covered >= _JOINED and joined(text[spans[0][0] - 1 : spans[3][1] - 1]))
                )
                if long and says >= ENOUGH:
                    # what is alike goes on for less than a window beside the runs that were kept
                    before, after = beside(text, start, end)
                    if counts[0] < self.code[-1].window:
                        start -= goes_on(before.split("\n")[-2::-1])
                    if counts[1] < self.code[-1].window:
                        end += goes_on(after.split("\n")[1:])
                    yield self._match(replace(s, evidence=says), CODE, start, end)
        if not code_only and any(len(p.segment.prose) for p in self.index.parts):
            row = tokens.prose(text, self.words)
            found = self._found(
                row, self.prose, [p.segment.prose for p in self.index.parts], _Words(row)
            )
            places = tokens.places(row, (i for s in found for i in (s.first, s.end - 1)))
            for s in found:
                start, end = places[s.first][0], places[s.end - 1][1]
                before, after = sentences(*beside(text, start, end))
                # as much may be alike beside the runs that were kept
                if tokens.words(before) < self.prose[0].window:
                    start -= len(before)
                if tokens.words(after) < self.prose[0].window:
                    end += len(after)
                yield self._match(s, DOCUMENT, start, end)

    def _match(self, stretch: Stretch, data_class: str, start: int, end: int) -> Match:
        tree = self.files.trees[self.files.tree[stretch.file]]
        return Match(
            data_class if data_class == CODE else data_class + tree.name,
            start,
            end,
            _Code.confidence(stretch.evidence)
            if data_class == CODE
            else _Words.confidence(stretch.evidence),
            source=f"{tree.name}:{tree.files[self.files.number[stretch.file]]}",
        )

    def _found(
        self,
        row: tokens.Row,
        grains: tuple[Grain, ...],
        entries: list[Hashes],
        says: Says,
    ) -> list[Stretch]:
        """By place; of those that claim the same place the one with most in common."""
        hashes = [grain.hashes(row) for grain in grains]
        sealed = grains[0].sealed(np.concatenate(hashes))
        at, blocks, holding = self._hits(sealed, entries)
        if len(at) < _PRINTS - 1:
            return []
        firsts = np.array([0, *accumulate(map(len, hashes[:-1]))])
        grain = firsts.searchsorted(at, "right") - 1
        runs = np.array([g.run for g in grains])
        hits = Hits.of(at - firsts[grain], runs, grain, blocks, holding)
        return hits.stretches(says, self.files.rank, _TRIED + len(row.codes) // _TRIED)

    def _hits(self, hashes: Words, entries: list[Hashes]) -> tuple[Numbers, Numbers, Numbers]:
        """Which of these are registered as ours, in which blocks, of which files."""
        places: list[Numbers] = []
        blocks: list[Numbers] = []
        for base, hashes_of in zip(self.files.bases, entries, strict=True):
            if not len(hashes_of):
                continue
            place, at = hashes_of.found(hashes, MOST_BLOCKS)
            places.append(place)
            blocks.append((hashes_of.entries[at] & (MOST_BLOCKS - 1)).astype(np.intp) + base)
        place, block = np.concatenate(places), np.concatenate(blocks)
        if not len(place):
            return place, block, block
        file = self.files.holding(block)
        tree = self.files.tree[file]
        stays = ~self.files.gone[tree]
        passed = np.bincount(place[stays], minlength=len(hashes)) > 4 * MANY
        if self.files.public.any():
            passed[place[stays & self.files.public[tree]]] = True
        stays &= ~passed[place]
        return place[stays], block[stays], file[stays]


class _Code:
    """What it says that codes stand in a file too."""

    def __init__(self, row: tokens.Row) -> None:
        self._row = row
        self._worked_out: Evidence | None = None

    @property
    def _evidence(self) -> Evidence:
        if self._worked_out is None:
            self._worked_out = Evidence(self._row)
        return self._worked_out

    def likely(self, first: Numbers, end: Numbers, begins: Numbers) -> Flags:
        """Which stretches may be enough."""
        says = np.add.reduceat(self._evidence.at_most(first, end), begins)
        enough: Flags = says >= ENOUGH
        return enough

    def evidence(self, cells: Cells) -> Weights:
        """About in bits."""
        shape, code = cells.covers
        says = self._evidence.of(cells.at, cells.begins, shape, code)
        return np.where(says >= ENOUGH, says, 0.0)

    @staticmethod
    def confidence(evidence: float) -> float:
        """Half of what is missing for as much as is enough."""
        return round(1 - 0.3 * float(0.5 ** ((evidence - ENOUGH) / ENOUGH)), 3)


class _Words:
    """The same of the words of documents."""

    def __init__(self, row: tokens.Row) -> None:
        self._codes = row.codes

    def likely(self, first: Numbers, end: Numbers, begins: Numbers) -> Flags:
        """Which stretches may be enough."""
        enough: Flags = np.add.reduceat(end - first, begins) >= _WORDS
        return enough

    def evidence(self, cells: Cells) -> Weights:
        """How many fingerprints."""
        (same,) = cells.covers
        alone = same & (self._codes[cells.at] & _ALONE != 0)
        words, few = (np.add.reduceat(f, cells.begins, dtype=float) for f in (same, alone))
        words -= (1 - _CHARACTER) * few
        return np.where((cells.counts >= _PRINTS) & (words >= _WORDS), cells.counts, 0.0)

    @staticmethod
    def confidence(evidence: float) -> float:
        """A quarter less of what is missing for every fingerprint."""
        return round(1 - 0.4 * float(0.75 ** (evidence - 1)), 3)
