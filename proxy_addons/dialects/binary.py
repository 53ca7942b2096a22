"""Binary bodies as documents of their strings: Protocol Buffers, gRPC, Connect, MessagePack.

What the header says is tried first; a body that says nothing of itself is taken for what it parses
as, to its last byte. What is none of them shows its letters, and they can be read but not edited.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from penstock.errors import CannotRewrite
from proxy_addons.dialects import charsets, envelopes, msgpack, protobuf
from proxy_addons.dialects.base import Json

ENVELOPES = re.compile(r"application/(?:grpc(?:-web(?:-text)?)?(?:\+\w+)?|connect\+\w+)")
PROTOBUF = re.compile(
    r"application/(?:x-|vnd\.google\.|x-google-|vnd\.google-)?proto(?:buf|col-?buffers?)?"
)
MSGPACK = re.compile(r"application/(?:x-|vnd\.)?(?:msgpack|messagepack)")
UNKNOWN = ("", "application/octet-stream", "binary/octet-stream", "application/x-binary")
"""Types that say nothing."""

type _Write = Callable[[Json], bytes]


@dataclass(frozen=True, slots=True)
class Binary:
    """A body, read."""

    document: Json = field(repr=False)
    write: _Write = field(repr=False)
    """The body that says what a changed `document` says. Raises CannotRewrite."""
    is_partial: bool = False
    """Whether something in it could not be read."""


def read(body: bytes, kind: str) -> Binary:
    """A body of the media type `kind`."""
    if ENVELOPES.fullmatch(kind):
        found = _web_text(body) if "-text" in kind else _envelopes(body)
    elif PROTOBUF.fullmatch(kind):
        found = _protobuf(body)
    elif MSGPACK.fullmatch(kind):
        found = _msgpack(body)
    else:
        found = sniffed(body) if kind in UNKNOWN else None
    return found or _letters(body)


def sniffed(body: bytes) -> Binary | None:
    """A body that says nothing of itself; None if it is nothing that is known here."""
    found = _envelopes(body) or _protobuf(body, likely=True)
    return found or (_msgpack(body) if msgpack.looks_like(body) else None)


def _letters(body: bytes) -> Binary:
    document: list[Json] = [text for _, text in charsets.printable(body)]

    def write(new: Json) -> bytes:
        if new != document:
            raise CannotRewrite("bytes that are not text cannot be edited")
        return body

    return Binary(document, write, is_partial=True)


def _protobuf(body: bytes, *, likely: bool = False) -> Binary | None:
    reader = protobuf.Reader()
    message = reader.read(body)
    if message is None or (likely and not protobuf.is_likely(message)):
        return None

    def write(new: Json) -> bytes:
        return protobuf.write(message, new)

    return Binary(protobuf.document(message), write, reader.is_partial)


def _msgpack(body: bytes) -> Binary | None:
    found = msgpack.read(body)
    return Binary(list(found.values), found.write, found.is_partial) if found else None


def _envelopes(body: bytes) -> Binary | None:
    """A list of what each message holds: text for one that is text, else its fields."""
    found = envelopes.split(body)
    if found is None:
        return None
    inner = [of_message(e) for e in found]

    def write(new: Json) -> bytes:
        values = new if isinstance(new, list) else []
        return b"".join(
            e.raw if value == i.document else e.with_new(i.write(value))
            for e, i, value in zip(found, inner, values, strict=True)
        )

    return Binary([i.document for i in inner], write, any(i.is_partial for i in inner))


def of_message(envelope: envelopes.Envelope) -> Binary:
    """What one message of a stream holds."""
    if envelope.is_sealed:
        return _letters(envelope.message)
    decoded = charsets.decode(envelope.message, "", says_text=False)
    if decoded is not None and (envelope.message[:1] in b"{[" or envelope.flags & ~1):
        return Binary(decoded.text, lambda new: str(new).encode(decoded.encoding))
    return _protobuf(envelope.message) or _letters(envelope.message)


def _web_text(body: bytes) -> Binary | None:
    """gRPC-Web in base64, in one piece or in several with padding between them."""
    try:
        pieces = re.findall(rb"[A-Za-z0-9+/]+={0,2}", body)
        found = _envelopes(b"".join(base64.b64decode(piece, validate=True) for piece in pieces))
    except binascii.Error:
        return None
    if found is None:
        return None
    return Binary(found.document, lambda new: base64.b64encode(found.write(new)), found.is_partial)
