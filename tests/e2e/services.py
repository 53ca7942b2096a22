"""More stand-ins of public services, for clients that the demo does not show.

Written from the vendors' documents and SDKs, and apart from the dialects they are to test.
"""

import base64
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from penstock.demo.formats import anthropic, gemini, openai_chat, openai_responses
from penstock.demo.formats.base import Reply, events, named_events, packed, reply, whole
from penstock.demo.page import PAGE
from penstock.demo.server import Received
from penstock.demo.standins import ANTHROPIC, GEMINI, OPENAI, SERVICE_SAYS
from penstock.demo.wire import Said

MISTRAL = "api.mistral.ai"
COHERE = "api.cohere.com"
OLLAMA = "ollama.com"
BEDROCK = "bedrock-runtime.eu-central-1.amazonaws.com"
AZURE = "acme.openai.azure.com"
DEEPSEEK = "api.deepseek.com"
HUGGING_FACE = "router.huggingface.co"


def _asked(request: Received) -> Any:
    return json.loads(request.body or b"null")


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return " ".join(part["text"] for part in content if "text" in part)


# ── OpenAI's shape ────────────────────────────────────────────────────────────────────────────


def _chat(request: Received) -> Said:
    if request.target.endswith("/beta/completions"):
        return _completions(_asked(request))
    if not request.target.partition("?")[0].endswith("/chat/completions"):
        return whole({"received_bytes": len(request.body)})
    return openai_chat.answer(_asked(request), SERVICE_SAYS)


def _completions(asked: Any) -> Said:
    said = SERVICE_SAYS + asked["prompt"]

    def document(text: str, reason: str | None) -> Any:
        choice = {"text": text, "index": 0, "logprobs": None, "finish_reason": reason}
        head = {"id": "cmpl-1", "object": "text_completion", "created": 1790000000, "model": "m"}
        return {**head, "choices": [choice]}

    if not asked.get("stream"):
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        return whole({**document(said, "stop"), "usage": usage})
    pieces = [document(said[i : i + 5], None) for i in range(0, len(said), 5)]
    chunks = events([*pieces, document("", "stop")])
    return Said((*chunks, b"data: [DONE]\n\n"), "text/event-stream")


def _mistral(request: Received) -> Said:
    """A call of a tool comes in one piece."""
    said = _chat(request)
    calls = [piece for piece in said.pieces if b'"tool_calls"' in piece]
    if len(said.pieces) < 2 or not calls:
        return said
    head, *rest, last = (json.loads(piece[6:]) for piece in calls)
    function = head["choices"][0]["delta"]["tool_calls"][0]["function"]
    for chunk in rest:
        more = chunk["choices"][0]["delta"]["tool_calls"][0]["function"]
        function["arguments"] += more["arguments"]
    return Said((*events([head, last]), b"data: [DONE]\n\n"), said.content_type)


# ── Cohere ────────────────────────────────────────────────────────────────────────────────────


def _cohere(request: Received) -> Said:
    asked = _asked(request)
    tools = [(t["function"]["name"], t["function"]["parameters"]) for t in asked.get("tools") or ()]
    said = reply(SERVICE_SAYS, _text(asked["messages"][-1]["content"]), tools)
    if asked.get("stream"):
        return Said(named_events(_cohere_events(said)), "text/event-stream")
    message: dict[str, Any] = {
        "role": "assistant",
        "content": [{"type": "text", "text": said.text}],
    }
    usage = {"tokens": {"input_tokens": 5, "output_tokens": 1}}
    return whole({"id": "c1", "finish_reason": "COMPLETE", "message": message, "usage": usage})


