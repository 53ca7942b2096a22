"""What proxies watched and when: inspected requests by the hour, what else they noticed by the day,
and the runs of processes. Counted in memory, written every few seconds.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil, log2
from typing import Literal

import sqlalchemy as sa
from sqlalchemy import Connection

from reports.ledger import rows
from reports.ledger.record import cleaned, timestamp
from reports.ledger.tables import NOTED, RUN, TRAFFIC

type Kind = Literal["held", "tunnel", "distrust", "unrecorded", "upload"]
"""`held`: requests by how long they waited for their verdict, named by the upper end of a step in
microseconds. `tunnel`: connections that passed unread to what may be an AI service, by host.
`distrust`: clients that refused our certificate, by host. `unrecorded`: requests that were refused
because no record of them could be kept. `upload`: files that requests brought and later prompts
can name, each once, by service."""

NAMES = 1_000
"""Different names of one kind that a process counts in a day; further ones are counted together."""

OTHERS = "…"
"""What those are called."""

STEPS = 8
"""Steps of waiting times for each doubling: a time is known to 9 %."""

_SHORTEST_US = 2**7


@dataclass(slots=True)
class Counts:
    """What was counted and is not yet written."""

    traffic: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    """Hours since 1970, service, account -> requests."""
    sizes: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    """The same -> bytes of these requests."""
    noted: Counter[tuple[str, Kind, str]] = field(default_factory=Counter)
    """Day, kind, name -> how often."""


class Watching:
    """The counts of one process. All of it may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts()
        self._names: dict[tuple[str, Kind], set[str]] = {}

    def inspected(
        self, service: str, account: str, size_bytes: int, at: datetime, requests: int = 1
    ) -> None:
        """Some requests of one hour were looked into."""
        key = (int(at.timestamp()) // 3600, service, account)
        with self._lock:
            self._counts.traffic[key] += requests
            self._counts.sizes[key] += size_bytes

    def noted(self, kind: Kind, name: str, at: datetime, number: int = 1) -> None:
        """Something was noticed."""
        day = timestamp(at)[:10]
        name = cleaned(name)
        with self._lock:
            known = self._names.get((day, kind))
            if known is None:
                if len(self._names) > 40:
                    self._names.clear()  # of days that are over
                known = self._names[day, kind] = set()
            if name not in known and len(known) >= NAMES:
                name = OTHERS
            known.add(name)
            self._counts.noted[day, kind, name] += number

    @contextmanager
    def taken(self) -> Iterator[Counts]:
        """What is to be written; where that fails, it is counted again."""
        with self._lock:
            counts, self._counts = self._counts, Counts()
        try:
            yield counts
        except BaseException:
            with self._lock:
                self._counts.traffic += counts.traffic
                self._counts.sizes += counts.sizes
                self._counts.noted += counts.noted
            raise


def step(seconds: float) -> str:
    """The upper end of the step that a waiting time falls in, in microseconds, 12 digits."""
    us = max(seconds * 1e6, _SHORTEST_US)
    return f"{round(2 ** (ceil(STEPS * log2(us)) / STEPS)):012}"


def write(connection: Connection, counts: Counts) -> None:
    """Add what was counted to what the ledger holds."""
    traffic = [
        (
            timestamp(datetime.fromtimestamp(hour * 3600, UTC))[:13],
            service,
            account,
            requests,
            counts.sizes[hour, service, account],
        )
        for (hour, service, account), requests in sorted(counts.traffic.items())
    ]
    key, measures = ("hour", "service", "account"), ("requests", "request_bytes")
    rows.add(connection, TRAFFIC, key, measures, traffic)
    noted = [(*key, number) for key, number in sorted(counts.noted.items())]
    rows.add(connection, NOTED, ("day", "kind", "name"), ("number",), noted)


def renew_run(connection: Connection, run: dict[str, str]) -> None:
    """Note that a proxy process lives, or lived: a row of `run`, whole when it is its first."""
    renewed = connection.execute(
        sa.update(RUN)
        .where(RUN.c.id == run["id"])
        .values(seen_at=run["seen_at"], stopped_at=run["stopped_at"])
    )
    if not renewed.rowcount:
        connection.execute(sa.insert(RUN), [run])
