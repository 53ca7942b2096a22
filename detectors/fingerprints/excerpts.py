"""Excerpts of registered files in a text: which lines, from which file, how sure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from detectors.base import Match
from detectors.fingerprints import tokens
from detectors.fingerprints.evidence import ENOUGH, Evidence, outside
from detectors.fingerprints.index import Index
from detectors.fingerprints.keyed import Words
from detectors.fingerprints.passages import beside, goes_on, sentences, whole_lines
from detectors.fingerprints.segment import MANY, Registered
from detectors.fingerprints.sieve import Hashes
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
_CHARACTER, _ALONE = 0.4, np.uint64(tokens.CHARACTER)
"""How much of a word a character says in scripts without spaces."""
_LINES = 3
"""Lines of code; fewer are anybody's, unless they are `_LONG`."""
_LONG = 60
_TRIED = 24
"""Places looked at closely for one text, and one more for every so many codes of it."""

_FAR = 1 << 30

type Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Fingerprints that a text and one file have in common, in a place of the text."""

    file: int
    first: int
    end: int
    evidence: float
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
class _Hits:
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

    @classmethod
    def of(
        cls, place: Numbers, runs: Numbers, grain: Numbers, block: Numbers, file: Numbers
    ) -> "_Hits":
        order = np.lexsort((place, file))
        place, grain, block, file = place[order], grain[order], block[order], file[order]
        cuts = np.flatnonzero((np.diff(file) != 0) | (np.diff(place) > _APART)) + 1
        begins, ends = np.concatenate(([0], cuts)), np.concatenate((cuts, [len(file)]))
        spread = np.maximum.reduceat(block, begins) - np.minimum.reduceat(block, begins)
        return cls(place, place + runs[grain], grain, block, file, begins, ends, spread)

    def likely(self, says: "_Code | _Words", rank: Numbers) -> Numbers:
        """Numbers of the stretches that may be enough, those with most in common first, then by
        the `rank` of their files."""
        first, reach = self.place[self.begins], np.maximum.reduceat(self.end, self.begins)
        following = np.append(self.place[1:], _FAR)
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

    def of_one(self, stretch: int) -> Numbers:
        """The hits of a stretch that stand together in its file."""
        here = np.arange(self.begins[stretch], self.ends[stretch])
        return here[_together(self.block[here])] if self.spread[stretch] > 1 else here


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
                    len(tokens.code(part, self.table).codes)
                    for part in beside(text, spans[0][0] - 1, spans[3][1] - 1)
                ]
                says = s.evidence - outside(*counts)
                long = s.covered >= _LONG or text.count("\n", start, end) >= _LINES - 1
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
                if len(tokens.prose(before, self.words).codes) < self.prose[0].window:
                    start -= len(before)
                if len(tokens.prose(after, self.words).codes) < self.prose[0].window:
                    end += len(after)
                yield self._match(s, DOCUMENT, start, end)

    def _match(self, stretch: "_Stretch", data_class: str, start: int, end: int) -> Match:
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
        says: "_Code | _Words",
    ) -> list[_Stretch]:
        """By place; of those that claim the same place the one with most in common."""
        hashes = [grain.hashes(row) for grain in grains]
        sealed = grains[0].sealed(np.concatenate(hashes))
        at, blocks, holding = self._hits(sealed, entries)
        if len(at) < _PRINTS - 1:
            return []
        firsts = np.cumsum([0, *map(len, hashes)])
        grain = np.searchsorted(firsts, at, "right") - 1
        hits = _Hits.of(
            at - firsts[grain], np.array([g.run for g in grains]), grain, blocks, holding
        )
        found: list[_Stretch] = []  # by place; none overlaps another
        for number in hits.likely(says, self.files.rank)[
            : _TRIED + len(row.codes) // _TRIED
        ].tolist():
            here = hits.of_one(number)
            first, end = int(hits.place[here[0]]), int(hits.end[here].max())
            low = bisect_right(found, first, key=lambda s: s.end)
            high = bisect_left(found, end, lo=low, key=lambda s: s.first)
            rivals = found[low:high]
            # only one that is nearly as long may be the better one
            if rivals and (
                len(rivals) > 1 or end - first < 0.8 * (rivals[0].end - rivals[0].first)
            ):
                continue
            covers = [
                _cover(hits.place[h] - first, hits.end[h] - first, end - first)
                for h in (here[hits.grain[here] == g] for g in range(len(grains)))
            ]
            evidence = says.evidence(first, covers, len(here))
            if evidence > (rivals[0].evidence if rivals else 0):
                length = int(np.logical_or.reduce(covers).sum())
                file = int(hits.file[here[0]])
                found[low:high] = [_Stretch(file, first, end, evidence, length)]
        return found

    def _hits(self, hashes: Words, entries: list[Hashes]) -> tuple[Numbers, Numbers, Numbers]:
        """Which of these are registered as ours, in which blocks, of which files."""
        places: list[Numbers] = []
        blocks: list[Numbers] = []
        for base, hashes_of in zip(self.files.bases, entries, strict=True):
            if not len(hashes_of):
                continue
            known, likely = hashes_of.entries, hashes_of.likely(hashes)
            likely = likely[np.argsort(hashes[likely])]
            wanted = hashes[likely]
            low = np.searchsorted(known, wanted)
            found = np.flatnonzero((known[np.minimum(low, len(known) - 1)] ^ wanted) < MOST_BLOCKS)
            low = low[found]
            counts = np.searchsorted(known, wanted[found] + (MOST_BLOCKS - 1), "right") - low
            ends = np.cumsum(counts)
            at = np.repeat(low - ends + counts, counts) + np.arange(int(counts.sum()))
            places.append(np.repeat(likely[found], counts))
            blocks.append((known[at] & (MOST_BLOCKS - 1)).astype(np.intp) + base)
        place, block = np.concatenate(places), np.concatenate(blocks)
        if not len(place):
            return place, block, block
        file = self.files.holding(block)
        tree = self.files.tree[file]
        passed = np.zeros(len(hashes), np.bool_)
        stays = ~self.files.gone[tree]
        passed[place[stays & self.files.public[tree]]] = True
        passed |= np.bincount(place[stays], minlength=len(hashes)) > 4 * MANY
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

    def likely(self, first: Numbers, end: Numbers, begins: Numbers) -> NDArray[np.bool_]:
        """Which stretches may be enough, of which every part from `first` to `end` is the same;
        `begins` says where the parts of each begin."""
        says = np.add.reduceat(self._evidence.at_most(first, end), begins)
        enough: NDArray[np.bool_] = says >= ENOUGH
        return enough

    def evidence(self, first: int, covers: list[NDArray[np.bool_]], _: int) -> float:
        """About in bits; 0 if it is not enough."""
        says = self._evidence.of(first, *covers)
        return says if says >= ENOUGH else 0.0

    @staticmethod
    def confidence(evidence: float) -> float:
        """Half of what is missing for as much as is enough."""
        return round(1 - 0.3 * float(0.5 ** ((evidence - ENOUGH) / ENOUGH)), 3)


class _Words:
    """The same of the words of documents."""

    def __init__(self, row: tokens.Row) -> None:
        self._codes = row.codes

    def likely(self, first: Numbers, end: Numbers, begins: Numbers) -> NDArray[np.bool_]:
        """Which stretches may be enough."""
        enough: NDArray[np.bool_] = np.add.reduceat(end - first, begins) >= _WORDS
        return enough

    def evidence(self, first: int, covers: list[NDArray[np.bool_]], count: int) -> float:
        """How many fingerprints; 0 if it is not enough."""
        same = self._codes[first : first + len(covers[0])][covers[0]]
        words = len(same) - (1 - _CHARACTER) * np.count_nonzero(same & _ALONE)
        return count if count >= _PRINTS and words >= _WORDS else 0

    @staticmethod
    def confidence(evidence: float) -> float:
        """A quarter less of what is missing for every fingerprint."""
        return round(1 - 0.4 * float(0.75 ** (evidence - 1)), 3)


def _together(blocks: Numbers) -> NDArray[np.bool_]:
    """Those in the two neighbouring blocks that have most, and all in blocks that have several."""
    lowest = blocks.min()
    counts = np.bincount(blocks - lowest, minlength=2)
    most = int(np.argmax(counts[:-1] + counts[1:]))
    counts[most : most + 2] += 2
    together: NDArray[np.bool_] = counts[blocks - lowest] > 2
    return together


def _cover(begin: Numbers, end: Numbers, length: int) -> NDArray[np.bool_]:
    edges = np.bincount(begin, minlength=length + 1) - np.bincount(end, minlength=length + 1)
    covered: NDArray[np.bool_] = np.cumsum(edges)[:length] > 0
    return covered
