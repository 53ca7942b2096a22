"""What is kept, when it counts as kept, and what is never kept."""

import asyncio
import dataclasses
import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from penstock.errors import ConfigError, LedgerError, ServiceDown
from penstock.model import Tally
from reports.ledger import Ledger, Month, Recipient, watched
from tests.reports.samples import NOON, violation

NOVEMBER = Month("2026-11")


async def test_a_record_is_in_the_database_when_record_returns(ledger: Ledger, state: Path) -> None:
    await ledger.record(violation(1))

    with sqlite3.connect(state / "ledger.sqlite") as other:
        rows = other.execute("SELECT seq, id FROM record").fetchall()
    other.close()
    assert rows == [(1, violation(1).id)]


def test_another_process_that_closes_the_ledger_takes_nothing_of_it_away(
    open_ledger: Callable[..., Ledger], state: Path
) -> None:
    ledger = open_ledger()
    ledger.append([violation(1)])
    open_ledger().append([violation(2)])  # as chores do beside the proxy, in the same process
    closes = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM record')"
    subprocess.run([sys.executable, "-c", closes, str(state / "ledger.sqlite")], check=True)

    ledger.append([violation(3)])

    assert [body["id"] for _, _, body in open_ledger().records()] == [
        violation(n).id for n in (1, 2, 3)
    ]


def test_a_new_ledger_is_for_its_owner_only(ledger: Ledger, state: Path) -> None:
    ledger.append([violation(1)])

    assert {p.name: p.stat().st_mode & 0o077 for p in state.glob("*ledger.sqlite*")} == {
        name: 0 for name in ("ledger.sqlite", "ledger.sqlite-shm", "ledger.sqlite-wal")
    }


async def test_a_violation_recorded_twice_is_kept_once(ledger: Ledger) -> None:
    await ledger.record(violation(1))
    await ledger.record(violation(1))
    await asyncio.gather(*(ledger.record(violation(2)) for _ in range(5)))

    assert [seq for seq, _, _ in ledger.records()] == [1, 2]
    assert ledger.verify().intact


async def test_the_record_says_everything_but_the_name(ledger: Ledger) -> None:
    sent = violation(3, user="Ada.Lovelace@acme.example", unread=("image",), groups=("b", "a"))
    await ledger.record(sent)

    ((_, _, body),) = ledger.records()
    person = body.pop("person")
    assert person.startswith("U-")
    assert body == {
        "v": 1,
        "kind": "violation",
        "id": sent.id,
        "at": "2026-11-21T12:00:03.000000Z",
        "action": sent.action.word,
        "asked": sent.asked.word,
        "outcome": sent.outcome.value,
        "rules": ["cards-never-leave"],
        "policy": "strict",
        "policy_sha256": "ab" * 32,
        "service": sent.service,
        "host": "api.openai.com",
        "endpoint": "POST /v1/chat/completions",
        "dialect": "openai_chat",
        "channel": "",
        "country": "",
        "transfer_basis": "",
        "groups": ["a", "b"],
        "account": sent.account,
        "identified_by": "basic",
        "findings": [
            {
                "class": f.data_class,
                "detector": f.detector,
                "count": f.count,
                "confidence": 0.9,
                "distinct": 2,
                "fingerprints": list(f.fingerprints),
            }
            for f in sent.findings
        ],
        "received_bytes": sent.received_bytes,
        "sent_bytes": sent.sent_bytes,
        "sent_sha256": sent.sent_sha256,
        "model": sent.model,
        "unread": ["image"],
    }


async def test_a_record_says_how_and_where_to_and_on_what_a_transfer_rests(tmp_path: Path) -> None:
    known = {"chatgpt": Recipient("chat", "US", "standard clauses")}
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    with Ledger.open(url, tmp_path, recipients=known) as ledger:
        await ledger.record(violation(1, service="chatgpt"))
        await ledger.record(violation(2, service="unheard-of"))

        said = [(b["channel"], b["country"], b["transfer_basis"]) for _, _, b in ledger.records()]
        counted = ledger.count(NOVEMBER, "service", "name", cut="recipient").rows
    assert said == [("chat", "US", "standard clauses"), ("", "", "")]
    assert set(counted) == {("chatgpt", "US standard clauses", 1), ("unheard-of", " ", 1)}


