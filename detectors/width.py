"""What every match of an expression is like: how wide at most, and of how many digits at least.

Neither RE2's package nor Python's public interface says it, so this is a small reader of RE2's
syntax. What it does not understand counts as endless and without digits, which costs time and loses
nothing.
"""

import re
from functools import cache
from typing import NamedTuple

FAR = 1 << 20
"""In place of a width that has no bound, in characters."""


class Size(NamedTuple):
    """Of the matches of an expression."""

    widest: int
    """The most characters that one can have; FAR if there is no telling."""
    digits: int
    """So many ASCII digits are in each of them, or more."""


_ATOM = re.compile(
    r"\\(?:[AbBzZ])(?P<nothing>)|[\^$](?P<empty>)"
    r"|(?P<digit>\d|\\d|\[(?:\d(?:-\d)?|\\d)+\])"
    r"|\\(?:x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|[pP]\{\^?\w+\}|[pP]\w|.)"
    r"|\[\^?\]?(?:\\(?:x\{[0-9A-Fa-f]+\}|.)|\[:\^?\w+:\]|[^\]\\])*\]"
    r"|[^\\\[()|*+?{]|\{(?!\d)",
    re.DOTALL,
)
_REPEAT = re.compile(
    r"(?:(?P<one>\?)|(?P<many>[*+])|\{(?P<least>\d+)(?P<comma>,)?(?P<most>\d+)?\})[?+]?"
)
_OPEN = re.compile(r"\((?:\?(?:P?<\w+>|[imsU-]*:))?")
_FLAGS = re.compile(r"\(\?[imsU-]+\)")


@cache
def size(expression: str) -> Size:
    """What all matches of `expression` have in common."""
    try:
        found, end = _alternatives(expression, 0)
    except ValueError:
        return Size(FAR, 0)
    return found if end == len(expression) else Size(FAR, 0)


def _alternatives(expression: str, at: int) -> tuple[Size, int]:
    """The size of what stands from `at` to the end of its group, and where that is."""
    found, at = _sequence(expression, at)
    while expression[at : at + 1] == "|":
        other, at = _sequence(expression, at + 1)
        found = Size(max(found.widest, other.widest), min(found.digits, other.digits))
    return found, at


def _sequence(expression: str, at: int) -> tuple[Size, int]:
    widest = digits = 0
    while at < len(expression) and expression[at] not in "|)":
        if flags := _FLAGS.match(expression, at):
            at = flags.end()
            continue
        if group := _OPEN.match(expression, at):
            one, at = _alternatives(expression, group.end())
            if expression[at : at + 1] != ")":
                raise ValueError(expression)
            at += 1
        elif atom := _ATOM.match(expression, at):
            wide = atom["nothing"] is None and atom["empty"] is None
            one = Size(int(wide), int(atom["digit"] is not None))
            at = atom.end()
        else:
            raise ValueError(expression)
        least = most = 1
        if repeat := _REPEAT.match(expression, at):
            at = repeat.end()
            least, most = _times(repeat)
        widest = min(FAR, widest + one.widest * most)
        digits += one.digits * least
    return Size(widest, digits), at


def _times(repeat: re.Match[str]) -> tuple[int, int]:
    """How often at least and at most."""
    if repeat["one"]:
        return 0, 1
    if repeat["many"]:
        return int(repeat["many"] == "+"), FAR
    least = int(repeat["least"])
    if repeat["most"]:
        return least, int(repeat["most"])
    return least, FAR if repeat["comma"] else least
