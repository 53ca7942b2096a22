"""Amazon's binary event stream, `application/vnd.amazon.eventstream`, read and written.

A message counts its own bytes twice and is checked twice: lengths and CRCs are made anew for each
one that changes, all others pass as they came. Source: botocore 1.44 (`botocore.eventstream`) and
the description of the encoding in the Amazon Transcribe guide, read 2026-11-28.
"""

import base64
import binascii
import json
import struct
from dataclasses import dataclass, field
from zlib import crc32

from proxy_addons.dialects.base import Json
from proxy_addons.dialects.framing import LIMIT_BYTES, Frame, Slice
from proxy_addons.dialects.json_text import dump

CONTENT_TYPE = "application/vnd.amazon.eventstream"

_PRELUDE = struct.Struct(">III")
"""Length of the message, length of its headers, CRC of these eight bytes."""
_OVERHEAD = _PRELUDE.size + 4
_STRING = 7
"""The only type of header value that services here write."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; a `chunk` of another format's events carries those in base64."""

    headers: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    raw: bytes = field(repr=False)
    """As it came."""

    @property
    def data(self) -> bytes | None:
        """The document in it, out of its base64."""
        match _loaded(self.payload):
            case {"bytes": str(encoded)}:
                try:
                    return base64.b64decode(encoded, validate=True)
                except binascii.Error:
                    return None
            case dict() | list():
                return self.payload
            case _:
                return None

    def put(self, data: bytes) -> bytes:
        """The message with another document in it."""
        document = _loaded(self.payload)
        if isinstance(document, dict) and isinstance(document.get("bytes"), str):
            data = dump({**document, "bytes": base64.b64encode(data).decode()})
        return _message(self.headers, data)


class EventStream:
    """A Framing: bytes in, messages out, however the bytes are cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lost = False
        """What came is not in this format: everything passes as it is."""

    def feed(self, data: bytes) -> list[Frame]:
        """See Framing."""
        self._buffer += data
        found: list[Frame] = []
        while not self._lost and len(self._buffer) >= _PRELUDE.size:
            total, headers, check = _PRELUDE.unpack_from(self._buffer)
            if crc32(self._buffer[:8]) != check or not _OVERHEAD + headers <= total <= LIMIT_BYTES:
                self._lost = True
            elif len(self._buffer) < total:
                break
            else:
                raw = bytes(self._buffer[:total])
                at = _PRELUDE.size + headers
                found.append(Message(raw[_PRELUDE.size : at], raw[at:-4], raw))
                del self._buffer[:total]
        return found + self.finish() if self._lost else found

    def finish(self) -> list[Frame]:
        """See Framing."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return [Slice(rest)] if rest else []


def event(kind: str, document: Json) -> bytes:
    """A message that is an event of an answer."""
    return _message(
        _headers(
            {
                ":event-type": kind,
                ":content-type": "application/json",
                ":message-type": "event",
            }
        ),
        dump(document),
    )


def exception(kind: str, message: str) -> bytes:
    """A message that ends a stream with an error."""
    return _message(
        _headers(
            {
                ":exception-type": kind,
                ":content-type": "application/json",
                ":message-type": "exception",
            }
        ),
        dump({"message": message}),
    )


def _headers(values: dict[str, str]) -> bytes:
    return b"".join(
        struct.pack(">B", len(name))
        + name.encode()
        + struct.pack(">BH", _STRING, len(value))
        + value.encode()
        for name, value in values.items()
    )


def _message(headers: bytes, payload: bytes) -> bytes:
    lengths = struct.pack(">II", _OVERHEAD + len(headers) + len(payload), len(headers))
    start = lengths + struct.pack(">I", crc32(lengths)) + headers + payload
    return start + struct.pack(">I", crc32(start))


def _loaded(payload: bytes) -> Json:
    try:
        document: Json = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return document
