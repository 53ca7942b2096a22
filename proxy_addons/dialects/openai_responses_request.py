"""The input of OpenAI's responses API as a `Chat`.

Source: wire types of the `openai` Python SDK 3.52 (`openai.types.responses`) and the requests of
Codex 0.169, read 2026-11-21. Left out on purpose: what the model thought in earlier turns
(`reasoning`), and tools that run at the service, unless the caller insists on one.
"""

import json
from collections.abc import Iterator, Mapping

from penstock.errors import CannotExpress
from penstock.model import Chat, Part, ToolCall, ToolResult, Turn
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.openai_chat_request import (
    content_parts,
    in_a_row,
    number,
    offered,
    string,
    whole,
)

_SAID = {
    *("input", "instructions", "model", "stream", "tools", "tool_choice", "max_output_tokens"),
    *("temperature", "text", "top_p"),
}
_SAYS_NOTHING = {
    *("client_metadata", "context_management", "include", "metadata", "prompt_cache_key"),
    *("prompt_cache_options", "prompt_cache_retention", "reasoning", "safety_identifier"),
    *("service_tier", "stream_options", "truncation", "user", "access_programs"),
}
_AT_THE_SERVICE = ("previous_response_id", "conversation", "prompt")
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_CALLS = {
    "function_call": ("name", "arguments"),
    "custom_tool_call": ("name", "input"),
    "mcp_call": ("name", "arguments"),
    "shell_call": ("", "action"),
    "local_shell_call": ("", "action"),
    "apply_patch_call": ("", "operation"),
    "code_interpreter_call": ("", "code"),
    "file_search_call": ("", "queries"),
    "web_search_call": ("", "action"),
}
"""Item types that are a call: the member that names the tool, and the one that says what for."""
_RESULTS = ("output", "outputs", "results")


def read_chat(document: Json) -> Chat:
    """The conversation in the body of `POST /v1/responses`. Raises CannotExpress."""
    if not isinstance(document, dict):
        raise CannotExpress("the body has no input")
    _check(document)
    turns: list[Turn] = []
    tools: list[Json] = []
    if instructions := string(document.get("instructions")):
        turns.append(Turn("system", (instructions,)))
    match document.get("input"):
        case str(text):
            turns.append(Turn("user", (text,)))
        case [*items]:
            for i, item in enumerate(items):
                turns += _turns(f"/input/{i}", item)
                match item:
                    case {"type": "additional_tools", "tools": [*more]}:
                        tools += more
        case _:
            raise CannotExpress("the body has no input")
    match document.get("tools"):
        case [*more]:
            tools += more
    functions, choice = offered(tools, document.get("tool_choice"))
    return Chat(
        turns=tuple(in_a_row(turns)),
        stream=document.get("stream") is True,
        model=string(document.get("model")),
        tools=functions,
        tool_choice=choice,
        max_tokens=whole(document.get("max_output_tokens")),
        temperature=number(document.get("temperature")),
        top_p=number(document.get("top_p")),
        json_schema=_schema(document.get("text")),
    )


def _check(document: Mapping[str, Json]) -> None:
    if any(document.get(name) for name in _AT_THE_SERVICE):
        raise CannotExpress("a part of the conversation is kept at the service")
    if document.get("background") is True:
        raise CannotExpress("the answer is to be fetched later")
    if document.get("top_logprobs"):
        raise CannotExpress("the probabilities of the answer's words are asked for")
    for name, value in document.items():
        if name not in _SAID | _SAYS_NOTHING and isinstance(value, dict | list | str) and value:
            raise CannotExpress("the request has a field that no other model knows")


def _turns(where: str, item: Json) -> Iterator[Turn]:
    if not isinstance(item, dict):
        raise CannotExpress(f"`{where}` is not an item")
    match item:
        case {"role": str(role), "content": content} if role in _ROLES:
            yield Turn(_ROLES[role], tuple(content_parts(f"{where}/content", content)))
        case {"type": "reasoning" | "additional_tools"}:
            pass
        case {"type": str(kind)} if kind in _CALLS:
            call = string(item.get("call_id")) or string(item.get("id"))
            yield Turn("assistant", (_call(call, kind, item),))
            # a tool that ran at the service has its result in the same item
            result = next((item[name] for name in _RESULTS if item.get(name)), None)
            if kind in ("mcp_call", "code_interpreter_call", "file_search_call", "web_search_call"):
                yield Turn("user", (ToolResult(call, "", _text(result)),))
        case {"type": str(kind), "call_id": str(call)} if (
            "output" in item and kind.removesuffix("_output") in _CALLS
        ):
            yield Turn("user", tuple(_result(f"{where}/output", call, item["output"])))
        case _:
            raise CannotExpress(f"`{where}` is an item that no other model knows")


def _call(call: str, kind: str, item: Mapping[str, Json]) -> ToolCall:
    name_member, input_member = _CALLS[kind]
    name = string(item.get(name_member)) or kind.removesuffix("_call")
    said = item.get(input_member)
    if input_member == "arguments" and isinstance(said, str):
        return ToolCall(call, name, said)
    arguments = said if isinstance(said, dict) else {input_member: said}
    return ToolCall(call, name, json.dumps(arguments, ensure_ascii=False))


def _result(where: str, call: str, output: Json) -> Iterator[Part]:
    parts: list[Part] = [_text(output)]
    if isinstance(output, list) and all(
        isinstance(p, dict) and str(p.get("type")).startswith("input_") for p in output
    ):
        parts = list(content_parts(where, output))
    yield ToolResult(call, "", "\n".join(p for p in parts if isinstance(p, str)))
    yield from (p for p in parts if not isinstance(p, str))


def _text(value: Json) -> str:
    if isinstance(value, str) or not value:
        return string(value)
    return json.dumps(value, ensure_ascii=False)


def _schema(text: Json) -> str:
    match text:
        case {"format": {"type": "json_schema", "schema": dict(schema)}}:
            return json.dumps(schema)
        case {"format": {"type": "json_object"}}:
            return "{}"
        case _:
            return ""
