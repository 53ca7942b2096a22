"""Deleting what has been kept long enough, and proving that nothing else was deleted.

The content of old records is removed and their links stay, so the chain still verifies; which
ones were emptied is itself a record. What is on hold stays until the hold is released.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from penstock.errors import ConfigError, Refused
from reports.ledger.figures import Month
from reports.ledger.ledger import Ledger
from reports.ledger.record import Draft, act, ranges, timestamp
from reports.ledger.tables import (
    DISTINCT,
    EVIDENCE,
    EVIDENCE_KEY,
    FINDING,
    NOTED,
    PERSON,
    RECORD,
    ROLL_UP,
    RUN,
    SEEN,
    TRAFFIC,
    USAGE,
)

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept."""

    events_days: int = 365
    """Records of violations, amendments and answers, and the link between person and pseudonym."""
    evidence_days: int = 30
    """Encrypted excerpts."""
    aggregates_months: int = 36
    """Roll-ups, which name nobody, for reports."""
    classes: Mapping[str, int] = field(default_factory=dict)
    """Days for records with findings of a data class, where fewer; `pii.*` names all below."""

    def __post_init__(self) -> None:
        """Raises ConfigError."""
        days = (self.events_days, self.evidence_days, *self.classes.values())
        if min(days) < 1 or self.aggregates_months * 28 < self.events_days:
            raise ConfigError(
                "retention: at least one day, and roll-ups at least as long as records"
            )


@dataclass(frozen=True, slots=True)
class Hold:
    """Records of a time, or of a person in it, that must not be deleted."""

    id: str
    reason: str
    case: str
    start: str
    end: str
    pseudonym: str
    """Empty: everybody's."""


@dataclass(frozen=True, slots=True)
class Retained:
    """What one run of the job deleted."""

    records: int
    people: int
    aggregates: int
    evidence: int
    held: int
    """Records that were old enough but on hold."""


def hold(
    ledger: Ledger,
    *,
    reason: str,
    case: str,
    start: datetime,
    end: datetime,
    by: str,
    at: datetime,
    pseudonym: str = "",
) -> str:
    """Keep records of [start, end) from being deleted; returns the hold's id. Raises Refused."""
    if not reason.strip() or not case.strip():
        raise Refused("a legal hold needs a reason and a case")
    if end <= start:
        raise Refused("a hold ends after it begins")
    id_ = str(uuid.uuid4())
    ledger.act(
        "hold", at, hold=id_, step="placed", reason=reason, case=case, by=by,
        start=timestamp(start), end=timestamp(end), pseudonym=pseudonym,
    )  # fmt: skip
    return id_


def release(ledger: Ledger, id: str, *, reason: str, by: str, at: datetime) -> None:
    """End a hold. Raises Refused."""
    if id not in {one.id for one in holds(ledger)}:
        raise Refused(f"no hold `{id[:40]}` in force; see: penstock ledger holds")
    ledger.act("hold", at, hold=id, step="released", reason=reason, by=by)


def holds(ledger: Ledger) -> tuple[Hold, ...]:
    """Those in force."""
    found: dict[str, Hold] = {}
    for body in ledger.acts("hold"):
        if body["step"] == "released":
            found.pop(body["hold"], None)
        else:
            found[body["hold"]] = Hold(
                body["hold"], body["reason"], body["case"], body["start"], body["end"],
                body["pseudonym"],
            )  # fmt: skip
    return tuple(found.values())


def retain(ledger: Ledger, retention: Retention, now: datetime) -> Retained:
    """Delete what is older than `retention` allows. Blocks; raises ServiceDown, LedgerError."""
    before = _before(now, retention.events_days)
    first_month = Month.of(now).plus(-retention.aggregates_months).name
    kept = [_held(one) for one in holds(ledger)]
    old = sa.and_(
        sa.or_(
            RECORD.c.at < before,
            *(_of_class(name, _before(now, days)) for name, days in retention.classes.items()),
        ),
        RECORD.c.body.is_not(None),
        RECORD.c.kind.in_(["violation", "amendment", "answer"]),
    )
    due = sa.and_(old, *(sa.not_(condition) for condition in kept))
    shown = sa.and_(
        RECORD.c.at < _before(now, retention.evidence_days),
        *(sa.not_(condition) for condition in kept),
    )
    records = people = aggregates = excerpts = 0

    def work(connection: Connection) -> list[Draft]:
        nonlocal records, people, aggregates, excerpts
        emptied = _empty(connection, due)
        unseen = _forget_evidence(connection, shown)
        gone = cut = figures = runs = 0
        if len(emptied) < _BATCH:
            gone, runs = _forget_people(connection), _cut(connection, RUN.c.seen_at, first_month)
            figures = _cut_aggregates(connection, first_month)
            cut = figures + _forget_values(connection, before[:7])
        records, people, aggregates = records + len(emptied), people + gone, aggregates + cut
        excerpts += len(unseen)
        if not (emptied or gone or cut or runs or unseen):
            return []
        facts = {
            "before": before,
            "aggregates_before": first_month,
            "emptied": ranges(emptied),
            "records": len(emptied),
            "people": gone,
            "aggregates": cut,
            "figures": figures,
            "runs": runs,
            "forgotten": ranges(unseen),
            "excerpts": len(unseen),
        }
        return [act("retention", str(uuid.uuid4()), now, **facts)]

    while True:
        done = records
        ledger.transact(work)
        if records - done < _BATCH:
            break
    ledger.forget_deleted()
    with ledger.reading() as connection:
        held = connection.execute(sa.select(sa.func.count()).where(old)).scalar_one()
    return Retained(records, people, aggregates, excerpts, held)


