"""JSON as text: read strictly, edited in place.

Editing touches only the tokens that change, so the order of members, the spelling of numbers and
the spacing of a body survive. Source: RFC 8259 (JSON), RFC 6901 (JSON Pointer).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping

from penstock.errors import ParseError
from proxy_addons.dialects.base import Json, children, escape
from proxy_addons.dialects.passages import Changes

DEPTH = 64
"""Deepest nesting that is read; real requests stay below 20."""

_CHARSETS = re.compile(r"(utf|ucs)[-_]?(8|16|32)([-_]?[bl]e)?(-sig)?|us-ascii|ascii", re.IGNORECASE)
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]|[^\s{}\[\],:"]+', re.DOTALL)
_OBJECT = -1


def decode(body: bytes, content_type: str = "") -> tuple[str, str]:
    """The text of a JSON body and its encoding. Raises ParseError.

    JSON is UTF-8; UTF-16 and UTF-32 are recognised by their zero bytes or byte order mark. A
    declared charset of another family is accepted only where it cannot matter.
    """
    encoding = json.detect_encoding(body)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        raise ParseError("body is not Unicode text") from None
    declared = content_type.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    if declared and not text.isascii() and not _CHARSETS.fullmatch(declared):
        raise ParseError("body is JSON in an encoding that JSON does not have")
    return text, encoding


def encode(text: str, encoding: str) -> bytes:
    """The inverse of `decode`, byte order mark included."""
    return text.encode(encoding)


def load(text: str) -> Json:
    """Parse JSON. Raises ParseError, also where two parsers may read it differently: repeated
    names, `NaN`, more than `DEPTH` levels."""
    try:
        document: Json = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise ParseError("body is not the JSON its dialect promises") from None
    if text.count("{") + text.count("[") > DEPTH and not _fits(document, DEPTH):
        raise ParseError(f"body is JSON nested deeper than {DEPTH} levels")
    return document


def _no_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("repeated name")
    return found


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_no_constant)


def _fits(document: Json, levels: int) -> bool:
    nodes = [document]
    for _ in range(levels + 1):
        parents = [node for node in nodes if isinstance(node, dict | list)]
        if not parents:
            return True
        nodes = [
            child
            for node in parents
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return False


def inside(text: str) -> dict[str, Json] | list[Json] | None:
    """The document a string holds, if it is a JSON object or array and nothing else."""
    if text[:1] not in "{[ \t\r\n" or text.lstrip(" \t\r\n")[:1] not in ("{", "["):
        return None
    try:
        document = load(text)
    except ParseError:
        return None
    return document if isinstance(document, dict | list) else None


def dump(document: Json) -> bytes:
    """Compact JSON, ASCII only, so that any string survives."""
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """(where, start, end) of each scalar in JSON `text`, quotes included, and the same of each
    member name with `key:` before the member's pointer. `text` must have passed `load`."""
    places: list[str] = []
    counts: list[int] = []
    name: str | None = None
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        first = text[start]
        if first == ",":
            if counts[-1] != _OBJECT:
                counts[-1] += 1
            continue
        if first in "}]":
            places.pop()
            counts.pop()
            continue
        if counts and counts[-1] == _OBJECT and name is None:
            name = f"{places[-1]}/{escape(json.loads(text[start:end]))}"
            yield f"key:{name}", start, end
            continue
        here = name if name is not None else f"{places[-1]}/{counts[-1]}" if counts else ""
        name = None
        if first in "{[":
            places.append(here)
            counts.append(_OBJECT if first == "{" else 0)
        else:
            yield here, start, end


def substitute(text: str, changes: Changes, within: Callable[[str, Changes], str]) -> str:
    """`text` with new strings at the given places; `within` edits a string that itself holds a
    document. Raises ParseError if two members of one object would get the same name."""
    if not changes:
        return text
    parts: list[str] = []
    at, renamed = 0, False
    for where, start, end in tokens(text):
        new = changes.get(where)
        if new is None:
            continue
        if isinstance(new, dict):
            new = within(json.loads(text[start:end]), new)
        parts += text[at:start], json.dumps(new)
        at, renamed = end, renamed or where.startswith("key:")
    result = "".join((*parts, text[at:]))
    if renamed:
        load(result)
    return result


def put(text: str, values: Mapping[str, str]) -> str:
    """JSON `text` with new strings at the given pointers."""
    return substitute(text, dict(values), lambda string, _: string)


def select(node: Json, *patterns: str) -> Iterator[tuple[str, Json]]:
    """Nodes at any of the pointers; a `*` token stands for every child. Never raises."""
    for pattern in patterns:
        found = [("", node)]
        for token in pattern.split("/")[1:]:
            if token == "*":
                found = [(f"{w}/{t}", child) for w, n in found for t, child in children(n)]
            elif token.isdecimal():
                found = [(f"{w}/{t}", c) for w, n in found for t, c in children(n) if t == token]
            else:
                found = [
                    (f"{w}/{token}", n[token])
                    for w, n in found
                    if isinstance(n, dict) and token in n
                ]
        yield from found
