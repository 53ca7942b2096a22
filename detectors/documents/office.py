"""Word, Excel and PowerPoint since 2007: every part of the package that holds words.

Text runs are joined as they are read on the page; cells of a row are separated by tabs, so that a
column's heading and its values stand as people see them. Properties, comments, notes, headers,
tracked deletions, hidden sheets, alternative texts and what forms, queries and formulas say are
read too: they leave with the file.
Source: ECMA-376, 5th edition, parts 1 and 2. Misses: words in pictures beside other text.
"""

import re
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, ParseError

from detectors.documents import package, picture, read_anything
from detectors.documents.base import Budget, Document, gathered, letters, steps, xml

_PART = re.compile(
    r"(?:word/(?:document|comments\w*|footnotes|endnotes|header\d*|footer\d*|glossary/document)"
    r"|ppt/(?:slides/slide|notesSlides/notesSlide|comments/\w*?)\d*"
    r"|xl/(?:worksheets/sheet\d+|comments\d*|threadedComments/\w+|drawings/drawing\d+|workbook)"
    r"|\w+/charts/chart\d+|\w+/diagrams/data\d+|docProps/(?:core|app|custom)"
    r"|customXml/item\d+)\.xml"
)
"""Parts of which only elements of text say something; of any other all do."""
_STRINGS = "xl/sharedStrings.xml"
_SHEET = "xl/worksheets/"
_ENDS = {"p": "\n", "br": "\n", "cr": "\n", "tab": "\t", "tr": "\n", "row": "\n", "tc": "\t"}
"""Local names of elements after which the text goes on elsewhere."""
_SIGNS = {"noBreakHyphen": "-"}
_TEXT = frozenset({"t", "delText", "instrText", "v", "f", "text", "title", "subject", "creator"})
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
    return package.is_one(data) and b"[Content_Types].xml" in data


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    return gathered(_parts(data, budget))


def _parts(data: bytes, budget: Budget) -> Iterator[Document]:
    strings = _Strings([])
    has_text = False
    pictures: list[bytes] = []
    for name, content, unread in package.entries(
        data,
        budget,
        order=lambda name: (name != _STRINGS, bool(_SILENT.fullmatch(name))),
    ):
        yield Document(unread=unread)
        if _PICTURE.fullmatch(name):
            pictures.append(content)
        elif _SILENT.fullmatch(name):
            yield package.beside_words(content, budget)
        elif not name.endswith((".xml", ".rels", ".svg")):
            yield read_anything(content, budget)  # embedded, or put there by whoever made the file
        elif (root := _root(content)) is None:
            if content:
                yield Document(letters(content), frozenset({"damaged"}))
        elif name == _STRINGS:
            strings = _Strings([_said(item, everything=False) for item in root])
        elif name.endswith(".rels"):
            yield Document(tuple(_outward(root))).beside
        else:
            text = _text(name, root, strings)
            has_text = has_text or (bool(text.strip()) and not name.startswith(_FREE))
            said = Document((text,))
            yield said.beside if name.startswith(_FREE) else said
            yield Document(("\n".join(_aside(root)),)).beside
    yield Document(tuple(strings.unused())).beside
    for content in pictures:
        yield (package.beside_words if has_text else picture.within)(content, budget)
    yield from package.around(data, budget)


class _Strings:
    """What cells share; which of them were asked for."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._unused = set(range(len(texts)))

    def at(self, number: str) -> str:
        if not number.isdecimal() or int(number) >= len(self._texts):
            return number
        self._unused.discard(int(number))
        return self._texts[int(number)]

    def unused(self) -> Iterator[str]:
        return (self._texts[number] for number in sorted(self._unused))


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


def _text(name: str, root: Element, strings: _Strings) -> str:
    if name.startswith(_SHEET):
        return "\n".join(_rows(root, strings))
    return _said(root, everything=name.startswith(_FREE) or not _PART.fullmatch(name))


def _rows(root: Element, strings: _Strings) -> Iterator[str]:
    for row in root.iter():
        if _local(row) == "row":
            yield "\t".join(_cell(cell, strings) for cell in row)


def _cell(cell: Element, strings: _Strings) -> str:
    value = next((e.text or "" for e in cell if _local(e) == "v"), "")
    if cell.get("t") == "s":
        return strings.at(value)
    if cell.get("t") == "inlineStr":
        return _said(cell, everything=False)
    return value or _said(cell, everything=False)


def _aside(root: Element) -> Iterator[str]:
    """What is said beside the text: in attributes, in formulas, by what a sheet is printed with."""
    for element in root.iter():
        name = _local(element)
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


def _said(root: Element, *, everything: bool) -> str:
    """The text below `root`, with its line breaks."""
    pieces: list[str] = []
    for element, begins in steps(root):
        name = _local(element)
        if not begins:
            pieces.append(_ENDS.get(name, ""))
        elif element.text and (everything or name in _TEXT):
            pieces.append(element.text + ("\n" if everything else ""))
        elif name in _SIGNS:
            pieces.append(_SIGNS[name])
        if everything and not begins and element.tail and element.tail.strip():
            pieces.append(element.tail + "\n")
    return "".join(pieces)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
