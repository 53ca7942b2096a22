"""Tables in documents: a line for a row, each value in the column of its heading."""

import io
from datetime import date, datetime, time
from time import process_time

import pytest
import xlsxwriter

from detectors.documents import read
from tests.detectors.documents import made

_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TABLE = 'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
_TEXT = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'


def said(data: bytes) -> str:
    found = read(data)
    assert found is not None
    assert not found.unread
    return "\n".join(found.texts)


def word(*rows: str) -> bytes:
    table = "".join(f"<w:tr>{row}</w:tr>" for row in rows)
    body = f"<w:body><w:tbl>{table}</w:tbl></w:body>"
    return made.docx(more={"word/document.xml": f"<w:document {_W}>{body}</w:document>"})


def cell(*lines: str, inside: str = "") -> str:
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    return f"<w:tc>{inside}{paragraphs}</w:tc>"


def slide(rows: list[list[str]]) -> bytes:
    paragraph = "<a:tc><a:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc>"
    table = "".join(f"<a:tr>{''.join(map(paragraph.format, row))}</a:tr>" for row in rows)
    content = f"<p:sld xmlns:p='p' {_A}><a:tbl>{table}</a:tbl></p:sld>"
    return made.zipped(
        {"[Content_Types].xml": "<Types/>", "ppt/slides/slide1.xml": content},
    )


def open_sheet(*rows: str) -> bytes:
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    content = f'<c {_TABLE} {_TEXT}><table:table table:name="Clients">{table}</table:table></c>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return made.zipped({"mimetype": kind, "content.xml": content})


def full(text: str) -> str:
    return f"<table:table-cell><text:p>{text}</text:p></table:table-cell>"


def empty(many: int) -> str:
    return f'<table:table-cell table:number-columns-repeated="{many}"/>'


def book(rows: list[list[object]], *, form: str = "", since_1904: bool = False) -> bytes:
    out = io.BytesIO()
    options = {"default_date_format": "dd/mm/yy hh:mm", "date_1904": since_1904}
    with xlsxwriter.Workbook(out, options) as made_book:
        look = made_book.add_format({"num_format": form}) if form else None
        sheet = made_book.add_worksheet()
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value is not None:
                    sheet.write(i, j, value, *([look] if look else []))
    return out.getvalue()


