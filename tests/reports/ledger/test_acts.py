"""What is done to the ledger itself: retention, holds, re-identification, answers; all recorded."""

import json
import sqlite3
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from penstock.errors import ConfigError, Refused
from penstock.model import Finished
from reports.ledger import Ledger, Month
from reports.ledger.approvers import come_into_force
from reports.ledger.keys import fingerprint, public_pem, read_public
from reports.ledger.reidentify import (
    LIFE,
    Signer,
    approve,
    request,
    requests,
    reveal,
)
from reports.ledger.retention import Retention, hold, holds, release, retain
from reports.ledger.reviews import review
from reports.monthly import build
from tests.reports.samples import NOON, violation

YEAR_AGO = NOON - timedelta(days=400)


# ── retention ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def aged(ledger: Ledger) -> Ledger:
    """Ten violations of 400 days ago and ten of now, of different people."""
    for n in range(10):
        ledger.append([violation(n, at=YEAR_AGO + timedelta(seconds=n), user=f"old{n}")])
        ledger.append([violation(100 + n, user=f"new{n}")])
    return ledger


def test_old_records_are_emptied_and_the_chain_still_verifies(aged: Ledger, state: Path) -> None:
    before = build(aged, Month.of(YEAR_AGO), version="1", now=NOON)
    done = retain(aged, Retention(events_days=365), NOON)

    assert (done.records, done.people, done.held) == (10, 10, 0)
    assert aged.verify().intact
    assert {b["id"] for _, _, b in aged.records()} >= {violation(100 + n).id for n in range(10)}
    written = b"".join(p.read_bytes() for p in state.glob("ledger.sqlite*"))
    for n in range(10):
        for finding in violation(n).findings:
            assert finding.fingerprints[0].encode() not in written
    after = build(aged, Month.of(YEAR_AGO), version="1", now=NOON)
    assert [s for s in after.sections if s.letter < "I"] == [
        s for s in before.sections if s.letter < "I"
    ]
    assert retain(aged, Retention(events_days=365), NOON).records == 0


def test_what_retention_emptied_cannot_hide_another_deletion(aged: Ledger, state: Path) -> None:
    retain(aged, Retention(events_days=365), NOON)
    connection = sqlite3.connect(state / "ledger.sqlite")
    with connection:
        connection.execute("UPDATE record SET body = NULL, person = '' WHERE seq = 2")
        connection.execute("DELETE FROM finding WHERE seq = 2")
    connection.close()
    result = aged.verify()
    assert (result.first_bad, result.problem) == (2, "the content of record 2 was deleted")


def test_months_whose_records_are_there_can_be_counted_anew_after_retention(
    aged: Ledger,
) -> None:
    old = build(aged, Month.of(YEAR_AGO), version="1", now=NOON).table("classes")
    retain(aged, Retention(events_days=365), NOON)
    aged.rebuild()
    assert aged.verify().intact
    assert build(aged, Month.of(YEAR_AGO), version="1", now=NOON).table("classes") == old


def test_what_is_on_hold_stays_until_it_is_released(aged: Ledger) -> None:
    person, _ = aged.about("old3")
    whole = hold(
        aged, reason="dispute", case="C-1", by="dpo", at=NOON,
        start=YEAR_AGO, end=YEAR_AGO + timedelta(seconds=2),
    )  # fmt: skip
    hold(
        aged, reason="dispute", case="C-2", by="dpo", at=NOON,
        start=YEAR_AGO, end=NOON, pseudonym=person,
    )  # fmt: skip
    done = retain(aged, Retention(events_days=365), NOON)
    assert (done.records, done.held) == (7, 3)

    release(aged, whole, reason="settled", by="dpo", at=NOON)
    assert [h.case for h in holds(aged)] == ["C-2"]
    done = retain(aged, Retention(events_days=365), NOON)
    assert (done.records, done.held) == (2, 1)
    assert aged.verify().intact
    with pytest.raises(Refused, match="no hold"):
        release(aged, whole, reason="again", by="dpo", at=NOON)


