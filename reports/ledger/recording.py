"""Getting records onto disk: one thread writes to the database, one to the spool."""

import asyncio
import contextlib
import platform
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

import sqlalchemy as sa
from sqlalchemy import Connection

from penstock.errors import LedgerError, ServiceDown
from penstock.model import Finished, Violation
from reports.ledger import evidence, watched
from reports.ledger.batch import Batcher
from reports.ledger.counters import Counter, Counts, ProcessCounters, RedisCounters, Source
from reports.ledger.database import FAILURES, reason
from reports.ledger.flood import WINDOW_S, Floods, gathered
from reports.ledger.record import (
    UNKNOWN,
    Draft,
    Recipient,
    act,
    amendment,
    answer,
    draft,
    timestamp,
)
from reports.ledger.spool import Spool
from reports.ledger.store import Appended, Away, Store
from reports.ledger.tables import ROLL_UP

BUDGET_S = 1.5
"""Longest a request waits for the database before its record goes to the spool."""

RETRY_S = 1.0
"""Pause before the database is tried again."""

BULK = 2000
"""Records of one transaction where many are kept at once."""

BEAT_S = 5.0
"""How often what was counted, and the sign that we live, are written."""


@dataclass(frozen=True, slots=True)
class Health:
    """Where records go now."""

    database: str
    """Empty, or why the database takes no records."""
    spooled_bytes: int
    """Records on local disk that wait for the database."""
    damaged: tuple[str, ...]
    """Spool files with lines that a checksum disproves; a person has to look."""
    counters: str


