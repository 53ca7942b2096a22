"""OpenAI Realtime over a WebSocket, `/v1/realtime`: a session whose messages are events.

A session that is to be answered in text alone can go on inside: items and settings are taken here
then, and what was said before is known from the socket. From there on all of it stays inside.
Source: wire types of the `openai` Python SDK 3.52 (`openai.types.realtime`), read 2026-11-28.
Captures: tests/proxy_addons/golden/openai_realtime/.
Misses: speech, which is reported as unread and never answered inside; items that are named by an
id; what was said before the last 2 MiB.
"""

from collections.abc import Iterator, Sequence

from penstock.errors import CannotExpress, ParseError
from penstock.model import Chat, Finished, TextDelta
from proxy_addons.dialects.base import Answer, AnswerWriter, Exchange, Json, Request
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.json_text import dump, load, select
from proxy_addons.dialects.messages import METHOD, STAYS_OPEN, TYPE, Message, pack
from proxy_addons.dialects.openai_chat import ROLES, said
from proxy_addons.dialects.openai_chat_answer import error
from proxy_addons.dialects.openai_realtime_answer import ResponseWriter, TakenWriter
from proxy_addons.dialects.openai_responses import dialect as responses
from proxy_addons.dialects.openai_responses_request import read_chat
from proxy_addons.dialects.restore import Delta, End

_UPDATE, _CREATE, _RESPOND = "session.update", "conversation.item.create", "response.create"
_ANSWERED_BY = {
    _UPDATE: "session.updated",
    _CREATE: "conversation.item.done",
    _RESPOND: "response.done",
    "conversation.item.delete": "conversation.item.deleted",
    "conversation.item.truncate": "conversation.item.truncated",
    "input_audio_buffer.commit": "input_audio_buffer.committed",
}
"""What changes a conversation, and the event that says that it did."""
_ENDINGS = tuple(f'"{kind}"'.encode() for kind in _ANSWERED_BY.values())
_LASTING = ("instructions", "tools", "tool_choice")


class OpenAIRealtime(Generic):
    """Gives instructions and items their roles; tools and settings are swept up as `other`."""

    name = "openai_realtime"
    words = Generic.words | {
        *("session", "item", "event_id", "audio", "session.update", "response.create"),
        *("response.cancel", "conversation.item.create", "input_audio_buffer.append"),
    }

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, text in select(document, "/session/instructions", "/response/instructions"):
            yield where, "system", text
        for where, item in select(document, "/item", "/response/input/*"):
            match item:
                case {"role": str(role), "content": content}:
                    yield from said(f"{where}/content", ROLES.get(role, "other"), content)
                case {"output": output}:
                    yield f"{where}/output", "tool", output
                case {"arguments": arguments}:
                    yield f"{where}/arguments", "assistant", arguments

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect. The events are named as those of the responses API."""
        yield from responses.deltas(event)
        match event:
            case {"type": "response.done"}:
                yield End()

    def refuse(self, request: Request, message: str) -> Answer:
        """An answer where one is asked for, in text; else the API's own error, and the answer to
        whoever asks about a refused item all the same. The session goes on."""
        if request.method != METHOD:
            return super().refuse(request, message)
        writer = ResponseWriter("")
        said = writer.write(TextDelta(message)) + writer.write(Finished("stop", 0, 0))
        kind = _read(request.body).get("type")
        if kind == _RESPOND:
            return Answer(STAYS_OPEN, TYPE, said)
        told = {"type": "error", "event_id": "event_penstock", "error": _error(message)}
        later = said if kind == _CREATE else b""
        return Answer(STAYS_OPEN, TYPE, pack(Message(dump(told))), later=later)

    # ── redirects ──

    def begins(self, message: bytes) -> bool:
        """See Continuing."""
        return _read(message).get("type") in _ANSWERED_BY

    def asks(self, message: bytes) -> bool:
        """See Deferring."""
        return _read(message).get("type") == _RESPOND

    def completes(self, message: bytes) -> str | None:
        """See Continuing. A session is one conversation, which needs no name."""
        if not any(ending in message for ending in _ENDINGS):
            return None
        match _read(message):
            case {"type": "conversation.item.done", "item": {"role": "assistant"}}:
                return None  # a part of an answer
            case {"type": str(kind)} if kind in _ANSWERED_BY.values():
                return ""
            case _:
                return None

    def goes_on(self, request: Request) -> bool:
        """See Continuing."""
        return self.begins(request.body)

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        return self.chat_after(request, ())

    def chat_after(self, request: Request, past: Sequence[Exchange]) -> Chat:
        """See Continuing."""
        document = _read(request.body)
        kind = document.get("type")
        session, items = _history(past)
        if kind == _UPDATE:
            session = session | _of(document.get("session"))
        asked = _of(document.get("response"))
        if not _wants_text(session | asked):
            raise CannotExpress("the answer is to be spoken")
        if kind == _CREATE:
            items.append(_placed(document))
        if kind in (_UPDATE, _CREATE):
            read_chat({"input": items})  # what has no form is an error before it is taken
            return Chat((), stream=True, model="", max_tokens=0)
        if kind != _RESPOND:
            raise CannotExpress("only items and answers have a form for another model")
        own = asked.get("input")
        lasting = {name: session[name] for name in _LASTING if session.get(name)}
        lasting |= {name: asked[name] for name in _LASTING if asked.get(name)}
        limit = asked.get("max_output_tokens", session.get("max_output_tokens"))
        whole = lasting | {"input": own if isinstance(own, list) else items, "stream": True}
        if isinstance(limit, int):
            whole["max_output_tokens"] = limit
        return read_chat(whole)

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        document = _read(request.body)
        taken = document.get("type") in (_UPDATE, _CREATE)
        return TakenWriter(document) if taken else ResponseWriter(model)


def _history(past: Sequence[Exchange]) -> tuple[dict[str, Json], list[Json]]:
    """The session and the items of a conversation so far. Raises CannotExpress where it is not
    known what became of a part of it."""
    session: dict[str, Json] = {}
    items: list[Json] = []
    for exchange in past:
        asked, answered = _read(exchange.asked), _read(exchange.answered)
        kind = str(asked.get("type"))
        if answered.get("type") != _ANSWERED_BY.get(kind):
            raise CannotExpress("a part of the conversation cannot be told apart")
        if kind == _UPDATE:
            session |= _of(asked.get("session"))
        elif kind == _CREATE:
            items.append(_placed(asked))
        elif kind == _RESPOND:
            if _of(asked.get("response")).get("conversation") != "none":
                items += (item for _, item in select(answered, "/response/output/*"))
        else:
            raise CannotExpress("a part of the conversation was spoken or taken out")
    return session, items


def _placed(asked: dict[str, Json]) -> Json:
    if asked.get("previous_item_id"):
        raise CannotExpress("an item is put between others")
    return asked.get("item")


def _wants_text(settings: Json) -> bool:
    match settings:
        case {"output_modalities": ["text"]}:
            return True
        case _:
            return False


def _read(message: bytes) -> dict[str, Json]:
    """A message that is a JSON object; an empty one for any other."""
    try:
        return _of(load(message.decode()))
    except (UnicodeDecodeError, ParseError):
        return {}


def _of(document: Json) -> dict[str, Json]:
    return document if isinstance(document, dict) else {}


def _error(message: str) -> Json:
    match error(message, "invalid_prompt"):
        case {"error": dict(told)}:
            return {**told, "event_id": None}
        case other:
            return other


dialect = OpenAIRealtime()
"""Reads, rewrites, refuses, restores; answers in text."""
