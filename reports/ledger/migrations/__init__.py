"""How a ledger's tables came to be what they are: one file per step, in `versions/`.

A new step: change `tables.py`, write `versions/NNNN_what.py` by hand, raise `HEAD`. A test compares
what the steps make with what `tables.py` says, on both databases.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from penstock.errors import LedgerError

_HERE = Path(__file__).parent

HEAD = "0004"
"""The step that `tables.py` is at."""


def upgrade(connection: Connection) -> None:
    """Bring the tables to `HEAD` within the transaction of `connection`.

    Raises LedgerError for a database a later version of this product has written, and for one that
    names no version at all.
    """
    at = current(connection)
    if at == HEAD:
        return
    if at > HEAD:
        raise LedgerError(
            f"the ledger was written by a later version (schema {at}, this one knows {HEAD}); "
            "use that version"
        )
    known = {path.name[:4] for path in (_HERE / "versions").glob("[0-9]*.py")}
    if at and at not in known:
        raise LedgerError(
            f"the ledger names a schema `{at[:20]}` that never was: the database is damaged; "
            "restore a backup"
        )
    # Imported only when there is something to do: it takes longer than opening a ledger.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def current(connection: Connection) -> str:
    """The step a database is at; empty for a new one."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
