"""One person's flood of violations: few records, exact counts, and nobody answered before.

The first hundred of a person in a minute get a record each. What follows waits until the end of
its second, and what is alike in it becomes one record with the number in `repeats`. It is kept
whole or not at all, under the id of the first of them, so a crash, a spool or a replay cannot
count any of them twice. Redirected requests always stand alone: their answers name them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from penstock.model import Action
from reports.ledger.record import KEPT_FINGERPRINTS, Body, Draft, canonical, digest

ALONE = 100
"""Violations of one person in a minute that get a record of their own."""

WINDOW_S = 1.0
"""Longest that one waits for others like it."""

type _Key = tuple[asyncio.AbstractEventLoop, str]


@dataclass(slots=True)
class _Alike:
    drafts: list[Draft] = field(default_factory=list)
    kept: asyncio.Task[None] | None = None


class Floods:
    """Hands drafts on to `write`, alone or merged."""

    def __init__(
        self,
        write: Callable[[Draft], Awaitable[None]],
        alone: int = ALONE,
        window_s: float = WINDOW_S,
    ) -> None:
        self._write = write
        self._alone = alone
        self._window_s = window_s
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._waiting: dict[_Key, _Alike] = {}

    async def keep(self, draft: Draft) -> None:
        """Returns when `draft`, or the record it is part of, is kept; raises what `write` does."""
        if not self._floods(draft):
            return await self._write(draft)
        loop = asyncio.get_running_loop()
        key = (loop, _likeness(draft.body))
        alike = self._waiting.get(key)
        if alike is None or alike.kept is None:
            alike = self._waiting[key] = _Alike()
            alike.kept = loop.create_task(self._gather(key, alike))
            alike.kept.add_done_callback(_looked_at)
        alike.drafts.append(draft)
        # A client that goes away takes only its own wait along.
        return await asyncio.shield(alike.kept)

    def _floods(self, draft: Draft) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        person = draft.body["person"]
        number = self._counts[person] = self._counts.get(person, 0) + 1
        return number > self._alone and draft.body["action"] != Action.REDIRECT.word

    async def _gather(self, key: _Key, alike: _Alike) -> None:
        await asyncio.sleep(self._window_s)
        del self._waiting[key]
        await self._write(merged(alike.drafts))


def merged(drafts: Sequence[Draft]) -> Draft:
    """One draft for many that are alike: numbers added, the time of the first and of the last."""
    if len(drafts) == 1:
        return drafts[0]
    first, bodies = drafts[0], [draft.body for draft in drafts]
    hashes = [body["sent_sha256"] for body in bodies]
    body = first.body | {
        "repeats": len(drafts),
        "until": bodies[-1]["at"],
        "findings": [
            _together(same) for same in zip(*(body["findings"] for body in bodies), strict=True)
        ],
        "received_bytes": sum(body["received_bytes"] for body in bodies),
        "sent_bytes": sum(body["sent_bytes"] for body in bodies),
        "sent_sha256": hashes[0] if len(set(hashes)) == 1 else digest("\n".join(hashes)),
    }
    return Draft(first.id, first.at, first.kind, body, first.sealed)


def _together(same: tuple[Body, ...]) -> Body:
    prints = sorted({print_ for finding in same for print_ in finding["fingerprints"]})
    return same[0] | {
        "count": sum(finding["count"] for finding in same),
        "confidence": max(finding["confidence"] for finding in same),
        "distinct": max(len(prints), *(finding["distinct"] for finding in same)),
        "fingerprints": prints[:KEPT_FINGERPRINTS],
    }


_OWN = frozenset({"id", "at", "findings", "received_bytes", "sent_bytes", "sent_sha256"})


def _likeness(body: Body) -> str:
    """Equal for drafts that differ only in what `merged` adds up. Days never mix."""
    rest = {name: value for name, value in body.items() if name not in _OWN}
    kinds = [[f["class"], f["detector"]] for f in body["findings"]]
    return canonical({"day": body["at"][:10], "findings": kinds, "rest": rest})


def _looked_at(task: asyncio.Task[None]) -> None:
    """Every waiter may be gone; then nobody else asks what became of it."""
    if not task.cancelled():
        task.exception()
