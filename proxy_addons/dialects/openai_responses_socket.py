"""OpenAI Responses over a WebSocket, as Codex speaks it: `/v1/responses`, one message a request.

A message says what `POST /v1/responses` would, and the service answers with the events of its
stream, one a message. Messages go on from earlier answers by `previous_response_id`.

Source: wire types of the `openai` Python SDK 3.52 and the socket of Codex 0.169 (`openai-beta:
responses_websockets=2026-02-06`), read 2026-11-21.
Captures: tests/proxy_addons/golden/openai_responses_socket/.
Misses: as `openai_responses`; what was said on another socket, or before the last 2 MiB.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.errors import CannotExpress
from penstock.model import AnswerEvent, Chat, Finished
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import Answer, AnswerWriter, Exchange, Filter, Json, Request
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.json_text import dump, load
from proxy_addons.dialects.messages import METHOD, STAYS_OPEN, TYPE, Message, pack
from proxy_addons.dialects.openai_chat_answer import error
from proxy_addons.dialects.openai_responses import OpenAIResponses, read_message, unrolled
from proxy_addons.dialects.openai_responses_answer import StreamWriter
from proxy_addons.dialects.openai_responses_request import read_chat
from proxy_addons.dialects.restore import restorer

_CREATE = b"response.create"
_OF_THE_SOCKET = ("type", "generate", "stream_id")
_LIFECYCLE = (b'"response.created"', b'"response.completed"')


class OpenAIResponsesSocket(OpenAIResponses, Generic):
    """Reads each message as a request of its own; what is no JSON is read as `generic` does."""

    name = "openai_responses_socket"
    words = Generic.words | {"response.create", "generate", "stream_id", "response.steer"}

    def refuse(self, request: Request, message: str) -> Answer:
        """The API's own error; Codex shows the message as it is and does not try again."""
        if request.method != METHOD:
            return super().refuse(request, message)
        said = {"type": "error", "status": 400, **_of(error(message, "invalid_prompt"))}
        return Answer(
            STAYS_OPEN, TYPE, pack(Message(dump(said | _stream(read_message(request.body)))))
        )

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        return restorer(content_type, originals, self.deltas)

    # ── redirects ──

    def begins(self, message: bytes) -> bool:
        """See Continuing."""
        return _CREATE in message

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        return self.chat_after(request, ())

    def chat_after(self, request: Request, past: Sequence[Exchange]) -> Chat:
        """See Continuing."""
        document = read_message(request.body)
        if document.get("type") != "response.create":
            raise CannotExpress("only a message that asks for an answer can be answered")
        whole = unrolled(document, past) | {"stream": True}
        for name in _OF_THE_SOCKET:
            whole.pop(name, None)
        if document.get("generate") is False:
            return Chat((), stream=True, model=str(document.get("model", "")), max_tokens=0)
        return read_chat(whole)

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        return _SocketWriter(read_message(request.body), model, request.at)


class _SocketWriter:
    """The events of a streamed answer, one a message."""

    status = STAYS_OPEN
    content_type = TYPE

    def __init__(self, request: dict[str, Json], model: str, at: int) -> None:
        self._writer = StreamWriter(request, model, at)
        self._stream = _stream(request)
        self._only_prepares = request.get("generate") is False

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        written = self._writer.write(event)
        events = [e.data for e in sse.Parser().feed(written) if e.data is not None]
        if self._only_prepares and isinstance(event, Finished):
            events = [_prepared(e) for e in events if any(kind in e[:40] for kind in _LIFECYCLE)]
        if self._stream:
            events = [dump(_of(load(e.decode())) | self._stream) for e in events]
        return pack(*map(Message, events))


def _prepared(event: bytes) -> bytes:
    """`response.created` or `response.completed` of an answer that says nothing."""
    document = _of(load(event.decode()))
    response = _of(document.get("response"))
    return dump(document | {"response": response | {"output": []}})


def _of(document: Json) -> dict[str, Any]:
    return document if isinstance(document, dict) else {}


def _stream(document: Mapping[str, Json]) -> dict[str, Json]:
    found = document.get("stream_id")
    return {"stream_id": found} if isinstance(found, str) else {}


dialect = OpenAIResponsesSocket()
