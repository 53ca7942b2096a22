"""The SQL shown beside a figure is asked again, by a driver that shares nothing with the report."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from penstock.model import Action, Outcome, Tally
from reports.cases import open_case, update_case
from reports.demo import demo_facts, seed_demo
from reports.ledger import Ledger
from reports.ledger.reidentify import approve, request, reveal
from reports.monthly import build
from reports.monthly.document import Document, Number, Table
from tests.reports.samples import NOON, violation
from tests.reports.servers import has_postgres, postgres_server

MONTH = "2026-11"

type Ask = Callable[[str], tuple[list[str], list[tuple[Any, ...]]]]
"""A statement -> the names of the columns, and the rows."""


def filled(url: str, state: Path) -> Ledger:
    ledger = Ledger.open(url, state, demo=True)
    seed_demo(ledger, NOON, months=3)
    shown = (Tally("pii.email", "email@1", 1, 0.9, ("ab" * 16,), ("write to •••",)),)
    left = [
        violation(
            n, at=NOON - timedelta(days=2), action=Action.WARN, outcome=Outcome.DISCLOSED,
            findings=shown, rules=("it's-named-so",), service="o'service", user=f"p{n}",
            asked=Action.BLOCK,
        )
        for n in range(4)
    ]  # fmt: skip
    ledger.append(left)
    asyncio.run(ledger.unsent(left[3], NOON))
    open_one, closed, moved = (
        open_case(
            ledger, by="a", at=NOON, title=name, detected_at=NOON, violations=(violation(n).id,)
        )
        for n, name in enumerate(("open", "closed", "moved"))
    )
    del open_one
    update_case(
        ledger, closed, by="b", at=NOON, conclusion="risk", status="closed",
        severity={"dpc": 1, "ei": 1}, violations=(violation(1).id, violation(3).id),
    )  # fmt: skip
    update_case(ledger, moved, by="b", at=NOON, violations=())
    ledger.erase("p0", NOON)
    assert ledger.evidence(violation(1).id, by="a", reason="r", at=NOON)
    somebody, _ = ledger.about("p1")
    for used in (True, False):
        ledger.account = "first"
        asked = request(ledger, somebody, reason="r", case="c", by="a", role="one", at=NOON)
        ledger.account = "second"
        approve(ledger, asked, by="b", role="two", at=NOON)
        ledger.account = "first"
        if used:
            reveal(ledger, asked, ["p1"], by="a", at=NOON)
    return ledger


def on_sqlite(state: Path) -> Iterator[tuple[Document, Ask]]:
    with filled(f"sqlite:///{state / 'ledger.sqlite'}", state) as ledger:
        document = build(ledger, MONTH, version="1", now=NOON, facts=demo_facts())
    connection = sqlite3.connect(state / "ledger.sqlite")

    def ask(statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        cursor = connection.execute(statement)
        return [column[0] for column in cursor.description], cursor.fetchall()

    yield document, ask
    connection.close()


def on_postgresql(state: Path) -> Iterator[tuple[Document, Ask]]:
    with postgres_server() as server:
        with filled(server.url(), state) as ledger:
            document = build(ledger, MONTH, version="1", now=NOON, facts=demo_facts())
        url = server.url().replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:

            def ask(statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
                cursor = connection.execute(statement.encode())
                assert cursor.description
                return [column.name for column in cursor.description], cursor.fetchall()

            yield document, ask


@pytest.fixture(
    scope="module",
    params=[
        on_sqlite,
        pytest.param(
            on_postgresql,
            marks=pytest.mark.skipif(not has_postgres(), reason="PostgreSQL is not installed"),
        ),
    ],
)
def asked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Document, Ask]]:
    yield from request.param(tmp_path_factory.mktemp("asked"))


def test_the_query_of_a_number_gives_the_number(asked: tuple[Document, Ask]) -> None:
    document, ask = asked
    for section in document.sections:
        for number in section.numbers:
            _, rows = ask(number.query)
            assert len(rows) == len(rows[0]) == 1, number.id
            assert float(rows[0][0]) == pytest.approx(float(stood_for(number))), number.id


def stood_for(number: Number) -> float:
    part = number.value if number.numerator is None else number.numerator
    return float(part or 0)


def test_every_number_has_a_query_and_something_to_count(asked: tuple[Document, Ask]) -> None:
    """What is nothing in this ledger proves nothing about its query."""
    document = asked[0]
    numbers = [number for section in document.sections for number in section.numbers]
    assert not [number.id for number in numbers if not number.query]
    assert {number.id for number in numbers if not stood_for(number)} <= {"unknown", "uninspected"}


def test_the_queries_of_a_table_give_its_figures(asked: tuple[Document, Ask]) -> None:
    """The sum of every column of counts is one that the shown SQL gives: of a column, over all rows
    or over those in which another column has one value. Texts that come from records stand in
    what it gives.
    """
    document, ask = asked
    checked = 0
    for section in document.sections:
        for table in section.tables:
            if not table.query or table.id == "crossover":
                continue
            answers = [ask(statement) for statement in table.query.split(";\n")]
            if answers[0][0] == ["body"]:
                checked += told_by_records(table, answers[0][1])
                continue
            sums = {total for answer in answers for total in totals(*answer)}
            for place, column in enumerate(table.columns):
                if column.kind == "count" and not any(row[place] is None for row in table.rows):
                    total = sum(int(row[place] or 0) for row in table.rows)
                    assert total in sums, (table.id, column.id, total)
                    checked += 1
    assert checked > 60


def totals(names: list[str], rows: list[tuple[Any, ...]]) -> Iterator[float]:
    yield 0
    yield len(rows)
    for place in range(len(names)):
        if not all(isinstance(row[place], int) or hasattr(row[place], "as_tuple") for row in rows):
            continue
        yield sum(int(row[place]) for row in rows)
        for other in range(len(names)):
            for value in {row[other] for row in rows}:
                yield sum(int(row[place]) for row in rows if row[other] == value)


def told_by_records(table: Table, rows: list[tuple[Any, ...]]) -> int:
    """Every row of a table of acts begins with something that a record it was made of says."""
    said = " ".join(json.dumps(json.loads(body), ensure_ascii=False) for (body,) in rows)
    for row in table.rows:
        assert str(row[0])[:19] in said, (table.id, row[0])
    return len(table.rows)
