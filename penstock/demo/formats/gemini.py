"""Gemini, `POST /{version}/models/{model}:generateContent` and `:streamGenerateContent`.

Source: https://ai.google.dev/api/generate-content. Frames end with CRLF CRLF and texts are deltas;
without `alt=sse` the stream is one JSON array, an element at a time.
"""

import json
from collections.abc import Iterator

from penstock.demo.formats.base import (
    EVENT_STREAM,
    Json,
    Reply,
    elements,
    events,
    joined,
    member,
    packed,
    reply,
    whole,
    words,
)
from penstock.demo.wire import Said

_SCHEMAS = ("parametersJsonSchema", "parameters_json_schema", "parameters")


def answer(document: Json, target: str, opening: str) -> Said:
    """The answer to a request body."""
    contents = elements(member(document, "contents"))
    if not contents:
        problem: dict[str, Json] = {"code": 400, "message": "contents is not specified"}
        return whole({"error": {**problem, "status": "INVALID_ARGUMENT"}}, 400)
    said = _reply(contents[-1], member(document, "tools"), opening)
    model = target.rpartition("/")[2].partition(":")[0]
    usage: dict[str, Json] = {
        "promptTokenCount": words(str(contents)),
        "candidatesTokenCount": words(said.text),
        "totalTokenCount": words(str(contents)) + words(said.text),
    }
    if ":streamGenerateContent" not in target:
        return whole(_frame(_whole_part(said), "STOP", model, usage))
    frames = list(_frames(said, model, usage))
    if "alt=sse" in target:
        return Said(events(frames, ending=b"\r\n\r\n"), EVENT_STREAM)
    pieces = [(b"[" if i == 0 else b",\r\n") + packed(f) for i, f in enumerate(frames)]
    return Said((*pieces, b"]"), "application/json; charset=UTF-8")


def _reply(last: Json, tools: Json, opening: str) -> Reply:
    parts = member(last, "parts")
    match parts:
        case [*_, {"functionResponse": {"response": result}}]:
            return reply(f"{opening}the tool says ", json.dumps(result, ensure_ascii=False))
    return reply(opening, joined(parts), _tools(tools))


def _tools(tools: Json) -> Iterator[tuple[str, Json]]:
    for tool in elements(tools):
        for function in elements(member(tool, "functionDeclarations")):
            match function:
                case {"name": str(name)}:
                    yield (
                        name,
                        next(
                            (s for key in _SCHEMAS if (s := member(function, key)) is not None),
                            None,
                        ),
                    )


def _whole_part(said: Reply) -> Json:
    if said.tool:
        arguments: Json = json.loads(said.arguments)
        return {"functionCall": {"id": "fc_demo1", "name": said.tool, "args": arguments}}
    return {"text": said.text}


def _frame(part: Json, reason: str, model: str, usage: Json) -> Json:
    candidate: dict[str, Json] = {"content": {"parts": [part], "role": "model"}, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": model,
        "responseId": "demo1",
    }


def _frames(said: Reply, model: str, usage: Json) -> Iterator[Json]:
    # arguments of a call are an object here and come whole
    parts: list[Json] = (
        [_whole_part(said)] if said.tool else [{"text": piece} for piece in said.pieces]
    )
    for i, part in enumerate(parts, 1):
        yield _frame(part, "STOP" if i == len(parts) else "", model, usage)
