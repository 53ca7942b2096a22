"""How RE2 is spared most of what it does slowly: to tell where groups lie, and to look for large
expressions where there is nothing like them.

A match takes it less than a microsecond to find, its groups twenty. A password is told from a
sentence by what stands before it: a word for it, a stretch of anything, what states it, the value.
Only the last two have anything to do with groups.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from detectors.rule import in_bytes
from detectors.searching import ALL_OF_IT, RIGHT_THERE, Search, Spans, searching
from detectors.width import elements, loosened, without_groups

LARGE = 3000
"""Where its program has so many steps, RE2 is asked for the match and for its groups apart; of a
smaller one it tells both in less time than it takes to be asked several times."""


class Parts(NamedTuple):
    """An expression that is these one after another, with groups in the last one only."""

    head: str
    gap: str
    """Something over and over, as seldom as it can be."""
    tail: str


def parts(expression: str) -> Parts | None:
    """None where it is not of that kind."""
    found = elements(expression)
    if not found:
        return None
    flags, of_it = found
    for i, one in enumerate(of_it):
        if without_groups(one) != one:
            break
        if one.endswith(("*?", "}?")) and 0 < i < len(of_it) - 1:
            return Parts(flags + "".join(of_it[:i]), flags + one, flags + "".join(of_it[i + 1 :]))
    return None


def with_groups(expression: str, compiled: Callable[[str, bool], Any]) -> Search:
    """What finds the first match and its groups.

    `compiled` makes one of RE2's of an expression, over bytes or not.
    """
    bytewise = in_bytes(expression)
    whole = compiled(expression, bytewise)
    full = searching(whole)
    if not whole.groups or whole.programsize < LARGE or not (of_it := parts(expression)):
        return full

    bare = searching(compiled(without_groups(expression), bytewise))

    @cache
    def apart() -> tuple[Search, Search, Search]:
        """For what most expressions never find: compiled when first needed."""
        head, gap, tail = (compiled(part, bytewise) for part in of_it)
        return searching(head, RIGHT_THERE), searching(gap, ALL_OF_IT), searching(tail)

    def search(data: bytes, start: int, stop: int) -> Spans:
        found = bare(data, start, stop)
        first, last = found[0]
        if first < 0:
            return found
        head, gap, tail = apart()
        place = head(data, first, last)[0][1]
        spans = tail(data, place, last)
        begin, end = spans[0]
        # of all places that the gap can reach RE2 prefers the first from where the rest matches
        if end == last and gap(data, place, begin)[0][0] >= 0:
            return [found[0], *spans[1:]]
        return full(data, first, last)

    return search


class Gate:
    """Says of most texts that an expression is not in them, by one that is looser and a small part
    of its size: what RE2 keeps of the expression itself, at each repetition something else, is far
    from the processor between one text and the next. It asks no more where it says so too seldom.
    """

    __slots__ = ("_search", "_worth")

    def __init__(self, search: Search) -> None:
        self._search = search
        self._worth = _TRIED

    @classmethod
    def of(cls, expression: str, compiled: Callable[[str, bool], Any]) -> "Gate | None":
        """None where it would be hardly smaller."""
        try:
            looser, smaller_by = loosened(expression)
        except ValueError:
            return None
        if smaller_by < MUCH:
            return None
        return cls(searching(compiled(looser, in_bytes(expression))))

    def lets(self, data: bytes, start: int, stop: int) -> bool:
        """Whether the expression may be in there."""
        if self._worth <= 0:
            return True
        if self._search(data, start, stop)[0][0] < 0:
            self._worth = min(self._worth + 1, _TRUSTED)
            return False
        self._worth -= 1
        return True


MUCH = 300
"""By so many signs, its repetitions written out, an expression is worth a look for a looser one."""
_TRIED, _TRUSTED = 4, 32
"""So many times more often than not it may let something in: at first, and at most."""
