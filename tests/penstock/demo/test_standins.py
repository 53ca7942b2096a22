"""The stand-ins speak as the real services do: their own client libraries understand them."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest
from google import genai
from google.genai import types

from penstock.demo.standins import ANTHROPIC, GEMINI, OPENAI, StandIns

SAID = "write to [EMAIL_1] about [IBAN_1]"
ECHO = f"You said: {SAID}"
PARAMETERS = {"type": "object", "properties": {"query": {"type": "string"}}}
CALL = {"query": SAID}


@pytest.fixture
async def standins() -> AsyncIterator[StandIns]:
    async with StandIns() as standins:
        yield standins


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
def http2(request: pytest.FixtureRequest) -> bool:
    return request.param == "HTTP/2"


@pytest.fixture
async def http(http2: bool, standins: StandIns) -> AsyncIterator[httpx.AsyncClient]:
    async with connected(httpx, http2, standins) as client:
        yield client


@pytest.fixture
async def claude(http2: bool, standins: StandIns) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with connected(httpx2, http2, standins) as client:
        yield anthropic.AsyncAnthropic(api_key="x", http_client=client)


def connected(library: Any, http2: bool, standins: StandIns) -> Any:
    """A client that reaches the stand-ins under the services' own names."""

    async def reroute(outgoing: httpx.Request) -> None:
        outgoing.extensions["sni_hostname"] = outgoing.url.host
        address = httpx.URL(f"https://{standins.upstream_map[outgoing.url.host]}")
        outgoing.url = outgoing.url.copy_with(host=address.host, port=address.port)

    return library.AsyncClient(
        verify=ssl.create_default_context(cadata=standins.ca_pem.decode()),
        http2=http2,
        event_hooks={"request": [reroute]},
        trust_env=False,
    )


async def test_openai_chat(http: httpx.AsyncClient, standins: StandIns) -> None:
    client = openai.AsyncOpenAI(api_key="sk-x", http_client=http)
    messages = [{"role": "user", "content": SAID}]

    whole = await client.chat.completions.create(model="m", messages=messages)
    streamed = await client.chat.completions.create(
        model="m", messages=messages, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in streamed]

    assert whole.choices[0].message.content == ECHO
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == ECHO
    assert not any("[EMAIL_1]" in c.model_dump_json() for c in chunks)
    assert chunks[-1].usage is not None
    assert [json.loads(r.body)["messages"] for r in standins.received(OPENAI)] == [messages] * 2
    assert SAID.encode() in standins.wire(OPENAI)
    assert standins.wire(ANTHROPIC) == b""


async def test_openai_chat_calls_a_tool(http: httpx.AsyncClient) -> None:
    client = openai.AsyncOpenAI(api_key="sk-x", http_client=http)
    tool = {"type": "function", "function": {"name": "find", "parameters": PARAMETERS}}

    async with client.chat.completions.stream(
        model="m", messages=[{"role": "user", "content": SAID}], tools=[tool]
    ) as stream:
        final = await stream.get_final_completion()

    calls = final.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].function.name == "find"
    assert json.loads(calls[0].function.arguments) == CALL


async def test_openai_responses(http: httpx.AsyncClient) -> None:
    client = openai.AsyncOpenAI(api_key="sk-x", http_client=http)

    whole = await client.responses.create(model="m", input=SAID)
    async with client.responses.stream(model="m", input=SAID) as stream:
        deltas = [e.delta async for e in stream if e.type == "response.output_text.delta"]
        final = await stream.get_final_response()

    assert whole.output_text == ECHO
    assert "".join(deltas) == ECHO
    assert final.output_text == ECHO


async def test_openai_responses_calls_a_tool(http: httpx.AsyncClient) -> None:
    client = openai.AsyncOpenAI(api_key="sk-x", http_client=http)
    tool = {"type": "function", "name": "find", "parameters": PARAMETERS, "strict": False}

    async with client.responses.stream(model="m", input=SAID, tools=[tool]) as stream:
        final = await stream.get_final_response()

    assert final.output[0].type == "function_call"
    assert json.loads(final.output[0].arguments) == CALL


