"""A report before it has a format. Renderers know only this; it knows no ledger.

Every number carries what it means, what it was divided by, and the question to the database that
gives it again. `schema.json` is this file as JSON Schema.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

SCHEMA = "1"
"""Version of this shape, raised when a field changes its meaning or goes."""

Kind = Literal["text", "count", "share", "rate", "bytes", "hours", "ms", "money", "time", "code"]
"""What a value is, and so how it is written: a share is between 0 and 1, hours, milliseconds and
bytes are numbers, money is in the currency the column's label names, a time is ISO 8601 in UTC."""

type Value = str | int | float | None
"""None: not known, or not shown because too few people stand behind it."""


def instant(at: datetime) -> str:
    """A time as documents hold it: `2026-11-21T09:30:00Z`."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Number:
    """One figure."""

    id: str
    label: str
    value: Value
    kind: Kind
    definition: str
    query: str
    """SQL that gives it, or its numerator."""
    numerator: int | float | None = None
    denominator: int | float | None = None
    previous: Value = None
    """The same figure one month earlier; None: not known."""
    note: str = ""
    """What a reader must know to read it rightly."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    id: str
    label: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Chart:
    """How a table is drawn. The table itself always stands beside it."""

    kind: Literal["stacked-columns", "bars", "line"]
    label: str
    """Id of the column that names the columns or bars."""
    series: tuple[str, ...]
    """Ids of the columns drawn, in order."""
    mark: float | None = None
    """A value to mark on the label axis of a `line`."""
    mark_label: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    definition: str
    query: str
    chart: Chart | None = None
    note: str = ""
    printed: int = 200
    """Most rows on paper; every other format has all."""


@dataclass(frozen=True, slots=True)
class Section:
    """One lettered part of the report."""

    letter: str
    id: str
    title: str
    text: tuple[str, ...] = ()
    """Paragraphs."""
    numbers: tuple[Number, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """A policy that decided something in the month."""

    name: str
    sha256: str
    first_day: str
    last_day: str
    violations: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which no proxy was running."""

    start: str
    end: str
    hours: float
    reason: str
    """How it began: with a proxy that was stopped, with one that gave no further sign, or before
    the month."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether the month was watched throughout."""

    watched_share: float | None
    """Part of the month, from the first start of a proxy up to now, in which one was running."""
    since: str
    """From when that is counted: the beginning of the month, or the first start of a proxy in it.
    Empty where no proxy is known of."""
    gaps: tuple[Gap, ...]
    text: str
    """The same in one sentence."""
    let_through: int
    """Requests that passed although they could not be inspected: `on_error: warn`."""
    fail_open_hours: float | None
    """Hours under a policy that lets such requests pass; None: no policy is on record."""
    unrecorded: int
    """Requests that were refused because no record of them could be kept."""
    is_final: bool
    """Whether the month is over."""
    counted_hours: float | None = None
    """How long the time was of which a part was watched; None: not known."""


@dataclass(frozen=True, slots=True)
class Control:
    """What an auditor reads first."""

    organization: str
    legal_entity: str
    scope: tuple[str, ...]
    """Sites, units and proxies it covers; empty: not stated."""
    prepared_by: str
    reviewed_by: str
    approved_by: str
    period_start: str
    period_end: str
    """The first instant that no longer belongs to the report."""
    time_zone: str
    generated_at: str
    generator: str
    """`penstock 0.1.0`"""
    supersedes: str
    """Id of the report of this month made before; empty for the first that was noted."""
    ledger: str
    """Id of the ledger."""
    last_record: int
    last_hash: str
    """The chain as the report saw it; see section L."""
    public_key_sha256: str
    policies: tuple[PolicyInForce, ...]
    completeness: Completeness


@dataclass(frozen=True, slots=True)
class Empty:
    """What a month without a single violation has to say."""

    title: str
    text: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]
    """A command, and what it shows."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What internal models answered of one service, kind of account and model asked for."""

    service: str
    """As people call it."""
    vendor: str
    account: str
    """`corporate`, `personal`, `free` or `unknown`."""
    billing: str
    """How the service bills it: `metered`, `seat`, `free`; empty: not stated."""
    asked_model: str
    """Empty where that is not known."""
    model: str
    """The internal model that answered."""
    answers: int
    input_tokens: int
    output_tokens: int
    estimated: int
    """Answers whose tokens are an estimate."""
    currency: str
    input_price: float | None
    """Of the model asked for, per 1,000,000 tokens; None: there is none."""
    output_price: float | None
    price_basis: str
    """`list`; `assumed`: the model has no line in the price file; empty: there is no price."""
    own_cost: float | None
    """Its part of what the internal models cost, by tokens; None: the cost is not stated."""

    @property
    def tokens(self) -> int:
        """In and out."""
        return self.input_tokens + self.output_tokens

    @property
    def value(self) -> float | None:
        """What the tokens would have cost at that price."""
        if self.input_price is None or self.output_price is None:
            return None
        return (self.input_tokens * self.input_price + self.output_tokens * self.output_price) / 1e6


@dataclass(frozen=True, slots=True)
class Document:
    """A month's report."""

    schema: str
    id: str
    """Of this report; another run of the same month has another."""
    month: str
    """`2026-11`"""
    title: str
    language: str
    is_demo: bool
    """Whether everything in it is synthetic; said on every page."""
    control: Control
    sections: tuple[Section, ...]
    charges: tuple[Charge, ...] = ()
    """What table `answers` shows, in the words of programs."""
    empty: Empty | None = None

    def section(self, letter: str) -> Section:
        """The section with that letter. Raises KeyError."""
        for section in self.sections:
            if section.letter == letter:
                return section
        raise KeyError(letter)

    def number(self, id: str) -> Number:
        """The number with that id. Raises KeyError."""
        for section in self.sections:
            for number in section.numbers:
                if number.id == id:
                    return number
        raise KeyError(id)

    def table(self, id: str) -> Table:
        """The table with that id. Raises KeyError."""
        for section in self.sections:
            for table in section.tables:
                if table.id == id:
                    return table
        raise KeyError(id)
