"""Which policy was in force from when, what changed with it, and who answers for it.

The file itself stays where it is; the chain holds its hash, what of it bears on how the control
works, and a digest of each rule, so that a report can name the rules that changed.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from penstock.errors import Refused
from policy.load import LoadedPolicy
from policy.schema import When
from reports.ledger.ledger import Ledger
from reports.ledger.record import Body, act, digest
from reports.ledger.store import last_act

KIND, APPROVAL = "policy", "approval"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who stands behind a policy file."""

    by: str
    role: str
    account: str


@dataclass(frozen=True, slots=True)
class Change:
    """A policy file that came into force."""

    at: str
    policy: str
    sha256: str
    mode: str
    owner: str
    """The account that the file belongs to."""
    changed: tuple[str, ...]
    """`+ rule`, `− rule`, `± rule`, `mode: monitor → enforce`; none for the first on record."""
    approvals: tuple[Approval, ...]
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Exempted:
    """An exception within a rule."""

    policy: str
    rule: str
    what: str
    owner: str
    until: str
    """Its last day; empty: no end."""


def in_force(ledger: Ledger, loaded: LoadedPolicy, at: datetime) -> bool:
    """Keep that a policy decides from now on; False where the chain says so last. Blocks.

    Raises LedgerError where neither database nor spool take it.
    """

    def is_last(connection: Connection) -> bool:
        last = last_act(connection, KIND)
        return last is not None and last["sha256"] == loaded.sha256

    return ledger.keep(act(KIND, str(uuid.uuid4()), at, **_facts(loaded)), unless=is_last)


def approve(ledger: Ledger, loaded: LoadedPolicy, *, by: str, role: str, at: datetime) -> None:
    """Keep that somebody stands behind a policy file as it is now. Raises Refused, ServiceDown."""
    if not by.strip() or not role.strip():
        raise Refused("an approval says who approves and in which role")
    name = loaded.policy.name
    ledger.act(APPROVAL, at, policy=name, sha256=loaded.sha256, by=by, role=role)


def changes(ledger: Ledger) -> tuple[Change, ...]:
    """Every policy that came into force, by time."""
    approvals: dict[str, list[Approval]] = {}
    for body in ledger.acts(APPROVAL):
        approval = Approval(body["by"], body["role"], body.get("account", ""))
        approvals.setdefault(body["sha256"], []).append(approval)
    found: list[Change] = []
    before: Body | None = None
    for body in came_into_force(ledger):
        found.append(
            Change(
                at=body["at"],
                policy=body["policy"],
                sha256=body["sha256"],
                mode=body["mode"],
                owner=body["file_owner"],
                changed=tuple(_changed(before, body)) if before else (),
                approvals=tuple(approvals.get(body["sha256"], ())),
                is_first=before is None,
            )
        )
        before = body
    return tuple(found)


def came_into_force(ledger: Ledger) -> list[Body]:
    """The records of it, by time: several proxies, or a clock that jumps, may keep them in another
    order. Each change once: while the database is away, every process keeps it."""
    found: list[Body] = []
    for body in sorted(ledger.acts(KIND), key=lambda body: str(body["at"])):
        if not found or found[-1]["sha256"] != body["sha256"]:
            found.append(body)
    return found


def exemptions(body: Body) -> Iterator[Exempted]:
    """The exceptions of a policy, from its record."""
    for one in body["exceptions"]:
        yield Exempted(body["policy"], one["rule"], one["what"], one["owner"], one["until"])


def _facts(loaded: LoadedPolicy) -> Body:
    policy = loaded.policy
    return {
        "policy": policy.name,
        "sha256": loaded.sha256,
        "file_owner": _owner(loaded),
        "rules": {rule.id: digest(rule.model_dump_json())[:16] for rule in policy.rules},
        "exceptions": [
            {
                "rule": rule.id,
                "what": _said(rule.unless),
                "owner": rule.unless.owner,
                "until": str(rule.unless.until or ""),
            }
            for rule in policy.rules
            if rule.unless
        ],
    } | {name: getattr(policy, name) for name in _SETTINGS}


_SETTINGS = ("mode", "default", "on_error", "uninspected")


def _changed(before: Body, after: Body) -> Iterator[str]:
    if before["policy"] != after["policy"]:
        yield f"{before['policy']} → {after['policy']}"
    for name in _SETTINGS:
        if before[name] != after[name]:
            yield f"{name}: {before[name]} → {after[name]}"
    old, new = before["rules"], after["rules"]
    for rule in sorted(old.keys() | new.keys()):
        if old.get(rule) != new.get(rule):
            yield f"{'+' if rule not in old else '−' if rule not in new else '±'} {rule}"


def _said(when: When) -> str:
    """The conditions of an exception, in the words of the file."""
    stated = when.model_dump(exclude_defaults=True, exclude={"owner", "until"})
    return "; ".join(f"{name}: {_in_yaml(value)}" for name, value in stated.items())


def _in_yaml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _owner(loaded: LoadedPolicy) -> str:
    try:
        return loaded.path.owner()
    except (OSError, KeyError):
        return ""
