"""Le Chat's page: `POST /api/chat`, and `message.newChat`, with which a chat begins.

Source: captures of the page's traffic, read 2026-11-21; the numbers before the lines of an answer
drift. A chat begins with `message.newChat`, which has the prompt and is answered with an id; then
`/api/chat` in the mode `start` asks for the answer by that id.
Captures: tests/proxy_addons/golden/le_chat/.
Misses: earlier turns and files, which are kept at the service.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from penstock.errors import CannotExpress, ParseError
from penstock.model import Chat, Turn
from proxy_addons.dialects.base import AnswerWriter, Exchange, Filter, Json, Request
from proxy_addons.dialects.framing import JsonLines, Slice
from proxy_addons.dialects.json_text import dump, load, select
from proxy_addons.dialects.page import (
    PageDialect,
    Speaker,
    Spoken,
    refuse_files,
    string,
    uuid,
)
from proxy_addons.dialects.restore import Delta, End, restorer
from proxy_addons.dialects.words import WORDS

_TEXT = "/contentChunks/0/text"
_NUMBER = re.compile(rb"[0-9a-z]{1,3}:")
_WORDS = """
    0 json chatId mode start append retry messageInput messageFiles messageId features agentId
    clientPromptData currentDate userTimezone shouldUseMessagePatch beta-websearch
    stableAnonymousIdentifier shouldAwaitStreamBackgroundTasks integrations canva
    lastMessageId projectId files
"""

_NEW = "/api/trpc/message.newChat"
_SETTINGS = ("chatId", "agentId", "agentsApiAgentId", "projectId", "incognito")
"""What a new chat may say of itself besides its words."""


class LeChat(PageDialect):
    """Gives what is asked its role, wherever a text of it stands."""

    name = "le_chat"
    words = WORDS | frozenset(_WORDS.split())
    turns_at = re.compile("/api/chat")

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, node in select(document, "/messageInput", "/*/json/content"):
            if isinstance(node, str):
                yield where, "user", node
            for place, text in select(node, "/*/text"):
                yield where + place, "user", text

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        return string(self.document(request), "/chatId")

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        return restorer(content_type, originals, self.deltas, NumberedLines())

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect."""
        if isinstance(event, str):
            yield Delta("", "", event)
        for where, patch in select(event, "/json/patches/*"):
            match patch:
                case {"op": "append", "path": str(path), "value": str(text)}:
                    yield Delta(path, f"{where}/value", text)
                case {"path": str(path)}:
                    yield End(path)
        match event:
            case {"finishReason": _}:
                yield End()

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect."""
        refuse_files(document, "/messageFiles/*")
        parts = tuple(t for _, _, t in self.roles(document) if isinstance(t, str) and t)
        return (Turn("user", parts),) if parts else ()

    # ── chats that begin ──

    def opening(self, request: Request, instead: str) -> Request | None:
        """See Opening."""
        path = request.target.partition("?")[0]
        if path != _NEW:
            return None
        document = self.document(request)
        calls = document if isinstance(document, dict) else {}
        asked = dict(select(document, *(f"/0/json/{name}" for name in ("content", *_SETTINGS))))
        if [*calls] != ["0"] or any(select(document, "/0/json/files/*")):
            raise CannotExpress("more is asked than a new chat")
        content = asked.pop("/0/json/content", None)
        if content is None or any(isinstance(value, str) for value in asked.values()):
            raise CannotExpress("what an agent or a project is told is kept at the service")
        said: Json = instead if isinstance(content, str) else [{"type": "text", "text": instead}]
        settings: dict[str, Json] = {place.rpartition("/")[2]: v for place, v in asked.items()}
        unset: dict[str, Json] = {name: ["undefined"] for name, v in settings.items() if v is None}
        call: Json = {"json": {"content": said, **settings}, "meta": {"values": unset}}
        return replace(request, target=f"{path}?batch=1", body=dump({"0": call}))

    def begins(self, message: bytes) -> bool:
        """See Continuing."""
        return True

    def completes(self, message: bytes) -> str | None:
        """See Continuing."""
        try:
            found = string(load(message.decode()), "/*/result/data/json/chatId")
        except (UnicodeDecodeError, ParseError):
            return None
        return found or None

    def ended(self, request: Request, data: bytes) -> tuple[str, bytes] | None:
        """See Chained."""
        is_new = request.target.partition("?")[0] == _NEW
        known_as = self.completes(data) if is_new else None
        return (known_as, data) if known_as else None

    def goes_on(self, request: Request) -> str:
        """See Continuing."""
        if not self.is_turn(request) or self.said(self.document(request)):
            return ""
        return self.conversation(request)

    def chat_after(self, request: Request, past: Sequence[Exchange]) -> Chat:
        """See Continuing."""
        turns = tuple(t for one in past for t in self.said(load(one.asked.decode())))
        if not turns:
            raise CannotExpress("the request repeats a turn that is kept at the service")
        return Chat(turns, stream=True, model="")

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        document = self.document(request)
        id = uuid("le chat", self.conversation(request), string(document, "/messageId"))
        ended: Json = {"finishReason": "stop", "usage": {"promptTokens": 0, "completionTokens": 0}}
        end = b"e:%s\nd:%s\n" % (dump(ended), dump(ended))

        def patch(op: str, path: str, value: Json) -> bytes:
            patches: Json = [{"op": op, "path": path, "value": value}]
            message: Json = {"type": "message", "messageId": id, "patches": patches}
            return b"15:%s\n" % dump({"json": message})

        if any(node is True for _, node in select(document, "/shouldUseMessagePatch")):
            chunks: Json = [{"type": "text", "text": "", "_context": None}]
            spoken = Spoken(
                "text/plain; charset=utf-8",
                patch("replace", "/contentChunks", chunks),
                lambda text: patch("append", _TEXT, text),
                lambda _: patch("replace", "/generationStatus", "success") + end,
                lambda message: b"3:%s\n" % dump(message) + end,
            )
        else:
            spoken = Spoken(
                "text/plain; charset=utf-8",
                b"",
                lambda text: b"0:%s\n" % dump(text),
                lambda _: end,
                lambda message: b"3:%s\n" % dump(message) + end,
            )
        return Speaker(spoken)


class NumberedLines:
    """One document a line, after a number that says what it is. See framing.Framing."""

    def __init__(self) -> None:
        self._lines = JsonLines()

    def feed(self, data: bytes) -> list[Slice]:
        """See Framing."""
        return [*map(_after_number, self._lines.feed(data))]

    def finish(self) -> list[Slice]:
        """See Framing."""
        return [*map(_after_number, self._lines.finish())]


def _after_number(line: Slice) -> Slice:
    data = line.data or b""
    number = _NUMBER.match(data)
    return Slice(number[0], data[number.end() :], line.after) if number else line


dialect = LeChat()
