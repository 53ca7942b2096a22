"""Answers from inside that a program goes on from by their names alone (`previous_response_id`).

The service does not know them, so a chain that began inside stays there: its earlier turns are kept
sealed, see `threads`, and told to the model again. One that is not kept whole is refused.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from penstock.errors import InspectionError
from penstock.model import Decision, Sender
from proxy_addons.chats.chats import Chats
from proxy_addons.chats.known import inside, written
from proxy_addons.chats.threads import Threads
from proxy_addons.dialects.base import Chained, Dialect, Exchange
from proxy_addons.inspection import Inspection, Job
from proxy_addons.places import log_place

MOST_TURNS = 200
MOST_BYTES = 1024 * 1024
"""Of one turn; a longer one ends its chain."""


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
        past, kept = await self._chain(job.sender, seen.goes_on_from)
        if kept is None and not seen.asks_for_past:
            return seen
        job = replace(job, past=tuple(past), kept=kept or job.kept, is_again=True)
        return await self._chats.look(job)

    async def _chain(self, sender: Sender, name: str) -> tuple[list[Exchange], Decision | None]:
        past: list[Exchange] = []
        kept: Decision | None = None
        while name and len(past) < MOST_TURNS:
            notes = await self._threads.notes(sender.user, sender.service, _place(name))
            if not notes:
                break
            try:
                note = notes[-1]
                kept = inside(note["kept"])
                if "asked" not in note:  # too long to be kept
                    break
                asked, answered = note["asked"].encode(), note["answered"].encode()
                past.append(Exchange(name, asked, answered))
                name = note["before"]
            except (LookupError, TypeError, ValueError, AttributeError):
                raise InspectionError("what is kept of an answer makes no sense") from None
        return past, kept

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
        name, answered = ended
        note = {"kept": written(decision)}
        if len(seen.original.body) + len(answered) <= MOST_BYTES:
            note |= {
                "asked": seen.original.body.decode("utf-8", "replace"),
                "answered": answered.decode(),
                "before": seen.goes_on_from,
            }
        try:
            await self._threads.write(sender.user, sender.service, _place(name), note)
        except InspectionError as e:
            log_place("keeping an answer", e)


def _place(name: str) -> str:
    return f"answer {name}"
