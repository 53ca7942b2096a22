"""Prompts answered inside: the public service is never contacted."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from penstock.errors import LedgerError
from penstock.model import Action, Chat, Outcome, Violation
from proxy_addons.contracts import Opened, Told
from proxy_addons.dialects.base import Redirectable, Request
from tests.proxy_addons.lab import HOST, Start, policy

SECRET = "the password is SECRET-42"
MARKER = b"SECRET-42"


@dataclass
class Model:
    """An OpenAI-compatible server that streams two words, the second when it is let."""

    received: bytearray = field(default_factory=bytearray)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    @property
    def settings(self) -> dict[str, Any]:
        return {"inside": {"base_url": f"http://127.0.0.1:{self.port}/v1", "model": "m"}}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.received += await reader.readuntil(b"\r\n\r\n")
        length = self.received.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        self.received += await reader.readexactly(int(length))
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        )
        writer.write(_chunk({"role": "assistant", "content": "from "}))
        await self.go_on.wait()
        writer.write(_chunk({"content": "within"}) + _chunk({}, "stop") + b"data: [DONE]\n\n")
        await writer.drain()
        writer.close()


def _chunk(delta: dict[str, str], reason: str | None = None) -> bytes:
    document = {
        "id": "1",
        "object": "chat.completion.chunk",
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
    }
    return b"data: " + json.dumps(document).encode() + b"\n\n"


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    model = Model()
    server = await asyncio.start_server(model.serve, "127.0.0.1", 0)
    model.port = server.sockets[0].getsockname()[1]
    yield model
    server.close()


@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
async def test_the_answer_of_our_own_model_streams_in_the_callers_format(
    start: Start, model: Model, http2: bool
) -> None:
    lab = await start(policy("redirect", to="inside"), models=model.settings)
    messages = [{"role": "user", "content": SECRET}]
    body = {"model": "public", "stream": True, "messages": messages}
    headers = {"x-api-key": "sk-external", "authorization": "Bearer external"}
    client = lab.http(http2=http2)
    async with client.stream(
        "POST", f"https://{HOST}/v1/messages", json=body, headers=headers
    ) as answer:
        assert answer.status_code == 200
        assert answer.headers["penstock-action"] == "redirect"
        assert answer.headers["penstock-answered-by"] == "inside"
        said, pieces = "", answer.aiter_text()
        while "from " not in said:
            said += await anext(pieces)
        assert "within" not in said
        model.go_on.set()
        async for piece in pieces:
            said += piece

    assert "within" in said
    assert "event: message_stop" in said
    assert lab.upstream.connections == 0
    assert MARKER in model.received
    assert b"external" not in model.received
    [kept] = lab.notebook.violations
    assert (kept.action, kept.outcome, kept.model) == (
        Action.REDIRECT,
        Outcome.PREVENTED,
        "inside",
    )
    assert (kept.sent_bytes, kept.sent_sha256) == (0, "")
    [(about, finished, asked_model, served_as)] = lab.notebook.answers
    assert about is kept
    assert (asked_model, served_as) == ("public", "m")
    assert finished.reason == "stop"
    assert finished.output_tokens > 0


async def test_the_connection_serves_the_next_request_as_usual(start: Start, model: Model) -> None:
    lab = await start(policy("redirect", to="inside"), models=model.settings)
    model.go_on.set()
    client = await lab.inside()
    for text in ("hello", SECRET, "hello again"):
        message = {"role": "user", "content": text}
        body = json.dumps({"model": "m", "stream": True, "messages": [message]}).encode()
        head = f"POST /v1/messages HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(body)}\r\n\r\n"
        await client.send(head.encode() + body)
        status, headers, _ = await client.response()
        assert status == 200
        assert "connection" not in headers

    assert len(lab.upstream.bodies) == 2
    assert MARKER not in lab.upstream.raw


@pytest.mark.parametrize(
    ("fallback", "action", "connections"),
    [("block", Action.BLOCK, 0), ("redact", Action.REDACT, 1)],
)
async def test_without_a_model_the_rules_fallback_answers(
    start: Start, fallback: str, action: Action, connections: int
) -> None:
    lab = await start(policy("redirect", to="inside", fallback=fallback))
    answer = await lab.post(SECRET)

    assert answer.headers["penstock-action"] == action.word
    assert lab.upstream.connections == connections
    assert MARKER not in lab.upstream.raw
    [kept] = lab.notebook.violations
    assert (kept.action, kept.asked) == (action, Action.REDIRECT)


@dataclass
class Gate:
    """A redirector that fails as told, or opens an answer at a port where nothing is."""

    fails: BaseException | None = None
    dropped: list[Opened] = field(default_factory=list)

    host: str = "127.0.0.1"
    port: int = 1
    path: str = "/x"
    model: str = "inside"
    routed: str = ""

    async def open(
        self,
        chat: Chat,
        to: Sequence[str],
        dialect: Redirectable,
        request: Request,
        service: str = "",
        heard: object = None,
        ended: object = None,
    ) -> Opened:
        if self.fails is not None:
            raise self.fails
        return self

    def tell(self, told: Told) -> None:
        pass

    def drop(self, opened: Opened) -> None:
        self.dropped.append(opened)


@pytest.mark.parametrize(
    "fault", [ValueError(SECRET), asyncio.CancelledError(), SystemExit(1), RecursionError()]
)
async def test_a_redirect_that_fails_is_refused_even_where_errors_pass(
    start: Start, fault: BaseException
) -> None:
    rules = policy("redirect", to="inside", on_error="warn")
    lab = await start(rules, redirector=Gate(fault))
    answer = await lab.post(SECRET)

    assert lab.upstream.connections == 0
    assert answer.status_code == 503
    assert [v.action for v in lab.notebook.violations] == [Action.BLOCK]


async def test_a_redirect_that_cannot_be_recorded_is_dropped(start: Start) -> None:
    gate = Gate()
    lab = await start(policy("redirect", to="inside"), redirector=gate)

    def fail(_: Violation) -> None:
        raise LedgerError("disk full")

    lab.notebook.before = fail
    answer = await lab.post(SECRET)

    assert answer.status_code == 503
    assert gate.dropped == [gate]
    assert lab.upstream.connections == 0


async def test_an_answer_that_has_gone_is_an_error_and_not_another_way(start: Start) -> None:
    lab = await start(policy("redirect", to="inside"), redirector=Gate())
    answer = await lab.post(SECRET)

    assert answer.status_code == 502
    assert lab.upstream.connections == 0


async def test_clients_cannot_reach_where_answers_wait(start: Start, model: Model) -> None:
    lab = await start(policy("redirect", to="inside"), models=model.settings)
    model.go_on.set()
    await lab.post(SECRET)
    [(host, port)] = lab.proxy.guard._destinations.internal
    for name in (host, "localhost", "127.1"):
        answer = await lab.http().get(f"http://{name}:{port}/")
        assert answer.status_code == 403
