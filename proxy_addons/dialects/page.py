"""What the wire formats of chat pages share.

A page sends only the newest message; the chat is kept at its service. Every answer is a stream, and
what is refused is said in one, as a message of the chat: pages show errors of their own choosing.
"""

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from penstock.errors import CannotExpress
from penstock.model import (
    AnswerEvent,
    CallDelta,
    CallStarted,
    Chat,
    Failed,
    Finished,
    Media,
    TextDelta,
    Turn,
)
from proxy_addons.dialects import sse, uploads
from proxy_addons.dialects.base import Answer, AnswerWriter, Json, Request
from proxy_addons.dialects.json_body import JsonDialect
from proxy_addons.dialects.json_text import dump, select

ERROR = 400
"""No page tries a request with this status again or takes it for a sign-in that failed."""


class PageDialect(JsonDialect):
    """Reads what a page sends and answers in its stream."""

    turns_at: re.Pattern[str]
    """The paths, without query, at which a message of the person arrives."""
    method: str = "POST"

    def is_turn(self, request: Request) -> bool:
        """Whether `request` brings a message that wants an answer."""
        path = request.target.partition("?")[0]
        return request.method == self.method and bool(self.turns_at.fullmatch(path))

    def conversation(self, request: Request) -> str:
        """The service's id of the chat that `request` is about; empty for a new one or none."""
        return ""

    def error(self, message: str) -> Json:
        """The body of an error, where the page shows its message."""
        return {"error": {"message": message}, "message": message, "detail": message}

    def refuse(self, request: Request, message: str) -> Answer:
        """See Dialect. A message of the chat where one is awaited, else the page's own error."""
        if not self.is_turn(request):
            return Answer(ERROR, "application/json", dump(self.error(message)))
        writer = self.write_answer(request, "")
        said = writer.write(TextDelta(message)) + writer.write(Finished("stop", 0, 0))
        return Answer(writer.status, writer.content_type, said)

    def chat(self, request: Request) -> Chat:
        """See Redirectable. What was said before is kept at the service and not part of it."""
        if not self.is_turn(request):
            raise CannotExpress("only a message to the chat has an answer another model can give")
        document = self.document(request)
        turns = self.said(document)
        if not any(part for turn in turns if turn.role == "user" for part in turn.parts):
            raise CannotExpress("the request repeats a turn that is kept at the service")
        return Chat(turns, stream=True, model=self.model(document))

    @abstractmethod
    def said(self, document: Json) -> tuple[Turn, ...]:
        """The newest turn, after the instructions that came with it. Raises CannotExpress."""

    @abstractmethod
    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""

    def files(self, document: Json) -> tuple[str, ...]:
        """The names of the files that come with the newest turn, if that can be told."""
        try:
            return uploads.named(Chat(self.said(document), stream=True, model=""))
        except CannotExpress:
            return ()

    def model(self, document: Json) -> str:
        """The model that the person chose; may be empty."""
        match document:
            case {"model": str(name)}:
                return name
            case _:
                return ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a page is told an answer: what comes first, each piece, and what comes last."""

    content_type: str
    begin: bytes
    piece: Callable[[str], bytes]
    end: Callable[[str], bytes]
    """Of the whole text."""
    failed: Callable[[str], bytes]
    """What ends an answer that broke off, with a message."""
    says_all: bool = False
    """Whether a piece repeats all that was said before it."""


class Speaker:
    """Writes an answer as its page wants it told."""

    status = 200

    def __init__(self, spoken: Spoken) -> None:
        self.content_type = spoken.content_type
        self._spoken = spoken
        self._begun = False
        self._said = Growing()

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        begin = b"" if self._begun else self._spoken.begin
        self._begun = True
        match event:
            case TextDelta(text):
                is_time = self._said.add(text)
                if not self._spoken.says_all:
                    return begin + self._spoken.piece(text)
                return begin + (self._spoken.piece(self._said.text) if is_time else b"")
            case Failed(message):
                return begin + self._spoken.failed(message)
            case Finished():
                return begin + self._spoken.end(self._said.text)
            case CallStarted() | CallDelta():  # no tool was offered
                return begin


class Growing:
    """A text that is sent as a whole each time it has grown: word by word at first, then in ever
    larger steps, so that a long answer does not take the square of its length."""

    def __init__(self) -> None:
        self.text = ""
        self._sent = 0

    def add(self, piece: str) -> bool:
        """Whether it is time to send the text again."""
        self.text += piece
        if len(self.text) - self._sent <= self._sent // 32:
            return False
        self._sent = len(self.text)
        return True


def token(*seed: str) -> str:
    """32 hexadecimal digits that are the same for the same seed: whoever answers a request, and
    however often, gives the same ids."""
    return sha256("\0".join(seed).encode("utf-8", "replace")).hexdigest()[:32]


def uuid(*seed: str) -> str:
    """The same as a UUID."""
    return str(UUID(token(*seed), version=4))


def event(document: Json, name: str = "") -> bytes:
    """A document as a server-sent event."""
    return sse.write(dump(document), name)


def line(document: Json) -> bytes:
    """A document as a line."""
    return dump(document) + b"\n"


def string(document: Json, *pointers: str) -> str:
    """The first string at one of the pointers; empty if there is none."""
    return next((text for _, text in select(document, *pointers) if isinstance(text, str)), "")


def refuse_files(document: Json, *pointers: str) -> None:
    """Raises CannotExpress if there is anything at one of the pointers: files that were uploaded
    before, and are out of another model's reach."""
    if any(node for _, node in select(document, *pointers)):
        raise CannotExpress("files are kept at the service, out of another model's reach")


def named_files(document: Json, pointer: str) -> list[Media]:
    """The files of which a list of names is at the pointer. Raises CannotExpress where something
    else is."""
    names = next((node for _, node in select(document, pointer)), None) or []
    if not isinstance(names, list):
        raise CannotExpress("a file without a name")
    return [_named_file(name) for name in names]


def _named_file(name: Json) -> Media:
    if not isinstance(name, str) or not name:
        raise CannotExpress("a file without a name")
    return Media("file", "", "", name)


def spoken_turns(roles: Iterable[tuple[str, str, Json]]) -> tuple[Turn, ...]:
    """Texts that have a role, as turns."""
    return tuple(
        Turn(role, (text,))
        for _, role, text in roles
        if isinstance(text, str) and text and role in ("system", "user", "assistant")
    )
