"""The text of a PDF, page by page, with its form fields, notes, titles, links and attachments.

What a page shows is read by PDFium, which knows most fonts and where a word ends that no blank
follows. Besides the pages every object is looked at (by pypdf) that the file's root leads to: what
people wrote stands in notes, fields, outlines, alternative texts, scripts and names of layers.
Source: ISO 32000-2. What a stream unpacks to is bounded by pypdf, and by the memory that a worker
may have. Misses: pictures on a page that has text of its own.
"""

import logging
import re
import threading
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    StreamObject,
    TextStringObject,
)
from pypdfium2 import PdfDocument, PdfiumError, PdfTextPage
from pypdfium2.raw import FPDFText_GetUnicode, FPDFText_HasUnicodeMapError, FPDFText_IsGenerated

from detectors.documents import picture, read_anything
from detectors.documents.base import Budget, Document, gathered, plain, xml

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it repeats what it reads

_FEW = 16
"""A page with fewer characters of text and a picture is taken for a scan."""
_SAID = frozenset(
    {
        *("/Contents", "/RC", "/T", "/TU", "/DV", "/Opt", "/CA", "/AC", "/Subj", "/Title", "/Desc"),
        *("/Alt", "/ActualText", "/E", "/URI", "/JS", "/F", "/UF", "/Name"),
        *("/Reason", "/Location", "/ContactInfo"),
    }
)
"""Keys of what people wrote, where it is a text or a list of texts."""
_READ = frozenset({"/Contents", "/RC"})
"""Those of notes, which people read with the page."""
_LONG = frozenset({"/RC", "/DV", "/JS"})
"""Those that may be streams."""
_APART = frozenset({"/Resources", "/Parent", "/P", "/ParentTree", "/XFA", "/Metadata", "/EF"})
"""Keys that lead back, or to what is read otherwise."""
_SHOWN_ELSEWHERE = ("/Link", "/Popup", "/Widget")
_NO_LETTER = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")
_SHOWS = re.compile(rb"[)\]>]\s*(?:T[jJ]|['\"])")
"""Operators that show text."""
_TINY = rb"[-+]?(?:0+(?:\.0*)?|0*\.00\d*)"
_UNSEEN = re.compile(
    rb"(?<=\s)(?:%(z)s\s+T[fz]|(?:%(z)s\s+%(z)s\s+\S+\s+\S+|\S+\s+\S+\s+%(z)s\s+%(z)s)"
    rb"\s+\S+\s+\S+\s+(?:cm|Tm))(?=\s)" % {b"z": _TINY}
)
"""Text of no size, which PDFium leaves out and others read."""
_END = b"%%EOF"
_HYPHEN = "\ufffe"
"""What PDFium writes for a hyphen at the end of a line, and for the end of that line."""
_SAMPLE = 256
"""Of so many letters of a page it is asked whether its fonts know them."""
_BETWEEN = re.compile(r"(?<=\S) (?=\S)")
_AS_WIDE = 1.2
"""Letters of a word stand so much wider apart than others of it, at most."""
_ENOUGH = 32
"""So many blanks say how a page was made."""
_OF_TWO_LINES = float("inf")
_AT_A_TIME = threading.Lock()
"""PDFium may not be asked by two threads at once."""
_PIECE_BYTES = 1 << 20
_IMAGE = Document(unread=frozenset({"image"}))
_TOO_MUCH = Document(unread=frozenset({"archive"}))


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
    yield gathered(_about(reader))
    if not reader.pages:
        yield Document(unread=frozenset({"damaged"}))
    for page, shown in zip(reader.pages, _shown(data, reader), strict=True):
        yield gathered(_page(page, *shown, budget))
        if budget.files < 0 or budget.size_bytes < 0:
            return
    yield gathered(_beside(reader, budget))
    yield from _around(data, budget)


def _around(data: bytes, budget: Budget) -> Iterator[Document]:
    """What stands before the file begins or after it has ended."""
    for rest in (data[: data.find(b"%PDF-")], data.rpartition(_END)[2] if _END in data else b""):
        if rest.strip(b"\0 \t\r\n"):
            yield read_anything(rest, budget)


