"""Answers that ChatGPT's page reads: as changes to a message, or as the message each time anew.

Source: parsers of the public clients `g4f` and others, and captures, read 2026-11-21. The page asks
for changes by `supported_encodings: ["v1"]`.
"""

from dataclasses import dataclass, field

from penstock.model import AnswerEvent, CallDelta, CallStarted, Failed, Finished, TextDelta
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.json_text import dump
from proxy_addons.dialects.page import Growing

_TEXT = "/message/content/parts/0"


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer says besides its text."""

    conversation: str
    message: str
    asked: str
    """Id of the message it answers."""
    model: str
    created: float
    """When that was written, by the browser's clock."""
    title: str = field(repr=False)
    """Of a new chat."""

    def document(self, text: str, *, ended: bool) -> Json:
        """The message as it stands."""
        return {
            "message": {
                "id": self.message,
                "author": {"role": "assistant", "name": None, "metadata": {}},
                "create_time": self.created,
                "update_time": None,
                "content": {"content_type": "text", "parts": [text]},
                "status": "finished_successfully" if ended else "in_progress",
                "end_turn": True if ended else None,
                "weight": 1.0,
                "metadata": {
                    "message_type": "next",
                    "model_slug": self.model,
                    "parent_id": self.asked,
                    **(_COMPLETE if ended else {}),
                },
                "recipient": "all",
                "channel": "final",
            },
            "conversation_id": self.conversation,
            "error": None,
        }


_COMPLETE: dict[str, Json] = {"finish_details": {"type": "stop"}, "is_complete": True}


def _say(document: Json, event: str = "") -> bytes:
    return sse.write(dump(document), event)


def _broken(head: Head, message: str) -> bytes:
    return _say({"message": None, "conversation_id": head.conversation, "error": message})


class DeltaWriter:
    """The message once, empty; then what is added to it. Path and operation are said once."""

    status = 200
    content_type = "text/event-stream; charset=utf-8"

    def __init__(self, head: Head) -> None:
        self.head = head
        self._started = False
        self._path_is_said = False

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        begin = b"" if self._started else self._begin()
        match event:
            case TextDelta(text):
                where: dict[str, Json] = {} if self._path_is_said else {"p": _TEXT, "o": "append"}
                self._path_is_said = True
                return begin + _say({**where, "v": text}, "delta")
            case Failed(message):
                return begin + _broken(self.head, message) + sse.write(b"[DONE]")
            case Finished():
                return begin + self._end()
            case CallStarted() | CallDelta():  # no tool was offered
                return begin

    def _begin(self) -> bytes:
        self._started = True
        empty = {"p": "", "o": "add", "v": self.head.document("", ended=False), "c": 0}
        return sse.write(b'"v1"', "delta_encoding") + _say(empty, "delta")

    def _end(self) -> bytes:
        changes: Json = [
            {"p": "/message/status", "o": "replace", "v": "finished_successfully"},
            {"p": "/message/end_turn", "o": "replace", "v": True},
            {"p": "/message/metadata", "o": "append", "v": _COMPLETE},
        ]
        conversation = self.head.conversation
        titled = _say(
            {
                "type": "title_generation",
                "title": self.head.title,
                "conversation_id": conversation,
            }
        )
        return (
            _say({"p": "", "o": "patch", "v": changes}, "delta")
            + (titled if self.head.title else b"")
            + _say({"type": "message_stream_complete", "conversation_id": conversation})
            + sse.write(b"[DONE]")
        )


class SnapshotWriter:
    """The message again and again, each time with more of its text."""

    status = 200
    content_type = "text/event-stream; charset=utf-8"

    def __init__(self, head: Head) -> None:
        self.head = head
        self._said = Growing()

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case TextDelta(text):
                if not self._said.add(text):
                    return b""
                return _say(self.head.document(self._said.text, ended=False))
            case Failed(message):
                return _broken(self.head, message) + sse.write(b"[DONE]")
            case Finished():
                whole = self.head.document(self._said.text, ended=True)
                return _say(whole) + sse.write(b"[DONE]")
            case CallStarted() | CallDelta():  # no tool was offered
                return b""
