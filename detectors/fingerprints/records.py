"""Records of registered tables in a text: values of one row close together, as a rule asks.

Every few words in a row, as many as a cell has, are looked up at once, and the rows they stand in
compared. Values that stand in very many rows count only beside one that does not.
"""

import re
import struct
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import Match
from detectors.fingerprints import cells, dates
from detectors.fingerprints.index import Index
from detectors.fingerprints.keyed import Words
from detectors.fingerprints.segment import COLUMN_BITS, Refs, Registered, Segment
from detectors.fingerprints.stretches import ranges
from detectors.fingerprints.tables import lacking
from penstock.errors import ConfigError

WINDOW = 400
"""Characters between the first and the last value of one record."""
_GROUPS = 9
"""Most groups of digits in one number."""
_GAP = 3
"""Most characters between two words of one cell."""
_COMMON = 256
"""A value in more rows makes no row a candidate."""
_AT_ONCE = 1 << 17
"""Rows of values that are compared at once: all of a long text would fill the memory."""
_WORDS = re.compile(f"({cells.PART})")
_PLAIN_WORDS = re.compile("([A-Za-z0-9]+)")
"""The same for what is ASCII: faster."""
_RULE = re.compile(
    r"(?:(?P<all>[^,]+?(?: and [^,]+?)*?)(?: with (?=any )|$))?(?:any (?P<some>\d+) of (?P<of>.+))?"
)
_MOST = 500_000
_COLUMN_MASK = np.uint32((1 << COLUMN_BITS) - 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What must stand together: all of some columns, and some of others."""

    all: frozenset[str]
    some: int = 0
    of: frozenset[str] = frozenset()

    @classmethod
    def read(
        cls, rule: str, columns: tuple[str, ...], where: str, header: tuple[str, ...] = ()
    ) -> "Asked":
        """`surname with any 2 of birth_date, city`, `a and b`, `any 2 of a, b, c`, `a`. Of the
        file's `header` these columns are registered. Raises ConfigError."""
        words = " ".join(rule.split())
        for number, word in enumerate(("one", "two", "three", "four", "five"), 1):
            words = re.sub(rf"\bany {word} of\b", f"any {number} of", words)
        found = _RULE.fullmatch(words)
        if found is None or not words:
            raise ConfigError(
                f"{where}: `{rule[:80]}` is no rule; write it as `surname with any 2 of "
                "birth_date, city` or `customer_number`"
            )
        every = frozenset(filter(None, (found["all"] or "").split(" and ")))
        others = frozenset(c.strip() for c in (found["of"] or "").split(",") if c.strip())
        some = int(found["some"] or 0)
        for column in sorted(every | others):
            if column not in columns:
                raise ConfigError(f"{where}: {lacking(column, header, columns)}")
        if some > len(others) or (others and not some):
            raise ConfigError(f"{where}: `{rule[:80]}` asks for more columns than it names")
        return cls(every, some, others)

    @staticmethod
    def bits(some: frozenset[str], columns: tuple[str, ...]) -> np.uint64:
        """A bit for each of these columns."""
        return np.uint64(sum(1 << columns.index(column) for column in some))

    def met(self, places: dict[str, tuple[int, int]]) -> bool:
        """Whether these columns are enough, each at a place of its own."""
        if not self.all <= places.keys():
            return False
        named = [c for c in places if c in self.of and c not in self.all]
        needed = {places[c] for c in self.all}
        return len(needed) == len(self.all) and (
            len({places[c] for c in named} - needed) >= self.some
        )


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of the text that stands in a table."""

    start: int
    end: int
    low: int
    high: int
    """Its entries in the segment."""


_PART = struct.Struct("<Qii??6x")
"""A word: its sum, its length in characters and in bytes, whether any is no letter,
whether all are digits."""
_PARTS = np.dtype(
    {
        "names": ["sum", "length", "bytes", "numeric", "digits"],
        "formats": ["<u8", "<i4", "<i4", "?", "?"],
        "itemsize": _PART.size,
    }
)


class _Known(dict[str, bytes]):
    """Word -> what `_PART` says of it."""

    def __init__(self, sums: cells.Sums) -> None:
        self._sums = sums

    def __missing__(self, word: str) -> bytes:
        """Works it out once."""
        plain = cells.normal_word(word)
        size = len(plain.encode("utf-8", "replace"))
        digits = plain.isdigit() or not plain
        known = _PART.pack(self._sums.plain(plain), len(plain), size, not plain.isalpha(), digits)
        if len(self) < _MOST:
            self[word] = known
        return known


@dataclass(frozen=True, slots=True)
class Records:
    """The look-up in the tables of one index."""

    parts: tuple["_Tables", ...]
    sums: cells.Sums
    known: _Known = field(repr=False)
    words: int
    """Most words of one cell in any of them."""
    dated: bool
    """Whether any has dates."""

    @classmethod
    def of(cls, index: Index, secret: bytes) -> "Records":
        """What looks in `index`, which was made with `secret`."""
        sums = cells.Sums.of(secret)
        return cls(
            tuple(_Tables.of(p.segment, p.registered) for p in index.parts if p.holds_tables),
            sums,
            _Known(sums),
            max((r.words for r in index.registered), default=0),
            any(r.dates for r in index.registered),
        )

    def find(self, text: str) -> Iterator[Match]:
        """Each record once, at the smallest place that holds it."""
        if not self.parts:
            return
        found: list[Match] = []
        where, hashes = self._values(text)
        for part in self.parts:
            found.extend(part.matches(part.values(where, hashes)))
        yield from _disjoint(found)

    def _values(self, text: str) -> tuple["_Places", Words]:
        """Place and hash of everything that may be a cell of at most so many words."""
        # what stands between words, and the words, by turns
        parts = (_PLAIN_WORDS if text.isascii() else _WORDS).split(text)
        words = np.frombuffer(b"".join(map(self.known.__getitem__, parts[1::2])), _PARTS)
        gaps = np.fromiter(map(len, parts[2:-1:2]), np.intp)
        count = len(words)
        numeric = words["numeric"]
        # how many words may be of one cell from each on: up to the first that stands too far from
        # the one before; of more than any cell has those only that may be groups of one number
        near = _until(gaps > _GAP, count)
        groups = _until(~(numeric | (words["length"] <= cells.GROUP_LETTERS))[1:], count)
        groups[~numeric] = 0
        most = np.minimum(near, np.maximum(np.minimum(groups, _GROUPS), max(self.words, 1)))
        stops = np.cumsum(most)
        first = np.repeat(np.arange(count), most)
        last = np.arange(len(first)) - np.repeat(stops - most, most) + first
        lengths, letters = _totals(words["length"]), _totals(~words["digits"])
        length = lengths[last + 1] - lengths[first]
        # a single character is a word in Chinese only
        word = (length >= 2) | (words["bytes"][first] >= cells.IDEOGRAPH)
        says = (length >= cells.FEWEST_DIGITS) | (word & (letters[last + 1] > letters[first]))
        # what is longer than any cell is never looked for
        says &= length <= cells.LONGEST
        first, last = first[says], last[says]
        hashes = self.sums.of_parts(words["sum"], words["bytes"], first, last)
        dated = list(dates.dates(text)) if self.dated else []
        places = _Places(parts, first, last, dated)
        sealed = self.sums.key.sealed(hashes)
        if dated:
            sealed = np.concatenate((sealed, self.sums.hashes([d[2] for d in dated])))
        return places, sealed


def _until(stops: NDArray[np.bool_], count: int) -> NDArray[np.intp]:
    """For each of so many words how many there are up to the next that stops; `stops` says of each
    but the first whether it does."""
    at = np.arange(1, count + 1)
    following = np.full(count, count)
    following[:-1][stops] = at[:-1][stops]
    following = np.minimum.accumulate(following[::-1])[::-1]
    until: NDArray[np.intp] = following - at + 1
    return until


def _totals(values: NDArray[Any]) -> NDArray[np.intp]:
    """The sum of all before each, and of all."""
    totals = np.zeros(len(values) + 1, np.intp)
    np.cumsum(values, out=totals[1:])
    return totals


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the values of a text stand: those of some words in a row, then dates."""

    parts: list[str] = field(repr=False)
    """What stands between words, and the words, by turns."""
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    """Of each value, its words."""
    dates: list[tuple[int, int, str]]

    def of(self, numbers: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
        """Start and end of these values."""
        if not len(numbers):
            return
        sizes = np.fromiter(map(len, self.parts), np.intp, len(self.parts))
        ends = np.cumsum(sizes)
        starts = ends - sizes
        for number in numbers.tolist():
            if number >= len(self.first):
                yield self.dates[number - len(self.first)][:2]
            else:
                yield int(starts[2 * self.first[number] + 1]), int(ends[2 * self.last[number] + 1])


@dataclass(frozen=True, slots=True)
class _Tables:
    """The tables of one segment."""

    segment: Segment
    tables: tuple[tuple[Registered, tuple[Asked, ...]], ...]

    @classmethod
    def of(cls, segment: Segment, registered: tuple[Registered, ...]) -> "_Tables":
        tables = tuple(
            (r, tuple(Asked.read(rule, r.columns, r.name) for rule in r.rules)) for r in registered
        )
        return cls(segment, tables)

    def values(self, where: _Places, hashes: Words) -> list[_Value]:
        """Those that stand in a table."""
        known = self.segment.cells.entries
        order = self.segment.cells.likely(hashes)
        order = order[np.argsort(hashes[order])]
        wanted = hashes[order]
        low = np.searchsorted(known, wanted)
        found = np.flatnonzero(known[np.minimum(low, len(known) - 1)] == wanted)
        high = np.searchsorted(known, wanted[found], "right")
        return [
            _Value(*span, first, last)
            for span, first, last in zip(
                where.of(order[found]), low[found].tolist(), high.tolist(), strict=True
            )
        ]

    def matches(self, values: list[_Value]) -> Iterator[Match]:
        """Wherever one row's values are enough, as few characters of the text as hold them."""
        values.sort(key=lambda v: (v.start, v.end))
        starts = [v.start for v in values]
        first = since = size = 0
        for stop, value in enumerate(values, 1):
            rows = value.high - value.low
            size += rows if rows <= _COMMON else 1
            if size >= _AT_ONCE or stop == len(values):
                yield from self._within(values[first:stop], since - first)
                # what ends there may have begun here
                since, size = stop, 0
                first = bisect_left(starts, value.start - WINDOW)

    def _within(self, values: list[_Value], since: int) -> Iterator[Match]:
        """Those of which the last value is not before the value of this number."""
        refs, owner = self._shared(values)
        row, column = refs >> np.uint32(COLUMN_BITS), refs & _COLUMN_MASK
        start, end = (np.array([getattr(v, at) for v in values]) for at in ("start", "end"))
        order = np.lexsort((column, owner, row))
        row, column, owner = row[order], column[order], owner[order]
        start, end = start[owner], end[owner]
        enough = np.flatnonzero(self._enough(row, column, start) & (owner >= since))
        if not len(enough):
            return
        parts = zip(row.tolist(), column.tolist(), start.tolist(), end.tolist(), strict=True)
        places = list(parts)
        for last in enough.tolist():
            number, _, begin, _ = places[last]
            table, rules = self.table(number)
            near: dict[str, tuple[int, int]] = {}
            for i in range(last, -1, -1):
                other, name, at, until = places[i]
                if other != number or at < begin - WINDOW:
                    break
                # a value that comes again counts where it is nearer to the others
                near.setdefault(table.columns[name], (at, until))
            if any(rule.met(near) for rule in rules):
                sure = 0.9 if len(near) < 3 else 0.97
                at, until = min(near.values())[0], max(p[1] for p in near.values())
                yield Match(f"edm.{table.name}", at, until, sure, source=table.name)

    def _shared(self, values: list[_Value]) -> tuple[Refs, NDArray[np.intp]]:
        """Rows and columns of `values`, which are by place, and of which value each is. Of one in
        very many rows, those rows of which another value is near it."""
        refs = self.segment.refs
        rare = [i for i, v in enumerate(values) if v.high - v.low <= _COMMON]
        if not rare:
            return refs[:0], np.zeros(0, np.intp)
        found = [refs[values[i].low : values[i].high] for i in rare]
        of = [np.repeat(rare, list(map(len, found)))]
        wanted = np.concatenate(found) & ~_COLUMN_MASK
        ends = np.array([0, *np.cumsum(list(map(len, found)))])
        starts = np.array([values[i].start for i in rare])
        again: dict[tuple[int, int], list[int]] = {}
        for i, v in enumerate(values):
            if v.high - v.low > _COMMON:
                again.setdefault((v.low, v.high), []).append(i)
        for (low, high), which in again.items():
            common = refs[low:high]
            first = ends[starts.searchsorted([values[i].start - WINDOW for i in which])]
            last = ends[starts.searchsorted([values[i].end + WINDOW for i in which], "right")]
            # what is near several of its places is looked up once
            fresh = np.maximum(first, np.maximum.accumulate([0, *last.tolist()])[:-1])
            near, *_ = ranges(np.minimum(fresh, last), last)
            at = np.minimum(np.searchsorted(common, wanted[near]), len(common) - 1)
            same = common[at] & ~_COLUMN_MASK == wanted[near]
            near, at = near[same], at[same]
            here, begins, stops = ranges(near.searchsorted(first), near.searchsorted(last))
            owner = np.repeat(which, stops - begins)
            both = np.unique(owner << 32 | common[at[here]])
            found.append((both & 0xFFFFFFFF).astype(np.uint32))
            of.append(both >> 32)
        return np.concatenate(found), np.concatenate(of)

    def _enough(
        self, row: NDArray[np.uint32], column: NDArray[np.uint32], start: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """With which of these values, by row and place, all columns that a rule asks for are near:
        nearly all rows share no more than a town with a text, and are not looked at one by one."""
        every = np.arange(len(row))
        begins = np.maximum.accumulate(np.where(np.diff(row, prepend=~row[:1]) != 0, every, 0))
        near = np.zeros(len(row), np.uint64)
        for number in np.unique(column).tolist():
            # of each the one before that is in this column
            last = np.maximum.accumulate(np.where(column == number, every, -1))
            is_near = (last >= begins) & (start - start[last] <= WINDOW)
            near |= is_near.astype(np.uint64) << np.uint64(number)
        enough = np.zeros(len(row), np.bool_)
        for table, rules in self.tables:
            its = (row >= table.first) & (row < table.first + table.size)
            for rule in rules:
                wanted = rule.bits(rule.all, table.columns)
                some = near & rule.bits(rule.of - rule.all, table.columns)
                has = (near & wanted == wanted) & (np.bitwise_count(some) >= rule.some)
                enough |= its & has
        return enough

    def table(self, row: int) -> tuple[Registered, tuple[Asked, ...]]:
        """The table of this row, with its rules."""
        return next(t for t in self.tables if t[0].first <= row < t[0].first + t[0].size)


def _disjoint(found: list[Match]) -> Iterator[Match]:
    """Of those that overlap the shortest: the others took a value from the record beside."""
    kept: dict[str, list[tuple[int, int]]] = {}
    for match in sorted(found, key=lambda m: (m.end - m.start, m.start)):
        places = kept.setdefault(match.data_class, [])
        at = bisect_left(places, (match.start, match.end))
        if at and places[at - 1][1] > match.start:
            continue
        if at < len(places) and places[at][0] < match.end:
            continue
        places.insert(at, (match.start, match.end))
        yield match
