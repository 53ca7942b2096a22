"""Answers that a program goes on from by their names alone (`previous_response_id`).

The service does not know those from inside, so a chain that came inside stays there: its earlier
turns are kept sealed, see `threads`, and told to the model again. Turns that the service answered
are kept too, where a later one of the chain may have to stay inside. A chain that is not kept whole
is refused.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from penstock.errors import InspectionError
from penstock.model import Decision, Sender
from proxy_addons.chats.chains import Note, place, said, write
from proxy_addons.chats.chats import Chats
from proxy_addons.chats.threads import Threads
from proxy_addons.dialects.base import Chained, Dialect, Exchange
from proxy_addons.failures import stopping
from proxy_addons.inspection import Inspection, Job

MOST_TURNS = 200


class Answers:
    """Those of everyone whose requests pass here."""

    def __init__(self, chats: Chats, threads: Threads) -> None:
        self._chats = chats
        self._threads = threads

    async def look(self, job: Job) -> Inspection:
        """See Chats; with what an answer from inside says that the request goes on from."""
        seen = await self._chats.look(job)
        if not seen.goes_on_from:
            return seen
        with stopping(seen.verdict.decision):
            kept = await self._threads.kept(*_at(job.sender, seen.goes_on_from))
            if kept is None and not seen.asks_for_past:
                return seen
            with stopping(kept):
                past = await self._chain(job.sender, seen.goes_on_from)
            job = replace(job, past=tuple(past), kept=kept or job.kept, is_again=True)
            return await self._chats.look(job)

    async def _chain(self, sender: Sender, name: str) -> list[Exchange]:
        """The turns up to the answer of that name, as far as they are kept, the newest first."""
        past: list[Exchange] = []
        note = await self._note(sender, name)
        while note and len(past) < MOST_TURNS:
            try:
                asked, answered = note["asked"].encode(), note["answered"].encode()
                past.append(Exchange(name, asked, answered))
                name = note["before"]
            except (LookupError, AttributeError):
                raise InspectionError("what is kept of an answer makes no sense") from None
            note = await self._note(sender, name) if name else None
        return past

    async def _note(self, sender: Sender, name: str) -> Note | None:
        notes = await self._threads.notes(*_at(sender, name))
        return notes[-1] if notes else None

    def keeps(
        self, dialect: Dialect, seen: Inspection, sender: Sender, decision: Decision
    ) -> Callable[[bytes], Awaitable[None]] | None:
        """Takes what ends an answer from inside, as the client gets it, if others may go on."""
        if not isinstance(dialect, Chained) or seen.original is None:
            return None
        return partial(self._keep, dialect, seen, sender, decision)

    async def _keep(
        self, dialect: Chained, seen: Inspection, sender: Sender, decision: Decision, data: bytes
    ) -> None:
        if seen.original is None or (ended := dialect.ended(seen.original, data)) is None:
            return
        note = said(seen.original, seen.goes_on_from, ended[1])
        await write(self._threads, sender, ended[0], note, decision)


def _at(sender: Sender, name: str) -> tuple[str, str, str]:
    return sender.user, sender.service, place(name)
