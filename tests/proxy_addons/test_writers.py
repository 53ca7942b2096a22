"""Answers of an internal model in the formats without a test of their own: whole, cut, wrong.

What the vendors' libraries make of them is in `tests/e2e/test_sdks.py`.
"""

import json
from typing import Any

import pytest

from penstock.errors import CannotExpress
from penstock.model import (
    AnswerEvent,
    CallDelta,
    CallStarted,
    Failed,
    Finished,
    Media,
    TextDelta,
    ToolCall,
    ToolResult,
    Turn,
)
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Json, Redirectable, Request

MESSAGES = [{"role": "user", "content": "hi"}]
CONVERSE = {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}
CLAUDE = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": MESSAGES}
ASKED: dict[str, tuple[str, str, Any]] = {
    "completions": ("openai_completions", "/v1/completions", {"prompt": "hi"}),
    "completions, streamed": (
        "openai_completions",
        "/v1/completions",
        {"prompt": "hi", "stream": True},
    ),
    "mistral": ("mistral_chat", "/v1/chat/completions", {"messages": MESSAGES}),
    "mistral, streamed": (
        "mistral_chat",
        "/v1/chat/completions",
        {"messages": MESSAGES, "stream": True},
    ),
    "cohere": ("cohere_chat", "/v2/chat", {"messages": MESSAGES}),
    "cohere, streamed": ("cohere_chat", "/v2/chat", {"messages": MESSAGES, "stream": True}),
    "ollama": ("ollama", "/api/chat", {"messages": MESSAGES, "stream": False}),
    "ollama, streamed": ("ollama", "/api/chat", {"messages": MESSAGES}),
    "ollama generate": ("ollama", "/api/generate", {"prompt": "hi", "stream": False}),
    "ollama generate, streamed": ("ollama", "/api/generate", {"prompt": "hi"}),
    "tgi": ("tgi_generate", "/generate", {"inputs": "hi"}),
    "tgi, streamed": ("tgi_generate", "/generate_stream", {"inputs": "hi"}),
    "converse": ("bedrock_converse", "/model/m/converse", CONVERSE),
    "converse, streamed": ("bedrock_converse", "/model/m/converse-stream", CONVERSE),
    "claude": ("bedrock_invoke", "/model/m/invoke", CLAUDE),
    "claude, streamed": ("bedrock_invoke", "/model/m/invoke-with-response-stream", CLAUDE),
}
TEXT_ONLY = [n for n in ASKED if n.startswith(("completions", "tgi"))]


def asked(name: str) -> tuple[Redirectable, Request]:
    dialect, target, body = ASKED[name]
    found = BY_NAME[dialect]
    assert isinstance(found, Redirectable)
    return found, Request("POST", target, "application/json", json.dumps(body).encode())


def written(name: str, *events: AnswerEvent) -> tuple[int, bytes]:
    dialect, request = asked(name)
    writer = dialect.write_answer(request, "acme-internal")
    body = b"".join(writer.write(event) for event in events)
    return writer.status, body


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("chat", b'"created":1790000000'),
        ("chat, streamed", b'"created":1790000000'),
        ("responses", b'"created_at":1790000000'),
        ("responses, streamed", b'"created_at":1790000000'),
        ("completions", b'"created":1790000000'),
        ("completions, streamed", b'"created":1790000000'),
        ("mistral", b'"created":1790000000'),
        ("mistral, streamed", b'"created":1790000000'),
        ("ollama", b'"created_at":"2026-09-21T14:13:20Z"'),
        ("ollama, streamed", b'"created_at":"2026-09-21T14:13:20Z"'),
        ("chatgpt", b'"create_time":1790000000'),
    ],
)
def test_an_answer_says_when_it_was_asked_for(name: str, said: bytes) -> None:
    others: dict[str, tuple[str, str, Any]] = {
        "chat": ("openai_chat", "/v1/chat/completions", {"messages": MESSAGES}),
        "responses": ("openai_responses", "/v1/responses", {"input": "hi"}),
        "chatgpt": ("chatgpt_web", "/backend-api/conversation", {"messages": []}),
    }
    plain = name.removesuffix(", streamed")
    format, target, body = ASKED[name] if name in ASKED else others[plain]
    if plain in others and plain != name:
        body = {**body, "stream": True}
    dialect = BY_NAME[format]
    assert isinstance(dialect, Redirectable)
    request = Request("POST", target, "application/json", json.dumps(body).encode(), at=1790000000)
    writer = dialect.write_answer(request, "m")

    assert said in b"".join(map(writer.write, (TextDelta("x"), Finished("stop", 1, 1))))


