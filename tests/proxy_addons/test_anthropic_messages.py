"""Anthropic messages as the vendor's own client sends and reads them."""

import json
from collections.abc import Callable, Iterator, Sequence

import anthropic
import httpx2
import pytest
from anthropic.types import TextBlock, ToolUseBlock
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import CannotExpress, ParseError
from penstock.model import (
    AnswerEvent,
    CallDelta,
    CallStarted,
    Chat,
    Edit,
    Failed,
    Finished,
    Media,
    TextDelta,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
)
from proxy_addons.dialects.anthropic_messages import dialect
from proxy_addons.dialects.base import AnswerReader, ModelDialect, Redirectable, Request

SAID = (TextDelta("Hel"), TextDelta("lo"), Finished("stop", 5, 2))
CALLED = (
    TextDelta("One moment."),
    CallStarted(0, "toolu_1", "weather"),
    CallDelta(0, '{"city": "M'),
    CallDelta(0, 'ünchen"}'),
    CallStarted(1, "toolu_2", "now"),
    Finished("tool_calls", 7, 9),
)
WEATHER = {
    "name": "weather",
    "description": "Looks out of the window",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}
PNG = "iVBORw0KGgo="


class Line:
    """What a client sent, and a client that gets its answers from a function."""

    def __init__(self, answer: Callable[[Request], httpx2.Response]) -> None:
        self.sent: list[Request] = []
        self._answer = answer
        self.client = anthropic.Anthropic(
            api_key="k", http_client=httpx2.Client(transport=httpx2.MockTransport(self._take))
        )

    def _take(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(
            Request(
                request.method,
                request.url.raw_path.decode(),
                request.headers["content-type"],
                request.read(),
            )
        )
        return self._answer(self.sent[-1])


def answering(*events: AnswerEvent) -> Line:
    def answer(request: Request) -> httpx2.Response:
        writer = dialect.write_answer(request, "llama")
        body = b"".join([writer.write(event) for event in events])
        return httpx2.Response(
            writer.status, headers={"content-type": writer.content_type}, content=body
        )

    return Line(answer)


def refusing(message: str) -> Line:
    def answer(request: Request) -> httpx2.Response:
        refusal = dialect.refuse(request, message)
        headers = {"content-type": refusal.content_type, **dict(refusal.headers)}
        return httpx2.Response(refusal.status, headers=headers, content=refusal.body)

    return Line(answer)


def request(document: object, target: str = "/v1/messages") -> Request:
    return Request("POST", target, "application/json", json.dumps(document).encode())


def ask(line: Line) -> anthropic.types.Message:
    return line.client.messages.create(
        model="claude-x", max_tokens=9, messages=[{"role": "user", "content": "hi"}]
    )


def ask_streaming(line: Line) -> anthropic.types.Message:
    with line.client.messages.stream(
        model="claude-x", max_tokens=9, messages=[{"role": "user", "content": "hi"}]
    ) as stream:
        return stream.get_final_message()


ASKS = pytest.mark.parametrize("asked", [ask, ask_streaming])


def test_it_can_answer_and_be_asked() -> None:
    assert isinstance(dialect, Redirectable)
    assert isinstance(dialect, ModelDialect)


@ASKS
def test_the_client_reads_text(asked: Callable[[Line], anthropic.types.Message]) -> None:
    message = asked(answering(*SAID))

    assert [block.text for block in message.content if isinstance(block, TextBlock)] == ["Hello"]
    assert message.stop_reason == "end_turn"
    assert message.model == "llama"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (5, 2)


@ASKS
def test_the_client_reads_tool_calls(asked: Callable[[Line], anthropic.types.Message]) -> None:
    message = asked(answering(*CALLED))

    said, weather, now = message.content
    assert isinstance(said, TextBlock)
    assert isinstance(weather, ToolUseBlock)
    assert isinstance(now, ToolUseBlock)
    assert said.text == "One moment."
    assert (weather.id, weather.name, weather.input) == ("toolu_1", "weather", {"city": "München"})
    assert (now.id, now.name, now.input) == ("toolu_2", "now", {})
    assert message.stop_reason == "tool_use"


@ASKS
def test_the_client_reads_an_answer_of_no_words(
    asked: Callable[[Line], anthropic.types.Message],
) -> None:
    message = asked(answering(Finished("length", 1, 0)))

    assert message.content == []
    assert message.stop_reason == "max_tokens"


@ASKS
def test_the_client_shows_a_refusal_and_asks_once(
    asked: Callable[[Line], anthropic.types.Message],
) -> None:
    line = refusing("Not sent: it holds a card number.")

    with pytest.raises(anthropic.BadRequestError, match=r"it holds a card number\."):
        asked(line)

    assert len(line.sent) == 1


def test_a_refusal_needs_no_readable_body() -> None:
    broken = Request("POST", "/v1/messages", "application/json", b"{")

    assert b"Not sent." in dialect.refuse(broken, "Not sent.").body


def test_the_client_reports_a_stream_that_broke_off() -> None:
    with pytest.raises(anthropic.APIError, match="the model went away"):
        ask_streaming(answering(TextDelta("Hel"), Failed("the model went away")))


def test_the_client_reports_an_answer_that_failed() -> None:
    line = answering(TextDelta("Hel"), Failed("the model went away"))
    line.client.max_retries = 0

    with pytest.raises(anthropic.InternalServerError, match="the model went away"):
        ask(line)


def test_arguments_that_are_not_json_are_an_error_not_an_empty_call() -> None:
    line = answering(CallStarted(0, "t", "f"), CallDelta(0, "{"), Finished("tool_calls", 1, 1))
    line.client.max_retries = 0

    with pytest.raises(anthropic.InternalServerError, match="not JSON"):
        ask(line)


def test_a_conversation_of_the_client_is_understood_whole() -> None:
    line = answering(*SAID)

    line.client.messages.create(
        model="claude-x",
        max_tokens=64,
        stop_sequences=["END"],
        extra_body={"temperature": 0.5, "top_p": 0.9, "top_k": 3},
        system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        tools=[WEATHER],
        tool_choice={"type": "tool", "name": "weather"},
        thinking={"type": "enabled", "budget_tokens": 1024},
        metadata={"user_id": "u1"},
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "image/png", "data": PNG},
                    },
                    {
                        "type": "document",
                        "title": "Notes",
                        "source": {"type": "text", "media_type": "text/plain", "data": "Rain"},
                    },
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hm.", "signature": "c2lnbmVk"},
                    {"type": "text", "text": "I look."},
                    {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Köln"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t1",
                        "is_error": True,
                        "content": [
                            {"type": "text", "text": "no window"},
                            {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
                        ],
                    }
                ],
            },
        ],
    )

    assert dialect.chat(line.sent[0]) == Chat(
        turns=(
            Turn("system", ("Be brief.",)),
            Turn(
                "user",
                (
                    "What is this?",
                    Media("image", "image/png", f"data:image/png;base64,{PNG}"),
                    "Notes",
                    "Rain",
                ),
            ),
            Turn("assistant", ("I look.", ToolCall("t1", "weather", '{"city": "Köln"}'))),
            Turn(
                "user",
                (
                    ToolResult("t1", "weather", "Error: no window"),
                    Media("image", "", "https://x/y.png"),
                ),
            ),
        ),
        stream=False,
        model="claude-x",
        tools=(Tool("weather", "Looks out of the window", json.dumps(WEATHER["input_schema"])),),
        tool_choice="weather",
        max_tokens=64,
        temperature=0.5,
        top_p=0.9,
        stop=("END",),
    )


