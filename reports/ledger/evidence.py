"""Masked excerpts, encrypted with a key per person: destroying the key destroys all of them.

On their way through a spool they are encrypted with the installation's key; in the database with
the person's, which is itself wrapped with the installation's. AES-256-GCM, bound to the record.
"""

import base64
import contextlib
import secrets

import orjson
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from penstock.errors import LedgerError
from penstock.model import NEVER_KEPT, Violation
from reports.ledger import rows
from reports.ledger.keys import Keys
from reports.ledger.record import Body, Draft
from reports.ledger.tables import EVIDENCE_KEY

_NONCE = 12

_KEYS = sa.select(EVIDENCE_KEY.c.subject, EVIDENCE_KEY.c.wrapped).where(
    EVIDENCE_KEY.c.subject.in_(sa.bindparam("subjects", expanding=True))
)


def sealed(violation: Violation, key: bytes) -> str:
    """The excerpts of `violation`, encrypted; empty where there are none that may be kept."""
    excerpts = [
        {"class": tally.data_class, "excerpts": list(tally.excerpts)}
        for tally in violation.findings
        if tally.excerpts and tally.data_class.partition(".")[0] not in NEVER_KEPT
    ]
    return seal(key, orjson.dumps(excerpts), violation.id) if excerpts else ""


def seal(key: bytes, plain: bytes, about: str) -> str:
    """`plain`, encrypted and bound to `about`, as base64."""
    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, about.encode())).decode()


def unseal(key: bytes, text: str, about: str) -> bytes:
    """What `seal` encrypted. Raises LedgerError for another key, text or `about`."""
    data = base64.b64decode(text)
    try:
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], about.encode())
    except InvalidTag:
        raise LedgerError("the evidence cannot be read with this key") from None


def for_people(connection: Connection, keys: Keys, drafts: list[Draft]) -> dict[str, str]:
    """By the id of a draft: its evidence, encrypted anew with its person's key."""
    with_evidence = [draft for draft in drafts if draft.sealed]
    if not with_evidence:
        return {}
    known = _of(connection, keys, {draft.body["person"] for draft in with_evidence})
    made = {}
    for draft in with_evidence:
        # A record is kept all the same where its evidence came from another installation.
        with contextlib.suppress(LedgerError):
            plain = unseal(keys.evidence, draft.sealed, draft.id)
            made[draft.id] = seal(known[draft.body["person"]], plain, draft.id)
    return made


def read(connection: Connection, keys: Keys, subject: str, text: str, about: str) -> list[Body]:
    """Classes and excerpts. Raises LedgerError."""
    wrapped = connection.execute(_KEYS, {"subjects": [subject]}).first()
    if wrapped is None:
        raise LedgerError("the key of this evidence was destroyed")
    found: list[Body] = orjson.loads(
        unseal(unseal(keys.evidence, wrapped.wrapped, subject), text, about)
    )
    return found


def _of(connection: Connection, keys: Keys, subjects: set[str]) -> dict[str, bytes]:
    """The keys of `subjects`, made where there are none."""
    found = {
        row.subject: unseal(keys.evidence, row.wrapped, row.subject)
        for row in connection.execute(_KEYS, {"subjects": sorted(subjects)})
    }
    new = {subject: secrets.token_bytes(32) for subject in sorted(subjects - found.keys())}
    wrapped = [(subject, seal(keys.evidence, key, subject)) for subject, key in new.items()]
    rows.insert(connection, EVIDENCE_KEY, ("subject", "wrapped"), wrapped)
    return found | new
