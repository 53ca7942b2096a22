"""Tabnine's chat, `POST /chat/generate_chat_response`: MessagePack in, lines of numbers out.

Each line of an answer lists the bytes of a MessagePack document, as decimal numbers with commas.

Source: github.com/codota/tabnine-nvim and two other public clients, read 2026-11-21 (old).
Captures: tests/proxy_addons/golden/tabnine/.
Misses: completions in the editor, which a local program of Tabnine's asks for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgpack

from penstock.errors import CannotExpress
from penstock.model import AnswerEvent, Chat, Failed, TextDelta, Turn
from proxy_addons.dialects import binary
from proxy_addons.dialects.base import Answer, AnswerWriter, Filter, Request
from proxy_addons.dialects.framing import JsonLines, Slice
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.remote_calls import Document, spelled
from proxy_addons.dialects.restore import restorer

_KIND = "application/x-msgpack"
_TEXT = "text/plain"
_BY = {"user": "user", "chat": "assistant"}


class Tabnine(Generic):
    """Reads MessagePack as `generic` does; answers in lines of numbers."""

    name = "tabnine"

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        return restorer(_TEXT, originals, spelled, _Lines())

    def refuse(self, request: Request, message: str) -> Answer:
        """An error of the chat, which shows its text."""
        return Answer(200, _TEXT, _line({"text": message, "isError": True}))

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        try:
            document = msgpack.unpackb(request.body, strict_map_key=False)
        except (ValueError, msgpack.UnpackException):
            raise CannotExpress("the request is not a chat") from None
        turns: list[Turn] = []
        match document:
            case {"input": [*messages]}:
                for message in messages:
                    match message:
                        case {"by": "user" | "chat" as by, "text": str(text), **more}:
                            if more.get("editorContext"):
                                turns.append(Turn("user", (str(more["editorContext"]),)))
                            turns.append(Turn(_BY[str(by)], (text,)))
                        case _:
                            raise CannotExpress("a message of the chat is not a text")
        if not turns:
            raise CannotExpress("the request is not a chat")
        return Chat(tuple(turns), stream=True, model="")

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        return _Writer()


class _Writer:
    status = 200
    content_type = _TEXT

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case TextDelta(text):
                return _line({"text": text, "isError": False})
            case Failed(message):
                return _line({"text": message, "isError": True})
            case _:
                return b""


def _line(document: dict[str, Any]) -> bytes:
    return _numbers(msgpack.packb(document)) + b"\n"


def _numbers(data: bytes) -> bytes:
    return ",".join(map(str, data)).encode()


@dataclass(frozen=True, slots=True)
class _Frame:
    """One line, and the document that its numbers spell."""

    line: Slice
    inner: Document | None = field(repr=False)

    @property
    def raw(self) -> bytes:
        """See Frame."""
        return self.line.raw

    @property
    def data(self) -> bytes | None:
        """See Frame."""
        return self.inner.data if self.inner else None

    def put(self, data: bytes) -> bytes:
        """See Frame."""
        assert self.inner is not None
        return self.line.put(_numbers(self.inner.put(data)))


class _Lines:
    """See Framing."""

    def __init__(self) -> None:
        self._lines = JsonLines()

    def feed(self, data: bytes) -> list[_Frame]:
        """See Framing."""
        return [_frame(line) for line in self._lines.feed(data)]

    def finish(self) -> list[_Frame]:
        """See Framing."""
        return [_frame(line) for line in self._lines.finish()]


def _frame(line: Slice) -> _Frame:
    try:
        data = bytes(int(n) for n in (line.data or line.before).split(b","))
    except ValueError:
        return _Frame(line, None)
    if line.data is None:
        line = Slice(b"", line.before)
    return _Frame(line, Document(data, binary.read(data, _KIND), None))


dialect = Tabnine()
