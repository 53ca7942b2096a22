"""All rules over one text at once: Hyperscan says where to look, RE2 says what is there.

Hyperscan holds every pattern in one of three databases and reports, in time linear in the text,
which pattern ends where (`detectors/database.py`): keys and numbers are in two that see only what
lies near long runs and digits (`detectors/vicinity.py`). RE2 then matches that pattern in a window
around the end, which gives the span and its groups; checks, context words and neighbours are looked
at for that candidate only (`detectors/second_look.py`). Nothing here is quadratic and no Python
`re` sees a whole text. A company's own rules are compiled and kept apart from those that ship
(`detectors/rule_cache.py`), and looked for beside them. Where Hyperscan cannot be installed, RE2
alone finds the same, more slowly.

There is no cap on candidates: a text made of nothing but candidates costs a few microseconds
each, and the deadline of the inspection, not a silent limit, ends what takes too long.

Misses: a match longer than its rule's `reach`.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import re2

from detectors.database import HAVE_HYPERSCAN, Database
from detectors.proof import why_nothing, why_other
from detectors.rule import MARKED, SHIPPED, Rule, load_rules
from detectors.rule_cache import RuleCache, tell
from detectors.second_look import SecondLook, refused
from detectors.windows import Around
from penstock.errors import ConfigError

REPORTED = 0.5
"""A rule's proof counts what it finds with at least this confidence."""
MANY = 200
"""So many rules take long enough to compile that it has to be said."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule's match: code points [start, end) of the text."""

    rule: Rule
    start: int
    end: int
    confidence: float


