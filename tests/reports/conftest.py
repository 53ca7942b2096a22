"""Ledgers on real disks for the tests of this folder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reports.ledger import Ledger


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory."""
    return tmp_path / "state"


@pytest.fixture
def database_url(state: Path) -> str:
    return f"sqlite:///{state / 'ledger.sqlite'}"


@pytest.fixture
def open_ledger(state: Path, database_url: str) -> Iterator[Callable[..., Ledger]]:
    """Opens the same ledger again and again; closes all at the end."""
    opened: list[Ledger] = []

    def open_(**options: object) -> Ledger:
        opened.append(Ledger.open(database_url, state, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Callable[..., Ledger]) -> Ledger:
    return open_ledger()
