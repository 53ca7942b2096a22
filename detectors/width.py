"""How wide a match of an expression can be: a small reader of RE2's syntax.

Neither RE2's package nor Python's public interface says it. What this does not understand counts as
endless, which costs time and loses nothing.
"""

import re

FAR = 1 << 20
"""In place of a width that has no bound, in characters."""

_ATOM = re.compile(
    r"\\(?:[AbBzZ])(?P<nothing>)|[\^$](?P<empty>)"
    r"|\\(?:x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|[pP]\{\^?\w+\}|[pP]\w|.)"
    r"|\[\^?\]?(?:\\(?:x\{[0-9A-Fa-f]+\}|.)|\[:\^?\w+:\]|[^\]\\])*\]"
    r"|[^\\\[()|*+?{]|\{(?!\d)",
    re.DOTALL,
)
_REPEAT = re.compile(r"(?:(?P<one>\?)|(?P<many>[*+])|\{\d+(?P<comma>,)?(?P<most>\d+)?\})[?+]?")
_OPEN = re.compile(r"\((?:\?(?:P?<\w+>|[imsU-]*:))?")
_FLAGS = re.compile(r"\(\?[imsU-]+\)")


def width(expression: str) -> int:
    """The most characters that a match can have; FAR if there is no telling."""
    try:
        widest, end = _alternatives(expression, 0)
    except ValueError:
        return FAR
    return widest if end == len(expression) else FAR


def _alternatives(expression: str, at: int) -> tuple[int, int]:
    """The width of what stands from `at` to the end of its group, and where that is."""
    widest, at = _sequence(expression, at)
    while expression[at : at + 1] == "|":
        other, at = _sequence(expression, at + 1)
        widest = max(widest, other)
    return widest, at


def _sequence(expression: str, at: int) -> tuple[int, int]:
    total = 0
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
            one = 0 if atom["nothing"] is not None or atom["empty"] is not None else 1
            at = atom.end()
        else:
            raise ValueError(expression)
        if repeat := _REPEAT.match(expression, at):
            at = repeat.end()
            one *= _times(repeat)
        total = min(FAR, total + one)
    return total, at


def _times(repeat: re.Match[str]) -> int:
    if repeat["one"]:
        return 1
    if repeat["many"]:
        return FAR
    if repeat["comma"] and not repeat["most"]:
        return FAR
    return int(repeat["most"] or repeat[0].strip("{}?+"))
