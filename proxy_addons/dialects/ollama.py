"""Ollama's own API, `POST /api/chat` and `POST /api/generate`, of its cloud and of servers.

Source: ollama/ollama `docs/api.md` and `server/routes.go`, the `ollama` Python library 0.6, read
2026-11-28. Captures: tests/proxy_addons/golden/ollama/.
Misses: `context`, earlier turns as token ids, which is reported as unread.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from penstock.model import Chat, Prompt
from proxy_addons.dialects.base import Answer, AnswerWriter, Filter, Json, Request
from proxy_addons.dialects.endpoints import TOKENS
from proxy_addons.dialects.json_body import JsonDialect, mentions
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.ollama_answer import StreamWriter, WholeWriter, form_of
from proxy_addons.dialects.ollama_request import read_chat, read_generate
from proxy_addons.dialects.openai_chat import ROLES
from proxy_addons.dialects.restore import Delta, End, restorer

_PROMPTS = {
    "/prompt": "user",
    "/suffix": "user",
    "/system": "system",
    "/template": "system",
    "/input": "user",
    "/input/*": "user",
}


class Ollama(JsonDialect):
    """Two forms that differ in the names of members; streams of lines unless told otherwise."""

    name = "ollama"

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, message in select(document, "/messages/*"):
            if not isinstance(message, dict):
                continue
            role = ROLES.get(str(message.get("role")), "other")
            for place, node in select(message, "/content", "/thinking"):
                yield where + place, role, node
            for place, node in select(message, "/tool_calls/*/function/arguments"):
                yield where + place, "assistant", node
        for pattern, role in _PROMPTS.items():
            for where, node in select(document, pattern):
                if isinstance(node, str):
                    yield where, role, node

    def parse(self, request: Request) -> Prompt:
        """See Dialect."""
        prompt, document = super().parse(request), self.document(request)
        unread = set(prompt.unread)
        if any(True for _ in select(document, "/images/*", "/messages/*/images/*")):
            unread.add("image")
        if any(True for _ in select(document, "/context/*")):
            unread.add(TOKENS)
        return replace(prompt, unread=tuple(sorted(unread)))

    def deltas(self, event: Json, is_json: bool = False) -> Iterator[Delta | End]:
        """See JsonDialect. `is_json`: whether the answer was asked for as JSON."""
        said = ("/message/content", "/response")
        for where, text in select(event, *said, "/message/thinking", "/thinking"):
            if isinstance(text, str):
                yield Delta(where, where, text, is_json and where in said)
        match event:
            case {"done": True} | {"error": _}:
                yield End()

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        match self.document(request) if mentions(request, b'"format"') else None:
            case {"format": "json" | {}}:
                return restorer(content_type, originals, partial(self.deltas, is_json=True))
            case _:
                return restorer(content_type, originals, self.deltas)

    def refuse(self, request: Request, message: str) -> Answer:
        """The API's own error, streamed or not."""
        return Answer(400, "application/json; charset=utf-8", dump({"error": message}))

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        read = read_chat if form_of(request) == "chat" else read_generate
        return read(self.document(request))

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        match self.document(request):
            case {"stream": False}:
                return WholeWriter(form_of(request), model, request.at)
            case _:
                return StreamWriter(form_of(request), model, request.at)


dialect = Ollama()
