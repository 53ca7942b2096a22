"""Protocol Buffers without their schema: every string in a message, nested ones included.

A length-delimited field says nothing of what it holds. What parses as a message to its last byte
is read as one, what is text as text, and what is both as both: then the message counts where it is
edited. Editing writes the field and the lengths of all that it lies in anew, and nothing else.

Source: protobuf.dev/programming-guides/encoding, read 2026-11-21.
Misses: numbers that are spelled in floating point, and packed ones.
"""

import zlib
from dataclasses import dataclass, field

from penstock.errors import CannotRewrite
from proxy_addons.dialects import charsets
from proxy_addons.dialects.base import Json

DEPTH = 24
"""How deep messages may lie in one another; deeper they are bytes."""
FIELDS = 200_000
"""Most fields of one body that are told apart; the rest are bytes."""
PICTURE_BYTES = 64
"""From how many bytes on something that is neither text nor a message is reported as unread:
what is shorter is a hash, a key or an id."""
UNPACKED_BYTES = 10 * 1024 * 1024
"""Most that one compressed field may unpack to."""

_LONG_NUMBER = 10**8
"""From nine digits on a number may be somebody's."""


@dataclass(slots=True)
class Field:
    """One field of a message, as it came."""

    head: bytes = field(repr=False)
    """Its tag."""
    value: bytes = field(repr=False)
    size: bytes = b""
    """The length of a length-delimited one, as it is written."""
    number: int = 0
    """What a number says, where it may matter."""
    is_bytes: bool = False
    text: str | None = field(default=None, repr=False)
    message: list["Field"] | None = field(default=None, repr=False)
    unpacked: list["Field"] | None = field(default=None, repr=False)
    """The message in a compressed field: read, never written."""
    runs: list[str] = field(default_factory=list, repr=False)
    """The letters of what is neither."""


class Reader:
    """Reads bodies; remembers whether something in them could not be read."""

    def __init__(self) -> None:
        self.is_partial = False
        self._fields = 0

    def read(self, data: bytes, level: int = 0) -> list[Field] | None:
        """The fields of a message; None if `data` is not one to its last byte."""
        if level >= DEPTH:
            return None
        found: list[Field] = []
        at = 0
        while at < len(data):
            if (step := _field(data, at)) is None:
                return None
            one, at = step
            found.append(one)
            self._fields += 1
            if self._fields > FIELDS:
                return None
        for one in found:
            if one.is_bytes:
                self._look_into(one, level)
        return found

    def _look_into(self, one: Field, level: int) -> None:
        one.text = _text(one.value)
        if one.value:
            one.message = self.read(one.value, level + 1)
        if one.message is not None and one.text is not None and not is_likely(one.message):
            one.message = None
        if one.text is None and one.message is None:
            packed = unpacked(one.value)
            if packed is not None:
                one.unpacked = self.read(packed, level + 1)
            if one.unpacked is None:
                one.runs = [run for _, run in charsets.printable(packed or one.value)]
                self.is_partial |= len(one.value) >= PICTURE_BYTES


def document(message: list[Field]) -> list[Json]:
    """The strings and long numbers of a message, in order."""
    found: list[Json] = []
    for one in message:
        if one.number >= _LONG_NUMBER:
            found.append(one.number)
        if one.is_bytes:
            found.append(_of(one))
    return found


def _of(one: Field) -> Json:
    if one.message is not None:
        inner = document(one.message)
        return inner if one.text is None else {"message": inner, "text": one.text}
    if one.text is not None:
        return one.text
    if one.unpacked is not None:
        return {"packed": document(one.unpacked)}
    return {"runs": list(one.runs)}


def write(message: list[Field], new: Json) -> bytes:
    """The message with what changed in its `document`. Raises CannotRewrite."""
    values = iter(new if isinstance(new, list) else [])
    out = bytearray()
    for one in message:
        if one.number >= _LONG_NUMBER and next(values, None) != one.number:
            raise CannotRewrite("a number in a binary message cannot be edited")
        value = _written(one, next(values, None)) if one.is_bytes else one.value
        out += one.head + (one.size if value is one.value else _varint(len(value))) + value
    return bytes(out)


def _written(one: Field, new: Json) -> bytes:
    if new == _of(one):
        return one.value
    match new:
        case str(text):
            return text.encode()
        case [*_] if one.message is not None:
            return write(one.message, new)
        case {"message": inner, "text": str(text)} if one.message is not None:
            if inner != document(one.message):
                return write(one.message, inner)
            return text.encode()
        case _:
            raise CannotRewrite("bytes that are not text cannot be edited")


def _field(data: bytes, at: int) -> tuple[Field, int] | None:
    """The field that begins at `at`, and where it ends."""
    if (read := _read_varint(data, at)) is None:
        return None
    tag, start = read
    if not 0 < tag >> 3 < 1 << 29:
        return None
    match tag & 7:
        case 0:
            if (number := _read_varint(data, start)) is None:
                return None
            return Field(data[at:start], data[start : number[1]], number=number[0]), number[1]
        case 1 | 5 as kind:  # eight bytes, four bytes
            end = start + (8 if kind == 1 else 4)
            return (Field(data[at:start], data[start:end]), end) if end <= len(data) else None
        case 2:
            if (size := _read_varint(data, start)) is None or size[1] + size[0] > len(data):
                return None
            end = size[1] + size[0]
            whole = Field(data[at:start], data[size[1] : end], data[start : size[1]], is_bytes=True)
            return whole, end
        case _:  # groups are long gone; letters often look like them
            return None


def _read_varint(data: bytes, at: int) -> tuple[int, int] | None:
    number = shift = 0
    for i in range(at, min(at + 10, len(data))):
        number |= (data[i] & 0x7F) << shift
        if data[i] < 0x80:
            return number, i + 1
        shift += 7
    return None


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _text(value: bytes) -> str | None:
    """UTF-8 without control characters."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return None if charsets.has_controls(text) else text


def is_likely(message: list[Field]) -> bool:
    """Whether what is text as well may be meant as a message: it holds text itself, in fields
    with low numbers. Letters alone are rarely cut like that."""
    return any(one.is_bytes and one.value for one in message) and all(
        len(one.head) <= 2 and (not one.is_bytes or one.text is not None or one.message is not None)
        for one in message
    )


def unpacked(value: bytes) -> bytes | None:
    """What bytes compressed with gzip or zlib hold; None for all others."""
    if value[:2] == b"\x1f\x8b" or (value[:1] == b"\x78" and value[1:2] in b"\x01\x5e\x9c\xda"):
        stream = zlib.decompressobj(47)
        try:
            data = stream.decompress(value, UNPACKED_BYTES)
        except zlib.error:
            return None
        return data if stream.eof and not stream.unused_data else None
    return None
