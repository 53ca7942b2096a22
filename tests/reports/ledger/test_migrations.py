"""The steps make the tables that the code expects, on both databases."""

import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

from penstock.errors import LedgerError
from penstock.model import Tally
from reports.ledger import Ledger, Month, migrations
from reports.ledger.tables import METADATA
from tests.reports.samples import NOON, violation
from tests.reports.servers import has_postgres, postgres_server


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        engine = sa.create_engine(f"sqlite:///{tmp_path / 'new.sqlite'}")
        yield engine
        engine.dispose()
        return
    if not has_postgres():
        pytest.skip("PostgreSQL is not installed")
    with postgres_server() as server:
        engine = sa.create_engine(server.url())
        yield engine
        engine.dispose()


def test_the_steps_make_the_tables_of_the_code(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        migrations.upgrade(connection)
        migrations.upgrade(connection)
        assert migrations.current(connection) == migrations.HEAD
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_every_step_is_in_a_file_named_after_it() -> None:
    steps = sorted(Path("reports/ledger/migrations/versions").glob("[0-9]*.py"))
    assert [step.name[:4] for step in steps] == [f"{n:04}" for n in range(1, len(steps) + 1)]
    assert steps[-1].name[:4] == migrations.HEAD


def test_values_that_were_met_before_the_step_are_counted_as_met_again(
    open_ledger: Callable[..., Ledger], state: Path
) -> None:
    ledger = open_ledger()
    found = Tally("pii.email", "email@1", 2, 0.9, ("ab" * 16, "cd" * 16))
    twice = replace(found, detector="email@2")
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    for n, at, findings in (
        (1, NOON, (found,)),
        (2, NOON, (found, twice)),
        (3, datetime(2026, 12, 1, tzinfo=UTC), (found, twice)),
        (4, new_year - timedelta(microseconds=1), (found,)),
        (5, new_year, (found,)),
    ):
        ledger.append([violation(n, at=at, findings=findings)])
    before = again(ledger)
    assert before == [(("pii.email", 2),), (("pii.email", 2),), ()]
    ledger.close()
    connection = sqlite3.connect(state / "ledger.sqlite")
    with connection:
        for table in ("seen", "distinct_count"):
            connection.execute(f"DELETE FROM {table} WHERE cut = 'value-again'")
        connection.execute("UPDATE alembic_version SET version_num = '0003'")
    connection.close()

    ledger = open_ledger()
    assert again(ledger) == before
    assert ledger.verify().intact


def test_the_step_holds_no_more_in_memory_for_more_months(
    open_ledger: Callable[..., Ledger], state: Path
) -> None:
    step = import_module("reports.ledger.migrations.versions.0004_seen_again")
    ledger, engine = open_ledger(), sa.create_engine(f"sqlite:///{state / 'ledger.sqlite'}")
    peaks = []
    for months in (1, 8):
        for n in range(months * 20):
            prints = tuple(f"{months * 10_000 + n * 200 + i:032x}" for i in range(200))
            found = Tally("pii.email", "email@1", 200, 0.9, prints)
            at = datetime(2026, n % months + 1, 5, tzinfo=UTC)
            ledger.append([violation(months * 1000 + n, at=at, findings=(found,))])
        with engine.begin() as connection:
            context = MigrationContext.configure(connection)
            with Operations.context(context):  # type: ignore[attr-defined]
                tracemalloc.start()
                step.upgrade()
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
    engine.dispose()
    assert peaks[1] < 3 * peaks[0]


def again(ledger: Ledger) -> list[tuple[tuple[object, ...], ...]]:
    months = map(Month, ("2026-11", "2026-12", "2027-01"))
    return [ledger.distinct(month, "value-again").rows for month in months]


def test_a_ledger_of_a_later_version_is_refused(
    open_ledger: Callable[..., Ledger], state: Path
) -> None:
    open_ledger().append([violation(1)])
    connection = sqlite3.connect(state / "ledger.sqlite")
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(LedgerError, match="later version"):
        open_ledger()


@pytest.mark.parametrize("version", ["0000", "000", "0001*", "/", "\x00"])
def test_a_schema_that_never_was_is_a_damaged_database(
    open_ledger: Callable[..., Ledger], state: Path, version: str
) -> None:
    """One changed byte of the file is enough for that."""
    open_ledger().append([violation(1)])
    connection = sqlite3.connect(state / "ledger.sqlite")
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    connection.close()
    with pytest.raises(LedgerError, match="the database is damaged; restore a backup"):
        open_ledger()
