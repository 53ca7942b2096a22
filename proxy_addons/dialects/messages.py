"""Messages of a WebSocket, written one after the other as one body.

Dialects read and write bodies. On a socket one message of the client is the body of a `Request`
whose method is `WS`, and what goes back to the client, an answer, a refusal or restored messages
of the service, is a body of the media type `TYPE`: before each message a line that says its kind
and its length, `text 17`.

Source: RFC 6455, section 5.6 (text and binary messages).
"""

import re
from dataclasses import dataclass, field

from proxy_addons.dialects.framing import Slice

METHOD = "WS"
"""The method of a `Request` that is one message, and of the endpoints that sockets have."""
TYPE = "application/vnd.penstock.messages"
"""The media type of several messages as one body."""
STAYS_OPEN = 101
"""The status of an answer on a socket that goes on; a close code (1000 and up) ends it, with the
body as the reason."""
REASON_BYTES = 123
"""Longest reason of a close."""

_HEAD = re.compile(rb"(text|binary) (\d{1,9})\n")


@dataclass(frozen=True, slots=True)
class Message:
    """One message, whole."""

    data: bytes = field(repr=False)
    is_text: bool = True


def pack(*messages: Message) -> bytes:
    """The body that holds them."""
    return b"".join(_head(m.is_text, len(m.data)) + m.data for m in messages)


def unpack(body: bytes) -> list[Message]:
    """The messages in a body that `pack` made. Raises ValueError for any other."""
    framing = Messages()
    found = [
        Message(frame.data or b"", frame.before.startswith(b"text")) for frame in framing.feed(body)
    ]
    if framing.finish():
        raise ValueError("these are no messages")
    return found


def reason(text: str) -> bytes:
    """As much of `text` as a close may say."""
    return text.encode()[:REASON_BYTES].decode("utf-8", "ignore").encode()


class Messages:
    """Finds the messages in bytes that come in pieces. See Framing."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list["Framed"]:
        """See Framing."""
        self._held += data
        found = []
        while head := _HEAD.match(self._held):
            end = head.end() + int(head[2])
            if len(self._held) < end:
                break
            found.append(Framed(head[0], self._held[head.end() : end]))
            self._held = self._held[end:]
        return found

    def finish(self) -> list[Slice]:
        """See Framing."""
        return [Slice(self._held)] if self._held else []


class Framed(Slice):
    """One message and the line before it."""

    __slots__ = ()

    def put(self, data: bytes) -> bytes:
        """See Frame."""
        return _head(self.before.startswith(b"text"), len(data)) + data


def _head(is_text: bool, size: int) -> bytes:
    return b"%s %d\n" % (b"text" if is_text else b"binary", size)
