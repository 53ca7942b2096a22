"""Answers of the realtime API, written for its clients: texts and calls, never speech.

Source: wire types of the `openai` Python SDK 3.52 (`openai.types.realtime`), read 2026-11-28. The
events of an answer are those of the responses API, with other objects in them.
"""

from collections.abc import Iterator

from penstock.model import AnswerEvent, Finished
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.json_text import dump, load
from proxy_addons.dialects.messages import STAYS_OPEN, TYPE, Message, pack
from proxy_addons.dialects.openai_responses_answer import StreamWriter
from proxy_addons.dialects.page import token

_ENDS = ("response.completed", "response.incomplete", "response.failed")
_NOT_HERE = ("sequence_number", "logprobs")
_OF_A_RESPONSE = ("id", "status", "output", "usage")


class ResponseWriter:
    """The events of an answer, one a message."""

    status = STAYS_OPEN
    content_type = TYPE

    def __init__(self, model: str) -> None:
        self._writer = StreamWriter({}, model, 0)
        self._response = ""
        self._count = 0

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        written = self._writer.write(event)
        said = [e.data for e in sse.Parser().feed(written) if e.data is not None]
        found = [told for data in said for told in self._told(load(data.decode()))]
        return pack(*map(self._message, found))

    def _told(self, event: Json) -> Iterator[dict[str, Json]]:
        match event:
            case {"type": "response.created", "response": dict(response)}:
                self._response = str(response.get("id"))
                yield {"type": "response.created", "response": _response(response)}
            case {"type": str(kind), "response": dict(response)} if kind in _ENDS:
                yield {"type": "response.done", "response": _response(response)}
            case {"type": str(kind), "item": dict(item), "output_index": index}:
                told = _item(item)
                whose: dict[str, Json] = {"response_id": self._response, "output_index": index}
                yield {"type": kind, **whose, "item": told}
                yield {"type": f"conversation.item.{kind.rpartition('.')[2]}", "item": told}
            case dict(document) if "item_id" in document:
                kept = {k: v for k, v in document.items() if k not in _NOT_HERE}
                if "part" in kept:
                    kept["part"] = _part(kept["part"])
                yield {"response_id": self._response, **kept}

    def _message(self, event: dict[str, Json]) -> Message:
        self._count += 1
        id = f"event_{token(self._response, str(self._count))}"
        return Message(dump({"event_id": id, **event}))


class TakenWriter:
    """What the service says of a message that asks for nothing yet: that it was taken."""

    status = STAYS_OPEN
    content_type = TYPE

    def __init__(self, asked: Json) -> None:
        self._asked = asked

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        if not isinstance(event, Finished):
            return b""
        seed = dump(self._asked).decode()
        head: dict[str, Json] = {"event_id": f"event_{token(seed)}"}
        match self._asked:
            case {"session": session}:
                return pack(Message(dump({"type": "session.updated", **head, "session": session})))
            case {"item": dict(item)}:
                whole: dict[str, Json] = {"id": f"item_{token('item', seed)[:21]}", **item}
                whole |= {"object": "realtime.item", "status": "completed"}
                kinds = ("conversation.item.added", "conversation.item.done")
                return pack(*(Message(dump({"type": k, **head, "item": whole})) for k in kinds))
        return b""


def _response(document: dict[str, Json]) -> Json:
    kept: dict[str, Json] = {name: document.get(name) for name in _OF_A_RESPONSE}
    output = kept["output"]
    kept["output"] = [
        _item(item)
        for item in (output if isinstance(output, list) else ())
        if isinstance(item, dict)
    ]
    error = document.get("error")
    details: Json = {"type": "failed", "error": error} if error else None
    return {
        **kept,
        "object": "realtime.response",
        "output_modalities": ["text"],
        "status_details": details,
    }


def _item(item: dict[str, Json]) -> dict[str, Json]:
    told: dict[str, Json] = {**item, "object": "realtime.item"}
    match item.get("content"):
        case [*parts]:
            told["content"] = [
                {"type": "output_text", "text": part.get("text")}
                for part in parts
                if isinstance(part, dict)
            ]
    return told


def _part(part: Json) -> Json:
    text = part.get("text") if isinstance(part, dict) else ""
    return {"type": "text", "text": text}
