"""Documents as programs write them, small."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from email.message import EmailMessage

import pypdf
import weasyprint
import xlsxwriter

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_TEXT = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
_OFFICE = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def pdf(text: str, *, password: str = "", attached: bytes = b"", title: str = "") -> bytes:
    page = weasyprint.HTML(string=f"<title>{title}</title><p>{text}")
    plain = page.write_pdf()
    if not (password or attached):
        return bytes(plain)
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(plain))
    if attached:
        writer.add_attachment("attached.bin", attached)
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(*runs: str, more: dict[str, str | bytes] | None = None) -> bytes:
    """One paragraph of several runs, as Word cuts what was edited."""
    said = "".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs)
    body = f"<w:document {_W}><w:body><w:p>{said}</w:p></w:body></w:document>"
    return zipped({"[Content_Types].xml": _TYPES, "word/document.xml": body, **(more or {})})


def docx_comment(text: str) -> str:
    said = f"<w:comment><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:comment>"
    return f"<w:comments {_W}>{said}</w:comments>"


def pptx(text: str) -> bytes:
    slide = f"<p:sld xmlns:p='p' {_A}><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>"
    return zipped({"[Content_Types].xml": _TYPES, "ppt/slides/slide1.xml": slide})


def xlsx(rows: list[list[str | int]], *, hidden: bool = False) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("Front")
        sheet = book.add_worksheet("Customers")
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
        if hidden:
            sheet.hide()
    return out.getvalue()


def odt(text: str) -> bytes:
    content = (
        f"<office:document-content {_OFFICE} {_TEXT}><office:body><text:p>{text}"
        "<text:span> and more</text:span></text:p></office:body></office:document-content>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def mail(text: str, attached: bytes = b"", name: str = "a.bin") -> bytes:
    message = EmailMessage()
    message["Message-ID"] = "<1@example.com>"
    message["From"] = "Erika <erika@example.com>"
    message["Subject"] = "Grüße"
    message.set_content(text)
    if attached:
        message.add_attachment(attached, "application", "octet-stream", filename=name)
    return message.as_bytes()


def tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def rtf(text: str) -> bytes:
    escaped = "".join(c if c.isascii() else f"\\u{ord(c)}?" for c in text)
    return b"{\\rtf1\\ansi\\deff0 {\\fonttbl {\\f0 Arial;}}\\f0 " + escaped.encode() + b"\\par}"


PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}
