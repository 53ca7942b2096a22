"""The report as one table: a line per value, so that a spreadsheet or script can pivot it. What is
not known, or not shown because too few people stand behind it, has no line."""

import csv
import io
from collections.abc import Iterator

from reports.monthly.document import Document, Number, Section, Table, Value

HEADER = (
    "month",
    "demo",
    "section",
    "table",
    "line",
    "row",
    "column",
    "kind",
    "value",
    "numerator",
    "denominator",
    "definition",
    "query",
)


def render(document: Document) -> bytes:
    """UTF-8 with a byte order mark, which spreadsheets need; RFC 4180 otherwise."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    demo = "demo" if document.is_demo else ""
    for section in document.sections:
        for line in _lines(section):
            writer.writerow(safe(cell) for cell in (document.month, demo, section.letter, *line))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def safe(value: Value) -> str:
    """A cell that no spreadsheet takes for a formula. Source: OWASP, CSV Injection."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "|")):
        return f"'{value}"
    return str(value)


def _lines(section: Section) -> Iterator[tuple[Value, ...]]:
    for number in section.numbers:
        if number.value is not None:
            yield _number(number)
    for table in section.tables:
        yield from _table(table)


def _number(number: Number) -> tuple[Value, ...]:
    return (
        "",
        0,
        number.label,
        number.id,
        number.kind,
        number.value,
        number.numerator,
        number.denominator,
        number.definition,
        number.query,
    )


def _table(table: Table) -> Iterator[tuple[Value, ...]]:
    """The first column names the row; a table's definition stands at its first value only."""
    definition, query = table.definition, table.query
    for line, row in enumerate(table.rows, 1):
        for column, value in zip(table.columns[1:], row[1:], strict=True):
            if value is None:
                continue
            yield (
                table.id,
                line,
                row[0],
                column.id,
                column.kind,
                value,
                None,
                None,
                definition,
                query,
            )
            definition = query = ""
