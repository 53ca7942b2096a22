"""Office and OpenDocument as one XML file: Word and Excel 2003, flat packages, flat OpenDocument.

Source: ECMA-376 part 2 (flat OPC is Word's own), WordprocessingML and SpreadsheetML of Office 2003,
OpenDocument 1.3 part 2, section 2.1.2. Misses: pictures beside text.
"""

import re
from binascii import Error, a2b_base64
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, tostring

from detectors.documents import office, opendocument, package
from detectors.documents.base import Budget, Document, gathered, plain, xml
from detectors.documents.office_text import local, said
from detectors.documents.rows import Rows

_HEAD_BYTES = 4096
_BEGINS = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\0?\s{0,16}<")
_KINDS = (
    b"urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    b"schemas.microsoft.com/office/word/2003/wordml",
    b"schemas.microsoft.com/office/2006/xmlPackage",
    b"urn:schemas-microsoft-com:office:spreadsheet",
)
_INDEX = "{urn:schemas-microsoft-com:office:spreadsheet}Index"
_ACROSS = "{urn:schemas-microsoft-com:office:spreadsheet}MergeAcross"
_NAME = "{urn:schemas-microsoft-com:office:spreadsheet}Name"
_LONGEST = 6
"""Digits of the number of a column."""
_OPEN = frozenset({"document", "document-content", "document-styles", "document-meta"})
_ROOTS = frozenset({"package", "Workbook", "wordDocument"}) | _OPEN
_SAID = frozenset({"t", "delText", "instrText", "binData", "binary-data", "binaryData"})
"""Elements whose text has been read: of words, and of files."""
_QUIET = re.compile(r"[0-9A-Fa-f.%-]{0,8}|\d+(?:pt|in|cm|mm)|[A-Za-z]+")
"""Attributes that say what numbers, colours, widths and names of styles do."""
_FILES = ("binData", "binary-data", "binaryData")
_TOO_MUCH = Document(unread=frozenset({"archive"}))


def is_one(data: bytes) -> bool:
    """XML that names one of these vocabularies where it begins."""
    if _BEGINS.match(data) is None:
        return False
    head = data[:_HEAD_BYTES].replace(b"\0", b"")
    return any(kind in head for kind in _KINDS)


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    if not budget.take(len(data)):
        return _TOO_MUCH
    return gathered(_parts(data, budget))


def _parts(data: bytes, budget: Budget) -> Iterator[Document]:
    try:
        root = xml(data)
    except ParseError:  # a text that shows how such a file begins
        root = None
    if root is None or local(root) not in _ROOTS:  # or a page about one
        yield plain(data)
        return
    files = list(_files(root, budget))
    told: list[Document] = []
    for part in _shown(root, budget):
        told.append(part)
        yield part
    yield from files
    yield Document(("\n".join(_left_over(root, data, told)),)).beside


def _shown(root: Element, budget: Budget) -> Iterator[Document]:
    """What it is read for, as what it is."""
    match local(root):
        case "package":
            entries = sorted(_entries(root), key=lambda entry: office.order(entry.name))
            yield from office.parts(entries, budget)
        case name if name in _OPEN:
            yield Document((opendocument.said(root),))
            yield Document(("\n".join(opendocument.aside(root)),)).beside
        case "Workbook":
            yield Document((_book(root),))
            yield Document((_others(root, {"Data"}),)).beside
        case "wordDocument":
            yield Document((said(root),))
            yield Document((_others(root, {"t", "delText", "instrText"}),)).beside
    yield Document(("\n".join(office.aside(root)),)).beside


def _left_over(root: Element, data: bytes, told: list[Document]) -> Iterator[str]:
    """What else stands in the file: models are given it as it is written, with its comments, its
    attributes and what stands between elements."""
    known = {word for part in told for text in part.texts for word in text.split()}
    for element in root.iter():
        name = local(element)
        if element.text and name not in _SAID and not known.issuperset(element.text.split()):
            yield element.text.strip()
        if element.tail and not known.issuperset(element.tail.split()):
            yield element.tail.strip()
        for key, value in element.attrib.items():
            if not _QUIET.fullmatch(value) and not known.issuperset(value.split()):
                known.update(value.split())
                yield f'{key.rpartition("}")[2]}="{value}"'
    for text in plain(data).texts:
        yield from _between(text, "<!--", "-->")
        yield from (said for said in _between(text, "<?", "?>") if not said.startswith("xml "))


def _between(text: str, begin: str, end: str) -> Iterator[str]:
    at = 0
    while (first := text.find(begin, at)) >= 0 and (last := text.find(end, first)) >= 0:
        yield text[first + len(begin) : last].strip()
        at = last


def _files(root: Element, budget: Budget) -> Iterator[Document]:
    """What lies in the file as base64, which is taken out of it."""
    for element in root.iter():
        if local(element) not in _FILES or local(root) == "package":
            continue
        text, element.text = element.text or "", None
        try:
            content = a2b_base64(text)
        except (Error, ValueError):
            yield Document((text,), frozenset({"damaged"}))
            continue
        if not budget.take(len(content)):
            yield _TOO_MUCH
            return
        yield package.beside_words(content, budget)


def _entries(root: Element) -> Iterator[package.Entry]:
    """The parts of a flat package, as they lie in one that is packed."""
    for part in root:
        name = next((v for k, v in part.attrib.items() if k.endswith("}name")), "").lstrip("/")
        for held in part:
            if local(held) == "binaryData":
                try:
                    yield package.Entry(name, a2b_base64(held.text or ""), frozenset())
                except (Error, ValueError):
                    yield package.Entry(name, b"", frozenset({"damaged"}))
            else:
                for content in held:
                    yield package.Entry(name, tostring(content), frozenset())


def _book(root: Element) -> str:
    """The sheets of a book of Excel 2003."""
    rows = Rows()
    for sheet in root.iter():
        if local(sheet) == "Worksheet":
            rows.say(f"{sheet.get(_NAME, '')}\n")
        for row in sheet if local(sheet) == "Table" else ():
            before = 0
            for cell in row:
                column = _number(cell.get(_INDEX, ""), before + 1)
                rows.skip(column - before - 1)
                across = _number(cell.get(_ACROSS, ""), 0) + 1
                rows.cell_begins()
                for held in cell:
                    if local(held) == "Data":
                        rows.say("".join(held.itertext()).removesuffix("T00:00:00.000"))
                rows.cell_ends(across)
                before = max(before, column + across - 1)
            rows.row_ends()
        for note in sheet if local(sheet) == "Comment" else ():
            rows.new_line()
            rows.say("".join(note.itertext()) + "\n")
    return rows.text()


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < _LONGEST else otherwise


def _others(root: Element, read: set[str]) -> str:
    """What elements say that are not among the `read` ones: properties, settings."""
    texts = ("" if local(e) in read else e.text for e in root.iter())
    tails = (e.tail for e in root.iter())
    return "\n".join(text.strip() for text in (*texts, *tails) if text and text.strip())
