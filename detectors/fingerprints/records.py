"""Records of registered tables in a text: values of one row close together, as a rule asks.

Every few words in a row, as many as a cell has, are looked up once, and the rows they stand in
compared. Values that stand in very many rows count only beside one that does not.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detectors.base import Match
from detectors.fingerprints import cells
from detectors.fingerprints.index import COLUMN_BITS, Index, Registered
from detectors.fingerprints.keyed import Key
from penstock.errors import ConfigError

WINDOW = 400
"""Characters between the first and the last value of one record."""
_GROUPS = 9
"""Most groups of digits in one number."""
_GAP = 3
"""Most characters between two words of one cell."""
_COMMON = 256
"""A value in more rows makes no row a candidate."""
_WORD = re.compile(r"[^\W_]+")
_RULE = re.compile(
    r"(?:(?P<all>[^,]+(?: and [^,]+)*?)(?: with (?=any )|$))?(?:any (?P<some>\d+) of (?P<of>.+))?"
)
_COLUMN_MASK = np.uint32((1 << COLUMN_BITS) - 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What must stand together: all of some columns, and some of others."""

    all: frozenset[str]
    some: int = 0
    of: frozenset[str] = frozenset()

    @classmethod
    def read(cls, rule: str, columns: tuple[str, ...], where: str) -> "Asked":
        """`surname with any 2 of birth_date, city`, `a and b`, `any 2 of a, b, c`, `a`."""
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
                raise ConfigError(
                    f"{where}: no column `{column[:40]}`; there are {', '.join(columns)}"
                )
        if some > len(others) or (others and not some):
            raise ConfigError(f"{where}: `{rule[:80]}` asks for more columns than it names")
        return cls(every, some, others)

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
    """Its entries in the index."""


@dataclass(frozen=True, slots=True)
class Records:
    """The look-up in the tables of one index."""

    index: Index
    key: Key
    tables: tuple[tuple[Registered, tuple[Asked, ...]], ...]
    words: int
    """Most words of one cell in any of them."""

    @classmethod
    def of(cls, index: Index, secret: bytes) -> "Records":
        """What looks in `index`, which was made with `secret`."""
        return cls(
            index,
            cells.key_of(secret),
            tuple(
                (r, tuple(Asked.read(rule, r.columns, r.name) for rule in r.rules))
                for r in index.registered
                if r.kind == "table"
            ),
            max((r.words for r in index.registered), default=0),
        )

    def find(self, text: str) -> Iterator[Match]:
        """Each record once, at the smallest place that holds it."""
        if not len(self.index.cells):
            return
        found: list[Match] = []
        for row, places in self._rows(self._values(text)).items():
            table, rules = self._table(row)
            found.extend(_matches(table, rules, sorted(places)))
        yield from _disjoint(found)

    def _values(self, text: str) -> list[_Value]:
        spans = list(_spans(text, self.words))
        if not spans:
            return []
        sealed = cells.hashes([value for _, _, value in spans], self.key)
        order = np.argsort(sealed)
        low = np.empty(len(sealed), np.intp)
        low[order] = np.searchsorted(self.index.cells, sealed[order])
        there = low < len(self.index.cells)
        there[there] = self.index.cells[low[there]] == sealed[there]
        found = np.flatnonzero(there)
        high = np.searchsorted(self.index.cells, sealed[found], "right")
        return [
            _Value(*spans[i][:2], int(low[i]), int(h))
            for i, h in zip(found.tolist(), high.tolist(), strict=True)
        ]

    def _rows(self, values: list[_Value]) -> dict[int, list[tuple[int, int, int]]]:
        """Row -> (start, end, column) of its values; only rows that more than one thing names."""
        rows: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for v in values:
            if v.high - v.low <= _COMMON:
                for ref in self.index.refs[v.low : v.high].tolist():
                    rows[ref >> COLUMN_BITS].append((v.start, v.end, ref & int(_COLUMN_MASK)))
        if rows and (common := [v for v in values if v.high - v.low > _COMMON]):
            wanted = np.array(sorted(rows), np.uint32)
            for v in common:
                refs = self.index.refs[v.low : v.high]
                at = np.minimum(np.searchsorted(refs, wanted << COLUMN_BITS), len(refs) - 1)
                for i in np.flatnonzero(refs[at] >> COLUMN_BITS == wanted).tolist():
                    column = int(refs[at[i]] & _COLUMN_MASK)
                    rows[int(wanted[i])].append((v.start, v.end, column))
        return rows

    def _table(self, row: int) -> tuple[Registered, tuple[Asked, ...]]:
        return next(t for t in self.tables if t[0].first <= row < t[0].first + t[0].size)


def _matches(
    table: Registered, rules: tuple[Asked, ...], places: list[tuple[int, int, int]]
) -> Iterator[Match]:
    """Wherever one row's values are enough, as few characters of the text as hold them."""
    near: dict[str, tuple[int, int]] = {}
    for begin, end, column in places:
        # a value that comes again counts where it is nearer to the others
        near[table.columns[column]] = (begin, end)
        near = {c: p for c, p in near.items() if p[0] >= begin - WINDOW}
        if any(rule.met(near) for rule in rules):
            start = min(p[0] for p in near.values())
            sure = 0.9 if len(near) < 3 else 0.97
            yield Match(
                f"edm.{table.name}",
                start,
                max(p[1] for p in near.values()),
                sure,
                source=table.name,
            )


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


def _spans(text: str, most: int) -> Iterator[tuple[int, int, str]]:
    """Everything in a text that may be a cell of at most so many words."""
    words = [(m.start(), m.end(), cells.normal(m.group())) for m in _WORD.finditer(text)]
    digits = [not word.isalpha() for _, _, word in words]
    count = len(words)
    for i, (start, end, value) in enumerate(words):
        if cells.countable(value):
            yield start, end, value
        numeric = digits[i]
        for j in range(i + 1, min(count, i + (_GROUPS if numeric else most))):
            begin, until, word = words[j]
            numeric = numeric and digits[j]
            if begin - end > _GAP or (j - i >= most and not numeric):
                break
            value, end = value + word, until
            if cells.countable(value):
                yield start, end, value
    yield from cells.dates(text)
