"""The SQL that is shown for figures which no single question of `figures` gives.

Written for the database of the ledger: whoever reads the report can paste it into `sqlite3` or
`psql`. A test runs each and compares.
"""

from collections.abc import Iterable

from reports.ledger import Answer, Ledger, Month


def literal(text: str) -> str:
    """A string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def listed(texts: Iterable[str]) -> str:
    """`('a', 'b')`; for none `(NULL)`, which nothing is in."""
    return f"({', '.join(map(literal, sorted(texts))) or 'NULL'})"


def field(ledger: Ledger, *path: str, of: str = "record") -> str:
    """A field of a record's JSON as text."""
    if ledger.is_sqlite:
        return f"json_extract({of}.body, '$.{'.'.join(path)}')"
    return f"({of}.body::json #>> '{{{','.join(path)}}}')"


def statements(*answers: Answer) -> str:
    """The questions of a table that is made of several answers, each once."""
    return ";\n".join(dict.fromkeys(answer.query for answer in answers))


def acts(kind: str, month: Month | None = None, what: str = "body") -> str:
    """The acts of one kind, of all time or of a month; `COUNT(*)` of them for that `what`."""
    order = "" if what.startswith("COUNT") else " ORDER BY seq"
    within = f" AND {_within(month)}" if month else ""
    return f"SELECT {what} FROM record WHERE kind = {literal(kind)}{within}{order}"


def open_cases(ledger: Ledger, month: Month) -> str:
    """How many cases that were detected before the end of the month are neither closed nor
    withdrawn."""
    case = field(ledger, "case", of="known")

    def last(name: str) -> str:
        value = field(ledger, "set", name)
        return (
            f"(SELECT {value} FROM record WHERE kind = 'case' AND {value} IS NOT NULL "
            f"AND {field(ledger, 'case')} = {case} ORDER BY seq DESC LIMIT 1)"
        )

    return (
        f"SELECT COUNT(DISTINCT {case}) FROM record AS known WHERE kind = 'case' "
        f"AND COALESCE({last('status')}, 'open') NOT IN ('closed', 'withdrawn') "
        f"AND {last('detected_at')} < {literal(month.end.isoformat())}"
    )


def not_in_a_case(ledger: Ledger, month: Month, disclosed: str, named: Iterable[str]) -> str:
    """What `disclosed` gives without the records `named`, of those that were disclosed."""
    repeats = f"CAST(COALESCE({field(ledger, 'repeats')}, '1') AS INTEGER)"
    left, ids = "('disclosed', 'partially_disclosed')", listed(named)
    is_, was = field(ledger, "outcome"), field(ledger, "was_outcome")
    return (
        f"SELECT ({disclosed}) - COALESCE(SUM((CASE WHEN {is_} IN {left} THEN {repeats} ELSE 0 END)"
        f" - (CASE WHEN {was} IN {left} THEN {repeats} ELSE 0 END)), 0) FROM record "
        f"WHERE {_within(month)} AND body IS NOT NULL AND (kind = 'violation' AND id IN {ids} "
        f"OR kind = 'amendment' AND {field(ledger, 'violation')} IN {ids})"
    )


def used_requests(ledger: Ledger, month: Month) -> str:
    """Requests to re-identify, asked in the month, that were used."""
    of_kind = "kind = 'reidentification'"
    step, request = field(ledger, "step"), field(ledger, "request")
    used = f"SELECT {request} FROM record WHERE {of_kind} AND {step} = 'used'"
    return (
        f"SELECT COUNT(*) FROM record WHERE {of_kind} AND {step} = 'asked' "
        f"AND {_within(month)} AND {request} IN ({used})"
    )


def quantile(steps: Answer, share: float) -> str:
    """The step, in milliseconds, that so large a share of what `steps` counts does not exceed."""
    return (
        "SELECT MIN(CAST(name AS INTEGER)) / 1000.0 FROM (SELECT name, SUM(number) OVER "
        f"(ORDER BY name) AS below, SUM(number) OVER () AS whole FROM ({steps.query}) AS step) "
        f"AS running WHERE below >= {share!r} * whole"
    )


def canaries_caught(ledger: Ledger, month: Month) -> str:
    """How many of the canaries of a month were held."""
    missed = (
        "json_array_length(record.body, '$.missed')"
        if ledger.is_sqlite
        else "json_array_length(record.body::json -> 'missed')"
    )
    return (
        f"SELECT COALESCE(SUM(CAST({field(ledger, 'sent')} AS INTEGER) - {missed}), 0) "
        f"FROM record WHERE kind = 'canary' AND {_within(month)}"
    )


def _within(month: Month) -> str:
    return f"at >= {literal(month.name)} AND at < {literal(month.plus(1).name)}"
