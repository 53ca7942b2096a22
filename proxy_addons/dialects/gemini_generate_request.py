"""Google's generateContent as a `Chat`.

Source: `google-genai` 2.8 (`google.genai.types`) and ai.google.dev/api/generate-content, read
2026-11-21. Names come in camelCase or, as the service also takes them, in snake_case.
Left out on purpose, since they tune how the model works and say nothing to it: earlier thoughts
and their signatures, `safetySettings`, `thinkingConfig`, `topK`, `seed`, penalties, `labels`.
"""

import json
import re
from collections.abc import Iterator

from penstock.errors import CannotExpress
from penstock.model import Chat, Media, Part, Tool, ToolCall, ToolResult, Turn
from proxy_addons.dialects import handles
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.collected import CallIds

_ROLES = {"user": "user", "function": "user", "model": "assistant", "system": "system"}
_MODES = {"AUTO": "auto", "VALIDATED": "auto", "ANY": "required", "NONE": "none"}
_SAID = {
    *("contents", "generationConfig", "labels", "model", "safetySettings", "serviceTier"),
    *("store", "systemInstruction", "toolConfig", "tools"),
}


def snake(name: str) -> str:
    """`inlineData` as `inline_data`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def field(node: Json, name: str) -> Json:
    """The member `name` of a message, in either spelling."""
    if not isinstance(node, dict):
        return None
    return node.get(name, node.get(snake(name)))


def read_chat(document: Json, model: str, stream: bool) -> Chat:
    """The conversation in the body of `:generateContent`. Raises CannotExpress."""
    if not isinstance(document, dict):
        raise CannotExpress("the body has no contents")
    known = _SAID | {snake(name) for name in _SAID}
    if any(v and k not in known and isinstance(v, dict | list | str) for k, v in document.items()):
        raise CannotExpress("the request has a field that no other model knows")
    calls = CallIds()
    contents = field(document, "contents")
    turns = [
        _turn(f"/contents/{i}", content, calls)
        for i, content in enumerate(contents if isinstance(contents, list) else [contents])
    ]
    if system := _system(field(document, "systemInstruction")):
        turns.insert(0, Turn("system", (system,)))
    config = field(document, "generationConfig")
    _only_text(config)
    choice, allowed = _tool_choice(field(document, "toolConfig"))
    tools = tuple(_tools(field(document, "tools")))
    return Chat(
        turns=tuple(turn for turn in turns if turn.parts),
        stream=stream,
        model=model,
        tools=tuple(tool for tool in tools if not allowed or tool.name in allowed),
        tool_choice=choice,
        max_tokens=_whole(field(config, "maxOutputTokens")),
        temperature=_number(field(config, "temperature")),
        top_p=_number(field(config, "topP")),
        stop=tuple(_strings(field(config, "stopSequences"))),
        json_schema=_json_schema(config),
    )


def _turn(where: str, content: Json, calls: CallIds) -> Turn:
    if isinstance(content, str):
        return Turn("user", (content,))
    role, parts = field(content, "role"), field(content, "parts")
    if isinstance(parts, dict):
        parts = [parts]
    known = _ROLES.get(role) if isinstance(role, str) and role else "user"
    if not isinstance(parts, list) or not known:
        raise CannotExpress(f"`{where}` is not a message")
    said = (p for i, part in enumerate(parts) for p in _part(f"{where}/parts/{i}", part, calls))
    return Turn(known, tuple(said))


def _part(where: str, part: Json, calls: CallIds) -> Iterator[Part]:
    if field(part, "thought") is True:
        return
    text, inline, file = (field(part, n) for n in ("text", "inlineData", "fileData"))
    call, result = field(part, "functionCall"), field(part, "functionResponse")
    match text, inline, file, call, result:
        case str(), None, None, None, None:
            yield str(text)
        case None, dict(), None, None, None:
            yield _media(where, str(field(inline, "mimeType") or ""), field(inline, "data"))
        case None, None, dict(), None, None if str(field(file, "fileUri")).startswith("https:"):
            media_type, uri = str(field(file, "mimeType") or ""), str(field(file, "fileUri"))
            name = handles.stands_for(uri)
            yield Media(_kind(media_type), media_type, "" if name else uri, name)
        case None, None, None, {"name": str(name)}, None:
            arguments = json.dumps(field(call, "args") or {}, ensure_ascii=False)
            yield ToolCall(calls.made(field(call, "id"), name), name, arguments)
        case None, None, None, None, {"name": str(name)} if not field(result, "parts"):
            said = json.dumps(field(result, "response") or {}, ensure_ascii=False)
            yield ToolResult(calls.answered(field(result, "id"), name), name, said)
        case _:
            raise CannotExpress(f"`{where}` is a kind of content that no other model knows")


def _media(where: str, media_type: str, data: Json) -> Media:
    if not isinstance(data, str):
        raise CannotExpress(f"`{where}` holds no data")
    return Media(_kind(media_type), media_type, f"data:{media_type};base64,{data}")


def _kind(media_type: str) -> str:
    family = media_type.partition("/")[0]
    return family if family in ("image", "audio") else "file"


def _system(instruction: Json) -> str:
    if instruction is None or isinstance(instruction, str):
        return instruction or ""
    parts = field(instruction, "parts")
    said: list[str] = []
    for part in parts if isinstance(parts, list) else [parts]:
        match part:
            case {"text": str(text)}:
                said.append(text)
            case _:
                raise CannotExpress("`/systemInstruction` is not text")
    return "\n\n".join(said)


def _only_text(config: Json) -> None:
    modes = list(_strings(field(config, "responseModalities")))
    count = field(config, "candidateCount")
    if any(mode.upper() != "TEXT" for mode in modes) or count not in (None, 1):
        raise CannotExpress("the request asks for more than one answer in text")


def _tools(tools: Json) -> Iterator[Tool]:
    for i, tool in enumerate(tools if isinstance(tools, list) else ()):
        declared = field(tool, "functionDeclarations")
        if not isinstance(tool, dict) or len(tool) != 1 or not isinstance(declared, list):
            raise CannotExpress(f"`/tools/{i}` runs at the service")
        for function in declared:
            match function:
                case {"name": str(name)}:
                    schema = field(function, "parametersJsonSchema")
                    if schema is None:
                        schema = field(function, "parameters") or {"type": "object"}
                    said = field(function, "description")
                    yield Tool(
                        name, said if isinstance(said, str) else "", json.dumps(json_schema(schema))
                    )
                case _:
                    raise CannotExpress(f"`/tools/{i}` has a function without a name")


def _tool_choice(config: Json) -> tuple[str, frozenset[str]]:
    """The choice, and the functions it is limited to, if it is."""
    calling = field(config, "functionCallingConfig")
    mode = field(calling, "mode")
    choice = _MODES.get(mode.upper(), "auto") if isinstance(mode, str) else "auto"
    allowed = frozenset(_strings(field(calling, "allowedFunctionNames")))
    if choice == "required" and len(allowed) == 1:
        return next(iter(allowed)), frozenset()
    return choice, allowed


def _json_schema(config: Json) -> str:
    # gemini-cli writes types in capitals in either
    schema = field(config, "responseJsonSchema") or field(config, "responseSchema")
    if isinstance(schema, dict):
        return json.dumps(json_schema(schema))
    return "{}" if field(config, "responseMimeType") == "application/json" else ""


def json_schema(schema: Json) -> Json:
    """The service's own kind of schema (OpenAPI 3.0, types in capitals) as JSON Schema."""
    if not isinstance(schema, dict):
        return schema
    out: dict[str, Json] = {}
    for name, value in schema.items():
        match name, value:
            case "type", str():
                out["type"] = value.lower()
            case "properties" | "defs" | "$defs", dict():
                out[name] = {key: json_schema(inner) for key, inner in value.items()}
            case "items" | "additionalProperties" | "additional_properties", dict():
                out[_spelled(name)] = json_schema(value)
            case "anyOf" | "any_of" | "prefixItems" | "prefix_items", list():
                out[_spelled(name)] = [json_schema(inner) for inner in value]
            case "nullable" | "propertyOrdering" | "property_ordering", _:
                pass
            case _:
                out[_spelled(name)] = value
    if schema.get("nullable") is True and isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
    return out


def _spelled(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _whole(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _strings(values: Json) -> Iterator[str]:
    yield from (v for v in (values if isinstance(values, list) else ()) if isinstance(v, str))
