"""Documents as programs write them, small."""

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile
from email.message import EmailMessage
from itertools import accumulate, pairwise
from struct import pack

import pypdf
import weasyprint
import xlsxwriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

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


def set_apart(text: str) -> bytes:
    """A PDF as TeX makes it: its words stand apart, and no blank is between them."""
    words = text.split(" ")
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("".join(words))))
    drawn = writer.pages[0].get_contents()
    assert drawn is not None
    first, *shapes = re.split(rb"(?<=>)0(?=<)", drawn.get_data())
    ends = set(accumulate(map(len, words[:-1])))
    gaps = (b"-230" if i in ends else b"0" for i in range(1, len(shapes) + 1))
    drawn.set_data(first + b"".join(gap + shape for gap, shape in zip(gaps, shapes, strict=True)))
    writer.pages[0][NameObject("/Contents")] = writer._add_object(drawn)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def widened(text: str) -> bytes:
    """A PDF as programs make it that read scans: each word is set as wide as it is on paper."""
    drawn = b"BT /F 12 Tf 50 700 Td "
    for word in re.findall(r"\s*\S+", text):
        for letters, apart in ((word[:-1], 4), (word[-1], 0)):
            drawn += b"%d Tc <%s> Tj " % (apart, letters.encode("cp1252").hex().encode())
    content = DecodedStreamObject()
    content.set_data(drawn + b"ET")
    font = DictionaryObject()
    for key, name in (("Type", "Font"), ("Subtype", "Type1"), ("BaseFont", "Helvetica"),
                      ("Encoding", "WinAnsiEncoding")):  # fmt: skip
        font[NameObject(f"/{key}")] = NameObject(f"/{name}")
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(600, 800)
    fonts = DictionaryObject({NameObject("/F"): font})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    page[NameObject("/Contents")] = writer._add_object(content)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # OpenDocument asks for this file as it is
            packed = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, packed)
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