def test_aggregates_go_after_their_time(aged: Ledger) -> None:
    retain(aged, Retention(events_days=100, aggregates_months=6), NOON)
    assert aged.months() == ("2026-11",)
    assert aged.verify().intact
    with pytest.raises(ConfigError, match="from before 2026-05 were deleted"):
        build(aged, Month.of(YEAR_AGO), version="1", now=NOON)
    build(aged, "2026-05", version="1", now=NOON)


def test_a_month_before_all_figures_is_empty_and_not_deleted(aged: Ledger) -> None:
    retain(aged, Retention(events_days=100), NOON)
    assert build(aged, "2020-01", version="1", now=NOON).empty


@pytest.mark.parametrize("days", [0, 2000])
def test_an_impossible_retention_is_refused(days: int) -> None:
    with pytest.raises(ConfigError, match="retention"):
        Retention(events_days=days, aggregates_months=24)


# ── re-identification ─────────────────────────────────────────────────────────────────────────

NAMES = ["grace@acme.example", "ada@acme.example"]


@pytest.fixture
def pseudonym(ledger: Ledger) -> str:
    ledger.append([violation(1, user="Ada@acme.example")])
    return ledger.about("ada@acme.example")[0]


def ask(ledger: Ledger, pseudonym: str) -> str:
    """Whoever acts next has another account than whoever asked."""
    ledger.account = "sam.os"
    id_ = request(
        ledger, pseudonym, reason="incident", case="C-7", by="sam", role="security", at=NOON
    )
    ledger.account = "dora.os"
    return id_


def back(ledger: Ledger) -> Ledger:
    """From the account of whoever asked."""
    ledger.account = "sam.os"
    return ledger


def test_two_people_of_two_roles_learn_a_name_once(ledger: Ledger, pseudonym: str) -> None:
    id_ = ask(ledger, pseudonym)
    approve(ledger, id_, by="dora", role="dpo", at=NOON + timedelta(hours=1))

    assert reveal(back(ledger), id_, NAMES, by="sam", at=NOON + timedelta(hours=2)) == NAMES[1]

    with pytest.raises(Refused, match="is used"):
        reveal(back(ledger), id_, NAMES, by="sam", at=NOON + timedelta(hours=3))
    (one,) = requests(ledger)
    assert (one.state(NOON), one.approved_by) == ("used", "dora")
    assert ledger.verify().intact


@pytest.mark.parametrize(
    ("by", "role", "hours", "match"),
    [
        ("SAM ", "dpo", 1, "second person"),
        ("dora", "Security", 1, "another role"),
        ("dora", " ", 1, "another role"),
        ("dora", "dpo", 24, "lapsed"),
    ],
)
def test_nobody_allows_it_alone_or_late(
    ledger: Ledger, pseudonym: str, by: str, role: str, hours: int, match: str
) -> None:
    id_ = ask(ledger, pseudonym)
    with pytest.raises(Refused, match=match):
        approve(ledger, id_, by=by, role=role, at=NOON + timedelta(hours=hours))
    with pytest.raises(Refused, match="not approved"):
        reveal(back(ledger), id_, NAMES, by="sam", at=NOON + timedelta(hours=1))


def test_a_permission_is_for_whoever_asked_and_for_a_day(ledger: Ledger, pseudonym: str) -> None:
    id_ = ask(ledger, pseudonym)
    approve(ledger, id_, by="dora", role="dpo", at=NOON)
    with pytest.raises(Refused, match="only whoever asked"):
        reveal(ledger, id_, NAMES, by="dora", at=NOON)
    with pytest.raises(Refused, match="lapsed"):
        reveal(back(ledger), id_, NAMES, by="sam", at=NOON + LIFE)


def test_two_names_from_one_account_are_one_person(ledger: Ledger, pseudonym: str) -> None:
    id_ = ask(ledger, pseudonym)
    for account in ("sam.os", ""):
        ledger.account = account
        with pytest.raises(Refused, match="an account of their own"):
            approve(ledger, id_, by="dora", role="dpo", at=NOON)
    ledger.account = "dora.os"
    approve(ledger, id_, by="dora", role="dpo", at=NOON)
    with pytest.raises(Refused, match="from the same account"):
        reveal(ledger, id_, NAMES, by="sam", at=NOON)
    assert [act["account"] for act in ledger.acts("reidentification")] == ["sam.os", "dora.os"]


