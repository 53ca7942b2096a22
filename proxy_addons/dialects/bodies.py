"""Any body as a JSON document that holds all its texts, and such a document as the body again.

JSON stays what it is; a form becomes its fields, lines of JSON a list, text one string. What the
bytes are counts, not what the header says: many clients send JSON as `text/plain`. Writing touches
only what changed. Source: RFC 6838 (suffixes), RFC 7578 (multipart), WHATWG URL section 5 (forms),
ndjson.org, read 2026-11-21.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from detectors import documents
from detectors.documents import picture
from penstock.errors import CannotRewrite, ParseError
from proxy_addons.dialects import binary, charsets, form, json_text, media, multipart
from proxy_addons.dialects.base import Json

_JSON = re.compile(r"(?:application|text)/(?:[\w.-]+\+)?json(?:\+protobuf)?|application/csp-report")
_JSON_LINES = re.compile(r"application/(?:x-)?(?:ndjson|jsonl|jsonlines|json-seq|stream\+json)")
_TEXT = re.compile(
    r"text/.+|application/(?:x-www-form-urlencoded|graphql|javascript|xml|yaml|x-yaml|toml|sql)"
    r"|.+\+(?:xml|yaml|json)"
)
_BYTES = re.compile(
    r"(?:image|audio|video|font|model)/(?!.+\+xml$).+"
    r"|application/.*(?:proto|grpc|msgpack|cbor|thrift|avro|eventstream|zip|pdf|wasm).*"
)
"""Formats that count their bytes: one letter more would break them, printable or not."""
_LEVELS = 4
"""How deep multipart bodies may lie in one another."""
_SEVERAL = re.compile(rb"[}\]]\s*\n\s*[{\[]")
_BETWEEN_LINES = re.compile(r"((?:\A|\r\n|[\r\n])(?:data: ?|\x1e)?)")
"""What separates lines of JSON: line breaks, the field name of an event, a record separator."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A body, read."""

    document: Json = field(repr=False)
    write: Callable[[Json], bytes] = field(repr=False)
    """The body that says what a changed `document` of the same shape says. Raises
    CannotRewrite where something changed that can be read but not written."""
    unread: frozenset[str] = frozenset()
    is_json: bool = False
    """Whether the body is JSON itself, or says so: then it is its own document."""


