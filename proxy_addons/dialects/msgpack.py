"""MessagePack: every string of a document, edited in place.

Containers count their members, not their bytes, so a string can be written anew by itself.

Source: github.com/msgpack/msgpack/blob/master/spec.md, read 2026-11-21.
Misses: extension types, and text that an application compressed; they are reported as unread.
"""

import struct
from dataclasses import dataclass, field

from penstock.errors import CannotRewrite
from proxy_addons.dialects import charsets
from proxy_addons.dialects.base import Json

DEPTH = 64
"""Deepest nesting that is read."""
ITEMS = 500_000
"""Most values of one document."""
PICTURE_BYTES = 64
"""From how many bytes on binary data counts as unread."""

_LONG_NUMBER = 10**8
_SIZED = {
    # format -> (kind, bytes of its length)
    0xC4: ("bin", 1), 0xC5: ("bin", 2), 0xC6: ("bin", 4),
    0xC7: ("ext", 1), 0xC8: ("ext", 2), 0xC9: ("ext", 4),
    0xD9: ("str", 1), 0xDA: ("str", 2), 0xDB: ("str", 4),
    0xDC: ("array", 2), 0xDD: ("array", 4), 0xDE: ("map", 2), 0xDF: ("map", 4),
}  # fmt: skip
_NUMBERS = {
    0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
    0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
}  # fmt: skip
_FIXED_EXT = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}


@dataclass(slots=True)
class _Token:
    start: int
    end: int
    text: str | None = field(default=None, repr=False)
    is_binary: bool = False


class _Malformed(Exception):
    pass


class Document:
    """A MessagePack body, read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._strings: list[_Token] = []
        self.is_partial = False
        """Whether something in it could not be read."""
        self.values: list[Json] = []
        """Its strings and long numbers, names of members included, in order."""
        while self._at < len(data):
            self._value(0)

    def write(self, new: Json) -> bytes:
        """The body with what changed in `values`. Raises CannotRewrite."""
        if not isinstance(new, list) or len(new) != len(self.values):
            raise CannotRewrite("a binary document cannot become longer or shorter")
        out, at = bytearray(), 0
        strings = iter(self._strings)
        for old, value in zip(self.values, new, strict=True):
            if not isinstance(old, str):
                if value != old:
                    raise CannotRewrite("bytes that are not text cannot be edited")
                continue
            token = next(strings)
            if value == old:
                continue
            if not isinstance(value, str):
                raise CannotRewrite("a text stays a text")
            out += self._data[at : token.start] + _packed(value.encode(), token.is_binary)
            at = token.end
        return bytes(out + self._data[at:])

    def _value(self, level: int) -> None:
        if level > DEPTH or len(self.values) > ITEMS:
            raise _Malformed
        start = self._at
        kind = self._take(1)[0]
        if kind < 0x80 or kind >= 0xE0 or kind in (0xC0, 0xC2, 0xC3):
            return
        if kind in _NUMBERS:
            self._number(_NUMBERS[kind])
        elif kind in _FIXED_EXT:
            self._take(1 + _FIXED_EXT[kind])
        elif kind < 0xC0:
            self._sized(start, *_short(kind), level)
        elif kind in _SIZED:
            name, width = _SIZED[kind]
            self._sized(start, name, int.from_bytes(self._take(width)), level)
        else:
            raise _Malformed

    def _sized(self, start: int, kind: str, size: int, level: int) -> None:
        match kind:
            case "array" | "map":
                if size > len(self._data) - self._at:
                    raise _Malformed
                for _ in range(size * (2 if kind == "map" else 1)):
                    self._value(level + 1)
            case "ext":
                self._opaque(self._take(size + 1)[1:])
            case _:
                self._string(start, self._take(size), is_binary=kind == "bin")

    def _string(self, start: int, data: bytes, *, is_binary: bool) -> None:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return self._opaque(data)
        if is_binary and charsets.has_controls(text):
            return self._opaque(data)
        if text:
            self._strings.append(_Token(start, self._at, text, is_binary))
            self.values.append(text)

    def _opaque(self, data: bytes) -> None:
        self.is_partial |= len(data) >= PICTURE_BYTES
        runs: list[Json] = [run for _, run in charsets.printable(data)]
        if runs:
            self.values.append({"runs": runs})

    def _number(self, layout: str) -> None:
        [number] = struct.unpack(layout, self._take(struct.calcsize(layout)))
        if abs(number) >= _LONG_NUMBER and number == number and abs(number) != float("inf"):
            self.values.append(number)

    def _take(self, size: int) -> bytes:
        self._at += size
        if self._at > len(self._data):
            raise _Malformed
        return self._data[self._at - size : self._at]


def read(data: bytes) -> Document | None:
    """The document in `data`; None if it is none to its last byte."""
    try:
        return Document(data)
    except _Malformed:
        return None


def looks_like(data: bytes) -> bool:
    """Whether bytes that nobody declared may be MessagePack: a map or an array at the top."""
    first = data[0] if data else 0
    return 0x81 <= first <= 0x8F or 0x91 <= first <= 0x9F or 0xDC <= first <= 0xDF


def _short(kind: int) -> tuple[str, int]:
    if kind < 0x90:
        return "map", kind & 0x0F
    if kind < 0xA0:
        return "array", kind & 0x0F
    return "str", kind & 0x1F


def _packed(data: bytes, is_binary: bool) -> bytes:
    size = len(data)
    if not is_binary and size < 32:
        return bytes([0xA0 | size]) + data
    first = 0xC4 if is_binary else 0xD9
    for width in (1, 2, 4):
        if size < 1 << 8 * width:
            return bytes([first + (1, 2, 4).index(width)]) + size.to_bytes(width) + data
    raise CannotRewrite("a text is too long")
