"""Google's generateContent as the vendor's own client sends and reads it."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from google import genai
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

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
from proxy_addons.dialects.gemini_generate import dialect

SAID = (TextDelta("Hel"), TextDelta("lo"), Finished("stop", 5, 2))
CALLED = (
    TextDelta("One moment."),
    CallStarted(0, "call_1", "weather"),
    CallDelta(0, '{"city": "M'),
    CallDelta(0, 'ünchen"}'),
    CallStarted(1, "call_2", "now"),
    Finished("tool_calls", 7, 9),
)
STREAM = "/v1beta/models/g:streamGenerateContent"
WHOLE = "/v1beta/models/g:generateContent"
FORMS = pytest.mark.parametrize("target", [WHOLE, STREAM, f"{STREAM}?alt=sse"])


class Line:
    """What a client sent, and a client that gets its answers from a function."""

    def __init__(self, answer: Callable[[Request], httpx.Response]) -> None:
        self.sent: list[Request] = []
        self._answer = answer
        transport = httpx.MockTransport(self._take)
        options = types.HttpOptions(client_args={"transport": transport})
        self._client = genai.Client(api_key="k", http_options=options)
        self.models = self._client.models

    def _take(self, request: httpx.Request) -> httpx.Response:
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
    def answer(request: Request) -> httpx.Response:
        writer = dialect.write_answer(request, "llama")
        body = b"".join([writer.write(event) for event in events])
        headers = {"content-type": writer.content_type}
        return httpx.Response(writer.status, headers=headers, content=body)

    return Line(answer)


def refusing(message: str) -> Line:
    def answer(request: Request) -> httpx.Response:
        refusal = dialect.refuse(request, message)
        headers = {"content-type": refusal.content_type}
        return httpx.Response(refusal.status, headers=headers, content=refusal.body)

    return Line(answer)


def ask(line: Line) -> list[types.GenerateContentResponse]:
    return [line.models.generate_content(model="g", contents="hi")]


def ask_streaming(line: Line) -> list[types.GenerateContentResponse]:
    return list(line.models.generate_content_stream(model="g", contents="hi"))


ASKS = pytest.mark.parametrize("asked", [ask, ask_streaming])
type Asked = Callable[[Line], list[types.GenerateContentResponse]]


def request(document: object, target: str = WHOLE) -> Request:
    return Request("POST", target, "application/json", json.dumps(document).encode())


def documents(target: str, body: bytes) -> list[dict[str, object]]:
    """What an answer in the form that `target` asks for holds."""
    if target.endswith("sse"):
        frames = body.removesuffix(b"\r\n\r\n").split(b"\r\n\r\n")
        return [json.loads(frame.removeprefix(b"data: ")) for frame in frames]
    found = json.loads(body)
    return found if isinstance(found, list) else [found]


def parts(answers: list[types.GenerateContentResponse]) -> Iterator[types.Part]:
    for answer in answers:
        for candidate in answer.candidates or ():
            yield from (candidate.content and candidate.content.parts) or ()


def text(answers: list[types.GenerateContentResponse]) -> str:
    return "".join(part.text or "" for part in parts(answers))


def test_a_refusal_meets_a_schema_with_types_in_capitals() -> None:
    schema = {
        "type": "OBJECT",
        "properties": {
            "complexity_reasoning": {"type": "STRING"},
            "complexity_score": {"type": "INTEGER", "description": "1 to 100"},
        },
        "required": ["complexity_reasoning", "complexity_score"],
    }
    config = {"responseMimeType": "application/json", "responseJsonSchema": schema}
    body = {"contents": [{"parts": [{"text": "hi"}]}], "generationConfig": config}
    target = "/v1beta/models/m:generateContent"
    request = Request("POST", target, "application/json", json.dumps(body).encode())

    refusal = json.loads(dialect.refuse(request, "No.").body)
    [part] = refusal["candidates"][0]["content"]["parts"]
    assert json.loads(part["text"]) == {"complexity_reasoning": "No.", "complexity_score": 1}
    assert json.loads(dialect.chat(request).json_schema)["type"] == "object"


def test_it_can_be_answered_by_another_model() -> None:
    assert isinstance(dialect, Redirectable)


@ASKS
def test_the_client_reads_text(asked: Asked) -> None:
    answers = asked(answering(*SAID))

    assert text(answers) == "Hello"
    assert [c.finish_reason for a in answers for c in a.candidates or () if c.finish_reason] == [
        "STOP"
    ]
    usage = answers[-1].usage_metadata
    assert usage is not None
    assert (usage.prompt_token_count, usage.candidates_token_count) == (5, 2)
    assert answers[-1].model_version == "llama"


@ASKS
def test_the_client_reads_function_calls(asked: Asked) -> None:
    answers = asked(answering(*CALLED))

    assert text(answers) == "One moment."
    assert [p.function_call for p in parts(answers) if p.function_call] == [
        types.FunctionCall(id="call_1", name="weather", args={"city": "München"}),
        types.FunctionCall(id="call_2", name="now", args={}),
    ]


@FORMS
@pytest.mark.parametrize("events", [SAID, CALLED])
def test_all_forms_end_with_their_only_finish_reason(
    target: str, events: tuple[AnswerEvent, ...]
) -> None:
    writer = dialect.write_answer(request({}, target), "llama")
    body = b"".join(writer.write(event) for event in events)

    answers = [types.GenerateContentResponse.model_validate(d) for d in documents(target, body)]

    reasons = [c.finish_reason for a in answers for c in a.candidates or ()]
    assert reasons == [None] * (len(answers) - 1) + ["STOP"]
    assert len({a.response_id for a in answers}) == 1


@ASKS
def test_the_client_shows_a_refusal_as_the_answer(asked: Asked) -> None:
    line = refusing("Not sent: it holds a card number.")

    answers = asked(line)

    assert text(answers) == "Not sent: it holds a card number."
    assert answers[-1].candidates is not None
    assert answers[-1].candidates[0].finish_reason == "STOP"
    assert len(line.sent) == 1


@FORMS
def test_a_refusal_has_the_form_that_was_asked_for(target: str) -> None:
    refusal = dialect.refuse(request({}, target), "No.")

    answers = documents(target, refusal.body)
    assert text([types.GenerateContentResponse.model_validate(a) for a in answers]) == "No."


def test_a_refusal_needs_no_readable_body() -> None:
    assert b"Not sent." in dialect.refuse(Request("POST", WHOLE, "", b"{"), "Not sent.").body


@pytest.mark.parametrize("verb", ["countTokens", "embedContent", "batchEmbedContents"])
def test_where_no_answer_is_due_a_refusal_is_an_error(verb: str) -> None:
    asked = request({"contents": []}, f"/v1beta/models/g:{verb}")

    refusal = dialect.refuse(asked, "No.")

    assert refusal.status == 400
    assert json.loads(refusal.body)["error"]["status"] == "INVALID_ARGUMENT"
    with pytest.raises(CannotExpress):
        dialect.chat(asked)


def test_a_client_that_asked_for_json_is_refused_in_json() -> None:
    schema = {
        "type": "OBJECT",
        "properties": {
            "reasoning": {"type": "STRING"},
            "score": {"type": "INTEGER", "minimum": 1, "maximum": 100},
            "kind": {"type": "STRING", "enum": ["simple", "hard"]},
            "steps": {"type": "ARRAY", "items": {"type": "STRING"}, "minItems": 1},
            "aside": {"type": "STRING"},
        },
        "required": ["reasoning", "score", "kind", "steps"],
    }
    config = {"responseMimeType": "application/json", "responseSchema": schema}

    refusal = dialect.refuse(request({"contents": [], "generationConfig": config}), "No.")

    answer = types.GenerateContentResponse.model_validate_json(refusal.body)
    assert json.loads(answer.text or "") == {
        "reasoning": "No.",
        "score": 1,
        "kind": "simple",
        "steps": ["No."],
    }


def test_the_client_reports_a_stream_that_broke_off() -> None:
    line = answering(TextDelta("Hel"), Failed("the model went away"))

    with pytest.raises(genai.errors.APIError, match="the model went away"):
        ask_streaming(line)


def test_the_client_reports_an_answer_that_failed() -> None:
    with pytest.raises(genai.errors.ServerError, match="the model went away"):
        ask(answering(TextDelta("Hel"), Failed("the model went away")))


@FORMS
def test_arguments_that_are_not_an_object_are_an_error(target: str) -> None:
    writer = dialect.write_answer(request({}, target), "m")
    events = (CallStarted(0, "c", "f"), CallDelta(0, "[1]"), Finished("tool_calls", 1, 1))

    (answer,) = documents(target, b"".join(writer.write(event) for event in events))

    assert "error" in answer


def test_a_conversation_of_the_client_is_understood_whole() -> None:
    line = answering(*SAID)
    line.models.generate_content(
        model="gemini-x",
        contents=[
            types.Content(
                role="user",
                parts=[
                    types.Part(text="What is this?"),
                    types.Part.from_bytes(data=b"\x89PNG", mime_type="image/png"),
                    types.Part.from_uri(file_uri="https://x/y.pdf", mime_type="application/pdf"),
                ],
            ),
            types.Content(
                role="model",
                parts=[
                    types.Part(text="Hm.", thought=True),
                    types.Part(
                        function_call=types.FunctionCall(name="weather", args={"city": "Köln"}),
                        thought_signature=b"signed",
                    ),
                ],
            ),
            types.Content(
                role="user",
                parts=[types.Part.from_function_response(name="weather", response={"sky": "grey"})],
            ),
        ],
        config=types.GenerateContentConfig(
            system_instruction="Be brief.",
            temperature=0.5,
            top_p=0.9,
            top_k=3,
            max_output_tokens=64,
            stop_sequences=["END"],
            response_mime_type="application/json",
            response_schema=types.Schema(
                type=types.Type.OBJECT,
                properties={
                    "type": types.Schema(type=types.Type.STRING, nullable=True),
                    "days": types.Schema(
                        type=types.Type.ARRAY, items=types.Schema(type=types.Type.INTEGER)
                    ),
                },
            ),
            tools=[
                types.Tool(
                    function_declarations=[
                        types.FunctionDeclaration(
                            name="weather",
                            description="Looks",
                            parameters=types.Schema(
                                type=types.Type.OBJECT,
                                properties={"city": types.Schema(type=types.Type.STRING)},
                            ),
                        )
                    ]
                )
            ],
            tool_config=types.ToolConfig(
                function_calling_config=types.FunctionCallingConfig(
                    mode=types.FunctionCallingConfigMode.ANY, allowed_function_names=["weather"]
                )
            ),
        ),
    )

    chat = dialect.chat(line.sent[0])

    assert chat.turns == (
        Turn("system", ("Be brief.",)),
        Turn(
            "user",
            (
                "What is this?",
                Media("image", "image/png", "data:image/png;base64,iVBORw=="),
                Media("file", "application/pdf", "https://x/y.pdf"),
            ),
        ),
        Turn("assistant", (ToolCall("call_1", "weather", '{"city": "Köln"}'),)),
        Turn("user", (ToolResult("call_1", "weather", '{"sky": "grey"}'),)),
    )
    (tool,) = chat.tools
    assert (tool.name, tool.description) == ("weather", "Looks")
    assert json.loads(tool.parameters) == {
        "type": "object",
        "properties": {"city": {"type": "string"}},
    }
    assert json.loads(chat.json_schema) == {
        "type": "object",
        "properties": {
            "type": {"type": ["string", "null"]},
            "days": {"type": "array", "items": {"type": "integer"}},
        },
    }
    assert (chat.model, chat.stream, chat.tool_choice) == ("gemini-x", False, "weather")
    assert (chat.max_tokens, chat.temperature, chat.top_p, chat.stop) == (64, 0.5, 0.9, ("END",))


def test_names_in_snake_case_mean_the_same() -> None:
    camel = {
        "contents": [
            {"parts": [{"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}}]},
            {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"a": 1}}}]},
            {"role": "function", "parts": [{"functionResponse": {"name": "f", "response": {}}}]},
        ],
        "systemInstruction": "Be brief.",
        "generationConfig": {"maxOutputTokens": 5},
        "tools": [{"functionDeclarations": [{"name": "f"}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "NONE"}},
    }
    text = json.dumps(camel)
    for name in (
        *("inlineData", "mimeType", "functionCall", "functionResponse", "systemInstruction"),
        *("generationConfig", "maxOutputTokens", "functionDeclarations", "toolConfig"),
        "functionCallingConfig",
    ):
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
        text = text.replace(f'"{name}"', f'"{snake}"')

    assert dialect.chat(request(json.loads(text))) == dialect.chat(request(camel))
    assert dialect.chat(request(camel)).turns[1] == Turn(
        "user", (Media("audio", "audio/wav", "data:audio/wav;base64,AAAA"),)
    )


@pytest.mark.parametrize(
    "change",
    [
        {"cachedContent": "cachedContents/1"},
        {"tools": [{"googleSearch": {}}]},
        {"generationConfig": {"candidateCount": 2}},
        {"generationConfig": {"responseModalities": ["AUDIO"]}},
        {"contents": [{"parts": [{"fileData": {"fileUri": "gs://b/o"}}]}]},
        {"contents": [{"parts": [{"executableCode": {"code": "1"}}]}]},
        {"contents": [{"role": "robot", "parts": [{"text": "hi"}]}]},
        {"contents": [{"text": "hi"}]},
        {"systemInstruction": {"parts": [{"inlineData": {}}]}},
    ],
)
def test_what_only_the_service_can_do_is_not_redirected(change: dict[str, object]) -> None:
    with pytest.raises(CannotExpress):
        dialect.chat(request({"contents": [{"parts": [{"text": "hi"}]}]} | change))


def test_several_allowed_functions_are_the_only_ones_offered() -> None:
    functions = [{"name": name} for name in ("a", "b", "c")]
    calling = {"mode": "ANY", "allowedFunctionNames": ["a", "c"]}
    chat = dialect.chat(
        request(
            {
                "contents": "hi",
                "tools": [{"functionDeclarations": functions}],
                "toolConfig": {"functionCallingConfig": calling},
            }
        )
    )

    assert [tool.name for tool in chat.tools] == ["a", "c"]
    assert chat.tool_choice == "required"
    assert chat.tools[0] == Tool("a", "", '{"type": "object"}')


def test_calls_of_one_function_are_told_apart_by_their_order() -> None:
    call = {"functionCall": {"name": "f", "args": {}}}
    answers = [{"functionResponse": {"name": "f", "response": {"n": n}}} for n in (1, 2)]
    contents = [{"role": "model", "parts": [call, call]}, {"role": "user", "parts": answers}]

    _, results = dialect.chat(request({"contents": contents})).turns

    assert results.parts == (
        ToolResult("call_1", "f", '{"n": 1}'),
        ToolResult("call_2", "f", '{"n": 2}'),
    )


@pytest.mark.parametrize(
    "target",
    [
        "/v1/models/g:generateContent",
        "/v1alpha/tunedModels/t:generateContent",
        "/v1/projects/p/locations/l/publishers/google/models/g:generateContent",
    ],
)
def test_roles_and_keys_are_read_wherever_the_model_lives(target: str) -> None:
    body = {
        "system_instruction": {"parts": [{"text": "Be kind."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "hi Ada"}]},
            {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"who": "Bea"}}}]},
            {"parts": [{"functionResponse": {"name": "f", "response": {"at": "Ulm"}}}]},
        ],
    }

    texts = dialect.parse(request(body, f"{target}?key=AIza-secret")).texts

    roles = {word: text.role for text in texts for word in ("kind", "Ada", "Bea", "Ulm")
             if word in text.text}  # fmt: skip
    assert roles == {"kind": "system", "Ada": "user", "Bea": "assistant", "Ulm": "tool"}
    assert not any("AIza-secret" in text.text for text in texts)


def test_text_in_a_file_is_read_and_other_files_are_unread() -> None:
    blobs = [
        {"inlineData": {"mimeType": "text/csv", "data": "bmFtZSxBZGE="}},
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}},
    ]

    prompt = dialect.parse(request({"contents": [{"role": "user", "parts": blobs}]}))

    assert "name,Ada" in [text.text for text in prompt.texts]
    assert prompt.unread == ("image",)


# ── Code Assist: the same in an envelope ──────────────────────────────────────────────────────

ASSIST = "/v1internal:streamGenerateContent?alt=sse"


def enveloped() -> Request:
    body = {"contents": [{"role": "user", "parts": [{"text": "hi Ada"}]}]}
    return request({"model": "g", "project": "p", "request": body}, ASSIST)


def test_code_assist_is_read_through_its_envelope() -> None:
    texts = dialect.parse(enveloped()).texts

    assert [text.role for text in texts if text.text == "hi Ada"] == ["user"]
    assert dialect.chat(enveloped()) == Chat((Turn("user", ("hi Ada",)),), True, "g")


def test_code_assist_is_answered_in_its_envelope() -> None:
    writer = dialect.write_answer(enveloped(), "llama")
    body = b"".join(writer.write(event) for event in SAID)

    answers = [
        types.GenerateContentResponse.model_validate(d["response"]) for d in documents(ASSIST, body)
    ]

    assert text(answers) == "Hello"
    refused = documents(ASSIST, dialect.refuse(enveloped(), "No.").body)
    parsed = [types.GenerateContentResponse.model_validate(d["response"]) for d in refused]
    assert text(parsed) == "No."


# ── restoring ─────────────────────────────────────────────────────────────────────────────────


@FORMS
@given(cut=st.integers(1, 60))
def test_values_return_in_all_forms_however_the_answer_is_cut(target: str, cut: int) -> None:
    said = "Write to [EMAIL_1], she is [NAME_1]!"
    events = (
        *(TextDelta(said[i : i + cut]) for i in range(0, len(said), cut)),
        CallStarted(0, "c", "f"),
        CallDelta(0, '{"to": "[NAME_1]"}'),
        Finished("tool_calls", 1, 1),
    )
    asked = request({}, target)
    writer = dialect.write_answer(asked, "m")
    body = b"".join(writer.write(event) for event in events)
    originals = {"[EMAIL_1]": "ada@x.org", "[NAME_1]": 'A "B" \\ Ç'}
    told = dialect.restore(asked, writer.content_type, originals)

    seen = b"".join(told.feed(body[i : i + cut]) for i in range(0, len(body), cut)) + told.finish()

    answers = [types.GenerateContentResponse.model_validate(d) for d in documents(target, seen)]
    assert text(answers) == 'Write to ada@x.org, she is A "B" \\ Ç!'
    calls = [p.function_call.args for p in parts(answers) if p.function_call]
    assert calls == [{"to": 'A "B" \\ Ç'}]


@pytest.mark.parametrize("name", ["responseMimeType", "response_mime_type"])
def test_values_return_into_json_as_json(name: str) -> None:
    asked = request({"generationConfig": {name: "application/json"}}, STREAM)
    writer = dialect.write_answer(asked, "m")
    events = (TextDelta('{"who": "[NA'), TextDelta('ME_1]"}'), Finished("stop", 1, 1))
    body = b"".join(writer.write(event) for event in events)
    told = dialect.restore(asked, writer.content_type, {"[NAME_1]": 'A "B"'})

    seen = documents(STREAM, told.feed(body) + told.finish())

    answers = [types.GenerateContentResponse.model_validate(d) for d in seen]
    assert json.loads(text(answers)) == {"who": 'A "B"'}
