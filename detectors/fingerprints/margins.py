"""What stands around each line of code where it was pasted: prompts of a console, marks of a
quotation or a comment, quotation marks, tags, colours, the other side of a diff.

Each function says what is to be cut out of a text, so that the rest reads as it was written. What
is found there must say as much as anywhere else, so a line that only looks framed does no harm.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile

from detectors.fingerprints.heads import heads

type Cut = tuple[int, int, str]
"""From where to where, and what stands there instead."""

_FEWEST = 3
"""So many lines in a row are framed in one way."""
_SHORTEST = 80
"""Characters of code; fewer never say enough."""
_MARK = re.compile(r"\n[ \t]*((?:(?:[>|!#%;*]|/{2,4}!?|--|[-+](?![-+\w]))[ \t]*)+)")
_SAME_HEADS = re.compile(r"([>|!#%;*/+-])\1\1")
"""What lines in a row begin with where they may be marked: without it the rest is not tried."""
_QUOTING_HEADS = re.compile(r"[-*+|>\d\"'`]{3}")
"""The same where they may be quoted."""
_READ = re.compile(r"\n[->](?=[ \t\w{}()]|$)")
"""Margins that code is read through anyway."""
_QUOTED = re.compile(
    r"\n[ \t]*(?:(?:[-*+|>]|\d{1,6}[.)]?)[ \t]*)*+"
    r"([\"'`])([^\n]*?)(?:\\n)?\1[ \t,+.;)|&_\\]*(?=\n|\Z)"
)
_ESCAPED = re.compile(r"\\([\"'\\/nt])")
_SIGNS = {"n": "\n", "t": "\t"}
_PROMPT = re.compile(
    r"\n(?:(?P<first>>>>|In \[\d+\]:|[\w.@~:()/\[\]-]{1,40}[ \t]?[>$%*]|>)"
    r"|[ \t]*(?P<next>\.\.\.:|\.\.\.>?|\.\.|->))(?:[ \t]|(?=\n|\Z))"
)
_SIGN = re.compile(r"[=(){}\[\];]|:[ \t]*[\"'`]?,?[ \t]*(?=\n|\Z)|\w->\w|\w::\w")
_CODE = re.compile(
    r"[;{},(\[:\\][ \t]*(?=\n|\Z)|\w[(\[]|[\w\])\"'][ \t]*[-+*/|&:]?=[^=]|\n\W*[})\]]"
)
"""In a line of code; in one that is hardly a comment in words."""
_TAGS = re.compile(
    r"(<br\b[^<>\n]{0,40}>|</(?:div|p|pre|tr|li)>)(?:\r?\n)?"
    r"|</?(?:span|div|p|pre|code|font|b|i|em|strong|table|tbody|t[dhr]|li|ol|ul)\b[^<>\n]{0,400}>"
    r"|&(?:[a-zA-Z]{2,8}|\#\d{2,5}|\#[xX][0-9a-fA-F]{2,4});",
    re.IGNORECASE,
)
_FEWEST_TAGS = 6
_LINK = re.compile(r"\]\([^()\s]{1,400}\)")
_COLOUR = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
_SHOWN = re.compile(r"(?:^[^\n]*\$\n){3}", re.MULTILINE)
"""Lines with a sign at their ends, as `cat -A` shows them."""
_SHOWN_SIGN = re.compile(r"\^I|\$$", re.MULTILINE)
_OLD, _NEW = re.compile(r"\n-[^\n]*"), re.compile(r"\n\+[^\n]*")


def cuts(text: str) -> Iterator[tuple[list[Cut], bool]]:
    """What to cut out of a text, once for each way it may be framed, and whether that matters to
    code alone: what is read as words is so with most of this between them too."""
    lines = "\n" + text
    heads = "".join([line.lstrip(" \t")[:1] or " " for line in text.split("\n")])
    # of one line framed in two ways the innermost counts
    framed = {
        **(dict(_marked(lines)) if _SAME_HEADS.search(heads) else {}),
        **dict(_prompted(lines)),
        **(dict(_quoted(lines)) if _QUOTING_HEADS.search(heads) else {}),
    }
    for line, frame in _headed(lines):
        if line not in framed or framed[line][0] < frame[0]:
            framed[line] = frame
    if sum(end - start for start, end, _ in framed.values()) >= _SHORTEST:
        yield _alone(framed, text), True
    if "\x1b[" in text:
        yield [(*found.span(), "") for found in _COLOUR.finditer(text)], False
    if (
        text.count("</") + text.count("<br") >= _FEWEST
        and len(tags := list(_TAGS.finditer(text))) >= _FEWEST_TAGS
    ):
        yield [(*f.span(), _instead(f)) for f in tags], False
    if text.count("](") >= _FEWEST:
        yield [(*found.span(), "") for found in _LINK.finditer(text)], False
    if text.count("$\n") >= _FEWEST and _SHOWN.search(text):
        yield [(*f.span(), "\t" if f[0] == "^I" else "") for f in _SHOWN_SIGN.finditer(text)], True
    if "\n@@" in lines:
        for side in (_OLD, _NEW):
            if gone := [(f.start(), f.end(), "") for f in side.finditer(text)]:
                yield gone, True


def _instead(tag: re.Match[str]) -> str:
    if tag[0][0] == "&":
        return html.unescape(tag[0])
    return "\n" if tag[1] else ""


type _Frame = tuple[int, tuple[int, int, tuple[Cut, ...]]]
"""Where a line begins; what of it is left, and what goes within that."""


def _alone(framed: dict[int, tuple[int, int, tuple[Cut, ...]]], text: str) -> list[Cut]:
    """Cuts that leave these lines only, those that do not follow each other apart."""
    found: list[Cut] = []
    last = 0
    for _, (start, end, within) in sorted(framed.items()):
        found.append((last, start, "\n" if text.count("\n", last, start) < 2 else "\n\n"))
        found += within
        last = end
    return [*found, (last, len(text), "\n")]


def _marked(lines: str) -> Iterator[_Frame]:
    """Lines in a row that begin with the same marks."""
    run: list[tuple[int, str]] = []
    end = -1
    for found in _MARK.finditer(lines):
        mark = "".join(found[1].split())
        if run and (found.start() != end or mark[0] != run[0][1][0]):
            yield from _unmarked(lines, run)
            run = []
        run.append((found.start(), mark))
        end = _end(lines, found.start() + 1)
    yield from _unmarked(lines, run)


def _unmarked(lines: str, run: list[tuple[int, str]]) -> Iterator[_Frame]:
    if len(run) < _FEWEST:
        return
    sign = _SIGN if run[0][1][0] in ">|" else _CODE
    if not _is_code(lines, [start for start, _ in run], sign):
        return
    every = zip(*(mark for _, mark in run), strict=False)
    common = [signs[0] for signs in takewhile(lambda signs: len(set(signs)) == 1, every)]
    if len(common) == 1 and all(_READ.match(lines, start) for start, _ in run):
        return
    for start, _ in run:
        at = start + 1
        for sign in common:
            at = lines.index(sign, at) + 1
        yield start, (at - 1, _end(lines, at) - 1, ())


def _headed(lines: str) -> Iterator[_Frame]:
    """Lines in a row that begin with the same kind of name, time, number or sign."""
    for run in heads(lines):
        if _is_code(lines, [end for _, end in run if not lines.startswith("\n", end)]):
            for start, end in run:
                yield start, (end - 1, _end(lines, end) - 1, ())


def _quoted(lines: str) -> Iterator[_Frame]:
    """Lines in a row that are each a string, an item in code style, a cell."""
    run: list[re.Match[str]] = []
    for found in _QUOTED.finditer(lines):
        if run and (found.start() != run[-1].end() or found[1] != run[0][1]):
            yield from _unquoted(lines, run)
            run = []
        run.append(found)
    yield from _unquoted(lines, run)


def _unquoted(lines: str, run: list[re.Match[str]]) -> Iterator[_Frame]:
    if len(run) < _FEWEST or not _is_code(lines, [found.start() for found in run]):
        return
    for found in run:
        start, end = found.span(2)
        signs = tuple(
            (e.start() - 1, e.end() - 1, _SIGNS.get(e[1], e[1]))
            for e in _ESCAPED.finditer(lines, start, end)
            if found[1] != "`"
        )
        yield found.start(), (start - 1, end - 1, signs)


def _prompted(lines: str) -> Iterator[_Frame]:
    """Lines typed into a console, wherever they are: what it answered stands between them."""
    found = list(_PROMPT.finditer(lines))
    if len(found) < _FEWEST:
        return
    kinds = Counter(re.sub(r"\d+", "0", f["first"]).rstrip(">$%*") for f in found if f["first"])
    if not kinds:
        return
    kind, times = kinds.most_common(1)[0]
    typed = [
        f for f in found if f["next"] or re.sub(r"\d+", "0", f["first"]).rstrip(">$%*") == kind
    ]
    if len(typed) < _FEWEST or (times == len(typed) and kind == "" and found[0]["first"] == ">"):
        return
    for f in typed:
        yield f.start(), (f.end() - 1, _end(lines, f.end()) - 1, ())


def _end(lines: str, at: int) -> int:
    """Where the line of this place ends."""
    end = lines.find("\n", at)
    return len(lines) if end < 0 else end


def _is_code(lines: str, starts: list[int], sign: re.Pattern[str] = _SIGN) -> bool:
    """Whether a third of these lines have a sign of code."""
    code = sum(sign.search(lines, at, _end(lines, at + 1)) is not None for at in starts)
    return 3 * code >= len(starts)
