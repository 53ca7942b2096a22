"""The breach register: clocks, severity, and a form that admits what nobody knows."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, fromstring

import pytest

from penstock.errors import ConfigError, Refused
from penstock.model import Action, Outcome
from policy.classes import title
from reports.cases import (
    Clock,
    Notified,
    Recipient,
    Severity,
    cases,
    open_case,
    update_case,
)
from reports.concerned import filled
from reports.ledger import Ledger
from reports.monthly import build
from reports.monthly.words import LANGUAGES, Words
from reports.notification import UNKNOWN, docx, plain
from reports.notification import form as form_of
from tests.reports.samples import NOON, violation


@pytest.fixture
def case(ledger: Ledger) -> str:
    return open_case(ledger, by="ana", at=NOON, title="a list was pasted", detected_at=NOON)


def test_a_case_is_the_sum_of_its_records_and_keeps_its_history(ledger: Ledger, case: str) -> None:
    update_case(ledger, case, by="dora", at=NOON, data_categories=("contact data",))
    update_case(ledger, case, by="dora", at=NOON, title="a list of 12 was pasted")

    (now,) = cases(ledger)
    assert (now.title, now.data_categories) == ("a list of 12 was pasted", ("contact data",))
    assert [body["by"] for body in ledger.acts("case")] == ["ana", "dora", "dora"]
    assert ledger.acts("case")[0]["set"]["title"] == "a list was pasted"
    assert ledger.verify().intact


def test_the_clock_runs_from_awareness_not_from_detection(ledger: Ledger, case: str) -> None:
    (found,) = cases(ledger)
    assert found.due(("gdpr",)) == ()

    aware = NOON + timedelta(hours=30)
    known = update_case(ledger, case, by="dora", at=aware, aware_at=aware)
    assert known.due(("gdpr",)) == (
        ("Supervisory authority, GDPR art. 33(1)", aware + timedelta(hours=72), "open", None),
    )
    assert [hours for hours in _hours(known.due(("nis2",)), aware)] == [24, 72, 720]


@pytest.mark.parametrize(
    ("aware", "regimes", "number"),
    [
        (datetime(2018, 5, 24, 23, tzinfo=UTC), ("gdpr",), 0),
        (datetime(2018, 5, 25, tzinfo=UTC), ("gdpr",), 1),
        (datetime(2024, 10, 17, tzinfo=UTC), ("gdpr", "nis2"), 1),
        (datetime(2025, 1, 17, tzinfo=UTC), ("gdpr", "nis2", "dora"), 6),
        # 72 hours are 72 hours, also where clocks go back in between.
        (datetime.fromisoformat("2026-10-24T12:00:00+02:00"), ("gdpr",), 1),
    ],
)
def test_deadlines_are_those_in_force_on_the_day(
    ledger: Ledger, case: str, aware: datetime, regimes: tuple[str, ...], number: int
) -> None:
    known = update_case(ledger, case, by="dora", at=NOON, detected_at=aware, aware_at=aware)
    due = known.due(regimes)
    assert len(due) == number
    if number == 1:
        assert due[0].at - aware == timedelta(hours=72)


@pytest.mark.parametrize(
    ("dpc", "ei", "cb", "score", "level"),
    [
        (1, 0.25, 0, 0.25, "low"),
        (2, 0.75, 0.25, 1.75, "low"),
        (2, 1, 0, 2.0, "medium"),
        (3, 1, 0, 3.0, "high"),
        (4, 0.75, 0.5, 3.5, "high"),
        (4, 1, 0, 4.0, "very high"),
    ],
)
def test_severity_is_enisas(dpc: float, ei: float, cb: float, score: float, level: str) -> None:
    severity = Severity(dpc=dpc, ei=ei, cb=cb)
    assert (severity.score, severity.level) == (score, level)


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": {"dpc": 5, "ei": 1}},
        {"severity": {"dpc": 1, "ei": 0.3}},
        {"aware_at": "yesterday"},
        {"aware_at": "2026-11-21T12:00:00"},
        {"status": "forgotten"},
        {"no_such_field": 1},
        {"status": "closed"},
        {"status": "withdrawn"},
        {"authority": {"told": True, "at": "2026-11-21T13:00:01+01:00"}},
        {"aware_at": "0001-01-01T00:00:00+01:00"},
        {"reported": {"gdpr-authority": None}},
    ],
)
def test_what_makes_no_sense_is_refused_and_not_recorded(
    ledger: Ledger, case: str, changes: dict[str, object]
) -> None:
    before = ledger.last()
    with pytest.raises(ConfigError, match="case"):
        update_case(ledger, case, by="dora", at=NOON, **changes)
    assert ledger.last() == before


def test_no_effect_lies_before_its_cause(ledger: Ledger, case: str) -> None:
    ledger.append([violation(1)])
    late, early, before = (NOON + timedelta(hours=hours) for hours in (9, 1, -1))
    update_case(ledger, case, by="a", at=late, aware_at=early)
    kept = ledger.last()
    for fields, said in (
        ({"aware_at": before}, "`aware_at` .* lies before `detected_at`"),
        ({"detected_at": late}, "`aware_at` .* lies before `detected_at`"),
        ({"occurred_from": early}, "`detected_at` .* lies before `occurred_from`"),
        ({"occurred_from": before, "occurred_to": before - timedelta(1)}, "`occurred_to`"),
        ({"authority": {"told": True, "at": NOON}}, "`authority.at` .* lies before `aware_at`"),
        ({"people": {"told": True, "at": NOON}}, "`people.at` .* lies before `aware_at`"),
        (
            {"reported": {"nis2-early-warning": NOON}},
            "`reported.nis2-early-warning` .* lies before",
        ),
        (
            {"violations": (violation(1).id,), "detected_at": before},
            "`detected_at` .* lies before the first of its violations",
        ),
        (
            {"recipient": {"deletion_requested_at": early, "deletion_confirmed_at": NOON}},
            "`recipient.deletion_confirmed_at`",
        ),
    ):
        with pytest.raises(ConfigError, match=said):
            update_case(ledger, case, by="a", at=late, **fields)
    assert ledger.last() == kept
    # the form has minutes, the record seconds
    update_case(ledger, case, by="a", at=late, violations=(violation(1).id,), detected_at=NOON)


def test_every_time_of_a_case_is_in_utc(ledger: Ledger, case: str) -> None:
    there = "2026-11-21T10:00:00+01:00"
    fields = {"detected_at": there, "aware_at": there, "authority": {"told": True, "at": there}}
    update_case(ledger, case, by="dora", at=NOON, **fields)

    (known,) = cases(ledger)
    assert str(known.authority.at) == str(known.aware_at) == "2026-11-21 09:00:00+00:00"
    assert ledger.acts("case")[-1]["set"]["authority"]["at"] == "2026-11-21T09:00:00Z"
    register = build(ledger, "2026-11", version="1", now=NOON).table("register")
    row = dict(zip([column.id for column in register.columns], register.rows[0], strict=True))
    assert row["authority_at"] == row["aware"] == "2026-11-21T09:00:00+00:00"


def test_a_case_names_violations_that_the_ledger_knows(ledger: Ledger, case: str) -> None:
    before = ledger.last()
    with pytest.raises(Refused, match="no violation `v-1`"):
        update_case(ledger, case, by="dora", at=NOON, violations=("v-1",))
    with pytest.raises(Refused, match="no violation"):
        open_case(ledger, by="a", at=NOON, title="x", detected_at=NOON, violations=(case,))
    assert ledger.last() == before


def test_a_withdrawn_case_stays_on_record_and_counts_for_nothing(ledger: Ledger, case: str) -> None:
    ledger.append([violation(1, action=Action.WARN, outcome=Outcome.DISCLOSED)])
    update_case(
        ledger, case, by="a", at=NOON, aware_at=NOON, violations=(violation(1).id,)
    )  # fmt: skip
    before = build(ledger, "2026-11", version="1", now=NOON)
    update_case(ledger, case, by="a", at=NOON, status="withdrawn", withdrawn_reason="a test")
    after = build(ledger, "2026-11", version="1", now=NOON)

    for number, values in (("cases-open", (1, 0)), ("not-assessed", (0, 1))):
        assert tuple(d.number(number).value for d in (before, after)) == values
    assert after.table("clocks").rows == ()
    ((id_, _, status, reason, *_),) = after.table("register").rows
    assert (id_, status, reason) == (case, "withdrawn", "a test")


def test_each_duty_is_open_until_it_is_done_itself(ledger: Ledger, case: str) -> None:
    regimes = ("gdpr", "nis2")

    def after(**fields: object) -> str:
        due = update_case(ledger, case, by="a", at=NOON, **fields).next_due(regimes)
        return due.what.partition(",")[0] if due else ""

    assert after(aware_at=NOON) == "Early warning"
    assert after(reported={"nis2-early-warning": NOON}) == "Supervisory authority"
    assert after(authority={"told": True}) == "Incident notification"
    done = {"nis2-early-warning": NOON, "nis2-notification": NOON}
    assert after(reported=done) == "Final report"
    assert after(reported=done | {"nis2-final-report": None}) == ""


def test_another_level_than_the_score_needs_a_reason(ledger: Ledger, case: str) -> None:
    other = Severity(dpc=1, ei=0.25, override="high")
    with pytest.raises(ConfigError, match="reason"):
        update_case(ledger, case, by="dora", at=NOON, severity=other)
    why = other.model_copy(update={"override_reason": "a minor"})
    known = update_case(ledger, case, by="dora", at=NOON, severity=why)
    assert known.severity is not None
    assert known.severity.level == "high"


def test_a_case_that_does_not_exist_cannot_be_changed(ledger: Ledger) -> None:
    with pytest.raises(Refused, match="no case `C-1`"):
        update_case(ledger, "C-1", by="dora", at=NOON, title="x")


def test_the_form_for_an_authority_says_what_is_not_known(ledger: Ledger, case: str) -> None:
    known = update_case(
        ledger, case, by="dora", at=NOON, aware_at=NOON,
        recipient=Recipient(name="ChatGPT", country="US"), severity=Severity(dpc=3, ei=0.5),
    )  # fmt: skip
    form = plain(form_of(known, "Acme SE"))

    assert form["controller"]["organization"] == "Acme SE"
    assert form["breach"]["recipient"] == "ChatGPT"
    assert form["breach"]["deletion_confirmed_at"] == UNKNOWN
    assert form["breach"]["data_categories"] == UNKNOWN
    assert form["breach"]["people"] == UNKNOWN
    assert form["consequences"]["severity_score"] == 1.5
    assert form["notification"]["due"][0]["at"] == "2026-11-24T12:00:00+00:00"
    assert form["notification"]["phased"] is False


def test_the_form_is_filled_from_the_records_of_the_violations(ledger: Ledger, case: str) -> None:
    sent = [violation(n, service="chatgpt", host="chatgpt.com") for n in (1, 2)]
    ledger.append(sent)
    known = update_case(
        ledger, case, by="dora", at=NOON, violations=[v.id for v in sent],
        recipient={"country": "FR"},
    )  # fmt: skip
    bodies = ledger.violations(known.violations).values()
    breach = plain(form_of(filled(known, bodies, {"chatgpt": "ChatGPT"}), "Acme SE"))["breach"]

    tallies = [tally for v in sent for tally in v.findings]
    assert breach["from"] == sent[0].at.isoformat()
    assert breach["to"] == sent[1].at.isoformat()
    assert breach["systems"] == ["chatgpt.com"]
    assert (breach["recipient"], breach["recipient_country"]) == ("ChatGPT", "FR")
    assert breach["records"] == sum(tally.count for tally in tallies)
    assert breach["records_certainty"] == "approximate"
    assert breach["data_categories"] == sorted({title(tally.data_class) for tally in tallies})
    assert filled(known, [{}]) == known


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_is_a_document_with_every_field(ledger: Ledger, case: str, language: str) -> None:
    known = update_case(
        ledger, case, by="dora", at=NOON, aware_at=NOON, disclosure="disclosed",
        systems=("<a & b>", "tabs\tand\x0bcontrols"),
        cross_border={"countries": {"FR": 3, "DE": None}},
    )  # fmt: skip
    form = form_of(known, "Acme SE")
    document = docx(form, language, NOON)

    root = parse(document, "word/document.xml")
    lines = ["".join(p.itertext()) for p in root.iter(f"{W}p")]
    t = Words(language)
    fields = [name for part in form.values() for name in part]
    assert sum(1 for _ in root.iter(f"{W}tr")) == len(fields)
    for text in ("<a & b>", "FR: 3", t("disclosed"), t("Systems"), "a list was pasted"):
        assert text in lines
    assert any("2026-11-24 12:00 UTC" in line for line in lines)
    open_ones = sum(value == UNKNOWN for part in form.values() for value in part.values())
    unknown = t(UNKNOWN)
    assert f"DE: {unknown}" in lines
    assert lines.count(unknown) == open_ones == sum(1 for _ in root.iter(f"{W}highlight")) - 1
    assert language == "en" or not any(UNKNOWN in line for line in lines)
    for name in zipfile.ZipFile(io.BytesIO(document)).namelist():
        parse(document, name)
    assert docx(form, language, NOON) == document


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def parse(document: bytes, name: str) -> Element:
    return fromstring(zipfile.ZipFile(io.BytesIO(document)).read(name))


def test_a_told_authority_stops_the_clock_in_the_report(ledger: Ledger, case: str) -> None:
    update_case(ledger, case, by="dora", at=NOON, aware_at=NOON)
    late = NOON + timedelta(hours=80)
    (row,) = build(ledger, "2026-11", version="1", now=late).table("clocks").rows
    assert row[3:] == (-8.0, "overdue")

    told = Notified(told=True, whom="authority", at=NOON + timedelta(hours=70))
    update_case(ledger, case, by="dora", at=late, authority=told)
    (row,) = build(ledger, "2026-11", version="1", now=late).table("clocks").rows
    assert row[3:] == (2.0, "told")


def _hours(due: tuple[Clock, ...], aware: datetime) -> list[float]:
    return [(at - aware) / timedelta(hours=1) for _, at, *_ in due]
