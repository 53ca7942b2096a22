"""Texts made of many small strings, and the way back from a place in such a text to its string.

A detector judges `password: hunter2` better than `hunter2`, and one text of forty short lines is
cheaper than forty texts. So what a format gives no role is read as lines `name: value`, and each
line remembers which string of the request each stretch of it came from.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from penstock.model import Edit

type Place = tuple[str, ...]
"""Where a string stands: a JSON Pointer, `key:` and a pointer for a member's name; then, for a
string that holds another document, the place inside that one."""

type Changes = dict[str, str | Changes]
"""New values by place, as a tree: a string that holds a document maps to changes inside it."""


class Piece(NamedTuple):
    """`text[start:end]` of a passage is the whole string at `place`."""

    start: int
    end: int
    place: Place


class Passage(NamedTuple):
    """One text to be scanned, and the strings of the request it is made of."""

    where: str
    role: str
    text: str
    pieces: tuple[Piece, ...]

    def __repr__(self) -> str:
        """Without its text, which is a prompt's and must not get into a log."""
        return f"Passage(where={self.where!r}, role={self.role!r})"


class Lines:
    """Builds a passage line by line."""

    __slots__ = ("_bare", "_parts", "_pieces", "_size")

    def __init__(self, bare: frozenset[str] = frozenset()) -> None:
        self._bare = bare
        self._parts: list[str] = []
        self._pieces: list[Piece] = []
        self._size = 0

    def add(
        self, name: str, value: str, place: Place | None, name_place: Place | None = None
    ) -> None:
        """A line `name: value`; a part without a place is there to be read, never edited.

        A value that is one word is read without a name that is one of `bare`: `name: Read` would
        look like somebody's name, `id: 4b1f…` like somebody's key.
        """
        if self._parts:
            self._put("\n")
        if name and (name_place or name not in self._bare or " " in value):
            self._put(name, name_place)
            self._put(": " if value else ":")
        if value:
            self._put(value, place)

    def _put(self, text: str, place: Place | None = None) -> None:
        start, self._size = self._size, self._size + len(text)
        self._parts.append(text)
        if place is not None:
            self._pieces.append(Piece(start, self._size, place))

    def passages(self, where: str, role: str) -> list[Passage]:
        """The passage, if it has anything in it that came from the sender."""
        if not self._pieces:
            return []
        return [Passage(where, role, "".join(self._parts), tuple(self._pieces))]


def whole(where: str, role: str, text: str, place: Place) -> Passage:
    """A passage that is one string."""
    return Passage(where, role, text, (Piece(0, len(text), place),))


def changes(passages: Iterable[Passage], edits: Sequence[Edit]) -> Changes:
    """`edits` of passages as new values of strings. Raises ValueError for an unknown place.

    An edit that reaches over several strings replaces its share of each of them; what lies
    between them is the format's own and stays.
    """
    by_where: dict[str, list[Edit]] = {}
    for edit in edits:
        by_where.setdefault(edit.where, []).append(edit)
    found: Changes = {}
    for passage in passages:
        own = by_where.pop(passage.where, ())
        for piece in passage.pieces if own else ():
            new = _edited(passage.text, piece, own)
            if new is not None:
                _insert(found, piece.place, new)
    if by_where:
        raise ValueError(f"no text at `{next(iter(by_where))}`")
    return found


def _edited(text: str, piece: Piece, edits: Sequence[Edit]) -> str | None:
    touching = [e for e in edits if e.start < piece.end and piece.start < e.end]
    if not touching:
        return None
    new, at = "", piece.start
    for edit in sorted(touching, key=lambda e: (e.start, e.end)):
        new += text[at : max(at, edit.start)] + edit.replacement
        at = max(at, min(edit.end, piece.end))
    return new + text[at : piece.end]


def _insert(tree: Changes, place: Place, new: str) -> None:
    *path, last = place
    for step in path:
        inner = tree.setdefault(step, {})
        assert isinstance(inner, dict)  # a string is edited as a whole or inside, never both
        tree = inner
    tree[last] = new
