"""Which lines of a text may be code: the likeliest sequence of code and not code over its lines.

What a change between the two costs is weighed against each line's odds (Viterbi); a block between
fences is a stretch whatever its lines say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detectors.code_fences import Fence

_SWITCH = 2.0
"""What a change between code and not code costs, in units of a line's odds."""
_DOUBTFUL = -1.0
"""A line right beside code with higher odds is code, too: what is said has much lower ones."""
UNLIKELY = -2.5
"""A single line with lower odds is not worth a second look."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines [first, last] that may be code."""

    first: int
    last: int
    tag: str | None = None
    """Of its fence; None without a fence."""


def stretches(
    odds: Sequence[float], filled: Sequence[bool], fences: Sequence[Fence], begin: int, end: int
) -> Iterator[Stretch]:
    """Those of lines [begin, end), in order; `odds` and `filled` are of all lines."""
    for opening, closing, fence, tag in fences:
        yield from _between(odds, filled, begin, opening)
        first, last = opening + fence, min(closing, end) - fence
        if first <= last:
            yield _trimmed(filled, first, last, tag)
        begin = closing + 1
    yield from _between(odds, filled, begin, end)


def _between(
    odds: Sequence[float], filled: Sequence[bool], begin: int, end: int
) -> Iterator[Stretch]:
    """The most likely sequence of code and not code over lines [begin, end)."""
    if begin >= end:
        return
    within = odds[begin:end]
    most = max(within)
    # where no line speaks for code, no sequence of them does
    found = _likeliest(within, filled, begin) if most > 0 else []
    if found:
        yield from _widened(odds, filled, found, begin, end)
    elif most > UNLIKELY:  # the likeliest line, for its small probability
        best = begin + within.index(most)
        if filled[best]:
            yield Stretch(best, best)


def _likeliest(within: Sequence[float], filled: Sequence[bool], begin: int) -> list[Stretch]:
    """By how much code leads from line to line; never by more than a change costs, as who is
    further behind than that does better to change."""
    found: list[Stretch] = []
    lead, entered, left = -_SWITCH / 2, 0, -1
    for i, s in enumerate(within):
        if lead < -_SWITCH:  # what is code from here on was none before
            if left >= 0:
                found.append(_trimmed(filled, begin + entered, begin + left - 1))
                left = -1
            entered = i
            lead = s - _SWITCH
        elif lead > _SWITCH:  # what is none from here on was code before
            left = i
            lead = s + _SWITCH
        else:
            lead += s
    if lead > _SWITCH / 2:
        left = len(within)
    if left >= 0:
        found.append(_trimmed(filled, begin + entered, begin + left - 1))
    return found


def _widened(
    odds: Sequence[float], filled: Sequence[bool], found: Sequence[Stretch], begin: int, end: int
) -> Iterator[Stretch]:
    """Each of the stretches in [begin, end) with the doubtful lines that it touches."""
    for n, stretch in enumerate(found):
        first, last = stretch.first, stretch.last
        while first > begin and filled[first - 1] and odds[first - 1] > _DOUBTFUL:
            first -= 1
        limit = found[n + 1].first if n + 1 < len(found) else end
        while last + 1 < limit and filled[last + 1] and odds[last + 1] > _DOUBTFUL:
            last += 1
        begin = last + 1
        yield Stretch(first, last)


def _trimmed(filled: Sequence[bool], first: int, last: int, tag: str | None = None) -> Stretch:
    while first < last and not filled[first]:
        first += 1
    while last > first and not filled[last]:
        last -= 1
    return Stretch(first, last, tag)
