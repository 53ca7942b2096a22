"""The ledger as everybody else sees it: record, count, verify, erase."""

import contextlib
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from penstock.errors import LedgerError, PenstockError, Refused, ServiceDown
from reports.ledger import evidence, figures, keys, rollup, tail
from reports.ledger.counters import Counter
from reports.ledger.database import Database
from reports.ledger.figures import Answer, Month
from reports.ledger.head import HeadFile
from reports.ledger.record import Body, Draft, Recipient, act, ranges
from reports.ledger.recording import Recording
from reports.ledger.spool import Spool
from reports.ledger.store import Away, Store
from reports.ledger.tables import EVIDENCE, EVIDENCE_KEY, IS_ACT, PERSON, RECORD
from reports.ledger.verify import Verification
from reports.ledger.verify import verify as _verify


@dataclass(frozen=True, slots=True)
class Erasure:
    """What erasing a person did."""

    pseudonym: str
    """Empty when nothing was known about the person."""
    records: int
    """Records that no longer lead to anybody."""


class Ledger(Recording):
    """An append-only, signed chain of records in SQLite or PostgreSQL.

    Threads do all the work: none of the coroutines here blocks its event loop. Reading methods
    block; call them from a command or a worker thread. They raise ServiceDown while the database
    is away.
    """

    @classmethod
    def open(
        cls,
        database_url: str,
        state: Path,
        redis_url: str = "",
        *,
        demo: bool = False,
        recipients: Mapping[str, Recipient] | None = None,
        account: str = "",
    ) -> Self:
        """The ledger at an SQLAlchemy URL, with its keys, head and spool in `state`.

        `recipients`: what records say about a service, by its id. `account`: see `Recording`.
        Does not wait for a database that is away. `demo` begins a ledger of synthetic records;
        real ones never share a ledger with them. Raises ConfigError for an impossible URL,
        LedgerError where keys, disk or an existing ledger do not allow it.
        """
        store = Store(
            Database(database_url),
            keys.load(state),
            HeadFile(state / "ledger.head"),
            demo=demo,
        )
        try:
            with contextlib.suppress(Away):
                store.ready()
            ledger = cls(store, Spool(state / "spool"), redis_url, recipients or {})
        except PenstockError:
            store.database.close()
            raise
        ledger.account = account
        return ledger

    # ── asking ─────────────────────────────────────────────────────────────────────────────────

    @property
    def is_demo(self) -> bool:
        """Whether every record in it is synthetic."""
        return self._store.demo

    @property
    def is_sqlite(self) -> bool:
        """Else it is PostgreSQL: which words the SQL of a report is in."""
        return self._store.database.is_sqlite

    @property
    def id(self) -> str:
        """The ledger's own id, a UUID."""
        return self._store.id

    @property
    def public_key(self) -> bytes:
        """What the chain is signed with, as PEM; auditors need it and nothing else."""
        return keys.public_pem(self._store.keys.public)

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature of `data` with the key of the chain, 64 bytes."""
        return self._store.keys.signing.sign(data)

    def counters(self, month: str) -> dict[Counter, int]:
        """The live counters of `2026-11`."""
        with self.reachable():
            return dict(self._counters.month(Month(month).name))

    def count(self, month: Month, *by: str, **options: Any) -> Answer:
        """Violations of a month by columns of the roll-up; see `figures.count`."""
        with self.reading() as connection:
            return figures.count(connection, month, by, **options)

    def distinct(self, month: Month, cut: str, names: Sequence[str] | None = None) -> Answer:
        """Different people (`person`, `person-service`) or values (`value`) of a month."""
        with self.reading() as connection:
            return figures.distinct(connection, month, cut, names)

    def traffic(self, month: Month, measure: str = "requests") -> Answer:
        """Inspected requests of a month by service and account."""
        with self.reading() as connection:
            return figures.traffic(connection, month, measure)

    def history(self, month: Month, back: int) -> Answer:
        """Violations by month and outcome, from `back` months before `month` up to it."""
        with self.reading() as connection:
            return figures.history(connection, month, back)

    def seen_times(self, month: Month) -> Answer:
        """Service, first and last hour of a month with inspected requests."""
        with self.reading() as connection:
            return figures.seen_times(connection, month)

    def disclosed(self, month: Month, ids: Collection[str]) -> int:
        """How many violations the records `ids` stand for that were disclosed, wholly or in part,
        in a month.
        """
        found = 0
        unsent = self.unsent_ids(month)
        wanted = sorted(ids)
        with self.reading() as connection:
            for i in range(0, len(wanted), 500):
                bodies = connection.execute(
                    sa.select(RECORD.c.body).where(
                        RECORD.c.id.in_(wanted[i : i + 500]), RECORD.c.body.is_not(None)
                    )
                ).scalars()
                for body in map(orjson.loads, bodies):
                    if body["at"][:7] == month.name and body.get("outcome") in (
                        "disclosed",
                        "partially_disclosed",
                    ):
                        found += max(body.get("repeats", 1) - unsent.get(body["id"], 0), 0)
        return found

    def violations(self, ids: Collection[str]) -> dict[str, Body]:
        """The records of violations by id; empty where the record's retention has run out."""
        found: dict[str, Body] = {}
        wanted = sorted(set(ids))
        with self.reading() as connection:
            for i in range(0, len(wanted), 500):
                rows = connection.execute(
                    sa.select(RECORD.c.id, RECORD.c.body).where(
                        RECORD.c.id.in_(wanted[i : i + 500]), RECORD.c.kind == "violation"
                    )
                )
                found |= {id_: orjson.loads(body) if body else {} for id_, body in rows}
        return found

    def unsent_ids(self, month: Month | None = None) -> dict[str, int]:
        """The violations whose records were amended, of which nothing left in the end: how many
        times each, as in `repeats`."""
        found: dict[str, int] = {}
        for body in self.acts("amendment", month):
            id_, sign = body["violation"], -1 if body["reason"] == "sent-again" else 1
            found[id_] = found.get(id_, 0) + sign * int(body.get("repeats", 1))
        return found

    def notes(self, month: Month, *kinds: str) -> Answer:
        """What proxies noticed in a month, by kind and name; see `figures.noted`."""
        with self.reading() as connection:
            return figures.noted(connection, month, *kinds)

    def usage(self, month: Month) -> Answer:
        """Tokens that internal models used in place of a service; see `figures.usage`."""
        with self.reading() as connection:
            return figures.usage(connection, month)

    def acts_by_kind(self, month: Month) -> Answer:
        """Other records than violations and answers; see `figures.acts`."""
        with self.reading() as connection:
            return figures.acts(connection, month)

    def runs(self, month: Month) -> tuple[tuple[str, str, str, str], ...]:
        """Proxy processes alive in a month: version, started, last seen, stopped or empty."""
        with self.reading() as connection:
            return figures.runs(connection, month)

    def first_run(self) -> str:
        """When the first proxy started that is known of; empty if none is."""
        with self.reading() as connection:
            return figures.first_run(connection)

    def months(self) -> tuple[str, ...]:
        """The months with violations, earliest first."""
        with self.reading() as connection:
            return figures.months(connection)

    def traffic_months(self) -> tuple[str, ...]:
        """The months with inspected requests, earliest first."""
        with self.reading() as connection:
            return figures.traffic_months(connection)

    def last(self) -> tuple[int, str]:
        """Number and hash of the last record; number 0 for an empty ledger."""
        with self.reading() as connection:
            return self._store.last(connection)

    def records(self, month: Month | None = None) -> Iterator[tuple[int, str, Body]]:
        """Number, hash and content of each record, of all time or by when it happened."""
        query = sa.select(RECORD.c.seq, RECORD.c.hash, RECORD.c.body).where(
            RECORD.c.body.is_not(None)
        )
        if month:
            query = query.where(RECORD.c.at >= month.name, RECORD.c.at < month.plus(1).name)
        after = 0
        while True:
            with self.reading() as connection:
                rows = connection.execute(
                    query.where(RECORD.c.seq > after).order_by(RECORD.c.seq).limit(1000)
                ).all()
            if not rows:
                return
            for row in rows:
                yield row.seq, row.hash, orjson.loads(row.body)
            after = rows[-1].seq

    def verify(self, progress: Callable[[int, int], None] = lambda _d, _a: None) -> Verification:
        """Read the whole chain and compare it with its signature and with the head we know."""
        return _verify(self._store.database, self._store.keys.public, self._store.head, progress)

    def check(self) -> None:
        """Quickly: that the chain still leads through the head we know, and that its newest records
        are as they were written. Raises LedgerError.
        """
        try:
            self._store.append(())
        except Away as error:
            raise LedgerError(str(error)) from None
        with self.reading() as connection:
            if wrong := tail.problem(connection, self._store.keys.public):
                raise LedgerError(
                    f"{self._store.database.name}: {wrong}; run `penstock ledger verify`"
                )

    # ── changing what is derived or personal ───────────────────────────────────────────────────

    def keep(self, one: Draft, unless: Callable[[Connection], bool] = lambda _: False) -> bool:
        """Keep an act that nobody will repeat, in the spool while the database is away or records
        wait for it; False where `unless` says that the database needs none. Blocks; raises
        LedgerError."""
        is_new = True

        def work(connection: Connection) -> list[Draft]:
            nonlocal is_new
            is_new = not unless(connection)
            return [one] if is_new else []

        away = "records wait for the database"
        if not self._spool.waiting_bytes:  # else it may not know yet what it is asked
            try:
                self.transact(work)
                return is_new
            except ServiceDown as error:
                away = str(error)
        try:
            self._spool.append([one])
        except OSError as error:
            raise LedgerError(f"{away}, and the spool failed ({error.strerror})") from None
        return True

    def canaries(self, sent: int, missed: Sequence[str]) -> None:
        """Keep that a proxy sent itself so many made-up secrets, and which of them it did not hold.
        Blocks; raises LedgerError."""
        facts = {"sent": sent, "missed": sorted(missed)}
        self.keep(act("canary", str(uuid.uuid4()), datetime.now(UTC), **facts))

    def erase(self, user: str, at: datetime) -> Erasure:
        """Destroy the link between a person and their pseudonym, and the key of what evidence there
        is; the chain is not touched.

        Afterwards nobody, with whatever key, can tell whose the records were. What the person
        sends later is recorded under a new pseudonym.
        """
        subject = self._store.keys.subject(user)
        erased = Erasure("", 0)

        def work(connection: Connection) -> list[Draft]:
            nonlocal erased
            pseudonym = connection.execute(
                sa.select(PERSON.c.pseudonym).where(PERSON.c.subject == subject)
            ).scalar()
            if pseudonym is None:
                return []
            query = sa.select(sa.func.count()).where(RECORD.c.person == pseudonym)
            erased = Erasure(pseudonym, connection.execute(query).scalar_one())
            connection.execute(sa.delete(PERSON).where(PERSON.c.subject == subject))
            connection.execute(sa.delete(EVIDENCE_KEY).where(EVIDENCE_KEY.c.subject == subject))
            theirs = sa.select(RECORD.c.seq).where(RECORD.c.person == pseudonym)
            gone = connection.execute(
                sa.select(EVIDENCE.c.seq).where(EVIDENCE.c.seq.in_(theirs)).order_by(EVIDENCE.c.seq)
            ).scalars()
            facts = {"records": erased.records, "forgotten": ranges([int(seq) for seq in gone])}
            connection.execute(sa.delete(EVIDENCE).where(EVIDENCE.c.seq.in_(theirs)))
            if self.account:
                facts["account"] = self.account
            return [act("erasure", str(uuid.uuid4()), at, pseudonym=pseudonym, **facts)]

        self.replay()  # what waits in the spool is the person's as well
        self.transact(work)
        self.forget_deleted()
        return erased

    def forget_deleted(self) -> None:
        """Overwrite on disk what was deleted."""
        with self.reachable():
            self._store.database.forget_deleted()

    def subject(self, user: str) -> str:
        """The keyed hash of a user's name, for comparing."""
        return self._store.keys.subject(user)

    def acts(self, kind: str, month: Month | None = None) -> tuple[Body, ...]:
        """The records of one kind of act, or amendments, in order; not for violations."""
        query = sa.select(RECORD.c.body).where(
            RECORD.c.kind == kind, IS_ACT, RECORD.c.body.is_not(None)
        )
        if month:
            query = query.where(RECORD.c.at >= month.name, RECORD.c.at < month.plus(1).name)
        with self.reading() as connection:
            bodies = connection.execute(query.order_by(RECORD.c.seq)).scalars()
            return tuple(orjson.loads(body) for body in bodies)

    def about(self, user: str) -> tuple[str, list[Body]]:
        """What is kept about a person: the pseudonym, empty if none, and the records."""
        with self.reading() as connection:
            pseudonym = connection.execute(
                sa.select(PERSON.c.pseudonym).where(
                    PERSON.c.subject == self._store.keys.subject(user)
                )
            ).scalar()
            if pseudonym is None:
                return "", []
            bodies = connection.execute(
                sa.select(RECORD.c.body)
                .where(RECORD.c.person == pseudonym, RECORD.c.body.is_not(None))
                .order_by(RECORD.c.seq)
            ).scalars()
            return pseudonym, [orjson.loads(body) for body in bodies]

    def evidence(self, id: str, *, by: str, reason: str, at: datetime) -> list[Body]:
        """Classes and masked excerpts of a violation; empty where none are kept.

        That somebody looked is recorded first. Raises Refused without a name and a reason, and for
        a violation that is not in the ledger.
        """
        if not by.strip() or not reason.strip():
            raise Refused("whoever looks at evidence says who they are and why")
        query = (
            sa.select(RECORD.c.id, PERSON.c.subject, EVIDENCE.c.sealed)
            .join(EVIDENCE, EVIDENCE.c.seq == RECORD.c.seq)
            .join(PERSON, PERSON.c.pseudonym == RECORD.c.person)
            .where(RECORD.c.id == id)
        )
        with self.reading() as connection:
            row = connection.execute(query).first()
            known = connection.execute(sa.select(RECORD.c.seq).where(RECORD.c.id == id)).first()
        if known is None:
            raise Refused(f"no violation `{id[:40]}`; see: penstock ledger export")
        if row is None:
            return []
        self.act("evidence", at, violation=id, by=by, reason=reason)
        with self.reading() as connection:
            return evidence.read(connection, self._store.keys, row.subject, row.sealed, row.id)

    def rebuild(self) -> None:
        """Make the roll-ups anew from the records, but for months whose records are deleted."""
        with self.reachable(), self._store.database.appending() as connection:
            month = sa.func.substr(RECORD.c.at, 1, 7)
            every = set(connection.execute(sa.select(month).distinct()).scalars())
            short = sa.select(month).where(RECORD.c.body.is_(None)).distinct()
            whole = every - set(connection.execute(short).scalars())
            rollup.rebuild(connection, (bodies for _, bodies in self._store.bodies(0)), whole)
