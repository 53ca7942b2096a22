"""Evidence: only what was asked for, masked, encrypted, and gone with its person's key."""

import base64
import dataclasses
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from penstock.errors import LedgerError, Refused
from penstock.model import Tally, Violation
from reports.ledger import Ledger
from reports.ledger.retention import Retention, hold, retain
from reports.monthly import build
from tests.reports.ledger.test_record import _locked
from tests.reports.samples import NOON, violation

SHOWN = "write to j•••.•••@••••.••• about"


def with_excerpt(number: int, *, data_class: str = "pii.email", **changes: object) -> Violation:
    finding = Tally(data_class, "email@1", 1, 0.9, (f"{number:032x}",), (SHOWN,))
    return violation(number, findings=(finding,), **changes)


def on_disk(state: Path) -> bytes:
    """Database, write-ahead log, spool, everything."""
    return b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())


def stored(state: Path, query: str) -> list[str]:
    with sqlite3.connect(state / "ledger.sqlite") as connection:
        found = [row[0] for row in connection.execute(query)]
    connection.close()
    return found


def looked_at(ledger: Ledger, number: int) -> list[dict[str, object]]:
    return ledger.evidence(violation(number).id, by="officer", reason="case 7", at=NOON)


async def test_nothing_is_kept_where_nothing_was_asked_for(ledger: Ledger, state: Path) -> None:
    await ledger.record(violation(1))

    assert stored(state, "SELECT sealed FROM evidence") == []
    assert stored(state, "SELECT wrapped FROM evidence_key") == []
    assert looked_at(ledger, 1) == []


async def test_an_excerpt_is_encrypted_and_who_looks_is_recorded(
    ledger: Ledger, state: Path
) -> None:
    await ledger.record(with_excerpt(1))
    assert SHOWN.encode() not in on_disk(state)

    assert looked_at(ledger, 1) == [{"class": "pii.email", "excerpts": [SHOWN]}]
    (act,) = ledger.acts("evidence")
    assert (act["by"], act["reason"], act["violation"]) == ("officer", "case 7", violation(1).id)
    document = build(ledger, "2026-11", version="1", now=NOON)
    assert document.number("evidence-views").value == 1
    with pytest.raises(Refused, match="who they are and why"):
        ledger.evidence(violation(1).id, by=" ", reason="x", at=NOON)
    assert ledger.verify().intact


@pytest.mark.parametrize(
    "data_class", ["pci.card_number", "secret.password", "gdpr9.health", "phi.condition"]
)
async def test_what_may_never_be_kept_is_not(ledger: Ledger, state: Path, data_class: str) -> None:
    await ledger.record(with_excerpt(1, data_class=data_class))

    assert stored(state, "SELECT sealed FROM evidence") == []


async def test_erasing_a_person_destroys_the_key_and_the_chain_still_verifies(
    ledger: Ledger, state: Path, tmp_path: Path
) -> None:
    for number in range(3):
        await ledger.record(with_excerpt(number, user="ada@acme.example"))
    await ledger.record(with_excerpt(9, user="bob@acme.example"))
    secrets = stored(state, "SELECT sealed FROM evidence WHERE seq < 4")
    wrapped = stored(state, "SELECT wrapped FROM evidence_key")
    assert len(secrets) == 3

    ledger.erase("ada@acme.example", NOON)
    with sqlite3.connect(state / "ledger.sqlite") as source:
        backup = sqlite3.connect(tmp_path / "backup.sqlite")
        source.backup(backup)
        backup.close()
    source.close()

    (left,) = stored(state, "SELECT wrapped FROM evidence_key")
    (destroyed,) = set(wrapped) - {left}
    for secret in (*secrets, destroyed):
        for form in (secret.encode(), base64.b64decode(secret)):
            assert form not in on_disk(state)
            assert form not in (tmp_path / "backup.sqlite").read_bytes()
    assert looked_at(ledger, 1) == []
    assert looked_at(ledger, 9) != []
    assert ledger.verify().intact
    ledger.close()
    with Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}", state) as again:
        assert again.verify().intact


