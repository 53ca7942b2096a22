"""The vendors' own Python libraries, each as the few things the tests ask of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import anthropic
import boto3
import botocore.exceptions
import cohere
import cohere.core.api_error
import huggingface_hub
import huggingface_hub.errors
import mistralai.client
import mistralai.client.errors
import ollama
import openai
from google import genai
from google.genai import errors, types

from penstock.demo.standins import ANTHROPIC, GEMINI, OPENAI
from tests.e2e.services import AZURE, BEDROCK, COHERE, DEEPSEEK, HUGGING_FACE, MISTRAL, OLLAMA

PARAMETERS = {
    "type": "object",
    "properties": {"query": {"type": "string"}},
    "required": ["query"],
}
FUNCTION: Any = {"type": "function", "function": {"name": "find", "parameters": PARAMETERS}}

ERRORS = (
    openai.APIError,
    anthropic.APIError,
    errors.APIError,
    mistralai.client.errors.SDKError,
    cohere.core.api_error.ApiError,
    ollama.ResponseError,
    botocore.exceptions.ClientError,
    huggingface_hub.errors.HfHubHTTPError,
    huggingface_hub.errors.TextGenerationError,
)
"""What the libraries raise for an error of the service."""


@dataclass(frozen=True)
class Sdk:
    """One library and one of its APIs."""

    name: str
    host: str
    answer: Callable[[str], str]
    stream: Callable[[str], Iterator[str]]
    close: Callable[[], object]
    call_tool: Callable[[str], dict[str, Any]] | None = None
    is_signed: bool = False
    """Whether its requests cannot be edited."""


def _leaving(client: Any) -> Callable[[], object]:
    """Closes what has no `close` of its own."""
    return lambda: client.__exit__(None, None, None)


def _openai_chat(name: str, client: Any, host: str) -> Sdk:
    def said(prompt: str) -> Any:
        return {"model": "gpt-demo", "messages": [{"role": "user", "content": prompt}]}

    def answer(prompt: str) -> str:
        return client.chat.completions.create(**said(prompt)).choices[0].message.content or ""

    def stream(prompt: str) -> Iterator[str]:
        for chunk in client.chat.completions.create(**said(prompt), stream=True):
            yield from (c.delta.content for c in chunk.choices if c.delta.content)

    def call_tool(prompt: str) -> dict[str, Any]:
        with client.chat.completions.stream(**said(prompt), tools=[FUNCTION]) as events:
            [call] = events.get_final_completion().choices[0].message.tool_calls or []
        return json.loads(call.function.arguments)

    return Sdk(name, host, answer, stream, client.close, call_tool)


def openai_chat() -> Sdk:
    return _openai_chat("openai-chat", openai.OpenAI(api_key="sk-x"), OPENAI)


def azure() -> Sdk:
    client = openai.AzureOpenAI(
        api_key="x", api_version="2025-04-01-preview", azure_endpoint=f"https://{AZURE}"
    )
    return _openai_chat("azure", client, AZURE)


def deepseek() -> Sdk:
    client = openai.OpenAI(api_key="sk-x", base_url=f"https://{DEEPSEEK}")
    return _openai_chat("deepseek", client, DEEPSEEK)


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

    return Sdk("openai-responses", OPENAI, answer, stream, client.close, call_tool)


def openai_completions() -> Sdk:
    client = openai.OpenAI(api_key="sk-x", base_url=f"https://{DEEPSEEK}/beta")

    def answer(prompt: str) -> str:
        return client.completions.create(model="m", prompt=prompt).choices[0].text

    def stream(prompt: str) -> Iterator[str]:
        for chunk in client.completions.create(model="m", prompt=prompt, stream=True):
            yield from (c.text for c in chunk.choices if c.text)

    return Sdk("openai-completions", DEEPSEEK, answer, stream, client.close)


def _anthropic(name: str, client: Any, host: str, is_signed: bool = False) -> Sdk:
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

    return Sdk(name, host, answer, stream, client.close, call_tool, is_signed)


def anthropic_messages() -> Sdk:
    return _anthropic("anthropic", anthropic.Anthropic(api_key="sk-ant-x"), ANTHROPIC)


def anthropic_bedrock() -> Sdk:
    client = anthropic.AnthropicBedrock(
        aws_access_key="AKIAIOSFODNN7EXAMPLE", aws_secret_key="x", aws_region="eu-central-1"
    )
    return _anthropic("anthropic-bedrock", client, BEDROCK, is_signed=True)


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

    return Sdk("gemini", GEMINI, answer, stream, client.close, call_tool)


def mistral() -> Sdk:
    client = mistralai.client.Mistral(api_key="x")

    def said(prompt: str) -> Any:
        return {"model": "mistral-demo", "messages": [{"role": "user", "content": prompt}]}

    def answer(prompt: str) -> str:
        return str(client.chat.complete(**said(prompt)).choices[0].message.content)

    def stream(prompt: str) -> Iterator[str]:
        for chunk in client.chat.stream(**said(prompt)):
            yield from (str(c.delta.content) for c in chunk.data.choices if c.delta.content)

    def call_tool(prompt: str) -> dict[str, Any]:
        arguments = ""
        for chunk in client.chat.stream(**said(prompt), tools=[FUNCTION]):
            for choice in chunk.data.choices:
                for call in choice.delta.tool_calls or []:
                    arguments += str(call.function.arguments)
        return json.loads(arguments)

    return Sdk("mistral", MISTRAL, answer, stream, _leaving(client), call_tool)


def cohere_chat() -> Sdk:
    client = cohere.ClientV2(api_key="x")

    def said(prompt: str) -> Any:
        return {"model": "command-demo", "messages": [{"role": "user", "content": prompt}]}

    def answer(prompt: str) -> str:
        return "".join(part.text for part in client.chat(**said(prompt)).message.content or [])

    def stream(prompt: str) -> Iterator[str]:
        for event in client.chat_stream(**said(prompt)):
            if event.type == "content-delta":
                yield event.delta.message.content.text
            if event.type == "message-end":
                assert event.delta.finish_reason == "COMPLETE"

    def call_tool(prompt: str) -> dict[str, Any]:
        arguments = ""
        for event in client.chat_stream(**said(prompt), tools=[FUNCTION]):
            if event.type == "tool-call-delta":
                arguments += event.delta.message.tool_calls.function.arguments
        return json.loads(arguments)

    return Sdk("cohere", COHERE, answer, stream, _leaving(client), call_tool)


def _ollama_client() -> Any:
    return ollama.Client(host=f"https://{OLLAMA}", headers={"Authorization": "Bearer x"})


def ollama_chat() -> Sdk:
    client = _ollama_client()

    def said(prompt: str) -> Any:
        return {"model": "demo", "messages": [{"role": "user", "content": prompt}]}

    def answer(prompt: str) -> str:
        return client.chat(**said(prompt)).message.content

    def stream(prompt: str) -> Iterator[str]:
        for part in client.chat(**said(prompt), stream=True):
            if part.message.content:
                yield part.message.content

    def call_tool(prompt: str) -> dict[str, Any]:
        parts = client.chat(**said(prompt), tools=[FUNCTION], stream=True)
        [call] = [call for part in parts for call in part.message.tool_calls or []]
        return dict(call.function.arguments)

    return Sdk("ollama", OLLAMA, answer, stream, client.close, call_tool)


def ollama_generate() -> Sdk:
    client = _ollama_client()

    def answer(prompt: str) -> str:
        return client.generate(model="demo", prompt=prompt).response

    def stream(prompt: str) -> Iterator[str]:
        parts = client.generate(model="demo", prompt=prompt, stream=True)
        yield from (part.response for part in parts if part.response)

    return Sdk("ollama-generate", OLLAMA, answer, stream, client.close)


def bedrock() -> Sdk:
    """Signed with Amazon's Signature Version 4."""
    client = boto3.client(
        "bedrock-runtime",
        region_name="eu-central-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="x",
    )
    return _converse("bedrock", client, is_signed=True)


