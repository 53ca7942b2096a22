"""Who is behind a pseudonym: asked for by one person, allowed by another, done once, all recorded.

The ledger holds no names. Whoever re-identifies brings the names that come into question, such as
the staff directory, and learns which of them it was.
"""

import uuid
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from penstock.errors import Refused
from reports.ledger import approvers, keys
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
    key_sha256: str = ""
    """Of the public key (DER) it was signed with; empty: it was not signed."""
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


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who holds a key."""

    public: Ed25519PublicKey
    """That of the file which the settings name."""
    sign: Callable[[bytes], bytes] = field(repr=False)
    """Ed25519 signature with the private half."""


def request(
    ledger: Ledger,
    pseudonym: str,
    *,
    reason: str,
    case: str,
    by: str,
    role: str,
    at: datetime,
    signer: Signer | None = None,
) -> str:
    """Ask to learn who `pseudonym` is; returns the request's id. Raises Refused."""
    if not (reason.strip() and case.strip() and by.strip() and role.strip()):
        raise Refused("a re-identification needs a reason, a case, and who asks in which role")
    if _subject(ledger, pseudonym) is None:
        raise Refused(f"nobody is behind `{pseudonym[:40]}`: never given, or the person was erased")
    asked = Request(str(uuid.uuid4()), pseudonym, reason, case, by, role, ledger.account, at)
    facts = {"pseudonym": pseudonym, "reason": reason, "case": case}
    _keep(ledger, asked, "asked", by=by, role=role, at=at, signer=signer, **facts)
    return asked.id


def to_sign(ledger: Ledger, asked: Request, step: str, by: str, role: str) -> bytes:
    """What whoever asks for (`asked`), allows (`approved`) or uses (`used`) a request signs: what
    the entries say, as JSON with sorted keys and no space."""
    facts = {
        "ledger": ledger.id,
        "request": asked.id,
        "pseudonym": asked.pseudonym,
        "case": asked.case,
        "reason": asked.reason,
        "step": step,
        "by": by,
        "role": role,
    }
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)


def approve(
    ledger: Ledger, id: str, *, by: str, role: str, at: datetime, signer: Signer | None = None
) -> None:
    """Allow a request; the second person, in another role, with a key or an account of their own.

    A name is what somebody typed; the account is what the operating system knows, and a key what
    nobody else holds. Raises Refused.
    """
    asked = _find(ledger, id)
    if asked.state(at) != "open":
        raise Refused(f"request `{id}` is {asked.state(at)}, not open")
    if _same(by, asked.by):
        raise Refused("whoever asked cannot allow it; a second person must")
    if _same(role, asked.role) or not role.strip():
        raise Refused(f"the second person must act in another role than `{asked.role}`")
    if signer is not None and not asked.key_sha256:
        raise Refused("the request is not signed, so who asked is only what was typed; ask anew")
    if asked.key_sha256 and signer is None:
        raise Refused("the request is signed: whoever allows it signs as well, with `--key`")
    if signer is not None and _key(signer) == asked.key_sha256:
        raise Refused("the key that asked cannot allow it; a second person's must")
    if signer is None and ledger.account in ("", asked.account):
        raise Refused(
            f"`{ledger.account or 'an unknown account'}` asked as well: the second person needs an "
            "account of their own on this machine, or name `approvers` in the settings"
        )
    _keep(ledger, asked, "approved", by=by, role=role, at=at, signer=signer)


def reveal(
    ledger: Ledger,
    id: str,
    names: Iterable[str],
    *,
    by: str,
    at: datetime,
    signer: Signer | None = None,
) -> str:
    """Which of `names` it is; empty if none of them. Uses the permission up. Raises Refused."""
    asked = _find(ledger, id)
    if asked.state(at) != "approved":
        raise Refused(f"request `{id}` is {asked.state(at)}, not approved")
    if asked.key_sha256:
        means, is_same = "with the same key", signer and _key(signer) == asked.key_sha256
    else:
        means, is_same = "from the same account", ledger.account == asked.account
    if not _same(by, asked.by) or not is_same:
        raise Refused(f"only whoever asked may use the permission, {means}")
    # Recorded before anything is told.
    _keep(ledger, asked, "used", by=by, role=asked.role, at=at, signer=signer)
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
            key_sha256=body.get("key_sha256", ""),
        )
    values = {name: getattr(known, name) for name in Request.__slots__}
    if body["step"] == "approved":
        return Request(**values | {"approved_by": body["by"], "approved_at": at})
    return Request(**values | {"used_at": at})


def _keep(
    ledger: Ledger,
    asked: Request,
    step: str,
    *,
    by: str,
    role: str,
    at: datetime,
    signer: Signer | None,
    **facts: str,
) -> None:
    """One step as an entry, with the signature where there is one. Raises Refused."""
    named = approvers.in_force(ledger)
    if signer is None and named:
        raise Refused(
            "approvers are on record: name them in the settings, and sign with your own `--key`"
        )
    if signer is not None and named.get(by) != _key(signer):
        raise Refused(
            f"no proxy has started with this key of `{by}` among its `approvers`, so it is not on "
            "record; see: penstock run"
        )
    if signer is not None:
        said = to_sign(ledger, asked, step, by, role)
        signature = signer.sign(said)
        if not keys.is_signed(signer.public, signature, said):
            raise Refused(f"this is not the key of `{by}`")
        facts |= {"key_sha256": _key(signer), "signature": b64encode(signature).decode()}
    id = f"{asked.id}-{step}"  # whoever comes at the same instant is too late
    if not ledger.act(KIND, at, id, request=asked.id, step=step, by=by, role=role, **facts):
        raise Refused(f"request `{asked.id}` is {step} already")


def _key(signer: Signer) -> str:
    return keys.fingerprint(signer.public)


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
