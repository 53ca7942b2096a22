"""Words where readers expect none are read: in files for pictures, behind the end, after a sum."""

import zipfile
from base64 import b64encode, encodebytes
from io import BytesIO

import pytest

from detectors.documents import read
from tests.detectors.documents import made

SECRET = "the marker is 4711"


def odt(name: str) -> bytes:
    with zipfile.ZipFile(out := BytesIO(made.odt("x")), "a") as archive:
        archive.writestr(name, SECRET)
    return out.getvalue()


def mail(body: bytes) -> bytes:
    return (
        b"Message-ID: <1@acme.test>\r\nContent-Type: text/plain\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + body
    )


def sheet(cell: str) -> bytes:
    rows = f"<worksheet><sheetData><row>{cell}</row></sheetData></worksheet>"
    return made.docx("x", more={"xl/worksheets/sheet1.xml": rows})


READ = {
    "text among thumbnails": odt("Thumbnails/notes.txt"),
    "text among replacements of objects": odt("ObjectReplacements/Object 1"),
    "cache of a layout": odt("layout-cache"),
    "text that is called a picture": made.docx("x", more={"word/media/image1.png": SECRET}),
    "text that is called a font": made.docx("x", more={"word/fonts/font1.odttf": SECRET}),
    "document among thumbnails": made.docx(
        "x", more={"docProps/thumbnail.docx": made.docx(SECRET)}
    ),
    "words of a cell with a value": sheet(f'<c t="inlineStr"><v>1</v><is><t>{SECRET}</t></is></c>'),
    "folder that is a file": made.zipped({"a/": SECRET, "b": "x"}),
    "text before a PDF": SECRET.encode() + b"\n" + made.pdf("x"),
    "text behind a PDF": made.pdf("x") + SECRET.encode(),
}


@pytest.mark.parametrize("name", READ)
def test_words_where_none_should_be_are_read(name: str) -> None:
    found = read(READ[name])
    assert found is not None
    assert SECRET in "\n".join(found.texts)
    assert found.unread == set()


@pytest.mark.parametrize(
    "name",
    ["word/media/image1.png", "word/fonts/font1.odttf", "word/printerSettings/printer1.bin"],
)
def test_pictures_and_fonts_beside_text_do_not_count_as_unread(name: str) -> None:
    found = read(made.docx(SECRET, more={name: b"\x89PNG\r\n\x1a\n\0\1\2"}))
    assert found is not None
    assert found.texts == (SECRET,)
    assert found.unread == set()


@pytest.mark.parametrize(
    "more", [SECRET.encode(), b64encode(SECRET.encode()), b"--\r\n" + SECRET.encode()]
)
def test_a_body_that_goes_on_after_its_end_counts_as_damaged_and_is_read(more: bytes) -> None:
    found = read(mail(b64encode(b"hell") + b"\r\n" + more))
    assert found is not None
    assert more.decode().replace("\r\n", "\n") in "\n".join(found.texts).replace("\r\n", "\n")
    assert found.unread == {"damaged"}


@pytest.mark.parametrize("words", ["hunter2", "correct horse battery staple"])
def test_words_that_are_said_to_be_base64_are_read(words: str) -> None:
    found = read(mail(words.encode()))
    assert found is not None
    assert words in found.texts


@pytest.mark.parametrize("end", [b"", b"=", b"\r\n\r\n"])
def test_a_body_in_base64_is_whole(end: bytes) -> None:
    body = b64encode(SECRET.encode() * 3).rstrip(b"=")
    found = read(mail(body[:40] + b"\r\n" + body[40:] + end))
    assert found is not None
    assert found.unread == set()


def test_a_mail_within_a_mail_may_be_base64() -> None:
    inner = mail(b64encode(SECRET.encode()))
    outer = mail(encodebytes(inner)).replace(b"text/plain", b"message/rfc822")
    found = read(outer)
    assert found is not None
    assert SECRET in "\n".join(found.texts)
    assert found.unread == set()


MAILS = {
    "mark of an editor": b"\xef\xbb\xbf" + mail(b64encode(SECRET.encode())),
    "empty line": b"\r\n" + mail(b64encode(SECRET.encode())),
    "header of a name that programs make up": b"X_Spam.Score: 1\r\n"
    + mail(b64encode(SECRET.encode())),
    "lines that end as on an old Macintosh": mail(b64encode(SECRET.encode())).replace(b"\n", b""),
    "draft": mail(b64encode(SECRET.encode())).replace(b"Message-ID", b"X-Unsent"),
    "many recipients": b"To: "
    + b"a@acme.test,\r\n " * 900
    + b"b\r\n"
    + mail(b64encode(SECRET.encode())),
}


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_one_whatever_stands_in_front(name: str) -> None:
    found = read(MAILS[name])
    assert found is not None
    assert SECRET in "\n".join(found.texts)
    assert found.unread == set()


@pytest.mark.parametrize("charset", ["us-ascii", "utf-8", "klingon"])
def test_a_body_that_is_not_in_its_charset_is_read(charset: str) -> None:
    head = f"Message-ID: <1@acme.test>\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
    found = read(head.encode() + "Frau Müller aus der Bäckerstraße".encode("cp1252"))
    assert found is not None
    assert "Frau Müller aus der Bäckerstraße" in "\n".join(found.texts)


@pytest.mark.parametrize("name", ["password", "aws_secret_key", "db.password", "X-Api-Key"])
def test_settings_that_begin_as_a_mail_does_are_read(name: str) -> None:
    found = read(f"{name}: {SECRET}\nContent-Transfer-Encoding: 8bit\n\nbody\n".encode())
    assert found is not None
    assert f"{name}: {SECRET}" in found.texts


def test_headers_that_programs_write_are_left_out() -> None:
    found = read(b"X-Spam-Score: 1\r\n" + mail(b"QQ=="))
    assert found is not None
    assert "Spam" not in found.told
