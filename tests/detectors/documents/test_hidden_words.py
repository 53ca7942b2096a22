"""Words that stand beside a document's text are read: they leave with the file."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pypdf
import pytest
import xlsxwriter
from pypdf.annotations import FreeText, Link
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from detectors.documents import Budget, read
from tests.detectors.documents import made

SECRET = "the marker is ÄÖ-4711"

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(inside: str) -> bytes:
    """A text with this in its body."""
    body = f"<w:document {_W}><w:body><w:p><w:r><w:t>x</w:t></w:r>{inside}</w:p></w:body>"
    return made.docx(more={"word/document.xml": f"{body}</w:document>"})


def part(name: str, content: str) -> bytes:
    """A text with another part."""
    return made.docx("x", more={name: content})


def workbook(fill: Callable[[Any, Any], object]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Front")
        sheet.write(0, 0, "x")
        fill(book, sheet)
    return out.getvalue()


OFFICE = {
    "alternative text": word(f'<w:drawing><wp:docPr xmlns:wp="wp" descr="{SECRET}"/></w:drawing>'),
    "author of a change": word(f'<w:ins w:author="{SECRET}"><w:r><w:t>y</w:t></w:r></w:ins>'),
    "field": word(f'<w:fldSimple w:instr="{SECRET}"/>'),
    "word art": word(f'<v:textpath xmlns:v="v" string="{SECRET}"/>'),
    "choice of a form": word(f'<w:sdt><w:listItem w:displayText="{SECRET}" w:value="1"/></w:sdt>'),
    "help of a form": word(f'<w:ffData><w:helpText w:val="{SECRET}"/></w:ffData>'),
    "hyphen that does not break": word(
        "<w:r><w:t>the marker is ÄÖ</w:t><w:noBreakHyphen/><w:t>4711</w:t></w:r>"
    ),
    "text of many levels": word("<w:p>" * 3_000 + f"<w:t>{SECRET}</w:t>" + "</w:p>" * 3_000),
    "variable": part(
        "word/settings.xml",
        f'<w:s {_W}><w:docVar w:name="a" w:val="{SECRET}"/></w:s>',
    ),
    "source of a serial letter": part(
        "word/settings.xml", f'<w:s {_W}><w:query w:val="{SECRET}"/></w:s>'
    ),
    "company": part("docProps/app.xml", f"<Properties><Company>{SECRET}</Company></Properties>"),
    "part that begins as a text does": part("word/new.xml", f"<sld><b>{SECRET}</b></sld>"),
    "data that begins as a sheet does": part(
        "customXml/item1.xml", f"<worksheet><b>{SECRET}</b></worksheet>"
    ),
    "part that begins as a sheet does": part("a/b.xml", f"<worksheet><b>{SECRET}</b></worksheet>"),
    "part that begins as strings do": part("a/b.xml", f"<sst><b>{SECRET}</b></sst>"),
    "text of a name of its own": part(
        "word/document2.xml", "<document><t>the mar</t><t>ker is ÄÖ-4711</t></document>"
    ),
    "picture of words": part("word/media/image1.svg", f"<svg><text>{SECRET}</text></svg>"),
    "text among pictures": part("word/media/notes.txt", SECRET),
    "author of comments": part("ppt/commentAuthors.xml", f'<a><cmAuthor name="{SECRET}"/></a>'),
    "name of a property": part(
        "docProps/custom.xml", f'<p><property name="{SECRET}"><v>1</v></property></p>'
    ),
    "copy in a pivot table": part(
        "xl/pivotCache/pivotCacheDefinition1.xml", f'<c><s v="{SECRET}"/></c>'
    ),
    "database of a sheet": part("xl/connections.xml", f'<c><dbPr connection="{SECRET}"/></c>'),
    "text of a damaged part": part("word/document.xml", f"<a>{SECRET}"),
    "strings that no cell shows": part(
        "xl/sharedStrings.xml", f"<sst><si><t>{SECRET}</t></si></sst>"
    ),
    "comment on a cell": workbook(lambda _, s: s.write_comment("A1", SECRET)),
    "author of a comment on a cell": workbook(
        lambda _, s: s.write_comment("A1", "x", {"author": SECRET})
    ),
    "hint of a cell": workbook(
        lambda _, s: s.data_validation("A1", {"validate": "any", "input_message": SECRET})
    ),
    "header of a sheet": workbook(lambda _, s: s.set_header(f"&L{SECRET}")),
    "name of a constant": workbook(lambda b, _: b.define_name("Marker", f'="{SECRET}"')),
    "formula": workbook(lambda _, s: s.write_formula("A2", f'=LEN("{SECRET}")', None, 21)),
    "tip of a link": workbook(
        lambda _, s: s.write_url("A1", "https://example.com/", tip=SECRET)
    ),
    "text box of a sheet": workbook(lambda _, s: s.insert_textbox("A1", SECRET)),
}  # fmt: skip

_TEXT = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
_FORM = 'xmlns:form="urn:oasis:names:tc:opendocument:xmlns:form:1.0"'


def odf(inside: str, more: dict[str, str] | None = None) -> bytes:
    content = f"<c {_TEXT} {_FORM}><text:p>x{inside}</text:p></c>"
    files = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content}
    return made.zipped({**files, **(more or {})})


OPEN = {
    "hidden text": odf(f'<text:hidden-text text:string-value="{SECRET}"/>'),
    "field of a form": odf(f'<form:text form:current-value="{SECRET}"/>'),
    "value of a form": odf(f'<form:hidden form:value="{SECRET}"/>'),
    "formula of a table": odf(f"<a formula='of:=LEN(\"{SECRET}\")'/>"),
    "note": odf(f"<annotation><text:p>{SECRET}</text:p></annotation>"),
    "many levels": odf("<text:span>" * 3_000 + SECRET + "</text:span>" * 3_000),
    "object with a picture of it": odf(
        SECRET, {"ObjectReplacements/Object 1": "\1\2", "Thumbnails/thumbnail.png": "\1"}
    ),
    "damaged part": odf("", {"meta.xml": f"<a>{SECRET}"}),
}


def mail(change: Callable[[EmailMessage], object]) -> bytes:
    message = EmailMessage()
    message["Message-ID"] = "<1@example.com>"
    message.set_content("x")
    change(message)
    return message.as_bytes()


def forwarded(message: EmailMessage) -> None:
    inner = EmailMessage()
    inner["Subject"] = SECRET
    inner.set_content("y")
    message.add_attachment(inner)


RAW = b"Message-ID: <1@example.com>\r\n"
MAILS = {
    "subject of a mail in a mail": mail(forwarded),
    "keywords": mail(lambda m: m.add_header("Keywords", SECRET)),
    "subject as it is": RAW + f"Subject: {SECRET}\r\n\r\nx".encode(),
    "subject of two lines": RAW + "Subject: the marker is\r\n ÄÖ-4711\r\n\r\nx".encode(),
    "before the parts": RAW
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + f"{SECRET}\r\n--b\r\n\r\nx\r\n--b--\r\n".encode(),
    "behind the parts": RAW
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + f"--b\r\n\r\nx\r\n--b--\r\n{SECRET}\r\n".encode(),
    "letters of an unknown alphabet": RAW
    + f"Content-Type: text/plain; charset=klingon\r\n\r\n{SECRET}".encode(),
    "document that is declared to be text": mail(
        lambda m: m.add_attachment(made.docx(SECRET), "text", "plain")
    ),
    "second mail of a file": b"From a@example.com Sun Nov 29 2026\n"
    + RAW
    + b"\r\nx\r\n\nFrom b@example.com Sun Nov 29 2026\n"
    + mail(lambda m: m.add_attachment(made.docx(SECRET), "text", "plain")),
}


def stored(change: Callable[[zipfile.ZipFile], object]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
        change(archive)
    return out.getvalue()


def twice(archive: zipfile.ZipFile) -> None:
    archive.writestr("b.txt", SECRET)
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("b.txt", "y")


def commented(archive: zipfile.ZipFile) -> None:
    archive.comment = SECRET.encode()


def taped(entry: tarfile.TarInfo, content: bytes = b"") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def linked() -> tarfile.TarInfo:
    entry = tarfile.TarInfo("a")
    entry.type, entry.linkname = tarfile.SYMTYPE, SECRET
    return entry


def remarked() -> tarfile.TarInfo:
    entry = tarfile.TarInfo("a")
    entry.pax_headers = {"comment": SECRET}
    return entry


def named_gzip() -> bytes:
    head = bytearray(gzip.compress(b"x"))
    head[3] |= 8
    return bytes(head[:10]) + SECRET.encode("latin-1") + b"\0" + bytes(head[10:])


ARCHIVES = {
    "first of two files of one name": stored(twice),
    "comment of an archive": stored(commented),
    "archive before an archive": made.zipped({"a.txt": SECRET}) + made.zipped({"b.txt": "y"}),
    "where a link leads": taped(linked()),
    "comment in a tape": taped(remarked()),
    "name in gzip": named_gzip(),
    "many members": gzip.compress(b"") * 500 + gzip.compress(SECRET.encode()),
    "fill of a tape": gzip.compress(SECRET.encode()) + bytes(1_000),
}


def pdf(change: Callable[[pypdf.PdfWriter], object]) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(made.pdf("a page with a text of its own")))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def put(
    key: str, value: Any, more: dict[str, Any] | None = None
) -> Callable[[pypdf.PdfWriter], object]:
    """What the root of a file leads to."""
    named = DictionaryObject({NameObject(k): v for k, v in {key: value, **(more or {})}.items()})
    return lambda w: w.root_object.update({NameObject("/Penstock"): w._add_object(named)})


def noted(writer: pypdf.PdfWriter, note: DictionaryObject) -> None:
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(note)])


def stamp(writer: pypdf.PdfWriter) -> None:
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
        }
    )
    looks = DecodedStreamObject()
    looks.set_data(b"BT /F 12 Tf (" + SECRET.encode("cp1252") + b") Tj ET")
    looks[NameObject("/Subtype")] = NameObject("/Form")
    looks[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F"): font})}
    )
    shown = DictionaryObject({NameObject("/N"): writer._add_object(looks)})
    kind = NameObject("/Stamp")
    noted(writer, DictionaryObject({NameObject("/Subtype"): kind, NameObject("/AP"): shown}))


def drawn(how: bytes) -> Callable[[pypdf.PdfWriter], object]:
    """Words on the page, as small as `how` says."""

    def put_there(writer: pypdf.PdfWriter) -> None:
        stamp(writer)
        (note,) = writer.pages[0]["/Annots"]
        looks = note.get_object()["/AP"]["/N"].get_object()
        page = DecodedStreamObject()
        page.set_data(SEEN + how.replace(b"Tj", b"(" + SECRET.encode("cp1252") + b") Tj"))
        writer.pages[0][NameObject("/Resources")] = looks["/Resources"]
        writer.pages[0][NameObject("/Contents")] = writer._add_object(page)
        del writer.pages[0]["/Annots"]

    return put_there


def attached_to_a_note(writer: pypdf.PdfWriter) -> None:
    file = DecodedStreamObject()
    file.set_data(made.docx(SECRET))
    files = DictionaryObject({NameObject("/F"): writer._add_object(file)})
    note = DictionaryObject(
        {
            NameObject("/Subtype"): NameObject("/FileAttachment"),
            NameObject("/FS"): DictionaryObject({NameObject("/EF"): files}),
        }
    )
    noted(writer, note)


def chosen(writer: pypdf.PdfWriter) -> None:
    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Ch"),
            NameObject("/T"): TextStringObject("choice"),
            NameObject("/V"): ArrayObject([TextStringObject("x"), TextStringObject(SECRET)]),
        }
    )
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([writer._add_object(field)])})
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(form)


def xfa(writer: pypdf.PdfWriter) -> None:
    data = DecodedStreamObject()
    data.set_data(f"<a>{SECRET}</a>".encode())
    parts = ArrayObject([TextStringObject("datasets"), writer._add_object(data)])
    form = DictionaryObject({NameObject("/Fields"): ArrayObject(), NameObject("/XFA"): parts})
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(form)


BOX = (0, 0, 100, 100)
SEEN = b"BT /F 12 Tf 9 50 Td (what is seen) Tj ET "
PDFS = {
    "note": pdf(lambda w: w.add_annotation(0, FreeText(text=SECRET, rect=BOX))),
    "link": pdf(lambda w: w.add_annotation(0, Link(rect=BOX, url=SECRET))),
    "stamp": pdf(stamp),
    "file in a note": pdf(attached_to_a_note),
    "chapter": pdf(lambda w: w.add_outline_item(title=SECRET, page_number=0)),
    "script": pdf(put("/JS", TextStringObject(SECRET))),
    "several choices": pdf(chosen),
    "form as xml": pdf(xfa),
    "alternative text in a pdf": pdf(put("/Alt", TextStringObject(SECRET))),
    "reason of a signature": pdf(
        put("/Reason", TextStringObject(SECRET), {"/ByteRange": ArrayObject()})
    ),
    "text of no size": pdf(drawn(b"BT /F 0 Tf 9 9 Td Tj ET")),
    "text of no width": pdf(drawn(b"BT /F 12 Tf 0 Tz 9 9 Td Tj ET")),
    "text drawn to a point": pdf(drawn(b"q .0001 0 0 .0001 9 9 cm BT /F 12 Tf Tj ET Q")),
    "options": pdf(put("/Opt", ArrayObject([NumberObject(1), TextStringObject(SECRET)]))),
}
HIDDEN = OFFICE | OPEN | MAILS | ARCHIVES | PDFS
DAMAGED = ("text of a damaged part", "damaged part")


@pytest.mark.parametrize("name", HIDDEN)
def test_words_beside_the_text_are_read(name: str) -> None:
    found = read(HIDDEN[name])
    assert found is not None
    assert SECRET in "\n".join(found.texts)
    assert found.unread == ({"damaged"} if name in DAMAGED else set())


def test_a_text_of_a_page_is_read_once() -> None:
    found = read(made.pdf(SECRET, attached=b"y"))
    assert found is not None
    assert "\n".join(found.texts).count(SECRET) == 1


def test_a_text_that_many_objects_bear_is_read_once() -> None:
    links = pdf(lambda w: [w.add_annotation(0, Link(rect=BOX, url=SECRET)) for _ in range(3)])
    found = read(links)
    assert found is not None
    assert "\n".join(found.texts).count(SECRET) == 1


def _sealed(data: bytes) -> bytes:
    """Says of each file that it has a password."""
    out = bytearray(data)
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := out.find(sign, start + 1)) >= 0:
            out[start + at] |= 1
    return bytes(out)


def _spoilt(data: bytes) -> bytes:
    """With a wrong byte in the first file."""
    out = bytearray(data)
    out[36] ^= 0xFF
    return bytes(out)


def _with_a_gap(data: bytes) -> bytes:
    """With bytes between the files of an archive and its directory."""
    gap, start = b"something else lies here, and nobody says so", data.index(b"PK\x01\x02")
    out = bytearray(data[:start] + gap + data[start:])
    out[-6:-2] = (start + len(gap)).to_bytes(4, "little")
    return bytes(out)


def _page_of(contents: bytes, kind: str = "") -> bytes:
    """A page drawn by this, in letters of a font that nobody knows."""

    def change(writer: pypdf.PdfWriter) -> None:
        drawn = StreamObject()
        drawn._data = contents
        if kind:
            drawn[NameObject("/Filter")] = NameObject(kind)
        writer.pages[0][NameObject("/Contents")] = writer._add_object(drawn)
        writer.pages[0][NameObject("/Resources")] = DictionaryObject()

    return pdf(change)


def _without_letters() -> bytes:
    """A page whose fonts do not say which letters their shapes are."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(made.pdf(SECRET)))
    for thing in filter(None, writer._objects):
        if isinstance(font := thing.get_object(), DictionaryObject):
            font.pop("/ToUnicode", None)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _without_pages() -> bytes:
    out = io.BytesIO()
    pypdf.PdfWriter().write(out)
    return out.getvalue()


