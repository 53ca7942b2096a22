"""Whether the ledger is as it was written, and if not, the first record that is not.

Every record's text is hashed again, every link to the one before, and the last link is compared
with its signature and with the head this installation keeps outside the database. Then everything
derived from the records is derived again and compared: finding rows and roll-ups.
"""

import base64
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from penstock.errors import LedgerError, ServiceDown
from reports.ledger import rollup
from reports.ledger.database import Database, reason
from reports.ledger.head import Head, HeadFile
from reports.ledger.keys import is_signed
from reports.ledger.record import Body, digest, link
from reports.ledger.rollup import Amount, Cell, Tokens, Use
from reports.ledger.store import anchor, finding_rows
from reports.ledger.tables import DISTINCT, EVIDENCE, FINDING, RECORD, ROLL_UP, SEEN, USAGE

_BATCH = 1000
_NOTHING = Tokens(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found."""

    records: int
    """How many were read and are as they were written."""
    problem: str = ""
    """What is wrong, in one sentence; empty: nothing."""
    first_bad: int = 0
    """Number of the first record that is not, or may not be, as it was written; 0: none, or the
    fault is not in a record."""
    head: str = ""
    """Hash of the last record."""
    kinds: Mapping[str, int] = field(default_factory=dict)
    """How many of the records that were read are of each kind."""

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem


class _Bad(Exception):
    def __init__(self, seq: int, problem: str) -> None:
        super().__init__(problem)
        self.seq = seq
        self.problem = problem


def verify(
    database: Database,
    public: Ed25519PublicKey,
    head_file: HeadFile,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Verification:
    """Read the whole ledger; `progress` hears records done and records in all."""
    try:
        said = database.is_intact()
        if said:
            return Verification(0, f"the database file is damaged: {said}")
        with database.reading() as connection:
            return _Walk(connection, public, head_file, progress).run()
    except UnicodeDecodeError:
        return Verification(0, "the database file is damaged: it holds text that is not UTF-8")
    except SQLAlchemyError as error:
        why = reason(error)
        if not database.is_sqlite or "locked" in why or "unable to open" in why:
            raise ServiceDown(f"{database.name}: the ledger is away: {why}") from None
        return Verification(0, f"the database file is damaged: {why}")


class _Walk:
    """One pass over the chain."""

    def __init__(
        self,
        connection: Connection,
        public: Ed25519PublicKey,
        head_file: HeadFile,
        progress: Callable[[int, int], None],
    ) -> None:
        self.connection = connection
        self.public = public
        self.head_file = head_file
        self.progress = progress
        self.seq = 0
        self.ledger = self._ledger()
        self.hash = anchor(self.ledger)
        self.signature = ""
        self.kinds: Counter[str] = Counter()
        self.signed: list[int] = []
        """Numbers of the records that carry a signature."""
        self.bodies: list[Body] = []
        """Records read but not yet counted."""
        self.cells: dict[Cell, Amount] = {}
        self.usage: dict[Use, Tokens] = {}
        self.sights: set[rollup.Sight] = set()
        self.emptied: list[int] = []
        """Records without a body."""
        self.emptied_days: set[str] = set()
        self.first_month = ""
        """Roll-ups of the months before it were deleted."""
        self.allowed: list[tuple[int, int]] = []
        """First and last of the records that a retention run says it emptied."""
        self.without: list[int] = []
        """Records whose evidence is gone."""
        self.forgotten: list[tuple[int, int]] = []
        """First and last of the records whose evidence an entry says was destroyed."""

    def run(self) -> Verification:
        total = self.connection.execute(sa.select(sa.func.count()).select_from(RECORD)).scalar()
        try:
            head = self._head()
            for row, findings, sealed in self._rows():
                self._record(row, findings, sealed)
                if head and row.seq == head.seq and row.hash != head.hash:
                    raise _Bad(
                        self._vouched(row.seq) + 1,
                        f"the chain was written anew: record {row.seq} is not the one "
                        f"`{self.head_file.path.name}` holds",
                    )
                if self.seq % _BATCH == 0:
                    self.progress(self.seq, int(total or 0))
            self._end(head)
            self._gaps()
            self._orphans()
            self._roll_ups()
        except _Bad as bad:
            good = bad.seq - 1 if bad.seq else self.seq
            return Verification(good, bad.problem, bad.seq, self.hash)
        self.progress(self.seq, self.seq)
        return Verification(self.seq, head=self.hash, kinds=self.kinds)

    def _ledger(self) -> str:
        row = self.connection.execute(sa.text("SELECT value FROM meta WHERE name = 'id'")).scalar()
        return str(row or "")

    def _head(self) -> Head | None:
        try:
            head = self.head_file.read()
        except LedgerError as error:
            raise _Bad(0, str(error)) from None
        if head is None:
            return None
        if head.ledger != self.ledger:
            raise _Bad(0, f"`{self.head_file.path}` belongs to another ledger")
        if not is_signed(self.public, _bytes(head.signature), head.hash.encode()):
            raise _Bad(0, f"`{self.head_file.path}` is not signed with this installation's key")
        return head

    def _rows(self) -> Iterator[tuple[Any, list[dict[str, object]], str]]:
        """Every record with its finding rows and its evidence, in order."""
        after = -(2**62)
        while True:
            rows = self.connection.execute(
                sa.select(RECORD).where(RECORD.c.seq > after).order_by(RECORD.c.seq).limit(_BATCH)
            ).all()
            if not rows:
                return
            by_seq: dict[int, list[dict[str, object]]] = {}
            findings = self.connection.execute(
                sa.select(FINDING)
                .where(FINDING.c.seq > after, FINDING.c.seq <= rows[-1].seq)
                .order_by(FINDING.c.seq, FINDING.c.place)
            )
            for found in findings.mappings():
                by_seq.setdefault(found["seq"], []).append(dict(found))
            kept = self.connection.execute(
                sa.select(EVIDENCE).where(EVIDENCE.c.seq > after, EVIDENCE.c.seq <= rows[-1].seq)
            )
            sealed: dict[int, str] = {row.seq: row.sealed for row in kept}
            for row in rows:
                yield row, by_seq.get(row.seq, []), sealed.get(row.seq, "")
            after = rows[-1].seq

    def _record(self, row: Any, findings: list[dict[str, object]], sealed: str) -> None:
        expected = self.seq + 1
        if row.seq != expected:
            what = "is missing" if row.seq > expected else "has no place in the chain"
            raise _Bad(expected if row.seq > expected else row.seq, f"record {expected} {what}")
        if link(row.seq, row.previous, row.body_sha256) != row.hash:
            raise _Bad(expected, f"the hash of record {expected} is not its own")
        if row.previous != self.hash:
            first = min(self._vouched(self.seq) + 1, expected)
            raise _Bad(first, f"record {expected} does not build on the one before it")
        if row.body is None:
            self.emptied.append(row.seq)
            self.emptied_days.add(row.at[:10])
            if row.person or findings or sealed:
                raise _Bad(expected, f"record {expected} was emptied only in part")
        elif digest(row.body) != row.body_sha256:
            raise _Bad(expected, f"record {expected} was edited")
        if row.body is not None:
            body = orjson.loads(row.body)
            self._derived(row, body, findings)
            self._evidence(row.seq, body.get("evidence", ""), sealed)
        if row.signature:
            self.signed.append(row.seq)
        self.kinds[row.kind] += 1
        self.seq, self.hash, self.signature = row.seq, row.hash, row.signature

    def _derived(self, row: Any, body: Body, findings: list[dict[str, object]]) -> None:
        columns = (row.id, row.at, row.kind, row.person)
        if columns != (body["id"], body["at"], body["kind"], body["person"]):
            raise _Bad(row.seq, f"a column of record {row.seq} was edited")
        if findings != list(finding_rows(row.seq, body)):
            raise _Bad(row.seq, f"the finding rows of record {row.seq} were edited")
        if row.kind in ("retention", "erasure"):
            self.forgotten += [(first, last) for first, last in body["forgotten"]]
        if row.kind == "retention":
            self.allowed += [(first, last) for first, last in body["emptied"]]
            self.first_month = max(self.first_month, body["aggregates_before"])
        self.bodies.append(body)
        if len(self.bodies) == _BATCH:
            self._count()

    def _evidence(self, seq: int, expected: str, sealed: str) -> None:
        if expected and not sealed:
            self.without.append(seq)
        elif (digest(sealed) if sealed else "") != expected:
            raise _Bad(seq, f"the evidence of record {seq} was edited")

    def _count(self) -> None:
        bodies, self.bodies = self.bodies, []
        for use, tokens in rollup.used(bodies).items():
            self.usage[use] = Tokens(
                *map(sum, zip(self.usage.get(use, _NOTHING), tokens, strict=True))
            )
        for cell, amount in rollup.summed(bodies).items():
            known = self.cells.get(cell)
            self.cells[cell] = (
                Amount(*map(sum, zip(known, amount, strict=True))) if known else amount
            )
        self.sights |= rollup.seen_again(rollup.values_met(bodies), self.sights)
        for body in bodies:
            self.sights.update(rollup.sights(body))

    def _end(self, head: Head | None) -> None:
        if head and head.seq > self.seq:
            first = self.seq + 1
            more = f"s {first} to {head.seq} are" if head.seq > first else f" {first} is"
            raise _Bad(first, f"record{more} missing")
        if self.seq and not is_signed(self.public, _bytes(self.signature), self.hash.encode()):
            raise _Bad(self._vouched(self.seq) + 1, "the last record is not signed by us")

    def _gaps(self) -> None:
        """Contents are missing only where a record of the chain says that they were deleted."""
        for what, missing, allowed in (
            ("content", self.emptied, sorted(self.allowed)),
            ("evidence", self.without, sorted(self.forgotten)),
        ):
            i = 0
            for seq in missing:
                while i < len(allowed) and allowed[i][1] < seq:
                    i += 1
                if i == len(allowed) or seq < allowed[i][0]:
                    raise _Bad(seq, f"the {what} of record {seq} was deleted")

    def _vouched(self, seq: int) -> int:
        """The last record up to `seq` whose signature is right: everything to there is ours.

        A chain that was hashed anew from some record on has right signatures before it and none
        from there on, so halving finds the border.
        """
        low, high = 0, len([s for s in self.signed if s <= seq])
        while low < high:
            middle = (low + high) // 2
            if self._is_ours(self.signed[middle]):
                low = middle + 1
            else:
                high = middle
        return self.signed[low - 1] if low else 0

    def _is_ours(self, seq: int) -> bool:
        row = self.connection.execute(
            sa.select(RECORD.c.hash, RECORD.c.signature).where(RECORD.c.seq == seq)
        ).one()
        return is_signed(self.public, _bytes(row.signature), row.hash.encode())

    def _orphans(self) -> None:
        for table in (FINDING, EVIDENCE):
            stray = self.connection.execute(
                sa.select(table.c.seq).where(table.c.seq.not_in(sa.select(RECORD.c.seq))).limit(1)
            ).scalar()
            if stray is not None:
                raise _Bad(0, f"{table.name} rows stand under a record {stray} that does not exist")

    def _roll_ups(self) -> None:
        """Compare all months but those whose records or roll-ups were deleted."""
        self._count()
        months = {day[:7] for day in self.emptied_days}

        def whole(day: str) -> bool:
            return day[:7] not in months and day[:7] >= self.first_month

        for table, kept, (key, measures) in (
            (ROLL_UP, self.cells, (Cell._fields, Amount._fields)),
            (USAGE, self.usage, (Use._fields, Tokens._fields)),
        ):
            query = sa.select(*(table.c[name] for name in key + measures))
            stored = {
                tuple(row[: len(key)]): tuple(row[len(key) :])
                for row in self.connection.execute(query)
                if whole(row[key.index("day")])
            }
            counted = {tuple(k): tuple(v) for k, v in kept.items() if whole(k[key.index("day")])}
            if stored != counted:
                wrong = next(k for k in stored | counted if stored.get(k) != counted.get(k))
                raise _Bad(
                    0,
                    f"the roll-ups of {wrong[key.index('day')]} do not equal the records; "
                    "run `penstock ledger rebuild`",
                )
        query = sa.select(SEEN.c.month, SEEN.c.cut, SEEN.c.name, SEEN.c.value)
        seen = {tuple(row) for row in self.connection.execute(query) if whole(row[0])}
        numbers: dict[tuple[str, ...], int] = {}
        for month, cut, name, _ in self.sights:
            if whole(month):
                numbers[month, cut, name] = numbers.get((month, cut, name), 0) + 1
        query = sa.select(DISTINCT.c.month, DISTINCT.c.cut, DISTINCT.c.name, DISTINCT.c.number)
        stored_numbers = {
            tuple(row[:3]): row[3] for row in self.connection.execute(query) if whole(row[0])
        }
        if seen != {s for s in self.sights if whole(s[0])} or stored_numbers != numbers:
            raise _Bad(
                0, "the distinct counts do not equal the records; run `penstock ledger rebuild`"
            )


def _bytes(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except ValueError:
        return b""
