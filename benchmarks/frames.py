"""As much HTTP/2 as a load needs, so that measuring costs little beside what is measured.

Source: RFC 9113 (frames), RFC 7541 (literal header fields without indexing, section 6.2.2).
"""

import struct
from collections.abc import Iterable, Iterator

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
OK = b"\x88"
"""`:status: 200` as an index, RFC 7541 appendix A; what every answer of a proxy begins with."""
_LARGE = 2**30
_PIECE = 16384


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    size = len(payload)
    return struct.pack(">BHBBI", size >> 16, size & 0xFFFF, kind, flags, stream) + payload


def opening() -> bytes:
    """Settings with a window that never fills, and the same for the connection."""
    settings = struct.pack(">HI", 4, _LARGE)
    return frame(SETTINGS, 0, 0, settings) + frame(WINDOW, 0, 0, struct.pack(">I", _LARGE))


def message(stream: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    """A request or an answer, whole."""
    block = b"".join(
        OK
        if (name, value) == (b":status", b"200")
        else b"\0" + _length(len(name)) + name + _length(len(value)) + value
        for name, value in headers
    )
    frames = [frame(HEADERS, END_HEADERS, stream, block)]
    for at in range(0, len(body), _PIECE):
        piece = body[at : at + _PIECE]
        frames.append(frame(DATA, END_STREAM * (at + _PIECE >= len(body)), stream, piece))
    return b"".join(frames)


def frames(buffer: bytearray) -> Iterator[tuple[int, int, int, bytes]]:
    """Kind, flags, stream and payload of each whole frame, which leaves `buffer`."""
    while len(buffer) >= 9:
        high, low, kind, flags, stream = struct.unpack_from(">BHBBI", buffer)
        end = 9 + (high << 16 | low)
        if len(buffer) < end:
            return
        payload = bytes(buffer[9:end])
        del buffer[:end]
        yield kind, flags, stream, payload


def _length(size: int) -> bytes:
    if size < 127:
        return bytes([size])
    rest, out = size - 127, bytearray([127])
    while rest >= 128:
        out.append(rest % 128 + 128)
        rest //= 128
    return bytes([*out, rest])
