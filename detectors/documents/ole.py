"""Compound files: source of VBA macros, Outlook messages, Office before 2007.

Macros and messages are read whole; of a text, sheet or slides in the old formats only letters are
picked up, so they count as not read. A package with a password is a compound file too.
Source: [MS-CFB] 2.2 to 2.6, [MS-OVBA] 2.3.4 and 2.4.1, [MS-OXMSG] 2.2, read 2026-11-29.
Misses: captions of forms, macros that are kept as p-code alone.
"""

import re
from collections.abc import Iterator
from itertools import islice
from struct import Struct, error, unpack_from

from detectors.documents import read_anything
from detectors.documents.base import Budget, Document, letters, together

_SIGN = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENTRY = Struct("<64sHB9xI36xIQ")
"""Name, its length, kind, right sibling … of which only name, kind, start and size matter."""
_LAST = 0xFFFFFFFA
"""From here on numbers of sectors are marks."""
_HEADER_BYTES = 512
_SEALED = "EncryptedPackage"
_PROPERTY = "__substg1.0_"
_ATTACHED = "37010102"
_WIDE = re.compile(rb"(?:[\t\n\r\x20-\x7e\xa0-\xff][\x00-\x04]){6,}")
_MODULE_STREAM, _MODULE_OFFSET, _CODE_PAGE, _VERSION = 0x1A, 0x31, 0x03, 0x09


def is_one(data: bytes) -> bool:
    """By its signature."""
    return data.startswith(_SIGN)


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    try:
        streams = list(_streams(data, budget))
        return together(list(_parts(streams, budget)))
    except (error, LookupError, ValueError):
        return Document(unread=frozenset({"damaged"}))


def _parts(streams: list[tuple[str, bytes]], budget: Budget) -> Iterator[Document]:
    names = {name for name, _ in streams}
    if _SEALED in names:
        yield Document(unread=frozenset({"encrypted"}))
        return
    if "dir" in names:
        yield Document(tuple(_macros(streams)))
    if any(name.startswith(_PROPERTY) for name in names):
        yield from (_property(name[-8:], content, budget) for name, content in streams)
    elif "PROJECT" not in names or names & {"WordDocument", "Workbook", "Book"}:
        said = tuple(text for _, content in streams for text in _letters(content))
        yield Document(said, frozenset({"file"}))


def _property(tag: str, content: bytes, budget: Budget) -> Document:
    """One property of a message."""
    match tag[-4:]:
        case "001F":
            return Document((content.decode("utf-16-le", "replace"),))
        case "001E":
            return Document((content.decode("cp1252", "replace"),))
        case _ if tag == _ATTACHED:
            return read_anything(content, budget)
        case _:
            return Document()


def _letters(content: bytes) -> Iterator[str]:
    yield from letters(content)
    for run in _WIDE.findall(content):
        yield run.decode("utf-16-le", "replace")


# ── sectors and streams ───────────────────────────────────────────────────────────────────────


def _streams(data: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Name and content of each. Raises what `read` catches for a file that makes no sense."""
    shift, small_shift = unpack_from("<HH", data, 30)
    (first_entry,) = unpack_from("<I", data, 48)
    cutoff, first_small, _, further, _ = unpack_from("<5I", data, 56)
    size = 1 << shift
    table = list(unpack_from("<109I", data, 76))
    per_sector = size // 4
    while further < _LAST and len(table) * size <= len(data):
        *more, further = unpack_from(f"<{per_sector}I", data, (further + 1) * size)
        table += more
    fat: list[int] = []
    for sector in table:
        if sector < _LAST:
            fat += unpack_from(f"<{per_sector}I", data, (sector + 1) * size)

    def chain(start: int, links: list[int]) -> Iterator[int]:
        for _ in range(len(links) + 1):
            if start >= _LAST:
                return
            yield start
            start = links[start]
        raise ValueError("a chain of sectors without an end")

    def whole(start: int) -> bytes:
        return b"".join(data[(s + 1) * size : (s + 2) * size] for s in chain(start, fat))

    entries = [_ENTRY.unpack(row) for row in _rows(whole(first_entry), _ENTRY.size)]
    small = whole(entries[0][4])
    smalls = whole(first_small)
    small_fat = list(unpack_from(f"<{len(smalls) // 4}I", smalls))
    width = 1 << small_shift
    for raw, length, kind, _, start, length_bytes in entries:
        if kind != 2:
            continue
        if not budget.take(length_bytes):
            raise ValueError("more than is read of one upload")
        if length_bytes < cutoff:
            content = b"".join(small[s * width : (s + 1) * width] for s in chain(start, small_fat))
        else:
            content = whole(start)
        yield raw[: max(0, length - 2)].decode("utf-16-le"), content[:length_bytes]


def _rows(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data) - size + 1, size):
        yield data[at : at + size]


# ── macros ────────────────────────────────────────────────────────────────────────────────────


def _macros(streams: list[tuple[str, bytes]]) -> Iterator[str]:
    """The source of each module, as its project lists them."""
    by_name = dict(streams)
    page, name = "cp1252", ""
    for kind, content in _records(unpacked(by_name["dir"])):
        if kind == _CODE_PAGE:
            page = f"cp{int.from_bytes(content, 'little')}"
        elif kind == _MODULE_STREAM:
            name = content.decode(page, "replace")
        elif kind == _MODULE_OFFSET and name in by_name:
            source = by_name[name][int.from_bytes(content, "little") :]
            yield unpacked(source).decode(page, "replace")


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 6 <= len(data):
        kind, size = unpack_from("<HI", data, at)
        if kind == _VERSION:  # says four bytes and has six
            size = 6
        yield kind, data[at + 6 : at + 6 + size]
        at += 6 + size


def unpacked(data: bytes) -> bytes:
    """A compressed container of VBA. Raises ValueError for what is none."""
    if data[:1] != b"\1":
        raise ValueError("no compressed container")
    out, at = bytearray(), 1
    while at + 2 <= len(data):
        head = int.from_bytes(data[at : at + 2], "little")
        end = min(len(data), at + (head & 0xFFF) + 3)
        out += _chunk(data[at + 2 : end]) if head & 0x8000 else data[at + 2 : at + 2 + 4096]
        at = end
    return bytes(out)


def _chunk(data: bytes) -> bytes:
    """Flags, each for eight tokens: a byte, or two that say where it stood before."""
    out, rest = bytearray(), iter(data)
    for flags in rest:
        for bit in range(8):
            if not flags >> bit & 1:
                out += bytes(islice(rest, 1))
                continue
            token = int.from_bytes(bytes(islice(rest, 2)), "little")
            width = max(4, (len(out) - 1).bit_length())
            back, length = (token >> (16 - width)) + 1, (token & (0xFFFF >> width)) + 3
            if back > len(out):
                raise ValueError("a copy of what was not there")
            for _ in range(length):
                out.append(out[-back])
    return bytes(out)
