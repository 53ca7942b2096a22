"""A prompt that stays inside: asked of a model server, answered in the client's own format."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import import_module
from typing import Any

import pytest

from penstock.errors import ModelUnavailable
from penstock.model import Chat
from penstock.settings import Settings
from proxy_addons.dialects.base import Redirectable, Request
from proxy_addons.dialects.openai_chat import dialect as openai_chat
from proxy_addons.redirect.redirector import Opened, Redirector

NOTICE = "[Answered by Acme's internal model acme-7b; nothing was sent to Claude.]\n\n"


def request_in(name: str, *, stream: bool = True, **more: object) -> Request:
    messages = [{"role": "user", "content": "How are you?"}]
    target = "/v1/messages" if name == "anthropic_messages" else "/v1/chat/completions"
    document: dict[str, object] = {"model": "m", "messages": messages, "stream": stream, **more}
    if name == "anthropic_messages":
        document["max_tokens"] = 100
    if name == "openai_responses":
        target, document = "/v1/responses", {"model": "m", "input": "Hi", "stream": stream, **more}
    if name == "gemini_generate":
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        target = f"/v1beta/models/m:{method}"
        document = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}], **more}
    return Request("POST", target, "application/json", json.dumps(document).encode())


def redirectable(name: str) -> Redirectable:
    dialect = import_module(f"proxy_addons.dialects.{name}").dialect
    assert isinstance(dialect, Redirectable)
    return dialect


class Client:
    """What mitmproxy is to the gateway."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened

    async def __aenter__(self) -> "Client":
        self.reader, self.writer = await asyncio.open_connection(self.opened.host, self.opened.port)
        self.writer.write(f"GET {self.opened.path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    async def head(self) -> str:
        return (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()

    async def chunk(self) -> bytes:
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        return (await self.reader.readexactly(size + 2))[:-2]

    async def body(self) -> bytes:
        found = b""
        while chunk := await self.chunk():
            found += chunk
        return found


type Make = Callable[..., Awaitable[Redirector]]


@pytest.fixture
async def redirector_with(model_server: Any) -> AsyncIterator[Make]:
    made: list[Redirector] = []

    async def make(**settings: object) -> Redirector:
        models = {"one": model_server.settings()}
        all_settings = Settings.model_validate({"models": models, **settings})
        made.append(Redirector.of(all_settings, openai_chat))
        await made[-1].start()
        return made[-1]

    yield make
    for redirector in made:
        await redirector.aclose()


@pytest.fixture
async def redirector(redirector_with: Make) -> Redirector:
    return await redirector_with(organization="Acme")


async def opened(redirector: Redirector, name: str, request: Request) -> Opened:
    dialect = redirectable(name)
    return await redirector.open(dialect.chat(request), ("one",), dialect, request, "Claude")


async def fetched(redirector: Redirector, name: str, request: Request) -> tuple[str, bytes]:
    async with Client(await opened(redirector, name, request)) as client:
        return await client.head(), await client.body()


def sent(x: Any, *texts: str) -> Any:
    async def behave() -> None:
        await x.begin()
        for text in texts:
            await x.event({"choices": [{"index": 0, "delta": {"content": text}}]})
        await x.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        await x.done()
        await x.end()

    return behave()


def whole(x: Any, text: str) -> Any:
    message = {"role": "assistant", "content": text}
    return x.json(200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})


DIALECTS = ("openai_chat", "openai_responses", "anthropic_messages", "gemini_generate")


@pytest.mark.parametrize("name", DIALECTS)
async def test_an_answer_streams_back_in_the_clients_own_format_with_a_notice(
    name: str, model_server: Any, redirector: Redirector
) -> None:
    model_server.behaves = lambda x: sent(x, "Fi", "ne.")

    head, body = await fetched(redirector, name, request_in(name))

    assert head.startswith("http/1.1 200 ")
    assert "content-type: text/event-stream" in head
    assert "penstock-answered-by: one" in head
    assert body.count(json.dumps(NOTICE)[1:-1].encode()) >= 1
    assert body.index(b"Answered by Acme") < body.index(b"ne.")


@pytest.mark.parametrize("name", DIALECTS)
async def test_an_unstreamed_answer_comes_whole(
    name: str, model_server: Any, redirector: Redirector
) -> None:
    model_server.behaves = lambda x: whole(x, "Fine.")

    head, body = await fetched(redirector, name, request_in(name, stream=False))

    assert "content-type: application/json" in head
    json.loads(body)
    assert json.dumps(NOTICE + "Fine.")[1:-1].encode() in body


async def test_each_token_reaches_the_client_before_the_next_one_exists(
    model_server: Any, redirector: Redirector
) -> None:
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def token_by_token(x: Any) -> None:
        await x.begin()
        for token in ("one ", "two ", "three "):
            await x.event({"choices": [{"index": 0, "delta": {"content": token}}]})
            assert await seen.get() == token  # goes on only when the client has it
        await x.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        await x.done()
        await x.end()

    model_server.behaves = token_by_token
    request = request_in("openai_chat")

    async with Client(await opened(redirector, "openai_chat", request)) as client:
        await client.head()
        for token in ("one ", "two ", "three "):
            while token.encode() not in await client.chunk():
                pass
            seen.put_nowait(token)
        assert b"[DONE]" in await client.body()


@pytest.mark.parametrize("wanted", [{"type": "json_object"}])
async def test_json_that_a_program_asked_for_gets_no_notice(
    wanted: object, model_server: Any, redirector: Redirector
) -> None:
    model_server.behaves = lambda x: whole(x, '{"title": "Greeting"}')
    request = request_in("openai_chat", stream=False, response_format=wanted)

    head, body = await fetched(redirector, "openai_chat", request)

    content = json.loads(body)["choices"][0]["message"]["content"]
    assert json.loads(content) == {"title": "Greeting"}
    assert "penstock-answered-by: one" in head


async def test_an_answer_that_is_only_a_tool_call_gets_no_notice(
    model_server: Any, redirector: Redirector
) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    model_server.behaves = lambda x: x.json(200, {"choices": [choice]})
    tool = {"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}

    _, body = await fetched(
        redirector, "openai_chat", request_in("openai_chat", stream=False, tools=[tool])
    )

    said = json.loads(body)["choices"][0]
    assert said["finish_reason"] == "tool_calls"
    assert said["message"]["tool_calls"][0]["function"]["name"] == "find"
    assert b"Answered by" not in body


@pytest.mark.parametrize("name", DIALECTS)
async def test_an_answer_that_breaks_off_ends_as_the_service_ends_a_broken_one(
    name: str, model_server: Any, redirector: Redirector
) -> None:
    async def dies(x: Any) -> None:
        await x.begin()
        await x.event({"choices": [{"index": 0, "delta": {"content": "Fi"}}]})
        await x.event({"error": {"message": "CUDA error in /srv/secret"}})
        x.reset()

    model_server.behaves = dies

    _, body = await fetched(redirector, name, request_in(name))

    assert b"The internal model stopped before its answer was complete." in body
    assert b"secret" not in body


async def test_a_model_that_is_down_leaves_nothing_behind(
    model_server: Any, redirector: Redirector
) -> None:
    model_server.behaves = lambda x: x.json(503, {})

    with pytest.raises(ModelUnavailable, match="answered 503"):
        await opened(redirector, "openai_chat", request_in("openai_chat"))

    assert redirector.gateway.waiting == 0


async def test_a_client_that_leaves_stops_the_model(
    model_server: Any, redirector: Redirector
) -> None:
    stopped = asyncio.Event()

    async def endless(x: Any) -> None:
        await x.begin()
        await x.event({"choices": [{"index": 0, "delta": {"content": "Fi"}}]})
        await x.client_gone()
        stopped.set()

    model_server.behaves = endless
    async with Client(await opened(redirector, "openai_chat", request_in("openai_chat"))) as client:
        await client.head()

    await stopped.wait()


async def test_an_answer_that_is_dropped_stops_the_model(
    model_server: Any, redirector: Redirector
) -> None:
    stopped = asyncio.Event()

    async def endless(x: Any) -> None:
        await x.begin()
        await x.event({"choices": [{"index": 0, "delta": {"content": "Fi"}}]})
        await x.client_gone()
        stopped.set()

    model_server.behaves = endless

    redirector.drop(await opened(redirector, "openai_chat", request_in("openai_chat")))

    await stopped.wait()


@pytest.mark.parametrize(
    ("language", "organization", "said"),
    [
        ("en", "", "[Answered by the company's internal model acme-7b; nothing was sent to"),
        ("de", "Acme", "[Beantwortet vom internen Modell acme-7b von Acme; an Claude wurde nichts"),
        ("fr", "", "[Réponse du modèle interne acme-7b de l'entreprise ; rien n'a été envoyé à"),
        ("es", "Acme", "[Respuesta del modelo interno acme-7b de Acme; no se ha enviado nada a"),
    ],
)
async def test_the_notice_is_in_the_persons_language(
    language: str, organization: str, said: str, model_server: Any, redirector_with: Make
) -> None:
    model_server.behaves = lambda x: whole(x, "ok")
    redirector = await redirector_with(language=language, organization=organization)

    _, body = await fetched(redirector, "openai_chat", request_in("openai_chat", stream=False))

    assert json.loads(body)["choices"][0]["message"]["content"].startswith(said)


def test_a_conversation_is_one_whatever_the_dialect() -> None:
    for name in DIALECTS:
        assert isinstance(redirectable(name).chat(request_in(name)), Chat)
