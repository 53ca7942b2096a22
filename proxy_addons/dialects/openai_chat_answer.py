"""Answers of the chat completions API: written for its clients, read from its servers.

Source: `openai` Python SDK 3.52 (`openai.types.chat.chat_completion_chunk`,
`openai.lib.streaming.chat`), read 2026-11-21; the differences between servers as vLLM, SGLang,
Ollama, llama.cpp, llama-cpp-python and transformers show them.
"""

import json
from collections.abc import Iterator, Mapping
from uuid import uuid4

from penstock.model import (
    AnswerEvent,
    CallDelta,
    CallStarted,
    Chat,
    Failed,
    Finished,
    TextDelta,
    ToolCall,
    ToolResult,
)
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.collected import Collected
from proxy_addons.dialects.json_text import dump


def error(message: str, code: str | None, kind: str = "invalid_request_error") -> Json:
    """The API's error object."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def usage(finished: Finished) -> Json:
    """The API's token counts."""
    return {
        "prompt_tokens": finished.input_tokens,
        "completion_tokens": finished.output_tokens,
        "total_tokens": finished.input_tokens + finished.output_tokens,
    }


class StreamWriter:
    """Chunks: the role first, then text and calls, then why it ended, then `[DONE]`."""

    status = 200
    content_type = "text/event-stream; charset=utf-8"

    def __init__(self, model: str, with_usage: bool, at: int) -> None:
        self._at = at
        self._model = model
        self._with_usage = with_usage
        self._id = f"chatcmpl-{uuid4().hex}"
        self._role: dict[str, Json] = {"role": "assistant"}
        """What the first chunk says besides its own; empty afterwards."""

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case TextDelta(text):
                return self._begin() + self._delta({"content": text})
            case CallStarted(index, id, name):
                function: Json = {"name": name, "arguments": ""}
                call: Json = {"index": index, "id": id, "type": "function", "function": function}
                first = {**self._role, "content": None} if self._role else {}
                self._role = {}
                return self._delta({**first, "tool_calls": [call]})
            case CallDelta(index, arguments):
                more: Json = {"index": index, "function": {"arguments": arguments}}
                return self._delta({"tool_calls": [more]})
            case Failed(message):
                return sse.write(dump(error(message, "server_error", "server_error")))
            case Finished(reason):
                end = self._begin() + self._delta({}, reason)
                if self._with_usage:
                    end += self._chunk([], usage(event))
                return end + sse.write(b"[DONE]")

    def _begin(self) -> bytes:
        if not self._role:
            return b""
        role, self._role = self._role, {}
        return self._delta({**role, "content": ""})

    def _delta(self, delta: Json, reason: str | None = None) -> bytes:
        choice: Json = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return self._chunk([choice], None)

    def _chunk(self, choices: list[Json], counts: Json) -> bytes:
        chunk: dict[str, Json] = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self._at,
            "model": self._model,
            "choices": choices,
        }
        if self._with_usage:
            chunk["usage"] = counts
        return sse.write(dump(chunk))


class WholeWriter:
    """One JSON object, written when the answer is complete."""

    status = 200
    content_type = "application/json"

    def __init__(self, model: str, at: int) -> None:
        self._model = model
        self._at = at
        self._collected = Collected()

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case TextDelta() | CallStarted() | CallDelta():
                self._collected.take(event)
            case Failed(message):
                self.status = 502
                return dump(error(message, "server_error", "server_error"))
            case Finished(reason):
                return dump(
                    {
                        "id": f"chatcmpl-{uuid4().hex}",
                        "object": "chat.completion",
                        "created": self._at,
                        "model": self._model,
                        "choices": [
                            {
                                "index": 0,
                                "message": self._message(),
                                "logprobs": None,
                                "finish_reason": reason,
                            }
                        ],
                        "usage": usage(event),
                    }
                )
        return b""

    def _message(self) -> Json:
        said, calls = self._collected.text, self._collected.calls
        message: dict[str, Json] = {
            "role": "assistant",
            "content": said if said or not calls else None,
            "refusal": None,
        }
        if calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": "".join(call.pieces)},
                }
                for call in calls
            ]
        return message


# ── the other way: what an internal server answers ────────────────────────────────────────────

_REASONS = {"length": "length", "tool_calls": "tool_calls", "function_call": "tool_calls"}
_CHARACTERS_PER_TOKEN = 4


