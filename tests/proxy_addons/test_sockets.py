"""The responses API over a WebSocket, as Codex speaks it: refused, restored, answered inside."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection

from penstock.model import Action, Outcome
from tests.proxy_addons.lab import Start, policy
from tests.proxy_addons.sockets import SocketService, said, serving
from tests.proxy_addons.wire import Authority

SECRET = "the password is SECRET-42"
PATH = "/v1/responses"
LONG = "It is a number that opens the door of the room in which the numbers of all doors are."


def ask(text: str, **more: Any) -> str:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    return json.dumps({"type": "response.create", "model": "gpt", "input": [item], **more})


async def until(socket: ClientConnection, kind: str) -> list[dict[str, Any]]:
    """Events up to one of this kind."""
    events = [await said(socket)]
    while events[-1]["type"] != kind:
        events.append(await said(socket))
    return events


async def answer(service: SocketService, socket: ServerConnection, message: str | bytes) -> None:
    """Repeats the last thing that was said, in two pieces."""
    asked = json.loads(message)
    number = f"resp_{len(service.heard)}"
    text = asked["input"][-1]["content"][0]["text"] if asked["input"] else ""
    pieces = [text[: len(text) - 3], text[len(text) - 3 :]]
    item = {"id": f"msg_{number}", "type": "message", "role": "assistant", "content": []}
    whole = item | {"content": [{"type": "output_text", "text": text, "annotations": []}]}
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    place = {"output_index": 0, "content_index": 0, "item_id": item["id"]}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {"id": number, "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        *({"type": "response.output_text.delta", "delta": piece, **place} for piece in pieces),
        {"type": "response.output_item.done", "output_index": 0, "item": whole},
        {
            "type": "response.completed",
            "response": {"id": number, "output": [whole], "usage": usage},
        },
    ]
    for event in events if text else [events[0], events[-1]]:
        await socket.send(json.dumps(event))


async def test_a_blocked_prompt_gets_the_services_own_error_and_the_socket_goes_on(
    start: Start, authority: Authority
) -> None:
    rules = policy("block", tell="Ask the security desk.")
    async with (
        serving(start, authority, rules, answer=answer) as service,
        service.client(PATH) as socket,
    ):
        await socket.send(ask(SECRET, stream_id="s1"))
        event = await said(socket)

        assert (event["type"], event["status"], event["stream_id"]) == ("error", 400, "s1")
        assert event["error"]["code"] == "invalid_prompt"
        assert "Ask the security desk." in event["error"]["message"]
        [kept] = service.lab.notebook.violations
        assert (kept.action, kept.endpoint) == (Action.BLOCK, "WS /v1/responses")

        await socket.send(ask("hello"))
        assert (await until(socket, "response.completed"))[0]["type"] == "response.created"
    assert [json.loads(m)["input"][0]["content"][0]["text"] for m in service.heard] == ["hello"]


async def test_a_placeholder_that_is_cut_over_messages_is_restored(
    start: Start, authority: Authority
) -> None:
    async with (
        serving(start, authority, policy("redact"), answer=answer) as service,
        service.client(PATH) as socket,
    ):
        await socket.send(ask("it is SECRET-42"))
        events = await until(socket, "response.completed")

        spoken = [e["delta"] for e in events if "delta" in e]
        assert "".join(spoken) == "it is SECRET-42"
        assert "SECRET-42" not in str(service.heard)


async def test_a_message_that_goes_as_it_is_gets_back_what_was_taken_out_before_its_socket(
    start: Start, authority: Authority
) -> None:
    known = [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": LONG}]}
    ]
    async with serving(start, authority, policy("redact"), answer=answer) as service:
        async with service.client(PATH) as socket:
            first, then = json.loads(ask("it is SECRET-42")), json.loads(ask("and so?"))
            asked = first | {"input": [*first["input"], *known, *then["input"]]}
            await socket.send(json.dumps(asked))
            await until(socket, "response.completed")
        [placeholder] = re.findall(r"\[[A-Z]+_\d+\]", str(service.heard))
        async with service.client(PATH) as socket:
            later = json.loads(ask(f"why {placeholder}?"))
            asked = later | {"input": [*known, *then["input"], *known, *later["input"]]}
            await socket.send(json.dumps(asked))
            events = await until(socket, "response.completed")

    assert "".join(e["delta"] for e in events if "delta" in e) == "why SECRET-42?"
    assert "SECRET-42" not in str(service.heard)


@dataclass
class Model:
    """An OpenAI-compatible server that says `from within`."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    @property
    def settings(self) -> dict[str, Any]:
        return {"inside": {"base_url": f"http://127.0.0.1:{self.port}/v1", "model": "m"}}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        self.asked.append(json.loads(await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
        writer.write(b"connection: close\r\n\r\n")
        for delta, reason in (({"content": "from "}, None), ({"content": "within"}, "stop")):
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            chunk = {"id": "1", "object": "chat.completion.chunk", "choices": [choice]}
            writer.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        writer.write(b"data: [DONE]\n\n")
        await writer.drain()
        writer.close()


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    model = Model()
    server = await asyncio.start_server(model.serve, "127.0.0.1", 0)
    model.port = server.sockets[0].getsockname()[1]
    yield model
    server.close()


def spoken(asked: dict[str, Any]) -> list[tuple[str, str]]:
    return [(m["role"], m["content"]) for m in asked["messages"]]


@pytest.mark.shows("redirect", "streamed", dialect="openai_responses_socket")
async def test_the_answer_of_our_own_model_comes_as_the_services_own_events(
    start: Start, authority: Authority, model: Model
) -> None:
    rules = policy("redirect", to="inside")
    async with (
        serving(start, authority, rules, answer=answer, models=model.settings) as service,
        service.client(PATH) as socket,
    ):
        await socket.send(ask(SECRET))
        events = await until(socket, "response.completed")

        kinds = [e["type"] for e in events]
        assert kinds[0] == "response.created"
        assert kinds.count("response.output_text.delta") == 2
        text = events[-1]["response"]["output"][0]["content"][0]["text"]
        assert text.endswith("from within")
        assert text != "from within"  # the notice stands before it
        [kept] = service.lab.notebook.violations
        assert (kept.action, kept.outcome, kept.model) == (
            Action.REDIRECT,
            Outcome.PREVENTED,
            "inside",
        )
    assert service.heard == []


async def test_a_conversation_that_was_answered_inside_stays_inside_with_its_history(
    start: Start, authority: Authority, model: Model
) -> None:
    rules = policy("redirect", to="inside")
    async with (
        serving(start, authority, rules, answer=answer, models=model.settings) as service,
        service.client(PATH) as socket,
    ):
        await socket.send(ask("", input=[], generate=False, instructions="Be brief."))
        known_as = (await until(socket, "response.completed"))[-1]["response"]["id"]
        for text in ("hello", SECRET, "and now?"):
            await socket.send(ask(text, previous_response_id=known_as))
            known_as = (await until(socket, "response.completed"))[-1]["response"]["id"]

        first, second = model.asked
        assert spoken(first) == [
            ("system", "Be brief."),
            ("user", "hello"),
            ("assistant", "hello"),
            ("user", SECRET),
        ]
        assert spoken(second)[:4] == spoken(first)
        assert spoken(second)[4][1].endswith("from within")
        assert spoken(second)[5] == ("user", "and now?")
        assert [v.action for v in service.lab.notebook.violations] == [Action.REDIRECT] * 2

        await socket.send(ask("something else"))
        await until(socket, "response.completed")
    assert [json.loads(m)["input"][-1:] == [] for m in service.heard] == [True, False, False]
    assert "SECRET-42" not in str(service.heard)
    assert "and now?" not in str(service.heard)


async def test_a_secret_in_what_only_prepares_is_not_sent_and_the_client_goes_on(
    start: Start, authority: Authority, model: Model
) -> None:
    rules = policy("redirect", to="inside")
    async with (
        serving(start, authority, rules, answer=answer, models=model.settings) as service,
        service.client(PATH) as socket,
    ):
        await socket.send(ask("", input=[], generate=False, instructions=SECRET))
        prepared = await until(socket, "response.completed")
        assert [e["type"] for e in prepared] == ["response.created", "response.completed"]
        assert prepared[-1]["response"]["output"] == []

        await socket.send(ask("hello", previous_response_id=prepared[-1]["response"]["id"]))
        await until(socket, "response.completed")
        assert spoken(model.asked[0]) == [("system", SECRET), ("user", "hello")]
    assert service.heard == []


async def test_without_a_model_the_fallback_holds(start: Start, authority: Authority) -> None:
    rules = policy("redirect", to="inside")
    async with (
        serving(start, authority, rules, answer=answer) as service,
        service.client(PATH) as socket,
    ):
        await socket.send(ask(SECRET))
        assert (await said(socket))["type"] == "error"
        [kept] = service.lab.notebook.violations
        assert kept.action is Action.BLOCK
    assert service.heard == []


async def test_what_goes_on_from_an_unknown_answer_is_not_answered_inside(
    start: Start, authority: Authority, model: Model
) -> None:
    rules = policy("redirect", to="inside")
    async with (
        serving(start, authority, rules, answer=answer, models=model.settings) as service,
        service.client(PATH) as socket,
    ):
        await socket.send(ask(SECRET, previous_response_id="resp_of_yesterday"))
        assert (await said(socket))["type"] == "error"
    assert service.heard == []
    assert model.asked == []


async def test_a_client_that_leaves_stops_the_answer(start: Start, authority: Authority) -> None:
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        choice = {"index": 0, "delta": {"content": "x"}, "finish_reason": None}
        writer.write(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")
        while await reader.read(65536):
            pass
        gone.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    models = {"inside": {"base_url": f"http://127.0.0.1:{port}/v1", "model": "m"}}
    rules = policy("redirect", to="inside")
    async with serving(start, authority, rules, answer=answer, models=models) as service:
        async with service.client(PATH) as socket:
            await socket.send(ask(SECRET))
            await until(socket, "response.output_text.delta")
        async with asyncio.timeout(60):
            await gone.wait()
    server.close()
