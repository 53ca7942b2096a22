"""OpenAI responses: what its real client makes of our answers, and what a request says."""

import json
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
from proxy_addons.dialects.base import Redirectable, Request
from proxy_addons.dialects.openai_responses import dialect
from proxy_addons.dialects.sse import Parser
from tests.proxy_addons.openai_client import MODEL, REFUSAL, Answering

TEXT = [TextDelta("Hel"), TextDelta("lo “Zoë” 🙂"), Finished("stop", 5, 2)]
CALLS: list[AnswerEvent] = [
    TextDelta("I look."),
    CallStarted(0, "call_1", "find"),
    CallDelta(0, '{"q":'),
    CallStarted(1, "call_2", "find"),
    CallDelta(1, "{}"),
    CallDelta(0, ' "x"}'),
    Finished("tool_calls", 7, 9),
]


def asked(body: dict[str, Any], target: str = "/v1/responses") -> Request:
    return Request("POST", target, "application/json", json.dumps(body).encode())


def chat_of(**body: Any) -> Chat:
    return dialect.chat(asked({"model": "gpt-5", **body}))


def events(*said: AnswerEvent, **body: Any) -> list[dict[str, Any]]:
    writer = dialect.write_answer(asked({"input": "hi", "stream": True, **body}), MODEL)
    parser = Parser()
    found = [e for event in said for e in parser.feed(writer.write(event))]
    assert all(e.data and e.event == json.loads(e.data)["type"] for e in found)
    return [json.loads(e.data or b"") for e in found]


def test_it_can_be_redirected() -> None:
    assert isinstance(dialect, Redirectable)


# ── what the real client makes of our bytes ───────────────────────────────────────────────────


@pytest.mark.parametrize("stream", [False, True])
def test_the_client_shows_a_refusal_once_and_clean(stream: bool) -> None:
    server = Answering(None)
    with pytest.raises(openai.BadRequestError) as caught:
        server.client().responses.create(model="m", input="hi", stream=stream)

    assert caught.value.body["message"] == REFUSAL  # type: ignore[index]
    assert caught.value.code == "invalid_prompt"
    assert server.requests == 1


def test_the_client_reads_a_whole_text() -> None:
    answer = Answering(TEXT).client().responses.create(model="m", input="hi")

    assert (answer.output_text, answer.status, answer.model) == (
        "Hello “Zoë” 🙂",
        "completed",
        MODEL,
    )
    assert answer.usage
    assert (answer.usage.input_tokens, answer.usage.total_tokens) == (5, 7)


def test_the_client_reads_whole_calls() -> None:
    answer = Answering(CALLS).client().responses.create(model="m", input="hi")

    assert [item.type for item in answer.output] == ["message", "function_call", "function_call"]
    assert [
        (item.call_id, item.name, item.arguments)
        for item in answer.output
        if item.type == "function_call"
    ] == [("call_1", "find", '{"q": "x"}'), ("call_2", "find", "{}")]


@pytest.mark.parametrize("said", [TEXT, CALLS, [Finished("stop", 1, 0)]])
def test_the_clients_stream_helper_follows_every_event(said: list[AnswerEvent]) -> None:
    with Answering(said).client().responses.stream(model="m", input="hi") as stream:
        seen = list(stream)
        final = stream.get_final_response()

    assert [event.sequence_number for event in seen] == list(range(len(seen)))
    whole = "".join(e.text for e in said if isinstance(e, TextDelta))
    assert final.output_text == whole
    assert "".join(e.delta for e in seen if e.type == "response.output_text.delta") == whole
    assert [i.arguments for i in final.output if i.type == "function_call"] == (
        ['{"q": "x"}', "{}"] if said is CALLS else []
    )
    assert final.model == MODEL


def test_the_client_is_told_of_an_answer_that_broke_off() -> None:
    server = Answering([TextDelta("Hel"), Failed("The model broke off.")])
    *_, last = server.client().responses.create(model="m", input="hi", stream=True)

    assert last.type == "response.failed"
    assert last.response.status == "failed"
    assert last.response.error
    assert last.response.error.message == "The model broke off."

    whole = server.client().responses.create(model="m", input="hi")
    assert (whole.status, whole.output) == ("failed", [])


def test_an_answer_cut_for_length_says_so() -> None:
    *_, done, last = events(TextDelta("Hel"), Finished("length", 5, 2))

    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert done["item"]["status"] == "incomplete"


def test_a_streamed_text_is_announced_filled_and_closed() -> None:
    kinds = [e["type"].removeprefix("response.") for e in events(*TEXT)]

    assert kinds == [
        *("created", "in_progress", "output_item.added", "content_part.added"),
        *("output_text.delta", "output_text.delta", "output_text.done"),
        *("content_part.done", "output_item.done", "completed"),
    ]


def test_an_answer_repeats_the_settings_it_was_asked_for_with() -> None:
    tools = [{"type": "function", "name": "find", "parameters": {}, "strict": True}]
    first, *_ = events(*TEXT, tools=tools, temperature=0.5, metadata={"ticket": "1"})

    response = first["response"]
    assert (response["tools"], response["temperature"]) == (tools, 0.5)
    assert response["metadata"] == {"ticket": "1"}
    assert response["status"] == "in_progress"


# ── what a request says ───────────────────────────────────────────────────────────────────────


