"""Turns of chains that go on by the names of their answers, kept sealed; see `answers`."""

from typing import Any, Self

from penstock.errors import InspectionError
from penstock.model import Decision, Sender
from proxy_addons.chats.threads import Threads
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import Chained, Filter, Request
from proxy_addons.places import log_place

type Note = dict[str, Any]

MOST_BYTES = 1024 * 1024
"""Of one turn; a longer one ends its chain."""


class Hearing:
    """Passes an answer of the service on, and notes the message that completes it. A Filter."""

    def __init__(
        self, dialect: Chained, request: Request, before: str, kept: Decision | None = None
    ) -> None:
        """`request` as the client wrote it, which goes on from the answer `before`, if any;
        `kept`: by what those who go on from there stay inside."""
        self._kept = kept
        self._dialect = dialect
        self._request = request
        self._before = before
        self._within: Filter | None = None
        self._parser: sse.Parser | None = None
        self._whole = bytearray()
        self._ended: tuple[str, bytes] | None = None

    def around(self, content_type: str, within: Filter | None) -> Self:
        """What comes out of `within` is what is heard."""
        self._within = within
        self._parser = sse.Parser() if "event-stream" in content_type else None
        return self

    def feed(self, data: bytes) -> bytes:
        """See Filter."""
        return self._hear(self._within.feed(data) if self._within else data)

    def finish(self) -> bytes:
        """See Filter."""
        data = self._hear(self._within.finish() if self._within else b"")
        if self._parser is None and len(self._whole) <= MOST_BYTES:
            self._ended = self._dialect.ended(self._request, bytes(self._whole))
        return data

    def _hear(self, data: bytes) -> bytes:
        if self._parser is None:
            if len(self._whole) <= MOST_BYTES:
                self._whole += data
            return data
        for event in self._parser.feed(data):
            self._ended = self._dialect.ended(self._request, event.raw) or self._ended
        return data

    async def keep(self, threads: Threads, sender: Sender) -> None:
        """Keeps the turn, if it is complete and short enough. Raises nothing."""
        if self._ended is None:
            return
        name, answered = self._ended
        note = said(self._request, self._before, answered)
        await write(threads, sender, name, note, self._kept)


async def write(
    threads: Threads, sender: Sender, name: str, note: Note, kept: Decision | None
) -> None:
    """Keeps a note on the answer of that name, and by what those who go on from it stay inside. One
    that is not kept ends its chain."""
    at = sender.user, sender.service, place(name)
    try:
        if kept is not None:
            await threads.stay(*at, kept)
        if note:
            await threads.write(*at, note, "turns" if kept is not None else "passed")
    except InspectionError as e:
        log_place("keeping an answer", e)


def said(request: Request, before: str, answered: bytes) -> Note:
    """What a turn says that goes on from the answer `before`; nothing if it is too long."""
    if len(request.body) + len(answered) > MOST_BYTES:
        return {}
    asked = request.body.decode("utf-8", "replace")
    return {"asked": asked, "answered": answered.decode("utf-8", "replace"), "before": before}


def place(name: str) -> str:
    """Where the notes on the answer of that name are."""
    return f"answer {name}"
