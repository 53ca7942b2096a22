"""What each line begins with where a chat, a log, a search or a listing shows code: a name, a
time, a number, a place in a file, a word or a sign, or several of these.

All lines in a row begin with the same kinds of it. Numbers may be any; names and words may vary as
in a talk of a few people, so that fields of a record, each with a name of its own, are no heads.
"""

import re
from collections.abc import Iterator

FEWEST = 3
"""So many lines in a row are framed in one way."""
_MOST = 6
"""Parts of one head."""
_WORD = r"[^\W\d][\w.@/~+\[\]-]{0,60}+"
_ENDS = r"(?=\s|\Z)"
_PART = (
    rf"(?P<number>\d[\d:.,/TZ+-]*+[)|]?{_ENDS})"
    rf"|(?P<bracket>[\[<(][^\[\]<>()\n]{{1,48}}[\])>]:?{_ENDS})"
    r"|(?P<place>[\w./\\~@+-]{1,120}+:\d{1,7}:(?:\d{1,7}:)?)"
    rf"|(?P<name>{_WORD}(?:[ ][\w.@/\[\]-]{{1,40}}+){{0,2}}+:{_ENDS})"
    rf"|(?P<word>(?:[A-Z]{{2,8}}|[Rr]em|[A-Z][a-z]{{2}}[ ]{{1,2}}\d{{1,2}}){_ENDS})"
    # the other signs are those of quotations and comments
    rf"|(?P<mark>(?:[^\w\s\"'`(){{}}\[\]<>|!\#%;*/+@.,\\-][^\w\s\"'`(){{}}\[\]]{{0,2}}|'){_ENDS})"
)
_FIRST = re.compile(rf"\n[ \t]*+(?:{_PART})")
_NEXT = re.compile(rf"[ \t]*+(?:{_PART})")
_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_][\w.@/-]*")
_COUNTED = re.compile(r"(?:[^\s:\[(]+:)?(\d{1,6})[:.)|]?")

type Head = tuple[int, int]
"""Where a line begins, which is its line break, and where its head ends."""


def heads(lines: str) -> Iterator[list[Head]]:
    """The heads of lines in a row, wherever there are some; the text begins with a line break."""
    run: list[re.Match[str]] = []
    first = ("", "")
    end = -1
    for found in _FIRST.finditer(lines):
        shape = _shape(found)
        if run and (shape != first or not _follows(lines, end, found.start())):
            yield from _common(lines, run)
            run = []
        run.append(found)
        first = shape
        end = lines.find("\n", found.end())
    yield from _common(lines, run)


def _follows(lines: str, end: int, start: int) -> bool:
    """Whether these two places are one, but for blank lines."""
    return end == start or (end >= 0 and not lines[end:start].strip())


def _shape(found: re.Match[str]) -> tuple[str, str]:
    """What a part must have in common with that of the next line."""
    kind = found.lastgroup or ""
    part = found[kind]
    if kind == "number":
        return kind, part[-1] if part[-1] in ":.)|" else ""
    if kind == "mark":
        return kind, part
    return kind, _DIGITS.sub("0", _LETTERS.sub("a", part))


def _common(lines: str, run: list[re.Match[str]]) -> Iterator[list[Head]]:
    """What the heads of lines in a row have in common."""
    if len(run) < FEWEST:
        return
    ends: list[int] = []
    parts = run
    for number in range(_MOST):
        if number:
            tried = [_NEXT.match(lines, end) for end in ends]
            parts = [found for found in tried if found]
            if len(parts) < len(run) or len({_shape(found) for found in parts}) > 1:
                break
        names = {_DIGITS.sub("0", found[found.lastgroup or 0]) for found in parts}
        if parts[0].lastgroup not in ("number", "mark") and 2 * len(names) > len(run):
            break
        ends = [found.end() for found in parts]
    # the numbers of lines are read elsewhere
    if ends and not (ends[0] == run[0].end() and _counted(run)):
        yield [(found.start(), end) for found, end in zip(run, ends, strict=True)]


def _counted(run: list[re.Match[str]]) -> bool:
    """Whether these are numbers of lines, each the next one."""
    found = [_COUNTED.fullmatch(part[part.lastgroup or 0]) for part in run]
    numbers = [int(number[1]) for number in found if number]
    return numbers == list(range(numbers[0], numbers[0] + len(run))) if numbers else False
