"""Answers of Ollama's own API, written for its clients: lines of JSON, or one object.

Source: ollama/ollama `docs/api.md`, `ollama` Python library 0.6 (`ollama._types`), which wants
times and durations to be there, read 2026-11-28.
"""

from datetime import UTC, datetime
from typing import Literal

from penstock.model import AnswerEvent, Failed, Finished, TextDelta
from proxy_addons.dialects.base import Json, Request
from proxy_addons.dialects.collected import NOT_JSON, Collected
from proxy_addons.dialects.json_text import dump

type Form = Literal["chat", "generate"]
_REASONS = {"stop": "stop", "length": "length", "tool_calls": "stop"}


def form_of(request: Request) -> Form:
    """Which of the two forms `request` has."""
    return "chat" if request.target.partition("?")[0].endswith("/chat") else "generate"


def _head(model: str, at: int) -> dict[str, Json]:
    return {
        "model": model,
        "created_at": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _line(form: Form, head: dict[str, Json], text: str, calls: Json = None) -> dict[str, Json]:
    if form == "generate":
        return {**head, "response": text, "done": False}
    message: dict[str, Json] = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = calls
    return {**head, "message": message, "done": False}


def _end(finished: Finished) -> dict[str, Json]:
    return {
        "done": True,
        "done_reason": _REASONS[finished.reason],
        "total_duration": 0,
        "load_duration": 0,
        "prompt_eval_count": finished.input_tokens,
        "prompt_eval_duration": 0,
        "eval_count": finished.output_tokens,
        "eval_duration": 0,
    }


def _calls(collected: Collected) -> Json:
    """Raises ValueError where arguments are not a JSON object."""
    return [
        {"id": call.id, "function": {"name": call.name, "arguments": call.parsed()}}
        for call in collected.calls
    ]


class StreamWriter:
    """One line for each piece of text, one for all calls, and one that says how it ended."""

    status = 200
    content_type = "application/x-ndjson"

    def __init__(self, form: Form, model: str, at: int) -> None:
        self._form: Form = form
        self._head = _head(model, at)
        self._collected = Collected()

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case TextDelta(text):
                return dump(_line(self._form, self._head, text)) + b"\n"
            case Failed(message):
                return dump({"error": message}) + b"\n"
            case Finished():
                return self._finish(event)
            case _:
                self._collected.take(event)
                return b""

    def _finish(self, finished: Finished) -> bytes:
        out = b""
        if self._collected.calls:
            try:
                calls = _calls(self._collected)
            except ValueError:
                return dump({"error": NOT_JSON}) + b"\n"
            out = dump(_line(self._form, self._head, "", calls)) + b"\n"
        return out + dump({**_line(self._form, self._head, ""), **_end(finished)}) + b"\n"


class WholeWriter:
    """One JSON object, written when the answer is complete."""

    status = 200
    content_type = "application/json; charset=utf-8"

    def __init__(self, form: Form, model: str, at: int) -> None:
        self._form: Form = form
        self._head = _head(model, at)
        self._collected = Collected()

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case Failed(message):
                return self._fail(message)
            case Finished():
                try:
                    calls = _calls(self._collected)
                except ValueError:
                    return self._fail(NOT_JSON)
                said = _line(self._form, self._head, self._collected.text, calls)
                return dump({**said, **_end(event)})
            case _:
                self._collected.take(event)
                return b""

    def _fail(self, message: str) -> bytes:
        self.status = 502
        return dump({"error": message})