TABLES = {
    "of a text": (word(cell("Surname") + cell("Born"), cell("Jo") + cell("1964")), "\n"),
    "of a slide": (slide([["Surname", "Born"], ["Jo", "1964"]]), "\n"),
    "of an open sheet": (open_sheet(full("Surname") + full("Born"), full("Jo") + full("1964")), ""),
    "of a book": (book([["Surname", "Born"], ["Jo", 1964]]), "\n"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_row_of_a_table_is_one_line(name: str) -> None:
    assert "Surname\tBorn\nJo\t1964" in said(TABLES[name][0])


GAPS = {
    "of a text": word(cell("a") + cell("b") + cell("c"), cell("1") + cell("") + cell("3")),
    "of a text with a wide cell": word(
        cell("a") + cell("b") + cell("c"),
        cell("1", inside='<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>') + cell("3"),
    ),
    "of an open sheet": open_sheet(
        full("a") + full("b") + full("c"), full("1") + empty(1) + full("3") + empty(16_000)
    ),
    "of a book": book([["a", "b", "c"], [1, None, 3]]),
}


@pytest.mark.parametrize("name", GAPS)
def test_a_value_stands_in_the_column_of_its_heading(name: str) -> None:
    assert "a\tb\tc\n1\t\t3" in said(GAPS[name])


def test_rows_that_end_early_are_as_wide_as_the_others() -> None:
    assert "List\t\t\na\tb\tc\n1\t\t\n" in said(book([["List"], ["a", "b", "c"], [1], [2]]))


def test_a_short_cell_of_several_lines_stays_in_its_row() -> None:
    assert "a\tMain Street 5 Anytown\tb" in said(book([["a", "Main Street 5\nAnytown", "b"]]))
    assert "a\tMain Street 5 Anytown\tb" in said(
        word(cell("a") + cell("Main Street 5", "Anytown") + cell("b"))
    )


def test_a_long_cell_keeps_its_lines() -> None:
    lines = ["word " * 20 + "end", "word " * 20 + "end"]

    assert "\n".join(lines) in said(book([["\n".join(lines)]]))


def test_a_table_in_a_cell_of_another_keeps_its_rows() -> None:
    inner = "".join(f"<w:tr>{cell(x * 70)}{cell('2')}</w:tr>" for x in "ab")
    text = said(word(f"<w:tc><w:tbl>{inner}</w:tbl></w:tc>" + cell("after")))

    assert f"{'a' * 70}\t2\n{'b' * 70}\t2\tafter" in text


NUMBERS = {
    "date": (date(1964, 8, 12), "dd\\.mm\\.yyyy", "1964-08-12"),
    "date that is written out": (date(1964, 8, 12), '[$-407]d. mmmm yyyy "geboren"', "1964-08-12"),
    "date of the first days": (date(1900, 1, 1), "yyyy", "1900-01-01"),
    "moment": (datetime(2024, 1, 2, 3, 4, 5), "d/m/yy h:mm", "2024-01-02 03:04:05"),
    "time": (time(13, 5), "hh:mm", "13:05:00"),
    "amount in red": (1234.5, '#,##0.00 "days";[Red]-#,##0.00', "1234.5"),
    "power of ten": (1234, "0.00E+00", "1234"),
    "postal code": (1067, "00000", "01067"),
    "social security number": (1234567, "000\\-00\\-0000", "001-23-4567"),
    "telephone number": (2125550123, "(###) ###-####", "(212) 555-0123"),
    "number of a card": (4111111111111111, "0", "4111111111111111"),
    "large number": (1.25e19, "0", "12500000000000000000"),
    "what is left of rounding": (0.1 + 0.2, "General", "0.3"),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_read_as_its_cell_shows_it(name: str) -> None:
    value, form, shown = NUMBERS[name]

    assert shown in said(book([[value]], form=form)).split("\n")


def test_days_are_counted_from_where_the_book_says() -> None:
    data = book([[date(1964, 8, 12)]], form="yyyy-mm-dd", since_1904=True)

    assert "1964-08-12" in said(data)


def test_an_end_of_a_line_that_is_written_as_a_number_is_one() -> None:
    strings = "<sst><si><t>Jo Bloggs_x000D_\nLondon_x0041_</t></si></sst>"
    sheet = '<worksheet><row><c t="s"><v>0</v></c></row></worksheet>'
    parts = {"[Content_Types].xml": "<Types/>", "xl/sharedStrings.xml": strings}

    assert "Jo Bloggs LondonA" in said(made.zipped({**parts, "xl/worksheets/sheet1.xml": sheet}))


HOSTILE = {
    "columns far apart": '<row><c r="XFD1"><v>1</v></c></row>' * 30_000,
    "cells in cells": "<tc>" * 30_000 + "x" + "</tc>" * 30_000,
    "tables in cells": "<tbl><tr><tc>x" * 10_000 + "</tc></tr></tbl>" * 10_000,
    "a format without end": "",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_table_takes_time_and_room_as_it_is_long(name: str) -> None:
    inside = HOSTILE[name]
    root = "worksheet" if "row" in inside else "document"
    forms = '"[' * 500_000 if name == "a format without end" else ""
    styles = f"<styleSheet><numFmt numFmtId='1' formatCode='{forms}'/></styleSheet>"
    data = made.zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/styles.xml": styles,
            "xl/worksheets/sheet1.xml": f"<{root}>{inside}</{root}>",
        }
    )
    start = process_time()
    found = read(data)

    assert process_time() - start < 10
    assert found is not None
    assert sum(map(len, found.texts)) < 4_000_000