class Engine:
    """A set of rules, ready to scan. Share one: it remembers the text it scanned last."""

    def __init__(
        self,
        rules: Sequence[Rule],
        cache_dir: Path | None = None,
        *,
        own: Sequence[Rule] = (),
        with_hyperscan: bool = HAVE_HYPERSCAN,
    ) -> None:
        """Compile `rules`, and apart from them `own`, which change more often, and run their
        proofs, unless `cache_dir` knows that they held.

        ConfigError names the file and line of a rule whose pattern Hyperscan or RE2 refuses or
        whose proof fails.
        """
        self.rules = (*rules, *own)
        self._looks = tuple(_look(rule) for rule in self.rules)
        self._local = threading.local()
        cache = RuleCache(cache_dir) if cache_dir and with_hyperscan else None
        # first the few that somebody may just have written, and waits to hear of
        sets = range(len(rules), len(self.rules)), range(len(rules))
        databases = [self._ready(some, with_hyperscan, cache) for some in sets if some]
        self._database = Database.joined(filter(None, databases)) if with_hyperscan else None
        if cache:
            cache.tidy()

    @classmethod
    def load(cls, directories: Iterable[Path] = (), cache_dir: Path | None = None) -> "Engine":
        """The shipped rules and those of `directories`; ConfigError for a faulty one."""
        own = load_rules(directories)
        return cls(load_rules((SHIPPED,)), cache_dir, own=own)

    def _ready(self, some: range, with_hyperscan: bool, cache: RuleCache | None) -> Database | None:
        """The database of some of the rules, which have proved to hold; None without Hyperscan."""
        rules = self.rules[some.start : some.stop]

        def compiled() -> Database | None:
            if with_hyperscan and len(rules) >= MANY:
                tell(f"compiling {len(rules):,} rules, which takes up to half a minute …")
            for i in some:
                self._looks[i].prepare()
            database = Database.compile(rules, some.start) if with_hyperscan else None
            self._prove(some, database)
            for i in some:
                self._looks[i].proved()
            return database

        return cache.database(rules, some.start, compiled) if cache else compiled()

    def scan_once(self, text: str) -> tuple[Hit, ...]:
        """What the rules find, by place, in a text that nobody else will ask about."""
        return self._scan(text)

    @contextmanager
    def ahead(self, texts: Sequence[str]) -> Iterator[None]:
        """Scans them one right after the other, which is several times as fast as when others work
        between: the database stays near the processor. What was found is known until the end."""
        self._local.ahead = {id(text): (text, self._scan(text)) for text in texts}
        try:
            yield
        finally:
            self._local.ahead = {}

    def scan(self, text: str) -> tuple[Hit, ...]:
        """What the rules find, by place. The same text again, asked next, costs nothing."""
        known = getattr(self._local, "ahead", {}).get(id(text))
        if known and known[0] is text:
            return known[1]  # type: ignore[no-any-return]
        if getattr(self._local, "text", None) is text:
            return self._local.hits  # type: ignore[no-any-return]
        hits = self._scan(text)
        self._local.text, self._local.hits = text, hits
        return hits

    def _scan(self, text: str) -> tuple[Hit, ...]:
        data = text.encode("utf-8", "replace")  # a lone surrogate becomes one `?`
        if self._database is None:
            return self._hits(text, data, self._scouted(data, range(len(self._looks))))
        return self._hits(text, data, self._database.scan(data))

    def _scouted(self, data: bytes, some: range) -> dict[int, list[int]]:
        """What a database of these rules would report, by RE2."""
        ends = {i: self._looks[i].scouted(data) for i in some}
        return {i: at for i, at in ends.items() if at}

    def _hits(self, text: str, data: bytes, candidates: dict[int, list[int]]) -> tuple[Hit, ...]:
        """What rules find near the ends at which what they look for first was reported."""
        if not candidates:
            return ()
        looks, around = self._looks, Around(data)
        found = [
            (start, end, confidence, looks[i].rule)
            for i in sorted(candidates)
            for start, end, confidence in looks[i].found(around, candidates[i])
        ]
        if not found:
            return ()
        found.sort(key=lambda f: (f[0], f[1], f[3].id))
        if len(data) == len(text):
            return tuple(Hit(rule, start, end, c) for start, end, c, rule in found)
        at = _code_points(data, {o for f in found for o in f[:2]})
        return tuple(Hit(rule, at[start], at[end], c) for start, end, c, rule in found)

    def _prove(self, some: range, database: Database | None) -> None:
        """Run the hits and misses of these rules over the database that they are in; ConfigError
        names the first that does not hold."""

        def found_by(i: int, text: str) -> list[str]:
            data = text.encode("utf-8", "replace")
            candidates = database.scan(data) if database else self._scouted(data, range(i, i + 1))
            hits = self._hits(text, data, {i: candidates[i]} if i in candidates else {})
            return [text[h.start : h.end] for h in hits if h.confidence >= REPORTED]

        for i in some:
            rule = self.rules[i]
            for n, marked in enumerate(rule.hits):
                found = found_by(i, MARKED.sub(r"\1", marked))
                if found != MARKED.findall(marked):
                    what = f"finds {_shown(found)} in its hit `{marked}`"
                    if why := (why_other if found else why_nothing)(rule, marked, REPORTED):
                        what += f": {why}"
                    raise ConfigError(f"{rule.origin_of('hits', n)}: `{rule.id}` {what}")
            for n, text in enumerate(rule.misses):
                if found := found_by(i, text):
                    what = f"finds {_shown(found)} in its miss `{text}`"
                    raise ConfigError(f"{rule.origin_of('misses', n)}: `{rule.id}` {what}")


def _shown(found: Sequence[str]) -> str:
    return ", ".join(f"«{value}»" for value in found) or "nothing"


def _look(rule: Rule) -> SecondLook:
    try:
        return SecondLook(rule)
    except re2.error as error:
        raise refused(rule, error) from None


def _code_points(data: bytes, offsets: Iterable[int]) -> dict[int, int]:
    """For byte offsets into UTF-8, the code points before each."""
    heads = np.frombuffer(data, np.int8) >= -64  # all but the bytes that go on with a character
    at, count, place = {}, 0, 0
    for offset in sorted(offsets):
        count += int(np.count_nonzero(heads[place:offset]))
        at[offset] = count
        place = offset
    return at


# ── one engine per process, shared by the detectors ────────────────────────────────────────────

_shared: Engine | None = None


def load_shared(directories: Iterable[Path] = (), cache_dir: Path | None = None) -> Engine:
    """Load the engine that this process's detectors share; call it before they load."""
    global _shared
    _shared = Engine.load(directories, cache_dir)
    return _shared


def shared() -> Engine:
    """The engine that this process's detectors share; the shipped rules if none was loaded."""
    return _shared or load_shared()
