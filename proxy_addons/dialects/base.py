"""What a dialect is, and the words its parts share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from penstock.model import AnswerEvent, Chat, Edit, Prompt

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as a dialect sees it: decoded, whole."""

    method: str
    """`WS` for one message of a client on a WebSocket: `body` is the message, and what its dialect
    answers is made of messages too; see `messages`."""
    target: str
    """Path and query as on the request line: `/v1beta/models/m:generateContent?alt=sse`."""
    content_type: str
    body: bytes = field(repr=False)
    """Without content-encoding and transfer-encoding."""
    user_agent: str = ""
    """Some clients show refusals badly; see `refuse`."""
    authorization: str = ""
    """The scheme of its `Authorization` header, in lower case: `bearer`, `aws4-hmac-sha256`. Never
    the credential itself."""
    at: int = field(default=0, compare=False)
    """When it came, in seconds since 1970: formats read no clock, and answers bear a time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer given in place of the service's own."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    later: bytes = field(default=b"", repr=False)
    """What a client gets that asks for an answer all the same; see `Deferring`."""


class Filter(Protocol):
    """Bytes of an answer in, bytes for the client out; may hold some back between calls."""

    def feed(self, data: bytes) -> bytes:
        """What can be passed on after `data` arrived."""
        ...

    def finish(self) -> bytes:
        """What is left when the answer has ended."""
        ...


class Dialect(Protocol):
    """One wire format: reads it, edits it, answers in it."""

    name: str

    def parse(self, request: Request) -> Prompt:
        """Every text in `request`, its query included. Raises ParseError; never partial."""
        ...

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """`request` with `edits` applied; `request` itself when there are none. Raises
        CannotRewrite where the service would not take it, edited."""
        ...

    def refuse(self, request: Request, message: str) -> Answer:
        """`message` as this service's clients show it best: its own error, or an answer."""
        ...

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """Puts `originals` back for their placeholders in an answer of the service, streamed or
        not, also where a placeholder is split over events or sits in JSON inside a string."""
        ...


class AnswerWriter(Protocol):
    """Writes one answer in a dialect, event by event; the bytes joined are the whole body."""

    status: int
    content_type: str

    def write(self, event: AnswerEvent) -> bytes:
        """Bytes that can go to the client now; a writer of unstreamed answers returns b"" until
        `Finished`. After `Failed` a stream ends the way this dialect ends a broken one."""
        ...


@dataclass(frozen=True, slots=True)
class Passed:
    """A piece of an answer that is in the client's format already."""

    data: bytes = field(repr=False)
    text: str = field(default="", repr=False)
    """What it adds to the answer's text."""


class AnswerReader(Protocol):
    """Reads an answer of an internal model."""

    def feed(self, data: bytes) -> Iterator[AnswerEvent | Passed]:
        """The events that `data` completes."""
        ...

    def finish(self) -> Iterator[AnswerEvent | Passed]:
        """What is left at the end of the body; ends with Finished or Failed if none came yet."""
        ...


@runtime_checkable
class Redirectable(Dialect, Protocol):
    """A dialect whose requests another model can answer."""

    def chat(self, request: Request) -> Chat:
        """The conversation in `request`. Raises CannotExpress rather than drop anything."""
        ...

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """A writer of the answer that `request` expects: streamed or whole, as it asks."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message of the client on a socket and the one that completed its answer."""

    known_as: str
    """The name by which later messages go on from there."""
    asked: bytes = field(repr=False)
    answered: bytes = field(repr=False)

    @property
    def size_bytes(self) -> int:
        """Of both."""
        return len(self.asked) + len(self.answered)


@runtime_checkable
class Continuing(Redirectable, Protocol):
    """A dialect whose messages may go on from earlier ones by a name."""

    def begins(self, message: bytes) -> bool:
        """Whether this message of the client asks for an answer."""
        ...

    def completes(self, message: bytes) -> str | None:
        """The name of the answer that this message of the service completes, if it does."""
        ...

    def goes_on(self, request: Request) -> str:
        """The name of what `request` goes on from; empty if from nothing."""
        ...

    def chat_after(self, request: Request, past: Sequence[Exchange]) -> Chat:
        """The conversation with all that it goes on from. Raises CannotExpress."""
        ...


@runtime_checkable
class Deferring(Continuing, Protocol):
    """The same, where something is said first and answered when a later message asks for it."""

    def asks(self, message: bytes) -> bool:
        """Whether this message of the client asks for an answer to what was said."""
        ...


@runtime_checkable
class Chained(Continuing, Protocol):
    """The same over HTTP, where each message is a request of its own."""

    def ended(self, request: Request, data: bytes) -> tuple[str, bytes] | None:
        """The name of the answer to `request` that a piece of it completes, and the message that
        says so; None if it does not, or nobody may go on from it."""
        ...


@runtime_checkable
class Opening(Chained, Protocol):
    """A dialect in which a chat begins in two calls: the first says something and gets the chat's
    id from the service, the second names it and gets the answer."""

    def opening(self, request: Request, instead: str) -> Request | None:
        """The first call with `instead` for all that the person says in it; None for any other.
        Raises CannotExpress for one that brings more than words."""
        ...


@runtime_checkable
class ModelDialect(Dialect, Protocol):
    """A dialect that an internal model server speaks."""

    def build_request(self, chat: Chat, model: str) -> Request:
        """`chat` as a request to the server's `model`. Raises CannotExpress."""
        ...

    def read_answer(self, chat: Chat, content_type: str) -> AnswerReader:
        """A reader of the server's answer to it."""
        ...


def children(node: Json) -> Iterator[tuple[str, Json]]:
    """The direct children of a JSON node with their JSON Pointer tokens."""
    if isinstance(node, list):
        for i, value in enumerate(node):
            yield str(i), value
    elif isinstance(node, dict):
        for key, value in node.items():
            yield escape(key), value


def escape(key: str) -> str:
    """One JSON Pointer token (RFC 6901, section 3)."""
    if "/" in key or "~" in key:
        return key.replace("~", "~0").replace("/", "~1")
    return key
