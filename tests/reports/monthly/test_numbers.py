"""Every number of a report, counted again from the records by code that shares nothing with it."""

import calendar
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from penstock.errors import ConfigError
from penstock.model import Action, Outcome
from policy.classes import data_class, title
from reports.demo import demo_facts, seed_demo
from reports.facts import Facts
from reports.ledger import Ledger, Month
from reports.ledger.retention import Retention, retain
from reports.monthly import build, render
from reports.monthly.document import Document, Table
from tests.reports.samples import NOON, violation

OUTCOMES = ["prevented", "disclosed", "partially_disclosed", "unknown"]


def records(state: Path) -> list[dict[str, Any]]:
    connection = sqlite3.connect(state / "ledger.sqlite")
    bodies = [json.loads(b) for (b,) in connection.execute("SELECT body FROM record")]
    connection.close()
    return [b for b in bodies if b["kind"] == "violation"]


def requests(state: Path, month: str) -> int:
    connection = sqlite3.connect(state / "ledger.sqlite")
    rows = connection.execute("SELECT hour, requests FROM traffic").fetchall()
    connection.close()
    return sum(n for hour, n in rows if hour[:7] == month)


def rows(table: Table) -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in table.rows}


def expected(violations: list[dict[str, Any]], key: Callable[[Any], list[str]]) -> dict[str, Any]:
    """Name -> the four outcomes and their sum."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for v in violations:
        for name in key(v):
            counts[name][v["outcome"]] += 1
    return {n: (*(c[o] for o in OUTCOMES), c.total()) for n, c in counts.items()}


@pytest.fixture
def year(open_ledger: Callable[..., Ledger]) -> Ledger:
    ledger = open_ledger(demo=True)
    seed_demo(ledger, NOON, months=4)
    return ledger


def check(document: Document, all_records: list[dict[str, Any]], state: Path) -> None:
    """Compare each number and each table with what the records say."""
    month = document.month
    mine = [v for v in all_records if v["at"].startswith(month)]
    total = len(mine)
    by_outcome = Counter(v["outcome"] for v in mine)
    inspected = requests(state, month)
    numbers = {n.id: n for s in document.sections for n in s.numbers}

    assert numbers["violations"].value == total
    assert numbers["requests"].value == (inspected or None)
    assert numbers["violations-per-1000"].value == (
        pytest.approx(1000 * total / inspected) if inspected else None
    )
    for outcome in OUTCOMES:
        number = numbers[outcome]
        assert (number.numerator, number.denominator) == (by_outcome[outcome], total)
        assert number.value == (pytest.approx(by_outcome[outcome] / total) if total else None)
    people_met = len({v["person"] for v in mine if v["person"]})
    assert numbers["people"].value == (None if 0 < people_met < 5 else people_met)
    assert numbers["services"].value == len({v["service"] for v in mine})

    by_month = expected(all_records, lambda v: [v["at"][:7]])
    for name, row in rows(document.table("months")).items():
        assert row == by_month.get(name, (0, 0, 0, 0, 0))
    assert len(document.table("months").rows) == 13

    days = calendar.monthrange(int(month[:4]), int(month[5:]))[1]
    by_day = expected(mine, lambda v: [v["at"][:10]])
    assert rows(document.table("days")) == {
        f"{month}-{day:02}": by_day.get(f"{month}-{day:02}", (0, 0, 0, 0, 0))
        for day in range(1, days + 1)
    }

    words = {"warn": "Warned", "redact": "Redacted", "redirect": "Redirected", "block": "Blocked"}
    assert rows(document.table("actions")) == expected(mine, lambda v: [words[v["action"]]])
    assert rows(document.table("services")) == expected(mine, lambda v: [v["service"]])
    assert rows(document.table("accounts")) == expected(mine, lambda v: [v["account"].title()])
    assert rows(document.table("rules")) == expected(mine, lambda v: v["rules"])
    assert rows(document.table("unread")) == expected(mine, lambda v: v["unread"])
    assert {r[:2]: r[2] for r in document.table("asked").rows} == Counter(
        (words[v["asked"]], words[v["action"]]) for v in mine
    )

    classes = expected(mine, lambda v: list({f["class"] for f in v["findings"]}))
    found: Counter[str] = Counter()
    values: dict[str, set[str]] = defaultdict(set)
    for v in mine:
        for f in v["findings"]:
            found[f["class"]] += f["count"]
            values[f["class"]] |= set(f["fingerprints"])
    for row in document.table("classes").rows:
        name = str(row[0])
        assert title(name) in str(row[1])
        row_of_class = data_class(name)
        assert row_of_class
        assert row[2] == ["low", "medium", "high", "very high"][row_of_class.severity - 1]
        assert row[3:8] == classes.pop(name)
        assert row[8:] == (found[name], len(values[name]))
    assert not classes

    together: Counter[tuple[str, str]] = Counter()
    for v in mine:
        together.update({(f["class"], p) for f in v["findings"] for p in f["fingerprints"]})
    again = Counter(name for (name, _), times in together.items() if times > 1)
    assert {row[0]: row[2:] for row in document.table("again").rows} == {
        name: (len(values[name]), number, pytest.approx(number / len(values[name])))
        for name, number in again.items()
    }

    written_in = expected(
        mine, lambda v: list({n for f in v["findings"] for n in f.get("languages", [])})
    )
    assert rows(document.table("languages")) == written_in

    people: dict[str, set[str]] = defaultdict(set)
    units: Counter[str] = Counter()
    for v in mine:
        for unit in v["groups"]:
            people[unit].add(v["person"])
            units[unit] += 1
    shown = rows(document.table("units"))
    together = shown.pop("Units with few people, together", (None, 0))
    for unit, (persons, number) in shown.items():
        assert persons == len(people[unit]) >= 5
        assert number == units.pop(unit)
    assert together[1] == units.total()
    assert all(len(people[u]) < 5 for u in units) or len(units) == 2

    policies = {(p.name, p.sha256): p for p in document.control.policies}
    assert {k: p.violations for k, p in policies.items()} == Counter(
        (v["policy"], v["policy_sha256"]) for v in mine
    )
    for (name, _), policy in policies.items():
        seen = sorted(v["at"][:10] for v in mine if v["policy"] == name)
        assert (policy.first_day, policy.last_day) == (seen[0], seen[-1])


def test_every_number_equals_the_records(year: Ledger, state: Path) -> None:
    all_records = records(state)
    for month in ("2026-08", "2026-09", "2026-10", "2026-11", "2025-02"):
        check(build(year, month, version="1", now=NOON), all_records, state)


def test_a_prevented_attempt_is_never_counted_as_disclosed(ledger: Ledger) -> None:
    ledger.append(
        violation(n, action=Action.BLOCK, outcome=Outcome.PREVENTED) for n in range(1, 11)
    )
    document = build(ledger, "2026-11", version="1", now=NOON)

    assert document.number("disclosed").value == 0
    assert document.number("prevented").value == 1
    assert "left: 10." in document.section("A").text[0]


def test_what_is_not_known_is_shown(ledger: Ledger) -> None:
    ledger.append([violation(1, outcome=Outcome.UNKNOWN, unread=("timeout",), findings=())])
    document = build(ledger, "2026-11", version="1", now=NOON)

    assert document.number("unknown").value == 1
    assert document.table("unread").rows == (("timeout", 0, 0, 0, 1, 1),)
    assert document.number("requests").value is None
    assert document.number("violations-per-1000").value is None


BOUNDARIES = [
    (datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC), "2026-01"),
    (datetime(2026, 2, 1, tzinfo=UTC), "2026-02"),
    (datetime(2028, 2, 29, 12, tzinfo=UTC), "2028-02"),
    (datetime(2028, 3, 1, 0, 0, 0, 1, tzinfo=UTC), "2028-03"),
    (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "2026-12"),
    (datetime(2027, 1, 1, tzinfo=UTC), "2027-01"),
    # 00:30 on 1 April in Berlin, where the clocks went forward, is still March in UTC.
    (datetime.fromisoformat("2026-04-01T00:30:00+02:00"), "2026-03"),
    (datetime.fromisoformat("2026-10-31T23:30:00-07:00"), "2026-11"),
]


def test_each_violation_is_in_exactly_one_month(ledger: Ledger) -> None:
    ledger.append(violation(n, at=at) for n, (at, _) in enumerate(BOUNDARIES))
    for at, month in BOUNDARIES:
        same = sum(1 for _, other in BOUNDARIES if other == month)
        document = build(ledger, month, version="1", now=NOON)
        assert document.number("violations").value == same, at
    every = [build(ledger, m, version="1", now=NOON) for m in ledger.months()]
    assert sum(int(d.number("violations").value or 0) for d in every) == len(BOUNDARIES)


def test_a_clock_that_jumps_back_changes_no_total(ledger: Ledger) -> None:
    ledger.append([violation(1, at=NOON)])
    ledger.append([violation(2, at=NOON - timedelta(days=40))])
    ledger.append([violation(3, at=NOON + timedelta(days=40))])
    assert ledger.months() == ("2026-10", "2026-11", "2026-12")
    assert ledger.verify().intact


def test_a_unit_with_few_people_is_never_alone(ledger: Ledger) -> None:
    number = 0
    for unit, people in (("sales", 9), ("research", 6), ("board", 1)):
        for person in range(people):
            number += 1
            ledger.append([violation(number, groups=(unit,), user=f"{unit}{person}")])
    document = build(ledger, "2026-11", version="1", now=NOON)

    assert document.table("units").rows == (
        ("sales", 9, 9),
        ("Units with few people, together", None, 7),
    )


def test_gaps_in_watching_are_shown(ledger: Ledger) -> None:
    day = timedelta(days=1)
    start = datetime(2026, 11, 1, tzinfo=UTC)
    ledger.add_run("1", start - day, start + 2 * day)
    ledger.add_run("1", start + day, start + 3 * day)
    ledger.add_run("1", start + 4 * day, start + 10 * day)
    completeness = build(ledger, "2026-11", version="1", now=start + 10 * day).control.completeness

    assert completeness.watched_share == pytest.approx(0.9)
    assert [(g.start, g.end, g.hours, g.reason) for g in completeness.gaps] == [
        ("2026-11-04T00:00:00Z", "2026-11-05T00:00:00Z", 24.0, "stopped")
    ]
    assert not completeness.is_final


def test_a_short_gap_is_told_in_seconds(ledger: Ledger) -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    ledger.add_run("1", start, start + timedelta(seconds=270))
    document = build(ledger, "2026-11", version="1", now=start + timedelta(seconds=310))
    text = document.control.completeness.text.replace("\N{NO-BREAK SPACE}", " ")

    assert text.startswith("Without a running proxy: 40 s of 5 min 10 s; gaps: 1.")
    assert "Watched: 87.1%" in render(document, "html").decode()


def test_what_was_before_the_first_proxy_is_no_gap(ledger: Ledger) -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    ledger.add_run("1", start, start + timedelta(hours=12))
    completeness = build(
        ledger, "2026-11", version="1", now=start + timedelta(hours=16)
    ).control.completeness

    assert completeness.since == "2026-11-20T00:00:00Z"
    assert completeness.watched_share == pytest.approx(0.75)
    assert [g.hours for g in completeness.gaps] == [4]
    assert "2026-11-20 00:00 UTC" in completeness.text
    assert build(ledger, "2026-10", version="1", now=NOON).control.completeness.since == ""


def test_what_retention_cut_is_no_time_before_the_first_proxy(ledger: Ledger) -> None:
    day = timedelta(days=1)
    start = datetime(2026, 6, 1, tzinfo=UTC)
    ledger.add_run("1", start - 9 * day, start - 5 * day)
    ledger.add_run("1", start + 3 * day, start + 30 * day)
    before = build(ledger, "2026-06", version="1", now=NOON).control.completeness
    retain(ledger, Retention(events_days=100, aggregates_months=5), NOON)
    after = build(ledger, "2026-06", version="1", now=NOON).control.completeness

    assert after == before
    assert [(g.start, g.hours, g.reason) for g in after.gaps] == [
        ("2026-06-01T00:00:00Z", 72.0, "none was running when the month began")
    ]
    with pytest.raises(ConfigError, match="from before 2026-06 were deleted"):
        build(ledger, "2026-05", version="1", now=NOON)


def test_an_empty_month_says_what_to_look_at(ledger: Ledger) -> None:
    document = build(ledger, "2026-02", version="1", now=NOON)

    assert document.empty
    assert "penstock doctor" in [command for command, _ in document.empty.steps]
    assert document.number("violations").value == 0


@pytest.mark.parametrize(
    "name", ["2026-13", "2026-00", "26-01", "2026-1", "../etc", "", "2026-11 "]
)
def test_what_is_not_a_month_is_refused(ledger: Ledger, name: str) -> None:
    with pytest.raises(ConfigError, match="not a month"):
        build(ledger, name, version="1")


def test_months_follow_each_other() -> None:
    assert Month("2026-12").plus(1) == Month("2027-01")
    assert Month("2026-01").plus(-1) == Month("2025-12")
    assert Month("2026-11").plus(-23) == Month("2024-12")
    assert (Month("2028-02").end - Month("2028-02").start).days == 29


def test_the_matrix_of_class_service_and_action(year: Ledger, state: Path) -> None:
    words = {"warn": "Warned", "redact": "Redacted", "redirect": "Redirected", "block": "Blocked"}
    mine = [v for v in records(state) if v["at"].startswith("2026-10")]
    counted: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for v in mine:
        for name in {f["class"] for f in v["findings"]}:
            counted[name, v["service"], words[v["action"]]][v["outcome"]] += 1
    table = build(year, "2026-10", version="1", now=NOON).table("matrix")

    assert sorted(row[1:] for row in table.rows) == sorted(
        (service, action, *(by[o] for o in OUTCOMES), by.total())
        for (_, service, action), by in counted.items()
    )
    by_class: Counter[str] = Counter()
    for row in table.rows:
        by_class[str(row[0])] += int(row[-1] or 0)
    assert by_class["Source code"] == sum(
        any(f["class"] == "code.source" for f in v["findings"]) for v in mine
    )


@pytest.mark.parametrize("facts", [Facts(), demo_facts()], ids=["nothing stated", "stated"])
@pytest.mark.parametrize("records", [0, 1])
def test_a_figure_that_is_missing_says_why(ledger: Ledger, records: int, facts: Facts) -> None:
    ledger.append(violation(n, action=Action.WARN, asked=Action.WARN) for n in range(records))
    document = build(ledger, "2026-11", version="1", now=NOON, facts=facts)
    missing = [n for s in document.sections for n in s.numbers if n.value is None]

    assert len(missing) > 8
    assert [n.id for n in missing if not n.note] == []
