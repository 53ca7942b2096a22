"""Microsoft 365 Copilot and the older Copilot of Bing: SignalR, JSON records over a WebSocket.

Each record ends with the character U+001E; several may stand in one message.

Source: github.com/dotnet/aspnetcore, SignalR's hub protocol (JSON encoding), and three public
clients of `/m365Copilot/Chathub` and `/sydney/ChatHub`, read 2026-11-21.
Captures: tests/proxy_addons/golden/copilot_signalr/.
Misses: files of SharePoint and OneDrive, which are named by an id; earlier turns.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from penstock.errors import CannotExpress, ParseError
from penstock.model import AnswerEvent, Edit, Failed, Finished, Prompt, TextDelta
from proxy_addons.dialects import messages
from proxy_addons.dialects.base import AnswerWriter, Filter, Json, Request
from proxy_addons.dialects.framing import Frame
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.json_text import dump, load, select
from proxy_addons.dialects.messages import STAYS_OPEN, TYPE, Message, pack
from proxy_addons.dialects.page import string, token
from proxy_addons.dialects.restore import restorer
from proxy_addons.dialects.socket_page import SocketPage

_END = b"\x1e"
_JSON = "application/json"


class CopilotSignalR(SocketPage):
    """Reads the records of a message as one list."""

    name = "copilot_signalr"
    words = Generic.words | {"target", "arguments", "invocationId", "message", "author", "chat"}
    credentials = frozenset(("access_token",))

    def parse(self, request: Request) -> Prompt:
        """See Dialect."""
        return super().parse(_listed(request) or request)

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect."""
        listed = _listed(request)
        if not edits or listed is None:
            return super().rewrite(request, edits)
        text = super().rewrite(listed, edits).body.decode()
        return replace(request, body=b"".join(r.encode() + _END for r in _items(text)))

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, record in select(document, "/*"):
            match record:
                case {"target": "chat"}:
                    for place, text in select(record, "/arguments/*/message/text"):
                        yield where + place, "user", text

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        return restorer(content_type, originals, self.deltas, _Records())

    def asked(self, request: Request) -> Json:
        """See SocketPage."""
        if (listed := _listed(request)) is None:
            return None
        document = load(listed.body.decode())
        return document if any(self.roles(document)) else None

    def check(self, asked: Json) -> None:
        """See SocketPage."""
        for _, attached in select(asked, "/*/arguments/*/message/attachments"):
            if attached:
                raise CannotExpress("files are kept at the service")

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        found = string(self.asked(request), "/*/invocationId")
        return _Writer(found or "0", token(request.body.decode("utf-8", "replace")))


class _Writer:
    """Updates that repeat all that was said, the whole at the end, and the completion."""

    status = STAYS_OPEN
    content_type = TYPE

    def __init__(self, invocation: str, known_as: str) -> None:
        self._invocation = invocation
        self._known_as = known_as
        self._said = ""

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case TextDelta(text) | Failed(text):
                self._said += text
                told: Json = [{"messages": self._bot()}]
                found: list[Json] = [{"type": 1, "target": "update", "arguments": told}]
            case _:
                found = []
        if isinstance(event, Finished | Failed):
            item: Json = {"messages": self._bot(), "result": {"value": "Success"}}
            found.append({"type": 2, "invocationId": self._invocation, "item": item})
            found.append({"type": 3, "invocationId": self._invocation})
        return pack(*(Message(dump(record) + _END) for record in found))

    def _bot(self) -> list[Json]:
        return [{"author": "bot", "text": self._said, "messageId": self._known_as}]


class _Records:
    """The records in the messages of the service. See Framing."""

    def __init__(self) -> None:
        self._messages = messages.Messages()

    def feed(self, data: bytes) -> Sequence[Frame]:
        """See Framing."""
        return [_Listed(frame) for frame in self._messages.feed(data)]

    def finish(self) -> Sequence[Frame]:
        """See Framing."""
        return self._messages.finish()


class _Listed:
    """A message whose records are one list. A Frame."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self.raw = frame.raw
        listed = _list_of(frame.data or b"")
        self.data = listed.encode() if listed is not None else None

    def put(self, data: bytes) -> bytes:
        """See Frame."""
        return self._frame.put(b"".join(r.encode() + _END for r in _items(data.decode())))


def _listed(request: Request) -> Request | None:
    """The same request with its records as one list; None if it has none."""
    text = _list_of(request.body)
    return None if text is None else replace(request, body=text.encode(), content_type=_JSON)


def _list_of(body: bytes) -> str | None:
    if not body.endswith(_END):
        return None
    try:
        text = f"[{','.join(body[:-1].decode().split(chr(0x1E)))}]"
        load(text)
    except (UnicodeDecodeError, ParseError):
        return None
    return text


def _items(text: str) -> Iterator[str]:
    """The documents of a list, as they are written."""
    at, decoder = 1, json.JSONDecoder()
    while at < len(text) - 1:
        start = at + len(text[at:]) - len(text[at:].lstrip(" \t\r\n"))
        _, at = decoder.raw_decode(text, start)
        yield text[start:at]
        at = text.find(",", at) + 1 or len(text)


dialect = CopilotSignalR()
