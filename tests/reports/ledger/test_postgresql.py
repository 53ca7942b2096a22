"""The same ledger on a real PostgreSQL, and what happens when it stops, hangs or is edited."""

import asyncio
import dataclasses
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from penstock.errors import LedgerError
from penstock.model import Outcome
from reports.export import export
from reports.ledger import Ledger, Month
from reports.ledger.recording import BUDGET_S
from reports.monthly import build
from reports.monthly.document import Document
from tests.reports.samples import NOON, violation
from tests.reports.servers import PostgresServer, has_postgres, postgres_server, wait_for

pytestmark = pytest.mark.skipif(not has_postgres(), reason="PostgreSQL is not installed")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def database_url(server: PostgresServer) -> str:
    server.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return server.url()


def sql(server: PostgresServer, url: str, statement: str) -> str:
    return server.sql(statement, url.rpartition("/")[2])


async def test_records_are_committed_when_record_returns(
    ledger: Ledger, server: PostgresServer, database_url: str
) -> None:
    await ledger.record(violation(1))
    await ledger.record(violation(1))

    assert sql(server, database_url, "SELECT seq, id FROM record") == f"1|{violation(1).id}"
    assert ledger.verify().intact
    assert not ledger.health.database


async def test_several_ledgers_make_one_chain_without_gaps(
    open_ledger: Callable[..., Ledger],
) -> None:
    ledgers = [open_ledger() for _ in range(3)]
    await asyncio.gather(*(ledgers[n % 3].record(violation(n)) for n in range(120)))
    for ledger in ledgers:
        await asyncio.to_thread(ledger.replay)  # what a slow machine left to the spool

    assert [seq for seq, _, _ in ledgers[0].records()] == list(range(1, 121))
    assert ledgers[1].verify().intact
    assert ledgers[0].counters("2026-11") == ledgers[2].counters("2026-11")


async def test_an_amendment_moves_what_was_counted(ledger: Ledger) -> None:
    one = dataclasses.replace(violation(1), outcome=Outcome.DISCLOSED)
    await ledger.record(one)
    ledger.counters("2026-11")
    await ledger.unsent(one, NOON)

    month = Month("2026-11")
    assert ledger.count(month, "outcome").rows == (("prevented", 1),)
    assert ledger.count(month, measure="sent_bytes").total == 0
    assert ledger.disclosed(month, [one.id]) == 0
    assert ledger.verify().intact
    ledger.rebuild()
    assert ledger.verify().intact


def test_a_report_is_the_same_as_over_sqlite(ledger: Ledger, tmp_path: Path) -> None:
    violations = [violation(n) for n in range(300)]
    ledger.append(violations)
    state = tmp_path / "other"
    with Ledger.open(f"sqlite:///{state / 'l.sqlite'}", state) as other:
        other.append(violations)
        one = build(ledger, "2026-11", version="1", now=NOON)
        two = build(other, "2026-11", version="1", now=NOON)

    # Keys, pseudonyms and so hashes are those of each; whatever was counted is the same.
    # SQL is in the words of each.
    def told(document: Document) -> list[object]:
        return [
            (
                s.text,
                [dataclasses.replace(number, query="") for number in s.numbers],
                [dataclasses.replace(table, query="") for table in s.tables],
            )
            for s in document.sections
            if s.letter != "L"
        ]

    assert told(one) == told(two)
    assert one.control.policies == two.control.policies


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("UPDATE record SET body = replace(body, 'openai', 'harmless') WHERE seq = 7", 7),
        ("DELETE FROM record WHERE seq = 7", 7),
        ("DELETE FROM record WHERE seq >= 7", 7),
        ("UPDATE finding SET count = 0 WHERE seq = 7", 7),
        ("UPDATE record SET seq = -seq WHERE seq IN (7, 8)", -8),
    ],
)
def test_tampering_is_found(
    ledger: Ledger, server: PostgresServer, database_url: str, statement: str, bad: int
) -> None:
    ledger.append(violation(n) for n in range(20))
    sql(server, database_url, statement)
    assert ledger.verify().first_bad == bad


async def test_an_erased_person_is_gone(
    ledger: Ledger, server: PostgresServer, database_url: str
) -> None:
    await ledger.record(violation(1, user="ada@acme.example"))
    assert ledger.erase("ada@acme.example", NOON).records == 1
    assert sql(server, database_url, "SELECT count(*) FROM person") == "0"
    assert ledger.verify().intact


async def test_a_server_that_is_killed_under_load_loses_nothing_and_doubles_nothing(
    open_ledger: Callable[..., Ledger], server: PostgresServer
) -> None:
    ledger = open_ledger()
    await ledger.record(violation(0))
    kept: list[str] = []
    is_down = False

    async def send(number: int) -> None:
        while True:
            is_last = is_down
            # A person of its own each, lest they be taken for a flood and kept together.
            await ledger.record(violation(number, user=f"person{number}"))
            kept.append(violation(number).id)
            if is_last:
                return
            number += 1

    async def strike() -> None:
        nonlocal is_down
        while len(kept) < 20:
            await asyncio.sleep(0.001)
        await asyncio.to_thread(server.stop, "immediate")
        is_down = True

    await asyncio.gather(strike(), *(send(100_000 * n) for n in range(1, 5)))
    assert ledger.health.spooled_bytes
    await asyncio.to_thread(server.start)

    await asyncio.to_thread(wait_for, lambda: not ledger.health.spooled_bytes)
    ids = [body["id"] for _, _, body in ledger.records()]
    assert sorted(ids) == sorted([violation(0).id, *kept])
    assert ledger.verify().intact


async def test_a_server_that_hangs_delays_a_record_by_less_than_the_budget_and_then_not_at_all(
    ledger: Ledger, server: PostgresServer, database_url: str
) -> None:
    await ledger.record(violation(0))
    backends = sql(
        server,
        database_url,
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'penstock'",
    )
    import os

    pids = [int(pid) for pid in backends.split()]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        waits = []
        for number in range(1, 6):
            before = time.perf_counter()
            await ledger.record(violation(number))
            waits.append(time.perf_counter() - before)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    # the first one ended its wait; whoever came after it did not wait for as long
    assert min(waits[1:]) < BUDGET_S
    await asyncio.to_thread(wait_for, lambda: not ledger.health.spooled_bytes)
    assert len(list(ledger.records())) == 6
    assert ledger.verify().intact


async def test_a_ledger_begun_while_the_server_was_away_catches_up(
    open_ledger: Callable[..., Ledger], server: PostgresServer
) -> None:
    server.stop("fast")
    try:
        ledger = open_ledger()
        await ledger.record(violation(1))
        assert ledger.health.database
    finally:
        server.start()
    await asyncio.to_thread(wait_for, lambda: not ledger.health.spooled_bytes)
    assert [b["id"] for _, _, b in ledger.records()] == [violation(1).id]


def test_a_server_that_may_lose_commits_is_refused(
    open_ledger: Callable[..., Ledger], server: PostgresServer
) -> None:
    server.sql("ALTER SYSTEM SET fsync = off")
    server.sql("SELECT pg_reload_conf()")
    try:
        wait_for(lambda: server.sql("SHOW fsync") == "off")
        with pytest.raises(LedgerError, match="fsync"):
            open_ledger()
    finally:
        server.sql("ALTER SYSTEM RESET fsync")
        server.sql("SELECT pg_reload_conf()")


def test_an_export_holds_the_same_records(ledger: Ledger) -> None:
    violations = [dataclasses.replace(violation(n)) for n in range(5)]
    ledger.append(violations)
    assert [v.id in line for v, line in zip(violations, export(ledger, "json"), strict=True)]
