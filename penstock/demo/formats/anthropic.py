"""Anthropic Messages, `POST /v1/messages`.

Source: https://docs.anthropic.com/en/api/messages-streaming and the types of the `anthropic`
Python SDK. Clients skip events without an `event:` line.
"""

import json
from collections.abc import Iterator

from penstock.demo.formats.base import (
    EVENT_STREAM,
    Json,
    Reply,
    elements,
    joined,
    member,
    named_events,
    reply,
    whole,
    words,
)
from penstock.demo.wire import Said


def answer(document: Json, opening: str) -> Said:
    """The answer to a request body."""
    messages = elements(member(document, "messages"))
    if not messages:
        kind: Json = {"type": "invalid_request_error", "message": "messages: Field required"}
        return whole({"type": "error", "error": kind}, 400)
    said = _reply(messages[-1], member(document, "tools"), opening)
    usage: dict[str, Json] = {
        "input_tokens": words(str(messages)),
        "output_tokens": words(said.text),
    }
    model = str(member(document, "model"))
    if member(document, "stream") is True:
        return Said(named_events(_events(said, model, usage)), EVENT_STREAM)
    return whole(_message(model, [_block(said)], _reason(said), usage))


def count(document: Json, _: str) -> Said:
    """The answer of `POST /v1/messages/count_tokens`."""
    return whole({"input_tokens": words(str(document))})


def _reply(last: Json, tools: Json, opening: str) -> Reply:
    content = member(last, "content")
    match content:
        case [*_, {"type": "tool_result", "content": result}]:
            return reply(f"{opening}the tool says ", joined(result))
    return reply(opening, joined(content), _tools(tools))


def _tools(tools: Json) -> Iterator[tuple[str, Json]]:
    for tool in elements(tools):
        match tool:
            case {"name": str(name)}:
                yield name, member(tool, "input_schema")


def _reason(said: Reply) -> str:
    return "tool_use" if said.tool else "end_turn"


def _block(said: Reply) -> Json:
    if said.tool:
        arguments: Json = json.loads(said.arguments)
        return {"type": "tool_use", "id": "toolu_demo1", "name": said.tool, "input": arguments}
    return {"type": "text", "text": said.text}


def _message(model: str, content: list[Json], reason: Json, usage: Json) -> dict[str, Json]:
    return {
        "id": "msg_demo1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": usage,
    }


def _events(said: Reply, model: str, usage: dict[str, Json]) -> Iterator[dict[str, Json]]:
    begun: Json = {**usage, "output_tokens": 1}
    yield {"type": "message_start", "message": _message(model, [], None, begun)}
    empty: dict[str, Json] = {"type": "text", "text": ""}
    if said.tool:
        empty = {"type": "tool_use", "id": "toolu_demo1", "name": said.tool, "input": {}}
    yield {"type": "content_block_start", "index": 0, "content_block": empty}
    yield {"type": "ping"}
    for piece in said.pieces:
        delta: dict[str, Json] = {"type": "text_delta", "text": piece}
        if said.tool:
            delta = {"type": "input_json_delta", "partial_json": piece}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    ended: Json = {"stop_reason": _reason(said), "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 2}}
    yield {"type": "message_stop"}
