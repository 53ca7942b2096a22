"""The blocks that a text itself sets apart: between fences of Markdown, and `<pre>` of a page."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from heapq import merge

_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*\{?\.?([\w+#./-]*)")
_BEFORE = " \t>"
"""What may stand before a fence in its line."""
_PRE = re.compile(r"^[ \t]*<pre\b[^<>\n]*>", re.MULTILINE | re.IGNORECASE)
"""A page's block of text as it stands. Within a line, as in a comment of Java, it is none."""
_PRE_END = re.compile(r"</pre\b", re.IGNORECASE)

type Fence = tuple[int, int, int, str]
"""A block: its first and its last line, how many of them are the fence on each side, the tag."""


def fences(text: str, starts: Sequence[int], byte: int, last: int) -> list[Fence]:
    """The blocks of `text` in order, none within another; those of a page where no fence is.

    `starts` says where each line begins, in bytes; the text begins at `byte` and ends before the
    line `last`.
    """
    if "```" in text or "~~~" in text:
        return _fenced(text, starts, byte, last)
    return _pages(text, starts, byte) if "<pre" in text or "<PRE" in text else []


def _pages(text: str, starts: Sequence[int], at: int) -> list[Fence]:
    """The blocks between `<pre>` and `</pre>`, whose first and last lines hold code, too."""
    found: list[Fence] = []
    point = 0
    while (mark := _PRE.search(text, point)) and (end := _PRE_END.search(text, mark.end())):
        at += len(text[point : mark.start()].encode("utf-8", "surrogatepass"))
        close = at + len(text[mark.start() : end.start()].encode("utf-8", "surrogatepass"))
        first, last = (bisect_right(starts, b) - 1 for b in (at, close))
        if not found or first > found[-1][1]:
            found.append((first, last, 0, ""))
        at, point = close, end.start()
    return found


def _fenced(text: str, starts: Sequence[int], at: int, last: int) -> list[Fence]:
    found: list[Fence] = []
    opened: tuple[int, str, str] | None = None
    point = seen = 0
    for place in merge(_places(text, "```"), _places(text, "~~~")):
        begin = text.rfind("\n", seen, place) + 1
        is_first = begin > 0 or seen == 0
        seen = place + 1
        if not is_first or text[begin:place].strip(_BEFORE):
            continue
        mark = _FENCE.match(text, place)
        assert mark is not None
        at += len(text[point:begin].encode("utf-8", "surrogatepass"))
        point = begin
        line = bisect_right(starts, at) - 1
        if opened is None:
            opened = line, mark[1], mark[2].lower()
        elif mark[1].startswith(opened[1]):
            found.append((opened[0], line, 1, opened[2]))
            opened = None
    if opened is not None:
        found.append((opened[0], last, 1, opened[2]))
    return found


def _places(text: str, sign: str) -> Iterator[int]:
    at = text.find(sign)
    while at >= 0:
        yield at
        at = text.find(sign, at + len(sign))
