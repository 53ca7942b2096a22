"""Another policy over what was recorded."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from penstock.model import Action, Outcome, Tally, Violation
from penstock.simulate import Facts, replay, summary
from policy.load import parse
from reports.ledger import Ledger

STRICTER = """\
name: stricter
rules:
  - {id: no-mail, why: w, when: {data: [pii.email]}, then: block}
  - {id: many-people, why: w, when: {data: [pii.person], min_distinct: 3}, then: warn}
  - {id: chats, why: w, when: {data: [code.*], category: [chat]}, then: redirect, to: internal}
examples: []
"""


def violation(data_class: str, asked: Action, *, values: int = 1, service: str = "s") -> Violation:
    return Violation(
        id=str(uuid4()),
        at=datetime(2026, 11, 3, tzinfo=UTC),
        action=asked,
        asked=asked,
        outcome=Outcome.PREVENTED,
        rules=("r",),
        policy="p",
        policy_sha256="0" * 64,
        service=service,
        host="h",
        endpoint="POST /x",
        dialect="generic",
        user="u",
        groups=(),
        account="free",
        identified_by="address",
        findings=(Tally(data_class, "d@1", values, 0.9, tuple(f"{i:032}" for i in range(values))),),
        received_bytes=1,
        sent_bytes=0,
        sent_sha256="",
    )


async def test_recorded_violations_are_decided_again_by_another_policy(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'l.sqlite'}", tmp_path) as ledger:
        for one in (
            violation("pii.email", Action.REDACT),
            violation("pii.person", Action.REDACT, values=2),
            violation("pii.person", Action.WARN, values=3),
            violation("code.source", Action.BLOCK, service="chatgpt"),
            violation("code.source", Action.BLOCK, service="openai-api"),
        ):
            await ledger.record(one)
        found = summary(
            replay(
                (body for _, _, body in ledger.records()),
                parse(STRICTER, "stricter.yaml"),
                {"chatgpt": Facts("chat", approved=False)},
            )
        )

    assert found == {
        "violations": 5,
        "unchanged": 1,
        "moves": [
            {"then": "block", "now": "allow", "violations": 1},
            {"then": "block", "now": "redirect", "violations": 1},
            {"then": "redact", "now": "allow", "violations": 1},
            {"then": "redact", "now": "block", "violations": 1},
        ],
        "rules": {"chats": 1, "many-people": 1, "no-mail": 1},
    }
