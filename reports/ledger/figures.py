"""Questions to the roll-ups, and the SQL each was asked with, so that an auditor can ask it again.

Nothing here reads violations one by one: an answer costs the same for a hundred violations as for
millions.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Select

from penstock.errors import ConfigError
from reports.ledger.tables import (
    DISTINCT,
    IS_ACT,
    META,
    NOTED,
    RECORD,
    ROLL_UP,
    RUN,
    TRAFFIC,
    USAGE,
)

MEASURES = ("violations", "findings", "received_bytes", "sent_bytes")


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC: from `start` on, up to but without `end`."""

    name: str
    """`2026-11`"""

    def __post_init__(self) -> None:
        """Raises ConfigError for anything that is not a month."""
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", self.name) or self.name < "1970":
            raise ConfigError(f"`{self.name[:20]}` is not a month; write it as `2026-11`")

    @classmethod
    def of(cls, at: datetime) -> "Month":
        """The month that `at` falls in."""
        return cls(at.astimezone(UTC).strftime("%Y-%m"))

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return datetime(int(self.name[:4]), int(self.name[5:]), 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return self.plus(1).start

    def plus(self, months: int) -> "Month":
        """The month so many later, or earlier for a negative number."""
        count = int(self.name[:4]) * 12 + int(self.name[5:]) - 1 + months
        return Month(f"{count // 12:04}-{count % 12 + 1:02}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question gave."""

    rows: tuple[tuple[Any, ...], ...]
    """The asked-for columns, then the number."""
    query: str
    """SQL that gives the same rows, in the words of the database that was asked."""
    measure: str = ""
    """What `query` calls the number."""

    @property
    def total(self) -> int:
        """The numbers of all rows, added."""
        return sum(row[-1] for row in self.rows)

    @property
    def total_query(self) -> str:
        """SQL that gives `total` alone."""
        return f"SELECT COALESCE(SUM({self.measure}), 0) FROM ({self.query}) AS answer"

    def by(self, *key: Any) -> int:
        """The numbers of the rows that begin with `key`, added."""
        return sum(row[-1] for row in self.rows if row[: len(key)] == key)


def count(
    connection: Connection,
    month: Month,
    by: Sequence[str] = (),
    cut: str = "all",
    measure: str = "violations",
    where: Mapping[str, str | Sequence[str]] | None = None,
) -> Answer:
    """`measure` of one month, by columns of `roll_up`, largest first."""
    column = ROLL_UP.c
    columns = [column[name] for name in by]
    number = sa.func.sum(column[measure])
    query = sa.select(*columns, number.label(measure)).where(
        column.cut == cut,
        column.day >= f"{month.name}-01",
        column.day < f"{month.plus(1).name}-01",
    )
    for name, value in sorted((where or {}).items()):
        tested = column[name]
        query = query.where(tested == value if isinstance(value, str) else tested.in_(value))
    if columns:  # what amendments took back to the last one is not there
        query = query.group_by(*columns).having(sa.func.sum(column.violations) != 0)
    answer = _ask(connection, query)
    # Sorted here, not in SQL: databases differ in how they order text.
    rows = sorted((r for r in answer.rows if r[-1] is not None), key=lambda r: (-r[-1], *r[:-1]))
    return Answer(tuple((*r[:-1], int(r[-1])) for r in rows), answer.query, measure)


def history(connection: Connection, month: Month, back: int) -> Answer:
    """Violations by month and outcome, from `back` months before `month` up to it."""
    column, first = ROLL_UP.c, month.plus(-back)
    name = sa.func.substr(column.day, 1, 7).label("month")
    query = (
        sa.select(name, column.outcome, sa.func.sum(column.violations).label("violations"))
        .where(
            column.cut == "all",
            column.day >= f"{first.name}-01",
            column.day < f"{month.plus(1).name}-01",
        )
        .group_by(name, column.outcome)
    )
    answer = _ask(connection, query)
    rows = sorted((*r[:-1], int(r[-1])) for r in answer.rows)
    return Answer(tuple(rows), answer.query, "violations")


def distinct(
    connection: Connection, month: Month, cut: str, names: Sequence[str] | None = None
) -> Answer:
    """How many different people or values were met in a month, by name; see `tables.Seen`."""
    table = DISTINCT.c
    query = sa.select(table.name, table.number).where(table.month == month.name, table.cut == cut)
    if names is not None:
        query = query.where(table.name.in_(names))
    answer = _ask(connection, query)
    rows = sorted(answer.rows, key=lambda r: (-r[-1], r[0]))
    return Answer(tuple(rows), answer.query, "number")


def traffic(connection: Connection, month: Month, measure: str = "requests") -> Answer:
    """Inspected requests of a month by service and account."""
    table = TRAFFIC.c
    query = (
        sa.select(table.service, table.account, sa.func.sum(table[measure]).label(measure))
        .where(table.hour >= f"{month.name}-01", table.hour < f"{month.plus(1).name}-01")
        .group_by(table.service, table.account)
    )
    answer = _ask(connection, query)
    rows = sorted(answer.rows, key=lambda r: (-r[-1], *r[:-1]))
    return Answer(tuple((*r[:-1], int(r[-1])) for r in rows), answer.query, measure)


def seen_times(connection: Connection, month: Month) -> Answer:
    """Service, first and last hour of a month with inspected requests."""
    hour = TRAFFIC.c.hour
    query = (
        sa.select(
            TRAFFIC.c.service, sa.func.min(hour).label("first"), sa.func.max(hour).label("last")
        )
        .where(TRAFFIC.c.hour >= f"{month.name}-01", TRAFFIC.c.hour < f"{month.plus(1).name}-01")
        .group_by(TRAFFIC.c.service)
    )
    return _ask(connection, query)


def noted(connection: Connection, month: Month, *kinds: str) -> Answer:
    """What proxies noticed in a month: kind, name, first and last day, and how often."""
    table = NOTED.c
    query = (
        sa.select(
            table.kind,
            table.name,
            sa.func.min(table.day).label("first"),
            sa.func.max(table.day).label("last"),
            sa.func.sum(table.number).label("number"),
        )
        .where(
            table.kind.in_(kinds),
            table.day >= f"{month.name}-01",
            table.day < f"{month.plus(1).name}-01",
        )
        .group_by(table.kind, table.name)
    )
    answer = _ask(connection, query)
    rows = sorted((*r[:-1], int(r[-1])) for r in answer.rows)
    return Answer(tuple(rows), answer.query, "number")


def usage(connection: Connection, month: Month) -> Answer:
    """What internal models used: service, account, asked model, internal model, then answers,
    input and output tokens, and answers whose tokens are estimated.
    """
    key = [USAGE.c[name] for name in ("service", "account", "asked_model", "model")]
    measures = [
        sa.func.sum(USAGE.c[name]).label(name)
        for name in ("answers", "input_tokens", "output_tokens", "estimated")
    ]
    query = (
        sa.select(*key, *measures)
        .where(USAGE.c.day >= f"{month.name}-01", USAGE.c.day < f"{month.plus(1).name}-01")
        .group_by(*key)
    )
    answer = _ask(connection, query)
    rows = sorted((*r[:4], *map(int, r[4:])) for r in answer.rows)
    return Answer(tuple(rows), answer.query)


def runs(connection: Connection, month: Month) -> tuple[tuple[str, str, str, str], ...]:
    """Proxy processes alive in a month: version, started, last seen, stopped or empty."""
    table = RUN.c
    query = sa.select(table.version, table.started_at, table.seen_at, table.stopped_at).where(
        table.started_at < month.end.isoformat(), table.seen_at >= month.start.isoformat()
    )
    return tuple(sorted((tuple(row) for row in connection.execute(query)), key=lambda r: r[1]))


def first_run(connection: Connection) -> str:
    """When the first proxy started that is known of; empty if none is."""
    return connection.execute(sa.select(sa.func.min(RUN.c.started_at))).scalar() or ""


def months(connection: Connection) -> tuple[str, ...]:
    """The months with violations, earliest first."""
    table = ROLL_UP.c
    query = sa.select(sa.func.substr(table.day, 1, 7)).where(table.cut == "all").distinct()
    return tuple(sorted(connection.execute(query).scalars()))


def acts(connection: Connection, month: Month) -> Answer:
    """Records of a month that are neither violations nor answers, by kind: what was done to or with
    the ledger, and amendments. They are few, and have an index of their own."""
    query = (
        sa.select(RECORD.c.kind, sa.func.count().label("records"))
        .where(IS_ACT, RECORD.c.at >= month.name, RECORD.c.at < month.plus(1).name)
        .group_by(RECORD.c.kind)
        .order_by(RECORD.c.kind)
    )
    return _ask(connection, query)


def traffic_months(connection: Connection) -> tuple[str, ...]:
    """The months with inspected requests, earliest first."""
    query = sa.select(sa.func.substr(TRAFFIC.c.hour, 1, 7)).distinct()
    return tuple(sorted(connection.execute(query).scalars()))


def meta(connection: Connection) -> dict[str, str]:
    """Facts about the ledger; see `tables.Meta`."""
    table = META.c
    return {row.name: row.value for row in connection.execute(sa.select(table.name, table.value))}


def _ask(connection: Connection, query: Select[Any]) -> Answer:
    text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
    rows = tuple(tuple(row) for row in connection.execute(query))
    return Answer(rows, re.sub(r"\s+", " ", text).strip())
