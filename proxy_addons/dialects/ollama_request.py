"""Ollama's requests as a `Chat`.

Source: ollama/ollama `docs/api.md`, read 2026-11-28. Left out on purpose, since it tunes how the
model works: `keep_alive`, `think` and most of `options`.
"""

import json
from collections.abc import Iterator

from penstock.errors import CannotExpress
from penstock.model import Chat, Media, Part, ToolCall, ToolResult, Turn
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.collected import CallIds
from proxy_addons.dialects.openai_chat_request import number, offered, string, strings, whole

_KNOWN = {"model", "stream", "format", "options", "keep_alive", "think"}
_CHAT = _KNOWN | {"messages", "tools"}
_GENERATE = _KNOWN | {"prompt", "system", "images"}
_ROLES = {"system": "system", "user": "user", "assistant": "assistant"}


def read_chat(document: Json) -> Chat:
    """The conversation in the body of `POST /api/chat`. Raises CannotExpress."""
    known = _checked(document, _CHAT)
    if not isinstance(messages := known.get("messages"), list):
        raise CannotExpress("the body has no messages")
    ids = CallIds()
    turns = [Turn(*_turn(f"/messages/{i}", m, ids)) for i, m in enumerate(messages)]
    return _chat(known, turns)


def read_generate(document: Json) -> Chat:
    """The prompt in the body of `POST /api/generate`. Raises CannotExpress."""
    known = _checked(document, _GENERATE)
    if not (prompt := string(known.get("prompt"))):
        raise CannotExpress("the body has no prompt")
    turns = [Turn("user", (prompt, *_images(known.get("images"))))]
    if system := string(known.get("system")):
        turns.insert(0, Turn("system", (system,)))
    return _chat(known, turns)


def _checked(document: Json, known: set[str]) -> dict[str, Json]:
    if not isinstance(document, dict):
        raise CannotExpress("the body is not an object")
    if any(value and name not in known for name, value in document.items()):
        raise CannotExpress("the request has a field that no other model knows")
    return document


def _chat(document: dict[str, Json], turns: list[Turn]) -> Chat:
    tools, choice = offered(document.get("tools"), None)
    options = document.get("options")
    options = options if isinstance(options, dict) else {}
    return Chat(
        turns=tuple(turns),
        stream=document.get("stream") is not False,
        model=string(document.get("model")),
        tools=tools,
        tool_choice=choice,
        max_tokens=limit if (limit := whole(options.get("num_predict"))) and limit > 0 else None,
        temperature=number(options.get("temperature")),
        top_p=number(options.get("top_p")),
        stop=strings(options.get("stop")),
        json_schema=_schema(document.get("format")),
    )


def _turn(where: str, message: Json, ids: CallIds) -> tuple[str, tuple[Part, ...]]:
    match message:
        case {"role": "tool", "content": str(content), **rest}:
            name = string(rest.get("tool_name"))
            return "user", (
                ToolResult(ids.answered(rest.get("tool_call_id"), name), name, content),
            )
        case {"role": str(role), **rest} if role in _ROLES:
            said = [content] if (content := string(rest.get("content"))) else []
            calls = _calls(where, rest.get("tool_calls"), ids)
            return role, (*said, *_images(rest.get("images")), *calls)
        case _:
            raise CannotExpress(f"`{where}` is not a message")


def _calls(where: str, calls: object, ids: CallIds) -> Iterator[Part]:
    for i, call in enumerate(calls if isinstance(calls, list) else ()):
        match call:
            case {"function": {"name": str(name), "arguments": dict(arguments)}, **rest}:
                id = ids.made(rest.get("id"), name)
                yield ToolCall(id, name, json.dumps(arguments, ensure_ascii=False))
            case _:
                raise CannotExpress(f"`{where}/tool_calls/{i}` is a call no other model knows")


def _images(images: object) -> Iterator[Part]:
    for data in strings(images):
        # PNG, WebP and JPEG are told apart by their first bytes, as the server does
        kind = {"iVBO": "png", "UklG": "webp"}.get(data[:4], "jpeg")
        yield Media("image", f"image/{kind}", f"data:image/{kind};base64,{data}")


def _schema(form: Json) -> str:
    if isinstance(form, dict) and form:
        return json.dumps(form)
    return "{}" if form == "json" else ""
