"""Looks at a request as the next one of its chat, and remembers what came of it.

Shared by all proxy processes: hashes and decisions, see `shelf`, and the turns of pages that were
answered here, see `threads`. In this process only: the values behind placeholders, for a while.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import blake2b
from secrets import token_bytes
from typing import Protocol

from penstock.errors import InspectionError
from penstock.model import Action, Decision, Finding, Violation
from penstock.settings import Settings
from penstock.state import prepare
from proxy_addons.chats.known import NOTHING, Known, written
from proxy_addons.chats.shelf import Fact, FileShelf, Shelf
from proxy_addons.chats.threads import Threads
from proxy_addons.contracts import Inspector
from proxy_addons.inspection import Inspection, Job, time_for

HOURS = 12
MOST_CHATS = 2_000
MOST_CHARACTERS = 16 * 1024 * 1024
"""Of all values together."""


def shelf_of(settings: Settings) -> Shelf:
    """The shelf that `settings` want. Raises ConfigError."""
    if settings.redis:
        from proxy_addons.chats.redis_shelf import RedisShelf

        return RedisShelf(settings.redis)
    return FileShelf(prepare(settings.state) / "chats.sqlite")


class Keep(Protocol):
    """Records a decision on what it is given."""

    def __call__(self, *, seen: Inspection) -> Awaitable[Violation]:
        """The record. Raises LedgerError."""
        ...


class Chats:
    """The chats of everyone whose requests pass here."""

    def __init__(
        self,
        inspector: Inspector,
        limit_s: float,
        shelf: Shelf | None = None,
        key: bytes | None = None,
    ) -> None:
        """Without a shelf, chats are remembered by this process alone. `key`: the installation's,
        which all that share the shelf have."""
        self._inspector = inspector
        self._limit_s = limit_s
        self._shelf = shelf
        self._thread = ThreadPoolExecutor(1, "chats")
        self._values = Values()
        self.threads = Threads(self._away, key or token_bytes(32))

    async def look(self, job: Job) -> Inspection:
        """What inspecting `job` comes to, with what is known of its chat.

        Raises what an inspector raises, and InspectionError where it cannot be said whether a
        prompt that could leave belongs to a chat that stays inside.
        """
        seen = await self._inspect(job)
        if not seen.recognized.marks:
            return seen
        known = await self._known(seen)
        given = self._values.of(known.chat)
        if known.kept is None and not known.named and not given:
            return replace(seen, known=known)
        job = replace(
            job,
            kept=job.kept or known.kept,
            given={**given, **job.given},
            named=known.named,
            is_again=True,
        )
        return replace(await self._inspect(job), known=known)

    async def _inspect(self, job: Job) -> Inspection:
        # a little later than the inspector's own deadline, which knows more about what was late
        async with asyncio.timeout(time_for(self._limit_s, len(job.body)) * 1.1 + 0.1):
            seen = await self._inspector.inspect(job)
        if not isinstance(seen, Inspection):
            raise InspectionError("the inspector did not give an inspection")
        return seen

    async def _known(self, seen: Inspection) -> Known:
        try:
            return await self._away(lambda shelf: shelf.find(seen.recognized.marks))
        except InspectionError:
            if seen.verdict.decision.action <= Action.REDACT:
                raise
            return NOTHING  # it does not leave anyway

    async def keep(
        self, record: Keep, seen: Inspection, decision: Decision, service: str
    ) -> Violation | None:
        """Records what nobody has recorded of this chat yet, and remembers that.

        None where all of it has a record: a violation counts once, not on every turn that resends
        it. A redirect is recorded each time, since each has an answer of its own.
        Raises what `record` raises, and InspectionError.
        """
        untold = self.untold(seen, decision, service)
        kept = None
        if untold or not seen.verdict.findings or decision.action is Action.REDIRECT:
            verdict = replace(seen.verdict, findings=untold)
            kept = await record(seen=replace(seen, verdict=verdict))
        await self.remember(seen, decision, service)
        return kept

    def untold(self, seen: Inspection, decision: Decision, service: str) -> tuple[Finding, ...]:
        """The findings that no record tells of yet: those of the newest message, and those whose
        text was not in an earlier request of this chat."""
        told = seen.known.told
        return tuple(
            finding
            for finding, (trace, is_newest) in zip(
                seen.verdict.findings, seen.recognized.traces, strict=True
            )
            if is_newest or _told(trace, decision, service) not in told
        )

    async def remember(self, seen: Inspection, decision: Decision, service: str) -> None:
        """Keeps what became of a request, for the next ones of its chat. Raises InspectionError."""
        marks, known = seen.recognized.marks, seen.known
        if not marks or not (known.chat or seen.verdict.findings):
            return
        facts: list[Fact] = []
        if decision.action > Action.ALLOW:
            keys = {_told(trace, decision, service) for trace, _ in seen.recognized.traces}
            facts += [("told", key, "") for key in keys - known.told]
        if decision.action is Action.REDIRECT and known.kept is None and seen.turn is None:
            facts.append(("kept", b"", written(decision)))
        originals = seen.verdict.originals
        if decision.action is Action.REDACT:
            facts += [
                ("named", placeholder.encode(), digest)
                for placeholder, digest in seen.named.items()
                if placeholder not in known.named
            ]
        begins = min(
            seen.recognized.first_found,
            next((i for i, mark in enumerate(marks) if mark in known.marks), len(marks)),
        )
        fresh = [mark for mark in marks[begins:] if mark not in known.marks]
        chat = known.chat
        if fresh or facts:
            chat = await self._away(lambda shelf: shelf.learn(known.chat, fresh, facts))
        if decision.action is Action.REDACT:
            self._values.keep(chat, originals)

    async def _away[T](self, call: Callable[[Shelf], T]) -> T:
        """In the shelf's own thread: the loop waits for no file."""
        if self._shelf is None:
            self._shelf = FileShelf(None)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, self._shelf)

    def close(self) -> None:
        """Lets go of the shelf."""
        self._thread.shutdown()
        if self._shelf is not None:
            self._shelf.close()


class Values:
    """What placeholders stand for, by chat; the one that was used longest ago goes first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._chats: OrderedDict[bytes, tuple[float, dict[str, str]]] = OrderedDict()
        self._characters = 0

    def of(self, chat: bytes) -> Mapping[str, str]:
        """Placeholder -> value, as far as this process knows."""
        self._forget()
        _, values = self._chats.get(chat, (0.0, {}))
        return values

    def keep(self, chat: bytes, values: Mapping[str, str]) -> None:
        """Adds some of a chat."""
        _, known = self._chats.pop(chat, (0.0, {}))
        self._characters += _size(values) - _size({k: known[k] for k in values if k in known})
        self._chats[chat] = self._clock(), {**known, **values}
        self._forget()

    def _forget(self) -> None:
        oldest = self._clock() - HOURS * 3600
        while self._chats:
            used, values = next(iter(self._chats.values()))
            is_much = len(self._chats) > MOST_CHATS or self._characters > MOST_CHARACTERS
            if used >= oldest and not is_much:
                return
            self._characters -= _size(values)
            self._chats.popitem(last=False)


def _size(values: Mapping[str, str]) -> int:
    return sum(len(k) + len(v) for k, v in values.items())


def _told(trace: bytes, decision: Decision, service: str) -> bytes:
    said = f"{service} {decision.action.word}".encode()
    return blake2b(said, key=trace, digest_size=16).digest()