async def test_evidence_waits_encrypted_while_the_database_is_away(
    ledger: Ledger, state: Path
) -> None:
    with _locked(state):
        await ledger.record(with_excerpt(1))
        waiting = b"".join(p.read_bytes() for p in (state / "spool").iterdir())
    assert waiting
    assert SHOWN.encode() not in waiting
    ledger.close()

    with Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}", state) as again:
        again.replay()
        assert looked_at(again, 1) == [{"class": "pii.email", "excerpts": [SHOWN]}]


def test_evidence_goes_after_its_time_but_not_what_is_on_hold(ledger: Ledger) -> None:
    old, held = NOON - timedelta(days=40), NOON - timedelta(days=60)
    ledger.append([with_excerpt(1, at=old), with_excerpt(2, at=held), with_excerpt(3)])
    hold(
        ledger, reason="claim", case="7", start=held, end=held + timedelta(days=1), by="dpo",
        at=NOON,
    )  # fmt: skip

    done = retain(ledger, Retention(evidence_days=30), NOON)

    assert (done.evidence, done.records) == (1, 0)
    assert [bool(looked_at(ledger, n)) for n in (1, 2, 3)] == [False, True, True]
    assert ledger.verify().intact
    document = build(ledger, "2026-11", version="1", now=NOON)
    assert document.table("retention").rows[0][-1] == 1


def test_records_of_a_class_go_earlier_where_that_was_said(ledger: Ledger) -> None:
    at = NOON - timedelta(days=100)
    ledger.append([with_excerpt(1, at=at, data_class="pii.email")])
    ledger.append([with_excerpt(2, at=at, data_class="code.source"), with_excerpt(3)])

    done = retain(ledger, Retention(classes={"pii.*": 90}), NOON)

    assert done.records == 1
    kept = {body["id"] for _, _, body in ledger.records() if body["kind"] == "violation"}
    assert kept == {violation(2).id, violation(3).id}
    assert ledger.verify().intact


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE evidence SET sealed = sealed || 'x' WHERE seq = 2", "was edited"),
        ("DELETE FROM evidence WHERE seq = 2", "was deleted"),
        ("INSERT INTO evidence VALUES (1, 'x')", "of record 1 was edited"),
        ("INSERT INTO evidence VALUES (77, 'x')", "does not exist"),
    ],
)
def test_evidence_that_is_changed_is_found(
    ledger: Ledger, state: Path, change: str, said: str
) -> None:
    ledger.append([violation(1), with_excerpt(2), with_excerpt(3)])
    with sqlite3.connect(state / "ledger.sqlite") as connection:
        connection.execute(change)
    connection.close()

    assert said in ledger.verify().problem


def test_evidence_of_one_record_cannot_stand_in_for_another(ledger: Ledger, state: Path) -> None:
    ledger.append([with_excerpt(1), with_excerpt(2, user=violation(1).user)])
    with sqlite3.connect(state / "ledger.sqlite") as connection:
        connection.execute(
            "UPDATE evidence SET sealed = (SELECT sealed FROM evidence WHERE seq = 2) WHERE seq = 1"
        )
    connection.close()

    with pytest.raises(LedgerError, match="cannot be read"):
        looked_at(ledger, 1)


def test_a_state_directory_of_another_installation_reads_nothing(
    ledger: Ledger, state: Path, tmp_path: Path
) -> None:
    ledger.append([with_excerpt(1)])
    ledger.close()
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(state / "ledger.sqlite", other)
    with pytest.raises(LedgerError, match="another pseudonym key"):
        Ledger.open(f"sqlite:///{other / 'ledger.sqlite'}", other)


def test_excerpts_are_not_shown_by_accident() -> None:
    assert SHOWN not in repr(dataclasses.replace(with_excerpt(1)))
