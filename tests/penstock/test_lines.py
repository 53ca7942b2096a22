"""Lines in pieces: numbered, whole, bounded, and not later than they came."""

import io

from hypothesis import given
from hypothesis import strategies as st

from penstock.lines import PIECE, lines_as_they_come


class Pieces:
    """A stream that gives one piece at each read, like a pipe."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    def read(self, size: int, /) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""


@given(st.lists(st.binary(min_size=1, max_size=20)))
def test_lines_are_whole_wherever_the_stream_is_cut(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    lines = whole.split(b"\n")
    if not lines[-1]:
        lines.pop()

    found = [line for piece in lines_as_they_come(Pieces(pieces), 10**6) for line in piece]

    assert found == list(enumerate(lines, 1))


def test_a_line_does_not_wait_for_the_next_one() -> None:
    stream = Pieces([b"a\nb\nc", b"d\n"])
    pieces = lines_as_they_come(stream, 100)

    assert next(pieces) == [(1, b"a"), (2, b"b")]
    assert stream.pieces == [b"d\n"]


def test_a_line_that_is_too_long_is_passed_over_and_counted() -> None:
    stream = io.BytesIO(b"short\n" + b"x" * 200_000 + b"\nnext\n" + b"y" * 101)

    found = [line for piece in lines_as_they_come(stream, 100) for line in piece]

    assert found == [(1, b"short"), (2, None), (3, b"next"), (4, None)]


def test_pieces_are_small_enough_to_share_out() -> None:
    pieces = list(lines_as_they_come(io.BytesIO(b"\n" * 1000), 10))

    assert max(map(len, pieces)) == PIECE
    assert sum(map(len, pieces)) == 1000
