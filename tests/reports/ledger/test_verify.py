"""Whatever is changed in the ledger behind its back is found, and the first bad record is named."""

import base64
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from penstock.errors import LedgerError, ServiceDown
from reports.ledger import Ledger
from reports.ledger.record import digest, link
from tests.reports.samples import violation

ROUNDS = int(os.environ.get("PENSTOCK_TAMPERINGS", "150"))
"""Random tamperings tried; 10,000 in the long run."""

GROUPS = (1, 1, 5, 1, 9, 1, 3, 1, 1, 7)
"""Records per commit: only the last of each is signed."""

RECORDS = sum(GROUPS)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state directory of a closed ledger with signed commits of several sizes."""
    state = tmp_path_factory.mktemp("original")
    with Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}", state) as ledger:
        number = 0
        for size in GROUPS:
            ledger.append(violation(n) for n in range(number, number + size))
            number += size
    return state


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "state"))


def verified(state: Path) -> tuple[int, str]:
    """The first bad record and what is said."""
    with Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}", state) as ledger:
        result = ledger.verify()
    return result.first_bad, result.problem


@contextmanager
def editing(state: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(state / "ledger.sqlite")
    with connection:
        yield connection
    connection.close()


def test_an_untouched_ledger_is_intact(original: Path) -> None:
    assert verified(original) == (0, "")


def edit_text(db: sqlite3.Connection, random: Random) -> int:
    seq = random.randint(1, RECORDS)
    (body,) = db.execute("SELECT body FROM record WHERE seq = ?", (seq,)).fetchone()
    place = random.randrange(len(body))
    letter = random.choice([c for c in "abc019 {}" if c != body[place]])
    changed = body[:place] + letter + body[place + 1 :]
    db.execute("UPDATE record SET body = ? WHERE seq = ?", (changed, seq))
    return seq


def edit_text_and_its_digest(db: sqlite3.Connection, random: Random) -> int:
    seq = random.randint(1, RECORDS)
    body = tampered(db, seq)
    db.execute(
        "UPDATE record SET body = ?, body_sha256 = ? WHERE seq = ?", (body, digest(body), seq)
    )
    return seq


def edit_column(db: sqlite3.Connection, random: Random) -> int:
    seq = random.randint(1, RECORDS)
    column = random.choice(["id", "at", "kind", "person", "body_sha256", "previous", "hash"])
    db.execute(f"UPDATE record SET {column} = {column} || 'x' WHERE seq = ?", (seq,))
    return seq


def delete_one(db: sqlite3.Connection, random: Random) -> int:
    seq = random.randint(1, RECORDS - 1)
    db.execute("DELETE FROM record WHERE seq = ?", (seq,))
    return seq


def delete_one_and_close_the_gap(db: sqlite3.Connection, random: Random) -> int:
    seq = random.randint(1, RECORDS - 1)
    db.execute("DELETE FROM record WHERE seq = ?", (seq,))
    db.execute("DELETE FROM finding WHERE seq = ?", (seq,))
    for table in ("record", "finding"):
        db.execute(f"UPDATE {table} SET seq = -seq WHERE seq > ?", (seq,))
        db.execute(f"UPDATE {table} SET seq = -seq - 1 WHERE seq < 0")
    return seq


def swap_two(db: sqlite3.Connection, random: Random) -> int:
    first, second = sorted(random.sample(range(1, RECORDS + 1), 2))
    for table in ("record", "finding"):
        for old, new in ((first, 0), (second, first), (0, second)):
            db.execute(f"UPDATE {table} SET seq = ? WHERE seq = ?", (new, old))
    return first


def cut_the_tail(db: sqlite3.Connection, random: Random) -> int:
    seq = random.randint(1, RECORDS)
    for table in ("record", "finding"):
        db.execute(f"DELETE FROM {table} WHERE seq >= ?", (seq,))
    return seq


def hash_everything_anew(db: sqlite3.Connection, random: Random) -> int:
    seq = random.randint(1, RECORDS)
    rehash(db, seq, keep_signatures=True)
    return seq


def hash_everything_anew_without_signatures(db: sqlite3.Connection, random: Random) -> int:
    seq = random.randint(1, RECORDS)
    rehash(db, seq, keep_signatures=False)
    return seq


def add_one_at_the_end(db: sqlite3.Connection, _random: Random) -> int:
    seq = RECORDS + 1
    (previous,) = db.execute("SELECT hash FROM record WHERE seq = ?", (RECORDS,)).fetchone()
    body = json.dumps({"id": "x", "at": "", "kind": "violation-not", "person": ""})
    db.execute(
        "INSERT INTO record SELECT ?, 'x', '', 'violation-not', '', ?, ?, ?, ?, signature"
        " FROM record WHERE seq = ?",
        (seq, body, digest(body), previous, link(seq, previous, digest(body)), RECORDS),
    )
    return seq


def delete_a_body(db: sqlite3.Connection, random: Random) -> int:
    seq = random.randint(1, RECORDS)
    db.execute("UPDATE record SET body = NULL WHERE seq = ?", (seq,))
    return seq


EVERY = [
    edit_text,
    edit_text_and_its_digest,
    edit_column,
    delete_one,
    delete_one_and_close_the_gap,
    swap_two,
    cut_the_tail,
    hash_everything_anew,
    hash_everything_anew_without_signatures,
    add_one_at_the_end,
    delete_a_body,
]


@pytest.mark.parametrize("tamper", EVERY, ids=lambda f: f.__name__)
def test_every_kind_of_tampering_is_found_and_placed(
    original: Path, tmp_path: Path, tamper: Callable[[sqlite3.Connection, Random], int]
) -> None:
    signed = list(signed_records())
    for round_ in range(max(3, ROUNDS // len(EVERY))):
        random = Random(f"{tamper.__name__} {round_}")
        state = Path(shutil.copytree(original, tmp_path / str(round_)))
        with editing(state) as db:
            bad = tamper(db, random)
        found, problem = verified(state)
        assert problem, (tamper.__name__, round_)
        if tamper in (hash_everything_anew, hash_everything_anew_without_signatures):
            # Only signatures tell which was first: the one after the last good signature.
            assert found == max((s for s in signed if s < bad), default=0) + 1
        else:
            assert found == bad, (tamper.__name__, round_, problem)
        shutil.rmtree(state)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE finding SET count = count + 1 WHERE seq = 7 AND place = 1",
        "DELETE FROM finding WHERE seq = 7",
        "INSERT INTO finding SELECT 7, 9, data_class, detector, count, confidence, values_seen, "
        "fingerprints FROM finding WHERE seq = 7 AND place = 0",
    ],
)
def test_edited_finding_rows_are_found(copy: Path, statement: str) -> None:
    with editing(copy) as db:
        assert db.execute(statement).rowcount > 0
    assert verified(copy) == (7, "the finding rows of record 7 were edited")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE roll_up SET violations = violations + 1 WHERE cut = 'all'",
        "DELETE FROM roll_up WHERE cut = 'class'",
        "UPDATE distinct_count SET number = 1 WHERE cut = 'person'",
        "DELETE FROM seen",
    ],
)
def test_edited_roll_ups_are_found_and_can_be_made_anew(copy: Path, statement: str) -> None:
    with editing(copy) as db:
        assert db.execute(statement).rowcount > 0
    assert "run `penstock ledger rebuild`" in verified(copy)[1]

    with Ledger.open(f"sqlite:///{copy / 'ledger.sqlite'}", copy) as ledger:
        ledger.rebuild()
    assert verified(copy) == (0, "")


def test_findings_of_a_record_that_does_not_exist_are_found(copy: Path) -> None:
    with editing(copy) as db:
        db.execute("UPDATE finding SET seq = 4711 WHERE seq = 30")
    assert verified(copy)[1]


def test_a_database_put_back_to_an_older_state_is_found(original: Path, tmp_path: Path) -> None:
    state = Path(shutil.copytree(original, tmp_path / "state"))
    with Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}", state) as ledger:
        ledger.append([violation(1000)])
    shutil.copy(original / "ledger.sqlite", state / "ledger.sqlite")

    assert verified(state) == (RECORDS + 1, f"record {RECORDS + 1} is missing")


def test_a_signature_by_somebody_else_is_found(copy: Path) -> None:
    with editing(copy) as db:
        rehash(db, 4, keep_signatures=False)
        db.execute(
            "UPDATE record SET signature = ? WHERE seq = ?",
            (base64.b64encode(bytes(64)).decode(), RECORDS),
        )
    (copy / "ledger.head").unlink()
    assert verified(copy) == (3, "the last record is not signed by us")


def test_a_damaged_head_is_said(copy: Path) -> None:
    (copy / "ledger.head").write_bytes(b"{")
    assert "damaged" in verified(copy)[1]


def test_nothing_is_built_on_a_chain_that_was_changed(copy: Path) -> None:
    with editing(copy) as db:
        rehash(db, RECORDS, keep_signatures=True)
    with (
        Ledger.open(f"sqlite:///{copy / 'ledger.sqlite'}", copy) as ledger,
        pytest.raises(LedgerError, match="was written anew"),
    ):
        ledger.check()
    assert verified(copy)[0] == RECORDS - GROUPS[-1] + 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE record SET body = body || ' ' WHERE seq = 28",
        "UPDATE record SET hash = previous WHERE seq = 25",
        "UPDATE record SET previous = hash WHERE seq = 24",
        "DELETE FROM record WHERE seq = 26",
        "UPDATE record SET signature = '' WHERE seq = 30",
    ],
)
def test_the_newest_records_are_checked_at_every_start(
    original: Path, copy: Path, change: str
) -> None:
    with Ledger.open(f"sqlite:///{original / 'ledger.sqlite'}", original) as ledger:
        ledger.check()
    with editing(copy) as connection:
        connection.execute(change)
    with (
        Ledger.open(f"sqlite:///{copy / 'ledger.sqlite'}", copy) as ledger,
        pytest.raises(LedgerError, match="run `penstock ledger verify`"),
    ):
        ledger.check()


async def test_records_go_to_the_spool_while_the_chain_is_in_doubt(copy: Path) -> None:
    with editing(copy) as db:
        cut_the_tail(db, Random(1))
    with Ledger.open(f"sqlite:///{copy / 'ledger.sqlite'}", copy) as ledger:
        await ledger.record(violation(500))
        assert "penstock ledger verify" in ledger.health.database
        assert ledger.health.spooled_bytes


def test_flipped_bytes_of_the_file_never_pass_for_records(original: Path, tmp_path: Path) -> None:
    """A byte no record or roll-up depends on may go unnoticed; what is read is never different."""
    with Ledger.open(f"sqlite:///{original / 'ledger.sqlite'}", original) as ledger:
        truth = list(ledger.records())
    size = (original / "ledger.sqlite").stat().st_size
    random = Random(7)
    found = 0
    for round_ in range(ROUNDS):
        state = Path(shutil.copytree(original, tmp_path / str(round_)))
        with (state / "ledger.sqlite").open("r+b") as file:
            place = random.randrange(size)
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ random.randrange(1, 256)]))
        try:
            _, problem = verified(state)
            if problem:
                found += 1
            else:
                with Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}", state) as ledger:
                    assert list(ledger.records()) == truth
        except (LedgerError, ServiceDown):
            found += 1
        shutil.rmtree(state)
    assert found > ROUNDS / 4


def tampered(db: sqlite3.Connection, seq: int) -> str:
    (body,) = db.execute("SELECT body FROM record WHERE seq = ?", (seq,)).fetchone()
    record = json.loads(body)
    record["host"] = "harmless.example"
    return json.dumps(record, sort_keys=True, separators=(",", ":"))


def rehash(db: sqlite3.Connection, first: int, *, keep_signatures: bool) -> None:
    """Edit record `first` and make all links after it right again, as somebody without the key
    can."""
    text = tampered(db, first)
    db.execute(
        "UPDATE record SET body = ?, body_sha256 = ? WHERE seq = ?", (text, digest(text), first)
    )
    (previous,) = db.execute("SELECT previous FROM record WHERE seq = ?", (first,)).fetchone()
    for seq, body_sha256 in db.execute(
        "SELECT seq, body_sha256 FROM record WHERE seq >= ? ORDER BY seq", (first,)
    ).fetchall():
        hash_ = link(seq, previous, body_sha256)
        db.execute("UPDATE record SET previous = ?, hash = ? WHERE seq = ?", (previous, hash_, seq))
        if not keep_signatures:
            db.execute("UPDATE record SET signature = '' WHERE seq = ?", (seq,))
        previous = hash_


def signed_records() -> Iterator[int]:
    seq = 0
    for size in GROUPS:
        seq += size
        yield seq
