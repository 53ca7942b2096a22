"""Slides of PowerPoint 97 to 2003: all texts, with notes and comments, and what was put into them.

Source: [MS-PPT] 2.3.1, 2.9.42, 2.9.43, 2.10.34. Misses: pictures beside text.
"""

import re
import zlib
from collections.abc import Iterator
from struct import unpack_from

from detectors.documents import read_anything
from detectors.documents.base import Budget, Document, letters, wide_letters

_HEAD_BYTES = 8
_WIDE, _NARROW = (0x0FA0, 0x0FBA), 0x0FA8
_HOLDS_OTHERS = 0xF
_BROKEN = -1
_TOKEN_AT, _SEALED = 12, b"\xdf\xc4\xd1\xf3"
_STYLES = 0x0428
_PUT_IN = (0x1011, 0x1012, _STYLES)
"""An object, the project of macros, or a package of styles for tables."""
_ZEROS = re.compile(rb"\0*")
_SAID = str.maketrans({"\r": "\n", "\x0b": "\n"})
_DAMAGED = Document(unread=frozenset({"damaged"}))
_TOO_MUCH = Document(unread=frozenset({"archive"}))


def is_sealed(user: bytes) -> bool:
    """Whether the stream `Current User` says that slides have a password."""
    return user[_TOKEN_AT : _TOKEN_AT + 4] == _SEALED


def read(content: bytes, budget: Budget) -> Iterator[Document]:
    """What the stream `PowerPoint Document` says."""
    said: list[str] = []
    is_whole = True
    for kind, variant, data in _records(content):
        if kind == _BROKEN:
            is_whole = False
            yield Document((*letters(data), *wide_letters(data)))
        elif kind in _WIDE:
            said.append(data.decode("utf-16-le", "replace").translate(_SAID))
        elif kind == _NARROW:
            said.append(data.decode("latin-1").translate(_SAID))
        elif kind in _PUT_IN:
            yield _put_in(data, kind != _STYLES and bool(variant), budget)
    yield Document(("\n".join(said),), frozenset() if is_whole else frozenset({"damaged"}))


def _records(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Kind, variant and content of each that holds no others."""
    at, ends = 0, [len(content)]
    while ends:
        if at + _HEAD_BYTES > ends[-1]:
            at = max(at, ends.pop())
            continue
        version, kind, length = unpack_from("<HHI", content, at)
        if (version, kind, length) == (0, 0, 0):  # what a save left empty
            at = _after_zeros(content, at)
            continue
        at += _HEAD_BYTES
        if at + length > ends[-1]:
            yield _BROKEN, 0, content[at : ends[-1]]
            at = ends.pop()
        elif version & 0xF == _HOLDS_OTHERS and kind != _STYLES:
            ends.append(at + length)
        else:
            yield kind, version >> 4, content[at : at + length]
            at += length


def _after_zeros(content: bytes, at: int) -> int:
    """Where a record begins again, which may begin with two zeros."""
    zeros = _ZEROS.match(content, at)
    end = zeros.end() if zeros else at + _HEAD_BYTES
    return end - 2 if content[end + 1 : end + 2] > b"\0" else end


def _put_in(data: bytes, is_packed: bool, budget: Budget) -> Document:
    if is_packed:
        unpacker, size = zlib.decompressobj(), int.from_bytes(data[:4], "little")
        try:
            data = unpacker.decompress(data[4:], max(1, budget.size_bytes))
        except zlib.error:
            return _DAMAGED
        if unpacker.unconsumed_tail:
            return _TOO_MUCH
        if not unpacker.eof and len(data) < size:
            return _DAMAGED
    return read_anything(data, budget) if budget.take(len(data)) else _TOO_MUCH
