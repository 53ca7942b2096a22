"""Which values are in more than one record, of the records there are."""

from collections import defaultdict

import orjson
import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection

revision = "0004"
down_revision = "0003"

_AT_ONCE = 1000

_MONTHS = sa.text("SELECT DISTINCT month FROM distinct_count WHERE cut = 'value' ORDER BY month")
_BODIES = sa.text(
    "SELECT body FROM record "
    "WHERE at >= :month AND at < :end AND kind = 'violation' AND body IS NOT NULL"
)


def upgrade() -> None:
    """Rows of `seen` and `distinct_count` under `value-again`; months whose records were emptied
    stay without. What is held in memory is one month's."""
    connection = op.get_bind()
    for month in connection.execute(_MONTHS).scalars().all():
        again = [
            {"month": month, "name": name, "value": value}
            for name, values in _again(connection, month).items()
            for value in sorted(values)
        ]
        for i in range(0, len(again), _AT_ONCE):
            connection.execute(
                sa.text(
                    "INSERT INTO seen (month, cut, name, value) "
                    "VALUES (:month, 'value-again', :name, :value)"
                ),
                again[i : i + _AT_ONCE],
            )
    connection.execute(
        sa.text(
            "INSERT INTO distinct_count (month, cut, name, number) "
            "SELECT month, cut, name, COUNT(*) FROM seen "
            "WHERE cut = 'value-again' GROUP BY month, cut, name"
        )
    )


def _again(connection: Connection, month: str) -> dict[str, set[str]]:
    """The values in more than one record of a month, by data class."""
    met: defaultdict[str, set[str]] = defaultdict(set)
    again: defaultdict[str, set[str]] = defaultdict(set)
    year, number = map(int, month.split("-"))
    end = f"{year + number // 12:04}-{number % 12 + 1:02}"
    query = _BODIES.bindparams(month=month, end=end)
    for body in connection.execute(query.execution_options(yield_per=_AT_ONCE)).scalars():
        here: defaultdict[str, set[str]] = defaultdict(set)
        for finding in orjson.loads(body)["findings"]:
            here[finding["class"]].update(finding["fingerprints"])
        for name, values in here.items():
            again[name] |= values & met[name]
            met[name] |= values
    return again