def bedrock_key() -> Sdk:
    """With an API key, which signs nothing."""
    client = boto3.client("bedrock-runtime", region_name="eu-central-1")
    return _converse("bedrock-key", client)


def _converse(name: str, client: Any, is_signed: bool = False) -> Sdk:
    def said(prompt: str) -> Any:
        return {"modelId": "nova", "messages": [{"role": "user", "content": [{"text": prompt}]}]}

    def answer(prompt: str) -> str:
        message = client.converse(**said(prompt))["output"]["message"]
        return "".join(block["text"] for block in message["content"])

    def deltas(prompt: str, **more: Any) -> Iterator[Any]:
        for event in client.converse_stream(**said(prompt), **more)["stream"]:
            if "contentBlockDelta" in event:
                yield event["contentBlockDelta"]["delta"]

    def stream(prompt: str) -> Iterator[str]:
        yield from (delta["text"] for delta in deltas(prompt))

    def call_tool(prompt: str) -> dict[str, Any]:
        spec = {"name": "find", "inputSchema": {"json": PARAMETERS}}
        pieces = deltas(prompt, toolConfig={"tools": [{"toolSpec": spec}]})
        return json.loads("".join(delta["toolUse"]["input"] for delta in pieces))

    return Sdk(name, BEDROCK, answer, stream, client.close, call_tool, is_signed)


def hugging_face() -> Sdk:
    client = huggingface_hub.InferenceClient(
        f"https://{HUGGING_FACE}/hf-inference/models/acme/llama", token="hf_x"
    )

    def answer(prompt: str) -> str:
        return str(client.text_generation(prompt, max_new_tokens=500))

    def stream(prompt: str) -> Iterator[str]:
        for token in client.text_generation(prompt, max_new_tokens=500, stream=True):
            if token:
                yield str(token)

    return Sdk("hugging-face", HUGGING_FACE, answer, stream, client.close)


ALL = [
    *(openai_chat, openai_responses, openai_completions, azure, deepseek, anthropic_messages),
    *(anthropic_bedrock, gemini, mistral, cohere_chat, ollama_chat, ollama_generate, bedrock),
    *(bedrock_key, hugging_face),
]
