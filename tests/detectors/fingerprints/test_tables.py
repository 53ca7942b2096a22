"""Tables in the files people have."""

from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest
import xlsxwriter

from detectors.fingerprints.index import Index
from detectors.fingerprints.records import Records
from detectors.fingerprints.segment import Registered
from detectors.fingerprints.tables import Table, table_segment
from penstock.errors import ConfigError
from tests.detectors.fingerprints.samples import SECRET

PLAIN = "Name;Ort\nMüller;Görlitz\n"
BOOK = '<workbook xmlns:r="r"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>'
ASKED = "Herr Mueller aus Görlitz"


def found(path: Path, text: str, *columns: str) -> list[str]:
    """What of a text is a record of the table in `path`."""
    table = Table.of(path)
    table.check(columns)
    about = Registered("t", "table", "", "", 0, 0, columns=columns, rules=(" and ".join(columns),))
    looked = Records.of(Index().with_segment(table_segment(about, table, SECRET)), SECRET)
    return [text[m.start : m.end] for m in looked.find(text)]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.encode("cp1252"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(";", "\t").encode(),
        b"sep=;\r\n" + PLAIN.encode(),
        b"\n\n" + PLAIN.encode(),
        b"Name;Ort;;;\nM\xc3\xbcller;G\xc3\xb6rlitz;;;\n",
        b"Name;Ort;x;x\nM\xc3\xbcller;G\xc3\xb6rlitz;1;2\n",
        b'"Nr, alt";Name;Ort\n1;"M\xc3\xbcller";"G\xc3\xb6rlitz"\n',
        b'Name;x;Ort\nM\xc3\xbcller;"a ""b""\nc;d";G\xc3\xb6rlitz\n',
        b"Name;Ort\nMeier\nM\xc3\xbcller;G\xc3\xb6rlitz;more\n\n",
    ],
)
def test_a_csv_file_is_read_as_programs_write_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(content)

    assert found(tmp_path / "t.csv", ASKED, "Name", "Ort") == ["Mueller aus Görlitz"]


def test_the_first_sheet_of_a_workbook_is_read_as_people_see_it(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet, other = book.add_worksheet("Kunden"), book.add_worksheet("Alt")
        sheet.write_row(1, 1, ["Name", "Geburt", "Nummer", "PLZ", "Konto"])
        sheet.write_string(3, 1, "Müller")
        sheet.write_datetime(3, 2, date(1968, 11, 7), book.add_format({"num_format": "dd.mm.yyyy"}))
        sheet.write_number(3, 3, 30881)
        sheet.write_number(3, 4, 1067, book.add_format({"num_format": "00000"}))
        sheet.write_number(3, 5, 123456789012)
        other.write_row(0, 0, ["Name", "Nummer"])

    table = Table.of(path)

    assert table.header == ("", "Name", "Geburt", "Nummer", "PLZ", "Konto")
    assert list(table.rows()) == [["", "Müller", "1968-11-07", "30881", "01067", "123456789012"]]
    assert found(path, "Müller, 7.11.68", "Name", "Geburt") == ["Müller, 7.11.68"]


@pytest.mark.parametrize(
    ("book", "cell"),
    [
        ("<workbook/>", "<v>1</v>"),  # no sheet
        (BOOK.replace("r:id", "id"), "<v>1</v>"),  # which is nowhere
        (BOOK.replace("<sheets>", '<workbookPr date1904="1"/><sheets>'), "<v>2958465</v>"),
    ],
)
def test_a_workbook_that_cannot_be_read_is_told_as_such(
    tmp_path: Path, book: str, cell: str
) -> None:
    path = tmp_path / "t.xlsx"
    parts = {
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": '<r><Relationship Id="r1" Target="s.xml"/></r>',
        "xl/styles.xml": '<s><cellXfs><xf numFmtId="14"/></cellXfs></s>',
        "xl/s.xml": f'<s><row><c s="0">{cell}</c></row></s>',
    }
    with ZipFile(path, "w") as packed:
        for name, part in parts.items():
            packed.writestr(name, part)

    with pytest.raises(ConfigError, match="no workbook that can be read"):
        Table.of(path)


@pytest.mark.parametrize(
    ("content", "columns", "says"),
    [
        (b"", ["Name"], "t.csv:1: no table; its first line must name its columns"),
        (PLAIN.encode(), ["Land"], "t.csv:1: no column `Land`; there are Name, Ort"),
        (b"Ort;Ort\na;b\n", ["Ort"], "t.csv:1: two columns are called `Ort`"),
        (b'Name;Ort\na;b\n"c;d\n', ["Ort"], "t.csv:3: no row of a table: unexpected end of data"),
        (PLAIN.encode() + b"M\xfcller;Bonn\n", ["Ort"], "t.csv:3: not UTF-8, as other lines are"),
        (PLAIN.encode("cp850"), ["Ort"], "t.csv:2: neither UTF-8 nor Windows-1252"),
        ("Name\nИванов\n".encode("cp1251"), ["Name"], "t.csv:2: neither UTF-8 nor Windows-1252"),
        ("Name\n王丹\n".encode("gb18030"), ["Name"], "t.csv:2: neither UTF-8 nor Windows-1252"),
        (b"PK\x03\x04 and no more", ["Ort"], "t.csv: no workbook that can be read; save it as"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_with_its_line(
    tmp_path: Path, content: bytes, columns: list[str], says: str
) -> None:
    (tmp_path / "t.csv").write_bytes(content)

    with pytest.raises(ConfigError) as told:
        found(tmp_path / "t.csv", ASKED, *columns)

    assert says in str(told.value)
