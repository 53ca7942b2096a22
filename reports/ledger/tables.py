"""The ledger's tables, the same on SQLite and PostgreSQL.

Times are text, `2026-11-21T09:30:00.123456Z`: they sort, compare and hash alike everywhere.
`record` is the truth and append-only; every other table can be made again from it, except
`person` (whose rows are what an erasure destroys), `traffic`, `noted` and `run`.
"""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text, text
from sqlmodel import Field, SQLModel

_BIG = BigInteger().with_variant(Integer, "sqlite")

_KEYED = {"sqlite_with_rowid": False}
"""Stored by its key alone: half the pages to write at each commit."""


IS_ACT = text("kind NOT IN ('violation', 'answer')")
"""A condition on `record`; only in exactly these words is the index `record_acts` used."""


def _text(**options: Any) -> Any:
    return Field(sa_column=Column(Text, nullable=False, **options))


def _count() -> Any:
    return Field(sa_column=Column(BigInteger, nullable=False))


class Record(SQLModel, table=True):
    """One link of the chain: a violation, or an act on the ledger itself."""

    __tablename__: ClassVar[Any] = "record"
    __table_args__ = (
        # Violations are many and found by time; acts on the ledger are few and found by kind.
        Index(
            "record_acts",
            "kind",
            sqlite_where=IS_ACT,
            postgresql_where=IS_ACT,
        ),
    )

    seq: int = Field(sa_column=Column(_BIG, primary_key=True, autoincrement=False))
    """1, 2, 3, … without gaps."""
    id: str = _text(unique=True)
    """The event's own id; a second record with the same id is never written."""
    at: str = _text(index=True)
    """When it happened. Records stand in the order they were kept, not in this one."""
    kind: str = _text()
    """`violation`, `amendment`, `erasure`, `retention`, …"""
    person: str = _text(index=True)
    """Pseudonym, `U-7F3K2`; empty where nobody is meant."""
    body: str | None = Field(sa_column=Column(Text, nullable=True))
    """Canonical JSON of all of it; null once its retention has run out."""
    body_sha256: str = _text()
    previous: str = _text()
    """`hash` of the record before; 64 zeros for the first."""
    hash: str = _text()
    signature: str = _text()
    """Ed25519 over `hash`, base64; empty inside a commit of several records."""


class FindingRow(SQLModel, table=True):
    """Findings of one class by one detector in one violation."""

    __tablename__: ClassVar[Any] = "finding"
    __table_args__ = _KEYED

    seq: int = Field(sa_column=Column(_BIG, primary_key=True, autoincrement=False))
    place: int = Field(sa_column=Column(_BIG, primary_key=True, autoincrement=False))
    """Position within the violation, from 0."""
    data_class: str = _text()
    detector: str = _text()
    """`name@version`"""
    count: int = Field(sa_column=Column(Integer, nullable=False))
    confidence: float
    """The highest among them."""
    distinct: int = Field(sa_column=Column("values_seen", Integer, nullable=False))
    """Different values."""
    fingerprints: str = _text()
    """Keyed hashes of the values, comma-separated; at most 200 are kept."""


class Person(SQLModel, table=True):
    """The only link between somebody and a pseudonym. Erasing a person deletes this row."""

    __tablename__: ClassVar[Any] = "person"
    __table_args__ = _KEYED

    subject: str = _text(primary_key=True)
    """HMAC-SHA256 of the user's name under the pseudonym key, in hex."""
    pseudonym: str = _text(unique=True)
    """Random, so that without this row nothing leads back, not even the key."""


class Evidence(SQLModel, table=True):
    """A masked excerpt of a violation, encrypted with the key of its person."""

    __tablename__: ClassVar[Any] = "evidence"

    seq: int = Field(sa_column=Column(_BIG, primary_key=True, autoincrement=False))
    sealed: str = _text()
    """Its SHA-256 stands in the record."""


class EvidenceKey(SQLModel, table=True):
    """The key of a person's evidence. Deleting this row makes all of it unreadable."""

    __tablename__: ClassVar[Any] = "evidence_key"
    __table_args__ = _KEYED

    subject: str = _text(primary_key=True)
    """As in `person`."""
    wrapped: str = _text()
    """Encrypted with a key that stands in no database."""


