"""Anthropic's messages as a `Chat`, and a `Chat` as Anthropic's messages.

Source: wire types of the `anthropic` Python SDK 2.11 (`anthropic.types`), read 2026-11-21.
Left out on purpose, since the service leaves them out of a later turn's context itself or since
they tune how the model works and say nothing to it: thinking blocks of earlier turns, cache marks,
`metadata`, `thinking`, `top_k`, `service_tier`, `context_management`.
"""

import json
from collections.abc import Iterator, Mapping

from penstock.errors import CannotExpress
from penstock.model import Chat, Media, Part, Tool, ToolCall, ToolResult, Turn
from proxy_addons.dialects.base import Json

_SAYS_NOTHING = {
    *("anthropic_beta", "anthropic_version", "betas", "cache_control", "context_management"),
    *("diagnostics", "inference_geo", "metadata", "service_tier", "speed", "thinking", "top_k"),
    *("user_profile_id", "workspace_id"),
}
_SAID = {
    *("max_tokens", "messages", "model", "output_config", "output_format", "stop_sequences"),
    *("stream", "system", "temperature", "tool_choice", "tools", "top_p"),
}
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}
_MAX_TOKENS = 4096
"""What is asked for where the caller set no limit: this API insists on one."""


def read_chat(document: Json) -> Chat:
    """The conversation in the body of `POST /v1/messages`. Raises CannotExpress."""
    messages = document.get("messages") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(messages, list):
        raise CannotExpress("the body has no messages")
    for name, value in document.items():
        if name not in _SAID | _SAYS_NOTHING and isinstance(value, dict | list | str) and value:
            raise CannotExpress("the request has a field that no other model knows")
    names: dict[str, str] = {}
    turns = [_turn(f"/messages/{i}", message, names) for i, message in enumerate(messages)]
    if system := "\n\n".join(_system(document.get("system"))):
        turns.insert(0, Turn("system", (system,)))
    return Chat(
        turns=tuple(turn for turn in turns if turn.parts),
        stream=document.get("stream") is True,
        model=_text(document.get("model")),
        tools=tuple(_tools(document.get("tools"))),
        tool_choice=_tool_choice(document.get("tool_choice")),
        max_tokens=_whole(document.get("max_tokens")),
        temperature=_number(document.get("temperature")),
        top_p=_number(document.get("top_p")),
        stop=tuple(_strings(document.get("stop_sequences"))),
        json_schema=_schema(document),
    )


def _turn(where: str, message: Json, names: dict[str, str]) -> Turn:
    match message:
        case {"role": "user" | "assistant" | "system" as role, "content": str(text)}:
            return Turn(str(role), (text,))
        case {"role": "user" | "assistant" | "system" as role, "content": [*blocks]}:
            parts = (
                part
                for i, block in enumerate(blocks)
                for part in _parts(f"{where}/content/{i}", block, names)
            )
            return Turn(str(role), tuple(parts))
        case _:
            raise CannotExpress(f"`{where}` is not a message")


def _parts(where: str, block: object, names: dict[str, str]) -> Iterator[Part]:
    match block:
        case {"type": "text", "text": str(text)}:
            yield text
        case {"type": "image" | "document" as kind, "source": source, **rest}:
            yield from _strings([rest.get("title"), rest.get("context")])
            yield from _source(where, "image" if kind == "image" else "file", source, names)
        case {"type": "search_result", "content": [*blocks], **rest}:
            yield from _strings([rest.get("title"), rest.get("source")])
            for i, inner in enumerate(blocks):
                yield from _parts(f"{where}/content/{i}", inner, names)
        case {"type": "tool_use", "id": str(call), "name": str(name), "input": dict(arguments)}:
            names[call] = name
            yield ToolCall(call, name, json.dumps(arguments, ensure_ascii=False))
        case {"type": "tool_result", "tool_use_id": str(call), **rest}:
            yield from _result(where, call, rest, names)
        case {"type": "thinking" | "redacted_thinking"}:
            pass
        case _:
            raise CannotExpress(f"`{where}` is a kind of content that no other model knows")


def _result(
    where: str, call: str, rest: Mapping[object, object], names: dict[str, str]
) -> Iterator[Part]:
    match rest.get("content"):
        case None:
            parts: list[Part] = []
        case str(text):
            parts = [text]
        case [*blocks]:
            parts = [
                part
                for i, block in enumerate(blocks)
                for part in _parts(f"{where}/content/{i}", block, names)
            ]
        case _:
            raise CannotExpress(f"`{where}/content` is not a tool's result")
    said = "\n".join(part for part in parts if isinstance(part, str))
    if rest.get("is_error") is True:
        said = f"Error: {said}"
    yield ToolResult(call, names.get(call, ""), said)
    yield from (part for part in parts if not isinstance(part, str))