def _about(reader: PdfReader) -> Iterator[Document]:
    """Properties and the fields of forms, each with its name."""
    about: Mapping[str, Any] = reader.metadata or {}
    yield Document(tuple(str(value) for value in about.values() if isinstance(value, str))).beside
    filled = []
    for name, found in (reader.get_fields() or {}).items():
        values = found.value if isinstance(found.value, list) else [found.value]
        filled += [f"{name}: {value}" for value in values if isinstance(value, str)]
    yield Document(("\n".join(filled),))
    for form in (reader.xfa or {}).values():
        yield plain(form)
    if (kept := reader.root_object.get("/Metadata")) is not None:
        yield _described(kept.get_object().get_data()).beside


def _described(data: bytes) -> Document:
    """Metadata as XML."""
    try:
        return Document(("\n".join(text for text in xml(data).itertext() if text.strip()),))
    except ParseError:
        return plain(data)


def _shown(data: bytes, reader: PdfReader) -> list[tuple[str, bool]]:
    """The text that each page shows, and whether its fonts say which letters these are."""
    try:
        with _AT_A_TIME, PdfDocument(data) as document:
            return [_letters(page.get_textpage()) for page in document]
    except PdfiumError:  # what is broken, pypdf may still read
        return [(page.extract_text(), True) for page in reader.pages]