def signer(private: Ed25519PrivateKey, public: Ed25519PrivateKey | None = None) -> Signer:
    """Whoever holds `private`; the settings name the public half of `public`, else of the same."""
    return Signer((public or private).public_key(), private.sign)


def named(ledger: Ledger, **holders: Ed25519PrivateKey) -> None:
    """A proxy starts with these approvers."""
    found = {name: fingerprint(key.public_key()) for name, key in holders.items()}
    assert come_into_force(ledger, found, NOON)
    assert not come_into_force(ledger, found, NOON)


def test_keys_of_their_own_stand_for_accounts(ledger: Ledger, pseudonym: str) -> None:
    sams, doras = (Ed25519PrivateKey.generate() for _ in range(2))
    named(ledger, sam=sams, dora=doras)
    ledger.account = "root"  # as in a container, where everybody is the same
    asking = {"reason": "r", "case": "C-7", "by": "sam", "role": "security", "at": NOON}
    with pytest.raises(Refused, match="not the key of `sam`"):
        request(ledger, pseudonym, **asking, signer=signer(doras, sams))
    id_ = request(ledger, pseudonym, **asking, signer=signer(sams))
    allowing = {"by": "dora", "role": "dpo", "at": NOON}
    rewritten = read_public(b"\n" + public_pem(sams.public_key()))
    for wrong, match in (
        (signer(sams, doras), "not the key of `dora`"),
        (signer(sams), "the key that asked cannot allow it"),
        (Signer(rewritten, sams.sign), "the key that asked cannot allow it"),
        (None, "whoever allows it signs as well"),
    ):
        with pytest.raises(Refused, match=match):
            approve(ledger, id_, **allowing, signer=wrong)
    approve(ledger, id_, **allowing, signer=signer(doras))
    for other in (signer(doras), None):
        with pytest.raises(Refused, match="with the same key"):
            reveal(ledger, id_, NAMES, by="sam", at=NOON, signer=other)
    assert reveal(ledger, id_, NAMES, by="sam", at=NOON, signer=signer(sams)) == NAMES[1]

    for kept, key in zip(ledger.acts("reidentification"), (sams, doras, sams), strict=True):
        said = {"ledger": ledger.id, "pseudonym": pseudonym, "case": "C-7", "reason": "r"}
        said |= {name: kept[name] for name in ("request", "step", "by", "role")}
        text = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
        key.public_key().verify(b64decode(kept["signature"]), text)


def test_a_permission_is_used_once_also_at_the_same_instant(ledger: Ledger, pseudonym: str) -> None:
    sam, dora = (Ed25519PrivateKey.generate() for _ in range(2))
    named(ledger, sam=sam, dora=dora)
    sams, doras = signer(sam), signer(dora)
    asking = {"reason": "r", "case": "C-7", "by": "sam", "role": "security", "at": NOON}
    id_ = request(ledger, pseudonym, **asking, signer=sams)
    approve(ledger, id_, by="dora", role="dpo", at=NOON, signer=doras)

    def sign(said: bytes) -> bytes:
        assert reveal(ledger, id_, NAMES[1:], by="sam", at=NOON, signer=sams) == NAMES[1]
        return sams.sign(said)

    with pytest.raises(Refused, match="is used already"):
        reveal(ledger, id_, NAMES[:1], by="sam", at=NOON, signer=replace(sams, sign=sign))
    assert [act["step"] for act in ledger.acts("reidentification")] == ["asked", "approved", "used"]


def test_who_writes_settings_of_their_own_is_no_approver(ledger: Ledger, pseudonym: str) -> None:
    """Nor are those who leave them out: that needs another proxy to start, and is in the report."""
    sams, doras, eves = (Ed25519PrivateKey.generate() for _ in range(3))
    asking = {"reason": "r", "case": "C-7", "by": "sam", "role": "security", "at": NOON}
    with pytest.raises(Refused, match="not on record"):
        request(ledger, pseudonym, **asking, signer=signer(sams))
    named(ledger, sam=sams, dora=doras)
    with pytest.raises(Refused, match="approvers are on record"):
        request(ledger, pseudonym, **asking)
    id_ = request(ledger, pseudonym, **asking, signer=signer(sams))
    for by in ("dora", "eve"):
        with pytest.raises(Refused, match=f"this key of `{by}`"):
            approve(ledger, id_, by=by, role="dpo", at=NOON, signer=signer(eves))
    ledger.account = "penstock"
    named(ledger, sam=sams, eve=eves)
    approve(ledger, id_, by="eve", role="dpo", at=NOON, signer=signer(eves))
    rows = build(ledger, Month.of(NOON), version="1", now=NOON).table("approver-changes").rows
    assert [row[1:] for row in rows] == [
        ("+ dora, + sam", "not stated"),
        ("− dora, + eve", "penstock"),
    ]