class Recording:
    """The writing half of `Ledger`."""

    def __init__(
        self, store: Store, spool: Spool, redis_url: str, recipients: Mapping[str, Recipient]
    ) -> None:
        self._store = store
        self.account = ""
        """Of the operating system, whose acts are kept through this object; empty: not known."""
        self._recipients = recipients
        self._floods = Floods()
        self._flooded = Spool(spool.directory / "floods", gathered)
        self._flooder: Batcher | None = None
        self._gather_at = 0.0
        self._spool = spool
        self._away = ""
        self._retry_at = 0.0
        self._writer: Batcher | None = None
        self._spooler: Batcher | None = None
        self._starting = threading.Lock()
        self._watching = watched.Watching()
        self._run: dict[str, str] = {}
        self._beat_at = 0.0
        source = Source(store.bodies, self._snapshot, lambda: store.id)
        self._counters: ProcessCounters | RedisCounters = (
            RedisCounters(redis_url, source) if redis_url else ProcessCounters(source)
        )

    # ── recording ──────────────────────────────────────────────────────────────────────────────

    async def record(self, violation: Violation) -> None:
        """Keep `violation`; returns once it is on disk, in the database or in the spool.

        The same id is kept once; what is alike in a flood is kept together, see `flood`. Raises
        LedgerError when neither could take it: then the request it is about must not leave.
        """
        await self._keep_or_gather(self._draft(violation))

    async def unsent(self, violation: Violation, at: datetime, attempt: int = 1) -> None:
        """Keep that nothing of the request behind `violation` left, whatever its record says.

        The record stays; the counts move. Like `record` otherwise.
        """
        await self._keep_or_gather(amendment(self._plain(violation), at, attempt))

    async def again(self, violation: Violation, at: datetime, attempt: int) -> None:
        """Keep that a request of which nothing left is sent once more: the counts move back."""
        await self._keep_or_gather(amendment(self._plain(violation), at, attempt, again=True))

    async def _keep_or_gather(self, made: Draft) -> None:
        if self._floods.has(made):
            # Where its spool fails, the database may still take it.
            with contextlib.suppress(OSError):
                return await self._flood().submit(made)
        return await self._keep(made)

    async def answered(
        self,
        violation: Violation,
        finished: Finished,
        at: datetime,
        asked_model: str = "",
        served_as: str = "",
    ) -> None:
        """Keep what an internal model used for the answer to a redirected request, and where the
        request had been going: the provenance of the answer. Like `record` otherwise.

        `served_as` is the model's name at its server.
        """
        await self._keep(answer(violation, finished, at, asked_model, served_as))

    async def _keep(self, one: Draft) -> None:
        writer, spooler = self._threads()
        if not self._away:
            try:
                await asyncio.wait_for(writer.submit(one), BUDGET_S)
                return
            except TimeoutError:
                self._gone(f"no answer within {BUDGET_S} s")
            except Away as error:
                self._gone(str(error))
        try:
            await spooler.submit(one)
        except OSError as error:
            raise LedgerError(
                f"the record could not be kept: the database is away ({self._away}) "
                f"and the spool failed ({error.strerror or error})"
            ) from None

    def append(self, violations: Iterable[Violation]) -> int:
        """Keep many at once and block; returns how many were new. For imports and demo data."""
        new = 0
        drafts = [self._draft(violation) for violation in violations]
        for i in range(0, len(drafts), BULK):
            new += self._append(drafts[i : i + BULK])
        return new

    def append_answers(self, answers: Iterable[tuple[Violation, Finished, datetime, str]]) -> None:
        """Keep what internal models used, many at once; see `answered`. For demo data."""
        drafts = [answer(*one) for one in answers]
        for i in range(0, len(drafts), BULK):
            self._append(drafts[i : i + BULK])

    def _plain(self, violation: Violation) -> Draft:
        subject = self._store.keys.subject(violation.user)
        return draft(violation, subject, self._recipients.get(violation.service, UNKNOWN))

    def _draft(self, violation: Violation) -> Draft:
        made = self._plain(violation)
        if not made.body["person"]:
            return made
        sealed = evidence.sealed(violation, self._store.keys.evidence)
        return replace(made, sealed=sealed) if sealed else made

    def replay(self) -> int:
        """Move what dead processes left in the spool into the database now; returns how many.

        A running proxy does this by itself. Blocks. Raises ServiceDown, and LedgerError for a
        spool that cannot be read.
        """
        with self.reachable():
            try:
                return self._spool.replay(self._append) + self._flooded.replay(self._append)
            except OSError as error:
                raise LedgerError(f"{self._spool.directory}: {error.strerror}") from None

    def transact(self, work: Callable[[Connection], Sequence[Draft]]) -> None:
        """Do `work` and keep the drafts it returns, in one transaction. Blocks.

        Raises ServiceDown, and LedgerError for a draft no database takes.
        """
        with self.reachable():
            self._counted(self._store.transact(work))

    def act(self, kind: str, at: datetime, id: str = "", **facts: object) -> bool:
        """Keep a record of something done to or with the ledger, with the account beside the name
        in `by`, which is what somebody typed. False where there is one with this `id`. Blocks;
        raises ServiceDown."""
        if "by" in facts and self.account:
            facts["account"] = self.account
        with self.reachable():
            return self._append([act(kind, id or str(uuid.uuid4()), at, **facts)]) == 1

    def inspected(
        self, service: str, account: str, size_bytes: int, at: datetime, requests: int = 1
    ) -> None:
        """Count an inspected request, whatever became of it: 1 µs; written every few seconds."""
        self._watching.inspected(service, account, size_bytes, at, requests)

    def held(self, seconds: float, at: datetime, requests: int = 1) -> None:
        """Count a request that waited so long for its verdict; written every few seconds."""
        self._watching.noted("held", watched.step(seconds), at, requests)

    def noted(self, kind: watched.Kind, name: str, at: datetime, number: int = 1) -> None:
        """Count what a proxy noticed, see `watched.Kind`; written every few seconds."""
        self._watching.noted(kind, name, at, number)

    def flush(self) -> None:
        """Write what was counted now. Blocks; raises ServiceDown."""
        with self.reachable():
            self._beat()

    def begin_run(self, version: str, at: datetime) -> None:
        """From now on keep a sign of life, so that reports can show when nothing was watched."""
        run = f"{platform.node()}-{uuid.uuid4()}"
        stamp = timestamp(at)
        self._run = {"id": run, "version": version, "started_at": stamp, "stopped_at": ""}
        self._threads()

    def add_run(self, version: str, started: datetime, stopped: datetime) -> None:
        """Note a proxy that ran in the past. For imports and demo data."""
        run = {
            "id": str(uuid.uuid4()),
            "version": version,
            "started_at": timestamp(started),
            "seen_at": timestamp(stopped),
            "stopped_at": timestamp(stopped),
        }
        with self.reachable(), self._store.database.appending() as connection:
            watched.renew_run(connection, run)

    def close(self) -> None:
        """Write what is waiting and stop."""
        if self._writer and self._spooler:
            self._writer.close(BUDGET_S * 2)
            self._spooler.close(BUDGET_S * 2)
            if self._flooder:
                self._flooder.close(BUDGET_S * 2)
            with contextlib.suppress(Away, OSError, LedgerError):
                self._flooded.replay(self._append)
            if self._run:
                self._run["stopped_at"] = timestamp(datetime.now(UTC))
        with contextlib.suppress(Away, LedgerError):
            self._beat()
        self._spool.close()
        self._flooded.close()
        self._counters.close()
        self._store.database.close()

    @property
    def health(self) -> Health:
        """Where records go now. Reads a directory, no database."""
        return Health(
            database=self._away,
            spooled_bytes=self._spool.waiting_bytes,
            damaged=tuple(
                str(path) for spool in (self._spool, self._flooded) for path in spool.damaged
            ),
            counters=self._counters.state,
        )

    def __enter__(self) -> Self:
        """For `with`: closes at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes."""
        self.close()

    # ── threads ────────────────────────────────────────────────────────────────────────────────

    def _threads(self) -> tuple[Batcher, Batcher]:
        """The two writing threads, started with the first record."""
        with self._starting:
            if self._writer is None or self._spooler is None:
                self._spooler = Batcher("ledger-spool", self._spool.append)
                self._writer = Batcher("ledger", self._write, self._tick, RETRY_S / 2)
            return self._writer, self._spooler

    def _flood(self) -> Batcher:
        """The thread that writes to the spool of floods, started with the first."""
        self._threads()  # they move on what is gathered
        with self._starting:
            if self._flooder is None:
                self._flooder = Batcher("ledger-floods", self._flooded.append)
            return self._flooder

    def _write(self, drafts: Sequence[Draft]) -> None:
        """In the writer's thread: one transaction for all of `drafts`."""
        self._append(drafts)
        self._away = ""
        if time.monotonic() >= min(self._beat_at, self._gather_at):
            self._tick()

    def _append(self, drafts: Sequence[Draft]) -> int:
        try:
            done = self._store.append(drafts)
        except LedgerError:
            if len(drafts) == 1:
                raise
            return sum(self._append([one]) for one in drafts)
        return self._counted(done)

    def _counted(self, done: Appended) -> int:
        if done.bodies:
            self._counters.advance(done.first, done.last, done.bodies)
        return len(done.bodies)

    def _tick(self) -> None:
        """In the writer's thread, between batches: bring in the spool, show that we live."""
        now = time.monotonic()
        if now < self._retry_at:
            return
        try:
            if self._away or self._spool.waiting_bytes:
                self._store.append(())
                self._away = ""
                self._spool.replay(self._append)
            if now >= self._gather_at:
                self._gather_at = now + WINDOW_S
                self._flooded.replay(self._append)
            if now >= self._beat_at:
                self._beat()
                self._beat_at = now + BEAT_S
        except (Away, OSError) as error:
            self._gone(str(error))
        except LedgerError as error:
            self._gone(str(error))

    def _gone(self, why: str) -> None:
        self._away = why
        self._retry_at = time.monotonic() + RETRY_S

    def _beat(self) -> None:
        """Write what was counted and the sign of life."""
        try:
            with self._watching.taken() as counts:
                if counts == watched.Counts() and not self._run:
                    return
                self._store.ready()
                with self._store.database.appending() as connection:
                    watched.write(connection, counts)
                    if self._run:
                        seen = timestamp(datetime.now(UTC))
                        watched.renew_run(connection, self._run | {"seen_at": seen})
        except (*FAILURES, Away, LedgerError) as error:
            raise Away(str(error)) from None

    # ── reading ────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """Turns a database that is away into ServiceDown."""
        try:
            self._store.ready()
            yield
        except Away as error:
            raise ServiceDown(f"the ledger is away: {error}") from None
        except FAILURES as error:
            raise ServiceDown(
                f"{self._store.database.name}: the ledger is away: {reason(error)}"
            ) from None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one unchanging state. Raises ServiceDown."""
        with self.reachable(), self._store.database.reading() as connection:
            yield connection

    def _snapshot(self) -> tuple[int, Counts]:
        """All counters from the roll-ups, and the last record they hold."""
        key = [ROLL_UP.c[name] for name in Counter._fields[1:]]
        month = sa.func.substr(ROLL_UP.c.day, 1, 7).label("month")
        with self.reading() as connection:
            seq, _ = self._store.last(connection)
            rows = connection.execute(
                sa.select(
                    month, *key, sa.func.sum(ROLL_UP.c.violations), sa.func.sum(ROLL_UP.c.findings)
                ).group_by(month, *key)
            ).all()
        counts: Counts = {}
        for name, *cell, violations, found in rows:
            numbers = counts.setdefault(name, {})
            numbers[Counter("violations", *cell)] = int(violations)
            numbers[Counter("findings", *cell)] = int(found)
        return seq, counts
