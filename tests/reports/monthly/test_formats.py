"""What a report looks like in each format, and that nothing in it can do harm."""

import csv
import dataclasses
import io
import itertools
import json
import re
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import weasyprint

from penstock.errors import ConfigError
from penstock.model import Outcome
from reports.demo import demo_facts, seed_demo
from reports.ledger import Ledger, Month
from reports.monthly import FORMATS, build, render, write
from reports.monthly.document import Document
from reports.monthly.render import charts, html, numbers
from reports.monthly.render import json as json_format
from reports.monthly.render.html import _in_a_row
from tests.reports.samples import NOON, violation

FORMULAS = ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "|calc"]


@pytest.fixture
def document(open_ledger: Callable[..., Ledger]) -> Document:
    ledger = open_ledger(demo=True)
    seed_demo(ledger, NOON, months=3)
    return build(ledger, "2026-10", version="1", organization="Acme SE", now=NOON)


@pytest.fixture
def hostile(ledger: Ledger) -> Document:
    """A report over records whose every name was chosen by an attacker."""
    bad = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', *FORMULAS]
    ledger.append(
        violation(n, rules=(name,), groups=(name,), service=name, host=name, unread=(name,))
        for n, name in enumerate(bad)
    )
    return build(ledger, "2026-11", version="1", organization="<b>Acme</b> & =1+1", now=NOON)


