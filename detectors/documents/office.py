"""Word, Excel and PowerPoint since 2007: every part of the package that holds words.

Text runs are joined as they are read on the page; cells of a row are separated by tabs, so that a
column's heading and its values stand as people see them. Properties, comments, notes, headers,
tracked deletions, hidden sheets, alternative texts and what forms, queries and formulas say are
read too: they leave with the file.
Source: ECMA-376, 5th edition, parts 1 and 2. Misses: words in pictures beside other text.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from xml.etree.ElementTree import Element, ParseError

from detectors.documents import package, picture, read_anything, sheet
from detectors.documents.base import Budget, Document, gathered, letters, xml
from detectors.documents.office_text import local, said

_PART = re.compile(
    r"(?:word/(?:document|comments\w*|footnotes|endnotes|header\d*|footer\d*|glossary/document)"
    r"|ppt/(?:slides/slide|notesSlides/notesSlide|comments/\w*?)\d*"
    r"|xl/(?:worksheets/sheet\d+|comments\d*|threadedComments/\w+|drawings/drawing\d+|workbook)"
    r"|\w+/charts/chart\d+|\w+/diagrams/data\d+|docProps/(?:core|app|custom)"
    r"|customXml/item\d+)\.xml"
)
"""Parts of which only elements of text say something; of any other all do."""
_ROOTS = frozenset(
    {
        *("document", "glossaryDocument", "comments", "footnotes", "endnotes", "hdr", "ftr"),
        *("sld", "sldLayout", "sldMaster", "notes", "notesMaster", "handoutMaster"),
        *("wsDr", "chartSpace", "dataModel"),
    }
)
"""What such parts begin with, whatever they are called."""
_SHEET = "worksheet"
_FIRST = re.compile(
    r"xl/(?:(?:sharedStrings|styles|workbook)\.xml|_rels/workbook\.xml\.rels)", re.IGNORECASE
)
"""Parts that say how to read the others."""
_ASIDE = frozenset(
    {"author", "definedName", "formula", "formula1", "formula2"}
    | {f"{page}{place}" for page in ("odd", "even", "first") for place in ("Header", "Footer")}
)
"""Elements beside the text that say something: of comments, of what a sheet is printed with."""
_ATTRIBUTES = {
    **dict.fromkeys(
        ("alt", "author", "caption", "command", "comment", "connection", "descr", "display",
         "displayName", "displayText", "error", "errorTitle", "instr", "prompt", "promptTitle",
         "string", "title", "tooltip", "userName")
    ),
    "val": {"addressFieldName", "alias", "connectString", "default", "docVar", "helpText",
            "listEntry", "mailSubject", "query", "statusText", "tag"},
    "name": {"author", "cmAuthor", "definedName", "docVar", "property", "sheet"},
    "value": {"listItem"},
    "v": {"s"},
}  # fmt: skip
"""Attributes that hold words: alternative texts, names of people, fields, copies of a pivot table's
data; of any element or of these."""
_PLAIN = frozenset({"c", "row", "r", "t", "v"})
"""Elements of a sheet of which there may be millions, with attributes that say nothing."""
_LITERAL = re.compile(r'"(?:[^"]|"")+"')
_FREE = ("docProps/", "customXml/")
"""Parts whose every text is somebody's, as of parts that are not known here."""
_PICTURE = re.compile(
    r"\w+/media/[^/]+\.(?:png|jpe?g|jpe|gif|bmp|dib|tiff?|emf|wmf|emz|wmz|wdp|jxr|ico|pcx|webp)",
    re.IGNORECASE,
)
_SILENT = re.compile(
    r"\w+/printerSettings/.+\.bin|docProps/thumbnail\.\w+|\w+/fonts/[^/]+\.(?:odttf|fntdata|ttf)",
    re.IGNORECASE,
)
"""Parts without words: what a printer is set to, letters of a font."""


def is_one(data: bytes) -> bool:
    """A ZIP archive that says what its parts are."""
    return package.is_one(data) and package.has(data, "[Content_Types].xml")


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    entries = package.entries(data, budget, order=order)
    return gathered(chain(parts(entries, budget), package.around(data, budget)))


def order(name: str) -> tuple[bool, bool]:
    """When a part of this name is to be read."""
    return not _FIRST.fullmatch(name), bool(_SILENT.fullmatch(name))


def parts(entries: Iterable[package.Entry], budget: Budget) -> Iterator[Document]:
    """What the parts of a package say."""
    book = sheet.Book()
    has_text = False
    pictures: list[bytes] = []
    for name, content, unread in entries:
        yield Document(unread=unread)
        if _PICTURE.fullmatch(name):
            pictures.append(content)
        elif _SILENT.fullmatch(name):
            yield package.beside_words(content, budget)
        elif not name.endswith((".xml", ".rels", ".svg")) or name.startswith(package.LEFT_BY_MAC):
            yield read_anything(content, budget)  # embedded, or put there by whoever made the file
        elif (root := _root(content)) is None:
            if content:
                yield Document(letters(content), frozenset({"damaged"}))
        elif (kind := local(root)) == "sst" and _FIRST.fullmatch(name):
            book.strings(root)
        elif name.endswith(".rels"):
            if _FIRST.fullmatch(name):
                book.parts(root)
            yield Document(tuple(_outward(root))).beside
        else:
            if kind == "styleSheet":
                book.styles(root)
            elif kind == "workbook":
                book.about(root)
            elif kind == "sst":
                book.strings(root)
            text, *before = _texts(name, root, book)
            has_text = has_text or (bool(text.strip()) and not name.startswith(_FREE))
            shown = Document((text,))
            if kind == _SHEET and (title := book.title(name)):
                shown = shown.within(title)
            yield shown.beside if name.startswith(_FREE) else shown
            yield Document(tuple(before)).beside
            yield Document(("\n".join(aside(root)),)).beside
    yield Document(tuple(book.unused())).beside
    for content in pictures:
        yield (package.beside_words if has_text else picture.within)(content, budget)


def _root(content: bytes) -> Element | None:
    try:
        return xml(content)
    except ParseError:
        return None


def _outward(root: Element) -> Iterator[str]:
    """Where links, templates and pictures lead that are not in the package."""
    for related in root:
        if related.get("TargetMode") == "External":
            yield related.get("Target", "")


def _texts(name: str, root: Element, book: sheet.Book) -> Iterator[str]:
    """The text; and where something was deleted and something else written, what it was before."""
    kind, is_free = local(root), name.startswith(_FREE)
    is_placed = not is_free and _PART.fullmatch(name) is not None
    if kind == _SHEET:
        yield sheet.text(root, book)
    else:
        everything = is_free or not (is_placed or kind in _ROOTS)
        yield said(root, everything=everything, but="delText")
        if any(local(element) == "delText" for element in root.iter()):
            yield said(root, everything=everything, but="ins")
    if not is_placed and (kind == _SHEET or kind in _ROOTS):  # it may say more than such parts do
        yield said(root, everything=True)


def aside(root: Element) -> Iterator[str]:
    """What is said beside the text: in attributes, in formulas, by what a sheet is printed with."""
    for element in root.iter():
        name = local(element)
        if name in _PLAIN:
            continue
        if element.text and name in _ASIDE:
            yield element.text
        elif element.text and name == "f":
            yield from _LITERAL.findall(element.text)
        for key, value in element.attrib.items():
            holders = _ATTRIBUTES.get(key.rpartition("}")[2], frozenset())
            if value and (holders is None or name in holders):
                yield value
