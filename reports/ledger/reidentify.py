"""Who is behind a pseudonym: asked for by one person, allowed by another, done once, all recorded.

The ledger holds no names. Whoever re-identifies brings the names that come into question, such as
the staff directory, and learns which of them it was.
"""

import uuid
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from penstock.errors import Refused
from reports.ledger import keys
from reports.ledger.ledger import Ledger
from reports.ledger.record import Body
from reports.ledger.tables import PERSON

KIND = "reidentification"

LIFE = timedelta(hours=24)
"""A request not allowed, or a permission not used, within this time has lapsed."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request and what became of it."""

    id: str
    pseudonym: str
    reason: str
    case: str
    by: str
    role: str
    account: str
    """Of the operating system, from which it was asked."""
    at: datetime
    approved_by: str = ""
    approved_at: datetime | None = None
    used_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """`open`, `approved`, `used` or `lapsed`."""
        if self.used_at:
            return "used"
        if self.approved_at:
            return "approved" if now < self.approved_at + LIFE else "lapsed"
        return "open" if now < self.at + LIFE else "lapsed"


def request(
    ledger: Ledger, pseudonym: str, *, reason: str, case: str, by: str, role: str, at: datetime
) -> str:
    """Ask to learn who `pseudonym` is; returns the request's id. Raises Refused."""
    if not (reason.strip() and case.strip() and by.strip() and role.strip()):
        raise Refused("a re-identification needs a reason, a case, and who asks in which role")
    if _subject(ledger, pseudonym) is None:
        raise Refused(f"nobody is behind `{pseudonym[:40]}`: never given, or the person was erased")
    id_ = str(uuid.uuid4())
    ledger.act(
        KIND, at, request=id_, step="asked", pseudonym=pseudonym, reason=reason, case=case,
        by=by, role=role,
    )  # fmt: skip
    return id_


@dataclass(frozen=True, slots=True)
class Signed:
    """An approval by somebody who holds a key."""

    public: bytes
    """PEM."""
    signature: bytes = field(repr=False)
    """Of `to_sign`."""


def to_sign(ledger: Ledger, id: str, by: str, role: str) -> bytes:
    """What whoever allows a request signs. Raises Refused."""
    asked = _find(ledger, id)
    facts = (ledger.id, asked.id, asked.pseudonym, asked.case, by, role)
    return "\n".join(("penstock-reidentification-1", *facts)).encode()


def approve(
    ledger: Ledger, id: str, *, by: str, role: str, at: datetime, signed: Signed | None = None
) -> None:
    """Allow a request; the second person, in another role, with a key or an account of their own.

    A name is what somebody typed; the account is what the operating system knows. Raises Refused.
    """
    asked = _find(ledger, id)
    if asked.state(at) != "open":
        raise Refused(f"request `{id}` is {asked.state(at)}, not open")
    if _same(by, asked.by):
        raise Refused("whoever asked cannot allow it; a second person must")
    if _same(role, asked.role) or not role.strip():
        raise Refused(f"the second person must act in another role than `{asked.role}`")
    if signed is not None:
        public = keys.read_public(signed.public)
        if not keys.is_signed(public, signed.signature, to_sign(ledger, id, by, role)):
            raise Refused(f"this is not the key of `{by}`")
        proof = {
            "key_sha256": sha256(signed.public).hexdigest(),
            "signature": b64encode(signed.signature).decode(),
        }
        ledger.act(KIND, at, request=id, step="approved", by=by, role=role, **proof)
        return
    if not ledger.account or ledger.account == asked.account:
        raise Refused(
            f"`{ledger.account or 'an unknown account'}` asked as well: the second person needs an "
            "account of their own on this machine"
        )
    ledger.act(KIND, at, request=id, step="approved", by=by, role=role)


def reveal(ledger: Ledger, id: str, names: Iterable[str], *, by: str, at: datetime) -> str:
    """Which of `names` it is; empty if none of them. Uses the permission up. Raises Refused."""
    asked = _find(ledger, id)
    if asked.state(at) != "approved":
        raise Refused(f"request `{id}` is {asked.state(at)}, not approved")
    if not _same(by, asked.by) or ledger.account != asked.account:
        raise Refused("only whoever asked may use the permission, from the same account")
    # Recorded before anything is told.
    ledger.act(KIND, at, request=id, step="used", by=by, role=asked.role)
    subject = _subject(ledger, asked.pseudonym)
    return next((name for name in names if subject and ledger.subject(name) == subject), "")


def requests(ledger: Ledger) -> tuple[Request, ...]:
    """All of them, in order."""
    found: dict[str, Request] = {}
    for body in ledger.acts(KIND):
        found[body["request"]] = _after(found.get(body["request"]), body)
    return tuple(found.values())


def _after(known: Request | None, body: Body) -> Request:
    at = datetime.fromisoformat(body["at"])
    if known is None:
        return Request(
            id=body["request"],
            pseudonym=body["pseudonym"],
            reason=body["reason"],
            case=body["case"],
            by=body["by"],
            role=body["role"],
            account=body.get("account", ""),
            at=at,
        )
    values = {name: getattr(known, name) for name in Request.__slots__}
    if body["step"] == "approved":
        return Request(**values | {"approved_by": body["by"], "approved_at": at})
    return Request(**values | {"used_at": at})


def _subject(ledger: Ledger, pseudonym: str) -> str | None:
    query = sa.select(PERSON.c.subject).where(PERSON.c.pseudonym == pseudonym)
    with ledger.reading() as connection:
        return connection.execute(query).scalar()


def _find(ledger: Ledger, id: str) -> Request:
    for one in requests(ledger):
        if one.id == id:
            return one
    raise Refused(f"no request `{id[:40]}`; see: penstock reidentify list")


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
