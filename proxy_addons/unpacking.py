"""Content codings of an answer, undone while it streams, within the bounds of `decoding`.

We ask services for answers without a coding when something must be restored in them; this is for
those that compress all the same.

Source: RFC 9110, section 8.4.1.
"""

import zlib
from collections.abc import Callable, Iterator

import brotli
import zstandard

from penstock.errors import UninspectedError
from proxy_addons.decoding import FLOOR, LAYERS, RATIO

_STEP = 64 * 1024
_SMALL = 256  # a zstd block of 4 bytes may stand for 128 KiB
_WINDOW = 8 * 1024 * 1024

type _Layer = Callable[[bytes], Iterator[bytes]]
"""Bytes in, decoded bytes out; b"" in: the end, which raises EOFError if it comes too early."""


class Unpacker:
    """Encoded bytes in, plain bytes out."""

    def __init__(self, content_encoding: str) -> None:
        """Raises UninspectedError for a coding that is not on the list."""
        codings = [c.strip().lower() for c in content_encoding.split(",")]
        named = [c for c in codings if c not in ("", "identity")]
        if len(named) > LAYERS or any(c not in _LAYERS for c in named):
            raise UninspectedError("content-encoding")
        self._layers = [_LAYERS[c]() for c in reversed(named)]
        self._received = self._given = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What `data` decodes to, in pieces. Raises UninspectedError: `ratio` or `corrupt`."""
        self._received += len(data)
        return self._run(data, self._layers, end=False)

    def finish(self) -> Iterator[bytes]:
        """What is left at the end; nothing may be missing."""
        return self._run(b"", self._layers, end=True)

    def _run(self, data: bytes, layers: list[_Layer], *, end: bool) -> Iterator[bytes]:
        if not layers:
            if data:
                yield data
            return
        try:
            for piece in layers[0](data):
                self._given += len(piece)
                if self._given > max(FLOOR, RATIO * self._received) * len(self._layers):
                    raise UninspectedError("ratio")
                yield from self._run(piece, layers[1:], end=False)
            if end:
                yield from self._run(b"", layers[1:], end=True)
        except (zlib.error, brotli.error, zstandard.ZstdError, EOFError):
            raise UninspectedError("corrupt") from None


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._wbits: int | None = wbits
        self._start(wbits)

    def _start(self, wbits: int) -> None:
        self._bits = wbits
        self._stream = zlib.decompressobj(wbits)
        self._fresh = True

    def __call__(self, data: bytes) -> Iterator[bytes]:
        if not data:
            if not (self._stream.eof or self._fresh):
                raise EOFError
            return
        if self._fresh and self._bits == zlib.MAX_WBITS and not _is_framed(data):
            self._start(-zlib.MAX_WBITS)
        while data:
            if self._stream.eof:  # another member
                self._start(self._bits)
            self._fresh = False
            yield self._stream.decompress(data, _STEP)
            data = self._stream.unconsumed_tail or self._stream.unused_data


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._fresh = True

    def __call__(self, data: bytes) -> Iterator[bytes]:
        if not data:
            if not (self._stream.is_finished() or self._fresh):
                raise EOFError
            return
        self._fresh = False
        piece = self._stream.process(data, output_buffer_limit=_STEP)
        yield piece
        while not self._stream.can_accept_more_data():
            yield self._stream.process(b"", output_buffer_limit=_STEP)


class _Zstd:
    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        self._stream = reader.decompressobj()
        self._fresh = True

    def __call__(self, data: bytes) -> Iterator[bytes]:
        if not data:
            if not (self._stream.eof or self._fresh):
                raise EOFError
            return
        while data:
            if self._stream.eof:  # another frame
                self._start()
            self._fresh = False
            yield self._stream.decompress(data[:_SMALL])
            data = self._stream.unused_data + data[_SMALL:]


def _is_framed(data: bytes) -> bool:
    """RFC 9110 says that deflate has zlib's frame; some servers leave it out."""
    return data[0] & 15 == 8 and (len(data) < 2 or int.from_bytes(data[:2]) % 31 == 0)


_LAYERS: dict[str, Callable[[], _Layer]] = {
    "gzip": lambda: _Zlib(16 + zlib.MAX_WBITS),
    "x-gzip": lambda: _Zlib(16 + zlib.MAX_WBITS),
    "deflate": lambda: _Zlib(zlib.MAX_WBITS),
    "br": _Brotli,
    "zstd": _Zstd,
}