def _source(where: str, kind: str, source: Json, names: dict[str, str]) -> Iterator[Part]:
    match source:
        case {"type": "text", "data": str(text)} | {"type": "content", "content": str(text)}:
            yield text
        case {"type": "content", "content": [*blocks]}:
            for i, block in enumerate(blocks):
                yield from _parts(f"{where}/source/content/{i}", block, names)
        case {"type": "base64", "media_type": str(media_type), "data": str(data)}:
            yield Media(kind, media_type, f"data:{media_type};base64,{data}")
        case {"type": "url", "url": str(url)}:
            yield Media(kind, "", url)
        case {"type": "file", "file_id": str(name)}:
            yield Media(kind, "", "", name)
        case _:
            raise CannotExpress(f"`{where}` is kept at the service, out of another model's reach")


def _system(system: Json) -> Iterator[str]:
    match system:
        case str(text):
            yield text
        case [*blocks]:
            for i, block in enumerate(blocks):
                match block:
                    case {"type": "text", "text": str(text)}:
                        yield text
                    case _:
                        raise CannotExpress(f"`/system/{i}` is not text")


def _tools(tools: Json) -> Iterator[Tool]:
    for i, tool in enumerate(tools if isinstance(tools, list) else ()):
        match tool:
            case {"name": str(name), "input_schema": dict(schema), **rest} if rest.get("type") in (
                None,
                "custom",
            ):
                yield Tool(name, _text(rest.get("description")), json.dumps(schema))
            case _:
                raise CannotExpress(f"`/tools/{i}` runs at the service")


def _tool_choice(choice: Json) -> str:
    match choice:
        case {"type": "tool", "name": str(name)}:
            return name
        case {"type": str(kind)}:
            return _CHOICES.get(kind, "auto")
        case _:
            return "auto"


def _schema(document: dict[str, Json]) -> str:
    match document:
        case {"output_config": {"format": {"type": "json_schema", "schema": dict(schema)}}} | {
            "output_format": {"type": "json_schema", "schema": dict(schema)}
        }:
            return json.dumps(schema)
        case _:
            return ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _strings(values: object) -> Iterator[str]:
    yield from (v for v in (values if isinstance(values, list) else ()) if isinstance(v, str) and v)


# ── the other way: a chat for a model server that speaks this dialect ─────────────────────────


def write_chat(chat: Chat, model: str) -> Json:
    """The body of `POST /v1/messages` that asks `model` to go on with `chat`.

    Raises CannotExpress for sound, which this API does not take.
    """
    body: dict[str, Json] = {
        "model": model,
        "max_tokens": chat.max_tokens or _MAX_TOKENS,
        "messages": [
            {"role": turn.role, "content": [_block(part) for part in turn.parts]}
            for turn in chat.turns
            if turn.role != "system" and turn.parts
        ],
        "stream": chat.stream,
    }
    said = [p for t in chat.turns if t.role == "system" for p in t.parts if isinstance(p, str)]
    optional: dict[str, Json] = {
        "system": "\n\n".join(said),
        "temperature": chat.temperature,
        "top_p": chat.top_p,
        "stop_sequences": list(chat.stop),
        "tools": [
            {
                "name": tool.name,
                "description": tool.description,
                "input_schema": json.loads(tool.parameters or '{"type":"object"}'),
            }
            for tool in chat.tools
        ],
    }
    body |= {name: value for name, value in optional.items() if value not in (None, "", [])}
    if chat.tools:
        kinds = {ours: theirs for theirs, ours in _CHOICES.items()}
        kind = kinds.get(chat.tool_choice)
        body["tool_choice"] = {"type": kind} if kind else {"type": "tool", "name": chat.tool_choice}
    if chat.json_schema:
        form: Json = {"type": "json_schema", "schema": json.loads(chat.json_schema)}
        body["output_config"] = {"format": form}
    return body


def _block(part: Part) -> Json:
    match part:
        case str():
            return {"type": "text", "text": part}
        case ToolCall():
            arguments = json.loads(part.arguments or "{}")
            return {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments}
        case ToolResult():
            return {"type": "tool_result", "tool_use_id": part.id, "content": part.content}
        case Media(kind="image" | "file"):
            kind = "image" if part.kind == "image" else "document"
            return {"type": kind, "source": _media_source(part)}
        case Media():
            raise CannotExpress(f"the prompt holds {part.kind}, which this API does not take")


def _media_source(media: Media) -> Json:
    head, comma, data = media.url.partition(";base64,")
    if head.startswith("data:") and comma:
        return {"type": "base64", "media_type": media.media_type or head[5:], "data": data}
    return {"type": "url", "url": media.url}
