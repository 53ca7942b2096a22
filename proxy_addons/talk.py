"""What was said on one WebSocket, as far as it matters to the messages after it."""

from collections import deque
from collections.abc import Mapping, Sequence

from penstock.model import Decision
from proxy_addons.dialects.base import Continuing, Deferring, Dialect, Exchange, Filter, Request
from proxy_addons.dialects.messages import TYPE, Message, pack, unpack

PAST_BYTES = 2 * 1024 * 1024
"""How much of what was said on a socket is remembered, for a model that goes on from there."""


class Talk:
    """What was said on one socket, as far as it matters later. It lives as long as the socket."""

    def __init__(self) -> None:
        self.originals: dict[str, str] = {}
        """Placeholder -> value of everything that was taken out so far."""
        self.past: deque[Exchange] = deque()
        self.kept: Decision | None = None
        """By what this conversation stays inside, once a part of it did."""
        self._inside: set[bytes] = set()
        self._asked: deque[bytes] = deque()
        self._asked_bytes = 0
        self._size_bytes = 0
        self._restore: Filter | None = None
        self._dialect: Dialect | None = None
        self._owed = b""

    def asks(self, dialect: Dialect, message: Message) -> None:
        """The client asked the service, or a model inside, for an answer."""
        self._dialect = dialect
        if isinstance(dialect, Continuing) and dialect.begins(message.data):
            self._asked.append(message.data)
            self._asked_bytes += len(message.data)
            self._owed = b""
            while self._asked_bytes > PAST_BYTES and len(self._asked) > 1:  # nobody answers these
                self._asked_bytes -= len(self._asked.popleft())

    def owes(self, later: bytes) -> None:
        """Something was refused; `later` is for who asks for an answer to it all the same."""
        self._owed = later

    def owed(self, dialect: Dialect, message: Message) -> Sequence[Message]:
        """What `message` is answered, if it asks about what was refused just before."""
        if not self._owed or not isinstance(dialect, Deferring) or not dialect.asks(message.data):
            return ()
        later, self._owed = self._owed, b""
        return unpack(later)

    def heard(self, message: Message) -> Sequence[Message]:
        """What the client gets of a message of the service."""
        found: Sequence[Message] = (message,)
        if self._restore is not None:
            found = unpack(self._restore.feed(pack(message)))
        for one in found:
            self.answers(one)
        return found

    def answers(self, message: Message, *, inside: bool = False) -> None:
        """The client gets `message`; `inside`: of an internal model."""
        dialect = self._dialect
        if not self._asked or not isinstance(dialect, Continuing):
            return
        if (known_as := dialect.completes(message.data)) is None:
            return
        if inside:
            self._inside.add(known_as.encode())
        exchange = Exchange(known_as, self._asked.popleft(), message.data)
        self._asked_bytes -= len(exchange.asked)
        self.past.append(exchange)
        self._size_bytes += exchange.size_bytes
        while self._size_bytes > PAST_BYTES:
            self._size_bytes -= self.past.popleft().size_bytes

    def stays_inside(self, message: Message) -> bool:
        """Whether `message` goes on from an answer that an internal model gave."""
        return any(known_as in message.data for known_as in self._inside)

    def restores(
        self, dialect: Dialect, request: Request, originals: Mapping[str, str]
    ) -> Sequence[Message]:
        """From now on these values are put back in what the service says. What was held back of
        it until now."""
        held = self.rest()
        self.originals |= originals
        self._restore = dialect.restore(request, TYPE, dict(self.originals))
        return held

    def rest(self) -> Sequence[Message]:
        """What is still held back of the service's messages, at their end."""
        return unpack(self._restore.finish()) if self._restore is not None else ()
