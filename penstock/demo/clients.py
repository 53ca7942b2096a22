"""Sample prompts to the three public APIs, as programs send them, and what comes back of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from penstock.demo.formats.base import Json, elements, member, packed
from penstock.demo.standins import ANTHROPIC, GEMINI, OPENAI


@dataclass(frozen=True, slots=True)
class Sending:
    """One request as a client sends it."""

    service: str
    """As people call it."""
    host: str
    target: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def to_openai(prompt: str) -> Sending:
    """Chat completions, streamed."""
    body: Json = {
        "model": "gpt-demo",
        "stream": True,
        "messages": [{"role": "user", "content": prompt}],
    }
    headers = {"authorization": "Bearer sk-demo", "content-type": "application/json"}
    return Sending("OpenAI", OPENAI, "/v1/chat/completions", headers, packed(body))


def to_anthropic(prompt: str) -> Sending:
    """Messages, streamed."""
    body: Json = {
        "model": "claude-demo",
        "max_tokens": 1024,
        "stream": True,
        "messages": [{"role": "user", "content": prompt}],
    }
    headers = {
        "x-api-key": "sk-ant-demo",
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
    }
    return Sending("Anthropic", ANTHROPIC, "/v1/messages", headers, packed(body))


def to_gemini(prompt: str) -> Sending:
    """generateContent, in one piece."""
    body: Json = {"contents": [{"role": "user", "parts": [{"text": prompt}]}]}
    headers = {"x-goog-api-key": "AIza-demo", "content-type": "application/json"}
    target = "/v1beta/models/gemini-demo:generateContent"
    return Sending("Gemini", GEMINI, target, headers, packed(body))


ALL = (to_openai, to_anthropic, to_gemini)


def heard(content_type: str, body: bytes) -> str:
    """The text a person would read in an answer of any of the three, streamed or not."""
    return "".join(_text(document) for document in _documents(content_type, body))


def _documents(content_type: str, body: bytes) -> Iterator[Json]:
    if not content_type.startswith("text/event-stream"):
        yield json.loads(body)
        return
    for line in body.decode().splitlines():
        if line.startswith("data:") and (data := line[5:].strip()) != "[DONE]":
            yield json.loads(data)


def _text(document: Json) -> str:
    match document:
        case {"error": {"message": str(message)}}:
            return message
        case {"choices": [{"message": {"content": str(text)}}]}:
            return text
        case {"choices": [{"delta": {"content": str(text)}}]}:
            return text
        case {"type": "message", "content": blocks}:
            return "".join(str(member(block, "text") or "") for block in elements(blocks))
        case {"type": "content_block_delta", "delta": {"text": str(text)}}:
            return text
        case {"candidates": [{"content": {"parts": parts}}]}:
            return "".join(str(member(part, "text") or "") for part in elements(parts))
        case _:
            return ""
