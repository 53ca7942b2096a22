"""The second look at a candidate: RE2 finds the match around it, checks and words say yes or no.

A window of a rule's `reach` around each place that was reported is searched; a rule without an
anchor cannot match further back than its pattern is wide, so its window is that small.
"""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

import re2

from detectors.database import words_of
from detectors.rule import Near, Rule, in_bytes
from penstock.errors import ConfigError

_ANYWHERE = re2._Anchor.UNANCHORED
_HERE = re2._Anchor.ANCHOR_START
_NOWHERE = (-1, -1)


class _Expression:
    """An expression for RE2, asked without the match objects that its package makes."""

    __slots__ = ("finditer", "match")

    def __init__(self, expression: str) -> None:
        options = re2.Options()
        options.log_errors = False
        if in_bytes(expression):
            options.encoding = re2.Options.Encoding.LATIN1
        compiled = re2.compile(expression.encode(), options)
        self.finditer: Callable[[bytes], Iterator[Any]] = compiled.finditer
        self.match: Callable[[Any, bytes, int, int], list[tuple[int, int]]] = compiled._regexp.Match
        """The span of the match and of each group, -1 where there is none."""

    def has(self, data: bytes) -> bool:
        """Whether it matches anywhere."""
        return self.match(_ANYWHERE, data, 0, len(data))[0] != _NOWHERE


class SecondLook:
    """A rule's expressions, compiled by RE2 when first needed."""

    __slots__ = (
        "_after", "_before", "_near", "_pattern", "_reach", "_scout", "_unless", "rule",
    )  # fmt: skip

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._pattern: _Expression | None = None
        self._scout: _Expression | None = None
        self._near: _Expression | None = None
        self._unless: _Expression | None = None
        self._reach = rule.reach
        self._before = _members(rule.not_before)
        self._after = _members(rule.not_after or ("A-Za-z0-9" if rule.named else ""))

    @property
    def pattern(self) -> _Expression:
        """What is looked for, for RE2."""
        if self._pattern is None:
            self._pattern = _Expression(self.rule.expression)
            if self.rule.scout == self.rule.expression:
                before, after = self.rule.reach
                width = _width(self.rule.expression)
                self._reach = min(before, width), min(after, width)
        return self._pattern

    @property
    def scout(self) -> _Expression:
        """What Hyperscan looks for, for RE2."""
        if self._scout is None:
            self._scout = _Expression(self.rule.scout)
        return self._scout

    def prepare(self) -> None:
        """Compile everything; ConfigError says what RE2 refuses."""
        try:
            _ = self.pattern, self.scout
            for near in (self.rule.near, self.rule.unless):
                if near is not None:
                    _Expression(near.pattern)
        except (re2.error, ValueError) as error:
            raise ConfigError(f"{self.rule.origin}: `{self.rule.id}`: {words_of(error)}") from None

    def found(self, data: bytes, ends: Iterable[int]) -> Iterator[tuple[int, int, float]]:
        """What the rule finds within its reach of `ends` (ascending), in bytes, with confidence.

        A candidate that is refused does not hide one that begins inside it.
        """
        settled, size = 0, len(data)
        match = self.pattern.match
        for at, stop in _regions(ends, self._reach, size):
            at = max(at, settled)
            while True:
                spans = match(_ANYWHERE, data, at, stop)
                first, last = spans[0]
                if first < 0:
                    break
                if last == stop < size:  # cut off by the region
                    longer = match(_HERE, data, first, min(size, stop + max(self.rule.reach)))
                    if longer[0][0] >= 0:
                        spans, last = longer, longer[0][1]
                start, end = next((s for s in spans[1:] if s[0] >= 0), spans[0])
                if judged := self._judge(data, first, last, start, end):
                    yield judged
                at = max(end, first + 1)
            settled = at

    def _judge(
        self, data: bytes, first: int, last: int, start: int, end: int
    ) -> tuple[int, int, float] | None:
        """The sensitive part and the confidence in it; None if a check says no."""
        rule = self.rule
        if self._before and first and data[first - 1] in self._before:
            return None
        if self._after and last < len(data) and data[last] in self._after:
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

    def _is_near(self, slot: str, near: Near, data: bytes, start: int, end: int) -> bool:
        words = getattr(self, slot)
        if words is None:
            words = _Expression(near.pattern)
            setattr(self, slot, words)
        if near.before:
            first = _word_edge(data, max(0, start - near.before), -1)
            if words.has(data[first:start]):
                return True
        if near.after:
            last = _word_edge(data, min(len(data), end + near.after), 1)
            return bool(words.has(data[end:last]))
        return False


_FAR = 1 << 20
_ESCAPES = ((r"\z", r"\Z"), (r"\pL", r"\w"), (r"\pN", r"\d"))


def _width(expression: str) -> int:
    """How many bytes a match can have at most; very many if there is no telling."""
    for ours, pythons in _ESCAPES:
        expression = expression.replace(ours, pythons)
    try:
        # of all that is installed only Python's own parser of expressions tells their width
        widest = import_module("re._parser").parse(expression.replace("(?-i:", "(?:")).getwidth()[1]
    except Exception:  # a dialect it does not read
        return _FAR
    return min(_FAR, int(widest) * (1 if in_bytes(expression) else 4))


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
    pattern = _Expression(f"[{bracket}]")
    return frozenset(i for i in range(128) if pattern.has(bytes([i])))


def _word_edge(data: bytes, at: int, step: int) -> int:
    """`at`, moved outwards to where no word is cut in two; 40 bytes at most."""
    for _ in range(40):
        if not (0 < at < len(data) and _IN_WORD[data[at - 1]] and _IN_WORD[data[at]]):
            break
        at += step
    return at


_IN_WORD = tuple(i >= 0x80 or chr(i).isalnum() for i in range(256))
