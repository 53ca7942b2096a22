"""Documents people upload, as texts: PDF, Office, OpenDocument, mail, cards, archives, pictures.

One module per format and one line here. What a document is shows in its first bytes, not in its
name or its declared type. Reading is bounded (`Budget`); what could not be read is named, and
counts as not inspected. Misses: pictures in a page that has text of its own, what a password
protects.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Protocol, cast

from detectors.documents.base import Budget, Document, letters, plain
from detectors.documents.picture import is_one as is_picture

__all__ = ["Budget", "Document", "once", "plain", "read", "read_anything"]

_MODULES = (
    "pdf", "office", "opendocument", "flat", "card", "mail", "rich_text", "ole", "archive",
    "picture",
)  # fmt: skip
"""In this order: an Office file is an archive too."""


class _Format(Protocol):
    def is_one(self, data: bytes) -> bool:
        """Whether the first bytes say so."""
        ...

    def read(self, data: bytes, budget: Budget) -> Document:
        """What is in it. Whatever is wrong with the file is in `unread`, not an error."""
        ...


@contextmanager
def once() -> Iterator[None]:
    """Each document is read once as long as this lasts, however often it is asked for."""
    global _known
    _known = {}
    try:
        yield
    finally:
        _known = None


_known: dict[bytes, Document | None] | None = None


def read(data: bytes, budget: Budget | None = None) -> Document | None:
    """What is in a document; None if `data` is none of the formats known here."""
    if budget is not None or _known is None:
        return _read(data, budget or Budget())
    if data not in _known:
        _known[data] = _read(data, Budget())
    return _known[data]


def _read(data: bytes, budget: Budget) -> Document | None:
    if (kind := _format(data)) is None:
        return None
    with budget.deeper() as allowed:
        if not allowed:
            return Document(unread=frozenset({"archive"}))
        found = kind.read(data, budget)
    if "damaged" not in found.unread:
        return found
    # perhaps it is none after all: a text about PDF begins as one does
    more = letters(data)
    members = (*found.members, *("",) * len(more)) if found.members else ()
    return replace(found, texts=(*found.texts, *more), members=members)


def read_anything(data: bytes, budget: Budget) -> Document:
    """What is in a file within another one: a document, text, or what cannot be read."""
    found = read(data, budget)
    if found is None and data.startswith(_LEFT_BY_MAC) and len(data) <= _SMALL_BYTES:
        return Document(letters(data.replace(b"\0", b""))).beside
    return found or plain(data)


def _format(data: bytes) -> _Format | None:
    for name in _MODULES if _may_be_one(data) else ():
        found = cast(_Format, import_module(f"{__name__}.{name}"))
        if found.is_one(data):
            return found
    return None


_SIGNS = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"{\\rtf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
)
_LEFT_BY_MAC = (b"\0\5\x16\7\0\2\0\0", b"\0\0\0\1Bud1")
"""In archives: what the Finder knows of a file, and of a folder."""
_SMALL_BYTES = 64 * 1024
_FLAT = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\0?\s{0,16}<\0?[?A-Za-z]")
_MAIL = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]{0,16}(?:[A-Za-z][\w.-]{0,99}:|From )")


def _may_be_one(data: bytes) -> bool:
    """A look at the first bytes, so that a body that is no document loads nothing."""
    return (
        data.startswith(_SIGNS)
        or b"%PDF-" in data[:1024]
        or data[257:262] == b"ustar"
        or is_picture(data)
        or _MAIL.match(data) is not None
        or _FLAT.match(data) is not None
    )
