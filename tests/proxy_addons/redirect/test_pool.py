"""Internal models of every temperament: which one answers, and what happens when none does."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from penstock.errors import ConfigError, ConversationTooLong, ModelUnavailable
from penstock.model import (
    AnswerEvent,
    CallDelta,
    CallStarted,
    Chat,
    Failed,
    Finished,
    TextDelta,
    Tool,
    Turn,
)
from penstock.settings import ModelSettings
from proxy_addons.dialects.openai_chat import dialect
from proxy_addons.redirect.pool import Pool

WHOLE = Chat(turns=(Turn("user", ("How are you?",)),), stream=False, model="gpt-x")
STREAMED = replace(WHOLE, stream=True)

COMPLETION: dict[str, Any] = {
    "id": "1",
    "object": "chat.completion",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Fine."}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
}


def chunk(delta: object, reason: str | None = None, **more: object) -> dict[str, object]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"object": "chat.completion.chunk", "choices": [choice], **more}


USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


@pytest.fixture
async def pool_of() -> AsyncIterator[Callable[..., Pool]]:
    pools: list[Pool] = []

    def make(**models: ModelSettings) -> Pool:
        pools.append(Pool(models, dialect))
        return pools[-1]

    yield make
    for pool in pools:
        await pool.aclose()


@pytest.fixture
def ask(model_server: Any, pool_of: Callable[..., Pool]) -> Callable[[Chat], Any]:
    """Everything the one model says to a conversation."""
    pool = pool_of(one=model_server.settings())

    async def events(chat: Chat) -> list[AnswerEvent]:
        answer = await pool.open(chat, ("one",))
        try:
            return [event async for event in answer]
        finally:
            await answer.aclose()

    return events


def text(events: list[AnswerEvent]) -> str:
    return "".join(e.text for e in events if isinstance(e, TextDelta))


# ── servers that answer, each in its own way ──


async def vllm(x: Any) -> None:
    await x.begin("text/event-stream; charset=utf-8")
    await x.event(chunk({"role": "assistant", "content": ""}))
    await x.event(chunk({"content": "Fi"}))
    await x.event(chunk({"content": "ne."}))
    await x.event(chunk({}, "stop"))
    await x.event({"object": "chat.completion.chunk", "choices": [], "usage": USAGE})
    await x.done()
    await x.end()


async def llama_server(x: Any) -> None:
    await x.begin()
    await x.event(chunk({"role": "assistant", "content": None}))
    await x.event(chunk({"content": "Fine."}))
    await x.event(chunk({}, "stop"))
    await x.event(
        {"object": "chat.completion.chunk", "choices": [], "usage": USAGE, "timings": {"n": 1}}
    )
    await x.done()
    await x.end()


async def llama_cpp_python(x: Any) -> None:
    await x.begin()
    await x.event(chunk({"role": "assistant"}))
    await x.event(chunk({"content": "Fine."}))
    await x.event(chunk({}, "stop"))
    await x.done()
    await x.end()


async def transformers_serve(x: Any) -> None:
    await x.begin()
    await x.event(chunk({"role": "assistant", "content": "Fine."}, model="acme@main"))
    await x.event(chunk({}, "stop", usage=USAGE))
    await x.end()


async def in_bytes(x: Any) -> None:
    await x.begin()
    said = [chunk({"content": "Fi"}), chunk({"content": "ne."}), chunk({}, "stop")]
    body = b"".join(b"data: " + json.dumps(s).encode() + b"\r\n\r\n" for s in said)
    for i in range(len(body)):
        await x.chunk(body[i : i + 1])
    await x.done()
    await x.end()


async def with_comments(x: Any) -> None:
    await x.begin()
    await x.chunk(b": ping\n\n")
    await x.event(chunk({"content": "Fine."}))
    await x.chunk(b": ping\n\n")
    await x.event(chunk({}, "stop"))
    await x.done()
    await x.end()


@pytest.mark.parametrize(
    ("server", "estimated"),
    [
        (vllm, False),
        (llama_server, False),
        (llama_cpp_python, True),
        (transformers_serve, False),
        (in_bytes, True),
        (with_comments, True),
    ],
)
async def test_every_servers_stream_is_understood(
    server: Any, estimated: bool, model_server: Any, ask: Any
) -> None:
    model_server.behaves = server

    events = await ask(STREAMED)

    assert text(events) == "Fine."
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "stop"
    assert events[-1].estimated is estimated
    if not estimated:
        assert (events[-1].input_tokens, events[-1].output_tokens) == (5, 2)


async def test_a_whole_answer_is_understood(model_server: Any, ask: Any) -> None:
    model_server.behaves = lambda x: x.json(200, COMPLETION)

    events = await ask(WHOLE)

    assert text(events) == "Fine."
    assert events[-1] == Finished("stop", 5, 2)


async def test_tool_calls_come_through(model_server: Any, ask: Any) -> None:
    async def calls(x: Any) -> None:
        function = {"name": "find", "arguments": ""}
        start = {"index": 0, "id": "c1", "type": "function", "function": function}
        await x.begin()
        await x.event(chunk({"role": "assistant", "content": None, "tool_calls": [start]}))
        for piece in ('{"q":', '"x"}'):
            more = {"index": 0, "function": {"arguments": piece}}
            await x.event(chunk({"tool_calls": [more]}))
        await x.event(chunk({}, "tool_calls"))
        await x.done()
        await x.end()

    model_server.behaves = calls

    events = await ask(replace(STREAMED, tools=(Tool("find", "", "{}"),)))

    assert CallStarted(0, "c1", "find") in events
    assert "".join(e.arguments for e in events if isinstance(e, CallDelta)) == '{"q":"x"}'
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "tool_calls"


# ── what goes to the model ──


async def test_only_our_own_credentials_and_headers_go_to_the_model(
    model_server: Any, pool_of: Callable[..., Pool]
) -> None:
    model_server.behaves = lambda x: x.json(200, COMPLETION)
    pool = pool_of(one=model_server.settings(api_key="own-key"))

    await (await pool.open(WHOLE, ("one",))).aclose()

    [request] = model_server.requests
    names = {line.partition(":")[0] for line in request.head.split("\r\n")[1:]}
    assert request.head.startswith("post /v1/chat/completions http/1.1")
    assert "authorization: bearer own-key" in request.head
    assert names == {
        "host",
        "content-type",
        "content-length",
        "accept",
        "accept-encoding",
        "user-agent",
        "authorization",
        "penstock-redirected",
    }
    assert request.document["model"] == "acme-7b"


async def test_environment_proxies_are_not_used(
    model_server: Any, pool_of: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    model_server.behaves = lambda x: x.json(200, COMPLETION)

    await (await pool_of(one=model_server.settings()).open(WHOLE, ("one",))).aclose()

    assert len(model_server.requests) == 1


async def test_a_connection_is_used_again(model_server: Any, ask: Any) -> None:
    for server in (vllm, llama_cpp_python, vllm):
        model_server.behaves = server
        await ask(STREAMED)

    assert len(model_server.requests) == 3
    assert model_server.connections == 1


async def test_a_client_that_asks_for_more_than_is_left_gets_what_is_left(
    model_server: Any, pool_of: Callable[..., Pool]
) -> None:
    model_server.behaves = lambda x: x.json(200, COMPLETION)
    pool = pool_of(one=model_server.settings(context_tokens=512))

    await (await pool.open(replace(WHOLE, max_tokens=32_000), ("one",))).aclose()

    sent = model_server.requests[0].document
    limits = [n for key in ("max_tokens", "max_completion_tokens") if (n := sent.get(key))]
    assert limits
    assert all(400 < limit < 512 for limit in limits)


# ── servers that do not answer ──


async def refused_nested(x: Any) -> None:
    await x.json(500, {"error": {"message": "secret path /srv", "type": "server_error"}})


async def refused_flat(x: Any) -> None:
    await x.json(400, {"object": "error", "message": "too long", "code": 400})


async def refused_detail(x: Any) -> None:
    await x.json(404, {"detail": "Not Found"})


async def busy(x: Any) -> None:
    await x.json(429, {"error": {"message": "slow down"}})


async def elsewhere(x: Any) -> None:
    await x.whole(307, "text/plain", b"", "location: http://127.0.0.1:1/v1/chat/completions")


async def web_page(x: Any) -> None:
    await x.whole(200, "text/html", b"<h1>It works!</h1>")


async def packed(x: Any) -> None:
    await x.whole(200, "application/json", b"\x1f\x8b", "content-encoding: gzip")


async def other_json(x: Any) -> None:
    await x.json(200, {"hello": "world"})


async def half_json(x: Any) -> None:
    await x.whole(200, "application/json", b'{"choices": [')


async def empty(x: Any) -> None:
    await x.whole(200, "application/json", b"")


async def no_events(x: Any) -> None:
    await x.begin()
    await x.end()


async def garbage_events(x: Any) -> None:
    await x.begin()
    await x.chunk(b"data: {not json\n\n")
    await x.end()


async def error_event(x: Any) -> None:
    await x.begin()
    await x.event({"error": {"message": "out of memory at /srv/secret", "code": 500}})
    await x.end()


async def no_http(x: Any) -> None:
    await x.raw_bytes(b"SSH-2.0-OpenSSH_9.9\r\n")
    x.close()


async def closes(x: Any) -> None:
    x.close()


async def resets(x: Any) -> None:
    x.reset()


async def resets_after_head(x: Any) -> None:
    await x.begin()
    x.reset()


async def hangs(x: Any) -> None:
    await x.client_gone()


async def hangs_after_head(x: Any) -> None:
    await x.begin()
    await x.client_gone()


async def only_pings(x: Any) -> None:
    await x.begin()
    async with asyncio.timeout(None):
        while True:
            await x.chunk(b": ping\n\n")
            await asyncio.sleep(0.01)


FAILURES = [
    refused_nested,
    refused_flat,
    refused_detail,
    busy,
    elsewhere,
    web_page,
    packed,
    other_json,
    half_json,
    empty,
    no_http,
    closes,
    resets,
    hangs,
]
STREAM_FAILURES = [
    no_events,
    garbage_events,
    error_event,
    resets_after_head,
    hangs_after_head,
    only_pings,
]
SILENT = (hangs, hangs_after_head, only_pings)


@pytest.mark.parametrize(
    ("server", "chat"),
    [(s, c) for s in FAILURES for c in (WHOLE, STREAMED)]
    + [(s, STREAMED) for s in STREAM_FAILURES],
)
async def test_when_a_model_does_not_answer_the_next_one_does(
    server: Any,
    chat: Chat,
    model_server: Any,
    second_server: Any,
    pool_of: Callable[..., Pool],
) -> None:
    model_server.behaves = server
    second_server.behaves = vllm if chat.stream else lambda x: x.json(200, COMPLETION)
    limit_s = 1 if server in SILENT else 30
    one, two = model_server.settings(answer_s=limit_s), second_server.settings(answer_s=30)
    pool = pool_of(one=one, two=two)

    answer = await pool.open(chat, ("one", "two"))
    events = [event async for event in answer]
    await answer.aclose()

    assert answer.model == "two"
    assert text(events) == "Fine."
    assert len(model_server.requests) == 1


@pytest.mark.parametrize(
    ("server", "chat"),
    [(s, WHOLE) for s in FAILURES] + [(s, STREAMED) for s in STREAM_FAILURES],
)
async def test_when_none_answers_the_reason_says_which_and_how_and_nothing_they_said(
    server: Any, chat: Chat, model_server: Any, pool_of: Callable[..., Pool]
) -> None:
    model_server.behaves = server

    with pytest.raises(ModelUnavailable, match="`one`") as e:
        await pool_of(one=model_server.settings(answer_s=0.2)).open(chat, ("one",))

    assert "srv" not in str(e.value)
    assert "How are you" not in str(e.value)


async def test_a_refused_connection_is_not_waited_for(pool_of: Callable[..., Pool]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings = ModelSettings(
            base_url=f"http://127.0.0.1:{closed.getsockname()[1]}/v1", model="m"
        )
        with pytest.raises(ModelUnavailable, match="cannot be reached"):
            await pool_of(one=settings).open(WHOLE, ("one",))


async def test_a_conversation_longer_than_the_context_is_not_sent(
    model_server: Any, second_server: Any, pool_of: Callable[..., Pool]
) -> None:
    long = replace(WHOLE, turns=(Turn("user", ("word " * 3000,)),))
    second_server.behaves = lambda x: x.json(200, COMPLETION)
    pool = pool_of(one=model_server.settings(context_tokens=1024), two=second_server.settings())

    answer = await pool.open(long, ("one", "two"))
    await answer.aclose()

    assert answer.model == "two"
    assert model_server.requests == []
    with pytest.raises(ConversationTooLong, match="too long for `one`"):
        await pool.open(long, ("one",))
    second_server.behaves = lambda x: x.json(500, {})
    with pytest.raises(ModelUnavailable) as failed:
        await pool.open(long, ("one", "two"))
    assert not isinstance(failed.value, ConversationTooLong)


async def test_a_server_that_cuts_what_is_too_long_for_it_is_in_the_log_once(
    model_server: Any, ask: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def behave(x: Any) -> None:
        await x.json(200, COMPLETION | {"usage": USAGE | {"prompt_tokens": 2_048}})

    model_server.behaves = behave
    for words in (100, 2_000, 8_000, 9_000):
        await ask(replace(WHOLE, turns=(Turn("user", ("figures " * words,)),)))
    [line] = [r.getMessage() for r in caplog.records if "cut" in r.getMessage()]
    assert "`one` read 2048 tokens of a conversation of about 18" in line
    assert "figures" not in line


async def test_a_model_the_settings_do_not_know_is_named(pool_of: Callable[..., Pool]) -> None:
    with pytest.raises(ModelUnavailable, match="`ghost` is not in the settings"):
        await pool_of().open(WHOLE, ("ghost",))


# ── in the middle of an answer ──


async def reset_midway(x: Any) -> None:
    await x.begin()
    await x.event(chunk({"content": "Fi"}))
    x.reset()


async def truncated(x: Any) -> None:
    await x.begin()
    await x.event(chunk({"content": "Fi"}))
    await x.end()


async def cut_in_a_chunk(x: Any) -> None:
    await x.begin()
    await x.event(chunk({"content": "Fi"}))
    await x.raw_bytes(b"ff\r\ndata: ")
    x.close()


async def hangs_midway(x: Any) -> None:
    await x.begin()
    await x.event(chunk({"content": "Fi"}))
    await x.client_gone()


async def error_midway(x: Any) -> None:
    await x.begin()
    await x.event(chunk({"content": "Fi"}))
    await x.event({"error": {"message": "out of memory", "code": 500}})
    await x.end()


@pytest.mark.parametrize(
    "server", [reset_midway, truncated, cut_in_a_chunk, hangs_midway, error_midway]
)
async def test_an_answer_that_breaks_off_ends_in_failed(
    server: Any, model_server: Any, pool_of: Callable[..., Pool]
) -> None:
    model_server.behaves = server
    pool = pool_of(one=model_server.settings(answer_s=1 if server is hangs_midway else 30))

    answer = await pool.open(STREAMED, ("one",))
    events = [event async for event in answer]
    await answer.aclose()

    assert text(events) == "Fi"
    assert isinstance(events[-1], Failed)
    assert pool.health()[0].last_failure.startswith("`one` broke off")


async def test_closing_an_answer_stops_the_model(
    model_server: Any, pool_of: Callable[..., Pool]
) -> None:
    stopped = asyncio.Event()

    async def endless(x: Any) -> None:
        await x.begin()
        await x.event(chunk({"content": "Fi"}))
        await x.client_gone()
        stopped.set()

    model_server.behaves = endless
    answer = await pool_of(one=model_server.settings()).open(STREAMED, ("one",))
    await anext(answer)

    await answer.aclose()

    await stopped.wait()


async def test_giving_up_while_a_model_is_asked_stops_it(
    model_server: Any, pool_of: Callable[..., Pool]
) -> None:
    asked, stopped = asyncio.Event(), asyncio.Event()

    async def silent(x: Any) -> None:
        asked.set()
        await x.client_gone()
        stopped.set()

    model_server.behaves = silent
    pool = pool_of(one=model_server.settings())
    opening = asyncio.create_task(pool.open(STREAMED, ("one",)))
    await asked.wait()

    opening.cancel()

    await stopped.wait()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert not pool.health()[0].resting


# ── how they have been doing ──


async def test_a_model_that_keeps_failing_is_given_a_rest(
    model_server: Any, pool_of: Callable[..., Pool]
) -> None:
    model_server.behaves = refused_nested
    pool = pool_of(one=model_server.settings())

    for _ in range(5):
        with pytest.raises(ModelUnavailable, match="`one`"):
            await pool.open(WHOLE, ("one",))

    assert len(model_server.requests) == 3
    [health] = pool.health()
    assert health.resting
    assert health.last_failure == "`one` answered 500"
    with pytest.raises(ModelUnavailable, match="short rest"):
        await pool.open(WHOLE, ("one",))


async def test_a_prompt_the_model_refuses_says_nothing_about_the_model(
    model_server: Any, pool_of: Callable[..., Pool]
) -> None:
    model_server.behaves = refused_flat
    pool = pool_of(one=model_server.settings())

    for _ in range(5):
        with pytest.raises(ModelUnavailable, match="answered 400"):
            await pool.open(WHOLE, ("one",))

    assert len(model_server.requests) == 5
    assert not pool.health()[0].resting


@pytest.mark.parametrize(
    ("server", "problem"),
    [
        (lambda x: x.json(200, {"data": [{"id": "acme-7b"}]}), ""),
        (lambda x: x.json(200, {"data": [{"id": "other"}]}), "does not list"),
        (lambda x: x.json(401, {}), "refuses the API key"),
        (lambda x: x.json(500, {}), ""),
        (closes, "cannot be reached"),
        (no_http, "cannot be reached"),
    ],
)
async def test_a_look_at_a_model_tells_what_is_wrong(
    server: Any, problem: str, model_server: Any, pool_of: Callable[..., Pool]
) -> None:
    model_server.behaves = server

    found = await pool_of(one=model_server.settings()).models["one"].problem()

    assert problem in found
    assert bool(problem) == bool(found)
    assert model_server.requests[0].head.startswith("get /v1/models ")


def test_a_model_at_our_own_address_is_refused_at_load() -> None:
    settings = ModelSettings(base_url="http://localhost:8080/v1", model="m")

    with pytest.raises(ConfigError, match=r"models\.one\.base_url"):
        Pool({"one": settings}, dialect, ("127.0.0.1:8080",))


async def test_more_than_may_wait_for_a_model_are_answered_by_the_next_one(
    model_server: Any, pool_of: Callable[..., Pool]
) -> None:
    model_server.behaves = vllm
    one, two = model_server.settings(concurrent=1, waiting=0), model_server.settings()
    pool = pool_of(one=one, two=two)
    first = await pool.open(STREAMED, ["one", "two"])
    second = await pool.open(STREAMED, ["one", "two"])
    assert (first.model, second.model) == ("one", "two")
    for answer in (first, second):
        await answer.aclose()
        await answer.aclose()
    third = await pool.open(STREAMED, ["one", "two"])
    assert third.model == "one"
    await third.aclose()


async def test_the_model_that_suits_the_task_answers_and_it_is_said_why(
    model_server: Any, pool_of: Callable[..., Pool]
) -> None:
    model_server.behaves = vllm
    small, large = (model_server.settings(tasks=t) for t in (("routine",), ("long", "hard")))
    pool = pool_of(small=small, large=large)
    long = Chat(turns=(Turn("user", ("x " * 20_000,)),), stream=True, model="m")
    for chat, expected in ((STREAMED, "small"), (long, "large")):
        answer = await pool.open(chat, ["large", "small"])
        assert answer.model == expected
        assert answer.routed.startswith({"small": "routine: ", "large": "long: "}[expected])
        await answer.aclose()
