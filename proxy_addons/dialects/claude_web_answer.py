"""Answers that Claude's page reads: the events of the vendor's API, with the page's own ids.

Source: captures and public clients of the page, read 2026-11-21.
"""

from dataclasses import dataclass

from penstock.model import AnswerEvent, CallDelta, CallStarted, Failed, Finished, TextDelta
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.json_text import dump

_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "end_turn"}


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer says besides its text."""

    message: str
    asked: str
    """Id of the message it answers."""
    model: str


class StreamWriter:
    """One block of text."""

    status = 200
    content_type = "text/event-stream; charset=utf-8"

    def __init__(self, head: Head) -> None:
        self.head = head
        self._started = False

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        begin = b"" if self._started else self._begin()
        match event:
            case TextDelta(text):
                delta: Json = {"type": "text_delta", "text": text}
                return begin + _event("content_block_delta", index=0, delta=delta)
            case Failed(message):
                details: Json = {"error_code": "policy", "error_visibility": "user_facing"}
                error: Json = {"type": "api_error", "message": message, "details": details}
                return begin + _event("error", error=error)
            case Finished(reason):
                stop: Json = {"stop_reason": _STOP_REASONS[reason], "stop_sequence": None}
                limit: Json = {"type": "within_limit", "resetsAt": None, "windows": {}}
                return (
                    begin
                    + _event("content_block_stop", index=0)
                    + _event("message_delta", delta=stop)
                    + _event("message_limit", message_limit=limit)
                    + _event("message_stop")
                )
            case CallStarted() | CallDelta():  # no tool was offered
                return begin

    def _begin(self) -> bytes:
        self._started = True
        message: Json = {
            "id": f"chatcompl_{self.head.message.replace('-', '')}",
            "uuid": self.head.message,
            "parent_uuid": self.head.asked,
            "type": "message",
            "role": "assistant",
            "model": self.head.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
        }
        block: Json = {"type": "text", "text": "", "citations": []}
        return _event("message_start", message=message) + _event(
            "content_block_start", index=0, content_block=block
        )


def _event(kind: str, /, **fields: Json) -> bytes:
    return sse.write(dump({"type": kind, **fields}), kind)
