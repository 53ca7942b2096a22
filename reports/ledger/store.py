"""The chain in the database: the only code that appends to it."""

import base64
import secrets
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from penstock.errors import LedgerError
from reports.ledger import evidence, rollup, rows
from reports.ledger.database import FAILURES, Database, reason
from reports.ledger.head import Head, HeadFile
from reports.ledger.keys import Keys
from reports.ledger.record import Body, Draft, canonical, digest, link
from reports.ledger.tables import EVIDENCE, FINDING, IS_ACT, META, PERSON, RECORD

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

# Statements are made once: making one costs more than running it.
_LAST = sa.select(RECORD.c.seq, RECORD.c.hash).order_by(RECORD.c.seq.desc()).limit(1)
_HASH = sa.select(RECORD.c.hash).where(RECORD.c.seq == sa.bindparam("seq"))
_KNOWN = sa.select(RECORD.c.id).where(RECORD.c.id.in_(sa.bindparam("ids", expanding=True)))
_PEOPLE = sa.select(PERSON.c.subject, PERSON.c.pseudonym).where(
    PERSON.c.subject.in_(sa.bindparam("subjects", expanding=True))
)
_USED = sa.select(RECORD.c.person).where(RECORD.c.person.in_(sa.bindparam("names", expanding=True)))
_TAKEN = sa.select(PERSON.c.pseudonym).where(
    PERSON.c.pseudonym.in_(sa.bindparam("names", expanding=True))
)

_OF_PEOPLE = ("violation", "amendment")
"""Kinds of records that a person stands in."""

_RECORD = tuple(column.name for column in RECORD.c)
_FINDING = tuple(column.name for column in FINDING.c)


def last_act(connection: Connection, kind: str) -> Body | None:
    """The last record of one kind of act."""
    query = sa.select(RECORD.c.body).where(RECORD.c.kind == kind, IS_ACT)
    body = connection.execute(query.order_by(RECORD.c.seq.desc()).limit(1)).scalar()
    return None if body is None else orjson.loads(body)


class Away(Exception):
    """The database takes no records now, and why. The spool takes over."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What one transaction added; `bodies` are its new records, none if all were known."""

    first: int
    last: int
    bodies: tuple[Body, ...] = field(repr=False)


