"""Stand-ins for public LLM services and for an internal model, on loopback.

They answer in each service's own format, streamed and not, by repeating what they were told, and
keep every byte they received: what left the company can be read off them.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType, TracebackType
from typing import Self

from penstock.demo.authority import Authority
from penstock.demo.formats import anthropic, gemini, openai_chat, openai_responses
from penstock.demo.formats.base import Json, member, packed, whole
from penstock.demo.formats.chatgpt_web import BLOBS, ChatGPT, blob
from penstock.demo.formats.claude_web import Claude
from penstock.demo.formats.gemini_web import PUSH, Gemini, push
from penstock.demo.page import PAGE
from penstock.demo.server import Handler, Received, Server, at_once
from penstock.demo.wire import Said
from proxy_addons.dialects.schema_example import example

OPENAI = "api.openai.com"
ANTHROPIC = "api.anthropic.com"
GEMINI = "generativelanguage.googleapis.com"
CHATGPT = "chatgpt.com"
CLAUDE_PAGE = "claude.ai"
GEMINI_PAGE = "gemini.google.com"
ELSEWHERE = "www.example.com"
"""A host that is no AI service."""

HOSTS = (OPENAI, ANTHROPIC, GEMINI, CHATGPT, BLOBS, CLAUDE_PAGE, GEMINI_PAGE, PUSH, ELSEWHERE)

MODEL_NAME = "stand-in-llm"
"""What the internal stand-in calls itself."""

SERVICE_SAYS = "You said: "
"""How every answer of a public stand-in begins."""

MODEL_SAYS = "The internal model heard: "
"""How every answer of the internal stand-in begins."""


class StandIns:
    """`async with StandIns() as s:` — they listen inside the block."""

    def __init__(
        self,
        hosts: tuple[str, ...] = HOSTS,
        *,
        alpn: tuple[str, ...] = ("h2", "http/1.1"),
        before_piece: Callable[[], Awaitable[None]] = at_once,
        others: Mapping[str, Handler] = MappingProxyType({}),
    ) -> None:
        """`before_piece` is awaited before each piece of each answer goes out. `others`: more
        hosts, with what answers there, or another answer for one of `hosts`."""
        hosts = tuple(dict.fromkeys((*hosts, *others)))
        self.hosts = hosts
        self._others = others
        self.model_is_up = True
        """While False the internal model answers 503."""
        self.calls_tools = True
        """While False everybody answers with text, whatever tools are offered."""
        self.authority = Authority()
        tls = self.authority.server_context(hosts, alpn)
        self._services = Server(self._service, tls, before_piece)
        self._chatgpt, self._claude, self._gemini = ChatGPT(), Claude(), Gemini()
        self._model = Server(self._model_answer, None, before_piece)

    async def __aenter__(self) -> Self:
        """Opens both ports."""
        await self._services.start()
        await self._model.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes both ports and all connections."""
        await self._services.aclose()
        await self._model.aclose()

    @property
    def ca_pem(self) -> bytes:
        """The CA that signed the services' certificates."""
        return self.authority.pem

    @property
    def upstream_map(self) -> dict[str, str]:
        """For `proxy.upstream_map`: each host -> where its stand-in listens."""
        return dict.fromkeys(self.hosts, self._services.address)

    @property
    def model_url(self) -> str:
        """Base URL of the internal model."""
        return f"http://{self._model.address}/v1"

    def received(self, host: str) -> list[Received]:
        """The requests that reached the stand-in of `host`, oldest first."""
        return [r for r in self._services.requests if r.host == host]

    def wire(self, host: str) -> bytes:
        """Every byte that reached the stand-in of `host` inside TLS, complete request or not."""
        return bytes(self._services.wire.get(host, b""))

    @property
    def model_received(self) -> list[Received]:
        """The requests that reached the internal model, oldest first."""
        return list(self._model.requests)

    def _service(self, request: Received) -> Said:
        request = self._offered(request)
        if (other := self._others.get(request.host)) is not None:
            return other(request)
        path, about = request.target.partition("?")[0], (request.method, request.target)
        if request.host == CHATGPT:
            return self._chatgpt.answer(*about, _document(request), SERVICE_SAYS)
        if request.host == BLOBS:
            return blob(request.method)
        if request.host == PUSH:
            return push(*about, request.headers.get("origin", ""))
        if request.host == CLAUDE_PAGE:
            return self._claude.answer(*about, _document(request), SERVICE_SAYS)
        if request.host == GEMINI_PAGE:
            return self._gemini.answer(*about, request.body, SERVICE_SAYS)
        if request.method == "GET" and path == "/":
            return Said((PAGE,), "text/html; charset=utf-8")
        return _answer(path, request, SERVICE_SAYS)

    def _model_answer(self, request: Received) -> Said:
        if not self.model_is_up:
            return whole(openai_chat.error("the model is being loaded"), 503)
        return _model(self._offered(request))

    def _offered(self, request: Received) -> Received:
        if self.calls_tools or b'"tools"' not in request.body:
            return request
        document = json.loads(request.body)
        return replace(request, body=packed({**document, "tools": []}))


def _model(request: Received) -> Said:
    path = request.target.partition("?")[0]
    if request.method == "GET" and path == "/v1/models":
        listed: Json = [{"id": MODEL_NAME, "object": "model", "max_model_len": 32768}]
        return whole({"object": "list", "data": listed})
    if path != "/v1/chat/completions":
        return whole(openai_chat.error("no such endpoint"), 404)
    document = _document(request)
    match member(document, "response_format"):
        case {"json_schema": {"schema": schema}} if isinstance(document, dict):
            said: Json = {"role": "user", "content": json.dumps(example(schema, MODEL_SAYS))}
            return openai_chat.answer({**document, "messages": [said]}, "")
    return _answer(path, request, MODEL_SAYS)


def _document(request: Received) -> Json:
    try:
        document: Json = json.loads(request.body or b"null")
    except ValueError:
        return None
    return document


def _answer(path: str, request: Received, opening: str) -> Said:
    try:
        document: Json = json.loads(request.body or b"null")
    except ValueError:
        return whole(openai_chat.error("the body is not JSON"), 400)
    if ":" in path and (path.endswith("enerateContent")):
        return gemini.answer(document, request.target, opening)
    if (answer := _ANSWERS.get(path)) is not None:
        return answer(document, opening)
    return whole({"received_bytes": len(request.body)})


_ANSWERS: Mapping[str, Callable[[Json, str], Said]] = {
    "/v1/chat/completions": openai_chat.answer,
    "/v1/responses": openai_responses.answer,
    "/v1/messages": anthropic.answer,
    "/v1/messages/count_tokens": anthropic.count,
}
