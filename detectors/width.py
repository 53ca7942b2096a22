"""What every match of an expression is like: how wide, of how many digits, how long without a gap.

Neither RE2's package nor Python's public interface says it, so this is a small reader of RE2's
syntax. What it does not understand counts as endless, without digits and full of gaps, which costs
time and loses nothing.
"""

import re
import string
from functools import cache
from typing import NamedTuple

import re2

FAR = 1 << 20
"""In place of a width that has no bound, in characters."""
PARTING = "".join(map(chr, range(0x2B))) + ",`"
"""What parts runs: blanks, quotation marks, parentheses, commas; most signs that keys are without.
All below `+` and two more, so that a large text is cut into runs by three comparisons."""


class Run(NamedTuple):
    """Characters none of which is one of PARTING: so many follow each other in each match."""

    length: int
    before: int = 0
    """The most characters of a match that can lie before them."""
    after: int = 0


class Size(NamedTuple):
    """Of the matches of an expression."""

    widest: int
    """The most characters that one can have; FAR if there is no telling."""
    digits: int
    """So many ASCII digits are in each of them, or more."""
    run: Run
    """The longest that there is in each of them."""
    begun: Run
    """The one that each of them begins with."""
    ended: Run
    whole: bool
    """Whether nothing in any of them is one of PARTING."""

    def then(self, other: "Size") -> "Size":
        """Of matches of the one followed by matches of the other."""
        if self is _NOTHING:
            return other
        joined = Run(self.ended.length + other.begun.length, self.ended.before, other.begun.after)
        runs = (
            joined,
            Run(self.run.length, self.run.before, self.run.after + other.widest),
            Run(other.run.length, other.run.before + self.widest, other.run.after),
        )
        begun = joined if self.whole else _later(self.begun, 0, other.widest)
        ended = joined if other.whole else _later(other.ended, self.widest, 0)
        return Size(
            min(FAR, self.widest + other.widest),
            self.digits + other.digits,
            max(runs, key=lambda run: (run.length, -run.before - run.after)),
            begun,
            ended,
            self.whole and other.whole,
        )

    def otherwise(self, other: "Size") -> "Size":
        """Of matches of the one or of the other."""
        return Size(
            max(self.widest, other.widest),
            min(self.digits, other.digits),
            _either(self.run, other.run),
            _either(self.begun, other.begun),
            _either(self.ended, other.ended),
            self.whole and other.whole,
        )

    def times(self, least: int, most: int) -> "Size":
        """Of so many matches, one after another."""
        widest, digits = min(FAR, self.widest * most), self.digits * least
        if self.whole:
            run = Run(self.run.length * least)
            return Size(widest, digits, run, run, run, True)
        if not least:
            return _gap(widest)
        rest = min(FAR, self.widest * (most - 1))
        return Size(
            widest,
            digits,
            _later(self.run, 0, rest),
            _later(self.begun, 0, rest),
            _later(self.ended, rest, 0),
            False,
        )


def _later(run: Run, before: int, after: int) -> Run:
    return Run(run.length, run.before + before, run.after + after)


def _either(one: Run, other: Run) -> Run:
    return Run(
        min(one.length, other.length), max(one.before, other.before), max(one.after, other.after)
    )


def _gap(widest: int, digits: int = 0) -> Size:
    """Of matches that may be of PARTING all through."""
    begun = Run(0, 0, widest)
    return Size(widest, digits, begun, begun, Run(0, widest, 0), whole=False)


_NOTHING = Size(0, 0, Run(0), Run(0), Run(0), whole=True)
_UNKNOWN = _gap(FAR)
_ONE = Size(1, 0, Run(1), Run(1), Run(1), whole=True)
_LETTERS = frozenset(string.ascii_letters + "_-/=:;<>@~")
_REPEATING = ("?", "*", "+", "{")
_ATOM = re.compile(
    r"\\(?:[AbBzZ])(?P<nothing>)|[\^$](?P<empty>)"
    r"|(?P<digit>\d|\\d|\[(?:\d(?:-\d)?|\\d)+\])"
    r"|\\(?:x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|[pP]\{\^?\w+\}|[pP]\w|[^\dQE])"
    r"|\[\^?\]?(?:\\(?:x\{[0-9A-Fa-f]+\}|.)|\[:\^?\w+:\]|[^\]\\])*\]"
    r"|[^\\\[()|*+?{]|\{(?!\d)",
    re.ASCII | re.DOTALL,
)
_REPEAT = re.compile(
    r"(?:(?P<one>\?)|(?P<many>[*+])|\{(?P<least>\d+)(?P<comma>,)?(?P<most>\d+)?\})[?+]?"
)
_OPEN = re.compile(r"\((?:\?(?:P?<\w+>|[imsU-]*:))?")
_FLAGS = re.compile(r"\(\?[imsU-]+\)")
_REST = re.compile(r"[|)*+?{]")


@cache
def size(expression: str) -> Size:
    """What all matches of `expression` have in common."""
    try:
        found, end = _alternatives(expression, 0)
    except ValueError:
        return _UNKNOWN
    return found if end == len(expression) else _UNKNOWN


