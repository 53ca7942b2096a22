"""Microsoft Copilot's page, `wss://copilot.microsoft.com/c/api/chat`: a JSON event a message.

Source: github.com/xtekky/gpt4free@eef67f8 (`Copilot.py`, `CopilotApp.py`) and three other public
clients, which agree, read 2026-11-21. Captures: tests/proxy_addons/golden/copilot_socket/.
Misses: files that were attached before; earlier turns, which are kept at the service.
"""

from collections.abc import Iterator

from penstock.errors import CannotExpress
from penstock.model import AnswerEvent, Failed, Finished, TextDelta
from proxy_addons.dialects.base import AnswerWriter, Json, Request
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.messages import STAYS_OPEN, TYPE, Message, pack
from proxy_addons.dialects.page import token
from proxy_addons.dialects.restore import Delta, End
from proxy_addons.dialects.socket_page import SocketPage


class CopilotSocket(SocketPage):
    """Reads `send` events; refuses and answers as the service does, in events."""

    name = "copilot_socket"
    words = Generic.words | {"event", "send", "mode", "chat", "smart", "study"}
    credentials = frozenset(("accessToken",))

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        match document:
            case {"event": "send"}:
                for where, text in select(document, "/content/*/text"):
                    yield where, "user", text

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect."""
        match event:
            case {"event": "appendText", "text": str(text), **more}:
                part = f"{more.get('messageId')}/{more.get('partId')}"
                yield Delta(part, "/text", text)
            case {"event": "partCompleted" | "done"}:
                yield End()

    def check(self, asked: Json) -> None:
        """See SocketPage."""
        for _, kind in select(asked, "/content/*/type"):
            if kind != "text":
                raise CannotExpress("pictures and files are kept at the service")

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        return _Writer(token(request.body.decode("utf-8", "replace")))


class _Writer:
    """Received, begun, said piece by piece, done."""

    status = STAYS_OPEN
    content_type = TYPE

    def __init__(self, known_as: str) -> None:
        self._known_as = known_as
        self._begun = False

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        found = [] if self._begun else [self._event("received"), self._event("startMessage")]
        self._begun = True
        match event:
            case TextDelta(text) | Failed(text):
                found.append(self._event("appendText", partId="0", text=text))
        if isinstance(event, Finished | Failed):
            found += [self._event("partCompleted", partId="0"), self._event("done")]
        return pack(*found)

    def _event(self, kind: str, **more: Json) -> Message:
        return Message(dump({"event": kind, "messageId": self._known_as, **more}))


dialect = CopilotSocket()
"""Reads, refuses, restores and answers."""
