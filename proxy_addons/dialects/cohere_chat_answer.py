"""Answers of Cohere's chat, written for its clients.

Source: `cohere` Python SDK 7.3 (`cohere.types.v2chat_stream_response`), read 2026-11-28.
"""

from uuid import uuid4

from penstock.model import AnswerEvent, CallDelta, CallStarted, Failed, Finished, TextDelta
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.collected import Collected
from proxy_addons.dialects.json_text import dump

_REASONS = {"stop": "COMPLETE", "length": "MAX_TOKENS", "tool_calls": "TOOL_CALL"}


def _usage(finished: Finished) -> Json:
    counts: Json = {
        "input_tokens": finished.input_tokens,
        "output_tokens": finished.output_tokens,
    }
    return {"billed_units": counts, "tokens": counts}


def _event(kind: str, /, **fields: Json) -> bytes:
    return sse.write(dump({"type": kind, **fields}), kind)


class StreamWriter:
    """Server-sent events: text in one block, then each call in one of its own."""

    status = 200
    content_type = "text/event-stream; charset=utf-8"

    def __init__(self) -> None:
        self._id = uuid4().hex
        self._started = False
        self._index = -1
        self._open = ""
        """What the open block is of: `content`, `tool-call` or nothing."""

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        out = self._start()
        match event:
            case TextDelta(text):
                if self._open != "content":
                    out += self._close() + self._begin("content", {"type": "text", "text": ""})
                out += self._delta("content", {"text": text})
            case CallStarted(_, id, name):
                function: Json = {"name": name, "arguments": ""}
                call: Json = {"id": id, "type": "function", "function": function}
                out += self._close() + self._begin("tool-call", call)
            case CallDelta(_, arguments):
                out += self._delta("tool-call", {"function": {"arguments": arguments}})
            case Failed(message):
                error: Json = {"finish_reason": "ERROR", "error": message}
                out += self._close() + _event("message-end", id=self._id, delta=error)
            case Finished(reason):
                delta: Json = {"finish_reason": _REASONS[reason], "usage": _usage(event)}
                out += self._close() + _event("message-end", id=self._id, delta=delta)
        return out

    def _start(self) -> bytes:
        if self._started:
            return b""
        self._started = True
        message: Json = {
            "role": "assistant",
            "content": [],
            "tool_plan": "",
            "tool_calls": [],
            "citations": [],
        }
        return _event("message-start", id=self._id, delta={"message": message})

    def _begin(self, kind: str, what: Json) -> bytes:
        self._index += 1
        self._open = kind
        return self._said(f"{kind}-start", what)

    def _delta(self, kind: str, what: Json) -> bytes:
        return self._said(f"{kind}-delta", what)

    def _said(self, kind: str, what: Json) -> bytes:
        member = "content" if self._open == "content" else "tool_calls"
        return _event(kind, index=self._index, delta={"message": {member: what}})

    def _close(self) -> bytes:
        kind, self._open = self._open, ""
        return _event(f"{kind}-end", index=self._index) if kind else b""


class WholeWriter:
    """One JSON object, written when the answer is complete."""

    status = 200
    content_type = "application/json"

    def __init__(self) -> None:
        self._collected = Collected()

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case Failed(message):
                self.status = 502
                return dump({"message": message})
            case Finished(reason):
                return dump(
                    {
                        "id": uuid4().hex,
                        "finish_reason": _REASONS[reason],
                        "message": self._message(),
                        "usage": _usage(event),
                    }
                )
            case _:
                self._collected.take(event)
                return b""

    def _message(self) -> Json:
        said, calls = self._collected.text, self._collected.calls
        message: dict[str, Json] = {"role": "assistant"}
        if said or not calls:
            message["content"] = [{"type": "text", "text": said}]
        if calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for call in calls
            ]
        return message