@pytest.mark.parametrize(
    "change",
    [
        {"mcp_servers": [{"type": "url", "url": "https://mcp.example", "name": "m"}]},
        {"container": "c1"},
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        {"messages": [{"role": "user", "content": [{"type": "container_upload", "file_id": "f"}]}]},
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image", "source": {"type": "file"}}],
                }
            ]
        },
        {"messages": [{"role": "robot", "content": "hi"}]},
        {"messages": "hi"},
        {"system": [{"type": "image"}]},
    ],
)
def test_what_only_the_service_can_do_is_not_redirected(change: dict[str, object]) -> None:
    body = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}

    with pytest.raises(CannotExpress):
        dialect.chat(request(body | change))


@pytest.mark.parametrize("target", ["/v1/messages/count_tokens", "/v1/messages/batches"])
def test_only_messages_are_answered_by_another_model(target: str) -> None:
    with pytest.raises(CannotExpress):
        dialect.chat(request({"messages": []}, target))


def test_a_batch_is_read_with_the_roles_of_its_messages() -> None:
    params = {"system": "Be kind.", "messages": [{"role": "user", "content": "hi Ada"}]}
    batch = request({"requests": [{"custom_id": "1", "params": params}]}, "/v1/messages/batches")

    roles = {text.text: text.role for text in dialect.parse(batch).texts}

    assert roles["Be kind."] == "system"
    assert roles["hi Ada"] == "user"


