"""Single records for other systems: OCSF and CEF for a SIEM, CSV for people, JSON for scripts.

Every format is made one record at a time, so that a million of them need no more memory than one.
"""

from collections.abc import Callable, Iterator, Mapping

from penstock.errors import ConfigError
from reports.export import cef, csv, json, ocsf
from reports.ledger import Body, Ledger, Month

type Line = tuple[int, str, Body]
"""Number, hash and content of a record."""

type Unsent = Mapping[str, int]
"""See `Ledger.unsent_ids`."""

FORMATS: dict[str, Callable[[Iterator[Line], Unsent], Iterator[str]]] = {
    "ocsf": ocsf.lines,
    "cef": cef.lines,
    "csv": csv.lines,
    "json": json.lines,
}
"""Format -> what makes its lines, each with its line end. A new one is one file and one line."""


def export(ledger: Ledger, format: str, month: str = "") -> Iterator[str]:
    """The records of `2026-11`, or of all time, as text in pieces.

    `json` holds every kind of record with its hash; `csv` violations with the outcome that an
    amendment gave them, `ocsf` and `cef` violations and their amendments as events. Raises
    ConfigError for an unknown format or month at once, ServiceDown while the ledger is away.
    """
    if format not in FORMATS:
        raise ConfigError(f"no format `{format[:20]}`; there are {', '.join(FORMATS)}")
    chosen = Month(month) if month else None
    return FORMATS[format](ledger.records(chosen), ledger.unsent_ids(chosen))
