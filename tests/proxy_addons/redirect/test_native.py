"""Servers that speak the client's own format: asked in it, and their answer passes as it is."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from penstock.model import Finished
from proxy_addons.dialects.base import Request
from proxy_addons.dialects.native import NATIVE
from proxy_addons.redirect.redirector import Redirector
from tests.proxy_addons.redirect.conftest import ModelServer
from tests.proxy_addons.redirect.test_redirector import (
    NOTICE,
    Client,
    Make,
    opened,
    redirectable,
    redirector_with,
    request_in,
    sent,
)

__all__ = ["redirector_with"]

SPOKEN = ("openai_chat", "openai_responses", "anthropic_messages")
TEXT = {"type": "output_text", "text": "Fine.", "annotations": []}
MESSAGE = {"type": "message", "id": "msg_1", "role": "assistant", "content": [TEXT]}
THOUGHT = {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "Hm."}]}
COUNTS = {"input_tokens": 7, "output_tokens": 2}
RESPONSE = {"id": "resp_1", "object": "response", "status": "completed", "usage": COUNTS}

WHOLE: dict[str, Any] = {
    "openai_chat": {
        "id": "1",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "Fine."}}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 2},
        "timings": {"predicted_ms": 1.5},
    },
    "openai_responses": RESPONSE | {"error": None, "output": [THOUGHT, MESSAGE]},
    "anthropic_messages": {
        "id": "msg_1",
        "type": "message",
        "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Fine."}],
        "stop_reason": "end_turn",
        "usage": COUNTS,
    },
}


def _piece(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


def _typed(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


def _text(kind: str, **more: Any) -> dict[str, Any]:
    return _typed(f"response.{kind}", output_index=1, content_index=0, item_id="msg_1", **more)


STREAMED: dict[str, list[dict[str, Any]]] = {
    "openai_chat": [
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}]},
        _piece("Fi"),
        _piece("ne."),
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}},
    ],
    "openai_responses": [
        _typed("response.created", response={"status": "in_progress", "error": None, "output": []}),
        _typed("response.reasoning_text.delta", output_index=0, delta="Hm."),
        _typed("response.output_item.done", output_index=0, item=THOUGHT),
        _text("content_part.added", part=TEXT | {"text": ""}),
        _text("output_text.delta", delta="Fi"),
        _text("output_text.delta", delta="ne."),
        _text("output_text.done", text="Fine."),
        _text("content_part.done", part=TEXT),
        _typed("response.output_item.done", output_index=1, item=MESSAGE),
        _typed("response.completed", response=RESPONSE | {"output": [THOUGHT, MESSAGE]}),
    ],
    "anthropic_messages": [
        _typed("message_start", message={"id": "msg_1", "usage": COUNTS | {"output_tokens": 0}}),
        _typed("content_block_delta", index=0, delta=_typed("thinking_delta", thinking="Hm.")),
        _typed("content_block_start", index=1, content_block=_typed("text", text="")),
        _typed("content_block_delta", index=1, delta=_typed("text_delta", text="Fi")),
        _typed("content_block_delta", index=1, delta=_typed("text_delta", text="ne.")),
        _typed("content_block_stop", index=1),
        _typed("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 2}),
        _typed("message_stop"),
    ],
}

for _number, _event in enumerate(STREAMED["openai_responses"]):
    _event["sequence_number"] = _number


def _said(name: str, event: dict[str, Any]) -> str:
    """What a client takes for a piece of the answer's text."""
    match name, event:
        case "openai_chat", {"choices": [{"delta": {"content": str(text)}}]}:
            return text
        case "openai_responses", {"type": "response.output_text.delta", "delta": str(text)}:
            return text
        case "anthropic_messages", {"delta": {"text": str(text)}}:
            return text
    return ""


async def _asked(make: Make, server: ModelServer, name: str, **more: Any) -> Redirector:
    models = {"one": server.settings(dialects=[name], **more)}
    return await make(organization="Acme", models=models)


def _streams(events: list[dict[str, Any]], done: bool) -> Callable[[Any], Any]:
    async def behave(x: Any) -> None:
        await x.begin()
        for event in events:
            head = f"event: {event['type']}\n" if "type" in event else ""
            await x.chunk(f"{head}data: {json.dumps(event)}\n\n".encode())
        if done:
            await x.done()
        await x.end()

    return behave


@pytest.mark.parametrize("name", SPOKEN)
async def test_the_request_goes_as_it_is_but_for_whom_it_names(
    name: str, model_server: ModelServer, redirector_with: Make
) -> None:
    redirector = await _asked(redirector_with, model_server, name, api_key="inside")
    model_server.behaves = lambda x: x.json(200, WHOLE[name])
    request = request_in(name, stream=False, top_k=7, metadata={"user_id": "ada"})
    async with Client(await opened(redirector, name, request)) as client:
        await client.head()
        await client.body()

    [exchange] = model_server.requests
    before = json.loads(request.body)
    del before["metadata"]
    assert exchange.document == before | {"model": "acme-7b", "stream": False}
    assert exchange.head.startswith(f"post {NATIVE[name].target} ")
    assert "authorization: bearer inside" in exchange.head
    assert ("anthropic-version: " in exchange.head) == (name == "anthropic_messages")