class Store:
    """Appends drafts to the chain, a whole batch in one transaction."""

    def __init__(self, database: Database, keys: Keys, head: HeadFile, *, demo: bool) -> None:
        self.database = database
        self.keys = keys
        self.head = head
        self.id = ""
        """Id of the ledger; empty until `ready`."""
        self.demo = demo
        """Whether everything in it is synthetic."""
        self._lock = threading.Lock()

    def ready(self) -> None:
        """Make what is missing and check that this ledger is ours. Raises Away, LedgerError."""
        if self.id:
            return
        with self._lock:
            try:
                self.database.create()
                with self.database.appending() as connection:
                    self._adopt(connection)
            except FAILURES as error:
                raise Away(f"{self.database.name}: {reason(error)}") from None

    def append(self, drafts: Sequence[Draft]) -> Appended:
        """Keep `drafts`; one whose id is already kept is left out.

        Returns once they are on disk. Raises Away, and LedgerError for a draft no database takes.
        """
        return self.transact(lambda _: drafts)

    def transact(self, work: Callable[[Connection], Sequence[Draft]]) -> Appended:
        """Do `work` and keep the drafts it returns, in one transaction. Raises like `append`."""
        self.ready()
        try:
            with self.database.appending() as connection:
                before, previous = self.last(connection)
                self._check_head(connection, before)
                bodies, head = self._append(connection, before, previous, work(connection))
        except (DataError, IntegrityError) as error:
            raise LedgerError(f"{self.database.name}: {reason(error)}") from None
        except FAILURES as error:
            raise Away(f"{self.database.name}: {reason(error)}") from None
        if head:
            self._advance(head)
        return Appended(before + 1, before + len(bodies), bodies)

    def bodies(self, after: int, batch: int = 500) -> Iterator[tuple[int, list[Body]]]:
        """The records after number `after`, as the last number and the bodies of each batch."""
        while True:
            with self.database.reading() as connection:
                rows = connection.execute(
                    sa.select(RECORD.c.seq, RECORD.c.body)
                    .where(RECORD.c.seq > after)
                    .order_by(RECORD.c.seq)
                    .limit(batch)
                ).all()
            if not rows:
                return
            after = rows[-1].seq
            yield after, [orjson.loads(row.body) for row in rows if row.body is not None]

    def last(self, connection: Connection) -> tuple[int, str]:
        """Number and hash of the last record; for an empty ledger 0 and what record 1 builds on."""
        row = connection.execute(_LAST).first()
        return (row.seq, row.hash) if row else (0, anchor(self.id))

    def _append(
        self, connection: Connection, before: int, previous: str, drafts: Sequence[Draft]
    ) -> tuple[tuple[Body, ...], Head | None]:
        fresh = self._unknown(connection, drafts)
        if not fresh:
            return (), None
        pseudonyms = self._pseudonyms(connection, fresh)
        excerpts = evidence.for_people(connection, self.keys, fresh)
        bodies: list[Body] = []
        records: list[rows.Row] = []
        findings: list[rows.Row] = []
        sealed: list[rows.Row] = []
        for seq, draft in enumerate(fresh, before + 1):
            person = pseudonyms.get(draft.body["person"], draft.body["person"])
            body = draft.body | {"person": person}
            if self.demo:
                body["demo"] = True
            if draft.id in excerpts:
                body["evidence"] = digest(excerpts[draft.id])
                sealed.append((seq, excerpts[draft.id]))
            text = canonical(body)
            body_sha256 = digest(text)
            hash_ = link(seq, previous, body_sha256)
            signature = ""
            if seq == before + len(fresh):
                signature = base64.b64encode(self.keys.signing.sign(hash_.encode())).decode()
            place = (seq, draft.id, draft.at, draft.kind, person)
            records.append((*place, text, body_sha256, previous, hash_, signature))
            findings.extend(tuple(row.values()) for row in finding_rows(seq, body))
            bodies.append(body)
            previous = hash_
        rows.insert(connection, RECORD, _RECORD, records)
        rows.insert(connection, FINDING, _FINDING, findings)
        rows.insert(connection, EVIDENCE, ("seq", "sealed"), sealed)
        rollup.add(connection, bodies)
        return tuple(bodies), Head(self.id, before + len(bodies), previous, signature)

    def _unknown(self, connection: Connection, drafts: Sequence[Draft]) -> list[Draft]:
        """Those not kept yet, each once."""
        by_id = {draft.id: draft for draft in drafts}
        known = connection.execute(_KNOWN, {"ids": list(by_id)})
        for (id_,) in known:
            del by_id[id_]
        return list(by_id.values())

    def _pseudonyms(self, connection: Connection, drafts: Iterable[Draft]) -> dict[str, str]:
        """Keyed hash -> pseudonym, for everybody in `drafts`; newcomers get one."""
        subjects = {d.body["person"] for d in drafts if d.kind in _OF_PEOPLE} - {""}
        if not subjects:
            return {}
        people = connection.execute(_PEOPLE, {"subjects": sorted(subjects)})
        known = {row.subject: row.pseudonym for row in people}
        fresh = sorted(subjects - known.keys())
        new = dict(zip(fresh, self._new_pseudonyms(connection, len(fresh)), strict=True))
        rows.insert(connection, PERSON, ("subject", "pseudonym"), list(new.items()))
        return known | new

    def _new_pseudonyms(self, connection: Connection, number: int) -> list[str]:
        """Random, and longer only where the short ones run out. Never one that was used before,
        even by somebody since erased: their records must not become another person's.
        """
        found: list[str] = []
        for length in (5, 5, 6, 6, 7, 8, 10, 12, 20):
            missing = number - len(found)
            if not missing:
                break
            names = {_pseudonym(length) for _ in range(missing)} - set(found)
            for query in (_USED, _TAKEN):
                names -= set(connection.execute(query, {"names": sorted(names)}).scalars())
            found += names
        return found + [_pseudonym(40) for _ in range(number - len(found))]

    def _check_head(self, connection: Connection, last: int) -> None:
        """Never build on a chain that no longer leads through what we signed."""
        try:
            head = self.head.read()
        except LedgerError as error:
            raise Away(str(error)) from None
        if head is None:
            return
        kept = connection.execute(_HASH, {"seq": head.seq}).scalar()
        if head.ledger != self.id:
            raise Away(
                f"{self.database.name}: is another ledger than the one `{self.head.path}` belongs "
                "to; restore that one, or remove the file to begin anew"
            )
        if kept != head.hash:
            what = f"ends at {last}" if kept is None else "was written anew"
            raise Away(
                f"{self.database.name}: record {head.seq} was kept, but the chain {what}; "
                "run `penstock ledger verify`"
            )

    def _advance(self, head: Head) -> None:
        try:
            self.head.advance(head)
        except (OSError, LedgerError) as error:
            raise Away(f"{self.head.path}: {error}") from None

    def _adopt(self, connection: Connection) -> None:
        facts = {row.name: row.value for row in connection.execute(sa.select(META))}
        if not facts:
            facts = {
                "id": str(uuid.uuid4()),
                "pseudonym_key": self.keys.check,
                "demo": "yes" if self.demo else "no",
                "began_at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            rows = [{"name": name, "value": value} for name, value in facts.items()]
            connection.execute(sa.insert(META), rows)
        if facts["pseudonym_key"] != self.keys.check:
            raise LedgerError(
                f"{self.database.name}: begun with another pseudonym key; "
                "put the `ledger-*.key` files it was begun with into the state directory"
            )
        if self.demo and facts["demo"] != "yes":
            raise LedgerError(
                f"{self.database.name}: holds real records; demo data needs a ledger of its own"
            )
        self.demo = facts["demo"] == "yes"
        self.id = facts["id"]


def _pseudonym(length: int) -> str:
    return "U-" + "".join(secrets.choice(_LETTERS) for _ in range(length))


def anchor(ledger: str) -> str:
    """`previous` of a ledger's first record."""
    return digest(f"penstock-ledger-1\n{ledger}\n")


def finding_rows(seq: int, body: Body) -> Iterator[dict[str, object]]:
    """The `finding` rows of a record."""
    for place, finding in enumerate(body.get("findings", ())):
        yield {
            "seq": seq,
            "place": place,
            "data_class": finding["class"],
            "detector": finding["detector"],
            "count": finding["count"],
            "confidence": finding["confidence"],
            "values_seen": finding["distinct"],
            "fingerprints": ",".join(finding["fingerprints"]),
        }
