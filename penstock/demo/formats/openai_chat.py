"""OpenAI Chat Completions, as api.openai.com and every model server that copies it answer.

Source: https://platform.openai.com/docs/api-reference/chat and openai/openai-openapi@f85dbe2.
"""

from collections.abc import Iterator

from penstock.demo.formats.base import (
    EVENT_STREAM,
    Json,
    Reply,
    elements,
    events,
    joined,
    member,
    reply,
    whole,
    words,
)
from penstock.demo.wire import Said

_ID = "chatcmpl-demo1"
_CREATED = 1790000000


def answer(document: Json, opening: str) -> Said:
    """The answer to a request body."""
    messages = elements(member(document, "messages"))
    if not messages:
        return whole(error("messages is required"), 400)
    said = _reply(messages[-1], member(document, "tools"), opening)
    model = str(member(document, "model"))
    asked = words(str(messages))
    usage: Json = {
        "prompt_tokens": asked,
        "completion_tokens": words(said.text),
        "total_tokens": asked + words(said.text),
    }
    if member(document, "stream") is not True:
        return whole(_completion(said, model, usage))
    wanted = member(member(document, "stream_options"), "include_usage")
    chunks = events(_chunks(said, model, usage if wanted else None))
    return Said((*chunks, b"data: [DONE]\n\n"), EVENT_STREAM)


def error(message: str) -> Json:
    """The API's error body."""
    kind = "invalid_request_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def _reply(last: Json, tools: Json, opening: str) -> Reply:
    content = joined(member(last, "content"))
    if member(last, "role") == "tool":
        return reply(f"{opening}the tool says ", content)
    return reply(opening, content, _tools(tools))


def _tools(tools: Json) -> Iterator[tuple[str, Json]]:
    for tool in elements(tools):
        match member(tool, "function"):
            case {"name": str(name)} as function:
                yield name, member(function, "parameters")


def _completion(said: Reply, model: str, usage: Json) -> Json:
    message: dict[str, Json] = {"role": "assistant", "content": said.text, "refusal": None}
    reason = "stop"
    if said.tool:
        reason = "tool_calls"
        message["content"] = None
        message["tool_calls"] = [
            {
                "id": "call_demo1",
                "type": "function",
                "function": {"name": said.tool, "arguments": said.arguments},
            }
        ]
    return {
        "id": _ID,
        "object": "chat.completion",
        "created": _CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}],
        "usage": usage,
    }


def _chunks(said: Reply, model: str, usage: Json) -> Iterator[Json]:
    def chunk(delta: Json, reason: Json = None) -> Json:
        choice: Json = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**head, "choices": [choice], **({"usage": None} if usage else {})}

    head: dict[str, Json] = {
        "id": _ID,
        "object": "chat.completion.chunk",
        "created": _CREATED,
        "model": model,
    }
    if said.tool:
        call: dict[str, Json] = {"index": 0, "id": "call_demo1", "type": "function"}
        call["function"] = {"name": said.tool, "arguments": ""}
        yield chunk({"role": "assistant", "content": None, "tool_calls": [call]})
        for piece in said.pieces:
            yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
        yield chunk({}, "tool_calls")
    else:
        yield chunk({"role": "assistant", "content": ""})
        for piece in said.pieces:
            yield chunk({"content": piece})
        yield chunk({}, "stop")
    if usage:
        yield {**head, "choices": [], "usage": usage}
