"""Answers of the Anthropic messages API: written for its clients, read from its servers.

Source: `anthropic` Python SDK 2.11, `anthropic.types.raw_message_stream_event` and
`anthropic.lib.streaming`, read 2026-11-21. Every event needs its `event:` line: clients skip
events without one and report nothing.
"""

import json
from collections.abc import Iterator
from uuid import uuid4

from penstock.model import AnswerEvent, CallDelta, CallStarted, Failed, Finished, TextDelta
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.json_text import dump

_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


def error(message: str, kind: str = "invalid_request_error") -> Json:
    """The API's error object."""
    return {"type": "error", "error": {"type": kind, "message": message}}


def _event(kind: str, /, **fields: Json) -> bytes:
    return sse.write(dump({"type": kind, **fields}), kind)


def _message(model: str, content: list[Json], stop_reason: str | None, usage: Json) -> Json:
    return {
        "id": f"msg_{uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": usage,
    }


class StreamWriter:
    """Server-sent events: one block after the other, each opened, filled and closed."""

    status = 200
    content_type = "text/event-stream; charset=utf-8"

    def __init__(self, model: str) -> None:
        self._model = model
        self._started = False
        self._index = -1
        self._open: int | None = None
        """Which call the open block is of; -1 for text; None when none is open."""

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter. Calls come one after the other, as every model server sends them."""
        out = self._start()
        match event:
            case TextDelta(text):
                if self._open != -1:
                    out += self._close() + self._begin(-1, {"type": "text", "text": ""})
                out += self._delta({"type": "text_delta", "text": text})
            case CallStarted(index, id, name):
                call: Json = {"type": "tool_use", "id": id, "name": name, "input": {}}
                out += self._close() + self._begin(index, call)
            case CallDelta(index, arguments) if self._open == index:
                out += self._delta({"type": "input_json_delta", "partial_json": arguments})
            case CallDelta():
                out += self._fail("the model mixed two tool calls")
            case Failed(message):
                out += self._fail(message)
            case Finished(reason, input_tokens, output_tokens):
                delta: Json = {"stop_reason": _STOP_REASONS[reason], "stop_sequence": None}
                usage: Json = {"input_tokens": input_tokens, "output_tokens": output_tokens}
                out += self._close() + _event("message_delta", delta=delta, usage=usage)
                out += _event("message_stop")
        return out

    def _start(self) -> bytes:
        if self._started:
            return b""
        self._started = True
        message = _message(self._model, [], None, {"input_tokens": 0, "output_tokens": 0})
        return _event("message_start", message=message)

    def _begin(self, call: int, block: Json) -> bytes:
        self._index += 1
        self._open = call
        return _event("content_block_start", index=self._index, content_block=block)

    def _delta(self, delta: Json) -> bytes:
        return _event("content_block_delta", index=self._index, delta=delta)

    def _close(self) -> bytes:
        if self._open is None:
            return b""
        self._open = None
        return _event("content_block_stop", index=self._index)

    def _fail(self, message: str) -> bytes:
        return _event("error", error={"type": "api_error", "message": message})


class WholeWriter:
    """One JSON object, written when the answer is complete."""

    status = 200
    content_type = "application/json"

    def __init__(self, model: str) -> None:
        self._model = model
        self._blocks: list[tuple[dict[str, Json], list[str]]] = []
        """Each with the pieces of its text, or of the JSON text of its arguments."""
        self._calls: dict[int, list[str]] = {}

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case TextDelta(text):
                if not self._blocks or self._blocks[-1][0]["type"] != "text":
                    self._blocks.append(({"type": "text"}, []))
                self._blocks[-1][1].append(text)
            case CallStarted(index, id, name):
                self._calls[index] = []
                call: dict[str, Json] = {"type": "tool_use", "id": id, "name": name}
                self._blocks.append((call, self._calls[index]))
            case CallDelta(index, arguments):
                self._calls[index].append(arguments)
            case Failed(message):
                return self._fail(message)
            case Finished(reason, input_tokens, output_tokens):
                usage: Json = {"input_tokens": input_tokens, "output_tokens": output_tokens}
                try:
                    content: list[Json] = [_filled(head, said) for head, said in self._blocks]
                except ValueError:
                    return self._fail("the model called a tool with arguments that are not JSON")
                return dump(_message(self._model, content, _STOP_REASONS[reason], usage))
        return b""

    def _fail(self, message: str) -> bytes:
        self.status = 502
        return dump(error(message, "api_error"))


def _filled(head: dict[str, Json], pieces: list[str]) -> dict[str, Json]:
    said = "".join(pieces)
    if head["type"] == "text":
        return {**head, "text": said}
    return {**head, "input": json.loads(said or "{}")}


# ── the other way: what an internal server answers ────────────────────────────────────────────

_REASONS = {"max_tokens": "length", "model_context_window_exceeded": "length"}


class Reader:
    """Reads an answer in either form. An index here counts calls, on the wire it counts blocks."""

    def __init__(self, content_type: str) -> None:
        self._events = sse.Parser() if "event-stream" in content_type.lower() else None
        self._body = bytearray()
        self._calls: dict[int, int] = {}
        """Call by the block it is written in."""
        self._input_tokens = 0
        self._output_tokens = 0
        self._counted = False
        self._reason = ""
        self._done = False

    def feed(self, data: bytes) -> Iterator[AnswerEvent]:
        """See AnswerReader."""
        if self._events is None:
            self._body += data
            return
        for event in self._events.feed(data):
            yield from self._read(event.data)

    def finish(self) -> Iterator[AnswerEvent]:
        """See AnswerReader."""
        if self._events is None:
            yield from self._whole()
        else:
            for event in self._events.finish():
                yield from self._read(event.data)
        if not self._done:
            yield from self._end(self._reason or None)

    def _read(self, data: bytes | None) -> Iterator[AnswerEvent]:
        if self._done or data is None:
            return
        match _loaded(data):
            case {"type": "message_start", "message": {"usage": usage}}:
                self._count(usage)
            case {"type": "content_block_start", "index": int(index), "content_block": block}:
                yield from self._begin(index, block)
            case {"type": "content_block_delta", "index": int(index), "delta": delta}:
                yield from self._go_on(index, delta)
            case {"type": "message_delta", "delta": {"stop_reason": str(reason)}, **rest}:
                self._count(rest.get("usage"))
                self._reason = reason
            case {"type": "message_stop"}:
                yield from self._end(self._reason or "end_turn")
            case {"type": "error"}:
                yield self._failed()

    def _begin(self, index: int, block: Json) -> Iterator[AnswerEvent]:
        match block:
            case {"type": "tool_use", "id": str(id), "name": str(name), **rest}:
                self._calls[index] = call = len(self._calls)
                yield CallStarted(call, id, name)
                if isinstance(arguments := rest.get("input"), dict) and arguments:
                    yield CallDelta(call, json.dumps(arguments, ensure_ascii=False))
            case {"type": "text", "text": str(text)} if text:
                yield TextDelta(text)

    def _go_on(self, index: int, delta: Json) -> Iterator[AnswerEvent]:
        match delta:
            case {"type": "text_delta", "text": str(text)} if text:
                yield TextDelta(text)
            case {"type": "input_json_delta", "partial_json": str(text)} if (
                text and index in self._calls
            ):
                yield CallDelta(self._calls[index], text)

    def _whole(self) -> Iterator[AnswerEvent]:
        match _loaded(bytes(self._body)):
            case {"type": "message", "content": [*blocks], **rest}:
                for index, block in enumerate(blocks):
                    yield from self._begin(index, block)
                self._count(rest.get("usage"))
                yield from self._end(str(rest.get("stop_reason") or "end_turn"))
            case {"type": "error"}:
                yield self._failed()

    def _failed(self) -> Failed:
        """The server's own words stay here: they may quote the prompt."""
        self._done = True
        return Failed("the model's server reported an error")

    def _count(self, usage: object) -> None:
        match usage:
            case {"input_tokens": int(count)}:
                self._input_tokens = count
        match usage:
            case {"output_tokens": int(count)}:
                self._output_tokens, self._counted = count, True

    def _end(self, reason: str | None) -> Iterator[AnswerEvent]:
        self._done = True
        if reason is None:
            yield Failed("the model's answer broke off")
            return
        word = "tool_calls" if self._calls else "stop"
        counts = self._input_tokens, self._output_tokens
        yield Finished(_REASONS.get(reason, word), *counts, estimated=not self._counted)


def _loaded(data: bytes) -> Json:
    try:
        document: Json = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return document