async def test_no_name_reaches_the_disk_even_while_the_database_is_away(
    ledger: Ledger, state: Path
) -> None:
    await ledger.record(violation(1, user="ada.lovelace@acme.example"))
    with _locked(state):
        await ledger.record(violation(2, user="grace.hopper@acme.example"))
        spooled = [p.read_bytes() for p in (state / "spool").iterdir()]
    assert spooled

    written = b"".join(p.read_bytes() for p in state.rglob("*") if p.is_file())
    for name in (b"ada.lovelace", b"Lovelace", b"grace.hopper"):
        assert name not in written


async def test_one_person_has_one_pseudonym_however_the_name_is_written(ledger: Ledger) -> None:
    names = [
        "ada@acme.example",
        " ADA@acme.example ",
        "ＡＤＡ@acme.example",
        "bob@acme.example",
        "",
    ]
    for number, name in enumerate(names):
        await ledger.record(violation(number, user=name))

    people = [body["person"] for _, _, body in ledger.records()]
    assert people[0] == people[1] == people[2] != people[3]
    assert people[4] == ""


async def test_files_are_for_the_owner_only(ledger: Ledger, state: Path) -> None:
    await ledger.record(violation(1))

    assert state.stat().st_mode & 0o777 == 0o700
    readable = {p.name for p in state.iterdir() if p.is_file() and p.stat().st_mode & 0o077}
    assert readable == {"ledger-signing.pub"}


async def test_text_that_no_database_takes_is_made_harmless(ledger: Ledger) -> None:
    await ledger.record(violation(1, host="a\x00b\ud800.example", endpoint="GET /" + "x" * 9000))

    ((_, _, body),) = ledger.records()
    assert body["host"] == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}.example"
    assert len(body["endpoint"]) == 300
    assert ledger.verify().intact


async def test_many_values_are_counted_but_not_all_kept(ledger: Ledger) -> None:
    many = Tally("pii.email", "email@1", 900, 0.9, tuple(f"{n:032x}" for n in range(900)))
    await ledger.record(violation(1, findings=(many,)))

    ((_, _, body),) = ledger.records()
    assert body["findings"][0]["distinct"] == 900
    assert len(body["findings"][0]["fingerprints"]) == 200


async def test_of_what_is_registered_the_record_names_tree_and_file(ledger: Ledger) -> None:
    ours = Tally("code.proprietary", "registered@2", 2, 0.9, (), sources=("fleet:a.py", "crm:b\n"))
    await ledger.record(violation(1, findings=(ours,)))

    ((_, _, body),) = ledger.records()
    assert body["findings"][0]["sources"] == ["crm:b\N{REPLACEMENT CHARACTER}", "fleet:a.py"]


async def test_the_loop_runs_on_while_the_database_is_locked(ledger: Ledger, state: Path) -> None:
    await ledger.record(violation(1))
    rounds = 0

    async def watch() -> None:
        nonlocal rounds
        while True:
            await asyncio.sleep(0.01)
            rounds += 1

    with _locked(state):
        watcher = asyncio.create_task(watch())
        await ledger.record(violation(2))  # waits for BUDGET_S
        watcher.cancel()
    assert rounds > 5


async def test_what_waits_in_the_spool_is_moved_once_the_database_is_back(
    ledger: Ledger, state: Path
) -> None:
    await ledger.record(violation(0))
    with _locked(state):
        await asyncio.gather(*(ledger.record(violation(n)) for n in range(1, 30)))
        assert ledger.health.database
        assert ledger.health.spooled_bytes

    await _until(lambda: not ledger.health.spooled_bytes)
    assert sorted(b["id"] for _, _, b in ledger.records()) == [violation(n).id for n in range(30)]
    assert ledger.verify().intact
    assert not ledger.health.database


