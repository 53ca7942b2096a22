"""Content codings of a request body, undone within bounds.

Only what HTTP names and clients send: gzip, deflate, br, zstd, up to three of them in a row.
Every member of a gzip body and every frame of a zstd body is read, and nothing may follow the
last: what one reader skips, another reads.

Source: RFC 9110, section 8.4.1 (codings); RFC 1950 to 1952; RFC 7932; RFC 8878, and RFC 9659 on
the window of zstd in HTTP. Read 2026-10.
"""

import zlib
from collections.abc import Callable, Iterator

import brotli
import zstandard

from penstock.errors import UninspectedError

LAYERS = 3
"""Most codings in a row."""
RATIO = 200
"""Most decoded bytes for one encoded byte, beyond `FLOOR`."""
FLOOR = 1024 * 1024
"""Decoded size in bytes below which the ratio does not matter."""

MEMBERS = 1024
"""Most members of a gzip body, or frames of a zstd one."""

_STEP = 64 * 1024
_INFLATE_STEP = 8 * 1024
_ZSTD_STEP = 256  # a block of 4 bytes may stand for 128 KiB: at most 8 MiB come of one step
_ZSTD_WINDOW = 8 * 1024 * 1024

type _Decoder = Callable[[bytes], Iterator[bytes]]


def decode(body: bytes, content_encoding: str, limit: int) -> bytes:
    """`body` without the codings of `content_encoding`, at most `limit` bytes.

    Raises UninspectedError; its message is `content-encoding` for a coding that is not on the
    list or too many of them, `too-large`, `ratio` for what decodes to more than 200 times its
    size, or `corrupt`.
    """
    codings = [c for c in (c.strip().lower() for c in content_encoding.split(",")) if c]
    decoders = [_DECODERS.get(c) for c in codings if c != "identity"]
    if len(decoders) > LAYERS:
        raise UninspectedError("content-encoding")
    if len(body) > limit:
        raise UninspectedError("too-large")
    plausible = max(FLOOR, RATIO * len(body))
    for decoder in reversed(decoders):
        if decoder is None:
            raise UninspectedError("content-encoding")
        if body:
            body = _bounded(decoder, body, limit, plausible)
    return body


def _bounded(decoder: _Decoder, body: bytes, limit: int, plausible: int) -> bytes:
    parts, size = [], 0
    try:
        for part in decoder(body):
            size += len(part)
            if size > limit:
                raise UninspectedError("too-large")
            if size > plausible:
                raise UninspectedError("ratio")
            parts.append(part)
    except (zlib.error, brotli.error, zstandard.ZstdError, EOFError, MemoryError):
        raise UninspectedError("corrupt") from None
    return b"".join(parts)


def _inflate(body: bytes, wbits: int, members: int) -> Iterator[bytes]:
    at = 0
    for _ in range(members):
        stream = zlib.decompressobj(wbits)
        while not stream.eof:
            piece = body[at : at + _INFLATE_STEP]
            part = stream.decompress(piece, _STEP)
            at += len(piece) - len(stream.unconsumed_tail) - len(stream.unused_data)
            if not piece and not part and not stream.eof:
                raise EOFError
            yield part
        if at == len(body):
            return
    raise EOFError


def _gzip(body: bytes) -> Iterator[bytes]:
    return _inflate(body, 16 + zlib.MAX_WBITS, MEMBERS)


def _deflate(body: bytes) -> Iterator[bytes]:
    """RFC 9110 says zlib; some clients leave its frame out."""
    framed = len(body) > 1 and body[0] & 15 == 8 and int.from_bytes(body[:2]) % 31 == 0
    return _inflate(body, zlib.MAX_WBITS if framed else -zlib.MAX_WBITS, 1)


def _brotli(body: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    yield stream.process(body, output_buffer_limit=_STEP)
    while not stream.is_finished():
        part = stream.process(b"", output_buffer_limit=_STEP)
        if not part and not stream.is_finished():
            raise EOFError
        yield part


def _zstd(body: bytes) -> Iterator[bytes]:
    at = 0
    for _ in range(MEMBERS):
        stream = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        while not stream.eof:
            piece = body[at : at + _ZSTD_STEP]
            if not piece:
                raise EOFError
            yield stream.decompress(piece)
            at += len(piece) - len(stream.unused_data)
        if at == len(body):
            return
    raise EOFError


_DECODERS: dict[str, _Decoder] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
