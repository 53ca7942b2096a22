"""Archives and compressed files: ZIP, TAR, gzip, bzip2, xz; each file in them is read.

Source: PKWARE APPNOTE 6.3.10, POSIX.1-2017 pax, RFC 1952. Nothing is ever written to a disk, so a
name like `../../etc/passwd` means nothing; names are read as texts.
"""

import bz2
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from detectors.documents import package, read_anything
from detectors.documents.base import Budget, Document, gathered, letters

_TOO_MUCH = Document(unread=frozenset({"archive"}))
_DAMAGED = Document(unread=frozenset({"damaged"}))
_MOST_MEMORY = 96 * 1024 * 1024
"""For what xz calls its dictionary."""
_PACKED: dict[bytes, Callable[[], Any]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": lambda: lzma.LZMADecompressor(memlimit=_MOST_MEMORY),
}
_PIECE_BYTES = 64 * 1024


def is_one(data: bytes) -> bool:
    """By the sign at the front; a TAR has its own at 257."""
    return package.is_one(data) or data.startswith(tuple(_PACKED)) or _is_tar(data)


def _is_tar(data: bytes) -> bool:
    return data[257:262] == b"ustar"


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    return gathered(_parts(data, budget))


def _parts(data: bytes, budget: Budget) -> Iterator[Document]:
    if package.is_one(data):
        yield from _zip(data, budget)
    elif _is_tar(data):
        yield from _tar(data, budget)
    else:
        yield from _unpacked(data, budget)


def _unpacked(data: bytes, budget: Budget) -> Iterator[Document]:
    """All members one after the other, as one file, up to what is no member."""
    new = next(make for sign, make in _PACKED.items() if data.startswith(sign))
    out, at, most = bytearray(), 0, max(0, budget.size_bytes)
    members, name = 0, ""
    try:
        while data[at : at + 1] and len(out) <= most and members <= budget.files:
            if data[at] == 0 and not data[at:].strip(b"\0"):
                break  # what tapes are filled up with
            if named := _gzip_name(data, at):
                name = name or named
                yield Document((named,))
            members += 1
            at = _member(data, at, new(), out, most)
    except (EOFError, OSError, IndexError, ValueError, zlib.error, lzma.LZMAError):
        yield _DAMAGED
    if not budget.take(len(out), members):
        yield _TOO_MUCH
    elif out:
        inner = read_anything(bytes(out), budget)
        yield inner.within(name) if name else inner


def _member(data: bytes, at: int, stream: Any, out: bytearray, most: int) -> int:
    """Where the next member begins; `out` grows to a byte more than `most`, or less."""
    while not stream.eof:
        piece = data[at : at + _PIECE_BYTES]
        if not piece:
            raise EOFError
        out += stream.decompress(piece, most + 1 - len(out))
        if len(out) > most:
            break
        at += len(piece) - len(stream.unused_data)
    return at


def _gzip_name(data: bytes, at: int) -> str:
    """Of the file that was packed."""
    if not data.startswith(b"\x1f\x8b", at) or not data[at + 3] & 8:
        return ""
    start = at + 10
    if data[at + 3] & 4:  # something else comes before it
        start += 2 + int.from_bytes(data[start : start + 2], "little")
    return data[start : data.find(b"\0", start)].decode("latin-1")


def _zip(data: bytes, budget: Budget) -> Iterator[Document]:
    for entry in package.entries(data, budget, files=1):
        yield Document((entry.name,))
        yield Document(unread=entry.unread).within(entry.name)
        yield read_anything(entry.content, budget).within(entry.name)
    yield from package.around(data, budget)


def _tar(data: bytes, budget: Budget) -> Iterator[Document]:
    with tarfile.open(fileobj=BytesIO(data), mode="r:") as archive:
        for entry in archive:
            yield Document((entry.name, entry.linkname, entry.pax_headers.get("comment", "")))
            file = archive.extractfile(entry) if entry.isfile() else None
            if file is None:
                continue
            if not budget.take(entry.size):
                yield _TOO_MUCH
                return
            yield read_anything(file.read(), budget).within(entry.name)
        rest = data[archive.offset :]
    if rest.strip(b"\0"):
        yield Document(letters(rest), frozenset({"file"}))
