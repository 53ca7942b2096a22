"""The report as one page: no script, no reference to anything outside itself."""

import re
from collections.abc import Iterator
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.monthly.document import Column, Document, Table, Value
from reports.monthly.render import charts, numbers
from reports.monthly.words import Words

LONGEST_TABLE = 400
"""Most rows shown of one table; the CSV and JSON always hold all."""

MANY_COLUMNS = 12
"""Of a table with more, each row stands as a list of its own: no page is that wide."""


def render(document: Document) -> bytes:
    """UTF-8."""
    return page(document, "report.html.j2").encode()


def page(document: Document, template: str) -> str:
    """The document in one of the templates beside this file."""
    words, language = Words(document.language), document.language

    def change(value: Value, previous: Value, kind: str) -> str:
        # Part of a month beside a whole one would say nothing.
        if not document.control.completeness.is_final:
            return ""
        if not isinstance(value, (int, float)) or not isinstance(previous, (int, float)):
            return ""
        if kind == "share":
            points = (value - previous) * 100
            return words("{points} points", points=_signed(points, language))
        if not previous:
            return ""
        share = (value - previous) / previous * 100
        return f"{_signed(share, language)}\N{NO-BREAK SPACE}%"

    return (
        _environment()
        .get_template(template)
        .render(
            d=document,
            t=words,
            language=language,
            month=numbers.month(document.month, language),
            written=lambda value, kind: numbers.written(value, kind, language),
            cell=lambda value, kind: numbers.cell(value, kind, language),
            moment=numbers.moment,
            change=change,
            chart=lambda table: Markup(charts.draw(table, language)),
            legend=charts.legend,
            shown=_shown,
            lasting=lambda hours: numbers.lasting(hours, language),
            said=_said,
            breaking=_breaking,
            longest=LONGEST_TABLE,
            many=MANY_COLUMNS,
            pairs=_pairs,
            in_a_row=_in_a_row,
        )
    )


def _said(text: str) -> Markup:
    """A sentence; what stands between backticks as code."""
    parts = (str(escape(part)) for part in text.split("`"))
    return Markup("".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts)))


def _breaking(text: Value) -> Markup:
    """A name that may go on in the next line after a dot or an underscore, and nowhere else."""
    return Markup(re.sub(r"([._])(?=.)", r"\1<wbr>", str(escape(text))))


def _shown(table: Table) -> tuple[tuple[Value, ...], ...]:
    """What a page prints. A chart over time needs a place for each day; its table does not need
    the days on which nothing happened."""
    if table.chart is None or table.chart.kind != "stacked-columns":
        return table.rows
    counted = [i for i, c in enumerate(table.columns) if c.kind == "count"]
    return tuple(row for row in table.rows if any(row[i] != 0 for i in counted))


def _pairs(table: Table, row: tuple[Value, ...]) -> Iterator[tuple[tuple[Column, Value], ...]]:
    """What stands in each line of a row's list: two short values, or a long one alone."""
    waiting: list[tuple[Column, Value]] = []
    for cell in zip(table.columns, row, strict=True):
        is_long = len(str(cell[1])) > 34
        if waiting and (is_long or len(waiting) == 2):
            yield tuple(waiting)
            waiting = []
        waiting.append(cell)
        if is_long:
            yield tuple(waiting)
            waiting = []
    if waiting:
        yield tuple(waiting)


def _in_a_row(number: int) -> int:
    """How many figures stand in a row, at most four, so that the last row is not much shorter."""
    rows = -(-number // 4)
    return -(-number // rows)


def _signed(value: float, language: str) -> str:
    value = round(value, 1)
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "±"
    return sign + numbers.number(abs(value), language, 1)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reports.monthly.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
