"""Answers of remote procedure calls, gRPC and Connect: restored on their way, and refusals.

Source: the gRPC protocol over HTTP/2 (status in trailers, which may come with the head) and
gRPC-Web, github.com/grpc/grpc/blob/master/doc; connectrpc.com/docs/protocol (errors of unary calls
and of streams). Read 2026-11-21.
"""

import base64
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from penstock.errors import CannotRewrite, ParseError, UninspectedError
from proxy_addons.dialects import binary, envelopes
from proxy_addons.dialects.base import Answer, Json, children
from proxy_addons.dialects.framing import LIMIT_BYTES, Frame, Framing, Slice
from proxy_addons.dialects.json_text import dump, load
from proxy_addons.dialects.restore import Delta

_PERMISSION_DENIED = "7"
_CODE = "permission_denied"


def refusal(content_type: str, message: str) -> Answer | None:
    """`message` as the error of a call with this media type; None if it is no call."""
    kind = content_type.partition(";")[0].strip().lower()
    status = (("grpc-status", _PERMISSION_DENIED), ("grpc-message", quote(message)))
    error: Json = {"code": _CODE, "message": message}
    if kind.startswith("application/grpc-web"):
        trailers = "".join(f"{name}: {value}\r\n" for name, value in status)
        end = envelopes.pack(envelopes.TRAILERS, trailers.encode())
        return Answer(200, kind, base64.b64encode(end) if "-text" in kind else end, status)
    if kind.startswith("application/grpc"):
        return Answer(200, kind, b"", status)
    if kind.startswith("application/connect+"):
        end = dump({"error": error})
        return Answer(200, kind, envelopes.pack(envelopes.ENDS, end))
    if binary.PROTOBUF.fullmatch(kind):
        return Answer(403, "application/json", dump(error))
    return None


def framing(kind: str) -> Framing | None:
    """How an answer of this media type is cut into documents; None if it is not binary."""
    if binary.ENVELOPES.fullmatch(kind) and "-text" not in kind:
        return Calls()
    if binary.PROTOBUF.fullmatch(kind) or binary.MSGPACK.fullmatch(kind):
        return Whole(kind)
    return None


def spelled(document: Json, where: str = "") -> Iterator[Delta]:
    """Any text of a stream may go on in the next message, at the same place."""
    if isinstance(document, str):
        yield Delta(where, where, document)
    for token, child in children(document):
        yield from spelled(child, f"{where}/{token}")


class Document:
    """A binary message and the JSON document of its strings. A Frame."""

    def __init__(self, raw: bytes, found: binary.Binary, around: envelopes.Envelope | None) -> None:
        self.raw = raw
        self.data = dump(found.document)
        self._found = found
        self._around = around

    def put(self, data: bytes) -> bytes:
        """See Frame."""
        try:
            new = self._found.write(load(data.decode()))
        except (CannotRewrite, ParseError):
            return self.raw
        return self._around.with_new(new) if self._around else new


class Calls:
    """The messages of a stream. See Framing."""

    def __init__(self) -> None:
        self._envelopes = envelopes.Envelopes()

    def feed(self, data: bytes) -> Sequence[Frame]:
        """See Framing."""
        try:
            found, rest = self._envelopes.feed(data)
        except UninspectedError:
            return [Slice(self._envelopes.give_up())]
        frames: list[Frame] = [Document(e.raw, binary.of_message(e), e) for e in found]
        return [*frames, Slice(rest)] if rest else frames

    def finish(self) -> Sequence[Frame]:
        """See Framing."""
        rest = self._envelopes.finish()
        return [Slice(rest)] if rest else []


class Whole:
    """An answer that is one message. See Framing."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._body = b""
        self._is_too_long = False

    def feed(self, data: bytes) -> Sequence[Frame]:
        """See Framing."""
        if self._is_too_long:
            return [Slice(data)]
        self._body += data
        if len(self._body) <= LIMIT_BYTES:
            return []
        self._is_too_long = True
        body, self._body = self._body, b""
        return [Slice(body)]

    def finish(self) -> Sequence[Frame]:
        """See Framing."""
        if not self._body:
            return []
        return [Document(self._body, binary.read(self._body, self._kind), None)]