def elements(expression: str) -> tuple[str, list[str]] | None:
    """The flags in front of it, and what stands in it one after another, each with how often it may
    be there; None for alternatives and for what is not understood."""
    flags = _FLAGS.match(expression)
    first = flags.end() if flags else 0
    try:
        found = _elements(expression[first:])
    except ValueError:
        return None
    return None if found is None else (expression[:first], found)


def _elements(expression: str) -> list[str] | None:
    found: list[str] = []
    at = 0
    while at < len(expression):
        first = at
        if expression[at] == "|":
            return None
        if group := _OPEN.match(expression, at):
            _, at = _alternatives(expression, group.end())
            at += 1
        elif atom := _ATOM.match(expression, at):
            at = atom.end()
        else:
            raise ValueError(expression)
        if repeat := _REPEAT.match(expression, at):
            at = repeat.end()
        elif group and group[0] == "(?:" and (some := _elements(expression[group.end() : at - 1])):
            found += some
            continue
        found.append(expression[first:at])
    return found


def without_groups(expression: str) -> str:
    """One that matches the same and has no groups. ValueError where it is not understood."""
    found: list[str] = []
    at = 0
    while at < len(expression):
        part, at = _without_group(expression, at)
        found.append(part)
    return "".join(found)


def _without_group(expression: str, at: int) -> tuple[str, int]:
    """The next part of an expression, one that begins a group as one that marks none; its end."""
    part = (
        _FLAGS.match(expression, at)
        or _OPEN.match(expression, at)
        or _ATOM.match(expression, at)
        or _REST.match(expression, at)
    )
    if not part:
        raise ValueError(expression)
    marks = part[0] == "(" or (part[0][0] == "(" and part[0][-1] == ">")
    return "(?:" if marks else part[0], part.end()


def loosened(expression: str) -> tuple[str, int]:
    """One without groups that is found wherever the expression is, and elsewhere too: what may be
    there so many times at most may be there any number of times. And of how many signs less it is
    than the expression, all repetitions written out. ValueError where it is not understood."""
    found: list[str] = []
    at = saved = first = 0
    opened: list[int] = []
    while at < len(expression):
        if repeat := _REPEAT.match(expression, at):
            at = repeat.end()
            least, most = _times(repeat)
            if most <= 2 or (most == FAR and not repeat["least"]):
                found.append(repeat[0])
                continue
            is_sign = size(expression[first : repeat.start()]).widest == 1
            few = min(least, _OF_SIGNS if is_sign else _OF_GROUPS)
            found.append("*+"[few] if few < 2 else f"{{{few},}}")
            saved += (repeat.start() - first) * ((least if most == FAR else most) - few)
            continue
        if expression[at] == ")" and opened:
            first = opened.pop()
            found.append(")")
            at += 1
            continue
        if _OPEN.match(expression, at) and not _FLAGS.match(expression, at):
            opened.append(at)
        first = at
        part, at = _without_group(expression, at)
        found.append(part)
    return "".join(found), saved


_OF_GROUPS, _OF_SIGNS = 3, 8
"""So many times something must be there that is looser than to be there more often."""


def _alternatives(expression: str, at: int) -> tuple[Size, int]:
    """The size of what stands from `at` to the end of its group, and where that is."""
    found, at = _sequence(expression, at)
    while expression[at : at + 1] == "|":
        other, at = _sequence(expression, at + 1)
        found = found.otherwise(other)
    return found, at


def _sequence(expression: str, at: int) -> tuple[Size, int]:
    found = _NOTHING
    letters = 0  # so many since, each for itself: most of what expressions are made of
    while at < len(expression) and (sign := expression[at]) not in "|)":
        if sign in _LETTERS and expression[at + 1 : at + 2] not in _REPEATING:
            letters += 1
            at += 1
            continue
        if flags := _FLAGS.match(expression, at):
            at = flags.end()
            continue
        if letters:
            found, letters = found.then(_ONE.times(letters, letters)), 0
        if group := _OPEN.match(expression, at):
            one, at = _alternatives(expression, group.end())
            if expression[at : at + 1] != ")":
                raise ValueError(expression)
            at += 1
        elif atom := _ATOM.match(expression, at):
            one = _of_atom(atom)
            at = atom.end()
        else:
            raise ValueError(expression)
        if repeat := _REPEAT.match(expression, at):
            at = repeat.end()
            one = one.times(*_times(repeat))
        found = found.then(one)
    if letters:
        found = found.then(_ONE.times(letters, letters))
    return found, at


def _of_atom(atom: re.Match[str]) -> Size:
    if atom["nothing"] is not None or atom["empty"] is not None:
        return _NOTHING
    digits = int(atom["digit"] is not None)
    return _gap(1, digits) if _parts(atom[0]) else _ONE._replace(digits=digits)


@cache
def _parts(atom: str) -> bool:
    """Whether what stands for one character may stand for one of PARTING."""
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    try:
        one = re2.compile(f"(?:{atom})", options)
    except re2.error:
        return True
    return one.search(PARTING) is not None


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
