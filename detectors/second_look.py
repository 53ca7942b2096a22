"""The second look at a candidate: RE2 finds the match around it, checks and words say yes or no.

A window of a rule's `reach` around each place that was reported is searched, several at a time
(`detectors/windows.py`), sometimes for something looser first (`detectors/captures.py`). Without
an anchor a match reaches no further than its pattern is wide, and one that begins with a name no
further back than the name is long, so those windows are as small. Where a window has fewer digits
than each match has, nothing is searched: most words for a number stand without one. What checks
say of a value is asked once in a text.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import re2

from detectors.captures import Gate, with_groups
from detectors.rule import Near, Rule, in_bytes
from detectors.rule_mistakes import words_of
from detectors.searching import MEMORY, NOTHING, RIGHT_THERE, Search, Spans, searching
from detectors.validators import is_quick
from detectors.vicinity import digits_of, reach_of
from detectors.windows import Around, begins_of
from penstock.errors import ConfigError


@cache
def _compiled(expression: str, bytewise: bool | None = None) -> Any:
    """The expression for RE2, over bytes. Rules that share one share what RE2 makes of it."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    if in_bytes(expression) if bytewise is None else bytewise:
        options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(expression.encode(), options)


class SecondLook:
    """A rule's expressions, compiled by RE2 when first needed."""

    __slots__ = (
        "_after", "_before", "_checks", "_confidence", "_digits", "_gate", "_is_plain", "_near",
        "_quick", "_reach", "_search", "_trim", "_unless", "_without", "rule",
    )  # fmt: skip

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._search: Search | None = None
        self._near = _Words(rule.near) if rule.near else None
        self._unless = _Words(rule.unless) if rule.unless else None
        self._confidence = rule.confidence
        self._without = rule.without if rule.near else 0.0
        self._trim = rule.trim
        self._is_plain = not (rule.check or rule.trim or rule.near or rule.unless)
        self._reach: tuple[int, int] | None = None
        self._digits = 0
        self._gate: Gate | None = None
        self._quick = tuple(c for c in rule.checks if is_quick(c))
        self._checks = tuple(c for c in rule.checks if not is_quick(c))
        self._before = _members(rule.not_before)
        self._after = _members(rule.not_after or ("A-Za-z0-9" if rule.named else ""))

    @property
    def search(self) -> Search:
        """What finds the first match, and its groups, in a part of the data."""
        if self._search is None:
            self._search = with_groups(self.rule.expression, _compiled)
        return self._search

    def _known_reach(self) -> tuple[int, int]:
        """How far around what is reported the rule looks."""
        if self._reach is None:
            self._digits = digits_of(self.rule)
            self._gate = Gate.of(self.rule.expression, _compiled)
            # last, as another thread may ask in the meantime
            self._reach = reach_of(self.rule)
        return self._reach

    def scouted(self, data: bytes) -> list[int]:
        """Where RE2 finds what Hyperscan looks for: the ends, ascending."""
        scouts = map(_compiled, self.rule.scouts)
        return sorted(match.end() for scout in scouts for match in scout.finditer(data))

    def prepare(self) -> None:
        """Compile everything; ConfigError says what RE2 refuses."""
        try:
            _ = self._known_reach(), self.search, self.scouted(b"")
            if self.rule.value and _compiled(self.rule.value).fullmatch(b""):
                raise ValueError("Pattern matches empty buffer")
            for near in (self.rule.near, self.rule.unless):
                if near is not None:
                    _compiled(near.pattern)
        except (re2.error, ValueError) as error:
            raise refused(self.rule, error) from None

    def proved(self) -> None:
        """Proofs are full of what is to be found: what they taught the gate is no use."""
        self._reach = None

    def found(self, around: Around, ends: Sequence[int]) -> Iterator[tuple[int, int, float]]:
        """What the rule finds within its reach of `ends` (ascending), in bytes, with confidence.

        A candidate that is refused does not hide one that begins inside it.
        """
        if not ends:
            return
        reach = self._known_reach()
        gate, search = self._gate, self._search
        known: dict[str, bool] = {}
        data = around.data
        settled, length = 0, len(data)
        for text, place, size, joined in around.texts(ends, reach, self._digits, self.rule.in_line):
            if gate and not gate.lets(text, place, size):
                continue
            search = search or self.search
            stop, shift = joined[0][1], 0
            if len(joined) == 1:
                place = at = max(place, settled)
                following = size
            else:
                begins: Sequence[int] = ()
                at = following = 0
            while place < size:
                spans = search(text, place, size)
                first, last = spans[0]
                if first < 0:
                    break
                if first >= following:  # in the next window or one after it
                    begins = begins or begins_of(joined)
                    i = bisect_right(begins, first)
                    following = begins[i] if i < len(begins) else size
                    begin, stop = joined[i - 1]
                    shift, at = begin - begins[i - 1], max(begin, settled)
                moved = shift
                first += shift
                last += shift
                if first < at or last > stop:  # not in this window alone
                    spans, moved = search(data, at, stop) if at < stop else NOTHING, 0
                    first, last = spans[0]
                    if first < 0:
                        place = following
                        continue
                if last == stop < length and (longer := self._longer(data, first, stop)):
                    spans, moved = longer, 0  # it was cut off
                    last = spans[0][1]
                start, end = spans[0]
                if len(spans) > 1:
                    for group in spans[1:]:
                        if group[0] >= 0:
                            start, end = group
                            break
                start += moved
                end += moved
                if start < end and (judged := self._judge(data, first, last, start, end, known)):
                    yield judged
                settled = at = max(end, first + 1)
                place = min(at - shift, following)

    def _longer(self, data: bytes, first: int, stop: int) -> Spans | None:
        """The match that begins at `first`, where more than up to `stop` is looked at."""
        search = searching(_compiled(self.rule.expression), RIGHT_THERE)
        spans = search(data, first, min(len(data), stop + max(self.rule.reach)))
        return spans if spans[0][0] >= 0 else None

    def _judge(
        self, data: bytes, first: int, last: int, start: int, end: int, known: dict[str, bool]
    ) -> tuple[int, int, float] | None:
        """The sensitive part and the confidence in it; None if a check says no.

        `known` says what became of values that were looked at before.
        """
        if self._before and first:
            plain, wide = self._before
            sign = data[first - 1]
            if sign in plain or (sign >= 0x80 and wide(data, first - 1)):
                return None
        if self._after and last < len(data):
            plain, wide = self._after
            sign = data[last]
            if sign in plain or (sign >= 0x80 and wide(data, last)):
                return None
        written = data[start:end]
        if not written.isascii():
            start, end = _whole_characters(data, start, end)
            written = data[start:end]
        if self._is_plain:
            return start, end, self._confidence
        value = written.decode()
        if self._trim and value[-1] in self._trim:
            trimmed = value.rstrip(self._trim)
            end -= len(written) - len(trimmed.encode())
            value = trimmed
            if not value:
                return None
        verdict = known.get(value)
        if verdict is None:
            for check in self._quick:
                if not check(value):
                    known[value] = False
                    return None
        elif not verdict:
            return None
        # words around are found faster than the other checks are run
        confidence = self._confidence
        if self._near and not self._near(data, first, start, end):
            confidence = self._without
            if not confidence:
                return None
        if verdict is None:
            for check in self._checks:
                if not check(value):
                    known[value] = False
                    return None
            known[value] = True
        if self._unless and self._unless(data, first, start, end):
            return None
        return start, end, confidence


