"""What is acknowledged survives `kill -9`, a full disk and several writers at once."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.errors import LedgerError
from reports.ledger import Ledger
from tests.reports.crashes import ENOUGH, WRITERS
from tests.reports.samples import violation
from tests.reports.servers import has_postgres, postgres_server

RUNS = int(os.environ.get("PENSTOCK_CRASHES", "5"))
"""Rounds of killing three writers; 200 in the long run."""


def crash(url: str, state: Path) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.reports.crashes", url, str(state), str(RUNS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    print(result)
    return dict(result)


@pytest.mark.timeout(120 + RUNS * 30)
def test_killed_writers_lose_nothing_they_acknowledged(database_url: str, state: Path) -> None:
    result = crash(database_url, state)

    assert result["lost"] == 0
    assert result["doubled"] == 0
    assert result["problem"] == ""
    assert int(str(result["acknowledged"])) >= WRITERS * ENOUGH * RUNS
    assert int(str(result["runs_with_spool"])) >= RUNS // 3


@pytest.mark.timeout(120 + RUNS * 30)
@pytest.mark.skipif(not has_postgres(), reason="PostgreSQL is not installed")
def test_killed_writers_lose_nothing_on_postgresql(state: Path) -> None:
    with postgres_server() as server:
        result = crash(server.url(), state)

    assert (result["lost"], result["doubled"], result["problem"]) == (0, 0, "")
    assert int(str(result["acknowledged"])) >= WRITERS * ENOUGH * RUNS


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(place)], capture_output=True
    )
    if made.returncode:
        pytest.skip("mounting a small file system needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


async def test_a_full_disk_refuses_and_never_lets_pass_what_is_not_recorded(
    small_disk: Path,
) -> None:
    state = small_disk / "state"
    ledger = Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}", state)
    kept: list[str] = []
    refused = 0
    for number in range(10_000):
        try:
            await ledger.record(violation(number, user=f"person{number}"))
            kept.append(violation(number).id)
        except LedgerError:
            refused += 1
            if refused == 5:
                break
    assert refused == 5
    assert len(kept) > 100
    subprocess.run(["mount", "-o", "remount,size=60m", str(small_disk)], check=True)
    async with asyncio.timeout(90):
        while ledger.health.spooled_bytes or ledger.health.database:
            await asyncio.sleep(0.05)
    await ledger.record(violation(99_999))

    ids = {body["id"] for _, _, body in ledger.records()}
    assert ids >= {*kept, violation(99_999).id}
    assert ledger.verify().intact
    ledger.close()
