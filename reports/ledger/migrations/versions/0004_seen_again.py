"""Which values are in more than one record, of the records there are."""

from collections import Counter

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Rows of `seen` and `distinct_count` under `value-again`; months whose records were emptied
    stay without."""
    connection = op.get_bind()
    query = sa.text("SELECT at, body FROM record WHERE kind = 'violation' AND body IS NOT NULL")
    met: Counter[tuple[str, str, str]] = Counter()
    for at, body in connection.execute(query.execution_options(yield_per=1000)):
        met.update(
            {
                (at[:7], finding["class"], value)
                for finding in orjson.loads(body)["findings"]
                for value in finding["fingerprints"]
            }
        )
    again = [key for key, times in met.items() if times > 1]
    if not again:
        return
    connection.execute(
        sa.text(
            "INSERT INTO seen (month, cut, name, value) "
            "VALUES (:month, 'value-again', :name, :value)"
        ),
        [{"month": m, "name": n, "value": v} for m, n, v in again],
    )
    connection.execute(
        sa.text(
            "INSERT INTO distinct_count (month, cut, name, number) "
            "SELECT month, cut, name, COUNT(*) FROM seen "
            "WHERE cut = 'value-again' GROUP BY month, cut, name"
        )
    )
