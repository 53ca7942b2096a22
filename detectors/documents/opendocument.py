"""OpenDocument texts, sheets and slides: content, styles (headers, footers) and properties.

What attributes say is read too: values of cells and fields, formulas, links, names.
Source: OASIS OpenDocument 1.3, part 2 (packages) and part 3 (schema).
Misses: words in pictures beside other text.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from detectors.documents import package, picture, read_anything
from detectors.documents.base import Budget, Document, gathered, letters, steps, xml
from detectors.documents.rows import Rows

_PARTS = ("content.xml", "styles.xml", "meta.xml")
_ENDS = {"p": "\n", "h": "\n", "line-break": "\n", "tab": "\t"}
_CELLS = ("table-cell", "covered-table-cell")
_REPEATED = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}number-columns-repeated"
_DIGITS = 6
"""No sheet has columns whose numbers are as long."""
_ATTRIBUTES = frozenset(
    {
        *("string-value", "string-value-if-true", "string-value-if-false", "current-value"),
        *("label", "title", "help-message", "connection-resource", "command", "author-name"),
    }
)
"""Local names of those that hold words."""
_FORM_VALUE = "{urn:oasis:names:tc:opendocument:xmlns:form:1.0}value"
_NAME = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}name"
_LITERAL = re.compile(r'"(?:[^"]|"")+"')
_PICTURES = ("Pictures/", "media/")
_MANIFEST = "META-INF/manifest.xml"
_SILENT = ("mimetype", "layout-cache")
"""Files of the package without words."""
_COPIES = ("Thumbnails/", "ObjectReplacements/")
"""Pictures of what is in the package anyway."""


def is_one(data: bytes) -> bool:
    """The first file of the package says what it is, uncompressed; where programs packed it anew,
    it has the files that each one has."""
    return package.is_one(data) and (
        (data.startswith(b"mimetype", 30) and b"application/vnd.oasis.opendocument" in data[:200])
        or all(package.has(data, part) for part in (_MANIFEST, "content.xml", "styles.xml"))
    )


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    return gathered(_parts(data, budget))


def _parts(data: bytes, budget: Budget) -> Iterator[Document]:
    has_text = False
    pictures: list[bytes] = []
    for name, content, unread in package.entries(
        data,
        budget,
        order=lambda name: (name != _MANIFEST, name.startswith(_COPIES)),
    ):
        yield Document(unread=unread)
        if name == _MANIFEST and b"encryption-data" in content:
            yield Document(unread=frozenset({"encrypted"}))
            return
        if name == _MANIFEST:
            continue
        if name in _SILENT or name.startswith(_COPIES):
            yield package.beside_words(content, budget)
        elif name.startswith(_PICTURES):
            pictures.append(content)
        elif name.rpartition("/")[2] not in _PARTS:
            yield read_anything(content, budget)
        elif (root := _root(content)) is None:
            if content:
                yield Document(letters(content), frozenset({"damaged"}))
        else:
            text = said(root)
            has_text = has_text or (name == "content.xml" and bool(text.strip()))
            shown = Document((text,))
            yield shown if name.endswith("content.xml") else shown.beside
            yield Document(("\n".join(aside(root)),)).beside
    for content in pictures:
        yield (package.beside_words if has_text else picture.within)(content, budget)
    yield from package.around(data, budget)


def _root(content: bytes) -> Element | None:
    try:
        return xml(content)
    except ParseError:
        return None


def said(root: Element) -> str:
    """The text below `root`, with its lines and tables."""
    text = Rows()
    for element, begins in steps(root):
        name = element.tag.rpartition("}")[2]
        if begins:
            if name in _CELLS:
                text.cell_begins()
            elif name == "table":
                text.table_begins()
            elif name == "s":  # several blanks
                text.say(" ")
            elif name in ("p", "h"):
                text.new_line()
            text.say(element.text or "")
            continue
        if name in _CELLS:
            text.cell_ends(_times(element))
        elif name == "table-row":
            text.row_ends()
        elif name == "table":
            text.table_ends()
        else:
            text.say(_ENDS.get(name, ""))
        text.say(element.tail or "")
    return text.text()


def _times(element: Element) -> int:
    """In how many columns a cell stands."""
    many = element.get(_REPEATED, "1")
    return int(many) if many.isdecimal() and len(many) < _DIGITS else 1


def aside(root: Element) -> Iterator[str]:
    """What attributes say; of formulas the words in them, of links those that lead out."""
    for element in root.iter():
        for key, value in element.attrib.items():
            name = key.rpartition("}")[2]
            if name in _ATTRIBUTES or key == _FORM_VALUE or (name == "href" and ":" in value):
                yield value
            elif name == "formula":
                yield from _LITERAL.findall(value)
            elif key == _NAME and element.tag.endswith("}table"):
                yield value