def _letters(page: PdfTextPage) -> tuple[str, bool]:
    text = _closed(page, page.get_text_range()).replace("\r\n", "\n").replace(_HYPHEN, "-\n")
    count = page.count_chars()
    some = range(0, count, max(1, count // _SAMPLE))
    unknown = sum(FPDFText_HasUnicodeMapError(page, i) == 1 for i in some)
    return text, unknown * 4 <= len(some)


def _closed(page: PdfTextPage, text: str) -> str:
    """Without the blanks that PDFium puts between letters that stand no wider apart than others of
    their word: programs that read scans set each word as wide as it is on paper."""
    made, narrow, usual = 0, list[int](), 0.0
    for found in _BETWEEN.finditer(text):
        i = found.start()
        if FPDFText_GetUnicode(page, i) != ord(" ") or FPDFText_IsGenerated(page, i) != 1:
            continue
        made += 1
        if made == _ENOUGH and 4 * len(narrow) < made:
            return text
        near = [_gap(page, i - 2, i - 1)] if not text[max(0, i - 2)].isspace() else []
        near += [_gap(page, i + 1, i + 2)] if not text[i + 2 : i + 3].isspace() else []
        near = [gap for gap in near if gap < _OF_TWO_LINES]
        usual = max(near, default=usual)  # between words of one letter, as it was before
        if 0 < _gap(page, i - 1, i + 1) <= usual * _AS_WIDE:
            narrow.append(i)
    if 2 * len(narrow) < made:  # where words stand apart without blanks, a few seem to be one
        return text
    ends = [*narrow, len(text)]
    return "".join(
        text[at:end] for at, end in zip([0, *(i + 1 for i in narrow)], ends, strict=True)
    )


def _gap(page: PdfTextPage, before: int, after: int) -> float:
    """In points, between two letters of a line."""
    if not 0 <= before < after < page.count_chars():
        return 0
    (_, low, right, high), (left, bottom, _, top) = (
        page.get_charbox(i, loose=True) for i in (before, after)
    )
    return left - right if low < top and bottom < high else _OF_TWO_LINES


def _page(page: Any, text: str, is_known: bool, budget: Budget) -> Iterator[Document]:
    if not budget.take(len(text)):
        yield _TOO_MUCH
        return
    yield Document((text,))
    drawn, is_whole = _drawn(page)
    if _UNSEEN.search(drawn):
        known = set(text.split())
        lines = page.extract_text().splitlines()
        more = [line for line in lines if not known.issuperset(line.split())]
        yield Document(("\n".join(more),)).beside
    if not is_whole:
        yield Document(unread=frozenset({"damaged"}))
    if len(text.strip()) < _FEW and _has_pictures(page):
        yield from _scanned(page, budget)
    elif (
        (not is_known and any(map(_has_codes_alone, _fonts(page.get("/Resources"), set()))))
        or len(_NO_LETTER.findall(text)) * 4 > len(text)
        or (not text and _SHOWS.search(drawn))
    ):
        yield _IMAGE
    for note in page.get("/Annots") or ():
        yield from _stamped(page, note.get_object())


def _fonts(resources: Any, seen: set[int]) -> Iterator[DictionaryObject]:
    """Of a page or form, and of the forms that it shows."""
    resources = resources.get_object() if resources is not None else None
    if not isinstance(resources, DictionaryObject) or id(resources) in seen:
        return
    seen.add(id(resources))
    yield from _named(resources, "/Font")
    for form in _named(resources, "/XObject"):
        yield from _fonts(form.get("/Resources"), seen)


def _named(resources: DictionaryObject, kind: str) -> list[DictionaryObject]:
    """What a page or form can name of a kind."""
    named = resources.get(kind)
    things = [thing.get_object() for thing in named.get_object().values()] if named else []
    return [thing for thing in things if isinstance(thing, DictionaryObject)]


def _has_codes_alone(font: DictionaryObject) -> bool:
    """Whether it numbers its shapes as it likes, and does not say which letters they show."""
    return font.get("/Subtype") == "/Type0" and "/ToUnicode" not in font


def _drawn(page: Any) -> tuple[bytes, bool]:
    """What draws a page, and whether it is whole: the library makes do with what it can unpack."""
    named = page.get("/Contents")
    if named is None:
        return b"", True
    streams = named if isinstance(named, ArrayObject) else [named]
    pieces, is_whole = [], True
    for stream in (stream.get_object() for stream in streams):
        if not isinstance(stream, StreamObject):
            is_whole = False
            continue
        pieces.append(stream.get_data())
        if stream.get("/Filter") in ("/FlateDecode", ["/FlateDecode"]):
            is_whole = is_whole and _unpacks(getattr(stream, "_data", b""))
    return b"\n".join(pieces), is_whole


def _unpacks(data: bytes) -> bool:
    unpacker = zlib.decompressobj()
    try:
        while data and not unpacker.eof:
            unpacker.decompress(data, _PIECE_BYTES)
            data = unpacker.unconsumed_tail
    except zlib.error:
        return False
    return unpacker.eof


def _scanned(page: Any, budget: Budget) -> Iterator[Document]:
    """The pictures of a page that has hardly any text."""
    pictures = []
    if picture.is_on():
        try:
            pictures = [found.data for found in page.images]
        except Exception:  # see `gathered`
            pictures = []
    yield from [picture.within(data, budget) for data in pictures] or [_IMAGE]


def _has_pictures(page: Any) -> bool:
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources else None
    named = objects.get_object().values() if objects else ()
    return any(o.get_object().get("/Subtype") in ("/Image", "/Form") for o in named) or bool(
        page.images.keys()
    )


def _stamped(page: Any, note: Any) -> Iterator[Document]:
    """What a note shows that does not say it otherwise."""
    if note.get("/Subtype") in _SHOWN_ELSEWHERE or note.get("/Contents"):
        return
    looks = (note.get("/AP") or {}).get("/N")
    if looks is not None and isinstance(looks.get_object(), StreamObject):
        yield Document((page.extract_xform_text(looks.get_object()),))


def _beside(reader: PdfReader, budget: Budget) -> Iterator[Document]:
    """What stands in objects, each text once, and files that are attached to any of them."""
    known: set[Document] = set()
    for thing in _objects(reader):
        silent = "/T" if thing.get("/Subtype") in (None, "/Widget") else ""  # a field's name
        if "/ByteRange" in thing:  # a signature
            silent = "/Contents"
        for key in (key for key in thing if key in _SAID and key != silent):
            for said in _texts(thing[key], may_be_stream=key in _LONG):
                if said not in known:
                    known.add(said)
                    yield said if key in _READ else said.beside
        for file in {id(f.get_object()): f for f in _files(thing)}.values():
            content = file.get_object().get_data()
            if not budget.take(len(content)):
                yield _TOO_MUCH
                return
            yield read_anything(content, budget)


def _files(thing: Any) -> list[Any]:
    embedded = thing.get("/EF")
    return list(embedded.get_object().values()) if embedded is not None else []


def _texts(value: Any, *, may_be_stream: bool = False) -> Iterator[Document]:
    if isinstance(value, TextStringObject):
        yield Document((str(value),))
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one.get_object())
    elif may_be_stream and isinstance(value, StreamObject):
        yield plain(value.get_data())


def _objects(reader: PdfReader) -> Iterator[Any]:
    """Each dictionary that the root leads to, once."""
    waiting: list[Any] = [reader.root_object]
    seen: set[tuple[int, int]] = set()
    while waiting:
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            if (found.idnum, found.generation) in seen:
                continue
            seen.add((found.idnum, found.generation))
            found = found.get_object()
        if isinstance(found, DictionaryObject):
            yield found
            waiting.extend(found.raw_get(key) for key in reversed(found) if key not in _APART)
        elif isinstance(found, list):
            waiting.extend(reversed(found))
