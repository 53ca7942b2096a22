"""Violations for tests: the same every time, different where it matters."""

import dataclasses
import uuid
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from penstock.model import Action, Outcome, Tally, Violation

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
OUTCOMES = {
    Action.ALLOW: Outcome.DISCLOSED,
    Action.WARN: Outcome.DISCLOSED,
    Action.REDACT: Outcome.PREVENTED,
    Action.REDIRECT: Outcome.PREVENTED,
    Action.BLOCK: Outcome.PREVENTED,
}


def violation(number: int = 0, **changes: Any) -> Violation:
    """The violation with that number; `changes` replace fields."""
    random = Random(number)
    action = random.choice([Action.WARN, Action.REDACT, Action.REDIRECT, Action.BLOCK])
    classes = random.sample(["pii.email", "pci.card_number", "gdpr9.health", "code.source"], 2)
    base = Violation(
        id=str(uuid.UUID(int=number)),
        at=NOON + timedelta(seconds=number),
        action=action,
        asked=action,
        outcome=OUTCOMES[action],
        rules=("cards-never-leave",),
        policy="strict",
        policy_sha256="ab" * 32,
        service=random.choice(["chatgpt", "openai-api", "gemini"]),
        host="api.openai.com",
        endpoint="POST /v1/chat/completions",
        dialect="openai_chat",
        user=f"person{random.randrange(7)}@acme.example",
        groups=(random.choice(["sales", "research"]),),
        account=random.choice(["corporate", "free", "personal"]),
        identified_by="basic",
        findings=tuple(
            Tally(
                data_class=name,
                detector=f"{name.partition('.')[2]}@1",
                count=random.randrange(1, 5),
                confidence=0.9,
                fingerprints=tuple(sorted(f"{random.getrandbits(128):032x}" for _ in range(2))),
            )
            for name in sorted(classes)
        ),
        received_bytes=random.randrange(100, 5000),
        sent_bytes=0 if action in (Action.BLOCK, Action.REDIRECT) else 400,
        sent_sha256="" if action in (Action.BLOCK, Action.REDIRECT) else "cd" * 32,
        model="own-model" if action is Action.REDIRECT else "",
        unread=(),
    )
    return dataclasses.replace(base, **changes)
