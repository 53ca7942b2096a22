"""Tables as inline SVG: drawn from the Document alone, readable in print and by screen readers.

Colours stand as attributes, for formats without style sheets, and as classes `c-<series>`, so that
a style sheet may change them for dark screens.
"""

import math
import textwrap
from dataclasses import dataclass
from html import escape

from reports.monthly.document import Column, Table, Value
from reports.monthly.render.numbers import number, short, written

COLORS = {
    "prevented": "#0f766e",
    "disclosed": "#c2410c",
    "partially_disclosed": "#d99a1c",
    "unknown": "#64748b",
}
OTHERS = ("#1d4e89", "#7c3f98", "#0f766e", "#c2410c")

_WIDTH = 760
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 8, 10, 26


@dataclass(frozen=True, slots=True)
class Legend:
    """What a colour stands for."""

    series: str
    label: str
    color: str


def legend(table: Table) -> tuple[Legend, ...]:
    """The series of a table's chart that are not nothing throughout."""
    if table.chart is None:
        return ()
    return tuple(
        Legend(column.id, column.label, _color(column.id, i))
        for i, column in enumerate(_series(table))
        if any(_value(table, row, column) for row in table.rows)
    )


def draw(table: Table, language: str) -> str:
    """The chart as an `<svg>` element; empty where there is nothing to draw."""
    if table.chart is None or not legend(table):
        return ""
    if table.chart.kind == "bars":
        return _bars(table, language)
    if table.chart.kind == "line":
        return _lines(table, language)
    return _columns(table, language)


def _columns(table: Table, language: str) -> str:
    height = 230
    series = _series(table)
    totals = [sum(_value(table, row, c) for c in series) for row in table.rows]
    top, step = _scale(max(totals))
    inner = height - _TOP - _BOTTOM
    parts = _grid(top, step, inner, language)
    slot = (_WIDTH - _LEFT - _RIGHT) / len(table.rows)
    wide = min(slot * 0.68, 44)
    every = math.ceil(len(table.rows) / 16)
    for i, row in enumerate(table.rows):
        x = _LEFT + slot * i + (slot - wide) / 2
        base = float(_TOP + inner)
        parts.append(f"<g><title>{escape(_told(table, row, language))}</title>")
        for n, column in enumerate(series):
            tall = _value(table, row, column) / top * inner
            if tall <= 0:
                continue
            base -= tall
            parts.append(
                f'<rect x="{x:.1f}" y="{base:.1f}" width="{wide:.1f}" height="{tall:.1f}" '
                f'rx="1" class="c-{column.id}" fill="{_color(column.id, n)}"/>'
            )
        parts.append("</g>")
        if i % every == 0:
            parts.append(
                f'<text x="{x + wide / 2:.1f}" y="{height - 8}" text-anchor="middle" '
                f'class="axis">{escape(_short(str(row[0])))}</text>'
            )
    return _svg(table, height, parts)


def _bars(table: Table, language: str) -> str:
    series = _series(table)
    shown = [row for row in table.rows if sum(_value(table, row, c) for c in series)][:10]
    line, label_width = 26, 270
    top = max(sum(_value(table, row, c) for c in series) for row in shown)
    scale = (_WIDTH - label_width - 70) / top
    label = next(
        i for i, c in enumerate(table.columns) if table.chart and c.id == table.chart.label
    )
    parts: list[str] = []
    for i, row in enumerate(shown):
        y = i * line + 4
        x = float(label_width)
        parts.append(f"<g><title>{escape(_told(table, row, language))}</title>")
        lines = _two_lines(str(row[label]), 42)
        for n, text in enumerate(lines):
            below = 14 + 12 * n - 6 * (len(lines) - 1)
            parts.append(
                f'<text x="{label_width - 10}" y="{y + below}" text-anchor="end" class="name">'
                f"{escape(text)}</text>"
            )
        for n, column in enumerate(series):
            wide = _value(table, row, column) * scale
            if wide <= 0:
                continue
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{max(wide, 0.7):.1f}" height="18" rx="1" '
                f'class="c-{column.id}" fill="{_color(column.id, n)}"/>'
            )
            x += wide
        total = sum(_value(table, row, c) for c in series)
        parts.append(
            f'<text x="{x + 7:.1f}" y="{y + 14}" class="value">{number(total, language)}</text></g>'
        )
    return _svg(table, len(shown) * line + 6, parts)


