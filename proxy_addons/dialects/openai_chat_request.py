"""OpenAI's chat messages as a `Chat`, and a `Chat` as a request to an OpenAI-compatible server.

Source: wire types of the `openai` Python SDK 3.52 (`openai.types.chat`), read 2026-11-21.
Left out on purpose, since it tunes how an answer is made and adds nothing to the conversation:
penalties, `seed`, reasoning effort, cache and service marks, and `prediction`, which only lets the
service copy faster.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from penstock.errors import CannotExpress
from penstock.model import Chat, Media, Part, Tool, ToolCall, ToolResult, Turn
from proxy_addons.dialects import media
from proxy_addons.dialects.base import Json

_SAID = {
    *("messages", "model", "stream", "tools", "tool_choice", "max_tokens", "temperature", "top_p"),
    *("max_completion_tokens", "stop", "response_format", "modalities", "functions"),
}
_SAYS_NOTHING = {
    *("chat_template_kwargs", "function_call", "logit_bias", "metadata", "options", "prediction"),
    *(
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "provider",
        "reasoning",
    ),
    *(
        "reasoning_effort",
        "safety_identifier",
        "service_tier",
        "stream_options",
        "thinking",
        "usage",
    ),
    *("user", "verbosity", "keep_alive"),
}
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


def read_chat(document: Json) -> Chat:
    """The conversation in the body of `POST /v1/chat/completions`. Raises CannotExpress."""
    if not isinstance(document, dict) or not isinstance(messages := document.get("messages"), list):
        raise CannotExpress("the body has no messages")
    _check(document)
    tools, choice = offered(document.get("tools"), document.get("tool_choice"))
    return Chat(
        turns=tuple(_turn(f"/messages/{i}", m) for i, m in enumerate(messages)),
        stream=document.get("stream") is True,
        model=string(document.get("model")),
        tools=tools,
        tool_choice=choice,
        max_tokens=whole(document.get("max_completion_tokens"))
        or whole(document.get("max_tokens")),
        temperature=number(document.get("temperature")),
        top_p=number(document.get("top_p")),
        stop=strings(document.get("stop")),
        json_schema=_schema(document.get("response_format")),
    )


def _check(document: Mapping[str, Json]) -> None:
    for name, value in document.items():
        if name not in _SAID | _SAYS_NOTHING and isinstance(value, dict | list | str) and value:
            raise CannotExpress("the request has a field that no other model knows")
    if (whole(document.get("n")) or 1) > 1:
        raise CannotExpress("several answers at once are asked for")
    if document.get("logprobs") is True:
        raise CannotExpress("the probabilities of the answer's words are asked for")
    if "audio" in strings(document.get("modalities")):
        raise CannotExpress("a spoken answer is asked for")
    if document.get("functions"):
        raise CannotExpress("the request uses `functions`, the forerunner of tools")


def _turn(where: str, message: Json) -> Turn:
    if not isinstance(message, dict):
        raise CannotExpress(f"`{where}` is not a message")
    match message:
        case {"role": "tool", "tool_call_id": str(call), "content": content}:
            return Turn("user", tuple(_result(where, call, "", content)))
        case {"role": "function", "name": str(name), "content": content}:
            return Turn("user", tuple(_result(where, name, name, content)))
        case {"role": str(role)} if role in _ROLES:
            return Turn(_ROLES[role], tuple(_said(where, role, message)))
        case _:
            raise CannotExpress(f"`{where}` is not a message")


def _result(where: str, call: str, name: str, content: Json) -> Iterator[Part]:
    parts = list(content_parts(f"{where}/content", content))
    yield ToolResult(call, name, "\n".join(p for p in parts if isinstance(p, str)))
    yield from (p for p in parts if not isinstance(p, str))


def _said(where: str, role: str, message: Mapping[str, Json]) -> Iterator[Part]:
    if name := string(message.get("name")):
        yield f"{name}:"
    yield from content_parts(f"{where}/content", message.get("content"))
    if role != "assistant":
        return
    if refusal := string(message.get("refusal")):
        yield refusal
    if message.get("audio"):
        raise CannotExpress(f"`{where}/audio` is kept at the service, out of another model's reach")
    calls = message.get("tool_calls")
    for i, call in enumerate(calls if isinstance(calls, list) else ()):
        match call:
            case {"id": str(id), "function": {"name": str(name), "arguments": str(arguments)}}:
                yield ToolCall(id, name, arguments)
            case {"id": str(id), "custom": {"name": str(name), "input": str(text)}}:
                yield ToolCall(id, name, json.dumps({"input": text}))
            case _:
                raise CannotExpress(f"`{where}/tool_calls/{i}` is a call no other model knows")
    match message.get("function_call"):
        case {"name": str(name), "arguments": str(arguments)}:
            yield ToolCall(name, name, arguments)


def content_parts(where: str, content: Json) -> Iterator[Part]:
    """The parts of a message's content, as chat completions or responses write them."""
    if isinstance(content, str):
        content = [{"type": "text", "text": content}] if content else []
    elif not isinstance(content, list | None):
        raise CannotExpress(f"`{where}` is a kind of content that no other model knows")
    for i, part in enumerate(content or ()):
        match part:
            case {"type": "text" | "input_text" | "output_text", "text": str(text)}:
                yield text
            case {"type": "refusal", "refusal": str(text)}:
                yield text
            case {"type": "image_url", "image_url": {"url": str(url)} | str(url)}:
                yield Media("image", _media_type(url), url)
            case {"type": "input_image", "image_url": str(url)}:
                yield Media("image", _media_type(url), url)
            case {"type": "input_audio", "input_audio": {"data": str(data), "format": str(form)}}:
                yield Media("audio", f"audio/{form}", f"data:audio/{form};base64,{data}")
            case {"type": "file", "file": {"file_data": str(url)}}:
                yield Media("file", _media_type(url), url)
            case {"type": "input_file", "file_data": str(url)}:
                yield Media("file", _media_type(url), url)
            case {"type": "input_file", "file_url": str(url)}:
                yield Media("file", "", url)
            case {"type": "file", "file": {"file_id": str(name)}}:
                yield Media("file", "", "", name)
            case {"type": "input_file" | "input_image" | "file" as kind, "file_id": str(name)}:
                yield Media("image" if kind == "input_image" else "file", "", "", name)
            case _:
                raise CannotExpress(f"`{where}/{i}` is a kind of content that no other model knows")


