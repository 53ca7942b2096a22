"""Answers of Bedrock's Converse, written for its clients: one object, or a binary event stream.

Source: botocore 1.44 (`bedrock-runtime`, ConverseResponse and ConverseStreamOutput), read
2026-11-28.
"""

from penstock.model import AnswerEvent, CallDelta, CallStarted, Failed, Finished, TextDelta
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.collected import NOT_JSON, Collected
from proxy_addons.dialects.event_stream import CONTENT_TYPE, event, exception
from proxy_addons.dialects.json_text import dump

_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}
BROKE_OFF = "modelStreamErrorException"
"""The exception with which a stream that broke off ends."""


def _usage(finished: Finished) -> Json:
    return {
        "inputTokens": finished.input_tokens,
        "outputTokens": finished.output_tokens,
        "totalTokens": finished.input_tokens + finished.output_tokens,
    }


class StreamWriter:
    """Messages of a binary event stream: one block after the other."""

    status = 200
    content_type = CONTENT_TYPE

    def __init__(self) -> None:
        self._started = False
        self._index = -1
        self._open = ""
        """What the open block is of: `text`, `call` or nothing."""

    def write(self, event_: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        out = self._start()
        match event_:
            case TextDelta(text):
                if self._open != "text":
                    out += self._close()
                    self._begin("text")
                out += self._delta({"text": text})
            case CallStarted(_, id, name):
                out += self._close()
                self._begin("call")
                start: Json = {"toolUse": {"toolUseId": id, "name": name}}
                out += self._event("contentBlockStart", start=start)
            case CallDelta(_, arguments):
                out += self._delta({"toolUse": {"input": arguments}})
            case Failed(message):
                out += exception(BROKE_OFF, message)
            case Finished(reason):
                out += self._close() + event("messageStop", {"stopReason": _REASONS[reason]})
                metrics: Json = {"latencyMs": 0}
                out += event("metadata", {"usage": _usage(event_), "metrics": metrics})
        return out

    def _start(self) -> bytes:
        if self._started:
            return b""
        self._started = True
        return event("messageStart", {"role": "assistant"})

    def _begin(self, kind: str) -> None:
        self._index += 1
        self._open = kind

    def _delta(self, delta: Json) -> bytes:
        return self._event("contentBlockDelta", delta=delta)

    def _close(self) -> bytes:
        was, self._open = self._open, ""
        return self._event("contentBlockStop") if was else b""

    def _event(self, kind: str, /, **fields: Json) -> bytes:
        return event(kind, {"contentBlockIndex": self._index, **fields})


class WholeWriter:
    """One JSON object, written when the answer is complete."""

    status = 200
    content_type = "application/json"

    def __init__(self) -> None:
        self._collected = Collected()

    def write(self, event_: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event_:
            case Failed(message):
                return self._fail(message)
            case Finished(reason):
                try:
                    content = self._content()
                except ValueError:
                    return self._fail(NOT_JSON)
                return dump(
                    {
                        "output": {"message": {"role": "assistant", "content": content}},
                        "stopReason": _REASONS[reason],
                        "usage": _usage(event_),
                        "metrics": {"latencyMs": 0},
                    }
                )
            case _:
                self._collected.take(event_)
                return b""

    def _content(self) -> list[Json]:
        said, calls = self._collected.text, self._collected.calls
        content: list[Json] = [{"text": said}] if said or not calls else []
        content += [
            {"toolUse": {"toolUseId": call.id, "name": call.name, "input": call.parsed()}}
            for call in calls
        ]
        return content

    def _fail(self, message: str) -> bytes:
        self.status = 502
        return dump({"message": message})
