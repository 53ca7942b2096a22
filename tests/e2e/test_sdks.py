"""The vendors' own Python libraries through the proxy: every format, four actions, both ways.

Told by the environment variables that `penstock run` and `penstock ca env` print, and judged by
the bytes that reached the stand-in services.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from penstock.demo.standins import MODEL_SAYS, SERVICE_SAYS
from tests.e2e.sdks import ALL, ERRORS, Sdk

DIALECTS = {
    "openai_chat": ("openai_chat", "openai"),
    "azure": ("openai_chat", "openai"),
    "hugging_face": ("openai_chat", "huggingface_hub"),
    "openai_responses": ("openai_responses", "openai"),
    "openai_completions": ("openai_completions", "openai"),
    "anthropic_messages": ("anthropic_messages", "anthropic"),
    "gemini": ("gemini_generate", "google-genai"),
    "mistral": ("mistral_chat", "mistralai"),
    "cohere_chat": ("cohere_chat", "cohere"),
    "ollama_chat": ("ollama", "ollama"),
    "ollama_generate": ("ollama", "ollama"),
    "bedrock": ("bedrock_converse", "boto3"),
    "bedrock_key": ("bedrock_converse", "boto3"),
    "anthropic_bedrock": ("bedrock_invoke", "anthropic"),
    "deepseek": ("openai_chat", "openai"),
}
pytestmark = pytest.mark.tried("{} for Python", of=DIALECTS)

MAIL = "erika.mustermann@kunde-gmbh.de"
IBAN = "DE89 3704 0044 0532 0130 00"
CARD = "4111 1111 1111 1111"

HARMLESS = "What is the capital of France?"
PERSONAL = f"Write a reminder to {MAIL}: the invoice is to be paid to {IBAN}."
MASKED = b"Write a reminder to [EMAIL_1]: the invoice is to be paid to [IBAN_1]."
PAYMENT = f"Why is my payment with card {CARD} declined?"
CODE = (
    "Find the bug:\n"
    "def total(items: list[Item]) -> Decimal:\n"
    "    subtotal = sum(item.price * item.quantity for item in items)\n"
    '    if subtotal > Decimal("100"):\n'
    '        return subtotal * Decimal("0.95")\n'
    "    return subtotal\n"
)
NOTICE = "[Answered by Demo company's internal model stand-in-llm; nothing was sent"


@pytest.fixture(params=ALL, ids=lambda make: make.__name__)
def sdk(
    request: pytest.FixtureRequest, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sdk]:
    if request.param.__name__ == "bedrock_key":
        monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "bedrock-api-key-x")
    made: Sdk = request.param()
    yield made
    made.close()


@pytest.fixture
def personal(sdk: Sdk) -> str:
    """Not the same words where they are answered inside: that chat then stays inside for all."""
    return f"{PERSONAL} Thank you." if sdk.is_signed else PERSONAL


@pytest.fixture(params=["whole", "streamed"])
def ask(request: pytest.FixtureRequest, sdk: Sdk) -> Callable[[str], str]:
    if request.param == "whole":
        return sdk.answer
    return lambda prompt: "".join(sdk.stream(prompt))


def told(ask: Callable[[str], str], prompt: str) -> str:
    """What the person reads, be it an answer or the message of an error."""
    try:
        return ask(prompt)
    except ERRORS as e:
        return str(e)


def test_a_harmless_prompt_passes_as_it_is(sdk: Sdk, ask: Any, arrived: Any) -> None:
    assert ask(HARMLESS) == SERVICE_SAYS + HARMLESS

    [request] = arrived.at(sdk.host)
    assert json.dumps(HARMLESS).encode() in request.body
    assert arrived.at_model == []


def test_personal_data_becomes_placeholders_and_comes_back(
    sdk: Sdk, ask: Any, personal: str, arrived: Any
) -> None:
    said = ask(personal)

    assert said.endswith(personal)
    assert MAIL.encode() not in arrived.everything
    assert IBAN.encode() not in arrived.everything
    if sdk.is_signed:  # the company's own model answers in place of a redaction that cannot be
        assert said.startswith(NOTICE)
        assert arrived.everything == b""
        assert len(arrived.at_model) == 1
    else:
        assert said == SERVICE_SAYS + personal
        [request] = arrived.at(sdk.host)
        assert MASKED in request.body


def test_source_code_is_answered_by_the_companys_own_model(
    sdk: Sdk, ask: Any, arrived: Any
) -> None:
    said = ask(CODE)

    assert said.endswith(MODEL_SAYS + CODE)
    assert said.startswith(NOTICE)
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


def test_originals_come_back_in_the_arguments_of_a_tool_call(
    sdk: Sdk, personal: str, arrived: Any
) -> None:
    if sdk.call_tool is None:
        pytest.skip("this API has no tools")

    assert sdk.call_tool(personal) == {"query": personal}

    assert MAIL.encode() not in arrived.everything
    if not sdk.is_signed:
        [request] = arrived.at(sdk.host)
        assert b"[EMAIL_1]" in request.body


def test_an_internal_model_calls_the_clients_tools(sdk: Sdk, arrived: Any) -> None:
    if sdk.call_tool is None:
        pytest.skip("this API has no tools")

    assert sdk.call_tool(CODE) == {"query": CODE}

    assert arrived.everything == b""
    assert len(arrived.at_model) == 1


@pytest.mark.parametrize("action", ["allow", "redact", "redirect"])
def test_an_answer_streams_piece_by_piece(
    action: str, sdk: Sdk, personal: str, paced: Callable[[int], None]
) -> None:
    prompt = {"allow": HARMLESS, "redact": personal, "redirect": CODE}[action]
    pieces = sdk.stream(prompt)
    # enough for the opening events of any format and the first characters of the text,
    # far from enough for all of it
    paced(6)
    first = next(pieces)
    assert first
    paced(10_000)
    assert (first + "".join(pieces)).endswith(prompt)
