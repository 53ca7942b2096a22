"""Documents that are one XML file show their words, and not how these are cut."""

from base64 import b64encode
from time import process_time

import pytest

from detectors.documents import Budget, read
from tests.detectors.documents import made

SECRET = "the marker is ÄÖ-4711"
_WORD = 'xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"'
_SHEET = 'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
_PACKAGE = 'xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage"'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_OPEN = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\r\n'
ABOUT = f"<DocumentProperties><Author>{SECRET}</Author></DocumentProperties>"
NOTE = f"<ss:Cell><ss:Comment><ss:Data>{SECRET}</ss:Data></ss:Comment></ss:Cell>"
RUNS = "<w:p><w:r><w:t>the mar</w:t></w:r><w:r><w:t>ker is ÄÖ-4711</w:t></w:r></w:p>"


def word(inside: str) -> bytes:
    return f"{_HEAD}<w:wordDocument {_WORD}>{inside}</w:wordDocument>".encode()


def book(*rows: str, more: str = "") -> bytes:
    table = "".join(f"<ss:Row>{row}</ss:Row>" for row in rows)
    sheet = f'<ss:Worksheet ss:Name="Clients"><ss:Table>{table}</ss:Table></ss:Worksheet>'
    return f"{_HEAD}<ss:Workbook {_SHEET}>{more}{sheet}</ss:Workbook>".encode()


def cell(text: str, about: str = "") -> str:
    return f"<ss:Cell {about}><ss:Data>{text}</ss:Data></ss:Cell>"


def package(name: str, content: str) -> bytes:
    part = f'<pkg:part pkg:name="{name}">{content}</pkg:part>'
    return f"{_HEAD}<pkg:package {_PACKAGE}>{part}</pkg:package>".encode()


def flat(inside: str) -> bytes:
    body = f"<office:body>{inside}</office:body>"
    return f"{_HEAD}<office:document {_OPEN}>{body}</office:document>".encode()


FILES = {
    "text": word(RUNS),
    "property of a text": word(ABOUT),
    "file in a text": word(f"<w:binData>{b64encode(made.docx(SECRET)).decode()}</w:binData>"),
    "text in UTF-16": word(RUNS).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "cell of a book": book(cell("the mar<ss:B>ker is ÄÖ</ss:B>-4711")),
    "property of a book": book(more=ABOUT),
    "note on a cell": book(NOTE),
    "package": package(
        "/word/document.xml",
        f"<pkg:xmlData><w:document {_W}>{RUNS}</w:document></pkg:xmlData>",
    ),
    "file in a package": package(
        "/word/embeddings/a.docx",
        f"<pkg:binaryData>{b64encode(made.docx(SECRET)).decode()}</pkg:binaryData>",
    ),
    "open text": flat("<text:p>the mar<text:span>ker is ÄÖ-</text:span>4711</text:p>"),
    "file in an open text": flat(
        f"<office:binary-data>{b64encode(made.docx(SECRET)).decode()}</office:binary-data>"
    ),
    "part of an open text": flat(f"<text:p>x<text:span>y</text:span>{SECRET}</text:p>").replace(
        b"office:document", b"office:document-content"
    ),
    "another vocabulary beside it": word(f"<b/>{SECRET}").replace(b"wordDoc", b"a"),
    "comment": word(f"{RUNS.replace('4711', '')}<!-- {SECRET} -->"),
    "instruction for a program": word(f"<?note {SECRET}?>"),
    "where a link leads": book(cell("a", f'ss:HRef="https://h/{SECRET}"')),
    "part of a package that is none": package("/a", f"<pkg:a><pkg:b/></pkg:a>{SECRET}"),
    "page about such files": f"<p {_SHEET}>of <b>{SECRET}</b></p>".encode(),
    "words behind an element": word(f"<b/>{SECRET}"),
    "text that breaks off": word(RUNS)[:-5] + f"<!-- {SECRET}".encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_words_of_a_flat_file_are_read(name: str) -> None:
    found = read(FILES[name])
    assert found is not None
    assert SECRET in "\n".join(found.texts)
    assert found.unread == set()


def test_a_page_about_such_files_is_read_as_it_is_written() -> None:
    page = f"<p {_SHEET}>password: <b>is</b> {SECRET}</p>"
    found = read(page.encode())
    assert found is not None
    assert found.texts == (page,)


def test_what_is_read_is_not_said_again() -> None:
    found = read(word(f'<w:p w:rsid="00A77427">{RUNS}</w:p><w:sz w:val="24"/>'))
    assert found is not None
    assert found.texts == (SECRET,)


def test_a_value_stands_in_the_column_of_its_heading() -> None:
    data = book(
        cell("a") + cell("b") + cell("c") + cell("d"),
        cell("1", 'ss:MergeAcross="1"') + cell("3") + cell("4"),
        cell("1964-08-12T00:00:00.000") + cell("4", 'ss:Index="4"'),
    )
    found = read(data)
    assert found is not None
    assert found.texts[0] == "Clients\na\tb\tc\td\n1\t\t3\t4\n1964-08-12\t\t\t4"


def test_base64_that_is_none_counts_as_damaged() -> None:
    found = read(word(f"<w:binData>ÄÖ{SECRET}</w:binData>"))
    assert found is not None
    assert found.unread == {"damaged"}
    assert SECRET in "\n".join(found.texts)


def test_a_flat_file_is_read_to_a_limit() -> None:
    found = read(word(RUNS), Budget(size_bytes=50))
    assert found is not None
    assert found.unread == {"archive"}


def test_what_the_finder_leaves_in_archives_is_no_file_that_cannot_be_read() -> None:
    double = b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(99) + SECRET.encode()
    folder = b"\0\0\0\1Bud1" + bytes(99) + SECRET.encode("utf-16-be")
    left = {"__MACOSX/._a.txt": double, ".DS_Store": folder, "a.txt": "x"}
    for data in (made.zipped(left), made.docx("x", more={"__MACOSX/word/._document.xml": double})):
        found = read(data)
        assert found is not None
        assert found.unread == set()
        assert "the marker is" in found.told
    large = read(made.zipped({"._a": double + bytes(1 << 17)}))
    assert large is not None
    assert large.unread == {"file"}


@pytest.mark.parametrize(
    "inside",
    [
        "<w:binData>QQ==</w:binData>",
        "<ss:Cell ss:Index='99999'/>",
        "<pkg:part/>",
        "<a>",
        "<a b='zz zz'/>z",
        "<![CDATA[<!--]]>",
    ],
)
def test_a_flat_file_takes_time_as_it_is_long(inside: str) -> None:
    start = process_time()
    read(word(inside * (1_000_000 // len(inside))))
    read(book(inside * (1_000_000 // len(inside))))

    assert process_time() - start < 10
