"""Answers of the responses API, written for its clients.

Source: `openai` Python SDK 3.52 (`openai.lib.streaming.responses`, which insists on the order of
events and on one id for the whole answer), read 2026-11-21.
"""

from collections.abc import Mapping
from uuid import uuid4

from penstock.model import AnswerEvent, CallDelta, CallStarted, Failed, Finished, TextDelta
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.json_text import dump

_ECHOED: Mapping[str, Json] = {
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "reasoning": {"effort": None, "summary": None},
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
"""What an answer repeats of its request, and what it says where the request is silent."""


class _Item:
    """One item of an answer's output: a message, or a call."""

    def __init__(self, index: int, call: CallStarted | None = None) -> None:
        self.index = index
        self.call = call
        self.id = f"{'fc' if call else 'msg'}_{uuid4().hex}"
        self.said: list[str] = []

    def part(self, text: str) -> dict[str, Json]:
        """A message's only part."""
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def document(self, status: str) -> dict[str, Json]:
        """The item as it stands; one in progress is written without what it says."""
        said = "" if status == "in_progress" else "".join(self.said)
        if self.call:
            return {
                "id": self.id,
                "type": "function_call",
                "status": status,
                "call_id": self.call.id,
                "name": self.call.name,
                "arguments": said,
            }
        return {
            "id": self.id,
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": [] if status == "in_progress" else [self.part(said)],
        }


class _Response:
    """The answer as it grows."""

    def __init__(self, request: Json, model: str, at: int) -> None:
        asked = request if isinstance(request, dict) else {}
        self._head: dict[str, Json] = {
            "id": f"resp_{uuid4().hex}",
            "object": "response",
            "created_at": at,
            "background": False,
            "instructions": None,
            "model": model,
            "previous_response_id": None,
            "store": False,
            **{name: asked.get(name) or usual for name, usual in _ECHOED.items()},
        }
        self.items: list[_Item] = []
        self.calls: dict[int, _Item] = {}

    def message(self) -> tuple[_Item, bool]:
        """The message that text goes into, and whether it is new."""
        if self.items and not self.items[-1].call:
            return self.items[-1], False
        self.items.append(_Item(len(self.items)))
        return self.items[-1], True

    def begin(self, call: CallStarted) -> _Item:
        """A new call."""
        item = self.calls[call.index] = _Item(len(self.items), call)
        self.items.append(item)
        return item

    def document(self, status: str, finished: Finished | None = None) -> dict[str, Json]:
        """The response object."""
        return {
            **self._head,
            "status": status,
            "error": None,
            "incomplete_details": (
                {"reason": "max_output_tokens"} if status == "incomplete" else None
            ),
            "output": (
                [item.document(status) for item in self.items] if status != "in_progress" else []
            ),
            "usage": _usage(finished),
        }

    def failed(self, message: str) -> dict[str, Json]:
        """The response object of an answer that broke off."""
        error: Json = {"code": "server_error", "message": message}
        return {**self.document("failed"), "error": error, "output": []}


def _usage(finished: Finished | None) -> Json:
    if finished is None:
        return None
    return {
        "input_tokens": finished.input_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": finished.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": finished.input_tokens + finished.output_tokens,
    }


class StreamWriter:
    """Named events, numbered from 0. Calls stay open until the end, so that they may mix."""

    status = 200
    content_type = "text/event-stream; charset=utf-8"

    def __init__(self, request: Json, model: str, at: int) -> None:
        self._response = _Response(request, model, at)
        self._open: list[_Item] = []
        self._number = 0

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        start = b"" if self._number else self._lifecycle("created") + self._lifecycle("in_progress")
        return start + self._written(event)

    def _written(self, event: AnswerEvent) -> bytes:
        match event:
            case TextDelta(text):
                item, new = self._response.message()
                item.said.append(text)
                return (self._begin(item) if new else b"") + self._part(
                    item, "output_text.delta", delta=text, logprobs=[]
                )
            case CallStarted():
                messages = [item for item in self._open if not item.call]
                return self._end(messages, "completed") + self._begin(self._response.begin(event))
            case CallDelta(index, arguments):
                item = self._response.calls[index]
                item.said.append(arguments)
                return self._of(item, "function_call_arguments.delta", delta=arguments)
            case Failed(message):
                return self._event("failed", response=self._response.failed(message))
            case Finished(reason):
                if not self._response.items:
                    item, _ = self._response.message()
                    return self._begin(item) + self._written(event)
                status = "incomplete" if reason == "length" else "completed"
                return self._end(list(self._open), status) + self._event(
                    status, response=self._response.document(status, event)
                )

    def _begin(self, item: _Item) -> bytes:
        self._open.append(item)
        added = self._event(
            "output_item.added", output_index=item.index, item=item.document("in_progress")
        )
        return (
            added
            if item.call
            else added + self._part(item, "content_part.added", part=item.part(""))
        )

    def _end(self, items: list[_Item], status: str) -> bytes:
        out = b""
        for item in items:
            self._open.remove(item)
            said = "".join(item.said)
            if item.call:
                out += self._of(
                    item, "function_call_arguments.done", name=item.call.name, arguments=said
                )
            else:
                out += self._part(item, "output_text.done", text=said, logprobs=[])
                out += self._part(item, "content_part.done", part=item.part(said))
            out += self._event(
                "output_item.done", output_index=item.index, item=item.document(status)
            )
        return out

    def _part(self, item: _Item, kind: str, **fields: Json) -> bytes:
        return self._of(item, kind, content_index=0, **fields)

    def _of(self, item: _Item, kind: str, **fields: Json) -> bytes:
        return self._event(kind, item_id=item.id, output_index=item.index, **fields)

    def _lifecycle(self, kind: str) -> bytes:
        return self._event(kind, response=self._response.document("in_progress"))

    def _event(self, kind: str, **fields: Json) -> bytes:
        kind = f"response.{kind}"
        data = dump({"type": kind, "sequence_number": self._number, **fields})
        self._number += 1
        return sse.write(data, kind)


class WholeWriter:
    """One JSON object, written when the answer is complete."""

    status = 200
    content_type = "application/json"

    def __init__(self, request: Json, model: str, at: int) -> None:
        self._response = _Response(request, model, at)

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case TextDelta(text):
                self._response.message()[0].said.append(text)
            case CallStarted():
                self._response.begin(event)
            case CallDelta(index, arguments):
                self._response.calls[index].said.append(arguments)
            case Failed(message):
                return dump(self._response.failed(message))
            case Finished(reason):
                status = "incomplete" if reason == "length" else "completed"
                return dump(self._response.document(status, event))
        return b""