async def test_a_spool_left_by_a_dead_process_is_moved_by_the_next(
    open_ledger: Callable[..., Ledger], state: Path
) -> None:
    first = open_ledger()
    await first.record(violation(0))
    with _locked(state):
        await first.record(violation(1))
        (segment,) = (state / "spool").glob("*.jsonl")
        left = segment.read_bytes()
        first.close()
    # As a crash leaves it: the records, one of them moved already, and half a line.
    segment.write_bytes(left + left + left[:50])

    second = open_ledger()
    await second.record(violation(2))
    await _until(lambda: not second.health.spooled_bytes)
    assert sorted(b["id"] for _, _, b in second.records()) == [violation(n).id for n in range(3)]


async def test_a_spool_line_that_was_changed_is_set_aside_and_shown(
    open_ledger: Callable[..., Ledger], state: Path
) -> None:
    first = open_ledger()
    await first.record(violation(0))
    with _locked(state):
        await first.record(violation(1))
        await first.record(violation(2))
        (segment,) = (state / "spool").glob("*.jsonl")
        left = segment.read_bytes()
        first.close()
    segment.write_bytes(left.replace(violation(1).id.encode(), violation(9).id.encode()))

    second = open_ledger()
    await second.record(violation(3))
    await _until(lambda: not second.health.spooled_bytes)
    kept = sorted(b["id"] for _, _, b in second.records())
    assert kept == [violation(n).id for n in (0, 2, 3)]
    assert len(second.health.damaged) == 1


async def test_without_database_and_spool_the_request_is_refused(
    ledger: Ledger, state: Path
) -> None:
    await ledger.record(violation(1))
    (state / "spool").write_text("a file where the directory should be")
    with _locked(state), pytest.raises(LedgerError, match="spool failed"):
        await ledger.record(violation(2))


async def test_only_who_refuses_for_want_of_a_record_counts_that(
    open_ledger: Callable[..., Ledger], state: Path
) -> None:
    ledger = open_ledger()
    await ledger.record(violation(1))
    (state / "spool").write_text("a file where the directory should be")
    with _locked(state), pytest.raises(LedgerError):
        await ledger.unsent(violation(1), NOON)
    (state / "spool").unlink()
    ledger.close()

    assert open_ledger().notes(NOVEMBER, "unrecorded").rows == ()


async def test_a_naive_time_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="aware"):
        await ledger.record(violation(1, at=NOON.replace(tzinfo=None)))


async def test_several_ledgers_of_one_database_make_one_chain_without_gaps(
    open_ledger: Callable[..., Ledger],
) -> None:
    ledgers = [open_ledger() for _ in range(3)]
    await asyncio.gather(*(ledgers[n % 3].record(violation(n)) for n in range(90)))

    assert [seq for seq, _, _ in ledgers[0].records()] == list(range(1, 91))
    assert ledgers[1].verify().intact


def test_bulk_and_single_records_give_the_same_chain(ledger: Ledger) -> None:
    assert ledger.append(violation(n) for n in range(1200)) == 1200
    assert ledger.append(violation(n) for n in range(1190, 1210)) == 10
    assert ledger.verify().records == 1210


def test_real_records_and_demo_data_never_share_a_ledger(
    open_ledger: Callable[..., Ledger],
) -> None:
    open_ledger().append([violation(1)])

    with pytest.raises(LedgerError, match="ledger of its own"):
        open_ledger(demo=True)


def test_a_demo_ledger_stays_one(open_ledger: Callable[..., Ledger]) -> None:
    open_ledger(demo=True).append([violation(1)])
    again = open_ledger()

    assert again.is_demo
    assert [body["demo"] for _, _, body in again.records()] == [True]


def test_another_pseudonym_key_is_noticed(open_ledger: Callable[..., Ledger], state: Path) -> None:
    open_ledger().append([violation(1)])
    (state / "ledger-pseudonyms.key").write_bytes(bytes(32))

    with pytest.raises(LedgerError, match="another pseudonym key"):
        open_ledger()


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_an_impossible_url_is_refused(state: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="database"):
        Ledger.open(url, state)


