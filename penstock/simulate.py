"""What another policy would have asked for, by the features that the ledger keeps.

Only what was recorded can be replayed: a request that no rule was about left no record, so a
policy that is stricter than the one in force then may do more than this says.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.model import Action, Decision, Finding, Sender
from policy.engine import decide, decide_failed, decide_unread
from policy.schema import Policy

_FAILED = "on-error"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the catalogue says about a service today."""

    category: str
    approved: bool


@dataclass(frozen=True, slots=True)
class Replayed:
    """One recorded violation under another policy."""

    id: str
    service: str
    then: Action
    """What was asked for when it was recorded."""
    now: Decision


def replay(
    records: Iterable[Mapping[str, Any]], policy: Policy, services: Mapping[str, Facts]
) -> Iterator[Replayed]:
    """Each violation of `records` (bodies of the ledger), decided by `policy`."""
    unknown = Facts("", approved=False)
    for record in records:
        if record.get("kind") != "violation":
            continue
        facts = services.get(record["service"], unknown)
        sender = Sender(
            user="",
            groups=tuple(record["groups"]),
            service=record["service"],
            category=facts.category,
            approved=facts.approved,
            account=record["account"],
        )
        decision = decide(policy, sender, tuple(_findings(record)))
        if _FAILED in record["rules"]:
            decision = decide_failed(policy)
        elif record["unread"]:
            decision = decide_unread(policy, decision)
        yield Replayed(record["id"], record["service"], Action[record["asked"].upper()], decision)


def summary(replayed: Iterable[Replayed]) -> dict[str, Any]:
    """How many moved from which action to which, and what the rules ask for."""
    moves: Counter[tuple[str, str]] = Counter()
    rules: Counter[str] = Counter()
    total = 0
    for one in replayed:
        total += 1
        moves[one.then.word, one.now.asked.word] += 1
        rules.update(one.now.rules)
    return {
        "violations": total,
        "unchanged": sum(n for (then, now), n in moves.items() if then == now),
        "moves": [
            {"then": then, "now": now, "violations": n}
            for (then, now), n in sorted(moves.items())
            if then != now
        ],
        "rules": dict(sorted(rules.items())),
    }


def _findings(record: Mapping[str, Any]) -> Iterator[Finding]:
    """One for each different value, with the class's highest confidence."""
    for tally in record["findings"]:
        for fingerprint in tally["fingerprints"] or [""]:
            yield Finding(
                where="",
                start=0,
                end=1,
                data_class=tally["class"],
                detector=tally["detector"],
                confidence=tally["confidence"],
                fingerprint=fingerprint,
            )