def offered(tools: Json, choice: Json) -> tuple[tuple[Tool, ...], str]:
    """The functions the model may call and which of them it has to.

    Tools that run at the service are not offered; CannotExpress is raised when one of them, or
    any tool at all while there is no other, is what the caller insists on.
    """
    found: dict[str, Tool] = {}
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, dict) and tool.get("type") == "function":
            function = _unwrapped(tool, "function")
            if name := string(function.get("name")):
                found[name] = _tool(name, function)
    if isinstance(choice, dict):
        if choice.get("type") == "allowed_tools":
            return _allowed(found, _unwrapped(choice, "allowed_tools"))
        name = string(_unwrapped(choice, "function").get("name"))
        if choice.get("type") == "function" and name in found:
            return tuple(found.values()), name
    elif choice is None or choice in ("auto", "none") or (choice == "required" and found):
        return tuple(found.values()), string(choice) or "auto"
    raise CannotExpress("a tool that runs at the service is asked for")


def _unwrapped(node: dict[str, Json], name: str) -> dict[str, Json]:
    """What chat completions wrap in a member and responses do not."""
    inner = node.get(name)
    return inner if isinstance(inner, dict) else node


def _allowed(
    found: Mapping[str, Tool], allowed: Mapping[str, Json]
) -> tuple[tuple[Tool, ...], str]:
    tools = allowed.get("tools")
    names = {
        string(_unwrapped(tool, "function").get("name"))
        for tool in (tools if isinstance(tools, list) else ())
        if isinstance(tool, dict)
    }
    if not names & found.keys():
        raise CannotExpress("a tool that runs at the service is asked for")
    mode = "required" if allowed.get("mode") == "required" else "auto"
    return tuple(tool for name, tool in found.items() if name in names), mode


def _tool(name: str, rest: Mapping[str, Json]) -> Tool:
    parameters = rest.get("parameters")
    schema = parameters if isinstance(parameters, dict) else {"type": "object", "properties": {}}
    return Tool(name, string(rest.get("description")), json.dumps(schema))


def _schema(response_format: Json) -> str:
    match response_format:
        case {"type": "json_schema", "json_schema": {"schema": dict(schema)}}:
            return json.dumps(schema)
        case {"type": "json_object"} | {"type": "json_schema"}:
            return "{}"
        case _:
            return ""


