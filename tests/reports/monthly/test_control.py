"""Of section F: what passed unread, and which exceptions stand."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from penstock.model import Action, Outcome
from policy.load import LoadedPolicy, parse
from policy.schema import Unless
from reports.ledger import Ledger
from reports.ledger.policies import _said, in_force
from reports.monthly import build
from tests.reports.ledger.test_record import _locked, _until
from tests.reports.samples import NOON, violation

START = datetime.fromisoformat("2026-11-02T09:00:00+00:00")


def policy(name: str, *excepted: str) -> LoadedPolicy:
    """One whose rules leave out a group each."""
    rules = "".join(
        f"  - {{id: for-{group}, why: w, when: {{data: [pii.*]}}, unless: {{group: [{group}]}}, "
        "then: block}\n"
        for group in excepted
    )
    kept = "  - {id: cards, why: w, when: {data: [pci.*]}, then: block}\n"
    text = f"name: {name}\nmode: enforce\nrules:\n{rules}{kept}examples: []\n"
    return LoadedPolicy(parse(text, "test"), Path(__file__), sha256(text.encode()).hexdigest())


def test_an_exception_that_a_newer_policy_does_not_have_is_not_in_force(ledger: Ledger) -> None:
    for hours, loaded in enumerate(
        (
            policy("company", "sales", "law"),
            policy("branch", "board"),
            policy("company", "law"),
        )
    ):
        in_force(ledger, loaded, START + timedelta(hours=hours))
    table = build(ledger, "2026-11", version="1", now=NOON).table("exceptions")

    assert {row[0]: row[-1] for row in table.rows} == {
        "for-sales": "replaced",
        "for-law": "in force",
        "for-board": "replaced",
    }


def test_an_exception_ends_with_its_policy_when_another_one_takes_its_place(ledger: Ledger) -> None:
    in_force(ledger, policy("starter", "sales"), START)
    in_force(ledger, policy("company", "sales"), START + timedelta(hours=1))
    december = NOON + timedelta(days=30)
    said = {
        month: [
            (row[1], row[-1])
            for row in build(ledger, month, version="1", now=december).table("exceptions").rows
        ]
        for month in ("2026-11", "2026-12")
    }

    assert said == {
        "2026-11": [("company", "in force"), ("starter", "replaced")],
        "2026-12": [("company", "in force")],
    }


async def test_a_policy_that_came_into_force_while_the_database_was_away_is_told_later(
    open_ledger: Callable[..., Ledger], state: Path
) -> None:
    ledger, second = open_ledger(), open_ledger()
    in_force(ledger, policy("company"), START)
    with _locked(state):
        for process in (ledger, second):
            assert in_force(process, policy("company", "sales"), START + timedelta(hours=1))
        ledger.canaries(94, ["a form"])
    second.close()
    await ledger.record(violation(1))
    await _until(lambda: not ledger.health.spooled_bytes)
    assert not in_force(ledger, policy("company", "sales"), START + timedelta(hours=2))
    document = build(ledger, "2026-11", version="1", now=NOON)

    assert [(row[0], row[3]) for row in document.table("policy-changes").rows] == [
        ("2026-11-02T09:00:00.000000Z", "first on record"),
        ("2026-11-02T10:00:00.000000Z", "+ for-sales"),
    ]
    assert [body["missed"] for body in ledger.acts("canary")] == [["a form"]]
    assert ledger.verify().intact


def test_a_policy_that_is_put_back_as_the_database_returns_is_the_one_in_force(
    open_ledger: Callable[..., Ledger], state: Path
) -> None:
    ledger = open_ledger()
    for hours, loaded, is_away in (
        (0, policy("company"), False),
        (1, policy("company", "sales"), True),
        (2, policy("company"), False),
    ):
        with _locked(state) if is_away else nullcontext():
            assert in_force(ledger, loaded, START + timedelta(hours=hours))
    ledger.replay()

    table = build(ledger, "2026-11", version="1", now=NOON).table("policy-changes")
    assert [row[3] for row in table.rows] == ["first on record", "+ for-sales", "− for-sales"]


async def test_what_could_not_be_sent_in_the_end_did_not_pass_unread(ledger: Ledger) -> None:
    unread = [
        violation(
            n, action=Action.WARN, asked=Action.WARN, outcome=Outcome.UNKNOWN,
            rules=("on-error",), unread=("timeout",), findings=(), sent_bytes=100,
        )
        for n in range(3)
    ]  # fmt: skip
    for one in unread:
        await ledger.record(one)
    await ledger.unsent(unread[0], NOON)
    # A rule of the company's own may have any name.
    await ledger.record(
        violation(3, action=Action.WARN, outcome=Outcome.DISCLOSED, rules=("on-error",))
    )
    document = build(ledger, "2026-11", version="1", now=NOON)

    assert document.number("let-through").value == 2
    assert document.control.completeness.let_through == 2


def test_an_exception_is_told_in_the_words_of_its_file() -> None:
    test = Unless(data=("pii.*", "fin.*"), approved=True, min_distinct=2, owner="Ada")

    assert _said(test) == "data: pii.*, fin.*; min_distinct: 2; approved: true"
