"""Lines: of a stream, in pieces of what is there without waiting; and of a text, counted."""

from collections.abc import Iterator
from typing import Protocol

PIECE = 64
"""Most lines in one piece."""

_CHUNK = 1 << 16


def line_and_column(before: str) -> tuple[int, int]:
    """Where something stands, by the text before it; both from 1, as editors count."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


class Source(Protocol):
    """An unbuffered stream: `read` gives what is there, up to `size` bytes; nothing at the end."""

    def read(self, size: int, /) -> bytes | None:
        """The next bytes."""


def lines_as_they_come(source: Source, limit: int) -> Iterator[list[tuple[int, bytes | None]]]:
    """Numbered lines, from 1, without line ends; None for one of more than `limit` bytes."""
    number = 0
    begun: list[bytes] = []
    size = 0
    while chunk := source.read(_CHUNK):
        piece: list[tuple[int, bytes | None]] = []
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            number += 1
            size += len(end)
            piece.append((number, b"".join([*begun, end]) if size <= limit else None))
            begun.clear()
            size = 0
            if len(piece) == PIECE:
                yield piece
                piece = []
        if piece:
            yield piece
        size += len(rest)
        if size <= limit:
            begun.append(rest)
        else:
            begun.clear()
    if size:
        yield [(number + 1, b"".join(begun) if size <= limit else None)]
