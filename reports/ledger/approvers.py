"""Whose keys may re-identify, as the chain says it.

Settings are a file that whoever runs a command may write for themselves. So a proxy that starts
keeps the fingerprints of the keys which its own settings name, and a re-identification asks for one
of those: who wants other approvers has to start a proxy, which stands in the month's report.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from reports.ledger.ledger import Ledger
from reports.ledger.record import act
from reports.ledger.store import last_act

KIND = "approvers"


@dataclass(frozen=True, slots=True)
class Change:
    """Approvers that came into force."""

    at: str
    changed: tuple[str, ...]
    """`+ name`, `− name`, `± name` where the key is another one."""
    account: str
    """That started the proxy."""


def come_into_force(ledger: Ledger, named: Mapping[str, str], at: datetime) -> bool:
    """Keep whose keys (name -> SHA-256 of the public key as DER) count from now on; False where
    the chain says so last. Blocks.

    Raises LedgerError where neither database nor spool take it.
    """
    about = act(KIND, str(uuid.uuid4()), at, keys=dict(named), account=ledger.account)
    return ledger.keep(about, unless=lambda connection: _last(connection) == named)


def in_force(ledger: Ledger) -> Mapping[str, str]:
    """Name -> SHA-256 of the key, of those that count now. Raises ServiceDown."""
    with ledger.reading() as connection:
        return _last(connection)


def changes(ledger: Ledger) -> Iterator[Change]:
    """Each time that others came into force, in order."""
    before: Mapping[str, str] = {}
    for body in ledger.acts(KIND):
        after = body["keys"]
        names = sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
        if names:
            changed = (
                f"{'+' if n not in before else '±' if n in after else '−'} {n}" for n in names
            )
            yield Change(body["at"], tuple(changed), body["account"])
        before = after


def _last(connection: Connection) -> Mapping[str, str]:
    found = last_act(connection, KIND)
    return found["keys"] if found else {}
