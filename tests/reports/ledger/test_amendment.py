"""What is known later of a violation: counted anew, and nothing that was written is edited."""

import asyncio
import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from penstock.model import Action, Outcome, Violation
from reports.cases import open_case
from reports.export import export
from reports.ledger import Ledger, Month
from reports.ledger.flood import gathered, merged
from reports.ledger.record import Draft, amendment, draft
from reports.ledger.retention import Retention, retain
from reports.monthly import build
from tests.reports.samples import NOON, violation

NOVEMBER = Month("2026-11")
SOON = NOON + timedelta(seconds=9)


def warned(number: int) -> Violation:
    return violation(
        number,
        action=Action.WARN,
        asked=Action.WARN,
        outcome=Outcome.DISCLOSED,
        user="one@acme.example",
        groups=("sales",),
        service="chatgpt",
        account="free",
        received_bytes=100,
        sent_bytes=100,
        sent_sha256="cd" * 32,
        model="",
    )


def outcomes(ledger: Ledger) -> dict[str, int]:
    return dict(ledger.count(NOVEMBER, "outcome").rows)


async def test_what_is_sent_again_counts_once_as_it_ends(ledger: Ledger) -> None:
    for n in range(3):
        await ledger.record(warned(n))
        await ledger.unsent(warned(n), SOON)
    for n, attempts in ((1, 4), (2, 2)):
        for attempt in range(2, attempts + 1):
            await ledger.again(warned(n), SOON, attempt)
            if (n, attempt) != (2, 2):
                await ledger.unsent(warned(n), SOON, attempt)

    assert outcomes(ledger) == {"disclosed": 1, "prevented": 2}
    assert {id_ for id_, times in ledger.unsent_ids().items() if times} == {
        warned(0).id,
        warned(1).id,
    }
    ids = [warned(n).id for n in range(3)]
    assert ledger.disclosed(NOVEMBER, ids) == 1
    assert [
        row["outcome"] for row in csv.DictReader(io.StringIO("".join(export(ledger, "csv"))))
    ] == [
        "prevented",
        "prevented",
        "disclosed",
    ]
    ledger.rebuild()
    assert outcomes(ledger) == {"disclosed": 1, "prevented": 2}
    assert ledger.verify().intact


async def amend_half(ledger: Ledger) -> None:
    """Twenty disclosed, ten of which never left."""
    await asyncio.gather(*(ledger.record(warned(n)) for n in range(20)))
    ledger.counters("2026-11")
    await asyncio.gather(*(ledger.unsent(warned(n), SOON) for n in range(10)))


async def test_an_amended_violation_counts_once_with_the_other_outcome(
    ledger: Ledger, open_ledger: Callable[..., Ledger]
) -> None:
    await amend_half(ledger)
    await ledger.unsent(warned(3), SOON)  # told twice

    assert outcomes(ledger) == {"disclosed": 10, "prevented": 10}
    assert ledger.count(NOVEMBER).total == 20
    assert ledger.count(NOVEMBER, measure="sent_bytes").total == 10 * 100
    assert ledger.count(NOVEMBER, measure="received_bytes").total == 20 * 100
    found = sum(f.count for n in range(20) for f in warned(n).findings)
    assert ledger.count(NOVEMBER, measure="findings").total == found
    assert dict(ledger.distinct(NOVEMBER, "person").rows) == {"": 1}
    assert ledger.verify().intact

    counted = ledger.counters("2026-11")
    assert counted == open_ledger().counters("2026-11")
    assert {
        c.outcome: n for c, n in counted.items() if (c.measure, c.cut) == ("violations", "all")
    } == {"disclosed": 10, "prevented": 10}
    ledger.rebuild()
    assert outcomes(ledger) == {"disclosed": 10, "prevented": 10}
    assert ledger.verify().intact


async def test_the_first_record_stays_as_it_was_written(ledger: Ledger) -> None:
    await ledger.record(warned(1))
    [before] = ledger.records()
    await ledger.unsent(warned(1), SOON)

    first, (_, _, amended) = ledger.records()
    assert first == before
    assert amended["kind"] == "amendment"
    assert amended["violation"] == before[2]["id"]
    assert amended["person"] == before[2]["person"]
    assert (amended["was_outcome"], amended["outcome"]) == ("disclosed", "prevented")
    assert (amended["was_sent_bytes"], amended["sent_bytes"]) == (100, 0)
    assert all(found["fingerprints"] == [] for found in amended["findings"])
    assert amended["at"] == before[2]["at"] < amended["amended_at"]


