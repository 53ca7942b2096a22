"""All rules over one text in one pass: Hyperscan says where to look, RE2 says what is there.

Hyperscan holds every pattern in one database and reports, in time linear in the text, which
pattern ends where. RE2 then matches that pattern in a window around the end, which gives the
span and its groups; checks, context words and neighbours are looked at for that candidate only.
Nothing here is quadratic and no Python `re` sees a whole text. Where Hyperscan cannot be
installed, RE2 alone finds the same, more slowly.

There is no cap on candidates: a text made of nothing but candidates costs a few microseconds
each, and the deadline of the inspection, not a silent limit, ends what takes too long.

Misses: a match longer than its rule's `reach`.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import re2

from detectors.rule import MARKED, SHIPPED, Rule, in_bytes, load_rules
from penstock.errors import ConfigError

try:
    import hyperscan
except ImportError:  # no wheel for this machine
    hyperscan = None  # type: ignore[assignment]

REPORTED = 0.5
"""A rule's proof counts what it finds with at least this confidence."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule's match: code points [start, end) of the text."""

    rule: Rule
    start: int
    end: int
    confidence: float


class _Compiled:
    """A rule's expressions, compiled by RE2 when first needed."""

    __slots__ = ("_after", "_before", "_groups", "_near", "_pattern", "_scout", "_unless", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._pattern: Any = None
        self._scout: Any = None
        self._groups = 0
        self._near: Any = None
        self._unless: Any = None
        self._before = _members(rule.not_before)
        self._after = _members(rule.not_after or ("A-Za-z0-9" if rule.named else ""))

    @property
    def pattern(self) -> Any:
        if self._pattern is None:
            self._pattern = _re2(self.rule.expression)
            self._groups = self._pattern.groups
        return self._pattern

    @property
    def scout(self) -> Any:
        """What Hyperscan looks for, for RE2."""
        if self._scout is None:
            self._scout = _re2(self.rule.scout)
        return self._scout

    def found(self, data: bytes, ends: Iterable[int]) -> Iterator[tuple[int, int, float]]:
        """What the rule finds within its reach of `ends` (ascending), in bytes, with confidence.

        A candidate that is refused does not hide one that begins inside it.
        """
        settled, size = 0, len(data)
        for at, stop in _regions(ends, self.rule.reach, size):
            at = max(at, settled)
            while match := self.pattern.search(data, at, stop):
                if match.end() == stop < size:  # cut off by the region
                    longer = min(size, stop + max(self.rule.reach))
                    match = self.pattern.match(data, match.start(), longer) or match
                start, end = _sensitive(match, self._groups)
                if judged := self._judge(data, match, start, end):
                    yield judged
                at = max(end, match.start() + 1)
            settled = at

    def _judge(
        self, data: bytes, match: Any, start: int, end: int
    ) -> tuple[int, int, float] | None:
        """The sensitive part and the confidence in it; None if a check says no."""
        rule = self.rule
        if self._before and match.start() and data[match.start() - 1] in self._before:
            return None
        if self._after and match.end() < len(data) and data[match.end()] in self._after:
            return None
        start, end = _whole_characters(data, start, end)
        value = data[start:end].decode("utf-8", "replace")
        if rule.trim:
            trimmed = value.rstrip(rule.trim)
            end -= len(value.encode()) - len(trimmed.encode())
            value = trimmed
        if not value or not all(check(value) for check in rule.checks):
            return None
        if rule.unless and self._is_near("_unless", rule.unless, data, start, end):
            return None
        if rule.near is None or self._is_near("_near", rule.near, data, start, end):
            return start, end, rule.confidence
        return (start, end, rule.without) if rule.without else None

    def _is_near(self, slot: str, near: Any, data: bytes, start: int, end: int) -> bool:
        words = getattr(self, slot)
        if words is None:
            words = _re2(near.pattern)
            setattr(self, slot, words)
        if near.before:
            first = _word_edge(data, max(0, start - near.before), -1)
            if words.search(data[first:start]):
                return True
        if near.after:
            last = _word_edge(data, min(len(data), end + near.after), 1)
            return bool(words.search(data[end:last]))
        return False


class Engine:
    """A set of rules, ready to scan. Share one: it remembers the text it scanned last."""

    def __init__(
        self,
        rules: Sequence[Rule],
        cache_dir: Path | None = None,
        *,
        with_hyperscan: bool = hyperscan is not None,
    ) -> None:
        """Compile `rules` and run their proofs, unless `cache_dir` knows that they held.

        ConfigError names the file and line of a rule whose pattern Hyperscan or RE2 refuses or
        whose proof fails.
        """
        self.rules = tuple(rules)
        self._compiled = tuple(_Compiled(rule) for rule in self.rules)
        self._local = threading.local()
        self._database: _Database | None = None
        key = _key(self.rules)
        cached = cache_dir / f"rules-{key}.hsdb" if cache_dir else None
        if with_hyperscan:
            self._database = _Database.read(cached) if cached else None
            if self._database is None:
                self._check_re2()
                self._database = _Database.compile(self.rules)
                self.prove()
                if cached:
                    self._database.write(cached)
        else:
            self._check_re2()
            self.prove()

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

    def _scan(self, text: str, only: _Compiled | None = None) -> tuple[Hit, ...]:
        ascii_only = text.isascii()
        data = text.encode("utf-8", "replace")  # a lone surrogate becomes one `?`
        found = [
            (start, end, confidence, compiled.rule)
            for compiled, ends in self._candidates(data, only)
            for start, end, confidence in compiled.found(data, ends)
        ]
        if not found:
            return ()
        found.sort(key=lambda f: (f[0], f[1], f[3].id))
        if ascii_only:
            return tuple(Hit(rule, start, end, c) for start, end, c, rule in found)
        at = _code_points(data, {o for f in found for o in f[:2]})
        return tuple(Hit(rule, at[start], at[end], c) for start, end, c, rule in found)

    def _candidates(
        self, data: bytes, only: _Compiled | None
    ) -> Iterator[tuple[_Compiled, Sequence[int]]]:
        if self._database is None:
            for compiled in (only,) if only else self._compiled:
                if ends := [match.end() for match in compiled.scout.finditer(data)]:
                    yield compiled, ends
            return
        ends_by_rule = self._database.scan(data)
        for i in sorted(ends_by_rule):
            if only is None or self._compiled[i] is only:
                yield self._compiled[i], ends_by_rule[i]

    def _check_re2(self) -> None:
        for compiled in self._compiled:
            rule = compiled.rule
            try:
                _ = compiled.pattern, compiled.scout
                for near in (rule.near, rule.unless):
                    if near is not None:
                        _re2(near.pattern)
                _members(rule.not_before + rule.not_after)
            except (re2.error, ValueError) as error:
                raise ConfigError(f"{rule.origin}: `{rule.id}`: {_words(error)}") from None

    def prove(self) -> None:
        """Run every rule's hits and misses; ConfigError names the first that does not hold."""
        for compiled in self._compiled:
            rule = compiled.rule
            for marked in rule.hits:
                text = MARKED.sub(r"\1", marked)
                found = self._found_by(compiled, text)
                if found != MARKED.findall(marked):
                    raise ConfigError(
                        f"{rule.origin}: `{rule.id}` finds {found} in its hit `{marked}`"
                    )
            for text in rule.misses:
                if found := self._found_by(compiled, text):
                    raise ConfigError(
                        f"{rule.origin}: `{rule.id}` finds {found} in its miss `{text}`"
                    )

    def _found_by(self, compiled: _Compiled, text: str) -> list[str]:
        hits = self._scan(text, compiled)
        return [text[h.start : h.end] for h in hits if h.confidence >= REPORTED]


class _Database:
    """A compiled Hyperscan database; scratch space per thread and, after a fork, per process."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self._local = threading.local()

    def scan(self, data: bytes) -> dict[int, list[int]]:
        """The ends of matches, ascending, by index of the rule."""
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        ends: dict[int, list[int]] = {}

        def note(rule: int, _start: int, end: int, _flags: int, _context: object) -> None:
            known = ends.get(rule)
            if known is None:
                ends[rule] = [end]
            else:
                known.append(end)

        self._database.scan(data, match_event_handler=note, scratch=scratch)
        return ends

    @classmethod
    def compile(cls, rules: Sequence[Rule]) -> "_Database":
        """ConfigError names the rule that Hyperscan refuses."""
        try:
            return cls(_compile(rules))
        except hyperscan.error as error:
            for rule in rules:
                try:
                    _compile([rule])
                except hyperscan.error as own:
                    raise ConfigError(f"{rule.origin}: `{rule.id}`: {_words(own)}") from None
            raise ConfigError(f"the rules together: {_words(error)}") from None

    @classmethod
    def read(cls, path: Path) -> "_Database | None":
        """A database written earlier; None if there is none or it is damaged."""
        try:
            stored = path.read_bytes()
            digest, dump = stored[:32], stored[32:]
            if sha256(dump).digest() != digest:
                return None
            database = hyperscan.loadb(dump, hyperscan.HS_MODE_BLOCK)
        except (OSError, hyperscan.error):
            return None
        return cls(database)

    def write(self, path: Path) -> None:
        """Keep it at `path`, whole or not at all. Without a place to write it is built anew."""
        dump = hyperscan.dumpb(self._database)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                file.write(sha256(dump).digest() + dump)
            os.replace(file.name, path)
        except OSError as error:
            print(f"{path}: {error.strerror}; rules are compiled at every start", file=sys.stderr)


def _compile(rules: Sequence[Rule]) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[rule.scout.encode() for rule in rules],
        ids=list(range(len(rules))),
        elements=len(rules),
        flags=[0 if in_bytes(rule.scout) else hyperscan.HS_FLAG_UTF8 for rule in rules],
    )
    return database


def _re2(expression: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    if in_bytes(expression):
        options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(expression.encode(), options)


def _regions(ends: Iterable[int], reach: tuple[int, int], size: int) -> Iterator[tuple[int, int]]:
    """Where to look: within `reach` of each end (ascending), what overlaps joined."""
    before, after = reach
    start = stop = -1
    for end in ends:
        if end - before > stop:
            if stop >= 0:
                yield start, stop
            start = max(0, end - before)
        stop = min(size, end + after)
    if stop >= 0:
        yield start, stop


def _sensitive(match: Any, groups: int) -> tuple[int, int]:
    """The span of the first group that took part, or of the whole match."""
    for group in range(1, groups + 1):
        span: tuple[int, int] = match.span(group)
        if span[0] >= 0:
            return span
    whole: tuple[int, int] = match.span()
    return whole


def _whole_characters(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The span widened to where UTF-8 characters begin."""
    while start and data[start] & 0xC0 == 0x80:
        start -= 1
    while end < len(data) and data[end] & 0xC0 == 0x80:
        end += 1
    return start, end


def _members(bracket: str) -> frozenset[int]:
    """The ASCII characters of a bracket expression's inside, as bytes."""
    if not bracket:
        return frozenset()
    pattern = _re2(f"[{bracket}]")
    return frozenset(i for i in range(128) if pattern.match(bytes([i])))


def _word_edge(data: bytes, at: int, step: int) -> int:
    """`at`, moved outwards to where no word is cut in two; 40 bytes at most."""
    for _ in range(40):
        if not (0 < at < len(data) and _IN_WORD[data[at - 1]] and _IN_WORD[data[at]]):
            break
        at += step
    return at


_IN_WORD = tuple(i >= 0x80 or chr(i).isalnum() for i in range(256))


def _code_points(data: bytes, offsets: Iterable[int]) -> dict[int, int]:
    """For byte offsets into UTF-8, the code points before each."""
    at, count, place = {}, 0, 0
    for offset in sorted(offsets):
        count += len(data[place:offset].decode("utf-8", "replace"))
        at[offset] = count
        place = offset
    return at


def _key(rules: Sequence[Rule]) -> str:
    """What the compiled database depends on."""
    digest = sha256()
    digest.update(f"1 {getattr(hyperscan, '__version__', '')}".encode())
    for rule in rules:
        digest.update(rule.model_dump_json().encode() + b"\n")
    return digest.hexdigest()[:32]


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


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
