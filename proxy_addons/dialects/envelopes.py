"""Messages one after the other, each with five bytes before it: gRPC, gRPC-Web and Connect streams.

The first byte holds flags, the other four the length. A compressed message is unpacked to be read;
one that is edited goes on unpacked, with its flag taken away, which every receiver accepts.

Source: the gRPC protocol over HTTP/2 and gRPC-Web (github.com/grpc/grpc/blob/master/doc), the
Connect protocol (connectrpc.com/docs/protocol), read 2026-11-21.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from penstock.errors import UninspectedError
from proxy_addons import decoding

COMPRESSED, ENDS, TRAILERS = 0x01, 0x02, 0x80
"""Flags: a compressed message; the end of a Connect stream; the trailers of gRPC-Web."""
MOST_BYTES = 10 * 1024 * 1024
"""Most that the messages of one body may unpack to."""

_HEAD = struct.Struct(">BI")
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\x78": "deflate"}


@dataclass(frozen=True, slots=True)
class Envelope:
    """One of them."""

    flags: int
    message: bytes = field(repr=False)
    """Unpacked."""
    raw: bytes = field(repr=False)
    """With its five bytes, as it came."""
    is_sealed: bool = False
    """Compressed in a way nobody here knows: `message` is as it came."""

    def with_new(self, message: bytes) -> bytes:
        """Its bytes with another message in it."""
        return pack(self.flags & ~COMPRESSED, message)


def pack(flags: int, message: bytes) -> bytes:
    """An envelope around `message`."""
    return _HEAD.pack(flags, len(message)) + message


def split(body: bytes) -> list[Envelope] | None:
    """The envelopes of a body; None if it is not made of them to its last byte."""
    found = list(_whole(body))
    return found if found and sum(len(e.raw) for e in found) == len(body) else None


def _whole(data: bytes) -> Iterator[Envelope]:
    at, room = 0, MOST_BYTES
    while len(data) - at >= _HEAD.size:
        flags, size = _HEAD.unpack_from(data, at)
        start, end = at + _HEAD.size, at + _HEAD.size + size
        if flags & ~(COMPRESSED | ENDS | TRAILERS) or end > len(data):
            return
        envelope = _opened(flags, data[start:end], data[at:end], room)
        room -= len(envelope.message)
        yield envelope
        at = end


def _opened(flags: int, message: bytes, raw: bytes, room: int) -> Envelope:
    if not flags & COMPRESSED or not message:
        return Envelope(flags, message, raw)
    coding = next((name for magic, name in _MAGIC.items() if message.startswith(magic)), "")
    try:
        return Envelope(flags, decoding.decode(message, coding or "unknown", room), raw)
    except UninspectedError as e:
        if str(e) in ("too-large", "ratio"):
            raise
        return Envelope(flags, message, raw, is_sealed=True)


class Envelopes:
    """Finds them in bytes that come in pieces; what is no envelope passes as it is."""

    def __init__(self) -> None:
        self._held = b""
        self._is_lost = False

    def feed(self, data: bytes) -> tuple[list[Envelope], bytes]:
        """The envelopes that `data` completes, and bytes behind them that are none."""
        if self._is_lost:
            return [], data
        self._held += data
        found = list(_whole(self._held))
        self._held = self._held[sum(len(e.raw) for e in found) :]
        if self._held and self._held[0] & ~(COMPRESSED | ENDS | TRAILERS):
            return found, self.give_up()
        return found, b""

    def give_up(self) -> bytes:
        """From now on nothing is looked for; what was held."""
        self._is_lost = True
        return self.finish()

    def finish(self) -> bytes:
        """What is left at the end."""
        rest, self._held = self._held, b""
        return rest
