"""Where in a text long runs and numbers stand: most rules are about either, most of a text is not.

A key is a run: RUN characters or more without a blank, a quotation mark or another one of PARTING
between them. More than half of what Hyperscan looks for lies in one or names one, so that it is
looked for in the vicinity of runs only: in a quarter to two fifths. Hyperscan also takes less
time to look for half as many things, by more than half.

A number's match has DIGITS digits or more, within the rule's reach of what Hyperscan reports. So
what Hyperscan looks for on behalf of such rules is looked for in the vicinity of so many digits
only: in prose in a third of the text, in code in an eighth.

Twelve words in a row, as a recovery phrase has, would keep Hyperscan busy at every word: RE2 finds
where there are so many short ones, which is nearly nowhere.
"""

from collections.abc import Callable

import numpy as np
import re2

from detectors.rule import Rule, in_bytes
from detectors.searching import Search, searching
from detectors.width import PARTING, size

type _Which = np.ndarray[tuple[int], np.dtype[np.bool]]
type _Places = np.ndarray[tuple[int], np.dtype[np.intp]]

RUN = 23
"""So many bytes without one of PARTING are a run, five times four of them wherever they begin."""
_RUN_BEFORE, _RUN_AFTER = 192, 16
"""Of what Hyperscan reports less than so many bytes lie before and after the run: its name."""
DIGITS = 6
"""So many digits near each other make a text worth a look for numbers."""
_SPREAD = 256
"""They lie within so many bytes; in a short text anywhere."""
_SHORT = 4096
"""Of so many bytes: to cut it into excerpts takes longer than to look at all of it."""
_BEFORE, _AFTER = 256, 160
"""How many bytes before and after them what Hyperscan reports may begin and end."""
_CHECKED = {"long_phone": 8, "phone_like": 7, "six_digits": 6}
"""Validators by name, and how many digits they want to see within less than _SPREAD bytes."""
WORDS = "words."
"""Rules whose classes begin so find twelve words or more in a row, of three to eight letters."""
_AROUND_WORDS = 16
"""How much of what stands beside them is looked at too: the word that goes on or follows."""
_CHUNK = 1 << 17
"""So many bytes at a time stay near the processor from one step to the next."""
_NO_DIGITS = bytes(i for i in range(256) if not 0x30 <= i <= 0x39)


def _in_bytes(expression: str) -> Search:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return searching(re2.compile(expression.encode(), options))


_PARTS = "".join(f"\\x{ord(sign):02x}" for sign in PARTING)
_find_run = _in_bytes(f"[^{_PARTS}]{{{RUN}}}")
_find_words = _in_bytes(r"""(?i)(?:[a-z]{3,8}[\s",;>*'-]{1,13}){11}[a-z]{3}""")


class Excerpts:
    """Parts of a text (UTF-8), as one."""

    __slots__ = ("_at", "_written", "data")

    def __init__(self, data: bytes, at: "_Places | None" = None, written: "_Places | None" = None):
        """Line `i` of `data` begins at `at[i]` of it and at `written[i]` of the text."""
        self.data = data
        """The parts, a line each; empty where there are none."""
        self._at = at
        self._written = written

    def places(self, ends: list[int]) -> list[int]:
        """Where in the text what ends there in the parts does."""
        if self._at is None or self._written is None:
            return ends
        line = np.searchsorted(self._at, ends, "right") - 1
        places: list[int] = (ends - self._at[line] + self._written[line]).tolist()
        return places


def everywhere(data: bytes) -> Excerpts:
    """All of it."""
    return Excerpts(data)


def along_runs(data: bytes) -> Excerpts:
    """The runs, each with what stands before it and right after; a short text whole with one."""
    length = len(data)
    if length <= _SHORT:
        return Excerpts(data if _find_run(data, 0, length)[0][0] >= 0 else b"")
    four = _without_parting(data)
    eight = four[1:] & four[:-1]
    twenty = eight[3:] & eight[1:-2] & four[:-4]
    found: _Places = np.flatnonzero(twenty) * 4
    return _excerpts(data, found - 3 - _RUN_BEFORE, found + 20 + 3 + _RUN_AFTER)


