"""Archives and compressed files: ZIP, TAR, gzip, bzip2, xz; each file in them is read.

Source: PKWARE APPNOTE 6.3.10, POSIX.1-2017 pax, RFC 1952. Nothing is ever written to a disk, so a
name like `../../etc/passwd` means nothing; names are read as texts.
"""

import bz2
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from detectors.documents import read_anything
from detectors.documents.base import Budget, Document, gathered

_TOO_MUCH = Document(unread=frozenset({"archive"}))
_SEALED = Document(unread=frozenset({"encrypted"}))
_DAMAGED = Document(unread=frozenset({"damaged"}))
_PACKED: dict[bytes, Callable[[], Any]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": lzma.LZMADecompressor,
}


def is_one(data: bytes) -> bool:
    """By the sign at the front; a TAR has its own at 257."""
    return is_zip(data) or data.startswith(tuple(_PACKED)) or data[257:262] == b"ustar"


def is_zip(data: bytes) -> bool:
    """Whether a ZIP archive starts here."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    return gathered(_parts(data, budget))


def _parts(data: bytes, budget: Budget) -> Iterator[Document]:
    if is_zip(data):
        yield from _zip(data, budget)
    elif data[257:262] == b"ustar":
        yield from _tar(data, budget)
    else:
        new = next(make for sign, make in _PACKED.items() if data.startswith(sign))
        content = _unpacked(data, new, budget.size_bytes)
        if content is None or not budget.take(len(content)):
            yield _TOO_MUCH
        else:
            yield read_anything(content, budget)


def _unpacked(data: bytes, new: Callable[[], Any], most: int) -> bytes | None:
    """All members one after the other; None if that is more than `most` bytes."""
    out = bytearray()
    while data.strip(b"\0"):
        stream = new()
        out += stream.decompress(data, most + 1 - len(out))
        if len(out) > most:
            return None
        if not stream.eof:
            raise EOFError
        data = stream.unused_data
    return bytes(out)


def _zip(data: bytes, budget: Budget) -> Iterator[Document]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            yield Document((entry.filename,))
            if entry.flag_bits & 1:
                yield _SEALED
                continue
            with archive.open(entry) as file:
                content = file.read(max(0, budget.size_bytes) + 1)
            if not budget.take(len(content)):
                yield _TOO_MUCH
                return
            yield read_anything(content, budget).within(entry.filename)


def _tar(data: bytes, budget: Budget) -> Iterator[Document]:
    with tarfile.open(fileobj=BytesIO(data), mode="r:") as archive:
        for entry in archive:
            yield Document((entry.name,))
            file = archive.extractfile(entry) if entry.isfile() else None
            if file is None:
                continue
            if not budget.take(entry.size):
                yield _TOO_MUCH
                return
            yield read_anything(file.read(), budget).within(entry.name)
