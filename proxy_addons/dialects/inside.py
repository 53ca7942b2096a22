"""Turns of a service's chats that were answered here, which the service does not know.

A chat page sends one message and names the one before it. After an answer from inside, the page
names a message that its service never saw, asks for the title of a chat that is not there, and
finds turns missing when it is loaded again. A `ChatPage` sets that right: what is about turns kept
here is answered from them, what goes to the service is moved behind the last turn it knows, and
the history it gives gets the missing turns back. No text of them ever goes there.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, runtime_checkable

from penstock.errors import CannotExpress
from proxy_addons.dialects.base import Answer, Filter, Json, Redirectable, Request
from proxy_addons.dialects.framing import LIMIT_BYTES
from proxy_addons.dialects.json_text import dump


@dataclass(slots=True)
class InsideTurn:
    """A message and the answer it got here, with the ids the page knows them by."""

    conversation: str
    parent: str
    """The message it follows; whatever the service calls the beginning of a chat."""
    asked: str
    answer: str
    prompt: str = field(repr=False)
    said: str = field(default="", repr=False)
    """The answer; empty while it is being given."""
    is_refusal: bool = False
    begins: bool = False
    """Whether it began the chat, so that the service does not know that either."""
    files: Sequence[str] = ()
    """Names of those that came with the message."""
    place: str = field(default="", repr=False)
    """What the dialect needs to begin the chat at the service, or to go on in it, as JSON."""

    @property
    def title(self) -> str:
        """Its first words, as the name of a chat."""
        return " ".join(self.prompt.split()[:6])[:60]


@dataclass(slots=True)
class Thread:
    """The turns of one chat that were answered here."""

    turns: list[InsideTurn] = field(default_factory=list)
    is_known: bool = True
    """Whether the service knows the chat."""
    moved: dict[str, str] = field(default_factory=dict)
    """A message that went to the service -> the message kept here that it follows in the page."""

    def at(self, id: str) -> InsideTurn | None:
        """The turn that a message is part of; None if the message is not one of ours."""
        return next((t for t in self.turns if id and id in (t.asked, t.answer)), None)

    def before(self, id: str) -> Iterator[InsideTurn]:
        """The turns kept here that lead to the message `id`, the last one first."""
        while turn := self.at(id):
            yield turn
            id = turn.parent


@runtime_checkable
class ChatPage(Redirectable, Protocol):
    """A dialect of a page whose service keeps the chats."""

    def conversation(self, request: Request) -> str:
        """The id of the chat that `request` is about; empty for a new one or none."""
        ...

    def turn(self, request: Request) -> InsideTurn | None:
        """The turn that `request` brings, with the ids that `write_answer` gives it; None if it
        brings none."""
        ...

    def aside(self, request: Request, thread: Thread) -> Answer | None:
        """The answer to a call that is only about turns kept here; None for all others."""
        ...

    def moved(self, request: Request, thread: Thread) -> Request:
        """`request` after the last turn that the service knows; notes in `thread` what it did.

        Raises CannotExpress if it repeats a turn kept here.
        """
        ...

    def join(self, request: Request, thread: Thread) -> Filter | None:
        """Puts the turns of `thread` into the history that is the answer to `request`; None if
        `request` does not ask for it."""
        ...


class Joining:
    """A filter that changes an answer as a whole: it is held back until it is complete. One that
    is too large or not what was expected passes as it came."""

    def __init__(self, change: Callable[[bytes], bytes]) -> None:
        self._change = change
        self._body = bytearray()
        self._is_too_large = False

    def feed(self, data: bytes) -> bytes:
        """See Filter."""
        self._body += data
        self._is_too_large = self._is_too_large or len(self._body) > LIMIT_BYTES
        return self._taken() if self._is_too_large else b""

    def finish(self) -> bytes:
        """See Filter."""
        body = self._taken()
        try:
            return body if self._is_too_large else self._change(body)
        except (ValueError, LookupError, TypeError, RecursionError):
            return body

    def _taken(self) -> bytes:
        body = bytes(self._body)
        self._body.clear()
        return body


class Calls(ABC):
    """The calls around a turn that name chats in their path and messages in JSON."""

    history: re.Pattern[str]
    """The path at which a chat's messages are asked for."""
    title: re.Pattern[str]
    """The path at which a chat's title is asked for."""
    parent: str
    """The member of a turn that names the message before it."""

    def answer(self, request: Request, document: Json, thread: Thread) -> Answer | None:
        """See ChatPage.aside."""
        if self.title.fullmatch(_path(request)):
            turn = self.titled(document, thread)
            if turn is not None or not thread.is_known:
                title: Json = {"title": (turn or thread.turns[0]).title}
                return Answer(200, "application/json", dump(title))
        if self.asks_history(request) and not thread.is_known:
            whole = self.joined(dump(self.empty(thread.turns[0])), thread)
            return Answer(200, "application/json", whole)
        return None

    def asks_history(self, request: Request) -> bool:
        """Whether `request` is for a chat's messages."""
        return request.method == "GET" and bool(self.history.fullmatch(_path(request)))

    def join(self, request: Request, thread: Thread) -> Filter | None:
        """See ChatPage."""
        joined = partial(self.joined, thread=thread)
        return Joining(joined) if self.asks_history(request) else None

    def moved(self, request: Request, document: Json, thread: Thread) -> Request:
        """See ChatPage.moved."""
        if not isinstance(document, dict):
            return request
        parent = document.get(self.parent)
        if not isinstance(parent, str) or not (before := [*thread.before(parent)]):
            return request
        if self.repeats(request, document) or parent == before[0].asked:
            raise CannotExpress("the request repeats a turn that is kept here")
        first = before[-1]
        new = {**document, self.parent: first.parent}
        if not thread.is_known:
            self.begin(new, thread, first)
        thread.moved |= dict.fromkeys(self.asked(document), parent)
        return replace(request, body=dump(new))

    @abstractmethod
    def titled(self, document: Json, thread: Thread) -> InsideTurn | None:
        """The turn kept here that a title is asked for, if one is named."""

    @abstractmethod
    def repeats(self, request: Request, document: dict[str, Json]) -> bool:
        """Whether another answer to an earlier message is asked for."""

    @abstractmethod
    def begin(self, new: dict[str, Json], thread: Thread, first: InsideTurn) -> None:
        """Makes the request one that begins a chat at the service."""

    @abstractmethod
    def asked(self, document: Json) -> Iterable[str]:
        """The ids of the messages that a turn brings."""

    @abstractmethod
    def empty(self, first: InsideTurn) -> Json:
        """The history of a chat before its first turn."""

    @abstractmethod
    def joined(self, body: bytes, thread: Thread) -> bytes:
        """A history with the turns of `thread` in it."""


def newest(thread: Thread, leaf: str) -> str:
    """The newest message of a chat whose newest at the service is `leaf`; empty for a chat that
    is not there."""
    for turn in reversed(thread.turns):
        if not leaf or [*thread.before(turn.answer)][-1].parent == leaf:
            return turn.answer
    return leaf


def _path(request: Request) -> str:
    return request.target.partition("?")[0]