def test_one_key_holder_cannot_ask_under_another_name(ledger: Ledger, pseudonym: str) -> None:
    """Where all share one account, a name that is typed proves nobody."""
    dora = signer(Ed25519PrivateKey.generate())
    id_ = ask(ledger, pseudonym)
    with pytest.raises(Refused, match="not signed"):
        approve(ledger, id_, by="dora", role="dpo", at=NOON, signer=dora)
    assert requests(ledger)[0].state(NOON) == "open"


def test_an_erased_person_cannot_be_found_any_more(ledger: Ledger, pseudonym: str) -> None:
    id_ = ask(ledger, pseudonym)
    approve(ledger, id_, by="dora", role="dpo", at=NOON)
    ledger.erase("ada@acme.example", NOON)
    assert reveal(back(ledger), id_, NAMES, by="sam", at=NOON) == ""


def test_a_request_needs_a_reason_and_a_case(ledger: Ledger) -> None:
    with pytest.raises(Refused, match="reason"):
        request(ledger, "U-1", reason="", case="C", by="s", role="r", at=NOON)
    with pytest.raises(Refused, match="nobody is behind `U-1`"):
        request(ledger, "U-1", reason="r", case="C", by="s", role="r", at=NOON)
    with pytest.raises(Refused, match="no request"):
        approve(ledger, "nope", by="s", role="r", at=NOON)


# ── reviews ───────────────────────────────────────────────────────────────────────────────────


def test_what_reviewers_say_counts_for_the_detector(ledger: Ledger) -> None:
    ledger.append([violation(1), violation(2, findings=())])
    first, second = violation(1).findings
    at = NOON + timedelta(hours=1)
    assert review(ledger, violation(1).id, correct=True, data_class="", by="ana", at=at) == 2
    one = {"data_class": first.data_class, "by": "ana", "at": at}
    assert review(ledger, violation(1).id, correct=False, **one) == 1  # corrects herself

    rows = build(ledger, "2026-11", version="1", now=at).table("detectors").rows
    assert {row[0]: row[2:4] for row in rows} == {
        first.detector: (1, 0.0),
        second.detector: (1, 1.0),
    }
    for id_, name in ((violation(2).id, ""), (violation(1).id, "pii.none"), ("nobody", "")):
        with pytest.raises(Refused, match=r"nothing was found|no violation"):
            review(ledger, id_, correct=True, data_class=name, by="ana", at=at)


# ── answers of internal models ────────────────────────────────────────────────────────────────


async def test_the_provenance_of_a_redirected_answer_is_kept_once(
    open_ledger: Callable[..., Ledger],
) -> None:
    ledger = open_ledger()
    redirected = violation(1, model="own-model", service="chatgpt", account="free")
    await ledger.record(redirected)
    finished = Finished("stop", 120, 45, estimated=True)
    for _ in range(2):
        await ledger.answered(redirected, finished, NOON, asked_model="gpt-public")

    bodies = [body for _, _, body in ledger.records() if body["kind"] == "answer"]
    assert [
        (b["violation"], b["asked_model"], b["model"], b["input_tokens"], b["output_tokens"])
        for b in bodies
    ] == [(redirected.id, "gpt-public", "own-model", 120, 45)]
    assert ledger.verify().intact
    rows = ledger.usage(Month("2026-11")).rows
    assert rows == (("chatgpt", "free", "gpt-public", "own-model", 1, 120, 45, 1),)
    ledger.rebuild()
    assert ledger.verify().intact
    assert ledger.usage(Month("2026-11")).rows == rows
