"""A flood of one person: bounded rows, exact sums."""

import asyncio
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from penstock.model import Action, Outcome, Tally, Violation
from reports.ledger import Ledger, Month
from reports.ledger.flood import ALONE, Floods, gathered, merged
from reports.ledger.record import Draft, draft
from reports.ledger.spool import Spool
from tests.reports.samples import NOON, violation

NOVEMBER = Month("2026-11")


def alike(number: int, **changes: object) -> Draft:
    same = {
        "action": Action.BLOCK,
        "asked": Action.BLOCK,
        "outcome": Outcome.PREVENTED,
        "service": "chatgpt",
        "account": "free",
        "groups": ("sales",),
        "model": "",
        "findings": (Tally("pii.email", "email@1", 2, 0.9, (f"{number:032x}",)),),
        "received_bytes": 10,
        "sent_bytes": 0,
        "sent_sha256": "",
    }
    return draft(violation(number, **same | changes), "aa")


def flooding(number: int) -> Violation:
    return violation(
        number,
        user="one@acme.example",
        at=NOON + timedelta(milliseconds=6 * number),
        action=Action.BLOCK,
        asked=Action.BLOCK,
        outcome=Outcome.PREVENTED,
        service=("chatgpt", "gemini")[number % 2],
        account="free",
        groups=("sales",),
        model="",
        findings=(Tally("pii.email", "email@1", 2, 0.9, (f"{number % 90:032x}",)),),
        received_bytes=7,
        sent_bytes=0,
        sent_sha256="",
    )


@pytest.fixture(autouse=True)
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each minute begins a new count: a test is within one."""
    monkeypatch.setattr("reports.ledger.flood.time", SimpleNamespace(monotonic=lambda: 60.0))


async def test_ten_thousand_violations_of_one_person_are_few_rows_and_add_up(
    ledger: Ledger,
) -> None:
    flood = [flooding(number) for number in range(10_000)]
    others = [violation(20_000 + number, user="two@acme.example") for number in range(20)]
    await asyncio.gather(*(ledger.record(one) for one in [*flood, *others]))

    ledger.replay()

    rows = [body for _, _, body in ledger.records()]
    assert len(rows) <= ALONE + 2 * 20 + len(others)
    assert sum(body.get("repeats", 1) for body in rows) == 10_020
    assert sum(f["count"] for body in rows for f in body["findings"] if "until" in body) > 0
    answer = ledger.count(NOVEMBER, cut="class", where={"name": "pii.email"}, measure="findings")
    assert answer.total == 20_000 + sum(
        f.count for one in others for f in one.findings if f.data_class == "pii.email"
    )
    assert ledger.count(NOVEMBER).total == 10_020
    counters = ledger.counters("2026-11")
    assert (
        sum(n for c, n in counters.items() if (c.measure, c.cut) == ("violations", "all")) == 10_020
    )
    values = dict(ledger.distinct(NOVEMBER, "value").rows)
    assert values["pii.email"] >= 90
    assert ledger.verify().intact
    ledger.rebuild()
    assert ledger.count(NOVEMBER).total == 10_020


def test_what_differs_is_not_taken_together() -> None:
    tomorrow = NOON + timedelta(days=1)
    kept = gathered(
        [
            alike(1),
            alike(3, service="gemini"),
            alike(2),
            alike(4, at=tomorrow),
            alike(5, rules=("another",)),
        ]
    )

    numbers = [(one.id, one.body.get("repeats", 1)) for one in kept]
    assert numbers == [(alike(n).id, 2 if n == 1 else 1) for n in (1, 3, 4, 5)]


def test_a_redirect_is_never_part_of_a_flood() -> None:
    floods = Floods(alone=1)
    assert [floods.has(alike(n)) for n in range(3)] == [False, True, True]
    assert not floods.has(alike(4, action=Action.REDIRECT))
    assert not floods.has(draft(violation(5), "another person"))


def test_what_is_taken_together_is_added_up() -> None:
    one = merged([alike(1, sent_sha256="aa" * 32, sent_bytes=5), alike(2), alike(1001), alike(2)])

    assert one.body["repeats"] == 3
    assert (one.at, one.body["until"]) == (alike(1).at, alike(1001).at)
    (finding,) = one.body["findings"]
    assert (finding["count"], finding["distinct"]) == (6, 3)
    assert finding["fingerprints"] == [f"{n:032x}" for n in (1, 2, 1001)]
    assert (one.body["received_bytes"], one.body["sent_bytes"]) == (30, 5)
    assert len(one.body["sent_sha256"]) == 64


async def test_a_flood_survives_the_death_of_its_process_and_is_counted_once(
    ledger: Ledger, state: Path
) -> None:
    dead = Spool(state / "spool" / "floods")
    dead.append([alike(number) for number in range(50)])
    dead.close()
    (segment,) = (state / "spool" / "floods").glob("*.jsonl")
    again = segment.read_bytes()

    assert ledger.replay() == 1
    # Killed after the commit and before the segment was deleted.
    segment.write_bytes(again)
    ledger.replay()

    assert ledger.count(NOVEMBER).total == 50
    assert [body["repeats"] for _, _, body in ledger.records()] == [50]
    assert ledger.verify().intact


async def test_a_flood_is_kept_by_the_database_where_its_spool_fails(
    ledger: Ledger, state: Path
) -> None:
    (state / "spool").mkdir()
    (state / "spool" / "floods").write_text("no directory")
    await asyncio.gather(*(ledger.record(flooding(number)) for number in range(ALONE + 20)))
    ledger.replay()  # a slow disk makes the other spool take some

    assert len(list(ledger.records())) == ALONE + 20


async def test_a_flood_comes_into_the_chain_by_itself(ledger: Ledger) -> None:
    await asyncio.gather(*(ledger.record(flooding(number)) for number in range(ALONE + 20)))

    async with asyncio.timeout(60):
        while ledger.count(NOVEMBER).total < ALONE + 20:
            await asyncio.sleep(0.05)
    assert len(list(ledger.records())) < ALONE + 20
