"""A flood of one person: bounded rows, exact sums."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from penstock.errors import LedgerError
from penstock.model import Action, Outcome, Tally
from reports.ledger import Ledger, Month
from reports.ledger.flood import ALONE, Floods, merged
from reports.ledger.record import Draft, draft
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


async def test_ten_thousand_violations_of_one_person_are_few_rows_and_add_up(
    ledger: Ledger,
) -> None:
    flood = [
        violation(
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
        for number in range(10_000)
    ]
    others = [violation(20_000 + number, user="two@acme.example") for number in range(20)]
    await asyncio.gather(*(ledger.record(one) for one in [*flood, *others]))

    rows = [body for _, _, body in ledger.records()]
    assert len(rows) <= ALONE + 2 * 2 + len(others)
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


async def test_what_differs_is_not_taken_together() -> None:
    kept: list[Draft] = []

    async def write(one: Draft) -> None:
        kept.append(one)

    floods = Floods(write, alone=0, window_s=0.001)
    tomorrow = NOON + timedelta(days=1)
    await asyncio.gather(
        *(
            floods.keep(one)
            for one in (
                alike(1),
                alike(2),
                alike(3, service="gemini"),
                alike(4, at=tomorrow),
                alike(5, rules=("another",)),
                alike(6, action=Action.REDIRECT),
                alike(7, action=Action.REDIRECT),
            )
        )
    )

    numbers = sorted((one.id, one.body.get("repeats", 1)) for one in kept)
    assert numbers == [(alike(n).id, 2 if n == 1 else 1) for n in (1, 3, 4, 5, 6, 7)]


def test_what_is_taken_together_is_added_up() -> None:
    one = merged([alike(1, sent_sha256="aa" * 32, sent_bytes=5), alike(2), alike(1)])

    assert one.body["repeats"] == 3
    assert (one.at, one.body["until"]) == (alike(1).at, alike(1).at)
    (finding,) = one.body["findings"]
    assert (finding["count"], finding["distinct"]) == (6, 2)
    assert finding["fingerprints"] == [f"{1:032x}", f"{2:032x}"]
    assert (one.body["received_bytes"], one.body["sent_bytes"]) == (30, 5)
    assert len(one.body["sent_sha256"]) == 64


async def test_nobody_in_a_flood_is_told_it_was_kept_when_it_was_not() -> None:
    async def fail(_: Draft) -> None:
        raise LedgerError("full")

    floods = Floods(fail, alone=0, window_s=0.001)
    said = await asyncio.gather(
        *(floods.keep(alike(number)) for number in range(5)), return_exceptions=True
    )
    assert [type(one) for one in said] == [LedgerError] * 5


async def test_a_client_that_goes_away_does_not_take_the_others_along() -> None:
    kept: list[Draft] = []

    async def write(one: Draft) -> None:
        kept.append(one)

    floods = Floods(write, alone=0, window_s=0.01)
    tasks = [asyncio.create_task(floods.keep(alike(number))) for number in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    await asyncio.gather(*tasks[1:])

    assert [one.body["repeats"] for one in kept] == [3]


async def test_a_flood_waits_in_the_spool_as_one_and_is_counted_once(
    ledger: Ledger, state: Path
) -> None:
    together = merged([alike(number) for number in range(50)])
    ledger._spool.append([together])
    ledger._spool.append([together])

    assert ledger.replay() == 2
    assert ledger.count(NOVEMBER).total == 50
    assert len(list(ledger.records())) == 1
