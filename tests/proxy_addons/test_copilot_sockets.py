"""Microsoft's chats over WebSockets: refused, cleaned and answered in their own events."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from penstock.model import Action
from proxy_addons.services import Service, Services
from tests.proxy_addons.lab import HOST, Start, policy
from tests.proxy_addons.sockets import serving
from tests.proxy_addons.test_sockets import Model, model
from tests.proxy_addons.wire import Authority

__all__ = ["model"]

SECRET = "the password is SECRET-42"
CATALOGUE = Services(
    [
        Service(
            service="lab-chat",
            name="Lab Chat",
            category="chat",
            hosts=(HOST,),
            endpoints={
                "WS /c/api/chat": "copilot_socket",
                "WS /sydney/ChatHub": "copilot_signalr",
            },
        )
    ]
)
END = "\x1e"


def copilot(text: str) -> str:
    return json.dumps({"event": "send", "content": [{"type": "text", "text": text}]})


def signalr(text: str) -> str:
    message = {"author": "user", "text": text}
    record = {"type": 4, "target": "chat", "invocationId": "7", "arguments": [{"message": message}]}
    return json.dumps(record) + END


async def records(socket: ClientConnection) -> AsyncIterator[dict[str, Any]]:
    while True:
        message = await socket.recv()
        assert isinstance(message, str)
        for record in message.removesuffix(END).split(END):
            yield json.loads(record)


async def said_by_copilot(socket: ClientConnection) -> str:
    text = ""
    async for event in records(socket):
        text += event.get("text", "")
        if event["event"] == "done":
            return text
    raise AssertionError


async def said_by_signalr(socket: ClientConnection) -> str:
    text = ""
    async for record in records(socket):
        if record["type"] == 2:
            text = record["item"]["messages"][0]["text"]
        elif record["type"] == 3:
            assert record["invocationId"] == "7"
            return text
    raise AssertionError


WAYS = pytest.mark.parametrize(
    ("path", "ask", "said"),
    [
        ("/c/api/chat", copilot, said_by_copilot),
        ("/sydney/ChatHub", signalr, said_by_signalr),
    ],
    ids=["copilot", "signalr"],
)


@WAYS
async def test_a_blocked_message_gets_a_message_of_the_chat(
    start: Start, authority: Authority, path: str, ask: Any, said: Any
) -> None:
    rules = policy("block", tell="Ask the security desk.")
    async with (
        serving(start, authority, rules, catalogue=CATALOGUE) as service,
        service.client(path) as socket,
    ):
        await socket.send(ask(SECRET))
        assert (await said(socket)).endswith("Ask the security desk.")
        await socket.send(ask("hello"))
        assert await socket.recv() == ask("hello")
    assert service.heard == [ask("hello")]


@WAYS
async def test_a_redacted_message_comes_back_whole(
    start: Start, authority: Authority, path: str, ask: Any, said: Any
) -> None:
    async with (
        serving(start, authority, policy("redact"), catalogue=CATALOGUE) as service,
        service.client(path) as socket,
    ):
        await socket.send(ask(SECRET))
        assert json.loads(str(await socket.recv()).removesuffix(END)) == json.loads(
            ask(SECRET).removesuffix(END)
        )
    assert "SECRET-42" not in str(service.heard)


@pytest.mark.shows("redirect", "streamed", dialect="copilot_socket")
@pytest.mark.shows("redirect", "streamed", dialect="copilot_signalr")
@WAYS
async def test_our_own_model_answers_in_the_services_events(
    start: Start, authority: Authority, model: Model, path: str, ask: Any, said: Any
) -> None:
    rules = policy("redirect", to="inside")
    async with (
        serving(start, authority, rules, catalogue=CATALOGUE, models=model.settings) as service,
        service.client(path) as socket,
    ):
        await socket.send(ask(SECRET))
        assert (await said(socket)).endswith("from within")
        assert [v.action for v in service.lab.notebook.violations] == [Action.REDIRECT]
    assert service.heard == []
