"""Bedrock's Converse as a `Chat`.

Source: botocore 1.44 (`bedrock-runtime`, ConverseRequest), read 2026-11-28. Left out on purpose,
since it tunes how the service works: guardrails, extra fields for one model, latency, tags.
"""

import json
import re
from collections.abc import Iterator

from penstock.errors import CannotExpress
from penstock.model import Chat, Media, Part, Tool, ToolCall, ToolResult, Turn
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.media import type_of_format
from proxy_addons.dialects.openai_chat_request import number, string, strings, whole

_KNOWN = {
    *("messages", "system", "inferenceConfig", "toolConfig", "guardrailConfig", "outputConfig"),
    *("additionalModelRequestFields", "additionalModelResponseFieldPaths", "requestMetadata"),
    *("performanceConfig", "serviceTier", "modelId"),
}


def read_chat(document: Json, model: str, stream: bool) -> Chat:
    """The conversation in a body of Converse. Raises CannotExpress."""
    if not isinstance(document, dict) or not isinstance(messages := document.get("messages"), list):
        raise CannotExpress("the body has no messages")
    if any(value and name not in _KNOWN for name, value in document.items()):
        raise CannotExpress("the request has a field that no other model knows")
    names: dict[str, str] = {}
    turns = [_turn(f"/messages/{i}", message, names) for i, message in enumerate(messages)]
    if system := "\n\n".join(_system(document.get("system"))):
        turns.insert(0, Turn("system", (system,)))
    config = document.get("inferenceConfig")
    config = config if isinstance(config, dict) else {}
    tools, choice = _tools(document.get("toolConfig"))
    return Chat(
        turns=tuple(turn for turn in turns if turn.parts),
        stream=stream,
        model=model,
        tools=tools,
        tool_choice=choice,
        max_tokens=whole(config.get("maxTokens")),
        temperature=number(config.get("temperature")),
        top_p=number(config.get("topP")),
        stop=strings(config.get("stopSequences")),
        json_schema=_schema(document.get("outputConfig")),
    )


def _turn(where: str, message: Json, names: dict[str, str]) -> Turn:
    match message:
        case {"role": "user" | "assistant" as role, "content": [*blocks]}:
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
        case {"text": str(text)} | {"guardContent": {"text": {"text": str(text)}}}:
            yield text
        case {"image": {"format": str(form), "source": {"bytes": str(data)}}}:
            yield _media("image", form, data)
        case {"document": {"source": source, **rest}}:
            yield from (s for n in ("name", "context") if (s := string(rest.get(n))))
            yield from _document(where, string(rest.get("format")), source)
        case {"searchResult": {"content": [*inner], **rest}}:
            yield from (s for n in ("title", "source") if (s := string(rest.get(n))))
            for i, part in enumerate(inner):
                yield from _parts(f"{where}/{i}", part, names)
        case {"toolUse": {"toolUseId": str(id), "name": str(name), "input": dict(arguments)}}:
            names[id] = name
            yield ToolCall(id, name, json.dumps(arguments, ensure_ascii=False))
        case {"toolResult": {"toolUseId": str(id), "content": [*inner], **rest}}:
            yield from _result(where, id, inner, rest.get("status") == "error", names)
        case {"cachePoint": _} | {"reasoningContent": _}:
            pass
        case _:
            raise CannotExpress(f"`{where}` is a kind of content that no other model knows")


def _result(
    where: str, id: str, blocks: list[Json], is_error: bool, names: dict[str, str]
) -> Iterator[Part]:
    parts: list[Part] = []
    for i, block in enumerate(blocks):
        match block:
            case {"json": document}:
                parts.append(json.dumps(document, ensure_ascii=False))
            case _:
                parts += _parts(f"{where}/content/{i}", block, names)
    said = "\n".join(part for part in parts if isinstance(part, str))
    yield ToolResult(id, names.get(id, ""), f"Error: {said}" if is_error else said)
    yield from (part for part in parts if not isinstance(part, str))


def _document(where: str, form: str, source: object) -> Iterator[Part]:
    match source:
        case {"text": str(text)}:
            yield text
        case {"content": [*inner]}:
            for i, part in enumerate(inner):
                yield from _parts(f"{where}/source/{i}", part, {})
        case {"bytes": str(data)}:
            yield _media("file", form, data)
        case _:
            raise CannotExpress(f"`{where}` is kept at the service, out of another model's reach")


def _media(kind: str, form: str, data: str) -> Media:
    media_type = type_of_format(form)
    return Media(kind, media_type, f"data:{media_type};base64,{data}")


def _system(system: Json) -> Iterator[str]:
    for i, block in enumerate(system if isinstance(system, list) else ()):
        match block:
            case {"text": str(text)} | {"guardContent": {"text": {"text": str(text)}}}:
                yield text
            case {"cachePoint": _}:
                pass
            case _:
                raise CannotExpress(f"`/system/{i}` is not text")


def _tools(config: Json) -> tuple[tuple[Tool, ...], str]:
    if not isinstance(config, dict):
        return (), "auto"
    found: list[Tool] = []
    tools = config.get("tools")
    for i, tool in enumerate(tools if isinstance(tools, list) else ()):
        match tool:
            case {"toolSpec": {"name": str(name), "inputSchema": {"json": dict(schema)}, **rest}}:
                said = string(rest.get("description"))
                found.append(Tool(name, said, json.dumps(schema)))
            case {"cachePoint": _}:
                pass
            case _:
                raise CannotExpress(f"`/toolConfig/tools/{i}` runs at the service")
    match config.get("toolChoice"):
        case {"tool": {"name": str(name)}}:
            return tuple(found), name
        case {"any": _}:
            return tuple(found), "required"
        case _:
            return tuple(found), "auto"


def _schema(config: Json) -> str:
    match config:
        case {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {**schema}}}}:
            text = string(schema.get("schema"))
            return text if re.match(r"\s*\{", text) else "{}"
        case _:
            return ""