def essence(content_type: str) -> str:
    """The media type without parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def read(body: bytes, content_type: str, level: int = 0) -> Reading:
    """Read a body. Raises ParseError if it claims to be multipart and is not.

    `level`: in how many multipart bodies it lies.
    """
    if not body:
        return Reading(None, lambda _: body)
    kind = essence(content_type)
    if kind.startswith("multipart/") and (boundary := multipart.boundary(content_type)):
        return _multipart(body, boundary, level + 1)
    if binary.ENVELOPES.fullmatch(kind) and body[:1] not in (b"{", b"[", b'"'):
        return _binary(binary.read(body, kind), "binary")
    if _JSON.fullmatch(kind):
        return _json(body, content_type)
    if (document := documents.read(body)) is not None:
        return _document(body, document)
    decoded = charsets.decode(body, content_type, says_text=bool(_TEXT.fullmatch(kind)))
    if decoded is None or (_BYTES.fullmatch(kind) and not _is_json(decoded.text)):
        unread = "image" if picture.noise(body) else media.kind(kind) if level else "binary"
        return _binary(binary.read(body, kind), unread)
    if kind in binary.UNKNOWN and body[:1] < b" " and (found := binary.sniffed(body)):
        return _binary(found, "binary")  # its first letter is a tag
    if _is_json(decoded.text):
        return _AS_IT_IS
    if _JSON_LINES.fullmatch(kind) or kind == "text/event-stream" or _looks_like_lines(decoded):
        return _lines(decoded)
    if kind == "application/x-www-form-urlencoded":
        return _form(decoded.text)
    return _text(decoded)


def _json(body: bytes, content_type: str) -> Reading:
    if _SEVERAL.search(body):  # documents one a line are also sent as JSON
        decoded = charsets.decode(body, content_type, says_text=True)
        if decoded and not _is_json(decoded.text) and _looks_like_lines(decoded):
            return _lines(decoded)
    return _AS_IT_IS


def _is_json(text: str) -> bool:
    """Whether some parser may take `text` for a JSON document, if not ours."""
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "[", '"'):
        return False
    try:
        json.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _looks_like_lines(decoded: charsets.Decoded) -> bool:
    lines = [line for line in decoded.text.splitlines() if line.strip()]
    return len(lines) > 1 and all(json_text.inside(line) is not None for line in lines)


def _text(decoded: charsets.Decoded) -> Reading:
    document: Json = [decoded.text, *decoded.others] if decoded.others else decoded.text

    def write(new: Json) -> bytes:
        match new:
            case str(text):
                return text.encode(decoded.encoding)
            case [str(text), *others] if tuple(others) == decoded.others:
                return text.encode(decoded.encoding)
            case _:
                raise CannotRewrite("body mixes encodings and cannot be edited")

    return Reading(document, write)


def _lines(decoded: charsets.Decoded) -> Reading:
    pieces = _BETWEEN_LINES.split(decoded.text)
    document: list[Json] = [*pieces[::2]]
    for line in pieces[::2]:
        if _is_json(line):
            json_text.load(line)

    def write(new: Json) -> bytes:
        if not isinstance(new, list) or len(new) != len(document):
            raise ParseError("lines of JSON cannot become more or fewer")
        pieces[::2] = [str(line) for line in new]
        return "".join(pieces).encode(decoded.encoding)

    return Reading(document, write)


def _binary(found: binary.Binary, unread: str) -> Reading:
    return Reading(found.document, found.write, frozenset((unread,) if found.is_partial else ()))


def _document(body: bytes, found: documents.Document) -> Reading:
    texts: list[Json] = [*found.texts]

    def write(new: Json) -> bytes:
        if new != texts:
            raise CannotRewrite("a document cannot be edited")
        return body

    return Reading(texts, write, found.unread)


def _unwritable(_: Json) -> bytes:
    raise ParseError("JSON is edited token by token")


_AS_IT_IS = Reading(None, _unwritable, is_json=True)


def _form(text: str) -> Reading:
    def write(new: Json) -> bytes:
        if not isinstance(new, dict):
            raise ParseError("a form stays a form")
        return form.write(text, new).encode()

    return Reading(form.read(text), write)


def _multipart(body: bytes, boundary: str, level: int) -> Reading:
    """A list of what stands between delimiters: what its headers say, what its content holds."""
    if level > _LEVELS:
        raise ParseError(f"body has parts within parts, more than {_LEVELS} deep")
    pieces = multipart.split(body, boundary)
    parts = [multipart.part(raw) for raw in pieces[::2]]
    readings = [_as_string(part.content, part.content_type, level) for part in parts]
    document: list[Json] = [
        {"headers": part.headers, "decoded": part.spoken_headers, "content": reading.document}
        for part, reading in zip(parts, readings, strict=True)
    ]

    def write(new: Json) -> bytes:
        for i, (part, reading, said) in enumerate(
            zip(parts, readings, new if isinstance(new, list) else [], strict=True)
        ):
            match said:
                case {"headers": str(headers), "decoded": part.spoken_headers, "content": content}:
                    pieces[2 * i] = part.with_new(headers, reading.write(content))
                case _:
                    raise CannotRewrite("a part's name is encoded and cannot be edited")
        return b"".join(pieces)

    return Reading(document, write, frozenset().union(*(r.unread for r in readings)))


def _as_string(body: bytes, content_type: str, level: int) -> Reading:
    """A body within another one: JSON stays the string it is written as."""
    reading = read(body, content_type, level)
    if not reading.is_json:
        return reading
    text, encoding = json_text.decode(body)
    json_text.load(text)
    return _text(charsets.Decoded(text, encoding))
