"""The source of VBA macros, module by module, and what else lies in their projects.

Source: [MS-OVBA] 2.2, 2.3.4 and 2.4.1. Misses: macros that are kept as p-code alone.
"""

import re
from collections.abc import Iterator
from struct import unpack_from

from detectors.documents.base import Budget
from detectors.documents.compound import Compound, Stream

_CODE_PAGE, _VERSION, _STREAM, _STREAM_WIDE, _OFFSET = 0x03, 0x09, 0x1A, 0x32, 0x31
_CHUNK_BYTES = 4096
"""What a chunk unpacks to at most; one that is not packed has as many after its two of a head."""
_CACHE = re.compile(r"_vba_project|__srp_\w+")
"""What Office keeps of compiled macros, to be made anew from their source."""


class TooMuch(Exception):
    """More is unpacked than may be of one upload."""


def sources(file: Compound, budget: Budget) -> tuple[list[str], set[Stream]]:
    """The text of each module of each project, and the streams in which nothing else is to be read.

    Raises TooMuch. A stream that is not what it should be is not among them.
    """
    texts: list[str] = []
    read: set[Stream] = set()
    storages: dict[int, dict[str, Stream]] = {}
    for stream in file.streams:
        storages.setdefault(stream.storage, {}).setdefault(stream.name.lower(), stream)
    for beside in storages.values():
        about = beside.get("dir")
        if about is None:
            continue
        try:
            modules = list(_modules(unpacked(about.content, budget)))
        except ValueError:
            continue
        read.add(about)
        read |= {stream for name, stream in beside.items() if _CACHE.fullmatch(name)}
        for page, names, offset in modules:
            for stream in (beside[name] for name in names if name in beside):
                try:
                    source = unpacked(memoryview(stream.content)[offset:], budget)
                except ValueError:
                    continue
                texts.append(_decoded(source, page))
                read.add(stream)
                break
    return texts, read


def _modules(about: bytes) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Code page, names of the stream, and where in it the source begins."""
    page, names = "cp1252", tuple[str, ...]()
    at = 0
    while at + 6 <= len(about):
        kind, size = unpack_from("<HI", about, at)
        if kind == _VERSION:  # says four bytes and has six
            size = 6
        content = about[at + 6 : at + 6 + size]
        at += 6 + size
        if kind == _CODE_PAGE:
            page = f"cp{int.from_bytes(content, 'little')}"
        elif kind == _STREAM:
            names = (_decoded(content, page).lower(),)
        elif kind == _STREAM_WIDE:
            names += (content.decode("utf-16-le", "replace").lower(),)
        elif kind == _OFFSET:
            yield page, names, int.from_bytes(content, "little")


def _decoded(text: bytes, page: str) -> str:
    try:
        return text.decode(page, "replace")
    except LookupError:  # a code page of the Macintosh, or none
        return text.decode("cp1252", "replace")


def unpacked(data: bytes | memoryview, budget: Budget) -> bytes:
    """A compressed container. Raises ValueError for what is none, and TooMuch."""
    if data[:1] != b"\1":
        raise ValueError("no compressed container")
    out, at = bytearray(), 1
    while at + 2 <= len(data):
        head = int.from_bytes(data[at : at + 2], "little")
        if head >> 12 & 7 != 3:
            raise ValueError("no chunk")
        is_packed = head & 0x8000
        end = at + ((head & 0xFFF) + 3 if is_packed else 2 + _CHUNK_BYTES)
        chunk = data[at + 2 : end]
        said = _chunk(chunk) if is_packed else chunk
        if not budget.take(len(said), files=0):
            raise TooMuch
        out += said
        at = end
    return bytes(out)


def _chunk(data: bytes | memoryview) -> bytes:
    """Flags, each for eight tokens: a byte, or two that say where it stood before."""
    out, at = bytearray(), 0
    while at < len(data):
        flags, at = data[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += data[at : at + 1]
                at += 1
                continue
            token = int.from_bytes(data[at : at + 2], "little")
            if at + 2 > len(data):
                break
            at += 2
            width = max(4, (len(out) - 1).bit_length())
            back, length = (token >> (16 - width)) + 1, (token & (0xFFFF >> width)) + 3
            if back > len(out) or len(out) + length > _CHUNK_BYTES:
                raise ValueError("a copy of what was not there, or of more than a chunk holds")
            for _ in range(length):
                out.append(out[-back])
    if len(out) > _CHUNK_BYTES:
        raise ValueError("more than a chunk holds")
    return bytes(out)