class RollUp(SQLModel, table=True):
    """Violations of one day, counted once per name in each cut.

    `cut` says what `name` names: `all` (empty), `class`, `regime` (the first part of a class, and
    `regulated`), `rule`, `host`, `channel`, `recipient` (country, space, transfer basis), `policy`,
    `group`, `unread`, `model`, `dialect`, `detector`, `language` (of source code). Sums over names
    are right only in the cuts where a violation has exactly one name: `all`, `host`, `channel`,
    `recipient`, `policy`, `dialect`.
    """

    __tablename__: ClassVar[Any] = "roll_up"
    __table_args__ = _KEYED

    cut: str = _text(primary_key=True)
    day: str = _text(primary_key=True)
    """UTC, `2026-11-21`"""
    name: str = _text(primary_key=True)
    action: str = _text(primary_key=True)
    asked: str = _text(primary_key=True)
    outcome: str = _text(primary_key=True)
    service: str = _text(primary_key=True)
    account: str = _text(primary_key=True)
    violations: int = _count()
    findings: int = _count()
    """In the cuts `class` and `detector` those of that name, else all of the violation."""
    received_bytes: int = _count()
    sent_bytes: int = _count()


class Seen(SQLModel, table=True):
    """What was met in a month, so that different ones can be counted as they come."""

    __tablename__: ClassVar[Any] = "seen"
    __table_args__ = _KEYED

    month: str = _text(primary_key=True)
    cut: str = _text(primary_key=True)
    """`person` (name empty), `person-service`, `person-group`, `value` (name: data class), and
    `value-again` of values in more than one record."""
    name: str = _text(primary_key=True)
    value: str = _text(primary_key=True)
    """A pseudonym or a fingerprint."""


class Distinct(SQLModel, table=True):
    """How many rows `seen` holds, kept as they are added."""

    __tablename__: ClassVar[Any] = "distinct_count"
    __table_args__ = _KEYED

    month: str = _text(primary_key=True)
    cut: str = _text(primary_key=True)
    name: str = _text(primary_key=True)
    number: int = _count()


class Usage(SQLModel, table=True):
    """Tokens of one day that internal models used in place of a service."""

    __tablename__: ClassVar[Any] = "usage"
    __table_args__ = _KEYED

    day: str = _text(primary_key=True)
    service: str = _text(primary_key=True)
    """Where the request had been going."""
    account: str = _text(primary_key=True)
    asked_model: str = _text(primary_key=True)
    """The public model it asked for; empty where that is not known."""
    model: str = _text(primary_key=True)
    """The internal model that answered."""
    answers: int = _count()
    input_tokens: int = _count()
    output_tokens: int = _count()
    estimated: int = _count()
    """Answers whose tokens are our estimate."""


class Traffic(SQLModel, table=True):
    """Requests that were inspected, whatever became of them: the denominator of every rate."""

    __tablename__: ClassVar[Any] = "traffic"
    __table_args__ = _KEYED

    hour: str = _text(primary_key=True)
    """UTC, `2026-11-21T09`"""
    service: str = _text(primary_key=True)
    account: str = _text(primary_key=True)
    requests: int = _count()
    request_bytes: int = _count()


class Noted(SQLModel, table=True):
    """What proxies noticed beside their records, counted by day; see `watched.Kind`."""

    __tablename__: ClassVar[Any] = "noted"
    __table_args__ = _KEYED

    day: str = _text(primary_key=True)
    """UTC, `2026-11-21`"""
    kind: str = _text(primary_key=True)
    name: str = _text(primary_key=True)
    number: int = _count()


class Run(SQLModel, table=True):
    """One proxy process from start to end; the gaps between runs are the gaps in the record."""

    __tablename__: ClassVar[Any] = "run"

    id: str = _text(primary_key=True)
    version: str = _text()
    started_at: str = _text()
    seen_at: str = _text()
    """Renewed twice a minute while the process lives."""
    stopped_at: str = _text()
    """Empty while it runs, and for ever if it was killed."""


class Meta(SQLModel, table=True):
    """Facts about this ledger: its id, the schema, which keys it was begun with, demo or not."""

    __tablename__: ClassVar[Any] = "meta"

    name: str = _text(primary_key=True)
    value: str = _text()


METADATA: MetaData = SQLModel.metadata
"""All tables."""


def _table(model: type[SQLModel]) -> Table:
    return METADATA.tables[str(model.__tablename__)]


RECORD = _table(Record)
FINDING = _table(FindingRow)
PERSON = _table(Person)
EVIDENCE = _table(Evidence)
EVIDENCE_KEY = _table(EvidenceKey)
ROLL_UP = _table(RollUp)
SEEN = _table(Seen)
DISTINCT = _table(Distinct)
USAGE = _table(Usage)
TRAFFIC = _table(Traffic)
NOTED = _table(Noted)
RUN = _table(Run)
META = _table(Meta)
