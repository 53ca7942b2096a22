"""What a record says: canonical JSON, without names and without prompt text."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from penstock.model import Finished, Outcome, Tally, Violation

type Body = dict[str, Any]
"""The JSON object a record is made of. In a draft, `person` holds the keyed hash of the user's
name (`Keys.subject`); on its way into the database that becomes the pseudonym."""

FIRST = "0" * 64
"""`previous` of record 1."""

KEPT_FINGERPRINTS = 200
KEPT_NAMES = 20
"""Fingerprints, and names of sources and languages, kept of one class in one violation; how many
values there were is always kept."""

_LONGEST = 300
"""Characters kept of a string that comes from the wire."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it has a place in the chain."""

    id: str
    at: str
    kind: str
    body: Body = field(repr=False)
    sealed: str = field(default="", repr=False)
    """Evidence, encrypted; see `evidence`."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """What is known about the service that a request was going to."""

    channel: str = ""
    """How people reach it: `chat`, `api`, `code-assistant`, …"""
    country: str = ""
    """Of the vendor's seat, ISO 3166-1 alpha-2."""
    transfer_basis: str = ""
    """What a transfer of personal data there rests on; empty: nothing is known."""


UNKNOWN = Recipient()


def draft(violation: Violation, subject: str, recipient: Recipient = UNKNOWN) -> Draft:
    """The record of `violation`, sent by the person whose keyed hash is `subject`."""
    at = timestamp(violation.at)
    body: Body = {
        "v": 1,
        "kind": "violation",
        "id": cleaned(violation.id),
        "at": at,
        "action": violation.action.word,
        "asked": violation.asked.word,
        "outcome": violation.outcome.value,
        "rules": [cleaned(r) for r in violation.rules],
        "policy": cleaned(violation.policy),
        "policy_sha256": cleaned(violation.policy_sha256),
        "service": cleaned(violation.service),
        "host": cleaned(violation.host),
        "endpoint": cleaned(violation.endpoint),
        "dialect": cleaned(violation.dialect),
        "channel": cleaned(recipient.channel),
        "country": cleaned(recipient.country),
        "transfer_basis": cleaned(recipient.transfer_basis),
        "person": subject,
        "groups": sorted({cleaned(g) for g in violation.groups})[:50],
        "account": cleaned(violation.account),
        "identified_by": cleaned(violation.identified_by),
        "findings": [_finding(t) for t in violation.findings],
        "received_bytes": violation.received_bytes,
        "sent_bytes": violation.sent_bytes,
        "sent_sha256": violation.sent_sha256,
        "model": cleaned(violation.model),
        "unread": sorted({cleaned(u) for u in violation.unread}),
    }
    if violation.routed:
        body["routed"] = cleaned(violation.routed)
    return Draft(body["id"], at, "violation", body)


def amendment(made: Draft, at: datetime, attempt: int = 1, *, again: bool = False) -> Draft:
    """The record that corrects `made`: known at `at`, nothing of that request left; or, after that,
    it is sent `again`. Each attempt has a number, and is amended once.

    It repeats what `made` is counted by, under the same time, and what was said before, so that
    counting it takes back the one and adds the other.
    """
    sent = {name: made.body[name] for name in ("outcome", "sent_bytes", "sent_sha256")}
    unsent = {"outcome": Outcome.PREVENTED.value, "sent_bytes": 0, "sent_sha256": ""}
    before, after = (unsent, sent) if again else (sent, unsent)
    what = "again" if again else "unsent"
    body = made.body | {
        "kind": "amendment",
        "id": f"{made.id}-{what}" + (f"-{attempt}" if attempt > 1 else ""),
        "violation": made.id,
        "reason": "sent-again" if again else "not-sent",
        "amended_at": timestamp(at),
        "was_outcome": before["outcome"],
        "was_sent_bytes": before["sent_bytes"],
        **after,
        # which values they were stands in the violation
        "findings": [found | {"fingerprints": []} for found in made.body["findings"]],
    }
    return Draft(body["id"], made.at, "amendment", body)


def answer(
    violation: Violation,
    finished: Finished,
    at: datetime,
    asked_model: str,
    served_as: str = "",
) -> Draft:
    """The record of what an internal model used for a redirected request."""
    return act(
        "answer",
        f"{cleaned(violation.id)}-answer",
        at,
        violation=cleaned(violation.id),
        service=cleaned(violation.service),
        host=cleaned(violation.host),
        account=cleaned(violation.account),
        asked_model=cleaned(asked_model),
        rules=[cleaned(r) for r in violation.rules],
        policy_sha256=cleaned(violation.policy_sha256),
        model=cleaned(violation.model),
        served_as=cleaned(served_as),
        reason=cleaned(finished.reason),
        input_tokens=finished.input_tokens,
        output_tokens=finished.output_tokens,
        estimated=finished.estimated,
    )


def act(kind: str, id: str, at: datetime, **facts: Any) -> Draft:
    """The record of something done to the ledger itself, such as an erasure."""
    stamp = timestamp(at)
    body = {"v": 1, "kind": kind, "id": id, "at": stamp, "person": "", **facts}
    return Draft(id, stamp, kind, body)


def canonical(body: Body) -> str:
    """JSON with sorted keys and no spaces. What is stored, hashed and exported is this text."""
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()


def digest(text: str) -> str:
    """SHA-256 of a text in hex."""
    return sha256(text.encode()).hexdigest()


def link(seq: int, previous: str, body_sha256: str) -> str:
    """The hash of one link: over its number, the link before, and what it says.

    Only the digest of the body goes in, so that the chain holds when a body is deleted.
    """
    return digest(f"penstock-ledger-1\n{seq}\n{previous}\n{body_sha256}\n")


def timestamp(at: datetime) -> str:
    """`2026-11-21T09:30:00.123456Z`. Raises ValueError for a naive time."""
    if at.tzinfo is None:
        raise ValueError("a record needs an aware time")
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def ranges(seqs: list[int]) -> list[list[int]]:
    """Sorted numbers as [first, last] of each unbroken row of them."""
    found: list[list[int]] = []
    for seq in seqs:
        if found and found[-1][1] == seq - 1:
            found[-1][1] = seq
        else:
            found.append([seq, seq])
    return found


def _finding(tally: Tally) -> Body:
    more = {"sources": _names(tally.sources), "languages": _names(tally.languages)}
    return {
        "class": cleaned(tally.data_class),
        "detector": cleaned(tally.detector),
        "count": tally.count,
        # Four digits, which every JSON library writes alike.
        "confidence": round(tally.confidence, 4),
        "distinct": len(tally.fingerprints),
        "fingerprints": list(tally.fingerprints[:KEPT_FINGERPRINTS]),
    } | {name: named for name, named in more.items() if named}


def _names(named: Iterable[str]) -> list[str]:
    return sorted({cleaned(source) for source in named})[:KEPT_NAMES]


def cleaned(text: str) -> str:
    """Printable, at most 300 characters, and expressible in UTF-8 and in PostgreSQL."""
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