@pytest.mark.parametrize("name", ASKED)
def test_the_question_is_understood_as_it_was_meant(name: str) -> None:
    dialect, request = asked(name)
    chat = dialect.chat(request)

    assert chat.turns == (Turn("user", ("hi",)),)
    assert chat.stream == name.endswith("streamed")


@pytest.mark.parametrize("name", ASKED)
def test_what_is_streamed_goes_out_as_it_comes_and_nothing_else_does(name: str) -> None:
    dialect, request = asked(name)
    writer = dialect.write_answer(request, "m")

    first = writer.write(TextDelta("Zoë"))

    assert bool(first) == name.endswith("streamed")
    assert writer.write(Finished("stop", 5, 2))


@pytest.mark.parametrize("name", ASKED)
def test_an_answer_that_broke_off_says_so(name: str) -> None:
    status, body = written(name, TextDelta("a"), Failed("The model broke off."))

    assert b"The model broke off." in body
    assert status == (200 if name.endswith("streamed") else 502)


@pytest.mark.parametrize("name", TEXT_ONLY)
def test_a_call_where_there_are_none_is_an_error(name: str) -> None:
    _, body = written(name, CallStarted(0, "c", "find"))

    assert b"only text was asked for" in body


NOT_JSON = [CallStarted(0, "c", "find"), CallDelta(0, '{"q": '), Finished("tool_calls", 1, 1)]


@pytest.mark.parametrize("name", ["ollama", "ollama, streamed", "converse"])
def test_arguments_that_are_not_json_are_an_error(name: str) -> None:
    _, body = written(name, *NOT_JSON)

    assert b"arguments that are not JSON" in body


# ── what a request says ───────────────────────────────────────────────────────────────────────


def chat_of(name: str, target: str, body: Json) -> Any:
    dialect = BY_NAME[name]
    assert isinstance(dialect, Redirectable)
    return dialect.chat(Request("POST", target, "application/json", json.dumps(body).encode()))


def test_a_conversation_of_converse_is_read_with_all_its_parts() -> None:
    image = {"image": {"format": "png", "source": {"bytes": "AAAA"}}}
    file = {"document": {"format": "csv", "name": "data", "source": {"text": "a,b"}}}
    use = {"toolUse": {"toolUseId": "t1", "name": "find", "input": {"q": "x"}}}
    result = {"toolResult": {"toolUseId": "t1", "content": [{"json": {"n": 1}}, {"text": "ok"}]}}
    chat = chat_of(
        "bedrock_converse",
        "/model/eu.amazon.nova-lite-v1%3A0/converse",
        {
            "system": [{"text": "Be brief."}],
            "messages": [
                {"role": "user", "content": [{"text": "See"}, image, file]},
                {"role": "assistant", "content": [{"reasoningContent": {}}, use]},
                {"role": "user", "content": [result]},
            ],
            "inferenceConfig": {"maxTokens": 5, "temperature": 0, "stopSequences": ["END"]},
            "toolConfig": {
                "tools": [{"toolSpec": {"name": "find", "inputSchema": {"json": {}}}}],
                "toolChoice": {"any": {}},
            },
        },
    )

    assert chat.model == "eu.amazon.nova-lite-v1:0"
    assert chat.turns == (
        Turn("system", ("Be brief.",)),
        Turn(
            "user",
            ("See", Media("image", "image/png", "data:image/png;base64,AAAA"), "data", "a,b"),
        ),
        Turn("assistant", (ToolCall("t1", "find", '{"q": "x"}'),)),
        Turn("user", (ToolResult("t1", "find", '{"n": 1}\nok'),)),
    )
    assert (chat.max_tokens, chat.temperature, chat.stop) == (5, 0.0, ("END",))
    assert chat.tool_choice == "required"


