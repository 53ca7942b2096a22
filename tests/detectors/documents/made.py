"""Documents as programs write them, small."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from email.message import EmailMessage
from struct import pack

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


def link(target: str) -> str:
    """Where a document leads to."""
    kind = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<R xmlns="{kind}"><Relationship Target="{target}" TargetMode="External"/></R>'


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


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file of small streams (MS-CFB): one sector of its table, all in the short ones."""
    sector, short = 512, 64
    small, table, rows = b"", [], []
    for name, content in streams.items():
        rows.append(_entry(name, 2, len(small) // short, len(content)))
        count = -(-len(content) // short)
        table += [*range(len(table) + 1, len(table) + count), 0xFFFFFFFE]
        small += content.ljust(count * short, b"\0")
    rows.insert(0, _entry("Root Entry", 5, 0, len(small)))

    def padded(data: bytes, fill: bytes = b"\0") -> bytes:
        return data.ljust(-(-len(data) // sector) * sector, fill)

    parts = [
        padded(small),
        padded(b"".join(rows)),
        padded(pack(f"<{len(table)}I", *table), b"\xff"),
    ]
    fat: list[int] = []
    starts = []
    for part in parts:
        starts.append(len(fat))
        fat += [*range(len(fat) + 1, len(fat) + len(part) // sector), 0xFFFFFFFE]
    fat_at = len(fat)
    parts.append(padded(pack(f"<{fat_at + 1}I", *fat, 0xFFFFFFFD), b"\xff"))
    rows[0] = _entry("Root Entry", 5, starts[0], len(small))
    parts[1] = padded(b"".join(rows))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += pack("<5H6xIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, starts[1], 0, 4096)
    head += pack("<4I", starts[2], 1, 0xFFFFFFFE, 0) + pack("<I", fat_at)
    return head.ljust(sector, b"\xff") + b"".join(parts)


def _entry(name: str, kind: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le")
    return pack("<64sHBB12s36xIQ", raw, len(raw) + 2, kind, 1, b"\xff" * 12, start, size)


def vba(source: str) -> bytes:
    """A project with one macro (MS-OVBA), which nothing was found to repeat in."""
    about = pack("<HIH", 3, 2, 1252) + pack("<HIIH", 9, 4, 1, 1)
    about += pack("<HI", 0x1A, 7) + b"Module1" + pack("<HII", 0x31, 4, 5)
    module = b"cache" + literal(source.encode("cp1252"))
    return compound({"PROJECT": b"Module=Module1", "dir": literal(about), "Module1": module})


def literal(data: bytes) -> bytes:
    """VBA's compressed container of bytes as they are."""
    rows = b"".join(b"\0" + data[i : i + 8] for i in range(0, len(data), 8))
    return b"\1" + pack("<H", 0xB000 | len(rows) - 1) + rows


def msg(subject: str, body: str, attached: bytes) -> bytes:
    """A message as Outlook keeps it."""
    return compound(
        {
            "__substg1.0_0037001F": subject.encode("utf-16-le"),
            "__substg1.0_1000001F": body.encode("utf-16-le"),
            "__substg1.0_37010102": attached,
        }
    )
