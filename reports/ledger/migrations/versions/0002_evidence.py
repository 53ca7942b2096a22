"""Encrypted evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Two tables, empty."""
    op.create_table(
        "evidence",
        sa.Column("seq", _BIG, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.Text(), nullable=False),
    )
    op.create_table(
        "evidence_key",
        sa.Column("subject", sa.Text(), primary_key=True),
        sa.Column("wrapped", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
