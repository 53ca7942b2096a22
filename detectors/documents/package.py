"""The files in a ZIP archive, and what lies between them.

Source: PKWARE APPNOTE 6.3.10.
"""

import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import NamedTuple

from detectors.documents import picture, read_anything
from detectors.documents import read as read_document
from detectors.documents.base import Budget, Document, letters

_PIECE_BYTES = 64 * 1024
_HEAD_BYTES = 30
_DESCRIPTOR_BYTES = 24
"""What may stand behind a file's content."""
_LAST_BYTES = 22
"""Of the archive's last record, which a comment follows."""
LEFT_BY_MAC = "__MACOSX/"
"""The folder of what the Finder knows of the files in an archive."""
_NOTHING: frozenset[str] = frozenset()


class Entry(NamedTuple):
    """A file in an archive."""

    name: str
    content: bytes
    unread: frozenset[str]
    """Why `content` is not all of it: see `Document`."""


def is_one(data: bytes) -> bool:
    """Whether a ZIP archive starts here."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def has(data: bytes, name: str) -> bool:
    """Whether a file of this name is in the archive, in whatever folder, and not only in an archive
    within it; of an archive that is damaged the bytes have to do."""
    if name.encode() not in data:
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return any(f"/{one}".endswith(f"/{name}") for one in archive.namelist())
    except Exception:  # whatever is wrong with it shows when it is read
        return True


def entries(
    data: bytes,
    budget: Budget,
    *,
    files: int = 0,
    order: Callable[[str], object] | None = None,
) -> Iterator[Entry]:
    """Each file, also where several have one name; after the first that is too much none.

    `files`: what each counts in the budget. Raises zipfile.BadZipFile where nothing can be made
    out.
    """
    with zipfile.ZipFile(BytesIO(data)) as archive:
        found = [e for e in archive.infolist() if not e.is_dir() or e.file_size]
        if order is not None:
            found.sort(key=lambda entry: order(entry.filename))  # type: ignore[arg-type,return-value]
        for entry in found:
            content, unread = _content(archive, entry, budget, files)
            yield Entry(entry.filename, content, unread)
            if "archive" in unread:
                return


def _content(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget, files: int
) -> tuple[bytes, frozenset[str]]:
    if entry.flag_bits & 1:
        return b"", frozenset({"encrypted"})
    out, unread, most = bytearray(), _NOTHING, max(0, budget.size_bytes)
    try:
        with archive.open(entry) as file:
            while len(out) <= most and (piece := file.read(_PIECE_BYTES)):
                out += piece
    except Exception:  # what came before it has been read; see `gathered`
        unread = frozenset({"damaged"})
    if not budget.take(len(out), files):
        return b"", frozenset({"archive"})
    return bytes(out), unread


def beside_words(content: bytes, budget: Budget) -> Document:
    """A picture beside text, a font: of those the words are not read. What is none is."""
    if picture.is_one(content):
        return Document()
    found = read_anything(content, budget)
    return Document(found.texts, found.unread - {"file"}).beside


def around(data: bytes, budget: Budget) -> Iterator[Document]:
    """Comments, and bytes that belong to no file: others may read what the directory omits."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        found = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
        said = [archive.comment, *(entry.comment for entry in found)]
        directory = archive.start_dir
    yield Document(tuple(comment.decode("utf-8", "replace") for comment in said if comment)).beside
    at, gaps = 0, []
    for entry in found:
        gaps.append(data[at : entry.header_offset])
        lengths = data[entry.header_offset + 26 : entry.header_offset + _HEAD_BYTES]
        at = entry.header_offset + _HEAD_BYTES + entry.compress_size
        at += int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
    gaps.append(data[at:directory])
    last = data.rfind(b"PK\x05\x06")
    length = int.from_bytes(data[last + 20 : last + _LAST_BYTES], "little")
    gaps.append(data[last + _LAST_BYTES + length :])
    for gap in gaps:
        if len(gap.strip(b"\0")) > _DESCRIPTOR_BYTES:
            found_there = read_document(gap, budget)
            yield found_there or Document(letters(gap), frozenset({"file"}))
