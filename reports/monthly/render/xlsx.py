"""The report as a workbook: a sheet for the control block, one per section. No formulas.

Source: XlsxWriter 3.3 documentation (read 2026-11).
"""

import io
from datetime import UTC, datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from reports.monthly.document import Completeness, Document, Kind, Section, Table, Value
from reports.monthly.render.numbers import written
from reports.monthly.words import Words

_NUMBERS: dict[Kind, str] = {
    "count": "#,##0",
    "bytes": "#,##0",
    "share": "0.0%",
    "rate": "#,##0.00",
    "hours": "#,##0.0",
    "ms": "#,##0.0",
    "money": "#,##0.00",
}
_WIDEST = 60


def render(document: Document) -> bytes:
    """An .xlsx file."""
    out = io.BytesIO()
    # Text stays text: nothing is taken for a formula, a link or a number.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        # As old as the report, so that the same report is the same file.
        made = datetime.fromisoformat(document.control.generated_at).astimezone(UTC)
        book.set_properties(
            {
                "title": f"{document.title} {document.month}",
                "company": document.control.organization,
                "created": made.replace(tzinfo=None),
            }
        )
        sheets = _Sheets(book, document)
        sheets.control()
        for section in document.sections:
            sheets.section(section)
    return out.getvalue()


class _Sheets:
    """Writes a document into a workbook."""

    def __init__(self, book: Workbook, document: Document) -> None:
        self.book = book
        self.document = document
        self.words = Words(document.language)
        self.title = book.add_format({"bold": True, "font_size": 14, "font_color": "#0F5257"})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self.text = book.add_format({"valign": "top"})
        self.soft = book.add_format({"font_color": "#55637A", "valign": "top"})
        self.demo = book.add_format({"bold": True, "font_color": "#6B4A00", "bg_color": "#FFF3D6"})
        self.numbers = {
            kind: book.add_format({"num_format": form, "valign": "top"})
            for kind, form in _NUMBERS.items()
        }

    def control(self) -> None:
        """The control block."""
        t, c = self.words, self.document.control
        sheet = self._sheet(t("Control block"))
        rows = [
            (t("Organisation"), c.organization),
            (t("Legal entity"), c.legal_entity),
            (t("Scope"), ", ".join(c.scope)),
            (t("Period"), f"{c.period_start} – {c.period_end}"),
            (t("Time zone"), c.time_zone),
            (t("Generated"), f"{c.generated_at}, {c.generator}"),
            (t("Completeness"), c.completeness.text),
            (t("Passed unread or without a record"), self._unread(c.completeness)),
            (t("Ledger"), c.ledger),
            (t("Last record"), f"{c.last_record} {c.last_hash}"),
            (t("Report"), self.document.id),
            (t("Supersedes"), c.supersedes),
            (t("Prepared by"), c.prepared_by),
            (t("Reviewed by"), c.reviewed_by),
            (t("Approved by"), c.approved_by),
        ]
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 90)
        for line, (label, value) in enumerate(rows, self._top(sheet, self.document.title)):
            sheet.write_string(line, 0, label, self.soft)
            sheet.write_string(line, 1, value, self.text)

    def section(self, section: Section) -> None:
        """A section: its numbers, then each table under its own head."""
        t = self.words
        sheet = self._sheet(f"{section.letter} {section.title}")
        line = self._top(sheet, section.title)
        widths: dict[int, int] = {}
        if section.numbers:
            heads = [t("Figure"), t("Value"), t("Numerator"), t("Denominator"), t("Definition")]
            for place, head in enumerate(heads):
                sheet.write_string(line, place, head, self.head)
            for number in section.numbers:
                line += 1
                self._cell(sheet, line, 0, number.label, "text", widths)
                self._cell(sheet, line, 1, number.value, number.kind, widths)
                self._cell(sheet, line, 2, number.numerator, "count", widths)
                self._cell(sheet, line, 3, number.denominator, "count", widths)
                sheet.write_string(line, 4, number.definition, self.soft)
            line += 2
        for table in section.tables:
            line = self._table(sheet, line, table, widths)
        for place, width in widths.items():
            sheet.set_column(place, place, min(width + 2, _WIDEST))
        if len(section.tables) == 1 and not section.numbers:
            sheet.freeze_panes(self._top_lines + 2, 0)
        else:
            sheet.freeze_panes(self._top_lines, 0)

    def _table(self, sheet: Worksheet, line: int, table: Table, widths: dict[int, int]) -> int:
        sheet.write_string(line, 0, table.title, self.title)
        sheet.write_string(line, len(table.columns) + 1, table.definition, self.soft)
        line += 1
        for place, column in enumerate(table.columns):
            sheet.write_string(line, place, column.label, self.head)
        for row in table.rows:
            line += 1
            for place, (value, column) in enumerate(zip(row, table.columns, strict=True)):
                self._cell(sheet, line, place, value, column.kind, widths)
        return line + 3

    def _cell(
        self,
        sheet: Worksheet,
        line: int,
        place: int,
        value: Value,
        kind: Kind,
        widths: dict[int, int],
    ) -> None:
        widths[place] = max(widths.get(place, 8), len(str(value)) if value is not None else 0)
        if isinstance(value, str):
            sheet.write_string(line, place, value, self.text)
        elif value is not None:
            sheet.write_number(line, place, value, self._number(kind))

    def _number(self, kind: Kind) -> Format:
        return self.numbers.get(kind, self.numbers["count"])

    def _unread(self, found: Completeness) -> str:
        t = self.words
        hours = written(found.fail_open_hours, "hours", t.language)
        return "; ".join(
            (
                t("Passed because inspection failed: {number}", number=found.let_through),
                t("Hours under a policy that allows it: {hours}", hours=hours),
                t("Refused because no record could be kept: {number}", number=found.unrecorded),
            )
        )

    def _sheet(self, name: str) -> Worksheet:
        clean = "".join(" " if c in "[]:*?/\\" else c for c in name)
        return self.book.add_worksheet(clean[:31].strip("'"))

    @property
    def _top_lines(self) -> int:
        return 3 if self.document.is_demo else 2

    def _top(self, sheet: Worksheet, title: str) -> int:
        """The title, and on each sheet whether the data is synthetic; returns the next line."""
        sheet.write_string(0, 0, f"{title}, {self.document.month}", self.title)
        if self.document.is_demo:
            said = self.words(
                "The records in this report are synthetic, but for those of what was sent to the "
                "demo's own stand-ins. None is about a real service."
            )
            sheet.write_string(1, 0, said, self.demo)
        return self._top_lines