def _cohere_events(said: Reply) -> Iterator[Any]:
    def event(kind: str, index: int | None = None, **message: Any) -> Any:
        return {"type": kind, "index": index, "delta": {"message": message}}

    start = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    yield {"type": "message-start", "id": "c1", "delta": {"message": start}}
    if said.tool:
        call = {"id": "t1", "type": "function", "function": {"name": said.tool, "arguments": ""}}
        yield event("tool-call-start", 0, tool_calls=call)
        for piece in said.pieces:
            yield event("tool-call-delta", 0, tool_calls={"function": {"arguments": piece}})
        yield {"type": "tool-call-end", "index": 0}
    else:
        yield event("content-start", 0, content={"type": "text", "text": ""})
        for piece in said.pieces:
            yield event("content-delta", 0, content={"text": piece})
        yield {"type": "content-end", "index": 0}
    usage = {"tokens": {"input_tokens": 5, "output_tokens": 1}}
    yield {
        "type": "message-end",
        "id": "c1",
        "delta": {"finish_reason": "COMPLETE", "usage": usage},
    }


# ── Ollama ────────────────────────────────────────────────────────────────────────────────────


def _ollama(request: Received) -> Said:
    asked = _asked(request)
    head = {"model": asked["model"], "created_at": "2026-11-28T00:00:00Z"}
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 5, "eval_count": 2}
    chats = request.target == "/api/chat"
    tools = [(t["function"]["name"], t["function"]["parameters"]) for t in asked.get("tools") or ()]
    prompt = asked["messages"][-1]["content"] if chats else asked["prompt"]
    said = reply(SERVICE_SAYS, prompt, tools)

    def line(text: str, **more: Any) -> Any:
        message = {"role": "assistant", "content": text, **more}
        return {**head, **({"message": message} if chats else {"response": text}), "done": False}

    if asked.get("stream") is False:
        return whole({**line(said.text), **end})
    lines = [line(piece) for piece in said.pieces]
    if said.tool:
        function = {"name": said.tool, "arguments": json.loads(said.arguments)}
        lines = [line("", tool_calls=[{"function": function}])]
    lines.append({**line(""), **end})
    return Said(tuple(packed(document) + b"\n" for document in lines), "application/x-ndjson")


# ── Bedrock ───────────────────────────────────────────────────────────────────────────────────


def _bedrock(request: Received) -> Said:
    asked, operation = _asked(request), request.target.rpartition("/")[2]
    match operation:
        case "converse" | "converse-stream":
            return _converse(asked, streams=operation.endswith("stream"))
        case "invoke":
            return anthropic.answer({**asked, "model": "claude", "stream": False}, SERVICE_SAYS)
        case "invoke-with-response-stream":
            said = anthropic.answer({**asked, "model": "claude", "stream": True}, SERVICE_SAYS)
            documents = (piece.partition(b"data: ")[2].strip() for piece in said.pieces)
            chunks = ({"bytes": base64.b64encode(d).decode()} for d in documents)
            return _stream(("chunk", chunk) for chunk in chunks)
    return whole({"received_bytes": len(request.body)})


def _converse(asked: Any, streams: bool) -> Said:
    tools = [
        (tool["toolSpec"]["name"], tool["toolSpec"]["inputSchema"]["json"])
        for tool in asked.get("toolConfig", {}).get("tools", ())
    ]
    said = reply(SERVICE_SAYS, _text(asked["messages"][-1]["content"]), tools)
    usage = {"inputTokens": 5, "outputTokens": 1, "totalTokens": 6}
    ending = {"usage": usage, "metrics": {"latencyMs": 1}}
    if not streams:
        message = {"role": "assistant", "content": [{"text": said.text}]}
        return whole({"output": {"message": message}, "stopReason": "end_turn", **ending})

    def told() -> Iterator[tuple[str, Any]]:
        yield "messageStart", {"role": "assistant"}
        if said.tool:
            start = {"toolUse": {"toolUseId": "t1", "name": said.tool}}
            yield "contentBlockStart", {"contentBlockIndex": 0, "start": start}
        for piece in said.pieces:
            delta = {"toolUse": {"input": piece}} if said.tool else {"text": piece}
            yield "contentBlockDelta", {"contentBlockIndex": 0, "delta": delta, "p": "abcd"}
        yield "contentBlockStop", {"contentBlockIndex": 0}
        yield "messageStop", {"stopReason": "tool_use" if said.tool else "end_turn"}
        yield "metadata", ending

    return _stream(told())


