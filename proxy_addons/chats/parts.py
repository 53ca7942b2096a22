"""What was brought of uploads so far, until they are complete: what they said, and their pieces.

Sealed like turns, see `threads`, by the names that the requests of one upload share.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from penstock.errors import InspectionError
from penstock.model import Sender
from proxy_addons.chats.threads import Threads
from proxy_addons.dialects.upload_steps import Begun, Step

MOST_BYTES = 16 * 1024 * 1024
"""Of an upload that is put together again; of a larger one nothing is told to a model."""


class Parts:
    """Uploads of everyone whose requests pass here. Every method raises InspectionError."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def keep(self, sender: Sender, step: Step, names: Iterable[str]) -> None:
        """Keeps what a step says or brings; `names`: those that its answer gives."""
        if step.begun is not None:
            about = asdict(step.begun)
            ids = [name for name in names if not name.startswith("/")]
            about["id"] = about["id"] or (ids[0] if ids else "")
            for name in names:
                await self._write(sender, f"begun {name}", about)
        elif step.data:
            starts = step.starts or 0
            data = step.data if starts + len(step.data) <= MOST_BYTES else None
            note = {"names": list(names), "starts": starts, "data": data}
            await self._write(sender, f"parts {step.upload}", note)

    async def begun(self, sender: Sender, step: Step) -> Begun:
        """What was said as the upload began of which this is a step."""
        notes = await self._notes(sender, f"begun {step.upload}")
        try:
            return Begun(**notes[-1]) if notes else Begun()
        except TypeError:
            raise InspectionError("what is kept of an upload makes no sense") from None

    async def before(self, sender: Sender, step: Step) -> tuple[str, ...] | None:
        """The pieces in front of what `step` brings, or all those it names, each in base64; None
        where one is not known, or they are too large."""
        notes = await self._notes(sender, f"parts {step.upload}")
        try:
            if step.order is None:
                found = _in_front(notes, step.starts)
            else:
                found = _named(notes, step.order)
            size = sum(map(_size, found)) + len(step.data)
        except (LookupError, TypeError):
            return None
        return tuple(found) if found and size <= MOST_BYTES else None

    async def _notes(self, sender: Sender, place: str) -> list[Any]:
        return await self._threads.notes(sender.user, sender.service, place)

    async def _write(self, sender: Sender, place: str, note: object) -> None:
        await self._threads.write(sender.user, sender.service, place, note, "parts")


def _named(notes: Iterable[Any], order: Iterable[str]) -> list[str]:
    by_name = {name: note["data"] for note in notes for name in note["names"]}
    return [by_name[name] for name in order]


def _in_front(notes: Iterable[Any], end: int | None) -> list[str]:
    """Those from the first byte up to `end`, or to the last one that came; of several that begin
    alike, the newest."""
    by_start = {note["starts"]: note["data"] for note in notes}
    if end is None:
        end = max((start + _size(data) for start, data in by_start.items()), default=0)
    found: list[str] = []
    at = 0
    while at < end:
        found.append(by_start[at])
        at += _size(found[-1])
    if at != end:
        raise LookupError
    return found


def _size(data: str) -> int:
    """In bytes, of what is in base64."""
    return len(data) * 3 // 4 - data[-2:].count("=")
