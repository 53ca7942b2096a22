"""Compound files: source of VBA macros, Outlook messages, embedded objects, Office before 2007.

Macros, messages, texts, sheets, slides and properties are read whole, as are files and documents
that were put into one. Of other streams (those of Office before 1997, of Visio or Publisher) only
letters are picked up, so they count as not read. A package with a password is a compound file too.
Source: [MS-OXMSG] 2.1 and 2.2, [MS-OLEDS] 2.3.6, [MS-OVBA] 2.2, read 2026-11-29.
Misses: binary properties of messages that programs add.
"""

import re
from collections.abc import Iterator
from struct import error, unpack_from

from detectors.documents import (
    embedded,
    old_sheet,
    old_slides,
    old_text,
    property_set,
    read_anything,
    rich_text,
    vba,
)
from detectors.documents import read as read_document
from detectors.documents.base import Budget, Document, letters, plain, together, wide_letters
from detectors.documents.compound import SIGN, Compound, Stream, opened

_SEALED = "EncryptedPackage"
_PROPERTY = re.compile(r"__substg1\.0_([0-9A-F]{8}(?:-[0-9A-F]{8})?)", re.IGNORECASE)
_WIDE_TEXT = re.compile(r".{4}(?:001F|101F-.{8})", re.IGNORECASE)
_NARROW_TEXT = re.compile(r".{4}(?:001E|101E-.{8})", re.IGNORECASE)
_PROPERTIES = "__properties_version1.0"
_NAMES = "__nameid_version1.0"
"""The storage of what properties are called, in streams that are named as properties are."""
_CODE_PAGE = b"\3\0\xfd\x3f"
_BOOKS = ("workbook", "book")
_TEXT, _SLIDES = "WordDocument", "PowerPoint Document"
_BESIDE = frozenset({"0Table", "1Table", "Data", "Pictures", "Current User"})
"""Streams with what describes a text or slides, and with their pictures."""
_NATIVE = "\1Ole10Native"
_QUIET = re.compile(
    r"\x01CompObj|\x01Ole(?:10ItemName)?|\x02OlePres\d{3}|"
    r"\x03(?:ObjInfo|LinkInfo|VBFrame|E?PRINT)",
    re.IGNORECASE,
)
"""Streams that say what an object is and how it looks."""
_SET = "\5"
"""How the names of streams begin that hold properties."""
_OF_PROJECT = re.compile(r"[fox]|i\d+|PROJECT(?:wm|lk)", re.IGNORECASE)
"""Streams of forms, and of what a project of macros refers to."""
_TOO_MUCH = Document(unread=frozenset({"archive"}))


def is_one(data: bytes) -> bool:
    """By its signature."""
    return data.startswith(SIGN)


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    try:
        file = opened(data, budget)
    except (error, LookupError, ValueError):
        return Document(unread=frozenset({"damaged"}))
    return together([*_parts(file, budget), Document(unread=file.unread)])


def _parts(file: Compound, budget: Budget) -> Iterator[Document]:
    if any(stream.name == _SEALED for stream in file.streams):
        yield Document(unread=frozenset({"encrypted"}))
        return
    try:
        texts, macros = vba.sources(file, budget)
    except vba.TooMuch:
        yield _TOO_MUCH
        return
    yield Document(tuple(texts))
    page = _page(file)
    near = {(s.storage, s.name.lower()): s.content for s in reversed(file.streams)}
    old = {s.storage for s in file.streams if _is_old(s)}
    for stream in file.streams:
        if stream in macros or not stream.content or stream.name == _PROPERTIES:
            continue
        tag = _PROPERTY.fullmatch(stream.name)
        if tag and file.storages.get(stream.storage) != _NAMES:
            yield _property(tag[1], stream.content, page, budget)
        elif stream.name.lower() in _BOOKS and old_sheet.is_one(stream.content):
            yield from old_sheet.read(stream.content)
        elif stream.name == _TEXT and old_text.is_one(stream.content):
            about = near.get((stream.storage, old_text.table(stream.content)), b"")
            yield from old_text.read(stream.content, about)
        elif stream.name == _SLIDES:
            if old_slides.is_sealed(near.get((stream.storage, "current user"), b"")):
                yield Document(unread=frozenset({"encrypted"}))
            else:
                yield from old_slides.read(stream.content, budget)
        elif stream.name in _BESIDE and stream.storage in old:
            yield Document(tuple(_letters(stream.content))).beside
        elif stream.name.startswith(_SET) and property_set.is_one(stream.content):
            yield property_set.read(stream.content).beside
        elif stream.name == _NATIVE:
            yield from embedded.package(stream.content, budget)
        elif (
            _QUIET.fullmatch(stream.name)
            or (macros and _OF_PROJECT.fullmatch(stream.name))
            or file.storages.get(stream.storage) == _NAMES
        ):
            yield Document(tuple(_letters(stream.content))).beside
        else:
            found = _other(stream, budget)
            yield found.beside if stream.name.startswith(_SET) else found


def _is_old(stream: Stream) -> bool:
    """Whether it is a text or slides, which streams in the same storage belong to."""
    return stream.name == _SLIDES or (stream.name == _TEXT and old_text.is_one(stream.content))


def _property(tag: str, content: bytes, page: str, budget: Budget) -> Document:
    """One property of a message, or one value of it where it has many."""
    match tag:
        case "37010102":  # a file that is attached
            return read_anything(content, budget) if budget.take(0) else _TOO_MUCH
        case "10130102":  # the body as HTML
            return plain(content)
        case "10090102":
            return rich_text.packed(content, budget)
        case _ if _WIDE_TEXT.fullmatch(tag):
            return Document((content.decode("utf-16-le", "replace"),))
        case _ if _NARROW_TEXT.fullmatch(tag):
            return Document((_decoded(content, page),))
        case _:
            return Document()


def _page(file: Compound) -> str:
    """The code page of a message's strings, among the properties that have no stream."""
    for stream in file.streams:
        if stream.name == _PROPERTIES and stream.storage == 0:
            for at in range(32, len(stream.content) - 15, 16):
                if stream.content.startswith(_CODE_PAGE, at):
                    return f"cp{unpack_from('<I', stream.content, at + 8)[0]}"
    return "cp1252"


def _decoded(content: bytes, page: str) -> str:
    try:
        return content.decode(page, "replace")
    except LookupError:
        return content.decode("cp1252", "replace")


def _other(stream: Stream, budget: Budget) -> Document:
    """A stream of which nothing is known but what it holds."""
    is_text = b"\0" not in stream.content  # pieces of a text in an old format look like one
    found = read_document(stream.content, budget) or (
        plain(stream.content) if is_text else Document(unread=frozenset({"file"}))
    )
    if "file" not in found.unread or found.texts:
        return found
    return Document(tuple(_letters(stream.content)), found.unread)


def _letters(content: bytes) -> Iterator[str]:
    yield from letters(content)
    yield from wide_letters(content)
