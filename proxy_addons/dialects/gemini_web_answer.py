"""Answers that Gemini's page reads: frames of JSON, each after its length.

The length counts UTF-16 code units of the JSON and of the line breaks before and after it; the
first frame stands behind a line that keeps other pages from reading the answer as a script.
Source: parser of the public client `gemini_webapi` 2.1 and captures, read 2026-11-21.
"""

import re
from dataclasses import dataclass, field

from penstock.model import AnswerEvent, CallDelta, CallStarted, Failed, Finished, TextDelta
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.framing import LIMIT_BYTES
from proxy_addons.dialects.json_text import dump
from proxy_addons.dialects.page import Growing

GUARD = b")]}'\n\n"
"""What an answer begins with."""
_LENGTH = re.compile(rb"(?:\)\]\}')?\s*([0-9]{1,9})(?=\n)")
_START = re.compile(rb"(?:\)(?:\](?:\}'?)?)?)?\s*[0-9]{0,9}")
"""What may still become the start of a frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One document and its length, or bytes that are neither."""

    before: bytes = field(repr=False)
    """What stands before the length."""
    data: bytes | None = field(default=None, repr=False)
    after: bytes = field(default=b"", repr=False)
    """What stands after the document and is counted with it."""
    length: bytes = b""

    @property
    def raw(self) -> bytes:
        """See framing.Frame."""
        return self.before + self.length + (b"\n" if self.length else b"") + self._rest

    @property
    def _rest(self) -> bytes:
        return (self.data or b"") + self.after

    def put(self, data: bytes) -> bytes:
        """See framing.Frame. The length is counted anew."""
        length = 1 + _units(data + self.after)
        return self.before + b"%d\n" % length + data + self.after


def _units(data: bytes) -> int:
    return len(data.decode("utf-8", "replace").encode("utf-16-le")) // 2


class Frames:
    """Bytes in, frames out; see framing.Framing."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._wanted = 0
        """Below this size the buffer cannot hold a whole frame."""
        self._is_lost = False
        """What came is not made of frames; the rest passes as it is."""

    def feed(self, data: bytes) -> list[Frame]:
        """See framing.Framing."""
        self._buffer += data
        found: list[Frame] = []
        while not self._is_lost and len(self._buffer) >= self._wanted:
            if (frame := self._next()) is None:
                break
            found.append(frame)
        if self._is_lost and self._buffer:
            found.append(self._all())
        return found

    def finish(self) -> list[Frame]:
        """See framing.Framing."""
        return [self._all()] if self._buffer else []

    def _all(self) -> Frame:
        frame = Frame(bytes(self._buffer))
        self._buffer.clear()
        return frame

    def _next(self) -> Frame | None:
        start = _LENGTH.match(self._buffer)
        if start is None:
            self._wanted = len(self._buffer) + 1
            self._is_lost = _START.fullmatch(self._buffer) is None
            return None
        length = int(start[1])
        self._is_lost = length > LIMIT_BYTES
        end = self._end(start.end(), length)
        if end is None:
            return None
        body = bytes(self._buffer[start.end() + 1 : end])
        document = body.rstrip(b"\r\n")
        frame = Frame(
            bytes(self._buffer[: start.start(1)]), document, body[len(document) :], start[1]
        )
        del self._buffer[:end]
        self._wanted = 0
        return frame

    def _end(self, start: int, length: int) -> int | None:
        """Where `length` code units from `start` on end; None while they are not all there."""
        data = bytes(self._buffer[start : start + 3 * length])
        units = data.decode("utf-8", "ignore").encode("utf-16-le")
        if len(units) < 2 * length:
            # a byte is at most one unit: this many more have to come, at least
            self._wanted = len(self._buffer) + max(1, length - len(units) // 2)
            return None
        taken = units[: 2 * length].decode("utf-16-le", "surrogatepass")
        return start + len(taken.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class Head:
    """The ids of an answer."""

    chat: str
    reply: str
    candidate: str


class StreamWriter:
    """The whole text again and again, each time longer."""

    status = 200
    content_type = "application/json; charset=utf-8"

    def __init__(self, head: Head) -> None:
        self.head = head
        self._started = False
        self._said = Growing()

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter. The page shows nothing of an error but its number: what broke an
        answer off is said in it."""
        match event:
            case TextDelta(text):
                return self._begin() + self._reply(1) if self._said.add(text) else b""
            case Failed(message):
                self._said.add(f"\n\n{message}" if self._said.text else message)
                return self._begin() + self._reply(2) + frame(_TIMES) + frame(_END)
            case Finished():
                return self._begin() + self._reply(2) + frame(_TIMES) + frame(_END)
            case CallStarted() | CallDelta():  # no tool was offered
                return b""

    def _begin(self) -> bytes:
        started, self._started = self._started, True
        return b"" if started else GUARD

    def _reply(self, state: int) -> bytes:
        """`state`: 1 while there is more to come, 2 at the end."""
        candidate: list[Json] = [self.head.candidate, [self._said.text], *[None] * 6, [state]]
        reply: list[Json] = [None, [self.head.chat, self.head.reply], None, None, [candidate]]
        if state == 2:
            reply += [*[None] * 20, token_of(self.head)]
        return frame([["wrb.fr", None, dump(reply).decode()]])


def token_of(head: Head) -> str:
    """What the page sends back with the next message."""
    return f"AwAAAAAAAAAQ{head.reply[2:]}"


_TIMES: Json = [["di", 120], ["af.httprm", 120, "1", 9]]
_END: Json = [["e", 5, None, None, 1234]]


def frame(document: Json) -> bytes:
    """A document after its length."""
    text = dump(document)  # ASCII: bytes are code units
    return b"%d\n%s\n" % (len(text) + 2, text)
