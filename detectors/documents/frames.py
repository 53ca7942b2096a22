"""How many pictures one file holds: pages of a TIFF, frames of what moves.

Source: TIFF 6.0, GIF89a, RFC 9649 (WebP), PNG (third edition), CIPA DC-007 (several in a JPEG).
"""

from collections.abc import Iterator
from struct import error, unpack_from

MOST = 1_000
"""Counting ends here."""


def count(data: bytes) -> int:
    """At least 1, also of what is damaged or no picture; at most `MOST`."""
    found = 0
    try:
        for _ in _frames(data):
            found += 1
            if found == MOST:
                break
    except (error, IndexError):
        pass  # what came before it has been counted
    return max(1, found)


def is_tiff(data: bytes) -> bool:
    """Pictures of which each is a page of its own."""
    return data.startswith((b"II*\0", b"MM\0*"))


def _frames(data: bytes) -> Iterator[int]:
    """Where each begins."""
    if is_tiff(data):
        yield from _directories(data)
    elif data.startswith(b"GIF"):
        yield from _descriptors(data)
    elif data.startswith(b"RIFF"):
        yield from (at for name, at in _chunks(data, 12, "<4sI", 0) if name == b"ANMF")
    elif data.startswith(b"\x89PNG"):
        for name, at in _chunks(data, 8, ">I4s", 4):
            if name == b"acTL":
                yield from range(min(MOST, unpack_from(">I", data, at)[0]))
    elif data.startswith(b"\xff\xd8\xff") and b"MPF\0" in data[: 1 << 18]:
        yield from range(2)


def _directories(data: bytes) -> Iterator[int]:
    order = "<" if data.startswith(b"II") else ">"
    (at,) = unpack_from(f"{order}I", data, 4)
    seen: set[int] = set()
    while at and at not in seen:
        seen.add(at)
        yield at
        (entries,) = unpack_from(f"{order}H", data, at)
        (at,) = unpack_from(f"{order}I", data, at + 2 + 12 * entries)


def _descriptors(data: bytes) -> Iterator[int]:
    def behind_table(at: int, flags: int) -> int:
        return at + (3 << (flags & 7) + 1 if flags & 0x80 else 0)

    at = behind_table(13, data[10])
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            yield at
            at = behind_table(at + 10, data[at + 9]) + 1
        else:  # an extension
            at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1


def _chunks(data: bytes, at: int, form: str, more: int) -> Iterator[tuple[bytes, int]]:
    """Names of chunks and where their contents begin."""
    while at + 8 <= len(data):
        first, second = unpack_from(form, data, at)
        name, size = (first, second) if isinstance(first, bytes) else (second, first)
        yield name, at + 8
        at += 8 + size + more
        at += (size & 1) * (more == 0)  # those of RIFF end at even places
