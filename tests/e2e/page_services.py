"""Stand-ins of more chat pages and their services: each answer repeats what was asked.

The pages (`pages/*.js`) and the answers here were written from descriptions of the protocols, and
apart from the dialects they are to test.
"""

import json
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import websockets
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from penstock.demo import pages
from penstock.demo.authority import Authority
from penstock.demo.formats.base import reply
from penstock.demo.server import Received
from penstock.demo.standins import SERVICE_SAYS
from penstock.demo.wire import Said

DEEPSEEK_PAGE = "chat.deepseek.com"
PERPLEXITY_PAGE = "www.perplexity.ai"
GROK_PAGE = "grok.com"
COPILOT_PAGE = "copilot.microsoft.com"

_EVENTS = "text/event-stream; charset=utf-8"


def html(title: str, script: str) -> bytes:
    """A page: the frame of all pages, and the script that speaks its protocol."""
    shell = Path(pages.__file__).with_name("shell.html").read_text("utf-8")
    spoken = Path(__file__).with_name("pages") / f"{script}.js"
    return shell.replace("TITLE", title).replace("SCRIPT", spoken.read_text("utf-8")).encode()


def _page(title: str, script: str, answer: Callable[[Any], Said]) -> Callable[[Received], Said]:
    def respond(request: Received) -> Said:
        if request.method == "GET":
            return Said((html(title, script),), "text/html; charset=utf-8")
        return answer(json.loads(request.body))

    return respond


def _packed(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _sse(document: object, name: str = "") -> bytes:
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + _packed(document) + b"\n\n"


def _deepseek(asked: Any) -> Said:
    first, *more = reply(SERVICE_SAYS, asked["prompt"]).pieces
    fragment = {"id": 1, "type": "RESPONSE", "content": first}
    begun = {"message_id": 2, "parent_id": 1, "role": "ASSISTANT", "status": "WIP"}
    told = [_sse({"request_message_id": 1, "response_message_id": 2}, "ready")]
    told.append(_sse({"v": {"response": {**begun, "fragments": [fragment]}}}))
    for i, piece in enumerate(more):
        where = {} if i else {"p": "response/fragments/-1/content", "o": "APPEND"}
        told.append(_sse({**where, "v": piece}))
    told.append(_sse({"p": "response/status", "o": "SET", "v": "FINISHED"}))
    return Said((*told, _sse({}, "close")), _EVENTS)


def _perplexity(asked: Any) -> Said:
    assert asked["query_str"] == asked["params"]["dsl_query"]
    pieces = list(reply(SERVICE_SAYS, asked["query_str"]).pieces)
    head = {"backend_uuid": "b1", "context_uuid": "x1", "thread_title": "T"}

    def event(block: dict[str, Any], status: str) -> bytes:
        blocks = [{"intended_usage": "ask_text", **block}]
        return _sse({**head, "status": status, "blocks": blocks}, "message")

    def patch(op: str, path: str, value: object) -> bytes:
        patches = [{"op": op, "path": path, "value": value}]
        return event({"diff_block": {"field": "markdown_block", "patches": patches}}, "PENDING")

    first = {"answer": pieces[0], "chunks": pieces[:1], "progress": "IN_PROGRESS"}
    told = [patch("replace", "", first)]
    told += (patch("add", f"/chunks/{i}", p) for i, p in enumerate(pieces[1:], 1))
    whole = {"answer": "".join(pieces), "chunks": pieces, "progress": "DONE"}
    told.append(event({"markdown_block": whole}, "COMPLETED"))
    return Said((*told, _sse({}, "end_of_stream")), _EVENTS)


def _grok(asked: Any) -> Said:
    said = reply(SERVICE_SAYS, asked["message"])

    def told() -> Iterator[Any]:
        yield {"conversation": {"conversationId": "c1", "title": ""}}
        for piece in said.pieces:
            yield {"response": {"token": piece, "isThinking": False, "responseId": "r1"}}
        whole = {"responseId": "r1", "message": said.text, "sender": "assistant"}
        yield {"response": {"modelResponse": whole}}

    lines = tuple(_packed({"result": result}) + b"\n" for result in told())
    return Said(lines, "application/json")


PAGES: dict[str, Callable[[Received], Said]] = {
    DEEPSEEK_PAGE: _page("A page like DeepSeek's", "deepseek", _deepseek),
    PERPLEXITY_PAGE: _page("A page like Perplexity's", "perplexity", _perplexity),
    GROK_PAGE: _page("A page like Grok's", "grok", _grok),
}


class Copilot:
    """A service whose page chats over a WebSocket."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        """Messages, as they came."""
        self.address = ""

    @asynccontextmanager
    async def serving(self, authority: Authority) -> AsyncGenerator[None]:
        """Serves page and sockets on a free port."""
        context = authority.server_context((COPILOT_PAGE,), ("http/1.1",))
        async with websockets.serve(
            self._chat, "127.0.0.1", 0, ssl=context, process_request=self._page
        ) as server:
            self.address = f"127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
            yield

    def _page(self, _: ServerConnection, request: Request) -> Response | None:
        if "Upgrade" in request.headers:
            return None
        body = html("A page like Copilot's", "copilot")
        headers = Headers(
            [("content-type", "text/html; charset=utf-8"), ("content-length", str(len(body)))]
        )
        return Response(HTTPStatus.OK, "OK", headers, body)

    async def _chat(self, socket: ServerConnection) -> None:
        async for message in socket:
            assert isinstance(message, str)
            self.heard.append(message)
            asked = json.loads(message)
            if asked["event"] != "send":
                continue
            said = reply(SERVICE_SAYS, asked["content"][0]["text"])
            ids = {"messageId": f"m{len(self.heard)}", "partId": "0"}
            told: list[dict[str, str]] = [{"event": "received"}, {"event": "startMessage"}]
            told += ({"event": "appendText", "text": piece} for piece in said.pieces)
            told += ({"event": "partCompleted"}, {"event": "done"})
            for event in told:
                await socket.send(json.dumps({**event, **ids}))