def _lines(table: Table, language: str) -> str:
    """Series over a numeric label column; both axes linear, the label's mark as a dashed line."""
    assert table.chart
    height = 250
    series = _series(table)
    at = next(i for i, c in enumerate(table.columns) if c.id == table.chart.label)
    xs = [float(row[at] or 0) for row in table.rows]
    top, step = _scale(max(_value(table, r, c) for r in table.rows for c in series))
    inner, across = height - _TOP - _BOTTOM, _WIDTH - _LEFT - _RIGHT - 20
    parts = _grid(top, step, inner, language)
    widest = max(xs) or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + x / widest * across, _TOP + inner - y / top * inner

    for n, column in enumerate(series):
        points = " ".join(
            "{:.1f},{:.1f}".format(*place(x, _value(table, row, column)))
            for x, row in zip(xs, table.rows, strict=True)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{_color(column.id, n)}" '
            f'stroke-width="2" class="l-{column.id}"/>'
        )
    for i in range(0, len(xs), max(1, len(xs) // 6)):
        x, _ = place(xs[i], 0)
        parts.append(
            f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle" class="axis">'
            f"{short(xs[i], language)}</text>"
        )
    if table.chart.mark is not None and table.chart.mark <= widest:
        x, _ = place(table.chart.mark, 0)
        side = "end" if x > _WIDTH / 2 else "start"
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_TOP + inner}" '
            f'stroke="#64748b" stroke-dasharray="4 3" class="rule"/>'
            f'<text x="{x + (-6 if side == "end" else 6):.1f}" y="{_TOP + 10}" '
            f'text-anchor="{side}" class="name">{escape(table.chart.mark_label)}</text>'
        )
    return _svg(table, height, parts)


def _svg(table: Table, height: float, parts: list[str]) -> str:
    id_ = f"chart-{table.id}"
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:g}" role="img" aria-labelledby="{id_}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="inherit" font-size="11.5">'
        f'<title id="{id_}">{escape(table.title)}</title>{"".join(parts)}</svg>'
    )


def _grid(top: float, step: float, inner: float, language: str) -> list[str]:
    parts = []
    for i in range(round(top / step) + 1):
        y = _TOP + inner - i * step / top * inner
        digits = 0 if step >= 1 else 2
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="#94a3b8" stroke-opacity="{0.7 if i == 0 else 0.28}" class="rule"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" class="axis">'
            f"{number(i * step, language, digits)}</text>"
        )
    return parts


def _scale(largest: float) -> tuple[float, float]:
    """The top of the axis and the distance of its lines: 1, 2 or 5 times a power of ten."""
    step = 10.0 ** math.floor(math.log10(max(largest, 1e-9) / 2))
    for factor in (1, 2, 5, 10):
        if largest / (step * factor) <= 5:
            step *= factor
            break
    if float(largest).is_integer():
        step = max(step, 1.0)
    return max(math.ceil(largest / step - 1e-9), 1) * step, step


def _series(table: Table) -> list[Column]:
    assert table.chart
    by_id = {column.id: column for column in table.columns}
    return [by_id[id_] for id_ in table.chart.series]


def _value(table: Table, row: tuple[Value, ...], column: Column) -> float:
    value = row[table.columns.index(column)]
    return float(value) if isinstance(value, (int, float)) else 0.0


def _told(table: Table, row: tuple[Value, ...], language: str) -> str:
    shown = [
        f"{column.label} {written(value, column.kind, language)}"
        for column, value in zip(table.columns, row, strict=True)
        if column in _series(table) and value
    ]
    return f"{row[0]}: {', '.join(shown) or '0'}"


def _color(series: str, place: int) -> str:
    return COLORS.get(series, OTHERS[place % len(OTHERS)])


def _short(label: str) -> str:
    """A day of a month as its number; a month as `07/26`."""
    if len(label) == 10 and label[4] == label[7] == "-":
        return str(int(label[8:]))
    if len(label) == 7 and label[4] == "-":
        return f"{label[5:]}/{label[2:4]}"
    return _cut(label, 12)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _two_lines(text: str, wide: int) -> list[str]:
    """A name over at most two lines. What tells it from others often stands at its end, as the
    country of a number does, so of a longer one the middle goes."""
    lines = textwrap.wrap(text, wide)
    return lines if len(lines) <= 2 else [lines[0], "…" + text[1 - wide :]]
