"""Documents show their texts, and say what in them nobody could read."""

import gzip

import pytest

from detectors.documents import Budget, plain, read
from tests.detectors.documents import made

SECRET = "the marker is ÄÖ-4711"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def said(data: bytes) -> str:
    found = read(data)
    assert found is not None
    return "\n".join(found.texts)


def unread(data: bytes) -> set[str]:
    found = read(data)
    assert found is not None
    return set(found.unread)


KINDS = {
    "pdf": made.pdf(SECRET),
    "title of a pdf": made.pdf("nothing", title=SECRET),
    "attachment of a pdf": made.pdf("see below", attached=made.docx(SECRET)),
    "pdf with a sign that its font lacks": made.pdf(f"{SECRET} \ue123"),
    "pdf with words set apart": made.set_apart(SECRET),
    "pdf with letters set apart, as of a scan": made.widened(SECRET),
    "docx": made.docx(SECRET),
    "docx in runs": made.docx("the mar", "ker is ", "ÄÖ-", "4711"),
    "comment in a docx": made.docx("x", more={"word/comments.xml": made.docx_comment(SECRET)}),
    "object in a docx": made.docx("x", more={"word/embeddings/a.xlsx": made.xlsx([[SECRET]])}),
    "file put into a docx": made.docx("x", more={"word/notes.txt": SECRET}),
    "unknown part of a docx": made.docx("x", more={"word/new.xml": f"<a><b>{SECRET}</b></a>"}),
    "macro in a docx": made.docx("x", more={"word/vbaProject.bin": made.vba(f"a = '{SECRET}")}),
    "link in a docx": made.docx("x", more={"word/_rels/document.xml.rels": made.link(SECRET)}),
    "pptx": made.pptx(SECRET),
    "xlsx": made.xlsx([["a", SECRET], [1, 2]]),
    "hidden sheet": made.xlsx([["a", SECRET]], hidden=True),
    "odt": made.odt(SECRET),
    "odt that was packed anew": made.zipped(
        {
            "content.xml": (
                '<c xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
                "<text:p>the mar<text:span>ker is ÄÖ</text:span>-4711</text:p></c>"
            ),
            "styles.xml": "<s/>",
            "META-INF/manifest.xml": "<m/>",
            "mimetype": "application/vnd.oasis.opendocument.text",
        }
    ),
    "mail": made.mail(SECRET),
    "attachment of a mail": made.mail("see below", made.pdf(SECRET)),
    "name of an attachment": made.mail("see below", b"x", name=f"{SECRET}.txt"),
    "outlook message": made.msg("hello", SECRET, b"x"),
    "attachment of an outlook message": made.msg("hello", "see below", made.docx(SECRET)),
    "rtf": made.rtf(SECRET),
    "zip": made.zipped({"a/b.txt": SECRET}),
    "zip in a zip": made.zipped({"a.zip": made.zipped({"b.docx": made.docx(SECRET)})}),
    "name in a zip": made.zipped({f"{SECRET}.txt": ""}),
    "tar": made.tar({"a.csv": SECRET.encode()}),
    "tar.gz": gzip.compress(made.tar({"a.eml": made.mail(SECRET)})),
    "utf-16 in a zip": made.zipped({"a.txt": SECRET.encode("utf-16")}),
    **{name: pack(SECRET.encode()) for name, pack in made.PACKERS.items()},
}


@pytest.mark.parametrize("name", KINDS)
def test_what_a_document_says_is_read(name: str) -> None:
    assert SECRET in said(KINDS[name])
    assert unread(KINDS[name]) == set()


def test_a_row_of_a_sheet_is_one_line() -> None:
    text = said(made.xlsx([["Surname", "Born"], ["Mustermann", "12.08.1964"]]))

    assert "Surname\tBorn\nMustermann\t12.08.1964" in text
    assert "Customers" in text


def test_members_of_gzip_behind_one_another_are_all_read() -> None:
    assert "one two" in said(gzip.compress(b"one ") + gzip.compress(b"two"))


