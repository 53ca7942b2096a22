"""The newest part of the chain, checked quickly: at every start, not only when somebody asks."""

import base64

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from reports.ledger.keys import is_signed
from reports.ledger.record import digest, link
from reports.ledger.tables import RECORD

NEWEST = 1000
"""Records looked at: some ten milliseconds."""


def problem(connection: Connection, public: Ed25519PublicKey) -> str:
    """What is wrong with the newest records, in one sentence; empty: nothing."""
    query = sa.select(RECORD).order_by(RECORD.c.seq.desc()).limit(NEWEST)
    after = None
    for row in connection.execute(query):
        if after is None and not is_signed(public, _bytes(row.signature), row.hash.encode()):
            return f"record {row.seq}, the last one, is not signed by us"
        if after is not None and (row.seq, row.hash) != (after.seq - 1, after.previous):
            return f"record {after.seq} does not build on the one before it"
        if link(row.seq, row.previous, row.body_sha256) != row.hash:
            return f"the hash of record {row.seq} is not its own"
        if row.body is not None and digest(row.body) != row.body_sha256:
            return f"record {row.seq} was edited"
        after = row
    return ""


def _bytes(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except ValueError:
        return b""
