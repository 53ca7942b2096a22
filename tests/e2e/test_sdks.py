"""The vendors' own Python libraries through the proxy: four formats, four actions, both ways.

Told by the environment variables that `penstock run` prints, and judged by the bytes that reached
the stand-in services.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import anthropic
import openai
import pytest
from google import genai
from google.genai import errors, types

from penstock.demo.standins import ANTHROPIC, GEMINI, MODEL_SAYS, OPENAI, SERVICE_SAYS

MAIL = "erika.mustermann@kunde-gmbh.de"
IBAN = "DE89 3704 0044 0532 0130 00"
CARD = "4111 1111 1111 1111"

HARMLESS = "What is the capital of France?"
PERSONAL = f"Write a reminder to {MAIL}: the invoice is to be paid to {IBAN}."
PAYMENT = f"Why is my payment with card {CARD} declined?"
CODE = (
    "Find the bug:\n"
    "def total(items: list[Item]) -> Decimal:\n"
    "    subtotal = sum(item.price * item.quantity for item in items)\n"
    '    if subtotal > Decimal("100"):\n'
    '        return subtotal * Decimal("0.95")\n'
    "    return subtotal\n"
)
PARAMETERS = {
    "type": "object",
    "properties": {"query": {"type": "string"}},
    "required": ["query"],
}


@dataclass(frozen=True)
class Sdk:
    """One library and one of its APIs."""

    name: str
    host: str
    answer: Callable[[str], str]
    stream: Callable[[str], Iterator[str]]
    call_tool: Callable[[str], dict[str, Any]]


def openai_chat() -> Sdk:
    client = openai.OpenAI(api_key="sk-x")

    def said(prompt: str) -> Any:
        return {"model": "gpt-demo", "messages": [{"role": "user", "content": prompt}]}

    def answer(prompt: str) -> str:
        return client.chat.completions.create(**said(prompt)).choices[0].message.content or ""

    def stream(prompt: str) -> Iterator[str]:
        for chunk in client.chat.completions.create(**said(prompt), stream=True):
            yield from (c.delta.content for c in chunk.choices if c.delta.content)

    def call_tool(prompt: str) -> dict[str, Any]:
        tool: Any = {"type": "function", "function": {"name": "find", "parameters": PARAMETERS}}
        with client.chat.completions.stream(**said(prompt), tools=[tool]) as events:
            [call] = events.get_final_completion().choices[0].message.tool_calls or []
        return json.loads(call.function.arguments)

    return Sdk("openai-chat", OPENAI, answer, stream, call_tool)


def openai_responses() -> Sdk:
    client = openai.OpenAI(api_key="sk-x")

    def answer(prompt: str) -> str:
        return client.responses.create(model="gpt-demo", input=prompt).output_text

    def stream(prompt: str) -> Iterator[str]:
        with client.responses.stream(model="gpt-demo", input=prompt) as events:
            for event in events:
                if event.type == "response.output_text.delta":
                    yield event.delta
            events.get_final_response()

    def call_tool(prompt: str) -> dict[str, Any]:
        tool: Any = {"type": "function", "name": "find", "parameters": PARAMETERS, "strict": False}
        with client.responses.stream(model="gpt-demo", input=prompt, tools=[tool]) as events:
            [call] = events.get_final_response().output
        return json.loads(call.arguments)

    return Sdk("openai-responses", OPENAI, answer, stream, call_tool)


def anthropic_messages() -> Sdk:
    client = anthropic.Anthropic(api_key="sk-ant-x")

    def said(prompt: str) -> Any:
        messages = [{"role": "user", "content": prompt}]
        return {"model": "claude-demo", "max_tokens": 500, "messages": messages}

    def answer(prompt: str) -> str:
        return "".join(b.text for b in client.messages.create(**said(prompt)).content)

    def stream(prompt: str) -> Iterator[str]:
        with client.messages.stream(**said(prompt)) as events:
            yield from events.text_stream
            events.get_final_message()

    def call_tool(prompt: str) -> dict[str, Any]:
        tool: Any = {"name": "find", "input_schema": PARAMETERS}
        with client.messages.stream(**said(prompt), tools=[tool]) as events:
            [call] = events.get_final_message().content
        return call.input

    return Sdk("anthropic", ANTHROPIC, answer, stream, call_tool)


def gemini() -> Sdk:
    client = genai.Client(api_key="x")

    def answer(prompt: str) -> str:
        return client.models.generate_content(model="gemini-demo", contents=prompt).text or ""

    def stream(prompt: str) -> Iterator[str]:
        for chunk in client.models.generate_content_stream(model="gemini-demo", contents=prompt):
            if chunk.text:
                yield chunk.text

    def call_tool(prompt: str) -> dict[str, Any]:
        find = types.FunctionDeclaration(name="find", parameters_json_schema=PARAMETERS)
        config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[find])])
        said = client.models.generate_content_stream(
            model="gemini-demo", contents=prompt, config=config
        )
        [call] = [call for chunk in said for call in chunk.function_calls or []]
        return call.args or {}

    return Sdk("gemini", GEMINI, answer, stream, call_tool)


@pytest.fixture(params=[openai_chat, openai_responses, anthropic_messages, gemini])
def sdk(request: pytest.FixtureRequest, environment: dict[str, str]) -> Sdk:
    made: Sdk = request.param()
    return made


@pytest.fixture(params=["whole", "streamed"])
def ask(request: pytest.FixtureRequest, sdk: Sdk) -> Callable[[str], str]:
    if request.param == "whole":
        return sdk.answer
    return lambda prompt: "".join(sdk.stream(prompt))


def told(ask: Callable[[str], str], prompt: str) -> str:
    """What the person reads, be it an answer or the message of an error."""
    try:
        return ask(prompt)
    except (openai.APIError, anthropic.APIError, errors.APIError) as e:
        return str(e)


def test_a_harmless_prompt_passes_as_it_is(sdk: Sdk, ask: Any, arrived: Any) -> None:
    assert ask(HARMLESS) == SERVICE_SAYS + HARMLESS

    [request] = arrived.at(sdk.host)
    assert json.dumps(HARMLESS).encode() in request.body
    assert arrived.at_model == []


def test_personal_data_becomes_placeholders_and_comes_back(
    sdk: Sdk, ask: Any, arrived: Any
) -> None:
    assert ask(PERSONAL) == SERVICE_SAYS + PERSONAL

    [request] = arrived.at(sdk.host)
    assert b"Write a reminder to [EMAIL_1]: the invoice is to be paid to [IBAN_1]." in request.body
    assert MAIL.encode() not in arrived.everything
    assert IBAN.encode() not in arrived.everything


def test_source_code_is_answered_by_the_companys_own_model(
    sdk: Sdk, ask: Any, arrived: Any
) -> None:
    said = ask(CODE)

    assert said.endswith(MODEL_SAYS + CODE)
    assert said.startswith(
        "[Answered by Demo company's internal model stand-in-llm; nothing was sent"
    )
    assert arrived.everything == b""
    [asked] = arrived.at_model
    assert json.loads(asked.body)["messages"][-1]["content"] == CODE
    assert "authorization" not in asked.headers
    assert not any("x-" in name for name in asked.headers)


def test_a_card_number_goes_nowhere_and_the_person_reads_why(
    sdk: Sdk, ask: Any, arrived: Any
) -> None:
    said = told(ask, PAYMENT)

    assert "Card numbers may not be sent to AI services." in said
    assert arrived.everything == b""
    assert arrived.at_model == []


def test_originals_come_back_in_the_arguments_of_a_tool_call(sdk: Sdk, arrived: Any) -> None:
    assert sdk.call_tool(PERSONAL) == {"query": PERSONAL}

    [request] = arrived.at(sdk.host)
    assert b"[EMAIL_1]" in request.body
    assert MAIL.encode() not in arrived.everything


def test_an_internal_model_calls_the_clients_tools(sdk: Sdk, arrived: Any) -> None:
    assert sdk.call_tool(CODE) == {"query": CODE}

    assert arrived.everything == b""
    assert len(arrived.at_model) == 1


@pytest.mark.parametrize("prompt", [HARMLESS, PERSONAL, CODE])
def test_an_answer_streams_piece_by_piece(
    prompt: str, sdk: Sdk, paced: Callable[[int], None]
) -> None:
    pieces = sdk.stream(prompt)
    # enough for the opening events of any format and the first characters of the text,
    # far from enough for all of it
    paced(6)
    first = next(pieces)
    assert first
    paced(10_000)
    assert (first + "".join(pieces)).endswith(prompt)