def test_asking_a_database_that_is_away_says_so(state: Path) -> None:
    with (
        Ledger.open("postgresql://nobody@127.0.0.1:1/none", state) as ledger,
        pytest.raises(ServiceDown, match=r"127\.0\.0\.1"),
    ):
        ledger.months()


async def test_an_erased_person_leaves_a_chain_that_holds_and_leads_to_nobody(
    ledger: Ledger, state: Path
) -> None:
    await ledger.record(violation(1, user="ada@acme.example"))
    await ledger.record(violation(2, user="ada@acme.example"))
    await ledger.record(violation(3, user="bob@acme.example"))
    before, _ = ledger.about("ada@acme.example")
    subject = ledger._store.keys.subject("ada@acme.example").encode()
    assert subject in b"".join(p.read_bytes() for p in state.glob("ledger.sqlite*"))

    erasure = ledger.erase("Ada@acme.example", NOON)

    assert (erasure.pseudonym, erasure.records) == (before, 2)
    assert ledger.about("ada@acme.example") == ("", [])
    assert subject not in b"".join(p.read_bytes() for p in state.glob("ledger.sqlite*"))
    await ledger.record(violation(4, user="ada@acme.example"))
    after, bodies = ledger.about("ada@acme.example")
    assert after != before
    assert [b["id"] for b in bodies] == [violation(4).id]
    assert ledger.verify().intact
    assert ledger.erase("nobody@acme.example", NOON).records == 0


async def test_requests_that_were_inspected_are_counted(
    open_ledger: Callable[..., Ledger],
) -> None:
    ledger = open_ledger()
    for _ in range(3):
        ledger.inspected("chatgpt", "free", 100, NOON)
    ledger.inspected("gemini", "free", 7, NOON)
    ledger.begin_run("0.1.0", NOON)
    await ledger.record(violation(1))
    ledger.close()

    again = open_ledger()
    assert again.traffic(NOVEMBER).rows == (("chatgpt", "free", 3), ("gemini", "free", 1))
    assert again.traffic(NOVEMBER, "request_bytes").by("chatgpt") == 300


def test_what_proxies_notice_is_counted_by_day(open_ledger: Callable[..., Ledger]) -> None:
    for _ in range(2):  # two proxies
        ledger = open_ledger()
        for seconds in (0.0, 0.004, 0.004, 3.0):
            ledger.held(seconds, NOON)
        for n in range(watched.NAMES + 5):
            ledger.noted("tunnel", f"host{n}.ai", NOON)
        ledger.noted("distrust", "claude.ai", NOON - timedelta(days=40))
        ledger.close()

    held = open_ledger().notes(NOVEMBER, "held").rows
    assert [row[-1] for row in held] == [2, 4, 2]
    for seconds, (_, name, *_) in zip((0.000128, 0.004, 3.0), held, strict=True):
        assert seconds <= int(name) / 1e6 <= seconds * 1.1
    tunnels = open_ledger().notes(NOVEMBER, "tunnel")
    assert len(tunnels.rows) == watched.NAMES + 1
    assert tunnels.by("tunnel", watched.OTHERS) == 10
    assert open_ledger().notes(NOVEMBER, "distrust").rows == ()


def test_the_keys_are_made_once_when_many_start_at_once(state: Path) -> None:
    from reports.ledger import keys

    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(keys.load(state).pseudonym)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1


def test_a_record_is_canonical_json(ledger: Ledger, state: Path) -> None:
    ledger.append([dataclasses.replace(violation(1), host="bücher.example")])

    with sqlite3.connect(state / "ledger.sqlite") as other:
        ((body,),) = other.execute("SELECT body FROM record").fetchall()
    other.close()
    again = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert body == again


class _locked:
    """The database as it is while another process writes and does not finish."""

    def __init__(self, state: Path) -> None:
        self.connection = sqlite3.connect(state / "ledger.sqlite", isolation_level=None)

    def __enter__(self) -> None:
        self.connection.execute("BEGIN EXCLUSIVE")

    def __exit__(self, *_: object) -> None:
        self.connection.execute("ROLLBACK")
        self.connection.close()


async def _until(condition: Callable[[], bool], limit_s: float = 60) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.02)
