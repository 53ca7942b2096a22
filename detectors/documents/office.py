"""Word, Excel and PowerPoint since 2007: every part of the package that holds words.

Text runs are joined as they are read on the page; cells of a row are separated by tabs, so that a
column's heading and its values stand as people see them. Properties, comments, notes, headers,
tracked deletions and hidden sheets are read too: they leave with the file.
Source: ECMA-376, 5th edition, parts 1 and 2.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from xml.etree.ElementTree import Element

from detectors.documents import archive, picture, read_anything
from detectors.documents.base import Budget, Document, gathered, xml

_PART = re.compile(
    r"(?:word/(?:document|comments\w*|footnotes|endnotes|header\d*|footer\d*|glossary/document)"
    r"|ppt/(?:slides/slide|notesSlides/notesSlide|comments/\w*?)\d*"
    r"|xl/(?:worksheets/sheet\d+|comments\d*|threadedComments/\w+|drawings/drawing\d+|workbook)"
    r"|\w+/charts/chart\d+|\w+/diagrams/data\d+|docProps/(?:core|app|custom)"
    r"|customXml/item\d+)\.xml"
)
_STRINGS = "xl/sharedStrings.xml"
_PICTURE = re.compile(r"\w+/media/.+", re.IGNORECASE)
_ENDS = {"p": "\n", "br": "\n", "cr": "\n", "tab": "\t", "tr": "\n", "row": "\n", "tc": "\t"}
"""Local names of elements after which the text goes on elsewhere."""
_TEXT = frozenset({"t", "delText", "instrText", "v", "f", "text", "title", "subject", "creator"})
_FREE = ("docProps/", "customXml/")
"""Parts whose every text is somebody's, as of parts that are not known here."""
_SILENT = re.compile(
    r"\w+/media/.+|\w+/printerSettings/.+\.bin|docProps/thumbnail\.\w+", re.IGNORECASE
)
"""Parts without words: pictures, what a printer is set to."""


def is_one(data: bytes) -> bool:
    """A ZIP archive that says what its parts are."""
    return archive.is_zip(data) and b"[Content_Types].xml" in data


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    return gathered(_parts(data, budget))


def _parts(data: bytes, budget: Budget) -> Iterator[Document]:
    with zipfile.ZipFile(BytesIO(data)) as package:
        yield from _within(package, budget)


def _within(package: zipfile.ZipFile, budget: Budget) -> Iterator[Document]:
    strings: Sequence[str] = ()
    names = [entry.filename for entry in package.infolist()]
    has_text = False
    for name in sorted(names, key=lambda name: name != _STRINGS):
        if _SILENT.fullmatch(name) or name.endswith("/"):
            continue
        content = _content(package, name, budget)
        if content is None:
            yield Document(unread=frozenset({"archive"}))
            return
        if name == _STRINGS:
            strings = [_said(item, everything=False) for item in xml(content)]
        elif name.endswith(".rels"):
            yield Document(tuple(_outward(xml(content))))
        elif not name.endswith(".xml"):
            yield read_anything(content, budget)  # embedded, or put there by whoever made the file
        else:
            text = _text(name, xml(content), strings)
            has_text = has_text or (bool(text.strip()) and not name.startswith(_FREE))
            yield Document((text,))
    for name in filter(_PICTURE.fullmatch, () if has_text else names):
        yield picture.within(_content(package, name, budget) or b"", budget)


def _outward(root: Element) -> Iterator[str]:
    """Where links, templates and pictures lead that are not in the package."""
    for related in root:
        if related.get("TargetMode") == "External":
            yield related.get("Target", "")


def _content(package: zipfile.ZipFile, name: str, budget: Budget) -> bytes | None:
    """A part of the package; None if that is more than may be unpacked."""
    with package.open(name) as file:
        content = file.read(max(0, budget.size_bytes) + 1)
    return content if budget.take(len(content)) else None


def _text(name: str, root: Element, strings: Sequence[str]) -> str:
    if name.startswith("xl/worksheets/"):
        return "\n".join(_rows(root, strings))
    if name == "xl/workbook.xml":
        return "\n".join(e.get("name", "") for e in root.iter() if _local(e) == "sheet")
    return _said(root, everything=name.startswith(_FREE) or not _PART.fullmatch(name))


def _rows(root: Element, strings: Sequence[str]) -> Iterator[str]:
    for row in root.iter():
        if _local(row) == "row":
            yield "\t".join(_cell(cell, strings) for cell in row)


def _cell(cell: Element, strings: Sequence[str]) -> str:
    value = next((e.text or "" for e in cell if _local(e) == "v"), "")
    if cell.get("t") == "s" and value.isdigit() and int(value) < len(strings):
        return strings[int(value)]
    return value or _said(cell, everything=False)


def _said(root: Element, *, everything: bool) -> str:
    """The text below `root`, with its line breaks."""
    pieces: list[str] = []

    def walk(element: Element) -> None:
        name = _local(element)
        if element.text and (everything or name in _TEXT):
            pieces.append(element.text + ("\n" if everything else ""))
        for child in element:
            walk(child)
        if end := _ENDS.get(name):
            pieces.append(end)

    walk(root)
    return "".join(pieces)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
