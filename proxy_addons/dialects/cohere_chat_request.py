"""Cohere's messages as a `Chat`.

Source: `cohere` Python SDK 7.3 (`cohere.types`), read 2026-11-28. Left out on purpose, since it
tunes how an answer is made: penalties, `k`, `seed`, `thinking`, `priority`, safety and citations.
"""

import json
from collections.abc import Iterator

from penstock.errors import CannotExpress
from penstock.model import Chat, Media, Part, Tool, ToolCall, ToolResult, Turn
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.openai_chat_request import (
    content_parts,
    number,
    offered,
    string,
    strings,
    whole,
)

_SAID = {
    *("model", "messages", "stream", "tools", "documents", "response_format", "max_tokens"),
    *("stop_sequences", "temperature", "p", "tool_choice"),
}
_SAYS_NOTHING = {
    *("citation_options", "safety_mode", "seed", "frequency_penalty", "presence_penalty", "k"),
    *("logprobs", "thinking", "priority", "strict_tools"),
}
_CHOICES = {"REQUIRED": "required", "NONE": "none"}
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


def read_chat(document: Json) -> Chat:
    """The conversation in the body of `POST /v2/chat`. Raises CannotExpress."""
    if not isinstance(document, dict) or not isinstance(messages := document.get("messages"), list):
        raise CannotExpress("the body has no messages")
    for name, value in document.items():
        if name not in _SAID | _SAYS_NOTHING and value:
            raise CannotExpress("the request has a field that no other model knows")
    if document.get("logprobs") is True:
        raise CannotExpress("the probabilities of the answer's words are asked for")
    turns = [_turn(f"/messages/{i}", m) for i, m in enumerate(messages)]
    documents = document.get("documents")
    for i, given in enumerate(documents if isinstance(documents, list) else ()):
        turns.insert(i, Turn("user", (_document(f"/documents/{i}", given),)))
    tools, choice = _offered(document)
    return Chat(
        turns=tuple(turns),
        stream=document.get("stream") is True,
        model=string(document.get("model")),
        tools=tools,
        tool_choice=choice,
        max_tokens=whole(document.get("max_tokens")),
        temperature=number(document.get("temperature")),
        top_p=number(document.get("p")),
        stop=strings(document.get("stop_sequences")),
        json_schema=_schema(document.get("response_format")),
    )


def _offered(document: dict[str, Json]) -> tuple[tuple[Tool, ...], str]:
    choice = document.get("tool_choice")
    return offered(document.get("tools"), _CHOICES.get(str(choice), "auto"))


def _turn(where: str, message: Json) -> Turn:
    if not isinstance(message, dict):
        raise CannotExpress(f"`{where}` is not a message")
    match message:
        case {"role": "tool", "tool_call_id": str(call)}:
            parts = list(_parts(f"{where}/content", message.get("content")))
            told = "\n".join(part for part in parts if isinstance(part, str))
            media = (part for part in parts if isinstance(part, Media))
            return Turn("user", (ToolResult(call, "", told), *media))
        case {"role": str(role)} if role in _ROLES:
            said = list(_parts(f"{where}/content", message.get("content")))
            if plan := string(message.get("tool_plan")):
                said.append(plan)
            return Turn(_ROLES[role], (*said, *_calls(where, message.get("tool_calls"))))
        case _:
            raise CannotExpress(f"`{where}` is not a message")


def _parts(where: str, content: Json) -> Iterator[Part]:
    if not isinstance(content, list):
        yield from content_parts(where, content)
        return
    for i, part in enumerate(content):
        match part:
            case {"type": "document", "document": given}:
                yield _document(f"{where}/{i}", given)
            case {"type": "thinking"}:
                pass
            case _:
                yield from content_parts(f"{where}/{i}", [part])


def _document(where: str, given: Json) -> str:
    match given:
        case str(text) | {"data": str(text)}:
            return text
        case {"data": dict(data)}:
            return json.dumps(data, ensure_ascii=False)
        case _:
            raise CannotExpress(f"`{where}` is not a document")


def _calls(where: str, calls: Json) -> Iterator[Part]:
    for i, call in enumerate(calls if isinstance(calls, list) else ()):
        match call:
            case {"id": str(id), "function": {"name": str(name), "arguments": str(arguments)}}:
                yield ToolCall(id, name, arguments)
            case _:
                raise CannotExpress(f"`{where}/tool_calls/{i}` is a call no other model knows")


def _schema(response_format: Json) -> str:
    match response_format:
        case {"type": "json_object", "json_schema": dict(schema)} | {
            "type": "json_object",
            "schema": dict(schema),
        }:
            return json.dumps(schema)
        case {"type": "json_object"}:
            return "{}"
        case _:
            return ""