@pytest.mark.parametrize("name", SPOKEN)
async def test_a_stream_passes_event_by_event_with_the_notice_before_its_first_word(
    name: str, model_server: ModelServer, redirector_with: Make
) -> None:
    redirector = await _asked(redirector_with, model_server, name)
    model_server.behaves = _streams(STREAMED[name], done=name == "openai_chat")
    finished: list[Finished] = []

    async def told(end: Finished, served_as: str) -> None:
        finished.append(end)

    answer = await opened(redirector, name, request_in(name))
    answer.tell(told)
    async with Client(answer) as client:
        head, body = await client.head(), (await client.body()).decode()

    assert "content-type: text/event-stream" in head
    assert "penstock-answered-by: one" in head
    events = [json.loads(row[6:]) for row in body.splitlines() if row.startswith("data: {")]
    hidden = name == "openai_chat"  # token counts, which the client did not ask for
    assert len(events) == len(STREAMED[name]) - hidden
    assert "".join(_said(name, event) for event in events) == NOTICE + "Fine."
    assert [e for e in events if "Answered" not in json.dumps(e)] == [
        e
        for e, new in zip(STREAMED[name], events, strict=False)
        if "Answered" not in json.dumps(new)
    ]
    assert '"Fine."' not in json.dumps(events)  # where it is said again, it is with the notice
    assert ("[DONE]" in body) == (name == "openai_chat")
    await redirector.aclose()
    assert [(f.reason, f.input_tokens, f.output_tokens, f.estimated) for f in finished] == [
        ("stop", 7, 2, False)
    ]


@pytest.mark.parametrize("name", SPOKEN)
async def test_a_whole_answer_has_the_notice_in_its_first_text(
    name: str, model_server: ModelServer, redirector_with: Make
) -> None:
    redirector = await _asked(redirector_with, model_server, name)
    model_server.behaves = lambda x: x.json(200, WHOLE[name])
    async with Client(await opened(redirector, name, request_in(name, stream=False))) as client:
        await client.head()
        body = await client.body()

    wanted = json.dumps(WHOLE[name]).replace('"Fine."', json.dumps(NOTICE + "Fine."))
    assert json.loads(body) == json.loads(wanted)


@pytest.mark.parametrize("status", [400, 404, 422, 501])
@pytest.mark.parametrize("name", ["openai_responses", "anthropic_messages"])
async def test_what_a_server_does_not_take_is_asked_again_in_chat_completions(
    name: str, status: int, model_server: ModelServer, redirector_with: Make
) -> None:
    redirector = await _asked(redirector_with, model_server, name)

    def behave(x: Any) -> Any:
        if "chat/completions" in x.head:
            return sent(x, "Fine.")
        return x.json(status, {"error": {"message": "what is this?"}})

    model_server.behaves = behave
    async with Client(await opened(redirector, name, request_in(name))) as client:
        await client.head()
        body = await client.body()

    assert b"Fine." in body
    assert len(model_server.requests) == 2
    assert not redirector.health()[0].last_failure


async def test_tools_that_run_at_the_service_are_told_in_other_words(
    model_server: ModelServer, redirector_with: Make
) -> None:
    redirector = await _asked(redirector_with, model_server, "openai_responses")
    model_server.behaves = lambda x: sent(x, "Fine.")
    request = request_in("openai_responses", tools=[{"type": "web_search"}])
    async with Client(await opened(redirector, "openai_responses", request)) as client:
        await client.head()
        await client.body()
    [exchange] = model_server.requests
    assert "/chat/completions" in exchange.head
    assert "web_search" not in json.dumps(exchange.document)


@pytest.mark.parametrize("name", SPOKEN)
async def test_an_answer_that_breaks_off_ends_as_one_of_the_service_would(
    name: str, model_server: ModelServer, redirector_with: Make
) -> None:
    redirector = await _asked(redirector_with, model_server, name)
    model_server.behaves = _streams(STREAMED[name][:5], done=False)
    if name == "openai_chat":
        model_server.behaves = _streams(STREAMED[name][:2], done=False)
    async with Client(await opened(redirector, name, request_in(name))) as client:
        await client.head()
        body = await client.body()

    assert b"stopped before its answer was complete" in body
    assert redirector.health()[0].last_failure


@pytest.mark.parametrize("name", SPOKEN)
def test_credentials_in_a_body_stay_behind(name: str) -> None:
    """Those for tools of other companies."""
    native, request = NATIVE[name], request_in(name, stream=False)
    document = json.loads(request.body)
    document["mcp_servers"] = [{"url": "https://x.example", "authorization_token": "tok-1"}]
    document["tools"] = [{"type": "mcp", "headers": {"Authorization": "tok-1"}}]
    asked = Request("POST", request.target, "application/json", json.dumps(document).encode())
    chat = redirectable(name).chat(request)
    assert native.request(asked, chat, "acme-7b") is None
    del document["tools"]
    asked = Request("POST", request.target, "application/json", json.dumps(document).encode())
    told = native.request(asked, chat, "acme-7b")
    assert told is None or b"tok-1" not in told.body
