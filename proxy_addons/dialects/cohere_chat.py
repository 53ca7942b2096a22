"""Cohere's chat, `POST /v2/chat`.

Source: `cohere` Python SDK 7.3 (`cohere.v2`), read 2026-11-28.
Captures: tests/proxy_addons/golden/cohere_chat/.
"""

from collections.abc import Iterator, Mapping
from functools import partial

from penstock.model import Chat
from proxy_addons.dialects.base import Answer, AnswerWriter, Filter, Json, Request
from proxy_addons.dialects.cohere_api import refusal
from proxy_addons.dialects.cohere_chat_answer import StreamWriter, WholeWriter
from proxy_addons.dialects.cohere_chat_request import read_chat
from proxy_addons.dialects.json_body import JsonDialect, mentions
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.openai_chat import ROLES, said
from proxy_addons.dialects.restore import Delta, End, restorer

_MESSAGE = "/delta/message"
_PIECES = {
    f"{_MESSAGE}/content/text": False,
    f"{_MESSAGE}/content/thinking": False,
    f"{_MESSAGE}/tool_plan": False,
    f"{_MESSAGE}/tool_calls/function/arguments": True,
}


class CohereChat(JsonDialect):
    """OpenAI's messages with documents beside them, answered in events of its own."""

    name = "cohere_chat"

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, message in select(document, "/messages/*"):
            if not isinstance(message, dict):
                continue
            role = ROLES.get(str(message.get("role")), "other")
            yield from said(f"{where}/content", role, message.get("content"))
            for place, node in select(message, "/content/*/document/data"):
                yield where + place, role, node
            for place, node in select(message, "/tool_plan", "/tool_calls/*/function/arguments"):
                yield where + place, "assistant", node
        for where, node in select(document, "/documents/*"):
            if isinstance(node, str):
                yield where, "user", node
            for place, inner in select(node, "/data"):
                yield where + place, "user", inner

    def deltas(self, event: Json, is_json: bool = False) -> Iterator[Delta | End]:
        """See JsonDialect. `is_json`: whether the answer was asked for as JSON."""
        if not isinstance(event, dict) or not isinstance(kind := event.get("type"), str):
            return
        index = event.get("index")
        if kind.endswith("-end"):
            yield End("" if kind == "message-end" else f"{index}:")
        for pattern, written in _PIECES.items():
            for where, piece in select(event, pattern):
                if isinstance(piece, str):
                    as_json = written or (is_json and where.endswith("/text"))
                    yield Delta(f"{index}:{pattern}", where, piece, as_json)

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        match self.document(request) if mentions(request, b'"json_object"') else None:
            case {"response_format": {"type": "json_object"}}:
                return restorer(content_type, originals, partial(self.deltas, is_json=True))
            case _:
                return restorer(content_type, originals, self.deltas)

    def refuse(self, request: Request, message: str) -> Answer:
        """The API's own error, streamed or not."""
        return refusal(message)

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        return read_chat(self.document(request))

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable. The API's answers do not name a model."""
        match self.document(request):
            case {"stream": True}:
                return StreamWriter()
            case _:
                return WholeWriter()


dialect = CohereChat()