PAGE = b"BT /F 12 Tf (a text) Tj ET"
BROKEN = {
    "page that is cut": (
        _page_of(zlib.compress(PAGE * 90)[:-20], "/FlateDecode"), {"damaged"},
    ),
    "page whose sum is wrong": (
        _page_of(zlib.compress(PAGE)[:-4] + b"abcd", "/FlateDecode"), {"damaged"},
    ),
    "letters that are none": (_page_of(b"BT /F 12 Tf (\1\2\3\4) Tj ET"), {"image"}),
    "letters that a font numbers": (_without_letters(), {"image"}),
    "drawing without letters": (_page_of(b"0 0 9 9 re f"), set()),
    "pdf without pages": (_without_pages(), {"damaged"}),
    "rich text that is cut": (made.rtf(SECRET)[:-1], {"damaged"}),
    "compound file of nothing": (made.compound({}), {"damaged"}),
    "file without a name": (made.zipped({"": b"\0\1"}), {"file"}),
    "word with passwords in its archive": (_sealed(made.docx(SECRET)), {"encrypted"}),
    "odt with passwords in its archive": (_sealed(made.odt(SECRET)), {"encrypted"}),
    "film in slides": (part("ppt/media/film.mp4", "\0\1\2"), {"file"}),
    "rest behind a tape": (made.tar({"a": b"x"}) + b"more than nothing", {"file"}),
    "bytes before an archive's directory": (_with_a_gap(made.zipped({"a": "x"})), {"file"}),
    "two bombs": (
        made.zipped({f"{i}.gz": gzip.compress(bytes(20 << 20)) for i in range(3)}),
        {"archive", "file"},
    ),
    "dictionary of xz": (
        lzma.compress(
            b"x",
            filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 27}],
        ),
        {"damaged"},
    ),
    "more members than files": (gzip.compress(b"") * 1_200, {"archive"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_left_out_is_told(name: str) -> None:
    data, unread = BROKEN[name]
    found = read(data)
    assert found is not None
    assert found.unread == unread


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_what_comes_before_the_damage_is_read(pack: Callable[[bytes], bytes]) -> None:
    found = read(pack(SECRET.encode()) + b"no member")
    assert found is not None
    assert found.texts[0] == SECRET
    assert found.unread == {"damaged"}


def test_files_beside_a_damaged_one_are_read() -> None:
    found = read(_spoilt(made.zipped({"a.txt": "x" * 99, "b.txt": SECRET})))
    assert found is not None
    assert SECRET in found.texts
    assert "damaged" in found.unread


def test_an_archive_is_unpacked_to_one_limit_for_all_in_it() -> None:
    budget = Budget()
    read(made.zipped({f"{i}.gz": gzip.compress(bytes(20 << 20)) for i in range(9)}), budget)
    assert budget.size_bytes < 0
