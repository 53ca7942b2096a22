"""What proxies noticed, counted by day."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """One table, empty."""
    op.create_table(
        "noted",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("day", "kind", "name")),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