def test_a_signed_thought_is_read_but_never_edited() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Ada lives in Ulm", "signature": "c2lnbmVk"},
        {"type": "text", "text": "Ada?"},
    ]
    sent = request({"messages": [{"role": "assistant", "content": blocks}]})
    thought, text = (t for t in dialect.parse(sent).texts if "Ada" in t.text)

    assert thought.role == "other"
    with pytest.raises(ParseError, match="signed"):
        dialect.rewrite(sent, [Edit(thought.where, 0, 3, "[PERSON_1]")])
    edited = json.loads(dialect.rewrite(sent, [Edit(text.where, 0, 3, "[PERSON_1]")]).body)
    assert edited["messages"][0]["content"] == [blocks[0], {"type": "text", "text": "[PERSON_1]?"}]


def test_restoring_leaves_thoughts_as_they_were_signed() -> None:
    sent = request({"messages": [], "stream": True})
    originals = {"[PERSON_1]": "Ada"}
    events = [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking"}},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "thinking_delta", "thinking": t},
            }
            for t in ("about [PER", "SON_1]", " and [PERSON_1]")
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "content_block_delta",
            "index": 1,
            "delta": {"type": "text_delta", "text": "Hi [PERSON_1]"},
        },
        {"type": "content_block_stop", "index": 1},
    ]
    stream = b"".join(b"event: x\ndata: " + json.dumps(e).encode() + b"\n\n" for e in events)
    told = dialect.restore(sent, "text/event-stream", originals)

    seen = told.feed(stream) + told.finish()

    assert seen == stream.replace(b"Hi [PERSON_1]", b"Hi Ada")
    message = {
        "type": "message",
        "content": [
            {"type": "thinking", "thinking": "about [PERSON_1]", "signature": "x"},
            {"type": "text", "text": "Hi [PERSON_1]"},
        ],
    }
    told = dialect.restore(sent, "application/json", originals)
    whole = json.loads(told.feed(json.dumps(message).encode()) + told.finish())
    assert [b.get("thinking", b.get("text")) for b in whole["content"]] == [
        "about [PERSON_1]",
        "Hi Ada",
    ]