def _without_parting(data: bytes) -> _Which:
    """Which fours of bytes have none of PARTING; the last may be fewer."""
    whole = len(data) & ~3
    signs = np.frombuffer(data, np.uint8, whole)
    found = np.empty((len(data) + 3) // 4, np.bool)
    found[whole // 4 :] = not any(sign in PARTING.encode() for sign in data[whole:])
    parts, other = np.empty(_CHUNK, np.bool), np.empty(_CHUNK, np.bool)
    for at in range(0, whole, _CHUNK):
        some = signs[at : at + _CHUNK]
        these, those = parts[: len(some)], other[: len(some)]
        np.less_equal(some, ord(","), out=these)
        np.logical_and(these, np.not_equal(some, ord("+"), out=those), out=these)
        np.logical_or(these, np.equal(some, ord("`"), out=those), out=these)
        np.equal(these.view(np.uint32), 0, out=found[at // 4 : (at + len(some)) // 4])
    return found


def around_digits(data: bytes) -> Excerpts:
    """What lies near DIGITS digits; a short text whole if it has as many."""
    if len(data) <= _SHORT:
        return Excerpts(data if count_digits(data) >= DIGITS else b"")
    digits = _digits(data)
    first, last = digits[: 1 - DIGITS], digits[DIGITS - 1 :]
    near = last - first <= _SPREAD
    return _excerpts(data, first[near] - _BEFORE, last[near] + _AFTER)


def _digits(data: bytes) -> _Places:
    """Where the ASCII digits are."""
    signs = np.frombuffer(data, np.uint8)
    above, which = np.empty(_CHUNK, np.uint8), np.empty(_CHUNK, np.bool)
    found: list[_Places] = []
    for at in range(0, len(data), _CHUNK):
        some = signs[at : at + _CHUNK]
        these, those = above[: len(some)], which[: len(some)]
        np.subtract(some, 0x30, out=these)
        np.less(these, 10, out=those)
        found.append(np.flatnonzero(those) + at)
    return np.concatenate(found)


def along_words(data: bytes) -> Excerpts:
    """The rows of words that may be a recovery phrase; a short text whole with one."""
    at, length = 0, len(data)
    found: list[tuple[int, int]] = []
    while (span := _find_words(data, at, length)[0])[0] >= 0:
        if length <= _SHORT:
            return Excerpts(data)
        found.append(span)
        at = span[1]
    if not found:
        return Excerpts(b"")
    spans = np.array(found, np.intp)
    return _excerpts(data, spans[:, 0] - _AROUND_WORDS, spans[:, 1] + _AROUND_WORDS)


VICINITIES: tuple[Callable[[bytes], Excerpts], ...] = (
    everywhere,
    along_runs,
    around_digits,
    along_words,
)
"""Where what Hyperscan looks for may have to be looked for."""


def vicinity_of(rule: Rule, scout: str) -> int:
    """In which of VICINITIES `scout` has to be looked for on behalf of the rule."""
    if rule.id.startswith(WORDS):
        return VICINITIES.index(along_words)
    if _is_run(scout) or (rule.named and not rule.anchor and _is_run(rule.expression)):
        return VICINITIES.index(along_runs)
    return VICINITIES.index(around_digits if is_number(rule, scout) else everywhere)


def _is_run(expression: str) -> bool:
    """Whether each match of it is within _RUN_BEFORE and _RUN_AFTER bytes of a run."""
    wide = 1 if in_bytes(expression) else 4
    run = size(expression).run
    return run.length >= RUN and run.before * wide < _RUN_BEFORE and run.after * wide < _RUN_AFTER


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
    """Whether it is near digits that `scout` has to be looked for on behalf of the rule."""
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


def _excerpts(data: bytes, starts: _Places, stops: _Places) -> Excerpts:
    """What lies between them (both ascending), joined where it overlaps; no character in two."""
    if not len(starts):
        return Excerpts(b"")
    apart = np.flatnonzero(starts[1:] > stops[:-1])
    starts = np.concatenate((starts[:1], starts[apart + 1])).clip(0)
    stops = np.concatenate((stops[apart], stops[-1:])).clip(None, len(data))
    if not data.isascii():
        starts, stops = _edges(data, starts), _edges(data, stops)
    whole = memoryview(data)  # so that nothing is copied twice
    parts = b"\n".join([whole[i:j] for i, j in zip(starts.tolist(), stops.tolist(), strict=True)])
    ends = (stops - starts + 1).cumsum()
    return Excerpts(parts, ends - (stops - starts + 1), starts)


def _edges(data: bytes, at: _Places) -> _Places:
    """`at`, or where the characters begin that they lie in."""
    signs = np.frombuffer(data, np.uint8)
    last = len(data) - 1
    for _ in range(3):
        inside = (at <= last) & (signs[at.clip(None, last)] & 0xC0 == 0x80)
        if not inside.any():
            break
        at = at - inside
    return at


def _width(expression: str) -> int:
    """How many bytes a match can have at most."""
    return size(expression).widest * (1 if in_bytes(expression) else 4)
