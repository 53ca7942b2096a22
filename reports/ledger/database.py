"""One database, SQLite or PostgreSQL: how it is opened, locked for appending and kept durable.

Source: sqlite.org/pragma.html, sqlite.org/wal.html; postgresql.org/docs/15/runtime-config-wal.html
(read 2026-11).
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from penstock.errors import ConfigError, LedgerError
from reports.ledger import migrations

APPENDING = 0x70656E73746F636B
"""PostgreSQL advisory lock that the one process appending at a time holds."""

WAIT_S = 1.0
"""Longest wait for another process that is appending; then the spool takes over."""

FAILURES = (SQLAlchemyError, OSError, UnicodeDecodeError)
"""What using a connection may raise; the last one where SQLite quotes a damaged file."""


class Database:
    """Connections to the ledger's database. Opening makes nothing and contacts nothing."""

    def __init__(self, url: str) -> None:
        """Raises ConfigError for a URL that names neither of the two."""
        try:
            self.url = sqlalchemy.make_url(url)
        except ArgumentError:
            raise ConfigError(
                "database: not a URL; write `sqlite:////path/to/ledger.sqlite` or "
                "`postgresql+psycopg://user@host/name`"
            ) from None
        if self.url.drivername == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._engine = self._sqlite()
        elif self.url.drivername == "postgresql+psycopg":
            self._engine = self._postgresql()
        else:
            raise ConfigError(
                f"database: `{self.url.drivername}` is not supported; "
                "use `sqlite` or `postgresql+psycopg`"
            )

    @property
    def name(self) -> str:
        """For messages: the URL without its password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def appending(self) -> Iterator[Connection]:
        """A transaction that only one process at a time is in; commits at the end."""
        with self._begin(appending=True) as connection:
            if not self.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({APPENDING})"))
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one unchanging state of the ledger."""
        with self._begin(appending=False) as connection:
            if not self.is_sqlite:
                connection.execute(
                    text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                )
            yield connection

    def create(self) -> None:
        """The tables as this version needs them; then the check that commits are durable.

        Raises LedgerError where they are not, SQLAlchemyError where the database is away.
        """
        if self.is_sqlite:
            path = Path(str(self.url.database))
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                _make(path)
        with self.appending() as connection:
            migrations.upgrade(connection)
            self._check_durable(connection)

    def forget_deleted(self) -> None:
        """Overwrite what was deleted, in the database and in SQLite's write-ahead log."""
        with self._engine.connect() as connection:
            driver = connection.execution_options(isolation_level="AUTOCOMMIT")
            if self.is_sqlite:
                driver.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            else:
                driver.execute(text("VACUUM person, record, finding, seen, evidence, evidence_key"))

    def is_intact(self) -> str:
        """What SQLite says of its own file; empty: nothing wrong. PostgreSQL checks by itself."""
        if not self.is_sqlite:
            return ""
        with self.reading() as connection:
            said = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar())
        return "" if said == "ok" else said

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _begin(self, *, appending: bool) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            connection.execution_options(appending=appending)
            with connection.begin():
                yield connection

    def _check_durable(self, connection: Connection) -> None:
        if self.is_sqlite:
            journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
            synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
            if journal != "wal" or synchronous != 2:
                raise LedgerError(
                    f"{self.name}: this disk cannot keep a write-ahead log "
                    f"(journal_mode {journal}, synchronous {synchronous}); use a local disk"
                )
            return
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            value = connection.exec_driver_sql(f"SHOW {setting}").scalar()
            if value in ("off", "local"):
                raise LedgerError(
                    f"{self.name}: `{setting}` is {value}, so records could be lost; switch it on"
                )

    def _sqlite(self) -> Engine:
        if self.url.database in (None, "", ":memory:"):
            raise ConfigError("database: the ledger needs a file, `sqlite:////path/ledger.sqlite`")
        engine = sqlalchemy.create_engine(
            self.url,
            poolclass=QueuePool,
            connect_args={"timeout": WAIT_S, "check_same_thread": False},
            pool_size=4,
            max_overflow=4,
        )

        @event.listens_for(engine, "connect")
        def _(connection: Any, _record: object) -> None:
            connection.isolation_level = None
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "secure_delete=ON",
                "foreign_keys=ON",
                "trusted_schema=OFF",
                "cell_size_check=ON",
                # The pages that every commit touches stay in memory, and go into the database file
                # every 16 MB instead of every 4.
                "cache_size=-32768",
                "wal_autocheckpoint=4000",
            ):
                connection.execute(f"PRAGMA {pragma}").close()

        @event.listens_for(engine, "begin")
        def _(connection: Connection) -> None:
            if connection.get_execution_options().get("appending"):
                _begin_immediate(connection)
            else:
                connection.exec_driver_sql("BEGIN")

        return engine

    def _postgresql(self) -> Engine:
        milliseconds = int(WAIT_S * 1000)
        return sqlalchemy.create_engine(
            self.url,
            pool_size=4,
            max_overflow=4,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": 2,
                "options": f"-c lock_timeout={milliseconds} -c timezone=UTC "
                "-c synchronous_commit=on",
                "application_name": "penstock",
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 2,
                "tcp_user_timeout": 10_000,
            },
        )


def _begin_immediate(connection: Connection) -> None:
    """Wait for the write lock in short steps: SQLite's own wait doubles its steps up to 100 ms,
    so that of several busy writers one can come away empty-handed for seconds.
    """
    end = time.monotonic() + WAIT_S
    connection.exec_driver_sql("PRAGMA busy_timeout=0").close()
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError:
                if time.monotonic() > end:
                    raise
            time.sleep(random.uniform(0.0003, 0.002))
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(WAIT_S * 1000)}").close()


def reason(error: Exception) -> str:
    """A failure in one line without the statement or its values, which could be long."""
    if isinstance(error, UnicodeDecodeError):
        return f"the file is damaged; {_REMEDY}"
    said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    first = (said.strip().splitlines() or [type(error).__name__])[0]
    return f"{first}; {_REMEDY}" if "malformed" in first else first


_REMEDY = "run `penstock ledger verify`, then restore a backup"


def _make(path: Path) -> None:
    """An empty file that only its owner can read.

    Closing a file drops every POSIX lock that this process has on it, whoever took it. SQLite
    holds one as long as it has the database open; without it another process that closes the
    ledger would delete the write-ahead log under us, and with it what was committed. So the file
    is never opened by its name here: it gets the name when it is closed.
    """
    descriptor, draft = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
