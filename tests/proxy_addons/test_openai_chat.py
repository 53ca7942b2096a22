"""OpenAI chat completions: as a redirect's client writes and reads it, and as servers do."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from penstock.errors import CannotExpress
from penstock.model import (
    AnswerEvent,
    CallDelta,
    CallStarted,
    Chat,
    Failed,
    Finished,
    Media,
    TextDelta,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
)
from proxy_addons.dialects.base import ModelDialect, Redirectable, Request
from proxy_addons.dialects.openai_chat import dialect
from tests.detectors.documents.made import pdf
from tests.proxy_addons.openai_client import MODEL, REFUSAL, Answering

HI: Any = [{"role": "user", "content": "hi"}]
TEXT = [TextDelta("Hel"), TextDelta("lo “Zoë” 🙂"), Finished("stop", 5, 2)]
CALLS: list[AnswerEvent] = [
    TextDelta("I look."),
    CallStarted(0, "call_1", "find"),
    CallDelta(0, '{"q":'),
    CallDelta(0, ' "x"}'),
    CallStarted(1, "call_2", "find"),
    CallDelta(1, "{}"),
    Finished("tool_calls", 7, 9),
]


def chat_of(body: dict[str, Any]) -> Chat:
    return dialect.chat(
        Request("POST", "/v1/chat/completions", "application/json", json.dumps(body).encode())
    )


def test_it_can_be_redirected_and_be_the_target_of_a_redirect() -> None:
    assert isinstance(dialect, Redirectable)
    assert isinstance(dialect, ModelDialect)


# ── what the real client makes of our bytes ───────────────────────────────────────────────────


@pytest.mark.parametrize("stream", [False, True])
def test_the_client_shows_a_refusal_once_and_clean(stream: bool) -> None:
    server = Answering(None)
    with pytest.raises(openai.BadRequestError) as caught:
        server.client().chat.completions.create(model="m", messages=HI, stream=stream)

    assert caught.value.body["message"] == REFUSAL  # type: ignore[index]
    assert caught.value.code == "content_policy_violation"
    assert server.requests == 1


def test_the_client_reads_a_whole_text() -> None:
    answer = Answering(TEXT).client().chat.completions.create(model="m", messages=HI)

    [choice] = answer.choices
    assert (choice.message.content, choice.finish_reason) == ("Hello “Zoë” 🙂", "stop")
    assert answer.model == MODEL
    assert answer.usage
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (5, 7)


def test_the_client_reads_whole_calls() -> None:
    answer = Answering(CALLS[1:]).client().chat.completions.create(model="m", messages=HI)

    [choice] = answer.choices
    assert (choice.message.content, choice.finish_reason) == (None, "tool_calls")
    assert [
        (c.id, c.function.name, c.function.arguments)
        for c in choice.message.tool_calls or []
        if c.type == "function"
    ] == [("call_1", "find", '{"q": "x"}'), ("call_2", "find", "{}")]


def test_the_client_reads_a_streamed_text_chunk_by_chunk() -> None:
    chunks = list(
        Answering(TEXT).client().chat.completions.create(model="m", messages=HI, stream=True)
    )

    assert [c.choices[0].delta.content for c in chunks] == ["", "Hel", "lo “Zoë” 🙂", None]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert {(c.id, c.model) for c in chunks} == {(chunks[0].id, MODEL)}
    assert all("usage" not in c.model_fields_set for c in chunks)


def test_usage_is_streamed_only_when_asked_for() -> None:
    create = Answering(TEXT).client().chat.completions.create
    chunks = list(
        create(model="m", messages=HI, stream=True, stream_options={"include_usage": True})
    )

    assert [c.usage is None for c in chunks] == [True, True, True, True, False]
    assert all("usage" in c.model_fields_set for c in chunks)
    assert chunks[-1].choices == []
    assert chunks[-1].usage
    assert chunks[-1].usage.total_tokens == 7


def test_the_clients_stream_helper_puts_text_and_calls_together() -> None:
    with Answering(CALLS).client().chat.completions.stream(model="m", messages=HI) as stream:
        kinds = {event.type for event in stream}
        message = stream.get_final_completion().choices[0].message

    assert {"content.delta", "tool_calls.function.arguments.delta", "content.done"} <= kinds
    assert message.content == "I look."
    assert [(c.id, c.function.arguments) for c in message.tool_calls or []] == [
        ("call_1", '{"q": "x"}'),
        ("call_2", "{}"),
    ]


def test_the_client_reports_a_streamed_answer_that_broke_off() -> None:
    server = Answering([TextDelta("Hel"), Failed("The model broke off.")])
    stream = server.client().chat.completions.create(model="m", messages=HI, stream=True)

    with pytest.raises(openai.APIError, match=r"The model broke off\."):
        list(stream)


def test_the_client_reports_a_whole_answer_that_broke_off() -> None:
    client = Answering([TextDelta("Hel"), Failed("The model broke off.")]).client()

    with pytest.raises(openai.InternalServerError, match=r"The model broke off\."):
        client.with_options(max_retries=0).chat.completions.create(model="m", messages=HI)


# ── what a request says ───────────────────────────────────────────────────────────────────────


def test_a_conversation_is_read_with_all_its_parts() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    sound = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    found = chat_of(
        {
            "model": "gpt-5",
            "messages": [
                {"role": "developer", "content": "Be brief."},
                {
                    "role": "user",
                    "name": "anna",
                    "content": [{"type": "text", "text": "See"}, image],
                },
                {"role": "assistant", "content": "I look.", "refusal": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "content": "42"},
                {"role": "user", "content": [sound]},
            ],
            "tools": [
                {"type": "function", "function": {"name": "find", "description": "d"}},
                {
                    "type": "function",
                    "function": {"name": "look", "parameters": {"type": "object"}},
                },
            ],
            "tool_choice": {"type": "function", "function": {"name": "find"}},
            "max_completion_tokens": 100,
            "temperature": 0,
            "top_p": 0.5,
            "stop": "END",
            "stream": True,
            "seed": 7,
            "reasoning_effort": "low",
            "response_format": {"type": "json_object"},
        }
    )

    assert found == Chat(
        turns=(
            Turn("system", ("Be brief.",)),
            Turn(
                "user", ("anna:", "See", Media("image", "image/png", "data:image/png;base64,AAAA"))
            ),
            Turn("assistant", ("I look.", ToolCall("c1", "find", "{}"))),
            Turn("user", (ToolResult("c1", "", "42"),)),
            Turn("user", (Media("audio", "audio/mp3", "data:audio/mp3;base64,AAAA"),)),
        ),
        stream=True,
        model="gpt-5",
        tools=(
            Tool("find", "d", '{"type": "object", "properties": {}}'),
            Tool("look", "", '{"type": "object"}'),
        ),
        tool_choice="find",
        max_tokens=100,
        temperature=0.0,
        top_p=0.5,
        stop=("END",),
        json_schema="{}",
    )


def test_only_allowed_tools_are_offered() -> None:
    tools = [{"type": "function", "function": {"name": n}} for n in ("find", "look")]
    allowed = {"mode": "required", "tools": [{"type": "function", "function": {"name": "look"}}]}
    choice = {"type": "allowed_tools", "allowed_tools": allowed}
    found = chat_of({"messages": HI, "tools": tools, "tool_choice": choice})

    assert ([t.name for t in found.tools], found.tool_choice) == (["look"], "required")


@pytest.mark.parametrize(
    "more",
    [
        {"n": 2},
        {"logprobs": True},
        {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}},
        {"functions": [{"name": "f"}]},
        {"web_search_options": {"search_context_size": "low"}},
        {"tools": [{"type": "custom", "custom": {"name": "c"}}], "tool_choice": "required"},
        {"messages": [{"role": "user", "content": [{"type": "file", "file": {}}]}]},
        {"messages": [{"role": "assistant", "audio": {"id": "audio_1"}}]},
        {"messages": [{"role": "wizard", "content": "hi"}]},
        {"messages": [{"role": "user", "content": {"text": "hi"}}]},
        {"messages": "hi"},
        {"invented_tomorrow": "Anna Berg"},
    ],
)
def test_what_no_other_model_could_answer_is_not_redirected(more: dict[str, Any]) -> None:
    with pytest.raises(CannotExpress) as caught:
        chat_of({"model": "m", "messages": HI, **more})
    assert "Anna" not in str(caught.value)


# ── what an internal model's server gets and gives ────────────────────────────────────────────


def sent(chat: Chat) -> dict[str, Any]:
    request = dialect.build_request(chat, "qwen")
    assert (request.method, request.target) == ("POST", "/v1/chat/completions")
    body: dict[str, Any] = json.loads(request.body)
    return body


def test_a_request_to_a_model_server_is_as_plain_as_it_can_be() -> None:
    chat = Chat(
        turns=(
            Turn("system", ("Be brief.",)),
            Turn("system", ("Be kind.",)),
            Turn("user", ("One.", "Two.")),
            Turn("user", ("Three.",)),
            Turn("assistant", (ToolCall("c1", "find", "{}"), ToolCall("c2", "find", "{}"))),
            Turn("user", (ToolResult("c1", "", "1"), ToolResult("c2", "", "2"), "Well?")),
            Turn("user", ("See", Media("image", "image/png", "data:image/png;base64,AAAA"))),
        ),
        stream=True,
        model="gpt-5",
        tools=(Tool("find", "d", '{"type": "object"}'),),
        tool_choice="find",
        max_tokens=5,
        json_schema='{"type": "object"}',
    )
    call: dict[str, Any] = {"type": "function", "function": {"name": "find", "arguments": "{}"}}

    assert sent(chat) == {
        "model": "qwen",
        "messages": [
            {"role": "system", "content": "Be brief.\n\nBe kind."},
            {"role": "user", "content": "One.\n\nTwo.\n\nThree."},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c1", **call}, {"id": "c2", **call}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "1"},
            {"role": "tool", "tool_call_id": "c2", "content": "2"},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Well?"},
                    {"type": "text", "text": "See"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                ],
            },
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 5,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": {"type": "object"}},
        },
        "tools": [
            {
                "type": "function",
                "function": {"name": "find", "description": "d", "parameters": {"type": "object"}},
            }
        ],
        "tool_choice": {"type": "function", "function": {"name": "find"}},
    }


def test_a_chat_written_for_a_server_reads_as_the_same_chat() -> None:
    chat = Chat(
        turns=(
            Turn("system", ("Be brief.",)),
            Turn("user", ("Hi",)),
            Turn("assistant", ("I look.", ToolCall("c1", "find", '{"q": 1}'))),
            Turn("user", (ToolResult("c1", "", "42"),)),
            Turn("assistant", ("42.",)),
            Turn("user", ("Thanks", Media("audio", "audio/wav", "data:audio/wav;base64,AAAA"))),
        ),
        stream=False,
        model="qwen",
        tools=(Tool("find", "d", '{"type": "object"}'),),
        tool_choice="required",
        max_tokens=5,
        temperature=0.5,
        top_p=0.9,
        stop=("END",),
        json_schema="{}",
    )

    assert dialect.chat(dialect.build_request(chat, "qwen")) == chat


@pytest.mark.parametrize(
    ("kind", "data"),
    [("application/pdf", pdf("Quarterly figures")), ("text/plain", b"Quarterly figures")],
    ids=["pdf", "text"],
)
def test_a_document_is_told_as_its_text(kind: str, data: bytes) -> None:
    url = f"data:{kind};base64,{b64encode(data).decode()}"
    chat = Chat((Turn("user", ("Sum this up:", Media("file", kind, url))),), False, "m")
    body: Any = json.loads(dialect.build_request(chat, "m").body)
    [message] = body["messages"]
    assert message["content"].startswith("Sum this up:\n\n")
    assert "Quarterly figures" in message["content"]


def test_a_file_is_not_sent_to_a_server_that_would_drop_it() -> None:
    turn = Turn("user", (Media("file", "application/pdf", "data:application/pdf;base64,AAAA"),))

    with pytest.raises(CannotExpress):
        dialect.build_request(Chat((turn,), stream=False, model="m"), "qwen")


ASKED = Chat((Turn("user", ("How many stars?",)),), stream=True, model="m")


def read(
    body: bytes, size: int = 1 << 20, content_type: str = "text/event-stream"
) -> list[AnswerEvent]:
    reader = dialect.read_answer(ASKED, content_type)

    def events() -> Iterator[AnswerEvent]:
        for i in range(0, len(body), size):
            yield from reader.feed(body[i : i + size])
        yield from reader.finish()

    return list(events())


def events_of(*chunks: dict[str, Any] | str) -> bytes:
    lines = (c if isinstance(c, str) else json.dumps(c, ensure_ascii=False) for c in chunks)
    return "".join(f"data: {line}\n\n" for line in lines).encode()


def chunk(delta: dict[str, Any], reason: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}], **more}


USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
SAID = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"content": "Zo"}),
    chunk({"content": "ë"}),
]
END = chunk({}, "stop")


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(events_of(*SAID, END, {"choices": [], "usage": USAGE}, "[DONE]"), id="vLLM"),
        pytest.param(events_of(*SAID, chunk({}, "stop", usage=USAGE)), id="transformers"),
        pytest.param(
            b": ping\r\n\r\n"
            + events_of(
                *SAID, END, {"choices": [], "usage": USAGE, "timings": {}}, "[DONE]"
            ).replace(b"\n", b"\r\n"),
            id="CRLF and comments",
        ),
        pytest.param(
            events_of(
                chunk({"reasoning_content": "Hm."}), *SAID, END, {"choices": [], "usage": USAGE}
            ),
            id="thoughts",
        ),
    ],
)
def test_reads_a_stream_of_each_kind_of_server(body: bytes, size: int) -> None:
    assert read(body, size) == [TextDelta("Zo"), TextDelta("ë"), Finished("stop", 5, 2)]


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_reads_a_whole_answer_though_a_stream_was_asked_for(size: int) -> None:
    message = {"role": "assistant", "content": "Zoë", "tool_calls": []}
    body = {
        "choices": [{"index": 0, "message": message, "finish_reason": "length"}],
        "usage": USAGE,
    }

    assert read(b"\n " + json.dumps(body).encode(), size) == [
        TextDelta("Zoë"),
        Finished("length", 5, 2),
    ]


def test_counts_are_estimated_where_the_server_gives_none() -> None:
    *_, end = read(events_of(*SAID, END, "[DONE]"))

    assert end == Finished("stop", 4, 1, estimated=True)


def call(index: int | None, arguments: str, **more: Any) -> dict[str, Any]:
    place = {} if index is None else {"index": index}
    name = {"name": more.pop("name")} if "name" in more else {}
    return chunk({"tool_calls": [{**place, **more, "function": {**name, "arguments": arguments}}]})


@pytest.mark.parametrize(
    "calls",
    [
        [
            call(0, "", id="a", name="f"),
            call(0, '{"x"'),
            call(0, ":1}"),
            call(1, "{}", id="b", name="g"),
        ],
        [
            call(0, '{"x"', id="a", name="f"),
            call(0, ":1}", id="a"),
            call(0, "{}", id="b", name="g"),
        ],
        [
            call(3, '{"x"', id="a", name="f"),
            call(3, ":1}", name=""),
            call(7, "{}", id="b", name="g"),
        ],
    ],
)
def test_reads_calls_however_a_server_numbers_them(calls: list[dict[str, Any]]) -> None:
    found = read(events_of(*calls, chunk({}, "stop"), {"choices": [], "usage": USAGE}, "[DONE]"))

    assert found == [
        CallStarted(0, "a", "f"),
        CallDelta(0, '{"x"'),
        CallDelta(0, ":1}"),
        CallStarted(1, "b", "g"),
        CallDelta(1, "{}"),
        Finished("tool_calls", 5, 2),
    ]


def test_a_call_without_an_id_gets_one() -> None:
    whole = {"tool_calls": [{"function": {"name": "f", "arguments": {"x": "ë"}}}]}
    body = {"choices": [{"message": whole, "finish_reason": "tool_calls"}], "usage": USAGE}
    started, delta, end = read(json.dumps(body).encode(), content_type="application/json")

    assert isinstance(started, CallStarted)
    assert started.id
    assert delta == CallDelta(0, '{"x": "ë"}')
    assert end == Finished("tool_calls", 5, 2)


@pytest.mark.parametrize(
    "body",
    [
        events_of(*SAID, {"error": {"message": "out of memory", "code": 500}}),
        events_of({"error": "out of memory"}),
        b'{"object": "error", "message": "too long", "code": 400}',
        b'{"detail": "Not Found"}',
        b'{"error": {"message": "no"}}',
        b"<html>502</html>",
        b"",
        events_of(*SAID),
        b'{"choices": [{"mess',
    ],
)
def test_errors_and_answers_that_break_off_are_failures(body: bytes) -> None:
    *_, end = read(body)

    assert isinstance(end, Failed)
    assert "memory" not in end.message


def test_nothing_is_read_after_the_end() -> None:
    assert read(events_of(*SAID, END, "[DONE]", *SAID, "[DONE]"))[-1] == Finished(
        "stop", 4, 1, estimated=True
    )


def test_a_model_servers_stream_reaches_the_client_unchanged() -> None:
    given = read(events_of(*SAID, END, {"choices": [], "usage": USAGE}, "[DONE]"))
    answer = Answering(given).client().chat.completions.create(model="m", messages=HI)

    assert answer.choices[0].message.content == "Zoë"


def test_calls_are_the_assistants_also_where_a_message_has_nothing_else() -> None:
    arguments = json.dumps({"name": "Ada"})
    call = {"id": "c", "type": "function", "function": {"name": "find", "arguments": arguments}}
    body = {"model": "m", "messages": [{"role": "assistant", "tool_calls": [call]}]}
    prompt = dialect.parse(
        Request("POST", "/v1/chat/completions", "application/json", json.dumps(body).encode())
    )

    [said] = [text.role for text in prompt.texts if "Ada" in text.text]
    assert said == "assistant"