def refused(rule: Rule, error: Exception) -> ConfigError:
    """What RE2 says about a rule, at the line of the field that it is about."""
    field = "pattern" if rule.pattern else "value"
    for name, expression in rule.expressions():
        try:
            _compiled(expression)
        except (re2.error, ValueError) as own:
            # alone: what it is put into was not written by whoever has to mend it
            field, error = name, own
            break
    return ConfigError(f"{rule.origin_of(field)}: `{rule.id}`: {words_of(error)}")


class _Words:
    """Whether a word of a rule's `near` or `unless` is there; compiled when first needed."""

    __slots__ = ("_after", "_before", "_near", "_search")

    def __init__(self, near: Near) -> None:
        self._near = near
        self._before = near.before
        self._after = near.after
        self._search: Search | None = None

    def __call__(self, data: bytes, match: int, start: int, end: int) -> bool:
        if self._search is None:
            self._search = searching(_compiled(self._near.pattern))
        first, last = start, end
        if self._before:
            first -= self._before
            if first <= 0:
                first = 0
            elif _IN_WORD[data[first]] and _IN_WORD[data[first - 1]]:
                first = _word_edge(data, first, -1)
            if self._near.own_part:
                first = max(first, *(data.rfind(sign, first, match) + 1 for sign in _PARTING))
        if self._after:
            last += self._after
            if last >= len(data):
                last = len(data)
            elif _IN_WORD[data[last]] and _IN_WORD[data[last - 1]]:
                last = _word_edge(data, last, 1)
        around = data[first:start] + b"\0" + data[end:last]  # which is in no word
        return self._search(around, 0, len(around))[0][0] >= 0


def _whole_characters(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The span widened to where UTF-8 characters begin."""
    while start and data[start] & 0xC0 == 0x80:
        start -= 1
    while end < len(data) and data[end] & 0xC0 == 0x80:
        end += 1
    return start, end


type _Members = tuple[frozenset[int], Callable[[bytes, int], bool]]
"""The ASCII characters among some, and whether another one is that a byte is part of."""


@cache
def _members(bracket: str) -> _Members | None:
    """What is inside a bracket expression; None for nothing."""
    if not bracket:
        return None
    pattern = _compiled(f"[{bracket}]")
    plain = frozenset(b"".join(pattern.findall(bytes(range(128)))))
    if in_bytes(bracket):
        return plain, lambda _data, _at: False

    def is_member(data: bytes, at: int) -> bool:
        start, end = _whole_characters(data, at, at + 1)
        return pattern.search(data[start:end]) is not None

    return plain, is_member


def _word_edge(data: bytes, at: int, step: int) -> int:
    """`at`, which cuts a word in two, moved outwards to where none is; 40 bytes at most."""
    if step < 0:
        part = data[max(0, at - 40) : at]
        return at - len(part) + len(part.rstrip(_IN_WORDS))
    part = data[at : at + 40]
    return at + len(part) - len(part.lstrip(_IN_WORDS))


_PARTING = (b"\n", b"&", b",", b";")
_IN_WORD = tuple(i >= 0x80 or chr(i).isalnum() for i in range(256))
_IN_WORDS = bytes(i for i in range(256) if _IN_WORD[i])
