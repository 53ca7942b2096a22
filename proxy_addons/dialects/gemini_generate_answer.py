"""Answers of Google's generateContent in its three forms: one object, server-sent events, array.

Source: ai.google.dev/api/generate-content and what `google-genai` 2.8 and gemini-cli 0.61 accept,
read 2026-11-21. Text parts are pieces, a function call is one whole part, `finishReason` stands in
the last object only (gemini-cli fails without it), and a stream has no terminator.
"""

from typing import Literal
from uuid import uuid4

from penstock.model import AnswerEvent, CallDelta, CallStarted, Failed, Finished, TextDelta
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.collected import NOT_JSON, Call, Collected
from proxy_addons.dialects.json_text import dump

type Form = Literal["object", "events", "array"]
_CONTENT_TYPES: dict[Form, str] = {
    "object": "application/json; charset=UTF-8",
    "events": "text/event-stream",
    "array": "application/json; charset=UTF-8",
}
_FINISH_REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP"}


def error(message: str, code: int, status: str) -> Json:
    """The API's error object; `status` is a canonical code such as `INVALID_ARGUMENT`."""
    return {"error": {"code": code, "message": message, "status": status, "details": []}}


class Writer:
    """Text goes out as it comes; calls are held back until the answer is complete."""

    status = 200

    def __init__(self, form: Form, model: str, envelope: str = "", id: str = "") -> None:
        self.content_type = _CONTENT_TYPES[form]
        self._form: Form = form
        self._model = model
        self._envelope = envelope
        """Member that every object is wrapped in, as Code Assist does; empty: none."""
        self._id = id or uuid4().hex
        self._parts: list[Json] = []
        self._collected = Collected()
        self._begun = False

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case TextDelta(text) if self._form != "object":
                return self._framed(self._answer([{"text": text}]))
            case TextDelta() | CallStarted() | CallDelta():
                self._collected.take(event)
            case Failed(message):
                return self._fail(message)
            case Finished():
                return self._finish(event)
        return b""

    def _finish(self, end: Finished) -> bytes:
        try:
            parts = [_part(call) for call in self._collected.calls]
        except ValueError:
            return self._fail(NOT_JSON)
        if (said := self._collected.text) or not parts:
            parts.insert(0, {"text": said})
        return self._framed(self._answer(parts, end)) + self._close()

    def _answer(self, parts: list[Json], end: Finished | None = None) -> Json:
        candidate: dict[str, Json] = {"content": {"parts": parts, "role": "model"}, "index": 0}
        document: dict[str, Json] = {"candidates": [candidate]}
        if end:
            candidate["finishReason"] = _FINISH_REASONS[end.reason]
            document["usageMetadata"] = {
                "promptTokenCount": end.input_tokens,
                "candidatesTokenCount": end.output_tokens,
                "totalTokenCount": end.input_tokens + end.output_tokens,
            }
        return {**document, "modelVersion": self._model, "responseId": self._id}

    def _fail(self, message: str) -> bytes:
        if self._form == "object":
            self.status = 502
        return self._framed(error(message, 502, "UNAVAILABLE"), wrap=False) + self._close()

    def _framed(self, document: Json, wrap: bool = True) -> bytes:
        if self._envelope and wrap:
            document = {self._envelope: document}
        first, self._begun = not self._begun, True
        match self._form:
            case "object":
                return dump(document)
            case "events":
                return b"data: " + dump(document) + b"\r\n\r\n"
            case "array":
                return (b"[" if first else b",\r\n") + dump(document)

    def _close(self) -> bytes:
        return b"]" if self._form == "array" else b""


def _part(call: Call) -> Json:
    return {"functionCall": {"id": call.id, "name": call.name, "args": call.parsed()}}