def _before(now: datetime, days: int) -> str:
    return timestamp(now - timedelta(days=days))


def _of_class(name: str, before: str) -> ColumnElement[bool]:
    """Records before a time with a finding of a data class."""
    column = FINDING.c.data_class
    named = column.startswith(name[:-1], autoescape=True) if name.endswith(".*") else column == name
    return sa.and_(RECORD.c.at < before, sa.exists().where(FINDING.c.seq == RECORD.c.seq, named))


def _forget_evidence(connection: Connection, due: ColumnElement[bool]) -> list[int]:
    """The excerpts whose time is over, and those of records that were emptied."""
    query = (
        sa.select(EVIDENCE.c.seq)
        .join(RECORD, RECORD.c.seq == EVIDENCE.c.seq)
        .where(sa.or_(due, RECORD.c.body.is_(None)))
        .order_by(EVIDENCE.c.seq)
    )
    seqs = [int(seq) for seq in connection.execute(query).scalars()]
    for first, last in ranges(seqs):
        connection.execute(sa.delete(EVIDENCE).where(EVIDENCE.c.seq.between(first, last)))
    return seqs


def _empty(connection: Connection, due: ColumnElement[bool]) -> list[int]:
    query = sa.select(RECORD.c.seq).where(due).order_by(RECORD.c.seq).limit(_BATCH)
    seqs = [int(seq) for seq in connection.execute(query).scalars()]
    for first, last in ranges(seqs):
        connection.execute(
            sa.update(RECORD).where(RECORD.c.seq.between(first, last)).values(body=None, person="")
        )
        connection.execute(sa.delete(FINDING).where(FINDING.c.seq.between(first, last)))
    return seqs


def _forget_people(connection: Connection) -> int:
    """The links to pseudonyms that no record bears any more."""
    borne = sa.select(RECORD.c.person).where(RECORD.c.person == PERSON.c.pseudonym)
    gone = connection.execute(sa.delete(PERSON).where(~borne.exists())).rowcount
    theirs = sa.select(PERSON.c.subject).where(PERSON.c.subject == EVIDENCE_KEY.c.subject)
    connection.execute(sa.delete(EVIDENCE_KEY).where(~theirs.exists()))
    return gone


def _forget_values(connection: Connection, month: str) -> int:
    """Pseudonyms and fingerprints met in months before `month` whose records are all emptied: how
    many there were stays counted.
    """
    query = sa.select(SEEN.c.month).where(SEEN.c.month < month).distinct()
    number = 0
    for name in connection.execute(query).scalars().all():
        left = sa.select(RECORD.c.seq).where(
            RECORD.c.at >= name,
            RECORD.c.at < Month(name).plus(1).name,
            RECORD.c.kind == "violation",
            RECORD.c.body.is_not(None),
        )
        if connection.execute(left.limit(1)).first() is None:
            number += connection.execute(sa.delete(SEEN).where(SEEN.c.month == name)).rowcount
    return number


def watched_before(ledger: Ledger) -> str:
    """The month up to which proxies ran of which nothing is kept any more; empty: there is none."""
    return _cut_before(ledger, "runs")


def counted_before(ledger: Ledger) -> str:
    """The month up to which figures for reports were deleted; empty: none were."""
    return _cut_before(ledger, "figures", "runs")


def _cut_before(ledger: Ledger, *deleted: str) -> str:
    acts = ledger.acts("retention")
    cuts = (body["aggregates_before"] for body in acts if any(map(body.get, deleted)))
    return max(cuts, default="")


def _cut_aggregates(connection: Connection, first_month: str) -> int:
    days = (ROLL_UP.c.day, USAGE.c.day, SEEN.c.month, DISTINCT.c.month, NOTED.c.day)
    return sum(_cut(connection, column, first_month) for column in (*days, TRAFFIC.c.hour))


def _cut(connection: Connection, column: sa.Column[str], before: str) -> int:
    return connection.execute(sa.delete(column.table).where(column < before)).rowcount


def _held(one: Hold) -> ColumnElement[bool]:
    within = sa.and_(RECORD.c.at >= one.start, RECORD.c.at < one.end)
    return sa.and_(within, RECORD.c.person == one.pseudonym) if one.pseudonym else within