async def test_anthropic(claude: anthropic.AsyncAnthropic) -> None:
    messages = [{"role": "user", "content": SAID}]

    whole = await claude.messages.create(model="m", max_tokens=50, messages=messages)
    async with claude.messages.stream(model="m", max_tokens=50, messages=messages) as stream:
        final = await stream.get_final_message()

    for message in (whole, final):
        assert message.content[0].type == "text"
        assert message.content[0].text == ECHO
        assert message.stop_reason == "end_turn"


async def test_anthropic_calls_a_tool(claude: anthropic.AsyncAnthropic) -> None:
    tool = {"name": "find", "input_schema": PARAMETERS}

    async with claude.messages.stream(
        model="m", max_tokens=50, messages=[{"role": "user", "content": SAID}], tools=[tool]
    ) as stream:
        final = await stream.get_final_message()

    assert final.content[0].type == "tool_use"
    assert final.content[0].input == CALL


async def test_gemini(http: httpx.AsyncClient) -> None:
    client = genai.Client(api_key="x", http_options=types.HttpOptions(httpx_async_client=http)).aio

    whole = await client.models.generate_content(model="gemini-x", contents=SAID)
    streamed = await client.models.generate_content_stream(model="gemini-x", contents=SAID)
    texts = [chunk.text or "" async for chunk in streamed]

    assert whole.text == ECHO
    assert "".join(texts) == ECHO
    assert len(texts) > 5


async def test_gemini_calls_a_tool(http: httpx.AsyncClient) -> None:
    client = genai.Client(api_key="x", http_options=types.HttpOptions(httpx_async_client=http)).aio
    find = types.FunctionDeclaration(name="find", parameters_json_schema=PARAMETERS)
    config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[find])])

    whole = await client.models.generate_content(model="g", contents=SAID, config=config)

    assert whole.function_calls is not None
    assert whole.function_calls[0].args == CALL


async def test_gemini_streams_a_json_array_when_not_asked_for_events(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.post(
        f"https://{GEMINI}/v1beta/models/g:streamGenerateContent",
        json={"contents": [{"parts": [{"text": SAID}]}]},
    )

    frames = answer.json()
    assert "".join(f["candidates"][0]["content"]["parts"][0]["text"] for f in frames) == ECHO
    assert frames[-1]["candidates"][0]["finishReason"] == "STOP"


async def test_the_internal_model_is_told_apart(standins: StandIns) -> None:
    async with openai.AsyncOpenAI(api_key="x", base_url=standins.model_url) as client:
        said = await client.chat.completions.create(
            model="internal", messages=[{"role": "user", "content": SAID}]
        )
        models = [model.id async for model in client.models.list()]

    assert said.choices[0].message.content == f"The internal model heard: {SAID}"
    assert len(standins.model_received) == 2
    assert models == ["stand-in-llm"]


@pytest.mark.parametrize(
    "path",
    ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/models/g:generateContent"],
)
async def test_a_body_that_says_nothing_is_an_error_of_the_service(
    http: httpx.AsyncClient, path: str
) -> None:
    assert (await http.post(f"https://{OPENAI}{path}", json={})).status_code == 400
    assert (await http.post(f"https://{OPENAI}{path}", content=b"{")).status_code == 400


async def test_even_half_a_request_is_kept(standins: StandIns) -> None:
    context = ssl.create_default_context(cadata=standins.ca_pem.decode())
    host, _, port = standins.upstream_map[OPENAI].partition(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=context, server_hostname=OPENAI)
    writer.write(b"POST / HTTP/1.1\r\nhost: api.openai.com\r\ncontent-length: 100\r\n\r\nsecret")
    writer.close()
    await writer.wait_closed()

    assert standins.received(OPENAI) == []
    assert b"secret" in standins.wire(OPENAI)


async def test_a_chat_page_is_served(http: httpx.AsyncClient) -> None:
    page = await http.get(f"https://{OPENAI}/")

    assert page.headers["content-type"].startswith("text/html")
    assert "Stand-in chat" in page.text
