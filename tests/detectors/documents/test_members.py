"""Which file in a document a text is from, and which could not be read."""

import gzip
import io
import zipfile
from email.message import EmailMessage

from detectors import documents
from tests.detectors.documents import made


def read(data: bytes) -> documents.Document:
    found = documents.read(data)
    assert found is not None
    return found


def members(data: bytes) -> dict[str, str]:
    found = read(data)
    return dict(zip(found.members, found.texts, strict=True))


def test_an_archive_of_documents_is_none_of_them() -> None:
    for inner, name in ((made.docx("inside"), "b.docx"), (made.odt("inside"), "b.odt")):
        for files in ({name: inner, "a.txt": b"beside"}, {"a.txt": b"beside", name: inner}):
            found = members(made.zipped(files))
            assert found["a.txt"] == "beside"
            assert "inside" in found[name]


def test_a_document_that_was_packed_with_its_folder_is_still_read_as_one() -> None:
    with zipfile.ZipFile(io.BytesIO(made.docx("one ", "word"))) as parts:
        folder = {f"letter/{name}": parts.read(name) for name in parts.namelist()}

    assert any("one word" in text for text in read(made.zipped(folder)).texts)


def test_files_of_a_mail_have_their_names() -> None:
    mail = EmailMessage()
    mail["Message-ID"] = "<1@x>"
    mail.set_content("see it")
    mail.add_attachment(b"a;b\n1;2", maintype="text", subtype="csv", filename="pay.csv")
    packed = made.zipped({"deep/c.txt": b"far"})
    mail.add_attachment(packed, maintype="application", subtype="zip", filename="c.zip")
    found = members(bytes(mail))

    assert found["pay.csv"] == "a;b\n1;2"
    assert found["c.zip!deep/c.txt"] == "far"
    assert members(made.zipped({"m.eml": bytes(mail)}))["m.eml!pay.csv"] == "a;b\n1;2"


def test_a_row_of_a_workbook_is_a_line_of_its_sheet() -> None:
    found = members(made.xlsx([["name", "mail"], ["Ana Lee", "ana.lee@acme-works.com"]]))

    assert found["Customers"].split("\n")[1] == "Ana Lee\tana.lee@acme-works.com"
    packed = made.zipped({"b.xlsx": made.xlsx([["a", "b"]])})
    assert members(packed)["b.xlsx!Customers"] == "a\tb"


def test_what_gzip_packed_begins_with_its_first_line() -> None:
    out = io.BytesIO()
    with gzip.GzipFile("ci.log", "wb", fileobj=out) as file:
        file.write(b"first\nsecond")

    assert members(out.getvalue()) == {"": "ci.log", "ci.log": "first\nsecond"}
    assert read(gzip.compress(b"no name")).members == ()


def test_what_cannot_be_read_is_named() -> None:
    inner = made.zipped({"p.pdf": made.pdf("x", password="y"), "x.bin": b"\0\1\2"})
    found = read(made.zipped({"c.zip": inner, "broken.pdf": b"%PDF-1.7\n...", "a.txt": b"a"}))

    assert found.missing == {
        ("c.zip!p.pdf", "encrypted"),
        ("c.zip!x.bin", "file"),
        ("broken.pdf", "damaged"),
    }
    assert read(made.pdf("x", password="y")).missing == {("", "encrypted")}
