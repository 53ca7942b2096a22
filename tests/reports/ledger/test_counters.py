"""The counters equal the ledger, whatever happens to Redis or to us."""

import asyncio
import shutil
import signal
import sqlite3
from collections import Counter as Bag
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from penstock.errors import ConfigError
from penstock.model import Outcome
from reports.ledger import Ledger
from reports.ledger.counters import Counter
from tests.reports.samples import NOON, violation
from tests.reports.servers import RedisServer, redis_server, wait_for

pytestmark = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not installed"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


def from_records(state: Path, month: str = "2026-11") -> dict[Counter, int]:
    """The counters of a month, counted from the records with nothing but SQL and this loop."""
    import json

    connection = sqlite3.connect(state / "ledger.sqlite")
    bodies = [json.loads(b) for (b,) in connection.execute("SELECT body FROM record")]
    connection.close()
    bag: Bag[Counter] = Bag()
    for body in bodies:
        if body["kind"] != "violation" or not body["at"].startswith(month):
            continue
        key = (body["action"], body["outcome"], body["service"])
        total = sum(f["count"] for f in body["findings"])
        one = [
            ("all", "", total),
            ("host", body["host"], total),
            ("dialect", body["dialect"], total),
            ("channel", body["channel"], total),
            ("recipient", f"{body['country']} {body['transfer_basis']}", total),
        ]
        one.append(("policy", f"{body['policy']} {body['policy_sha256']}", total))
        one += [("rule", rule, total) for rule in body["rules"]]
        one += [("group", group, total) for group in body["groups"]]
        one += [("unread", kind, total) for kind in body["unread"]]
        one += [("model", body["model"], total)] if body["model"] else []
        regimes = {f["class"].split(".")[0] for f in body["findings"]}
        if regimes & {"pii", "phi", "gdpr9", "gdpr10", "pci", "fin"}:
            regimes.add("regulated")
        one += [("regime", regime, total) for regime in regimes]
        languages = {name for f in body["findings"] for name in f.get("languages", [])}
        one += [("language", name, total) for name in languages]
        one += [("class", f["class"], f["count"]) for f in body["findings"]]
        one += [("detector", f["detector"], f["count"]) for f in body["findings"]]
        for cut, name, findings in one:
            bag[Counter("violations", cut, name, *key)] += body.get("repeats", 1)
            bag[Counter("findings", cut, name, *key)] += findings
    return dict(bag)


def equal(ledger: Ledger, state: Path) -> bool:
    return ledger.counters("2026-11") == from_records(state)


async def test_counters_in_process_equal_the_ledger(
    open_ledger: Callable[..., Ledger], state: Path
) -> None:
    one, other = open_ledger(), open_ledger()
    assert one.counters("2026-11") == {}
    for number in range(20):
        await (one, other)[number % 2].record(violation(number))
    assert equal(one, state)
    assert equal(other, state)
    assert one.counters("2026-10") == {}


async def test_counters_in_redis_equal_the_ledger(
    open_ledger: Callable[..., Ledger], state: Path, server: RedisServer
) -> None:
    ledgers = [open_ledger(redis_url=server.url) for _ in range(3)]
    await asyncio.gather(*(ledgers[n % 3].record(violation(n)) for n in range(120)))

    wait_for(lambda: ledgers[0].health.counters == "redis" and equal(ledgers[0], state))


async def test_an_amendment_moves_the_counters_in_redis(
    open_ledger: Callable[..., Ledger], server: RedisServer
) -> None:
    ledger = open_ledger(redis_url=server.url)
    one = violation(1, outcome=Outcome.DISCLOSED)
    await ledger.record(one)
    await ledger.unsent(one, NOON)

    def outcomes() -> dict[str, int]:
        counted = ledger.counters("2026-11").items()
        return {c.outcome: n for c, n in counted if (c.measure, c.cut) == ("violations", "all")}

    wait_for(lambda: outcomes() == {"disclosed": 0, "prevented": 1})
    wait_for(lambda: ledger.health.counters == "redis")


async def test_a_redis_that_was_killed_catches_up(
    open_ledger: Callable[..., Ledger], state: Path, server: RedisServer
) -> None:
    ledger = open_ledger(redis_url=server.url)
    await ledger.record(violation(1))
    wait_for(lambda: equal(ledger, state))
    server.stop()
    for number in range(2, 30):
        await ledger.record(violation(number))
    assert equal(ledger, state)
    wait_for(lambda: "away" in ledger.health.counters)

    server.start()
    wait_for(lambda: ledger.health.counters == "redis" and equal(ledger, state))
    await ledger.record(violation(99))
    wait_for(lambda: equal(ledger, state))


async def test_a_redis_that_hangs_delays_no_record(
    open_ledger: Callable[..., Ledger], state: Path, server: RedisServer
) -> None:
    ledger = open_ledger(redis_url=server.url)
    await ledger.record(violation(0))
    wait_for(lambda: equal(ledger, state))
    server.signal(signal.SIGSTOP)
    try:
        for number in range(1, 60):
            await ledger.record(violation(number))
        assert len(list(ledger.records())) == 60  # not in a spool, where what is late waits
    finally:
        server.signal(signal.SIGCONT)
    wait_for(lambda: ledger.health.counters == "redis" and equal(ledger, state))


async def test_counters_begun_without_redis_are_filled_from_the_ledger(
    open_ledger: Callable[..., Ledger], state: Path, server: RedisServer
) -> None:
    open_ledger().append(violation(n) for n in range(50))
    ledger = open_ledger(redis_url=server.url)

    wait_for(lambda: ledger.health.counters == "redis" and equal(ledger, state))


async def test_what_a_dead_process_did_not_count_is_counted_by_the_next(
    open_ledger: Callable[..., Ledger], state: Path, server: RedisServer
) -> None:
    first = open_ledger(redis_url=server.url)
    await first.record(violation(1))
    wait_for(lambda: equal(first, state))
    # As if it had been killed between its commit and its message to Redis.
    open_ledger().append([violation(2), violation(3)])

    second = open_ledger(redis_url=server.url)
    await second.record(violation(4))
    wait_for(lambda: equal(second, state))


def test_names_with_separators_survive_the_way_through_redis() -> None:
    counter = Counter("violations", "group", "50%|half", "block", "prevented", "chat|gpt")
    assert Counter.of(counter.field) == counter


def test_an_impossible_redis_url_is_refused(state: Path) -> None:
    with pytest.raises(ConfigError, match="redis"):
        Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}", state, "http://127.0.0.1")
