"""How an answer is cut into documents: server-sent events, lines of JSON, or JSON as it comes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from proxy_addons.dialects import sse

LIMIT_BYTES = sse.LIMIT_BYTES
"""A document that grows larger is passed on unread."""


class Frame(Protocol):
    """A stretch of an answer; `sse.Event` is one."""

    @property
    def raw(self) -> bytes:
        """The stretch as it came."""
        ...

    @property
    def data(self) -> bytes | None:
        """The document in it; None if it has none."""
        ...

    def put(self, data: bytes) -> bytes:
        """The stretch with another document in it."""
        ...


class Framing(Protocol):
    """Bytes in, frames out; the frames' bytes joined are the bytes that came."""

    def feed(self, data: bytes) -> Sequence[Frame]:
        """The frames that `data` completes."""
        ...

    def finish(self) -> Sequence[Frame]:
        """What is left at the end of the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Slice:
    """A document and the bytes around it."""

    before: bytes = field(repr=False)
    data: bytes | None = field(default=None, repr=False)
    after: bytes = field(default=b"", repr=False)

    @property
    def raw(self) -> bytes:
        """See Frame."""
        return self.before + (self.data or b"") + self.after

    def put(self, data: bytes) -> bytes:
        """See Frame."""
        return self.before + data + self.after


class JsonLines:
    """One document a line. Source: https://github.com/ndjson/ndjson-spec."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Slice]:
        """See Framing."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [
            Slice(b"", line.rstrip(b"\r"), b"\r\n" if line.endswith(b"\r") else b"\n")
            for line in lines
        ]

    def finish(self) -> list[Slice]:
        """See Framing."""
        return [Slice(b"", self._rest)] if self._rest else []


class JsonObjects:
    """JSON objects wherever they stand at the top: one whole body, the items of a top-level list,
    or one after the other. What stands between them belongs to the next one's bytes."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._start = -1
        """Where the current object starts; -1 between objects."""
        self._searched = 0
        self._depth = 0
        self._in_string = False

    def feed(self, data: bytes) -> list[Slice]:
        """See Framing."""
        self._buffer += data
        found: list[Slice] = []
        while token := (_IN_STRING if self._in_string else _OUTSIDE).search(
            self._buffer, self._searched
        ):
            if token[0] == b"\\":  # cut off in the middle of an escape
                break
            self._searched = token.end()
            self._step(token[0], token.start(), found)
        else:
            self._searched = len(self._buffer)
        if len(self._buffer) > LIMIT_BYTES:
            found.append(Slice(bytes(self._buffer)))
            self._forget(len(self._buffer))
        return found

    def finish(self) -> list[Slice]:
        """See Framing."""
        return [Slice(bytes(self._buffer))] if self._buffer else []

    def _step(self, token: bytes, at: int, found: list[Slice]) -> None:
        match token:
            case b'"':
                self._in_string = not self._in_string
            case b"{" | b"[":
                if self._start < 0 and token == b"{":
                    self._start, self._depth = at, 0
                self._depth += 1
            case b"}" | b"]" if self._start >= 0:
                self._depth -= 1
                if self._depth == 0:
                    start, end = self._start, self._searched
                    found.append(Slice(bytes(self._buffer[:start]), bytes(self._buffer[start:end])))
                    self._forget(end)

    def _forget(self, end: int) -> None:
        del self._buffer[:end]
        self._searched -= min(end, self._searched)
        self._start = -1


_IN_STRING = re.compile(rb'"|\\(?s:.)?')
_OUTSIDE = re.compile(rb'["{}\[\]]')