def _stream(told: Iterator[tuple[str, Any]]) -> Said:
    pieces = tuple(_framed(kind, packed(document)) for kind, document in told)
    return Said(pieces, "application/vnd.amazon.eventstream")


def _framed(kind: str, payload: bytes) -> bytes:
    named = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(
        bytes([len(name)])
        + name.encode()
        + b"\x07"
        + struct.pack(">H", len(value))
        + value.encode()
        for name, value in named.items()
    )
    head = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = head + struct.pack(">I", zlib.crc32(head)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


# ── Hugging Face ──────────────────────────────────────────────────────────────────────────────


def _hugging_face(request: Received) -> Said:
    asked = _asked(request)
    said = SERVICE_SAYS + asked["inputs"]
    if not asked.get("stream"):
        return whole([{"generated_text": said}])
    pieces = [{"token": {"id": 1, "text": said[i : i + 5]}} for i in range(0, len(said), 5)]
    pieces[-1]["generated_text"] = said  # type: ignore[assignment]
    return Said(events(pieces), "text/event-stream")  # type: ignore[arg-type]


# ── what the command lines of vendors ask for besides ─────────────────────────────────────────


def _anthropic(request: Received) -> Said:
    match request.target.partition("?")[0]:
        case "/v1/messages":
            asked = _asked(request)
            *_, last = (m for m in asked["messages"] if m["role"] == "user")
            if not isinstance(last["content"], str):  # before it, what Claude Code says itself
                last["content"] = last["content"][-1:]
            return anthropic.answer({**asked, "messages": [last]}, SERVICE_SAYS)
        case "/v1/messages/count_tokens":
            return anthropic.count(_asked(request), SERVICE_SAYS)
    return whole({"type": "error", "error": {"type": "not_found_error", "message": "no"}}, 404)


def _openai(request: Received) -> Said:
    if request.method == "GET" and request.target == "/":
        return Said((PAGE,), "text/html; charset=utf-8")
    if request.headers.get("upgrade", "").lower() == "websocket":
        return whole({"error": {"message": "use HTTP"}}, 426)
    match request.target.partition("?")[0]:
        case "/v1/chat/completions":
            return openai_chat.answer(_asked(request), SERVICE_SAYS)
        case "/v1/responses":
            return openai_responses.answer(_asked(request), SERVICE_SAYS)
        case "/v1/files":
            about = {"object": "file", "filename": "mail.txt", "purpose": "user_data"}
            return whole({"id": "file-1", "bytes": 1, "created_at": 1, **about})
        case "/v1/uploads":
            return whole({"id": "upload_1", "object": "upload", "status": "pending"})
        case "/v1/uploads/upload_1/parts":
            return whole({"id": f"part_{len(request.body)}", "upload_id": "upload_1"})
    return whole({"received_bytes": len(request.body)})


def _gemini(request: Received) -> Said:
    if request.target.startswith("/upload/"):
        url = f"https://{GEMINI}/upload/v1beta/files?upload_id=u1"
        headers = (("x-goog-upload-url", url), ("x-goog-upload-status", "active"))
        return Said((b"",), "text/plain", 200, headers)
    asked = _asked(request)
    said = gemini.answer(asked, request.target, SERVICE_SAYS)
    if "responseJsonSchema" not in (asked or {}).get("generationConfig", {}):
        return said
    # the classifier of gemini-cli, which asks again and again when it does not get what it wants
    judged = {"complexity_reasoning": "short", "complexity_score": 10}
    content = {"role": "model", "parts": [{"text": json.dumps(judged)}]}
    return whole({"candidates": [{"content": content, "finishReason": "STOP", "index": 0}]})


OTHERS: dict[str, Callable[[Received], Said]] = {
    ANTHROPIC: _anthropic,
    GEMINI: _gemini,
    OPENAI: _openai,
    MISTRAL: _mistral,
    COHERE: _cohere,
    OLLAMA: _ollama,
    BEDROCK: _bedrock,
    AZURE: _chat,
    DEEPSEEK: _chat,
    HUGGING_FACE: _hugging_face,
}
