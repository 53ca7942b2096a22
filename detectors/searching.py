"""RE2 without its match objects: what lies under `search` answers with the bare places.

`search` itself makes a generator, a match and its groups of each answer. That is more work than to
look through a short text, and a long prompt has thousands of them looked through. What lies under
it is no public part of the library; where a version lacks it, `search` is asked.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import re2

MEMORY = 32 << 20
"""So many bytes RE2 may keep of what it learns about an expression. With its own 8 MiB it forgets
what it knows of the largest ones over and over on text made of candidates, and takes twice as long,
or gives up, says so on the terminal, and takes ten times as long.
"""

type Spans = Sequence[tuple[int, int]]
"""Of a match and of its groups, in bytes; (-1, -1) for what took no part, so first where there is
no match."""
NOTHING: Spans = ((-1, -1),)
type Search = Callable[[bytes, int, int], Spans]
_ANCHORS = getattr(re2, "_Anchor", None)
ANYWHERE = _ANCHORS.UNANCHORED if _ANCHORS else "anywhere"
RIGHT_THERE = _ANCHORS.ANCHOR_START if _ANCHORS else "right there"
ALL_OF_IT = _ANCHORS.ANCHOR_BOTH if _ANCHORS else "all of it"


def searching(compiled: Any, anchor: Any = ANYWHERE) -> Search:
    """What searches the data from one place up to another for a compiled expression."""
    bare = getattr(compiled, "_regexp", None)
    if bare is not None and _ANCHORS is not None:
        return partial(bare.Match, anchor)
    asked = {ANYWHERE: compiled.search, RIGHT_THERE: compiled.match, ALL_OF_IT: compiled.fullmatch}
    return partial(_asked, asked[anchor])


def _asked(search: Callable[[bytes, int, int], Any], data: bytes, start: int, end: int) -> Spans:
    match = search(data, start, end)
    return [match.span(group) for group in range(match.re.groups + 1)] if match else [(-1, -1)]


def seeking(expression: str) -> Callable[[str], bool]:
    """What says whether an expression is found anywhere in a text."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    search = searching(re2.compile(expression.encode(), options))

    def is_in(text: str) -> bool:
        data = text.encode("utf-8", "replace")
        return search(data, 0, len(data))[0][0] >= 0

    return is_in
