"""The breach register and the lifting of a pseudonym, as people at a terminal use them."""

import asyncio
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from penstock.account import whoever
from penstock.app import note_approvers, open_ledger
from penstock.model import Outcome
from penstock.settings import load
from tests.penstock.conftest import Command
from tests.reports.samples import violation


def test_a_case_from_its_opening_to_the_form(penstock: Command) -> None:
    sent = violation(1, at=datetime(2025, 11, 27, 12, tzinfo=UTC), outcome=Outcome.DISCLOSED)
    with open_ledger(load(None).settings) as ledger:
        asyncio.run(ledger.record(sent))
    words = ("case", "open", "--title", "A list was pasted", "--by", "ana", "--violation")
    invented = penstock(*words, "nosuch")
    assert (invented.code, invented.out) == (2, "")
    assert "no violation `nosuch`" in invented.err
    opened = penstock(*words, sent.id)
    assert opened.err == ""
    case = opened.out.strip()
    assert penstock("case", "show", case, "--json").json["detected_at"] == "2025-11-27T12:00:00Z"
    assert penstock("case", "list").out == f"{case}  open       A list was pasted\n"

    Path("case.yaml").write_text(
        "aware_at: 2025-11-28T10:00:00+01:00\n"
        "severity: {dpc: 2, ei: 0.75}\n"
        "recipient: {name: ChatGPT, country: US, deletion_requested_at: 2025-11-28T12:00:00Z}\n"
    )
    changed = penstock("case", "update", case, "case.yaml", "--by", "dora", "--json").json
    assert changed["aware_at"] == "2025-11-28T09:00:00Z"
    assert "due 2025-12-01 09:00 UTC: Supervisory authority" in penstock("case", "list").out

    form = penstock("case", "notification", case, "--json").json
    assert form["notification"]["due"][0]["at"] == "2025-12-01T09:00:00+00:00"
    assert form["consequences"]["severity_score"] == 1.5
    assert form["breach"]["recipient_country"] == "US"
    assert form["breach"]["from"] == sent.at.isoformat()
    assert form["breach"]["people"] == "[UNKNOWN - investigate]"
    written = penstock("case", "notification", case, "--docx", "form.docx", "--language", "de")
    assert (written.code, written.out) == (0, "form.docx\n")
    assert Path("form.docx").read_bytes().startswith(b"PK")
    assert penstock("case", "show", case, "--json").json["violations"] == [sent.id]
    withdrawn = penstock("case", "withdraw", case, "--reason", "a test of ours", "--by", "ana")
    assert withdrawn.out == penstock("case", "list").out
    assert f"{case}  withdrawn  A list" in withdrawn.out
    assert penstock("ledger", "verify").code == 0


def test_of_a_violation_that_was_prevented_it_is_said(penstock: Command) -> None:
    kept = violation(1, at=datetime(2025, 11, 27, 12, tzinfo=UTC), outcome=Outcome.PREVENTED)
    with open_ledger(load(None).settings) as ledger:
        asyncio.run(ledger.record(kept))
    opened = penstock("case", "open", "--title", "x", "--by", "ana", "--violation", kept.id)
    assert (opened.code, opened.out[:2]) == (0, "C-")
    assert f"note: of violation {kept.id} nothing reached the service" in opened.err


def test_a_case_that_is_written_like_one_of_ours_must_be_one(penstock: Command) -> None:
    hold = ("ledger", "hold", "--reason", "r", "--by", "d", "--from", "2026-01-01")
    hold += ("--to", "2026-02-01", "--case")
    assert penstock(*hold, "LAWSUIT-7").code == 0
    case = penstock("case", "open", "--title", "A list", "--by", "ana").out.strip()
    assert penstock(*hold, case).code == 0
    ask = ("reidentify", "ask", "U-1", "--reason", "r", "--by", "a", "--role", "r", "--case")
    for words in (hold, ask):
        ran = penstock(*words, "C-202611-1A2B3C")
        assert (ran.code, ran.out) == (2, "")
        assert "no case `C-202611-1A2B3C`" in ran.err


