"""Content codings: what HTTP allows is undone, and nothing costs more than its bounds."""

import bz2
import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable
from functools import partial
from random import Random

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import UninspectedError
from proxy_addons.decoding import FLOOR, MEMBERS, decode

MB = 1024 * 1024
LIMIT = 10 * MB


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=5),
    "zstd": zstandard.compress,
    "identity": bytes,
}
CODINGS = st.sampled_from(sorted(ENCODERS))
COMPRESSORS = [pytest.param(c, e, id=c) for c, e in ENCODERS.items() if c != "identity"] + [
    pytest.param("deflate", raw_deflate, id="raw deflate")
]


def reason(body: bytes, codings: str, limit: int = LIMIT) -> str:
    with pytest.raises(UninspectedError) as caught:
        decode(body, codings, limit)
    return str(caught.value)


@given(data=st.binary(max_size=5000), codings=st.lists(CODINGS, max_size=3))
def test_what_was_encoded_comes_back(data: bytes, codings: list[str]) -> None:
    body = data
    for coding in codings:
        body = ENCODERS[coding](body)

    assert decode(body, ", ".join(codings), LIMIT) == data


@given(data=st.binary(min_size=1, max_size=3000), cut=st.data())
@pytest.mark.parametrize(("coding", "encode"), COMPRESSORS)
def test_a_body_cut_short_is_never_read_as_whole(
    coding: str, encode: Callable[[bytes], bytes], data: bytes, cut: st.DataObject
) -> None:
    body = encode(data)
    kept = cut.draw(st.integers(1, len(body) - 1))

    assert reason(body[:kept], coding) == "corrupt"


@given(body=st.binary(max_size=300))
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_any_bytes_are_decoded_or_refused(coding: str, body: bytes) -> None:
    try:
        decode(body, coding, LIMIT)
    except UninspectedError as e:
        assert str(e) == "corrupt"  # noqa: PT017 - any other exception fails this test


def test_raw_deflate_is_read_like_deflate_with_its_frame() -> None:
    assert decode(raw_deflate(b"secret" * 99), "deflate", LIMIT) == b"secret" * 99


def test_every_member_of_a_gzip_body_is_read() -> None:
    body = gzip.compress(b"harmless, ") + gzip.compress(b"") + gzip.compress(b"secret")

    assert decode(body, "gzip", LIMIT) == b"harmless, secret"


def test_every_frame_of_a_zstd_body_is_read_and_skippable_ones_are_skipped() -> None:
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    body = zstandard.compress(b"harmless, ") + skippable + zstandard.compress(b"secret")

    assert decode(body, "zstd", LIMIT) == b"harmless, secret"


@pytest.mark.parametrize(("coding", "encode"), COMPRESSORS)
@pytest.mark.parametrize("size", [10, 200_000])
def test_nothing_may_follow_the_end(
    coding: str, encode: Callable[[bytes], bytes], size: int
) -> None:
    body = encode(Random(1).randbytes(size))

    assert reason(body + b"secret in plain text", coding) == "corrupt"


def test_a_gzip_header_over_a_plain_body_is_refused() -> None:
    assert reason(b'{"prompt": "secret"}', "gzip") == "corrupt"


@pytest.mark.parametrize("coding", ["bz2", "rot13", "utf8", "hex", "compress", "gzip;q=1", "*"])
def test_what_is_no_http_coding_is_refused(coding: str) -> None:
    assert reason(bz2.compress(b"secret"), coding) == "content-encoding"


@pytest.mark.parametrize("coding", ["GZIP", " gzip ", "identity, gzip", "gzip,", ",identity,GZip"])
def test_spelling_of_the_header_does_not_matter(coding: str) -> None:
    assert decode(gzip.compress(b"text"), coding, LIMIT) == b"text"


def test_three_layers_are_read_and_a_fourth_is_refused() -> None:
    body = b"text"
    for _ in range(4):
        body = gzip.compress(body)

    assert decode(gzip.decompress(body), "gzip, gzip, gzip", LIMIT) == b"text"
    assert reason(body, "gzip, gzip, gzip, gzip") == "content-encoding"


@pytest.mark.parametrize(("coding", "encode"), COMPRESSORS)
def test_the_limit_is_the_largest_body_that_is_read(
    coding: str, encode: Callable[[bytes], bytes]
) -> None:
    data = b"0123456789" * 30_000

    assert decode(encode(data), coding, len(data)) == data
    assert reason(encode(data), coding, len(data) - 1) == "too-large"


def test_a_plain_body_over_the_limit_is_refused() -> None:
    assert decode(b"x" * 10, "", 10) == b"x" * 10
    assert reason(b"x" * 11, "identity", 10) == "too-large"


def test_a_small_body_may_be_compressed_as_strongly_as_it_likes() -> None:
    body = brotli.compress(b"\0" * FLOOR)

    assert len(body) * 200 < FLOOR
    assert len(decode(body, "br", LIMIT)) == FLOOR
    assert reason(brotli.compress(b"\0" * (FLOOR + 1)), "br") == "ratio"


@pytest.mark.parametrize("outer", ["", ", gzip", ", br"])
@pytest.mark.parametrize(("coding", "encode"), COMPRESSORS)
def test_a_bomb_costs_little_memory_and_time(
    coding: str, encode: Callable[[bytes], bytes], outer: str
) -> None:
    bomb = encode(b"\0" * (48 * MB))
    if outer:
        bomb = ENCODERS[outer[2:]](bomb)
    tracemalloc.start()
    before = time.process_time()
    try:
        assert reason(bomb, coding + outer) in ("too-large", "ratio")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 3 * LIMIT
    assert time.process_time() - before < 1


def test_many_tiny_members_are_refused_before_they_cost_anything() -> None:
    member = gzip.compress(b"")
    before = time.process_time()

    assert decode(member * MEMBERS, "gzip", LIMIT) == b""
    assert reason(member * 400_000, "gzip") == "corrupt"
    assert time.process_time() - before < 1