class Reader:
    """Reads an answer in whatever form it comes: streamed or whole, asked for or not."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._events = sse.Parser()
        self._body = bytearray()
        self._streamed: bool | None = None
        self._calls: dict[int, tuple[int, Json]] = {}
        """Our index and the server's id of the call it writes under an index of its own."""
        self._count = 0
        self._written = 0
        self._reason: str | None = None
        self._usage: tuple[int, int] | None = None
        self._done = False

    def feed(self, data: bytes) -> Iterator[AnswerEvent]:
        """See AnswerReader."""
        if self._streamed is None:
            self._body += data
            if not (start := self._body.lstrip()[:1]):
                return
            # an object is a whole answer, whatever the content type says
            self._streamed = start != b"{"
            data = bytes(self._body)
            self._body.clear()
        if not self._streamed:
            self._body += data
            return
        for event in self._events.feed(data):
            yield from self._read(event.data)

    def finish(self) -> Iterator[AnswerEvent]:
        """See AnswerReader."""
        if self._streamed:
            for event in self._events.finish():
                yield from self._read(event.data)
        else:
            yield from self._read(bytes(self._body))
        if not self._done:
            yield from self._end()

    def _read(self, data: bytes | None) -> Iterator[AnswerEvent]:
        if self._done or data is None:
            return
        if data.strip() == b"[DONE]":
            self._reason = self._reason or "stop"
            yield from self._end()
            return
        document = _loaded(data)
        if not isinstance(document, dict):
            return
        if document.get("error") or document.get("object") == "error" or "detail" in document:
            self._done = True
            yield Failed("the model's server reported an error")
            return
        match document.get("usage"):
            case {"prompt_tokens": int(input_tokens), "completion_tokens": int(output_tokens)}:
                self._usage = input_tokens, output_tokens
        match document.get("choices"):
            case [{**choice}, *_]:
                said = choice.get("delta") or choice.get("message")
                if isinstance(said, dict):
                    yield from self._said(said)
                if isinstance(reason := choice.get("finish_reason"), str):
                    self._reason = reason

    def _said(self, delta: Mapping[str, Json]) -> Iterator[AnswerEvent]:
        for text in (*_texts(delta.get("content")), *_texts(delta.get("refusal"))):
            self._written += len(text)
            yield TextDelta(text)
        calls = delta.get("tool_calls")
        for place, call in enumerate(calls if isinstance(calls, list) else ()):
            if isinstance(call, dict) and isinstance(function := call.get("function"), dict):
                index = call.get("index")
                yield from self._call(
                    index if isinstance(index, int) else place, call.get("id"), function
                )

    def _call(self, place: int, id: Json, function: Mapping[str, Json]) -> Iterator[AnswerEvent]:
        name = function.get("name")
        known = self._calls.get(place)
        # some servers write every call under index 0: a new id begins a new call
        if isinstance(name, str) and name and (known is None or (id and id != known[1])):
            self._calls[place] = self._count, id
            made = id if isinstance(id, str) and id else f"call_{uuid4().hex}"
            yield CallStarted(self._count, made, name)
            self._count += 1
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            arguments = json.dumps(arguments, ensure_ascii=False)
        if isinstance(arguments, str) and arguments and place in self._calls:
            self._written += len(arguments)
            yield CallDelta(self._calls[place][0], arguments)

    def _end(self) -> Iterator[AnswerEvent]:
        self._done = True
        if self._reason is None:
            yield Failed("the model's answer broke off")
            return
        reason = _REASONS.get(self._reason, "stop")
        if self._count and reason == "stop":
            reason = "tool_calls"
        if self._usage:
            yield Finished(reason, *self._usage)
        else:
            written = -(-self._written // _CHARACTERS_PER_TOKEN)
            yield Finished(reason, _estimate(self._chat), written, estimated=True)


def _texts(content: Json) -> Iterator[str]:
    match content:
        case str(text) if text:
            yield text
        case [*parts]:
            for part in parts:
                match part:
                    case {"text": str(text)} if text:
                        yield text


def _estimate(chat: Chat) -> int:
    """Tokens of a conversation, roughly."""
    characters = sum(len(tool.description) + len(tool.parameters) for tool in chat.tools)
    for part in (p for turn in chat.turns for p in turn.parts):
        match part:
            case str():
                characters += len(part)
            case ToolCall():
                characters += len(part.arguments)
            case ToolResult():
                characters += len(part.content)
    return -(-characters // _CHARACTERS_PER_TOKEN)


def _loaded(data: bytes) -> Json:
    try:
        document: Json = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return document