UNREAD = {
    "pdf with a password": (made.pdf(SECRET, password="x"), {"encrypted"}),
    "cut pdf": (made.pdf(SECRET)[:200], {"damaged"}),
    "cut zip": (made.zipped({"a": SECRET})[:-30], {"damaged"}),
    "cut gzip": (gzip.compress(SECRET.encode() * 50)[:-12], {"damaged"}),
    "docx that is no xml": (
        made.zipped({"[Content_Types].xml": "", "word/document.xml": "<w"}),
        {"damaged"},
    ),
    "docx with entities": (
        made.zipped(
            {
                "[Content_Types].xml": "",
                "word/document.xml": '<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><a>&c;</a>',
            }
        ),
        {"damaged"},
    ),
    "docx of pictures": (made.docx("", more={"word/media/image1.png": PNG}), {"image"}),
    "office with a password": (made.compound({"EncryptedPackage": b"x"}), {"encrypted"}),
    "old word": (made.compound({"WordDocument": SECRET.encode("utf-16-le")}), {"file"}),
    "cut compound file": (made.vba("Sub a")[:1400], {"damaged"}),
    "picture in a zip": (made.zipped({"a.png": PNG}), {"file"}),
    "bomb": (gzip.compress(bytes(40 * 1024 * 1024)), {"archive"}),
    "bomb in a zip": (made.zipped({"a": bytes(40 * 1024 * 1024)}), {"archive"}),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_cannot_be_read_is_said(name: str) -> None:
    data, expected = UNREAD[name]

    assert unread(data) == expected


def test_a_text_that_begins_like_a_document_is_read_all_the_same() -> None:
    found = read(f"what does %PDF-1.7 mean? {SECRET}".encode())

    assert found is not None
    assert SECRET in "\n".join(found.texts)
    assert found.unread == {"damaged"}


def test_archives_are_opened_to_a_limit() -> None:
    data = SECRET.encode()
    for _ in range(6):
        data = made.zipped({"a.zip": data})
    found = read(data)

    assert found is not None
    assert SECRET not in "".join(found.texts)
    assert found.unread == {"archive"}


def test_an_upload_of_many_files_is_read_to_a_limit() -> None:
    found = read(made.zipped({f"{i}.txt": "x" for i in range(30)}), Budget(files=20))

    assert found is not None
    assert found.unread == {"archive"}


@pytest.mark.parametrize(
    "data", [b"", b"plain text", b'{"a": 1}', PNG, b"Note: this is no mail\n\n", b"From here on"]
)
def test_what_is_no_document_is_left_to_others(data: bytes) -> None:
    assert read(data) is None


PROPERTIES = "<cp:coreProperties><dc:creator>Ada Lovelace</dc:creator></cp:coreProperties>".replace(
    "<cp:coreProperties>", '<cp:coreProperties xmlns:cp="c" xmlns:dc="d">'
)


@pytest.mark.parametrize(
    ("program", "is_said"),
    [
        ("Microsoft Excel", False),
        ("Microsoft Macintosh Word", False),
        ("LibreOffice/7.4.7.2$Linux_X86_64", False),
        ("Microsoft Excel for Ada Lovelace", True),
        ("Ada Lovelace", True),
    ],
)
def test_which_program_wrote_a_file_is_not_said_of_anybody(program: str, is_said: bool) -> None:
    about = f"<Properties><Application>{program}</Application></Properties>"
    document = read(made.docx("We meet.", more={"docProps/app.xml": about}))
    assert document is not None
    assert any(program in text for text in document.texts) is is_said


@pytest.mark.parametrize(
    ("data", "said", "beside"),
    [
        (made.pdf("We meet on Monday.", title="Agenda 7"), "We meet on Monday.", "Agenda 7"),
        (
            made.docx("We meet on Monday.", more={"docProps/core.xml": PROPERTIES}),
            "We meet on Monday.",
            "Ada Lovelace",
        ),
        (
            made.zipped({"a.docx": made.docx("We meet.", more={"docProps/core.xml": PROPERTIES})}),
            "We meet.",
            "Ada Lovelace",
        ),
    ],
    ids=["pdf", "docx", "docx in zip"],
)
def test_what_stands_beside_the_text_is_told_apart(data: bytes, said: str, beside: str) -> None:
    document = read(data)
    assert document is not None
    text, label, rest = document.told.partition("[Beside the text of the file: ")
    assert label
    assert (said in text, beside in text) == (True, False)
    assert (said in rest, beside in rest) == (False, True)
    assert any(beside in one for one in document.texts)
    assert plain(b"We meet.").told == "We meet."
