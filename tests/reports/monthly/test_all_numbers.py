"""The sections beyond the violations, counted again from the records, and that none is left out."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import yaml

from penstock.model import Outcome, Tally
from reports.cases import Severity, open_case, update_case
from reports.demo import demo_facts, seed_demo
from reports.ledger import Ledger, Recipient
from reports.ledger.approvers import come_into_force
from reports.ledger.retention import Retention, hold, retain
from reports.monthly import ServiceFacts, build
from reports.monthly.document import Document
from tests.reports.samples import NOON, violation

MONTH = "2026-10"
REGULATED = {"pii", "phi", "gdpr9", "gdpr10", "pci", "fin"}
SERVICES = {
    "chatgpt": ServiceFacts("ChatGPT", "OpenAI", "chat", "US", False),
    "openai-api": ServiceFacts("OpenAI API", "OpenAI", "api", "US", True),
}


RECIPIENTS = {
    "chatgpt": Recipient("chat", "US", "none"),
    "openai-api": Recipient("api", "US", "standard clauses"),
}
CHANNELS = {"chat": "Chat", "api": "API", "": "Unknown"}


class Facts:
    """The ledger read with sqlite3 and json alone."""

    def __init__(self, state: Path) -> None:
        connection = sqlite3.connect(state / "ledger.sqlite")
        bodies = [
            json.loads(b)
            for (b,) in connection.execute("SELECT body FROM record WHERE body IS NOT NULL")
        ]
        self.all = bodies
        self.violations = [
            b for b in bodies if b["kind"] == "violation" and b["at"].startswith(MONTH)
        ]
        self.answers = [b for b in bodies if b["kind"] == "answer" and b["at"].startswith(MONTH)]
        rows = connection.execute(
            "SELECT hour, service, account, requests, request_bytes FROM traffic"
        )
        self.traffic = [row for row in rows if row[0].startswith(MONTH)]
        self.noted = [
            row
            for row in connection.execute("SELECT kind, name, day, number FROM noted")
            if row[2].startswith(MONTH)
        ]
        self.before = [
            row
            for row in connection.execute("SELECT hour, service, requests FROM traffic")
            if row[0].startswith("2026-09")
        ]
        connection.close()

    def acts(self, kind: str) -> list[dict[str, Any]]:
        return [b for b in self.all if b["kind"] == kind and b["at"].startswith(MONTH)]

    def outcomes(self, violations: list[dict[str, Any]]) -> tuple[int, ...]:
        counts = Counter(v["outcome"] for v in violations)
        return tuple(counts[o.value] for o in Outcome)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Document, Facts, Ledger]]:
    state = tmp_path_factory.mktemp("made")
    url = f"sqlite:///{state / 'ledger.sqlite'}"
    ledger = Ledger.open(url, state, demo=True, recipients=RECIPIENTS)
    seed_demo(ledger, NOON, months=6)
    at = datetime.fromisoformat("2026-10-20T10:00:00+00:00")
    disclosed = next(
        b["id"]
        for _, _, b in ledger.records()
        if b["kind"] == "violation" and b["at"] > "2026-10" and b["outcome"] == "disclosed"
    )
    case = open_case(ledger, by="a", at=at, title="=cmd", detected_at=at, violations=(disclosed,))
    update_case(
        ledger, case, by="b", at=at + timedelta(hours=1), aware_at=at + timedelta(hours=1),
        severity=Severity(dpc=4, ei=0.75, cb=0.5),
    )  # fmt: skip
    ledger.erase("sales1@demo.example", at)
    ledger.act("access", at, what="export json 2026-09", by="auditor")
    for named, hours in (({"ana": "1", "eve": "2"}, 0), ({"ana": "3", "dora": "4"}, 1)):
        come_into_force(ledger, named, at + timedelta(hours=hours))
    shown = (Tally("pii.email", "email@1", 1, 0.9, (), ("write to •••",)),)
    ledger.append([violation(5, at=NOON - timedelta(days=500), findings=shown)])
    assert ledger.evidence(violation(5).id, by="a", reason="r", at=at)
    hold(ledger, reason="r", case="c", by="d", at=at, start=at, end=at + timedelta(days=1))
    retain(ledger, Retention(), at + timedelta(days=1))
    document = build(ledger, MONTH, version="1", now=NOON, facts=demo_facts(), services=SERVICES)
    yield document, Facts(state), ledger
    ledger.close()


def name(service: str) -> str:
    return SERVICES[service].name if service in SERVICES else service


def rows(document: Document, table: str) -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in document.table(table).rows}


# ── A ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_band_of_the_months_before(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    months = Counter(b["at"][:7] for b in facts.all if b["kind"] == "violation")
    before = [n for month, n in months.items() if "2025-10" <= month < MONTH]
    said = document.section("A").text[1]
    for number in (min(before), max(before), round(median(before)), len(before)):
        assert str(number) in said


def test_the_shares_beside_published_figures(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    total = len(facts.violations)

    def share(test: Callable[[dict[str, Any]], bool]) -> str:
        return f"{100 * sum(map(test, facts.violations)) / total:.1f}%"

    def regimes(v: dict[str, Any]) -> set[str]:
        return {f["class"].split(".")[0] for f in v["findings"]}

    expected = {
        "Violations a month": f"{total:,}",
        "Requests a month": f"{sum(row[3] for row in facts.traffic):,}",
        "Free accounts": share(lambda v: v["account"] == "free"),
        "Personal or free accounts": share(lambda v: v["account"] in ("free", "personal")),
        "Source code": share(lambda v: "code" in regimes(v)),
        "Regulated data": share(lambda v: bool(regimes(v) & REGULATED)),
    }
    for row in document.table("benchmarks").rows:
        assert row[1] == expected[str(row[0])]
    published = yaml.safe_load(Path("reports/data/benchmarks.yaml").read_text())
    assert len(document.table("benchmarks").rows) == sum("sector" not in p for p in published)


def test_what_waits_for_a_person(made: tuple[Document, Facts, Ledger]) -> None:
    document = made[0]
    still, waiting = (document.number(name).value for name in ("cases-open", "not-assessed"))
    due = min(str(row[2]) for row in document.table("clocks").rows if row[4] in ("open", "overdue"))
    said = document.section("A").text[2]
    assert f"Cases open: {still}. Disclosed and in no case yet: {waiting}." in said
    assert due[:16].replace("T", " ") in said


# ── B ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_inventory(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    used = {row[1] for row in facts.traffic} | {v["service"] for v in facts.violations}
    inventory = rows(document, "inventory")
    assert inventory.keys() == {name(s) for s in used}
    for service in used:
        mine = [row for row in facts.traffic if row[1] == service]
        violations = [v for v in facts.violations if v["service"] == service]
        row = inventory[name(service)]
        assert row[3] == sum(r[3] for r in mine)
        assert row[4] == sum(r[4] for r in mine)
        uploads = [n for kind, to, _, n in facts.noted if (kind, to) == ("upload", service)]
        assert row[5] == sum(uploads)
        assert row[6] == len(violations)
        # An erasure does not change how many there were.
        people = len({v["person"] for v in violations})
        assert row[7] == (None if 0 < people < 5 else people)
        assert row[8] == f"{min(r[0] for r in mine)}:00:00Z"
        assert row[9] == f"{max(r[0] for r in mine)}:00:00Z"
        assert row[:2] == ((SERVICES[service].vendor, "US") if service in SERVICES else ("", ""))
    assert sum(int(row[5]) for row in inventory.values()) > 0
    agreed = {"openai-api", "anthropic-api"}
    assert document.number("services-without-agreement").value == len(used - agreed)
    assert document.number("services-new").value == len(used - {row[1] for row in facts.before})
    contracts = rows(document, "contracts")
    assert contracts["OpenAI API"][:4] == ("yes", "no", "GDPR art. 6(1)(f)", "adequacy (DPF)")
    assert contracts["ChatGPT"][:4] == ("no", "not stated", "not stated", "none")


def test_requests_by_service_and_account(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    counted: Counter[tuple[str, str]] = Counter()
    for _, service, account, number, _ in facts.traffic:
        counted[name(service), account.capitalize()] += number
    assert {row[:2]: row[2] for row in document.table("service-accounts").rows} == counted


def test_requests_by_account(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    total = sum(row[3] for row in facts.traffic)
    for kind, row in rows(document, "account-requests").items():
        mine = sum(r[3] for r in facts.traffic if r[2] == str(kind).lower())
        assert row == (
            mine,
            pytest.approx(mine / total),
            sum(v["account"] == str(kind).lower() for v in facts.violations),
        )


# ── D ─────────────────────────────────────────────────────────────────────────────────────────

CATEGORY = {
    "pii.person": "Basic personal data",
    "pii.email": "Contact data",
    "fin.iban": "Economic and financial data",
    "pci.card_number": "Payment data",
    "gdpr9.health": "Health data",
    "pii.national_id.de_steuerid": "Identification data",
}


def test_personal_data_by_category(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    found: dict[str, Counter[str]] = defaultdict(Counter)
    values: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for v in facts.violations:
        for f in v["findings"]:
            if group := CATEGORY.get(f["class"]):
                found[group][v["outcome"]] += f["count"]
                values[group] |= {(f["class"], p) for p in f["fingerprints"]}
    shown = rows(document, "categories")
    assert {k: v[1:] for k, v in shown.items()} == {
        group: (
            *(by[o.value] for o in Outcome),
            by.total(),
            len(values[group]),
        )
        for group, by in found.items()
    }
    assert shown["Health data"][0] == "9"
    special = sum(
        f["count"] for v in facts.violations for f in v["findings"] if f["class"] == "gdpr9.health"
    )
    assert document.number("special-findings").value == special
    left = sum(
        f["count"]
        for v in facts.violations
        if v["outcome"] in ("disclosed", "partially_disclosed")
        for f in v["findings"]
        if f["class"] in CATEGORY
    )
    assert document.number("personal-disclosed").value == left


def test_recipients_of_what_left(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    left = [v for v in facts.violations if v["outcome"] != "prevented"]
    shown = rows(document, "recipients")
    assert shown.keys() == {name(v["service"]) for v in left}
    for service in {v["service"] for v in left}:
        mine = [v for v in left if v["service"] == service]
        row = shown[name(service)]
        assert row[3:] == (*facts.outcomes(mine)[1:], len(mine))
        ((country, basis),) = {(v["country"], v["transfer_basis"]) for v in mine}
        assert (row[0], row[2]) == (country or "not stated", basis or "not stated")


def test_violations_by_channel(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    shown = rows(document, "channels")
    assert shown.keys() == {CHANNELS[v["channel"]] for v in facts.violations}
    for channel, title in CHANNELS.items():
        mine = [v for v in facts.violations if v["channel"] == channel]
        assert shown[title] == (*facts.outcomes(mine), len(mine))


def test_ceilings_are_of_each_tier_and_of_the_stated_turnover(
    made: tuple[Document, Facts, Ledger],
) -> None:
    shown = rows(made[0], "ceilings")
    assert {tier: row[2:] for tier, row in shown.items()} == {
        "GDPR art. 83(4)": (10e6, 0.02, 10e6),
        "GDPR art. 83(5)(a)": (20e6, 0.04, 20e6),
        "GDPR art. 83(5)(b)": (20e6, 0.04, 20e6),
        "GDPR art. 83(5)(c)": (20e6, 0.04, 20e6),
    }
    rich = demo_facts().model_copy(update={"turnover_eur": 2e9})
    document = build(made[2], MONTH, version="1", now=NOON, facts=rich)
    assert [row[-1] for row in document.table("ceilings").rows] == [40e6, 80e6, 80e6, 80e6]
    unstated = build(made[2], MONTH, version="1", now=NOON)
    assert {row[-1] for row in unstated.table("ceilings").rows} == {None}


# ── E ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_breach_register(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    states: dict[str, dict[str, Any]] = {}
    for body in facts.all:
        if body["kind"] == "case":
            states.setdefault(body["case"], {}).update(body["set"])
    concerned = {
        id_: case
        for id_, case in states.items()
        if case["detected_at"] < "2026-11"
        and (case.get("status") != "closed" or case["detected_at"] >= MONTH)
    }
    shown = rows(document, "register")
    assert shown.keys() == concerned.keys()
    still = [c for c in concerned.values() if c.get("status", "open") != "closed"]
    assert document.number("cases-open").value == len(still)
    disclosed = {
        v["id"] for v in facts.violations if v["outcome"] in ("disclosed", "partially_disclosed")
    }
    named = {id_ for case in states.values() for id_ in case["violations"]}
    assert named & disclosed
    assert document.number("not-assessed").value == len(disclosed - named)

    clocks = rows(document, "clocks")
    for id_, case in concerned.items():
        aware = datetime.fromisoformat(case["aware_at"])
        what, due, left, _ = clocks[id_]
        assert what == "Supervisory authority, GDPR art. 33(1)"
        assert datetime.fromisoformat(due) == aware + timedelta(hours=72)
        waits = round((aware + timedelta(hours=72) - NOON).total_seconds() / 3600, 1)
        assert left == (None if case.get("authority", {}).get("told") is False else waits)
    severity = rows(document, "severity")
    for id_, case in concerned.items():
        s = case["severity"]
        assert severity[id_][:4] == (s["dpc"], s["ei"], s["cb"], s["dpc"] * s["ei"] + s["cb"])
    assert "high" in {row[4] for row in severity.values()}
    history = document.table("case-history").rows
    assert [(row[0], row[1], row[2]) for row in history] == [
        (b["at"], b["case"], b["by"])
        for b in facts.all
        if b["kind"] == "case" and b["case"] in concerned and b["at"] < "2026-11"
    ]
    assert history[0][3] == ", ".join(sorted(facts.acts("case")[0]["set"]))


# ── F ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_effectiveness_of_the_control(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    wanted = [v for v in facts.violations if v["asked"] in ("redact", "redirect", "block")]
    done = [v for v in wanted if v["action"] == v["asked"]]
    bound = [v for v in wanted if v["action"] not in ("allow", "warn")]
    assert bound
    enforced = document.number("enforced")
    assert (enforced.numerator, enforced.denominator) == (len(done), len(bound))
    watched = document.number("only-watched")
    assert (watched.numerator, watched.denominator) == (len(wanted) - len(bound), len(wanted))
    gap = document.number("uninspected")
    assert gap.numerator == sum(v["outcome"] == "unknown" for v in facts.violations)
    assert gap.denominator == sum(row[3] for row in facts.traffic)

    found: Counter[str] = Counter()
    for v in facts.violations:
        for f in v["findings"]:
            found[f["detector"]] += f["count"]
    right: Counter[str] = Counter()
    reviewed: Counter[str] = Counter()
    verdicts = {
        (b["violation"], b["detector"], b["data_class"]): b["correct"] for b in facts.acts("review")
    }
    for (_, detector, _), correct in verdicts.items():
        reviewed[detector] += 1
        right[detector] += correct
    for detector, row in rows(document, "detectors").items():
        number = reviewed[detector]
        assert row[:2] == (found[detector], number)
        if not number:
            assert row[2:] == (None, None, None)
            continue
        share = right[detector] / number
        assert row[2] == pytest.approx(share)
        # Both ends solve (p - share)^2 = z^2 p (1 - p) / n.
        for end in row[3:]:
            assert (end - share) ** 2 == pytest.approx(
                1.959964**2 * end * (1 - end) / number, abs=1e-9
            )
    assert [r[-1] for r in document.table("policies").rows] == [len(facts.violations)]


def test_a_month_that_only_watched_claims_no_enforcement(
    made: tuple[Document, Facts, Ledger],
) -> None:
    document = build(made[2], "2026-06", version="1", now=NOON)
    assert document.number("enforced").value is None
    assert document.number("enforced").note
    assert document.number("only-watched").value == 1


def test_what_proxies_noticed_of_themselves(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    waits = sorted(
        int(name) / 1000 for kind, name, _, n in facts.noted if kind == "held" for _ in range(n)
    )
    assert len(waits) == 31 * 90
    for name, share in (("latency-p50", 50), ("latency-p95", 95), ("latency-p99", 99)):
        place = -(-len(waits) * share // 100) - 1
        assert document.number(name).value == waits[place]
    assert waits[0] < document.number("latency-p50").value < document.number("latency-p99").value

    sent = facts.acts("canary")
    lost = [what for act in sent for what in act["missed"]]
    canaries = document.number("canaries")
    assert canaries.denominator == sum(act["sent"] for act in sent)
    assert canaries.numerator == sum(act["sent"] for act in sent) - len(lost)
    at = [act["at"] for act in sent if act["missed"]]
    assert document.table("canaries-missed").rows == ((lost[0], len(lost), at[0], at[-1]),)

    signs: dict[str, list[Any]] = defaultdict(list)
    for kind, name, day, number in facts.noted:
        if kind in ("tunnel", "distrust"):
            signs[name].append((day, number))
    assert {row[0]: row[2:] for row in document.table("bypass").rows} == {
        name: (sum(n for _, n in seen), min(seen)[0], max(seen)[0]) for name, seen in signs.items()
    }
    for id_, kind in (("bypass-tunnels", "tunnel"), ("unrecorded", "unrecorded")):
        assert document.number(id_).value == sum(row[3] for row in facts.noted if row[0] == kind)
    assert document.control.completeness.unrecorded == document.number("unrecorded").value


def test_policies_and_their_exceptions(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    failed = [v for v in facts.violations if "on-error" in v["rules"] and v["action"] == "warn"]
    through = [v for v in failed if v["outcome"] == "unknown"]
    assert document.number("let-through").value == len(through) > 0
    assert document.control.completeness.let_through == len(through)
    # the demo's policies let pass what cannot be inspected, all month long
    assert document.control.completeness.fail_open_hours == 31 * 24
    (change,) = facts.acts("policy")
    (row,) = document.table("policy-changes").rows
    assert row[0] == change["at"]
    assert change["sha256"].startswith(str(row[-1]))
    assert row[3] == "± own-code-to-own-model"
    assert row[5] == "demo officer (data protection)"
    first, second = facts.acts("approvers")
    assert [row[:2] for row in document.table("approver-changes").rows] == [
        (first["at"], "+ ana, + eve"),
        (second["at"], "± ana, + dora, − eve"),
    ]
    assert {row[:5] for row in document.table("exceptions").rows} == {
        (
            e["rule"],
            b["policy"],
            e["what"],
            e["owner"] or "not stated",
            e["until"] or "no end",
        )
        for b in (change,)  # from the first instant of the month on
        for e in b["exceptions"]
    }
    for row in document.table("exceptions").rows:
        assert (row[5] == "ended") == (str(row[4]) < "2026-11-01")


# ── G ─────────────────────────────────────────────────────────────────────────────────────────


def test_tokens_cash_and_cost(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    price = {"gpt-4o": (1.2, 3.5), "claude-3-5-haiku": (0.8, 4.0), "": (1.2, 3.5)}
    metered = {"openai-api", "anthropic-api", "gemini-api"}
    cash = notional = tokens = weighted = 0.0
    for a in facts.answers:
        unit_in, unit_out = price[a["asked_model"]]
        value = (a["input_tokens"] * unit_in + a["output_tokens"] * unit_out) / 1e6
        weighted += value
        tokens += a["input_tokens"] + a["output_tokens"]
        if a["service"] in metered:
            cash += value
        else:
            notional += value
    assert document.number("tokens").value == tokens
    assert document.number("cash-avoided").value == pytest.approx(cash)
    assert document.number("notional-value").value == pytest.approx(notional)
    internal = 2183 * 0.1 + tokens * 0.02 / 1e6
    assert document.number("internal-cost").value == pytest.approx(internal)
    assert document.number("internal-per-million").value == pytest.approx(internal / tokens * 1e6)
    table = document.table("answers")
    assert sum(int(row[5] or 0) for row in table.rows) == len(facts.answers)
    assert sum(int(row[6] or 0) + int(row[7] or 0) for row in table.rows) == tokens
    assert {(row[3] == "not stated", row[11]) for row in table.rows} == {
        (False, "List price"),
        (True, "Assumed"),
    }
    assert "assumed where the last column says so" in table.note
    assert document.table("scenario").rows == tuple(
        (f, pytest.approx(cash * f), pytest.approx(notional * f)) for f in (0.5, 1.0, 1.5)
    )
    blend = weighted / tokens * 1e6
    cross = 2183 * 0.1 / (30.4 * (blend - 0.02) / 1e6)
    table = document.table("crossover")
    assert f"{cross:,.0f}" in table.note
    for per_day, api, own in table.rows:
        assert api == pytest.approx(float(per_day or 0) * 30.4 * blend / 1e6, abs=0.01)
        assert own == pytest.approx(218.3 + float(per_day or 0) * 30.4 * 0.02 / 1e6, abs=0.01)


# ── H, I, J ───────────────────────────────────────────────────────────────────────────────────


def test_acts_on_the_ledger(made: tuple[Document, Facts, Ledger]) -> None:
    document, facts, _ = made
    asked = [b for b in facts.acts("reidentification") if b["step"] == "asked"]
    used = {b["request"] for b in facts.acts("reidentification") if b["step"] == "used"}
    number = document.number("reidentifications")
    assert (number.numerator, number.denominator) == (len(used), len(asked))
    assert len(document.table("reidentifications").rows) == len(asked)
    assert document.number("erasures").value == len(facts.acts("erasure")) == 1
    assert [row[1:] for row in document.table("exports").rows] == [
        ("export json 2026-09", "auditor")
    ]
    (deleted,) = facts.acts("retention")
    assert document.table("retention").rows == (
        (deleted["at"], deleted["before"], 1, deleted["people"], deleted["aggregates"], 1),
    )
    assert document.number("evidence-views").value == len(facts.acts("evidence")) == 1
    assert [row[:2] for row in document.table("holds").rows] == [("c", "r")]
    controls = yaml.safe_load(Path("reports/data/controls.yaml").read_text())
    assert len(document.table("controls").rows) == len(controls)


def test_the_ledger_still_verifies(made: tuple[Document, Facts, Ledger]) -> None:
    assert made[2].verify().intact


def test_no_number_and_no_table_is_left_out(made: tuple[Document, Facts, Ledger]) -> None:
    """A new figure needs a recomputation here or in test_numbers."""
    checked = "".join(
        Path(__file__).with_name(file).read_text()
        for file in ("test_numbers.py", "test_all_numbers.py")
    )
    for section in made[0].sections:
        for number in section.numbers:
            assert f'"{number.id}"' in checked or number.id in [o.value for o in Outcome]
        for table in section.tables:
            if table.id != "checks":
                assert f'"{table.id}"' in checked, table.id