async def test_nothing_is_left_of_an_outcome_that_was_all_taken_back(ledger: Ledger) -> None:
    await ledger.record(warned(1))
    await ledger.unsent(warned(1), SOON)

    assert outcomes(ledger) == {"prevented": 1}
    document = build(ledger, NOVEMBER, version="1")
    assert document.number("prevented").value == 1
    assert document.number("disclosed").value == 0


async def test_a_case_about_what_never_left_is_not_about_a_disclosure(ledger: Ledger) -> None:
    for n in (1, 2):
        await ledger.record(warned(n))
    await ledger.unsent(warned(1), SOON)
    ids = (warned(1).id, warned(2).id)
    open_case(ledger, by="ana", at=SOON, title="two", detected_at=NOON, violations=ids)

    assert ledger.disclosed(NOVEMBER, ids) == 1
    assert ledger.unsent_ids() == {warned(1).id: 1}


async def test_other_systems_hear_of_it(ledger: Ledger) -> None:
    for n in (1, 2):
        await ledger.record(warned(n))
    await ledger.unsent(warned(1), SOON)

    rows = list(csv.DictReader(io.StringIO("".join(export(ledger, "csv")).removeprefix("\ufeff"))))
    assert [(r["outcome"], r["sent_bytes"]) for r in rows] == [
        ("prevented", "0"),
        ("disclosed", "100"),
    ]
    created, _, updated = map(json.loads, export(ledger, "ocsf", "2026-11"))
    assert (updated["activity_name"], updated["type_uid"]) == ("Update", 200602)
    assert updated["finding_info"] == created["finding_info"]
    assert updated["time"] > created["time"]
    assert (created["is_alert"], updated["is_alert"]) == (True, False)
    *_, last = export(ledger, "cef")
    assert f"externalId={warned(1).id} act=warn outcome=prevented" in last
    assert "out=0" in last


async def test_it_waits_in_the_spool_like_any_record(
    open_ledger: Callable[..., Ledger], database_url: str, state: Path
) -> None:
    ledger = open_ledger()
    await ledger.record(warned(1))
    made = amendment(draft(warned(1), ledger.subject(warned(1).user)), SOON)
    ledger._spool.append([made])

    assert ledger.replay() == 1
    assert outcomes(ledger) == {"prevented": 1}
    await ledger.unsent(warned(1), SOON)
    assert outcomes(ledger) == {"prevented": 1}
    assert ledger.verify().intact


async def test_it_goes_when_its_violation_goes(ledger: Ledger) -> None:
    await ledger.record(warned(1))
    await ledger.unsent(warned(1), SOON)
    some = warned(1).findings[0].data_class

    done = retain(ledger, Retention(classes={some: 30}), NOON + timedelta(days=40))
    assert done.records == 2
    assert ledger.unsent_ids() == {}
    assert ledger.verify().intact
    assert ledger.erase("one@acme.example", SOON).records == 0


def drafts(*numbers: int) -> list[Draft]:
    return [draft(warned(n), "aa") for n in numbers]


def alike(drafts: list[Draft]) -> list[Draft]:
    """The same findings in each, so that they are gathered."""
    same = drafts[0].body["findings"]
    return [Draft(d.id, d.at, d.kind, d.body | {"findings": same}) for d in drafts]


def test_in_a_flood_amendments_name_what_their_violations_became() -> None:
    said = alike(drafts(1, 2, 3))
    kept, amended = gathered([*said, amendment(said[1], SOON), amendment(said[2], SOON)])
    assert (kept.id, kept.body["repeats"]) == (said[0].id, 3)
    assert (amended.body["violation"], amended.body["repeats"]) == (said[0].id, 2)
    assert amended.body["was_sent_bytes"] == 200
    assert amended.body["sent_bytes"] == 0


def test_amendments_of_what_was_written_earlier_are_few_and_name_none() -> None:
    said = alike(drafts(*range(50)))
    [amended] = gathered([amendment(one, SOON) for one in said])
    assert (amended.body["repeats"], amended.body["violation"]) == (50, "")
    one = amendment(said[0], SOON)
    assert merged([one]) == one


async def test_a_flood_that_never_left_adds_up(ledger: Ledger) -> None:
    flood = [warned(n) for n in range(700)]
    await asyncio.gather(*(ledger.record(one) for one in flood))
    await asyncio.gather(*(ledger.unsent(one, SOON) for one in flood[:600]))
    ledger.replay()

    assert outcomes(ledger) == {"prevented": 600, "disclosed": 100}
    assert ledger.count(NOVEMBER).total == 700
    assert ledger.verify().intact
