"""Server-sent events, read and written as bytes.

Each event keeps the bytes it came in, so that what nobody changes passes as it was sent.
Source: WHATWG HTML, section 9.2.6 (interpreting an event stream), read 2026-11-21.
"""

import re
from dataclasses import dataclass, field

LIMIT_BYTES = 32 << 20
"""An event that grows larger is passed on in parts, unread."""

_END_OF_LINE = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Event:
    """One event, or what stands between two of them: comments, stray blank lines, `retry:`."""

    raw: bytes = field(repr=False)
    """All bytes since the end of the event before, the blank line that ends it included."""
    data: bytes | None = field(default=None, repr=False)
    """The `data` lines joined with LF; None if there is none."""
    event: str = ""
    id: str = ""
    """Its own `id` line; the last id of the stream is for the reader to remember."""
    retry_ms: int | None = None

    def put(self, data: bytes) -> bytes:
        """The event's bytes with other data; its other lines and its line ends stay."""
        lines, new = [], _END_OF_LINE.split(data)
        for line in self.raw.splitlines(keepends=True):
            content = line.rstrip(b"\r\n")
            if content.partition(b":")[0] != b"data":
                lines.append(line)
            elif new:
                end = line[len(content) :]
                lines += ((end or b"\n").join(b"data: " + part for part in new), end)
                new = []
        return b"".join(lines)


class Parser:
    """Bytes in, events out, however the bytes are cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        """The event that is being collected."""
        self._line = 0
        """Where its current line starts."""
        self._searched = 0
        """How far that line was searched for its end."""
        self._after_cr = False
        """Whether a LF that comes next ends no line: a CR before it has done so."""
        self._at_start = True

    def feed(self, data: bytes) -> list[Event]:
        """The events that `data` completes, each at its blank line. When a CR ended it, a LF that
        comes later is part of the next event's bytes."""
        events: list[Event] = []
        buffer = self._buffer
        buffer += data
        if self._at_start and not self._past_start(events):
            return events
        if self._after_cr and self._searched < len(buffer):
            self._after_cr = False
            if buffer[self._searched] == 0x0A:
                self._line = self._searched = self._searched + 1
        while end := _END_OF_LINE.search(buffer, self._searched):
            blank = end.start() == self._line
            self._after_cr = end[0] == b"\r" and end.end() == len(buffer)
            self._line = self._searched = end.end()
            if blank:
                events.append(self._take(self._line))
        self._searched = len(buffer)
        if len(buffer) > LIMIT_BYTES:
            events.append(Event(bytes(buffer)))
            self._forget(len(buffer))
        return events

    def finish(self) -> list[Event]:
        """What is left at the end of the stream. The standard drops an event without its blank
        line; clients of LLM services read it."""
        return [self._take(len(self._buffer))] if self._buffer else []

    def _past_start(self, events: list[Event]) -> bool:
        """Sets a byte order mark apart; False while it may still be incomplete."""
        if len(self._buffer) < len(_BOM) and _BOM.startswith(self._buffer):
            return False
        self._at_start = False
        if self._buffer.startswith(_BOM):
            events.append(Event(_BOM))
            del self._buffer[: len(_BOM)]
        return True

    def _take(self, end: int) -> Event:
        raw = bytes(self._buffer[:end])
        self._forget(end)
        event, data = Event(raw), []
        for line in raw.splitlines():
            name, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            match name:
                case b"data":
                    data.append(value)
                case b"event":
                    event.event = value.decode("utf-8", "replace")
                case b"id" if b"\0" not in value:
                    event.id = value.decode("utf-8", "replace")
                case b"retry" if value.isdigit():
                    event.retry_ms = int(value[:12])
        if data:
            event.data = b"\n".join(data)
        return event

    def _forget(self, end: int) -> None:
        del self._buffer[:end]
        self._line = self._searched = 0


def write(data: bytes, event: str = "") -> bytes:
    """One event with LF line ends; the type only if it has one."""
    head = f"event: {event}\n".encode() if event else b""
    lines = (b"data: " + line + b"\n" for line in _END_OF_LINE.split(data))
    return head + b"".join(lines) + b"\n"
