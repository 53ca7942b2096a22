"""OpenAI Responses, `POST /v1/responses`.

Source: https://platform.openai.com/docs/api-reference/responses-streaming and
openai/openai-openapi@f85dbe2. Every event has a name and a running number; there is no `[DONE]`.
"""

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
from penstock.demo.formats.openai_chat import error
from penstock.demo.wire import Said


def answer(document: Json, opening: str) -> Said:
    """The answer to a request body."""
    asked = member(document, "input")
    if not asked:
        return whole(error("input is required"), 400)
    said = _reply(asked, member(document, "tools"), opening)
    item = _item(said)
    usage: dict[str, Json] = {
        "input_tokens": words(str(asked)),
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": words(said.text),
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": words(str(asked)) + words(said.text),
    }
    model = str(member(document, "model"))
    if member(document, "stream") is not True:
        return whole(_response(model, "completed", [item], usage))
    numbered = (
        {**event, "sequence_number": number}
        for number, event in enumerate(_events(said, item, model, usage))
    )
    return Said(named_events(numbered), EVENT_STREAM)


def _reply(asked: Json, tools: Json, opening: str) -> Reply:
    last: Json = asked[-1] if isinstance(asked, list) else {"content": asked}
    if member(last, "type") == "function_call_output":
        return reply(f"{opening}the tool says ", joined(member(last, "output")))
    return reply(opening, joined(member(last, "content")), _tools(tools))


def _tools(tools: Json) -> Iterator[tuple[str, Json]]:
    for tool in elements(tools):
        match tool:
            case {"type": "function", "name": str(name)}:
                yield name, member(tool, "parameters")


def _item(said: Reply) -> dict[str, Json]:
    if said.tool:
        return {
            "id": "fc_demo1",
            "type": "function_call",
            "status": "completed",
            "call_id": "call_demo1",
            "name": said.tool,
            "arguments": said.arguments,
        }
    return {
        "id": "msg_demo1",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [_part(said.text)],
    }


def _part(text: str) -> dict[str, Json]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _response(model: str, status: str, output: list[Json], usage: Json) -> dict[str, Json]:
    return {
        "id": "resp_demo1",
        "object": "response",
        "created_at": 1790000000,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "metadata": {},
        "model": model,
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage,
        "user": None,
    }


def _events(
    said: Reply, item: dict[str, Json], model: str, usage: Json
) -> Iterator[dict[str, Json]]:
    place: dict[str, Json] = {"item_id": item["id"], "output_index": 0}
    begun = _response(model, "in_progress", [], None)
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    empty: dict[str, Json] = {**item, "status": "in_progress"}
    if said.tool:
        empty["arguments"] = ""
    else:
        empty["content"] = []
    yield {"type": "response.output_item.added", "output_index": 0, "item": empty}
    if said.tool:
        of_call = "response.function_call_arguments"
        for piece in said.pieces:
            yield {"type": f"{of_call}.delta", **place, "delta": piece}
        done: dict[str, Json] = {"name": said.tool, "arguments": said.arguments}
        yield {"type": f"{of_call}.done", **place, **done}
    else:
        place["content_index"] = 0
        yield {"type": "response.content_part.added", **place, "part": _part("")}
        of_text = "response.output_text"
        for piece in said.pieces:
            yield {"type": f"{of_text}.delta", **place, "delta": piece, "logprobs": []}
        yield {"type": f"{of_text}.done", **place, "text": said.text, "logprobs": []}
        yield {"type": "response.content_part.done", **place, "part": _part(said.text)}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    ended = _response(model, "completed", [item], usage)
    yield {"type": "response.completed", "response": ended}