def string(value: object) -> str:
    """`value` if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """`value` if it is a whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: object) -> float | None:
    """`value` if it is a number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def strings(value: object) -> tuple[str, ...]:
    """The strings in a list; a single one counts as a list of itself."""
    found = [value] if isinstance(value, str) else value
    return tuple(v for v in found if isinstance(v, str) and v) if isinstance(found, list) else ()


def _media_type(url: str) -> str:
    return url[5:].partition(";")[0].partition(",")[0] if url.startswith("data:") else ""


# ── the other way: a chat for a model server that speaks this dialect ─────────────────────────


def write_chat(chat: Chat, model: str) -> Json:
    """The body of `POST /v1/chat/completions` that asks `model` to go on with `chat`.

    Written for servers and prompt templates that know little: text alone is one string, what one
    side says in a row is one message, results of tools come before what else is said, documents
    are their texts. Raises CannotExpress for files without any, which these servers do not take.
    """
    body: dict[str, Json] = {
        "model": model,
        "messages": [m for turn in in_a_row(chat.turns) for m in _messages(_in_words(turn))],
        "stream": chat.stream,
    }
    optional: dict[str, Json] = {
        "max_tokens": chat.max_tokens,
        "temperature": chat.temperature,
        "top_p": chat.top_p,
        "stop": list(chat.stop) or None,
        "stream_options": {"include_usage": True} if chat.stream else None,
        "response_format": _response_format(chat.json_schema),
    }
    body |= {name: value for name, value in optional.items() if value is not None}
    if chat.tools:
        body["tools"] = [_function(tool) for tool in chat.tools]
        body["tool_choice"] = (
            chat.tool_choice
            if chat.tool_choice in ("auto", "none", "required")
            else {"type": "function", "function": {"name": chat.tool_choice}}
        )
    return body


def _function(tool: Tool) -> Json:
    function: dict[str, Json] = {"name": tool.name, "parameters": json.loads(tool.parameters)}
    if tool.description:
        function["description"] = tool.description
    return {"type": "function", "function": function}


def _response_format(schema: str) -> Json:
    if not schema:
        return None
    if not (loaded := json.loads(schema)):
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": loaded}}


def in_a_row(turns: Iterable[Turn]) -> Iterator[Turn]:
    """Turns with all that one side says in a row as one of them."""
    for role, run in groupby(turns, key=lambda turn: turn.role):
        yield Turn(role, tuple(part for turn in run for part in turn.parts))


def _in_words(turn: Turn) -> Turn:
    """A turn with the texts of its documents in their place."""
    return Turn(turn.role, tuple(map(_words, turn.parts)))


def _words(part: Part) -> Part:
    if not isinstance(part, Media) or part.kind != "file":
        return part
    text = media.unwrap(part.media_type, part.url) if ";base64," in part.url else None
    if text is None and ";base64," in part.url:
        found = media.document(part.media_type, part.url)
        text = found.told if found is not None and not found.unread else None
    return part if text is None else text


def _messages(turn: Turn) -> Iterator[dict[str, Json]]:
    content: list[Json] = []
    calls: list[Json] = []
    for part in turn.parts:
        match part:
            case str():
                content.append({"type": "text", "text": part})
            case Media():
                content.append(_media(part))
            case ToolCall():
                function: Json = {"name": part.name, "arguments": part.arguments}
                calls.append({"id": part.id, "type": "function", "function": function})
            case ToolResult():
                yield {"role": "tool", "tool_call_id": part.id, "content": part.content}
    said: Json = content
    if not any(isinstance(part, Media) for part in turn.parts):
        said = "\n\n".join(part for part in turn.parts if isinstance(part, str))
    if calls:
        yield {"role": turn.role, "content": said or None, "tool_calls": calls}
    elif said or not turn.parts:
        yield {"role": turn.role, "content": said or ""}


def _media(part: Media) -> Json:
    match part.kind:
        case "image":
            return {"type": "image_url", "image_url": {"url": part.url}}
        case "audio" if ";base64," in part.url:
            form = part.media_type.partition("/")[2] or "wav"
            data = part.url.partition(";base64,")[2]
            return {"type": "input_audio", "input_audio": {"data": data, "format": form}}
        case _:
            raise CannotExpress("the prompt holds a file, which internal models do not take")
