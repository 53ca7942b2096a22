"""All rules over one text at once: Hyperscan says where to look, RE2 says what is there.

Hyperscan holds every pattern in one of three databases and reports, in time linear in the text,
which pattern ends where (`detectors/database.py`): keys and numbers are in two that see only what
lies near long runs and digits (`detectors/vicinity.py`). RE2 then matches that pattern in a window around the
end, which gives the span and its groups; checks, context words and neighbours are looked at for
that candidate only (`detectors/second_look.py`). Nothing here is quadratic and no Python `re`
sees a whole text. Where Hyperscan cannot be installed, RE2 alone finds the same, more slowly.

There is no cap on candidates: a text made of nothing but candidates costs a few microseconds
each, and the deadline of the inspection, not a silent limit, ends what takes too long.

Misses: a match longer than its rule's `reach`.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import re2

from detectors.database import HAVE_HYPERSCAN, Database, place_of, words_of
from detectors.rule import MARKED, SHIPPED, Rule, load_rules
from detectors.second_look import SecondLook
from penstock.errors import ConfigError

REPORTED = 0.5
"""A rule's proof counts what it finds with at least this confidence."""


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
        with_hyperscan: bool = HAVE_HYPERSCAN,
    ) -> None:
        """Compile `rules` and run their proofs, unless `cache_dir` knows that they held.

        ConfigError names the file and line of a rule whose pattern Hyperscan or RE2 refuses or
        whose proof fails.
        """
        self.rules = tuple(rules)
        self._looks = tuple(_look(rule) for rule in self.rules)
        self._local = threading.local()
        self._database: Database | None = None
        kept = place_of(cache_dir, self.rules) if cache_dir and with_hyperscan else None
        if kept:
            self._database = Database.read(kept, self.rules)
        if self._database is None:
            for look in self._looks:
                look.prepare()
            if with_hyperscan:
                self._database = Database.compile(self.rules)
            self.prove()
            if kept and self._database:
                self._database.write(kept)

    @classmethod
    def load(cls, directories: Iterable[Path] = (), cache_dir: Path | None = None) -> "Engine":
        """The shipped rules and those of `directories`; ConfigError for a faulty one."""
        return cls(load_rules((SHIPPED, *directories)), cache_dir)

    def scan_once(self, text: str) -> tuple[Hit, ...]:
        """What the rules find, by place, in a text that nobody else will ask about."""
        return self._scan(text)

    def scan(self, text: str) -> tuple[Hit, ...]:
        """What the rules find, by place. The same text again, asked next, costs nothing."""
        if getattr(self._local, "text", None) is text:
            return self._local.hits  # type: ignore[no-any-return]
        hits = self._scan(text)
        self._local.text, self._local.hits = text, hits
        return hits

    def _scan(self, text: str, only: int | None = None) -> tuple[Hit, ...]:
        data = text.encode("utf-8", "replace")  # a lone surrogate becomes one `?`
        candidates = self._candidates(data, only)
        if not candidates:
            return ()
        looks = self._looks
        found = [
            (start, end, confidence, looks[i].rule)
            for i in sorted(candidates)
            for start, end, confidence in looks[i].found(data, candidates[i])
        ]
        if not found:
            return ()
        found.sort(key=lambda f: (f[0], f[1], f[3].id))
        if len(data) == len(text):
            return tuple(Hit(rule, start, end, c) for start, end, c, rule in found)
        at = _code_points(data, {o for f in found for o in f[:2]})
        return tuple(Hit(rule, at[start], at[end], c) for start, end, c, rule in found)

    def _candidates(self, data: bytes, only: int | None) -> dict[int, list[int]]:
        """By rule, where what it looks for first ends; of one rule only, if asked."""
        if self._database is None:
            asked = range(len(self._looks)) if only is None else (only,)
            ends = {i: self._looks[i].scouted(data) for i in asked}
            return {i: at for i, at in ends.items() if at}
        found = self._database.scan(data)
        return found if only is None else {i: at for i, at in found.items() if i == only}

    def prove(self) -> None:
        """Run every rule's hits and misses; ConfigError names the first that does not hold."""
        for i, rule in enumerate(self.rules):
            for marked in rule.hits:
                text = MARKED.sub(r"\1", marked)
                found = self._found_by(i, text)
                if found != MARKED.findall(marked):
                    what = found or "nothing"
                    raise ConfigError(
                        f"{rule.origin}: `{rule.id}` finds {what} in its hit `{marked}`"
                    )
            for text in rule.misses:
                if found := self._found_by(i, text):
                    raise ConfigError(
                        f"{rule.origin}: `{rule.id}` finds {found} in its miss `{text}`"
                    )

    def _found_by(self, rule: int, text: str) -> list[str]:
        hits = self._scan(text, rule)
        return [text[h.start : h.end] for h in hits if h.confidence >= REPORTED]


def _look(rule: Rule) -> SecondLook:
    try:
        return SecondLook(rule)
    except re2.error as error:
        raise ConfigError(f"{rule.origin}: `{rule.id}`: {words_of(error)}") from None


def _code_points(data: bytes, offsets: Iterable[int]) -> dict[int, int]:
    """For byte offsets into UTF-8, the code points before each."""
    at, count, place = {}, 0, 0
    for offset in sorted(offsets):
        count += len(data[place:offset].decode("utf-8", "replace"))
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