def compound(streams: dict[str, bytes], *, orphans: bool = False) -> bytes:
    """A compound file (MS-CFB); a stream's name may begin with those of storages, `VBA/dir`.

    `orphans`: the directory leads to none of its entries.
    """
    short, small, table = 64, b"", list[int]()
    parts: list[bytes] = []
    fat: list[int] = []

    def put(content: bytes, fill: bytes = b"\0") -> int:
        start, count = len(fat), -(-len(content) // 512)
        parts.append(content.ljust(count * 512, fill))
        fat.extend([*range(start + 1, start + count), 0xFFFFFFFE] if count else [])
        return start

    rows: list[tuple[str, int, int, int]] = [("Root Entry", 5, 0, 0)]
    children: dict[int, list[int]] = {0: []}
    storages = {"": 0}
    for path, content in streams.items():
        *above, name = path.split("/")
        at = 0
        for depth, storage in enumerate(above, 1):
            full = "/".join(above[:depth])
            if full not in storages:
                storages[full] = len(rows)
                children[at].append(len(rows))
                children[len(rows)] = []
                rows.append((storage, 1, 0, 0))
            at = storages[full]
        children[at].append(len(rows))
        if len(content) >= 4096:
            start = put(content)
        else:
            start, count = len(small) // short, -(-len(content) // short)
            table += [*range(start + 1, start + count), 0xFFFFFFFE] if count else []
            small += content.ljust(count * short, b"\0")
        rows.append((name, 2, start, len(content)))
    rows[0] = ("Root Entry", 5, put(small), len(small))
    none = 0xFFFFFFFF
    right = {a: b for row in children.values() for a, b in pairwise(row)}
    child = {number: row[0] for number, row in children.items() if row and not orphans}
    directory = put(
        b"".join(_entry(*row, right.get(i, none), child.get(i, none)) for i, row in enumerate(rows))
    )
    small_table = put(pack(f"<{len(table)}I", *table), b"\xff")
    tables = -(-(len(fat) + 1) // 127)
    at = len(fat)
    fat += [0xFFFFFFFD] * tables
    parts.append(pack(f"<{len(fat)}I", *fat).ljust(tables * 512, b"\xff"))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += pack("<5H6xIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, directory, 0, 4096)
    head += pack("<4I", small_table, 1, 0xFFFFFFFE, 0) + pack(f"<{tables}I", *range(at, len(fat)))
    return head.ljust(512, b"\xff") + b"".join(parts)


def _entry(name: str, kind: int, start: int, size: int, right: int, child: int) -> bytes:
    raw = name.encode("utf-16-le")
    links = pack("<III", 0xFFFFFFFF, right, child)
    return pack("<64sHBB12s36xIQ", raw, len(raw) + 2, kind, 1, links, start, size)


def native(name: str, content: bytes) -> bytes:
    """A file that was put into a document (MS-OLEDS), as it lies in a stream of its own."""
    path = f"C:\\{name}\0".encode()
    inside = pack("<H", 2) + name.encode() + b"\0" + path
    inside += pack("<II", 0x30000, len(path)) + path + pack("<I", len(content)) + content
    return pack("<I", len(inside)) + inside


def embedded(kind: str, content: bytes) -> bytes:
    """An object as Rich Text keeps it."""
    named = pack("<I", len(kind) + 1) + kind.encode() + b"\0"
    return pack("<II", 0x501, 2) + named + bytes(8) + pack("<I", len(content)) + content


def vba(source: str) -> bytes:
    """A file that Office keeps macros in, with one."""
    return compound(project(source))


def project(source: str, above: str = "") -> dict[str, bytes]:
    """The streams of a project with one macro (MS-OVBA), which nothing was found to repeat in."""
    about = pack("<HIH", 3, 2, 1252) + pack("<HIIH", 9, 4, 1, 1)
    about += pack("<HI", 0x1A, 7) + b"Module1" + pack("<HII", 0x31, 4, 5)
    module = b"cache" + literal(source.encode("cp1252"))
    return {
        f"{above}PROJECT": b"Module=Module1",
        f"{above}PROJECTwm": b"Module1\0M\0o\0d\0u\0l\0e\0001\0\0\0",
        f"{above}VBA/dir": literal(about),
        f"{above}VBA/Module1": module,
        f"{above}VBA/_VBA_PROJECT": b"\xcc\x61\xff\xff\0\0\0",
    }


def literal(data: bytes) -> bytes:
    """VBA's compressed container of bytes as they are."""
    out = b"\1"
    for at in range(0, len(data), 3640):  # with its flags a chunk has no more than 4096 bytes
        piece = data[at : at + 3640]
        rows = b"".join(b"\0" + piece[i : i + 8] for i in range(0, len(piece), 8))
        out += pack("<H", 0xB000 | len(rows) - 1) + rows
    return out


def msg(subject: str, body: str, attached: bytes, more: dict[str, bytes] | None = None) -> bytes:
    """A message as Outlook keeps it."""
    streams = {
        "__properties_version1.0": bytes(32) + pack("<IIQ", 0x3FFD0003, 6, 1252),
        "__substg1.0_0037001F": subject.encode("utf-16-le"),
        "__substg1.0_1000001F": body.encode("utf-16-le"),
        "__attach_version1.0_#00000000/__substg1.0_37010102": attached,
    }
    return compound(streams | (more or {}))


def lzfu(text: bytes) -> bytes:
    """Rich text as Outlook packs it (MS-OXRTFCP), in which nothing was found to repeat."""
    end = (207 + len(text)) % 4096 << 4
    last = len(text) // 8 * 8
    packed = b"".join(b"\0" + text[i : i + 8] for i in range(0, last, 8))
    packed += bytes([1 << len(text) - last]) + text[last:] + pack(">H", end)
    return pack("<II4sI", len(packed) + 12, len(text), b"LZFu", 0) + packed
