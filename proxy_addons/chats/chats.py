"""Looks at a request as the next one of its chat, and remembers what came of it.

Shared by all proxy processes: hashes and decisions, see `shelf`, and the turns of pages that were
answered here, see `threads`. In this process only: the values behind placeholders, for a while.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from secrets import token_bytes
from typing import Protocol

from penstock.errors import InspectionError
from penstock.model import Action, Decision, Finding, Sender, Violation
from penstock.settings import Settings
from penstock.state import prepare
from proxy_addons.chats import files, pieces
from proxy_addons.chats.contents import Contents
from proxy_addons.chats.files import Filed, Uploading
from proxy_addons.chats.known import NOTHING, Known, written
from proxy_addons.chats.parts import Parts
from proxy_addons.chats.pieces import WHERE, Piece
from proxy_addons.chats.shelf import Fact, FileShelf, Shelf
from proxy_addons.chats.threads import Threads
from proxy_addons.chats.values import Values, whose
from proxy_addons.contracts import Inspector
from proxy_addons.dialects.handles import MOST, STRICT
from proxy_addons.dialects.uploads import Stored
from proxy_addons.failures import stopping
from proxy_addons.inspection import Inspection, Job, time_for
from proxy_addons.passage import Leaving
from proxy_addons.places import log_place
from proxy_addons.retries import Retries
from proxy_addons.uploaded import needs_rest


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
        key = key or token_bytes(32)
        self.threads = Threads(self._away, key)
        self.retries = Retries(self._away, key)
        self.contents = Contents(self.threads)
        self.parts = Parts(self.threads)

    async def look(self, job: Job) -> Inspection:
        """What inspecting `job` comes to, with what is known of its chat.

        Raises what an inspector raises, InspectionError where it cannot be said whether a prompt
        that could leave belongs to a chat that stays inside, and StoppedError.
        """
        seen = await self._inspect(job)
        with stopping(seen.verdict.decision):
            return await self._look_again(job, seen)

    async def _look_again(self, job: Job, seen: Inspection) -> Inspection:
        if (upload := seen.upload) is not None and upload.is_followed:
            return await self._uploading(job, seen, upload)
        if not seen.recognized.marks and not seen.refers:
            return await self._told(job, seen)
        known = await self._known(seen)
        referred, told, kept, given = await self._referred(seen, job, job.kept or known.kept)
        known = replace(known, told=known.told | told, only_files=not seen.unread)
        given |= self._values.of(known.chat)
        if not (kept or known.named or given or referred):
            return await self._told(job, replace(seen, known=known))
        job = replace(
            job,
            kept=kept,
            given={**given, **job.given},
            named=known.named,
            files=referred,
            is_again=True,
        )
        return await self._told(job, replace(await self._inspect(job), known=known, files=referred))

    async def _uploading(self, job: Job, seen: Inspection, upload: Uploading) -> Inspection:
        """With what is known of the other requests of an upload."""
        again: Job = job
        unread: tuple[str, ...] = ()
        known = NOTHING
        if upload.marks:
            known = await self._at(upload.marks)
            again = replace(job, kept=known.kept or job.kept)
        with stopping(again.kept):
            if upload.piece is not None:
                again, unread = await self._next_to(again, upload.piece)
            if upload.step is not None and needs_rest(upload.step):
                before = await self.parts.before(job.sender, upload.step)
                if before is not None:
                    rest = await self.parts.begun(job.sender, upload.step), before
                    found = *seen.verdict.findings, *files.filed(WHERE, known.rest).findings
                    values = frozenset((f.data_class, f.fingerprint) for f in found)
                    again = replace(again, rest=rest, found=values)
        if again == job:
            return seen
        seen = await self._inspect(replace(again, is_again=True))
        across = tuple(f for f in seen.verdict.findings if f.where == WHERE)
        return replace(seen, files=(Filed(WHERE, across, unread),)) if across or unread else seen

    async def _next_to(self, job: Job, piece: Piece) -> tuple[Job, tuple[str, ...]]:
        """With what lies across this piece of an upload and another one, and what of it counts as
        unread. It is kept first: of pieces that come at once, one at least sees the other."""
        await self.contents.keep_piece(job.sender, piece)
        others = [p for p in await self.contents.pieces(job.sender, piece.upload) if p != piece]
        unread = (files.UNREAD,) if len(others) > pieces.MOST else ()
        known = (Filed(WHERE, (), unread),) if unread else ()
        return replace(job, pieces=tuple(others[-pieces.MOST :]), files=known), unread

    async def _told(self, job: Job, seen: Inspection) -> Inspection:
        """With what the files say that its conversation names, if a model is to be asked."""
        if not seen.needs:
            return seen
        with stopping(seen.verdict.decision):
            contents = await self.contents.told(job.sender, seen.needs[:MOST])
            again = await self._inspect(replace(job, contents=contents, is_again=True))
        return replace(again, known=seen.known, files=seen.files)

    async def _inspect(self, job: Job) -> Inspection:
        # a little later than the inspector's own deadline, which knows more about what was late
        with stopping(job.kept):
            async with asyncio.timeout(time_for(self._limit_s, job.size_bytes) * 1.1 + 0.1):
                seen = await self._inspector.inspect(job)
        if not isinstance(seen, Inspection):
            raise InspectionError("the inspector did not give an inspection")
        return seen

    async def _referred(
        self, seen: Inspection, job: Job, kept: Decision | None
    ) -> tuple[tuple[Filed, ...], frozenset[bytes], Decision | None, dict[str, str]]:
        """What is known of the files that a request refers to, as far as it matters, what has a
        record, by what its chat (`kept`) or else one of them stayed here, and what the sender had
        taken out of them. In strict dialects, a file that nobody knows was not inspected."""
        told: set[bytes] = set()
        found: list[Filed] = []
        given: dict[str, str] = {}
        for i, name in enumerate(seen.refers):
            with stopping(kept):
                known = await self._at((name.mark,)) if i < MOST else NOTHING
                given |= self._values.of(whose(known.chat, job.sender))
                if known.chat or job.dialect in STRICT:
                    told |= known.told
                    found.append(files.filed(name.where, known.rest))
                    kept = kept or known.kept
        return tuple(f for f in found if f.findings or f.unread), frozenset(told), kept, given

    async def _at(self, marks: tuple[bytes, ...]) -> Known:
        return await self._away(lambda shelf: shelf.find(marks))

    async def _known(self, seen: Inspection) -> Known:
        if not seen.recognized.marks:
            return NOTHING
        try:
            return await self._at(seen.recognized.marks)
        except InspectionError:
            if seen.verdict.decision.action <= Action.REDACT:
                raise
            return NOTHING  # it does not leave anyway

    async def keep(
        self,
        record: Keep,
        seen: Inspection,
        decision: Decision,
        service: str,
        leaving: Leaving | None = None,
    ) -> Violation | None:
        """Records what nobody has recorded of this chat yet, and remembers that: at once, or, for
        what is `leaving`, when it is `told`. Until something has left, the next request is not to
        rely on that record: it may be amended.

        None where all of it has a record: a violation counts once, not on every turn that resends
        it. A redirect is recorded each time, since each has an answer of its own.
        Raises what `record` raises, and InspectionError.
        """
        own = self.untold(seen, decision, service)
        filed, is_new = files.news(seen.files, decision, service, seen.known.told)
        untold = own + filed
        has_told = bool(seen.verdict.findings) or (seen.known.only_files and bool(seen.unread))
        kept = None
        if untold or is_new or not has_told or decision.action is Action.REDIRECT:
            verdict = replace(seen.verdict, findings=untold)
            kept = await record(seen=replace(seen, verdict=verdict))
        chat = await self.remember(seen, decision, service, tells=leaving is None)
        if leaving is not None:
            leaving.kept = kept
            facts = self._telling(seen, decision, service) if chat else []
            if facts or seen.files:
                tell = partial(self._tell, chat, facts, seen, decision, service)
                leaving.told = tell
        return kept

    async def _tell(
        self, chat: bytes, facts: list[Fact], seen: Inspection, decision: Decision, service: str
    ) -> None:
        try:
            if facts:
                await self._away(lambda shelf: shelf.learn(chat, (), facts))
            await self._tell_of_files(seen, decision, service)
        except InspectionError as e:
            log_place("remembering a record", e)  # it is recorded once more, no harm

    def untold(self, seen: Inspection, decision: Decision, service: str) -> tuple[Finding, ...]:
        """The findings that no record tells of yet: those of the newest message, and those whose
        text was not in an earlier request of this chat."""
        told = seen.known.told
        return tuple(
            finding
            for finding, (trace, is_newest) in zip(
                seen.verdict.findings, seen.recognized.traces, strict=False
            )  # what is in its files comes after that
            if is_newest or _told(trace, decision, service) not in told
        )

    @staticmethod
    def _telling(seen: Inspection, decision: Decision, service: str) -> list[Fact]:
        """What says that the findings have a record."""
        if decision.action is Action.ALLOW:
            return []
        keys = {_told(trace, decision, service) for trace, _ in seen.recognized.traces}
        return [("told", key, "") for key in keys - seen.known.told]

    async def remember(
        self, seen: Inspection, decision: Decision, service: str, *, tells: bool = True
    ) -> bytes:
        """Keeps what became of a request, for the next ones of its chat; `tells`: that it has a
        record too. The chat's name, empty where there is none. Raises InspectionError."""
        marks, known = seen.recognized.marks, seen.known
        if tells:
            await self._tell_of_files(seen, decision, service)
        originals = seen.verdict.originals
        if not marks or not (known.chat or seen.verdict.findings or originals):
            return b""
        facts = self._telling(seen, decision, service) if tells else []
        if decision.action is Action.REDIRECT and known.kept is None and seen.turn is None:
            facts.append(("kept", b"", written(decision)))
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
        if decision.action <= Action.REDACT and originals:
            self._values.keep(chat, originals)
        return chat

    async def _tell_of_files(self, seen: Inspection, decision: Decision, service: str) -> None:
        if decision.action is Action.ALLOW or not seen.files:
            return
        about = files.telling(seen.files, decision, service)
        for name in seen.refers[:MOST]:
            await self._add((name.mark,), about)

    async def file(
        self,
        upload: Uploading,
        names: Sequence[str],
        decision: Decision,
        sender: Sender,
        stored: Stored | None = None,
        *,
        stays: bool = False,
    ) -> None:
        """Keeps what was found in an upload, for requests that refer to it by the names that its
        answer gave, and what it says. `stays`: it did not go to its service, `stored`: and is
        complete. Raises InspectionError."""
        marks = (*upload.marks, *(files.mark(upload.key, name) for name in names))
        rows = files.facts(upload)
        if rows and decision.action > Action.ALLOW:
            sent = Filed("", upload.findings, upload.unread)
            rows += files.telling((sent,), decision, sender.service)
        if stays:
            rows.append(("kept", b"", written(decision)))
        if stored is not None:
            await self.contents.store(sender, stored)
        else:
            await self._follow(upload, names, sender)
        if marks:
            chat = await self._add(marks, rows)
            if decision.action <= Action.REDACT and upload.originals:
                self._values.keep(whose(chat, sender), upload.originals)

    async def _follow(self, upload: Uploading, names: Sequence[str], sender: Sender) -> None:
        """Keeps what an upload says that is not complete, or is at its service."""
        step, file = upload.step, upload.file
        if step is not None and not step.is_last:
            await self.parts.keep(sender, step, names)
        elif file is not None:
            if step is not None:
                begun = await self.parts.begun(sender, step)
                file = begun.of(file)
                names = names or tuple(filter(None, (begun.id,)))
            await self.contents.keep(sender, names, file)

    async def _add(self, marks: tuple[bytes, ...], rows: list[Fact]) -> bytes:
        def add(shelf: Shelf) -> bytes:
            known = shelf.find(marks)
            fresh = [mark for mark in marks if mark not in known.marks]
            more = [row for row in rows if row[0] != "told" or row[1] not in known.told]
            if len(known.rest) > files.MOST_FOUND:  # it has parts without end
                more.append(("unread", files.UNREAD.encode(), ""))
            return shelf.learn(known.chat, fresh, more) if fresh or more else known.chat

        return await self._away(add)

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


def _told(trace: bytes, decision: Decision, service: str) -> bytes:
    said = f"{service} {decision.action.word}".encode()
    return blake2b(said, key=trace, digest_size=16).digest()
