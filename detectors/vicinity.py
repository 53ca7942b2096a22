"""Where in a text numbers stand: most of the rules are about numbers, and most of a text is not.

A match of such a rule has DIGITS digits or more, within the rule's reach of what Hyperscan reports.
So what Hyperscan looks for on behalf of these rules is looked for in the vicinity of so many digits
only: in prose in a third of the text, in code in an eighth.
"""

from bisect import bisect_right

import numpy as np

from detectors.rule import Rule, in_bytes
from detectors.width import size

DIGITS = 6
"""So many digits near each other make a text worth a look for numbers."""
_SPREAD = 256
"""They lie within so many bytes; in a short text anywhere."""
_SHORT = 4096
"""Of so many bytes: to look for what lies around digits takes longer than to look at all of it."""
_BEFORE, _AFTER = 256, 160
"""How many bytes before and after them what Hyperscan reports may begin and end."""
_CHECKED = {"long_phone": 8, "phone_like": 7, "six_digits": 6}
"""Validators by name, and how many digits they want to see within less than _SPREAD bytes."""
_NO_DIGITS = bytes(i for i in range(256) if not 0x30 <= i <= 0x39)


def reach_of(rule: Rule) -> tuple[int, int]:
    """How many bytes before and after the end of what was reported a match of the rule may lie."""
    before, after = rule.reach
    if rule.anchor:
        return before, after
    widest = _width(rule.expression)
    return min(before, _width(rule.scouts[0]) if rule.named else widest), min(after, widest)


def digits_of(rule: Rule) -> int:
    """So many ASCII digits are in all that the rule finds, or more."""
    return max(size(rule.expression).digits, _checked(rule))


def _checked(rule: Rule) -> int:
    """How many of them lie within less than _SPREAD bytes by what is checked."""
    return max((_CHECKED.get(check, 0) for check in rule.check), default=0)


def is_number(rule: Rule, scout: str) -> bool:
    """Whether it is in `Vicinity` that `scout` has to be looked for on behalf of the rule."""
    if size(scout).digits >= DIGITS and _width(scout) <= _SPREAD:
        return True
    before, after = reach_of(rule)
    wide = _checked(rule) < DIGITS and min(before + after, _width(rule.expression)) > _SPREAD
    return (
        digits_of(rule) >= DIGITS
        and not rule.in_line
        and not wide
        and after + _width(scout) <= _BEFORE
        and before <= _AFTER
    )


def count_digits(data: bytes) -> int:
    """How many ASCII digits there are."""
    return len(data.translate(None, _NO_DIGITS))


class Vicinity:
    """The parts of `data` (UTF-8) that lie around digits, as one text."""

    __slots__ = ("_starts", "_written", "data")

    def __init__(self, data: bytes) -> None:
        parts = _around_digits(data)
        self.data = b"\n".join(data[start:stop] for start, stop in parts)
        """The parts, a line each; empty where there are none."""
        self._written = [start for start, _ in parts]
        self._starts = []
        at = 0
        for start, stop in parts:
            self._starts.append(at)
            at += stop - start + 1

    def places(self, ends: list[int]) -> list[int]:
        """Where in the whole data what ends there in the parts does."""
        starts, written = self._starts, self._written
        at = (bisect_right(starts, end) - 1 for end in ends)
        return [end - starts[i] + written[i] for end, i in zip(ends, at, strict=True)]


def _around_digits(data: bytes) -> list[tuple[int, int]]:
    """Ascending and apart, none of them cutting a character in two."""
    length = len(data)
    if length <= _SHORT:
        return [(0, length)] if count_digits(data) >= DIGITS else []
    digits = np.flatnonzero(np.frombuffer(data, np.uint8) - np.uint8(0x30) < 10)
    first, last = digits[: 1 - DIGITS], digits[DIGITS - 1 :]
    near = last - first <= _SPREAD
    starts, stops = first[near] - _BEFORE, last[near] + _AFTER
    if not len(starts):
        return []
    apart = np.flatnonzero(starts[1:] > stops[:-1])
    starts = np.concatenate((starts[:1], starts[apart + 1]))
    stops = np.concatenate((stops[apart], stops[-1:]))
    return [
        (_edge(data, max(0, start)), _edge(data, min(length, stop)))
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)
    ]


def _edge(data: bytes, at: int) -> int:
    """`at`, or where the character begins that it lies in."""
    while 0 < at < len(data) and data[at] & 0xC0 == 0x80:
        at -= 1
    return at


def _width(expression: str) -> int:
    """How many bytes a match can have at most."""
    return size(expression).widest * (1 if in_bytes(expression) else 4)
