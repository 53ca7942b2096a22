"""HuggingChat's page, `POST /chat/conversation/…`: parts, of which one is JSON.

Source: source code of `huggingface/chat-ui`, read 2026-11-21.
Captures: tests/proxy_addons/golden/hugging_chat/.
Misses: earlier turns and the chat's instructions, which are kept at the service.
"""

import re
from collections.abc import Iterator, Mapping

from penstock.errors import CannotExpress
from penstock.model import Turn
from proxy_addons.dialects.base import AnswerWriter, Filter, Json, Request
from proxy_addons.dialects.framing import JsonLines, Slice
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.nested import Nested
from proxy_addons.dialects.page import PageDialect, Speaker, Spoken, line, string
from proxy_addons.dialects.restore import Delta, End, restorer
from proxy_addons.dialects.words import WORDS

_CHAT = re.compile("/chat/conversation/([^/]+)")
_ASKED = "/*/content/inputs"
_WORDS = """
    headers decoded inputs is_retry is_continue generationId selectedMcpServerNames
    selectedMcpServers timezone preprompt web_search tools
"""


class HuggingChat(Nested, PageDialect):
    """Gives the prompt and the instructions of a new chat their roles."""

    name = "hugging_chat"
    words = WORDS | frozenset(_WORDS.split())
    levels = 1
    ids = re.compile(rf"{PageDialect.ids.pattern}|[0-9a-f]{{24}}")
    turns_at = _CHAT

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, node in select(document, "/preprompt"):
            yield where, "system", node
        for where, node in select(document, _ASKED, "/inputs"):
            yield where, "user", node

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        found = _CHAT.fullmatch(request.target.partition("?")[0])
        return found[1] if found else ""

    def error(self, message: str) -> Json:
        """The page shows `message`."""
        return {"message": message}

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        return restorer(content_type, originals, self.deltas, _Unpadded())

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect."""
        match event:
            case {"type": "stream", "token": str(text)}:
                yield Delta("text", "/token", text)
            case {"type": "reasoning", "token": str(text)}:
                yield Delta("thought", "/token", text)
            case {"type": "finalAnswer"} | {"type": "status", "status": "finished" | "error"}:
                yield End()

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect."""
        for _, headers in select(document, "/*/headers"):
            if isinstance(headers, str) and "filename" in headers.lower():
                raise CannotExpress("files come with the message")
        asked = string(document, _ASKED, "/inputs")
        return (Turn("user", (asked,)),) if asked else ()

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        started: Json = {"type": "status", "status": "started"}

        def end(text: str) -> bytes:
            final: Json = {"type": "finalAnswer", "text": text, "interrupted": False}
            return line(final) + line({"type": "status", "status": "finished"})

        return Speaker(
            Spoken(
                "application/jsonl",
                line(started),
                lambda text: line({"type": "stream", "token": text.ljust(16, "\0")}),
                end,
                lambda message: line({"type": "status", "status": "error", "message": message}),
            )
        )


class _Unpadded:
    """Lines without the zeros that make each token of an answer 16 characters long: they would
    part what belongs together. See framing.Framing."""

    def __init__(self) -> None:
        self._lines = JsonLines()

    def feed(self, data: bytes) -> list[Slice]:
        """See Framing."""
        return [*map(_unpadded, self._lines.feed(data))]

    def finish(self) -> list[Slice]:
        """See Framing."""
        return [*map(_unpadded, self._lines.finish())]


def _unpadded(found: Slice) -> Slice:
    data = (found.data or b"").replace(b"\\u0000", b"")
    return Slice(found.before, data, found.after)


dialect = HuggingChat()
