"""What proxies watched and when: inspected requests by the hour, and the runs of processes."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from reports.ledger import rows
from reports.ledger.record import timestamp
from reports.ledger.tables import RUN, TRAFFIC

type Traffic = dict[tuple[int, str, str], list[int]]
"""Hours since 1970, service, account -> requests and their bytes."""


def add_traffic(connection: Connection, traffic: Traffic) -> None:
    """Add inspected requests to those that are counted."""
    counted = [
        (timestamp(datetime.fromtimestamp(hour * 3600, UTC))[:13], service, account, *numbers)
        for (hour, service, account), numbers in sorted(traffic.items())
    ]
    key, measures = ("hour", "service", "account"), ("requests", "request_bytes")
    rows.add(connection, TRAFFIC, key, measures, counted)


def renew_run(connection: Connection, run: dict[str, str]) -> None:
    """Note that a proxy process lives, or lived: a row of `run`, whole when it is its first."""
    renewed = connection.execute(
        sa.update(RUN)
        .where(RUN.c.id == run["id"])
        .values(seen_at=run["seen_at"], stopped_at=run["stopped_at"])
    )
    if not renewed.rowcount:
        connection.execute(sa.insert(RUN), [run])