@given(cut=st.integers(1, 40))
def test_values_return_into_text_and_arguments_however_the_stream_is_cut(cut: int) -> None:
    def written(text: str, arguments: str) -> bytes:
        writer = dialect.write_answer(request({"stream": True}), "m")
        pieces = [TextDelta(text[i : i + cut]) for i in range(0, len(text), cut)]
        calls = [CallDelta(0, arguments[i : i + cut]) for i in range(0, len(arguments), cut)]
        events = (*pieces, CallStarted(0, "t", "f"), *calls, Finished("tool_calls", 1, 1))
        return b"".join(writer.write(event) for event in events)

    originals = {"[EMAIL_1]": "ada@x.org", "[NAME_1]": 'A "B" \\ Ç'}
    told = dialect.restore(request({"stream": True}), "text/event-stream", originals)
    stream = written("Write to [EMAIL_1]!", '{"to":"[NAME_1] <[EMAIL_1]>"}')
    seen = b"".join(told.feed(stream[i : i + cut]) for i in range(0, len(stream), cut))

    text, arguments = spoken(dialect.read_answer(CHAT, "text/event-stream"), seen + told.finish())

    assert text == "Write to ada@x.org!"
    assert json.loads(arguments) == {"to": 'A "B" \\ Ç <ada@x.org>'}


# ── as the language of an internal server ─────────────────────────────────────────────────────

CHAT = Chat(
    turns=(
        Turn("system", ("Be brief.",)),
        Turn("user", ("Weather?", Media("image", "image/png", f"data:image/png;base64,{PNG}"))),
        Turn("assistant", ("I look.", ToolCall("t1", "weather", '{"city": "Köln"}'))),
        Turn("user", (ToolResult("t1", "weather", "rain"), "And?")),
    ),
    stream=True,
    model="claude-x",
    tools=(Tool("weather", "Looks", '{"type": "object"}'),),
    tool_choice="required",
    max_tokens=64,
    temperature=0.5,
    top_p=0.9,
    stop=("END",),
    json_schema='{"type": "object"}',
)


def spoken(reader: AnswerReader, body: bytes) -> tuple[str, str]:
    events = [*reader.feed(body), *reader.finish()]
    text = "".join(e.text for e in events if isinstance(e, TextDelta))
    return text, "".join(e.arguments for e in events if isinstance(e, CallDelta))


def test_a_chat_survives_the_way_to_a_server_that_speaks_it() -> None:
    asked = dialect.build_request(CHAT, "claude-x")

    assert asked.target == "/v1/messages"
    assert dialect.chat(asked) == CHAT


def test_sound_has_no_form_in_it() -> None:
    heard = Chat((Turn("user", (Media("audio", "audio/wav", "data:,"),)),), False, "m")

    with pytest.raises(CannotExpress):
        dialect.build_request(heard, "m")


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("events", [SAID, CALLED])
def test_what_is_written_reads_the_same(events: Sequence[AnswerEvent], stream: bool) -> None:
    writer = dialect.write_answer(request({"stream": stream}), "m")
    body = b"".join([writer.write(event) for event in events])

    for cut in (1, 7, len(body)):
        reader = dialect.read_answer(CHAT, writer.content_type)
        read = [e for i in range(0, len(body), cut) for e in reader.feed(body[i : i + cut])]
        read += reader.finish()
        assert list(joined(read)) == list(joined(events))


def joined(events: Sequence[AnswerEvent]) -> Iterator[AnswerEvent]:
    """The same events with neighbouring pieces in one, and arguments in one spelling."""
    text, calls = "", dict[int, str]()
    for event in events:
        match event:
            case TextDelta(more):
                text += more
            case CallDelta(index, more):
                calls[index] = calls.get(index, "") + more
            case CallStarted() | Finished() | Failed():
                if text:
                    yield TextDelta(text)
                    text = ""
                yield event
    for index, arguments in calls.items():
        yield CallDelta(index, json.dumps(json.loads(arguments)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'event: message_start\ndata: {"type":"message_start","message":{}}\n\n',
        b'event: error\ndata: {"type":"error","error":{"message":"busy"}}\n\n',
    ],
)
def test_a_server_that_stops_early_has_failed(body: bytes) -> None:
    reader = dialect.read_answer(CHAT, "text/event-stream")

    events = [*reader.feed(body), *reader.finish()]

    assert isinstance(events[-1], Failed)
