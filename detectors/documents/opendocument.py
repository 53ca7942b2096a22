"""OpenDocument texts, sheets and slides: content, styles (headers, footers) and properties.

Source: OASIS OpenDocument 1.3, part 2 (packages) and part 3 (schema).
"""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element

from detectors.documents import archive, picture, read_anything
from detectors.documents.base import Budget, Document, gathered, xml

_PARTS = ("content.xml", "styles.xml", "meta.xml")
_ENDS = {"p": "\n", "h": "\n", "line-break": "\n", "tab": "\t", "table-cell": "\t"}
_PICTURES = ("Pictures/", "media/")


def is_one(data: bytes) -> bool:
    """The first file of the package says what it is, uncompressed."""
    return archive.is_zip(data) and b"application/vnd.oasis.opendocument" in data[:200]


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    return gathered(_parts(data, budget))


def _parts(data: bytes, budget: Budget) -> Iterator[Document]:
    with zipfile.ZipFile(BytesIO(data)) as package:
        yield from _within(package, budget)


def _within(package: zipfile.ZipFile, budget: Budget) -> Iterator[Document]:
    names = package.namelist()
    manifest = package.open("META-INF/manifest.xml").read(1 << 20) if _MANIFEST in names else b""
    if b"encryption-data" in manifest:
        yield Document(unread=frozenset({"encrypted"}))
        return
    has_text = False
    for name in names:
        is_part = name.rpartition("/")[2] in _PARTS
        if name in _SILENT or name.startswith((*_PICTURES, "Thumbnails/")) or name.endswith("/"):
            continue
        with package.open(name) as file:
            content = file.read(max(0, budget.size_bytes) + 1)
        if not budget.take(len(content)):
            yield Document(unread=frozenset({"archive"}))
            return
        if is_part:
            text = _said(xml(content))
            has_text = has_text or (name == "content.xml" and bool(text.strip()))
            yield Document((text,))
        elif content:
            yield read_anything(content, budget)
    for name in names:
        if not has_text and name.startswith(_PICTURES) and not name.endswith("/"):
            with package.open(name) as file:
                content = file.read(max(0, budget.size_bytes) + 1)
            yield picture.within(content, budget)


_MANIFEST = "META-INF/manifest.xml"
_SILENT = (_MANIFEST, "mimetype", "layout-cache")
"""Files of the package without words."""


def _said(root: Element) -> str:
    pieces: list[str] = []

    def walk(element: Element) -> None:
        name = element.tag.rpartition("}")[2]
        if name == "s":  # several blanks
            pieces.append(" ")
        if element.text:
            pieces.append(element.text)
        for child in element:
            walk(child)
            if child.tail:
                pieces.append(child.tail)
        if end := _ENDS.get(name):
            pieces.append(end)

    walk(root)
    return "".join(pieces)
