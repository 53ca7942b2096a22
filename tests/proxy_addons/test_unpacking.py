"""Content codings of answers, undone while they stream."""

import gzip
import tracemalloc
import zlib
from functools import partial
from itertools import pairwise

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import UninspectedError
from proxy_addons.unpacking import Unpacker


def _raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


CODINGS = {
    "": lambda data: data,
    "identity": lambda data: data,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=5),
    "zstd": zstandard.compress,
}


def unpack(coding: str, *pieces: bytes) -> bytes:
    unpacker = Unpacker(coding)
    return b"".join(p for piece in pieces for p in unpacker.feed(piece)) + b"".join(
        unpacker.finish()
    )


@pytest.mark.parametrize("coding", CODINGS)
@given(data=st.binary(), cuts=st.lists(st.integers(0, 200), max_size=5))
def test_any_bytes_in_any_pieces_come_out_whole(coding: str, data: bytes, cuts: list[int]) -> None:
    packed = CODINGS[coding](data)
    places = [0, *sorted(min(c, len(packed)) for c in cuts), len(packed)]
    pieces = [packed[a:b] for a, b in pairwise(places)]
    assert unpack(coding, *[p for p in pieces if p]) == data


def test_deflate_without_its_frame_is_read_too() -> None:
    packed = _raw_deflate(b"hello" * 100)
    assert unpack("deflate", packed) == b"hello" * 100
    assert unpack("deflate", packed[:1], packed[1:]) == b"hello" * 100


def test_every_member_and_frame_is_read() -> None:
    assert unpack("gzip", gzip.compress(b"one ") + gzip.compress(b"two")) == b"one two"
    assert unpack("zstd", zstandard.compress(b"one ") + zstandard.compress(b"two")) == b"one two"


def test_several_codings_are_undone_in_turn() -> None:
    packed = brotli.compress(gzip.compress(b"hello"))
    assert unpack("gzip, br", packed[:5], packed[5:]) == b"hello"


@pytest.mark.parametrize("coding", ["rot13", "gzip, bz2", "gzip, gzip, gzip, gzip", "utf-8"])
def test_an_unknown_coding_is_an_error(coding: str) -> None:
    with pytest.raises(UninspectedError, match="content-encoding"):
        Unpacker(coding)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_what_is_damaged_or_cut_short_is_an_error(coding: str) -> None:
    packed = CODINGS[coding](b"hello, hello, hello" * 100)
    with pytest.raises(UninspectedError, match="corrupt"):
        unpack(coding, packed[:-3])
    with pytest.raises(UninspectedError, match="corrupt"):
        unpack(coding, b"\xffno such thing" * 10)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_stopped_before_it_fills_the_memory(coding: str) -> None:
    packed = CODINGS[coding](bytes(200 * 1024 * 1024))
    unpacker, given_out = Unpacker(coding), 0
    tracemalloc.start()
    with pytest.raises(UninspectedError, match="ratio"):  # noqa: PT012
        for piece in unpacker.feed(packed):
            given_out += len(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert given_out < 64 * 1024 * 1024
    assert peak < 16 * 1024 * 1024