def test_wrong_fields_of_a_case_change_nothing(penstock: Command) -> None:
    case = penstock("case", "open", "--title", "A list", "--by", "ana").out.strip()
    for text, said in (
        ("aware_at: yesterday", "`aware_at`: must be a time, written as"),
        ("severity: {dpc: 9, ei: 1}", "`severity.dpc`: must be at most 4"),
        ("colour: red", "`colour`: is no field of this"),
        ("id: C-1", "`id` cannot be changed"),
        ("- a list", "write fields of a case"),
        ("a: [", "is neither YAML nor JSON"),
        ("aware: 2026-02-30", "a date in it is none: day is out of range"),
        ("authority: {told: true, at: 9999-01-01T00:00:00Z}", "`authority.at`: lies in the future"),
        ("status: closed", "only with a severity and a conclusion"),
    ):
        Path("case.yaml").write_text(text)
        ran = penstock("case", "update", case, "case.yaml", "--by", "dora")
        assert (ran.code, ran.out) == (3, ""), text
        assert said in ran.err
    assert penstock("case", "list").out == f"{case}  open       A list\n"


def test_a_pseudonym_is_lifted_by_two_people_once(penstock: Command) -> None:
    with open_ledger(load(None).settings) as ledger:
        asyncio.run(ledger.record(violation(1, user="bob@acme.example")))
        pseudonym, _ = ledger.about("bob@acme.example")
    ask = ("reidentify", "ask", pseudonym, "--reason", "to ask", "--case", "C-1", "--by", "ana")
    ask += ("--role", "security")
    request = penstock(*ask).out.strip()
    Path("staff").write_text("alice@acme.example\nBob@acme.example\n")

    def reveal(id_: str) -> tuple[str, ...]:
        return ("reidentify", "reveal", id_, "--by", "ana", "--names", "staff")

    def allow(id_: str) -> tuple[str, ...]:
        return ("reidentify", "allow", id_, "--by", "dora", "--role", "dpo")

    early = penstock(*reveal(request))
    assert (early.code, early.out) == (2, "")
    assert "is open, not approved" in early.err
    alone = penstock("reidentify", "allow", request, "--by", "ana", "--role", "dpo")
    assert (alone.code, "a second person must" in alone.err) == (2, True)
    twice = penstock(*allow(request))
    assert (twice.code, "an account of their own" in twice.err) == (2, True)

    for name in ("ana", "dora"):
        for words in (
            f"genpkey -algorithm ed25519 -out {name}.key",
            f"pkey -in {name}.key -pubout -out {name}.pub",
        ):
            subprocess.run(("openssl", *words.split()), check=True)
    Path("penstock.yaml").write_text("approvers: {ana: ana.pub, dora: dora.pub}\n")
    for keyless in (ask, allow(request), reveal(request)):
        ran = penstock(*keyless)
        assert (ran.code, "sign with your own key" in ran.err) == (2, True)
    stranger = penstock(*ask[:-4], "--by", "eve", "--role", "security", "--key", "ana.key")
    assert (stranger.code, "none of the `approvers`" in stranger.err) == (2, True)
    unsigned = penstock(*allow(request), "--key", "dora.key")
    assert (unsigned.code, "not signed" in unsigned.err) == (2, True)
    early = penstock(*ask, "--key", "ana.key")
    assert (early.code, "no proxy has started with this key of `ana`" in early.err) == (2, True)
    settings = load(Path("penstock.yaml")).settings
    with open_ledger(settings) as ledger:
        note_approvers(settings, ledger, lambda _: None)
    request = penstock(*ask, "--key", "ana.key").out.strip()
    assert penstock(*allow(request), "--key", "dora.pub").code == 3
    Path("penstock.yaml").write_text("approvers: {ana: ana.pub, dora: dora.key}\n")
    swapped = penstock(*allow(request), "--key", "dora.key")
    assert (swapped.code, ": a private key, where its" in swapped.err) == (3, True)
    Path("penstock.yaml").write_text("approvers: {ana: ana.pub, dora: dora.pub}\n")
    assert penstock(*allow(request), "--key", "dora.key").code == 0

    assert penstock(*reveal(request), "--key", "ana.key").out == "Bob@acme.example\n"
    again = penstock(*reveal(request), "--key", "ana.key")
    assert (again.code, again.out) == (2, "")
    listed = json.loads(penstock("reidentify", "list", "--json").out)[-1]
    assert listed["state"] == "used"
    assert listed["account"] == whoever()
    assert "bob@" not in penstock("ledger", "export").out.lower()
