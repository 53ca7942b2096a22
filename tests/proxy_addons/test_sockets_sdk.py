"""The `openai` library's own sockets, through the proxy: its parsers take what we write."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from websockets.asyncio.server import ServerConnection

from penstock.model import Action
from tests.proxy_addons.lab import HOST, Lab, Start, policy
from tests.proxy_addons.sockets import Answering, SocketService, serving
from tests.proxy_addons.test_sockets import Model, answer, model
from tests.proxy_addons.wire import Authority

__all__ = ["model"]

SECRET = "the password is SECRET-42"
SDK = "openai for Python"


def client() -> AsyncOpenAI:
    return AsyncOpenAI(api_key="sk-none", websocket_base_url=f"wss://{HOST}/v1")


def through(lab: Lab) -> Any:
    proxy = f"http://{lab.address[0]}:{lab.address[1]}"
    return {"ssl": lab.trusting(), "proxy": proxy}


@asynccontextmanager
async def realtime(
    start: Start, authority: Authority, rules: Any, answer: Answering, models: Any = None
) -> AsyncGenerator[tuple[SocketService, AsyncRealtimeConnection]]:
    """A session that the library has opened through the proxy."""
    more = {} if models is None else {"models": models}
    async with (
        serving(start, authority, rules, answer=answer, **more) as service,
        client() as openai,
        openai.realtime.connect(
            model="gpt-realtime", websocket_connection_options=through(service.lab)
        ) as socket,
    ):
        yield service, socket


@pytest.mark.tried(SDK, dialect="openai_responses_socket")
async def test_a_refusal_and_an_answer_from_inside_on_the_socket_of_the_responses_api(
    start: Start, authority: Authority, model: Model
) -> None:
    for then in ("block", "redirect"):
        rules = policy(then, **({"to": "inside"} if then == "redirect" else {}))
        async with (
            serving(start, authority, rules, answer=answer, models=model.settings) as service,
            client() as openai,
            openai.responses.connect(websocket_connection_options=through(service.lab)) as socket,
        ):
            await socket.response.create(model="gpt-5", input=SECRET)
            kinds, said = [], ""
            async for event in socket:
                kinds.append(event.type)
                if event.type == "response.output_text.delta":
                    said += event.delta
                if event.type in ("error", "response.completed"):
                    break
            assert kinds[-1] == {"block": "error", "redirect": "response.completed"}[then]
            assert said.endswith({"block": "", "redirect": "from within"}[then])
        assert service.heard == []


@pytest.mark.tried(SDK, dialect="openai_realtime")
async def test_a_session_of_the_realtime_api_is_cleaned_restored_and_refused(
    start: Start, authority: Authority
) -> None:
    async def talk(service: SocketService, socket: ServerConnection, message: str | bytes) -> None:
        asked = json.loads(message)
        if asked["type"] == "conversation.item.create":
            text = asked["item"]["content"][0]["text"]
            for piece in (text[:-5], text[-5:]):
                ids = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
                event = {"type": "response.output_text.delta", "event_id": "e", "delta": piece}
                await socket.send(json.dumps(event | ids))
        await socket.send(json.dumps({"type": "response.done", "event_id": "e", "response": {}}))

    for then, last in (("redact", "response.done"), ("block", "error")):
        async with realtime(start, authority, policy(then), talk) as (service, socket):
            await socket.conversation.item.create(item=user(SECRET))
            said = ""
            async for event in socket:
                said += event.delta if event.type == "response.output_text.delta" else ""
                if event.type in ("response.done", "error"):
                    break
            assert event.type == last
            assert said == (SECRET if then == "redact" else "")
        assert "SECRET-42" not in str(service.heard)


@pytest.mark.shows("redirect", "streamed", dialect="openai_realtime")
@pytest.mark.tried(SDK, dialect="openai_realtime")
async def test_a_session_in_text_goes_on_inside(
    start: Start, authority: Authority, model: Model
) -> None:
    rules = policy("redirect", to="inside")
    async with realtime(start, authority, rules, session, model.settings) as (service, socket):
        await socket.session.update(
            session={"type": "realtime", "output_modalities": ["text"], "instructions": "Be brief."}
        )
        for text in ("hello", SECRET, "and then?"):
            await socket.conversation.item.create(item=user(text))
            await socket.response.create()
            said, kinds = "", list[str]()
            async for event in socket:
                kinds.append(event.type)
                if event.type == "response.output_text.done":
                    said = event.text
                if event.type in ("response.done", "error"):
                    break
            assert kinds[-1] == "response.done"
            assert said.endswith("from the service" if text == "hello" else "from within")
            assert event.type == "response.done"
            assert event.response.status == "completed"

    assert [m["content"] for m in model.asked[-1]["messages"]][:2] == ["Be brief.", "hello"]
    assert [m["role"] for m in model.asked[-1]["messages"]] == [
        *("system", "user", "assistant", "user", "assistant", "user"),
    ]
    assert "SECRET-42" not in str(service.heard)
    assert "and then?" not in str(service.heard)


async def test_who_asks_about_a_refused_item_is_told_why_in_the_answer(
    start: Start, authority: Authority
) -> None:
    rules = policy("block", tell="Ask the security desk.")
    async with realtime(start, authority, rules, session) as (service, socket):
        for then in ("asked about", "gone on without", "gone on without"):
            await socket.conversation.item.create(item=user(SECRET))
            assert (await socket.recv()).type == "error"
            if then == "gone on without":
                await socket.conversation.item.create(item=user("hello"))
            await socket.response.create()
            said = ""
            async for event in socket:
                said += event.text if event.type == "response.output_text.done" else ""
                if event.type == "response.done":
                    break
            assert event.response.status == "completed"
            told = said.endswith("Ask the security desk.")
            assert told if then == "asked about" else said == "from the service"

        kept = service.lab.notebook.violations
        assert [v.action for v in kept] == [Action.BLOCK] * 3
    kinds = [json.loads(message)["type"] for message in service.heard]
    assert kinds == ["conversation.item.create", "response.create"] * 2


async def test_what_is_spoken_is_not_answered_inside(
    start: Start, authority: Authority, model: Model
) -> None:
    rules = policy("redirect", to="inside")
    async with realtime(start, authority, rules, session, model.settings) as (service, socket):
        await socket.conversation.item.create(item=user(SECRET))
        event = await socket.recv()

    assert event.type == "error"
    assert service.heard == []


def user(text: str) -> Any:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


async def session(_: SocketService, socket: ServerConnection, message: str | bytes) -> None:
    """The service, as far as these sessions need it."""
    asked = json.loads(message)
    said: list[dict[str, Any]] = []
    match asked["type"]:
        case "session.update":
            said = [{"type": "session.updated", "session": asked["session"]}]
        case "conversation.item.create":
            item = {"id": "item_1", **asked["item"]}
            said = [{"type": f"conversation.item.{k}", "item": item} for k in ("added", "done")]
        case "response.create":
            item = {
                "id": "item_2",
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "from the service"}],
            }
            where = {"item_id": "item_2", "response_id": "r", "output_index": 0, "content_index": 0}
            done = {"type": "response.output_text.done", "text": "from the service", **where}
            response = {"id": "r", "status": "completed", "output": [item]}
            said = [done, {"type": "conversation.item.done", "item": item}]
            said.append({"type": "response.done", "response": response})
    for event in said:
        await socket.send(json.dumps({"event_id": "e", **event}))
