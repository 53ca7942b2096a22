"""The text of a PDF, page by page, with its form fields, notes, title and attachments.

Source: ISO 32000-2. What a stream unpacks to is bounded by pypdf. Misses: pictures on a page that
has text of its own.
"""

import logging
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from detectors.documents import picture, read_anything
from detectors.documents.base import Budget, Document, gathered

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it repeats what it reads

_FEW = 16
"""A page with fewer characters of text and a picture is taken for a scan."""


def is_one(data: bytes) -> bool:
    """Readers look for the sign in the first kilobyte."""
    return b"%PDF-" in data[:1024]


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    return gathered(_parts(data, budget))


def _parts(data: bytes, budget: Budget) -> Iterator[Document]:
    reader = PdfReader(BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        yield Document(unread=frozenset({"encrypted"}))
        return
    about = reader.metadata
    if about is not None:
        yield Document(tuple(str(value) for value in about.values() if isinstance(value, str)))
    fields = reader.get_fields() or {}
    filled = [f"{name}: {f.value}" for name, f in fields.items() if isinstance(f.value, str)]
    yield Document(("\n".join(filled),))
    for page in reader.pages:
        text = page.extract_text()
        if not budget.take(len(text)):
            yield Document(unread=frozenset({"archive"}))
            return
        notes = [str(note["/Contents"]) for note in _notes(page) if note.get("/Contents")]
        yield Document((text, *notes))
        if len(text.strip()) < _FEW and _has_pictures(page):
            yield from _scanned(page, budget)
    for contents in reader.attachments.values():
        for content in contents:
            if not budget.take(len(content)):
                yield Document(unread=frozenset({"archive"}))
                return
            yield read_anything(content, budget)


def _scanned(page: Any, budget: Budget) -> Iterator[Document]:
    """The pictures of a page that has hardly any text."""
    try:
        pictures = [found.data for found in page.images]
    except Exception:  # see `gathered`
        pictures = []
    yield from [picture.within(data, budget) for data in pictures] or [
        Document(unread=frozenset({"image"}))
    ]


def _notes(page: Any) -> Iterator[Any]:
    for note in page.get("/Annots") or ():
        yield note.get_object()


def _has_pictures(page: Any) -> bool:
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources else None
    named = objects.get_object().values() if objects else ()
    return any(o.get_object().get("/Subtype") in ("/Image", "/Form") for o in named)
