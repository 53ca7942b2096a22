"""RE2 without its match objects: what lies under `search` answers with the bare places.

`search` itself makes a generator, a match and its groups of each answer. That is more work than to
look through a short text, and a long prompt has thousands of them looked through.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import re2

type Spans = Sequence[tuple[int, int]]
"""Of a match and of its groups, in bytes; (-1, -1) for what took no part, so first where there is
no match."""
type Search = Callable[[bytes, int, int], Spans]
ANYWHERE, RIGHT_THERE = re2._Anchor.UNANCHORED, re2._Anchor.ANCHOR_START


def searching(compiled: Any, anchor: Any = ANYWHERE) -> Search:
    """What searches the data from one place up to another for a compiled expression."""
    return partial(compiled._regexp.Match, anchor)


def seeking(expression: str) -> Callable[[str], bool]:
    """What says whether an expression is found anywhere in a text."""
    search = searching(re2.compile(expression.encode()))

    def is_in(text: str) -> bool:
        data = text.encode("utf-8", "replace")
        return search(data, 0, len(data))[0][0] >= 0

    return is_in
