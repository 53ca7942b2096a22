"""The blocks that a text itself sets apart: between fences of Markdown, and `<pre>` of a page."""

import re
from bisect import bisect_right
from collections.abc import Sequence

_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[ \t]*\{?\.?([\w+#./-]*)", re.MULTILINE)
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
    point = 0
    for mark in _FENCE.finditer(text):
        at += len(text[point : mark.start()].encode("utf-8", "surrogatepass"))
        point = mark.start()
        line = bisect_right(starts, at) - 1
        if opened is None:
            opened = line, mark[1], mark[2].lower()
        elif mark[1].startswith(opened[1]):
            found.append((opened[0], line, 1, opened[2]))
            opened = None
    if opened is not None:
        found.append((opened[0], last, 1, opened[2]))
    return found