def test_a_call_of_ollama_gets_an_id_and_its_result_finds_it() -> None:
    call = {"function": {"name": "find", "arguments": {"q": "x"}}}
    chat = chat_of(
        "ollama",
        "/api/chat",
        {
            "messages": [
                {"role": "user", "content": "See", "images": ["iVBORw0KGgo="]},
                {"role": "assistant", "content": "", "tool_calls": [call]},
                {"role": "tool", "tool_name": "find", "content": "42"},
            ],
            "format": "json",
            "options": {"num_predict": -1, "top_p": 0.5},
        },
    )

    assert chat.turns[0].parts[1].url == "data:image/png;base64,iVBORw0KGgo="
    assert chat.turns[1:] == (
        Turn("assistant", (ToolCall("call_1", "find", '{"q": "x"}'),)),
        Turn("user", (ToolResult("call_1", "find", "42"),)),
    )
    assert (chat.max_tokens, chat.top_p, chat.json_schema) == (None, 0.5, "{}")


def test_documents_of_cohere_come_before_the_conversation() -> None:
    chat = chat_of(
        "cohere_chat",
        "/v2/chat",
        {
            "messages": [{"role": "system", "content": "Be brief."}, *MESSAGES],
            "documents": ["one", {"id": "d", "data": {"text": "two"}}],
            "tool_choice": "NONE",
        },
    )

    assert [turn.parts for turn in chat.turns] == [
        ("one",),
        ('{"text": "two"}',),
        ("Be brief.",),
        ("hi",),
    ]


S3 = {"document": {"format": "pdf", "name": "a", "source": {"s3Location": {"uri": "s3://b"}}}}
TASK: Json = {"inputs": "hi", "parameters": {"candidate_labels": ["a"]}}
WITHOUT_A_FORM: list[tuple[str, str, Json]] = [
    ("openai_completions", "/v1/completions", {"prompt": "a", "suffix": "b"}),
    ("openai_completions", "/v1/completions", {"prompt": ["a", "b"]}),
    ("openai_completions", "/v1/completions", {"prompt": [[1, 2]]}),
    ("openai_completions", "/v1/completions", {"prompt": "a", "logprobs": 3}),
    ("mistral_chat", "/v1/agents/completions", {"agent_id": "a", "messages": []}),
    ("mistral_chat", "/v1/fim/completions", {"prompt": "a", "suffix": "b"}),
    ("cohere_chat", "/v2/chat", {"messages": [], "connectors": [{"id": "web"}]}),
    ("ollama", "/api/generate", {"prompt": "a", "context": [1, 2]}),
    ("ollama", "/api/chat", {"messages": [{"role": "what", "content": "a"}]}),
    ("tgi_generate", "/models/m", TASK),
    ("tgi_generate", "/models/m", {"inputs": {"question": "a"}}),
    ("bedrock_converse", "/model/m/count-tokens", {"input": {}}),
    ("bedrock_converse", "/model/m/converse", {"messages": [], "promptVariables": {"a": {}}}),
    ("bedrock_converse", "/model/m/converse", {"messages": [{"role": "user", "content": [S3]}]}),
    ("bedrock_invoke", "/model/m/invoke", {"inputText": "a"}),
]


@pytest.mark.parametrize(("name", "target", "body"), WITHOUT_A_FORM)
def test_what_no_other_model_could_answer_is_an_error(name: str, target: str, body: Json) -> None:
    with pytest.raises(CannotExpress):
        chat_of(name, target, body)
