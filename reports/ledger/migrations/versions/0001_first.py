"""The first ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACTS = sa.text("kind NOT IN ('violation', 'answer')")


def upgrade() -> None:
    """Every table, new."""
    op.create_table(
        "record",
        sa.Column("seq", _BIG, primary_key=True, autoincrement=False),
        *_texts("id", "at", "kind", "person"),
        sa.Column("body", sa.Text()),
        *_texts("body_sha256", "previous", "hash", "signature"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_record_at", "record", ["at"])
    op.create_index("ix_record_person", "record", ["person"])
    op.create_index("record_acts", "record", ["kind"], sqlite_where=_ACTS, postgresql_where=_ACTS)
    op.create_table(
        "finding",
        sa.Column("seq", _BIG, primary_key=True, autoincrement=False),
        sa.Column("place", _BIG, primary_key=True, autoincrement=False),
        *_texts("data_class", "detector"),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("values_seen", sa.Integer(), nullable=False),
        *_texts("fingerprints"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person",
        *_keys("subject"),
        *_texts("pseudonym"),
        sa.UniqueConstraint("pseudonym"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "roll_up",
        *_keys("cut", "day", "name", "action", "asked", "outcome", "service", "account"),
        *_counts("violations", "findings", "received_bytes", "sent_bytes"),
        sqlite_with_rowid=False,
    )
    op.create_table("seen", *_keys("month", "cut", "name", "value"), sqlite_with_rowid=False)
    op.create_table(
        "distinct_count",
        *_keys("month", "cut", "name"),
        *_counts("number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage",
        *_keys("day", "service", "account", "asked_model", "model"),
        *_counts("answers", "input_tokens", "output_tokens", "estimated"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "traffic",
        *_keys("hour", "service", "account"),
        *_counts("requests", "request_bytes"),
        sqlite_with_rowid=False,
    )
    op.create_table("run", *_keys("id"), *_texts("version", "started_at", "seen_at", "stopped_at"))
    op.create_table("meta", *_keys("name"), *_texts("value"))


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), primary_key=True) for name in names]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]