class Page(HTMLParser):
    """Collects what the checks below ask for."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_a_long_number_stays_within_its_tile(open_ledger: Callable[..., Ledger]) -> None:
    ledger, facts = open_ledger(demo=True), demo_facts()
    assert facts.costs is not None
    seed_demo(ledger, NOON, months=5)
    costs = facts.costs.model_copy(update={"fixed_per_month": 1.2e9})
    dear = facts.model_copy(update={"costs": costs})
    document = build(ledger, "2026-10", version="1", now=NOON, facts=dear)
    per_million = document.number("internal-per-million")
    said = numbers.written(per_million.value, "money", "en")
    assert len(said) > 12

    laid_out = weasyprint.HTML(string=html.page(document, "report.pdf.j2")).render()
    boxes = [box for page in laid_out.pages for box in page._page_box.descendants()]
    tiles = {"".join(t.text for t in _texts(box)): box for box in boxes if _is_big(box)}
    assert sum(text.width for text in _texts(tiles[said])) <= tiles[said].width

    counts = f"{numbers.written(per_million.numerator, 'count', 'en')} of "
    assert counts not in Page(render(document, "html")).text


def _is_big(box: Any) -> bool:
    element = getattr(box, "element", None)
    is_whole = type(box).__name__ == "BlockBox"  # not the lines in it
    return is_whole and element is not None and "big" in str(element.get("class")).split()


def _texts(box: Any) -> list[Any]:
    return [one for one in box.descendants() if hasattr(one, "text")]


def test_a_month_of_one_record_says_why_it_says_little(
    open_ledger: Callable[..., Ledger],
) -> None:
    start = datetime(2026, 11, 20, 9, tzinfo=UTC)
    ledger = open_ledger()
    ledger.append([violation(1, at=start, outcome=Outcome.PREVENTED)])
    ledger.add_run("1", start, start + timedelta(minutes=2))
    document = build(ledger, "2026-11", version="1", now=start + timedelta(minutes=2))
    page = " ".join(render(document, "html").decode().replace("\N{NO-BREAK SPACE}", " ").split())

    assert "Watched: 100.0% of 2 min" in page
    new = next(n for s in document.sections for n in s.numbers if n.id == "services-new")
    assert (new.value, "nothing to compare with" in new.note) == (None, True)
    # colours stand for what happened, and a share of nothing is none
    assert '<div class="number c-prevented">' in page
    assert '<div class="number c-disclosed">' not in page
    assert "of 0<" not in page


@pytest.mark.parametrize(("figures", "columns"), [(1, 1), (2, 2), (4, 4), (5, 3), (9, 3), (10, 4)])
def test_no_figure_is_left_alone_in_its_row(figures: int, columns: int) -> None:
    assert _in_a_row(figures) == columns


def test_what_is_too_wide_for_a_telephone_shows_that_there_is_more(document: Document) -> None:
    page = render(document, "html").decode()
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)

    assert "background: linear-gradient" in style.partition(".scroll {")[2].partition("}")[0]
    narrow = style.partition("@media (max-width: 600px)")[2].partition("\n")[0]
    assert ".numbers .number { flex-basis: 34%; }" in narrow
    assert "opacity" not in style.partition(".zero {")[2].partition("}")[0]


def test_the_page_needs_nothing_but_itself(document: Document) -> None:
    page = Page(render(document, "html"))
    for _, attributes in page.tags:
        for name in ("src", "srcset", "action", "data", "background"):
            assert name not in attributes
        assert (attributes.get("href") or "#").startswith("#")
        assert not any(name.startswith("on") for name in attributes)
    assert not page.all("script")
    assert "url(" not in render(document, "html").decode()


def test_the_page_can_be_read_without_seeing_it(document: Document) -> None:
    page = Page(render(document, "html"))
    assert page.all("html")[0]["lang"] == "en"
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for svg in page.all("svg"):
        assert svg.get("aria-hidden") == "true" or svg["aria-labelledby"] in ids
    for link in page.all("a"):
        assert str(link["href"])[1:] in ids
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_demo_data_is_marked_in_every_format(document: Document, ledger: Ledger) -> None:
    page = render(document, "html").decode()
    assert page.index('class="demo"') < page.index("<h1")
    assert "@top-center" in page
    assert all(row["demo"] == "demo" for row in parsed(document))
    assert json.loads(render(document, "json"))["is_demo"] is True


def test_real_data_is_not_marked(ledger: Ledger) -> None:
    ledger.append([violation(1)])
    assert b'class="demo"' not in render(build(ledger, "2026-11", version="1"), "html")


def test_names_from_the_wire_stay_text(hostile: Document) -> None:
    page = Page(render(hostile, "html"))
    assert not page.all("script")
    assert not page.all("img")
    assert not page.all("b")
    assert "<script>alert(1)</script>" in page.text
    assert "<b>Acme</b> & =1+1" in page.text


def test_no_cell_of_the_csv_is_a_formula(hostile: Document) -> None:
    table = list(csv.reader(io.StringIO(render(hostile, "csv").decode("utf-8-sig"))))
    assert len({len(row) for row in table}) == 1
    cells = [cell for row in table for cell in row]
    assert not [c for c in cells if c.startswith(("=", "+", "-", "@", "\t", "\r", "|"))]
    for name in FORMULAS[:4]:
        assert f"'{name}" in cells


def test_the_csv_holds_every_value(document: Document) -> None:
    rows = parsed(document)
    values = {(r["section"], r["table"], int(r["line"]), r["column"]): r["value"] for r in rows}
    for section in document.sections:
        for number in section.numbers:
            found = values.get((section.letter, "", 0, number.id))
            assert found == (None if number.value is None else str(number.value))
        for table in section.tables:
            for line, row in enumerate(table.rows, 1):
                for column, value in zip(table.columns[1:], row[1:], strict=True):
                    found = values.get((section.letter, table.id, line, column.id))
                    assert (found and found.removeprefix("'")) == (
                        None if value is None else str(value)
                    )


def test_what_is_not_shown_has_no_line_in_the_csv(ledger: Ledger) -> None:
    ledger.append([violation(1)])
    document = build(ledger, "2026-11", version="1", now=NOON)
    assert document.number("people").value is None
    lines = {row["column"]: row["value"] for row in parsed(document)}
    assert "people" not in lines
    assert lines["violations"] == "1"


def parsed(document: Document) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(document, "csv").decode("utf-8-sig"))))


def test_the_json_reads_back_as_the_same_document(document: Document) -> None:
    assert json_format.read(render(document, "json")) == document


def test_the_published_schema_is_that_of_the_json() -> None:
    published = Path("reports/monthly/schema.json")
    assert json.loads(published.read_text()) == json_format.schema(), (
        "write `reports.monthly.render.json.schema()` to it"
    )


def test_a_json_that_was_changed_in_shape_is_refused(document: Document) -> None:
    broken = json.loads(render(document, "json"))
    broken["sections"][0]["numbers"][0]["value"] = {"not": "a value"}
    with pytest.raises(ValueError, match="value"):
        json_format.read(json.dumps(broken).encode())


def test_files_get_names_of_ours_and_replace_what_stood_there(
    document: Document, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("untouched")
    out = tmp_path / "out"
    out.mkdir()
    (out / "penstock-2026-10.csv").symlink_to(secret)

    begun: list[str] = []
    paths = write(document, out, FORMATS, begun.append)
    assert begun == [path.name for path in paths]

    names = [f"penstock-2026-10.{format}" for format in FORMATS if format != "focus"]
    assert [p.name for p in paths] == [*names, "penstock-2026-10.focus.csv"]
    assert secret.read_text() == "untouched"
    assert all(p.is_file() and not p.is_symlink() for p in paths)
    assert {p.name for p in out.iterdir()} == {p.name for p in paths}


def test_a_document_whose_month_is_a_path_is_not_written(
    document: Document, tmp_path: Path
) -> None:
    for month in ("../../etc/x", "2026-10\0", "//server/share"):
        with pytest.raises(ConfigError, match="month"):
            write(dataclasses.replace(document, month=month), tmp_path / "out", ["json"])
    assert not list(tmp_path.glob("out/*"))


def test_an_unknown_format_and_a_bad_directory_are_refused(
    document: Document, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="no format `docx`"):
        render(document, "docx")
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="file"):
        write(document, tmp_path / "file" / "out", ["json"])


def test_charts_draw_every_row_they_show(document: Document) -> None:
    svg = charts.draw(document.table("days"), "en")
    assert svg.count("<title>2026-10-") == 31
    drawn = sum(float(h) for h in re.findall(r'<rect [^>]*height="([\d.]+)"', svg))
    assert drawn > 0


def test_names_in_a_chart_keep_what_tells_them_apart(document: Document) -> None:
    table = document.table("classes")
    at = next(i for i, c in enumerate(table.columns) if table.chart and c.id == table.chart.label)
    row = next(row for row in table.rows if row[-3])

    def drawn(name: str) -> list[str]:
        renamed = dataclasses.replace(table, rows=((*row[:at], name, *row[at + 1 :]),))
        return re.findall(r'class="name">([^<]+)</text>', charts.draw(renamed, "en"))

    long = "Identity, tax or social security number (Poland)"
    assert drawn("Payment card") == ["Payment card"]
    assert " ".join(drawn(long)) == long
    assert len(drawn(long)) == 2
    assert drawn(f"{'word ' * 30}(Poland)")[1].endswith(" (Poland)")


def test_days_without_anything_are_left_out_of_pages_only(document: Document) -> None:
    table = document.table("days")
    quiet = tuple(0 for _ in table.columns[1:])
    rows = (*table.rows[:3], ("2026-10-04", *quiet), ("2026-10-05", *quiet))
    assert all(any(row[1:]) for row in rows[:3])
    other = dataclasses.replace(table, rows=rows)
    sections = (dataclasses.replace(document.sections[0], tables=(other,)),)
    changed = dataclasses.replace(document, sections=sections)
    page = render(changed, "html").decode()

    assert page.count('<td class="short">2026-10-0') == 3
    assert "Rows in which everything is 0 are left out: 2;" in page
    assert b"2026-10-05" in render(changed, "csv")
    assert b"2026-10-05" in render(changed, "json")


def test_values_are_written_as_people_of_the_language_write_them() -> None:
    assert numbers.written(1234567, "count", "en") == "1,234,567"
    assert numbers.written(1234567, "count", "de") == "1.234.567"
    assert numbers.written(0.1234, "share", "en") == "12.3%"
    assert numbers.written(0.1234, "share", "fr") == "12,3\N{NO-BREAK SPACE}%"
    assert numbers.written(0.99999, "share", "en") == "99.9%"
    assert numbers.written(0.00004, "share", "en") == "<\N{NO-BREAK SPACE}0.1%"
    assert numbers.written(0.00004, "share", "de") == "<\N{NO-BREAK SPACE}0,1\N{NO-BREAK SPACE}%"
    assert numbers.written(0, "share", "en") == "0.0%"
    assert numbers.written(1500, "bytes", "en") == "1.5\N{NO-BREAK SPACE}kB"
    assert numbers.written(2.5e15, "bytes", "en") == "2,500.0\N{NO-BREAK SPACE}TB"
    assert numbers.written(None, "count", "en") == "–"
    assert numbers.written("2026-11-01T00:00:00Z", "time", "en") == "2026-11-01 00:00 UTC"
    assert numbers.month("2026-11", "es") == "noviembre de 2026"


def test_a_report_costs_the_same_for_few_and_for_many(ledger: Ledger) -> None:
    """As many questions to the database, each answered from as many roll-up rows."""
    at = datetime(2026, 11, 3, tzinfo=UTC)
    same = violation(1)
    ledger.append([violation(1, at=at)])
    few = ledger.count(Month("2026-11"), "day", "action", "outcome", "service").rows
    ledger.append(
        dataclasses.replace(same, id=f"copy-{n}", at=at, service=same.service) for n in range(3000)
    )
    many = ledger.count(Month("2026-11"), "day", "action", "outcome", "service").rows
    assert len(few) == len(many) == 1
    assert many[0][-1] == 3001


# ── PDF ───────────────────────────────────────────────────────────────────────────────────────


def streams(pdf: bytes) -> list[bytes]:
    """The decompressed streams of a PDF."""
    found = []
    for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:  # the last byte of the checksum may be taken for the end of a line
            found.append(zlib.decompressobj().decompress(raw))
        except zlib.error:
            found.append(raw)
    return found


def test_the_pdf_is_pdf_a_3_and_holds_the_data(document: Document) -> None:
    made = render(document, "pdf")
    parts = streams(made)
    assert made.startswith(b"%PDF-1.7")
    assert any(b"<pdfaid:part>3</pdfaid:part>" in p or b'pdfaid:part="3"' in p for p in parts)
    assert render(document, "csv") in parts
    assert render(document, "json") in parts


def test_a_hostile_name_reaches_nothing_from_the_pdf(hostile: Document) -> None:
    made = render(hostile, "pdf")
    # in what is compressed any four bytes may stand
    bare = re.sub(rb"stream\r?\n.*?\r?\nendstream", b"", made, flags=re.DOTALL)
    for part in (bare, *streams(made)):
        assert b"/JavaScript" not in part
        assert b"/URI" not in part


# ── XLSX ──────────────────────────────────────────────────────────────────────────────────────

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets(workbook: bytes) -> dict[str, ElementTree.Element]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as book:
        names = [
            sheet.get("name", "")
            for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{SHEET}sheet")
        ]
        return {
            name: ElementTree.fromstring(book.read(f"xl/worksheets/sheet{n}.xml"))
            for n, name in enumerate(names, 1)
        }


def test_the_workbook_has_a_sheet_for_each_section(document: Document) -> None:
    names = list(sheets(render(document, "xlsx")))
    assert names[0] == "Control block"
    assert [name[0] for name in names[1:]] == [s.letter for s in document.sections]


def test_the_workbook_holds_the_numbers_and_no_formula(hostile: Document) -> None:
    made = render(hostile, "xlsx")
    for name, sheet in sheets(made).items():
        assert not list(sheet.iter(f"{SHEET}f")), name
        assert not list(sheet.iter(f"{SHEET}hyperlink")), name
    cells = {v.text for sheet in sheets(made).values() for v in sheet.iter(f"{SHEET}v")}
    assert str(hostile.number("violations").value) in cells
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        assert b"=HYPERLINK" in book.read("xl/sharedStrings.xml")


def test_every_sheet_says_that_it_is_demo_data(document: Document) -> None:
    made = render(document, "xlsx")
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    said = [si.findtext(f"{SHEET}t", "") for si in strings.iter(f"{SHEET}si")]
    mark = next(i for i, text in enumerate(said) if "synthetic" in text)
    for name, sheet in sheets(made).items():
        cell = sheet.find(f".//{SHEET}c[@r='A2']/{SHEET}v")
        assert cell is not None, name
        assert int(cell.text or "-1") == mark, name


def test_the_same_report_is_the_same_workbook(document: Document) -> None:
    assert render(document, "xlsx") == render(document, "xlsx")