def test_a_string_is_what_the_user_says() -> None:
    found = chat_of(input="hi", instructions="Be brief.", stream=True, max_output_tokens=9, top_p=1)

    assert found == Chat(
        turns=(Turn("system", ("Be brief.",)), Turn("user", ("hi",))),
        stream=True,
        model="gpt-5",
        max_tokens=9,
        top_p=1.0,
    )


def test_items_become_turns() -> None:
    items = [
        {"role": "developer", "content": "Ask first."},
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "See"},
                {"type": "input_image", "image_url": "data:image/png;base64,AAAA"},
                {
                    "type": "input_file",
                    "file_data": "data:text/csv;base64,AAAA",
                    "filename": "a.csv",
                },
                {"type": "input_file", "file_url": "https://example.org/a.pdf"},
            ],
        },
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "AAAA"},
        {"role": "assistant", "content": [{"type": "output_text", "text": "I look."}]},
        {"type": "function_call", "call_id": "c1", "name": "find", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "c2", "name": "patch", "input": "+ x"},
        {"type": "local_shell_call", "call_id": "c3", "action": {"command": ["ls"]}},
        {"type": "function_call_output", "call_id": "c1", "output": "42"},
        {
            "type": "custom_tool_call_output",
            "call_id": "c2",
            "output": [
                {"type": "input_text", "text": "done"},
                {"type": "input_image", "image_url": "https://example.org/a.png"},
            ],
        },
        {"type": "local_shell_call_output", "call_id": "c3", "output": "a.txt"},
        {"type": "shell_call_output", "call_id": "c4", "output": [{"stdout": "b", "stderr": ""}]},
        {"type": "web_search_call", "id": "ws_1", "action": {"query": "stars"}},
    ]

    assert chat_of(input=items).turns == (
        Turn("system", ("Ask first.",)),
        Turn(
            "user",
            (
                "See",
                Media("image", "image/png", "data:image/png;base64,AAAA"),
                Media("file", "text/csv", "data:text/csv;base64,AAAA"),
                Media("file", "", "https://example.org/a.pdf"),
            ),
        ),
        Turn(
            "assistant",
            (
                "I look.",
                ToolCall("c1", "find", "{}"),
                ToolCall("c2", "patch", '{"input": "+ x"}'),
                ToolCall("c3", "local_shell", '{"command": ["ls"]}'),
            ),
        ),
        Turn(
            "user",
            (
                ToolResult("c1", "", "42"),
                ToolResult("c2", "", "done"),
                Media("image", "", "https://example.org/a.png"),
                ToolResult("c3", "", "a.txt"),
                ToolResult("c4", "", '[{"stdout": "b", "stderr": ""}]'),
            ),
        ),
        Turn("assistant", (ToolCall("ws_1", "web_search", '{"query": "stars"}'),)),
        Turn("user", (ToolResult("ws_1", "", ""),)),
    )


def test_functions_are_offered_and_the_services_own_tools_are_not() -> None:
    function = {"type": "function", "name": "find", "description": "d", "parameters": {}}
    more = {
        "type": "additional_tools",
        "role": "developer",
        "tools": [{**function, "name": "look"}],
    }
    found = chat_of(
        input=[more, {"role": "user", "content": "hi"}],
        tools=[function, {"type": "web_search"}, {"type": "custom", "name": "exec"}],
    )

    assert found.tools == (Tool("look", "d", "{}"), Tool("find", "d", "{}"))
    assert found.turns == (Turn("user", ("hi",)),)
    assert chat_of(
        input="hi", tools=[function], tool_choice={"type": "function", "name": "find"}
    ) == (Chat((Turn("user", ("hi",)),), False, "gpt-5", (Tool("find", "d", "{}"),), "find"))


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        (
            {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}},
            '{"type": "object"}',
        ),
        ({"format": {"type": "json_object"}}, "{}"),
        ({"format": {"type": "text"}, "verbosity": "low"}, ""),
    ],
)
def test_a_schema_of_the_answer_is_kept(text: dict[str, Any], schema: str) -> None:
    assert chat_of(input="hi", text=text).json_schema == schema


@pytest.mark.parametrize(
    "more",
    [
        {"previous_response_id": "resp_1"},
        {"conversation": "conv_1"},
        {"prompt": {"id": "pmpt_1"}},
        {"background": True},
        {"top_logprobs": 3},
        {"tools": [{"type": "web_search"}], "tool_choice": {"type": "web_search"}},
        {"tools": [{"type": "web_search"}], "tool_choice": "required"},
        {"input": [{"type": "item_reference", "id": "msg_1"}]},
        {"input": [{"type": "compaction", "encrypted_content": "AAAA"}]},
        {"input": [{"type": "computer_call", "call_id": "c", "action": {}}]},
        {"input": [{"role": "user", "content": [{"type": "input_file"}]}]},
        {"input": None},
        {"invented_tomorrow": {"a": "Anna Berg"}},
    ],
)
def test_what_no_other_model_could_answer_is_not_redirected(more: dict[str, Any]) -> None:
    with pytest.raises(CannotExpress) as caught:
        chat_of(**{"input": "hi", **more})
    assert "Anna" not in str(caught.value)


@pytest.mark.parametrize("target", ["/v1/responses/compact", "/v1/responses/input_tokens"])
def test_counting_and_compacting_are_left_to_the_service(target: str) -> None:
    with pytest.raises(CannotExpress):
        dialect.chat(asked({"model": "gpt-5", "input": "hi"}, target))
