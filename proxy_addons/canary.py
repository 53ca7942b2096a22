"""A made-up card number in the shape of each dialect's own requests, and where to send it.

Formats drift; a dialect that no longer finds what a request says would let it pass, and so would a
catalogue that no longer leads there. The number is the test number of a card scheme and belongs to
nobody. `rehearsal` sends it; `watch` does so again and again.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.messages import METHOD
from proxy_addons.services import Services

NUMBER = "4111 1111 1111 1111"
TEXT = f"Please pay with card number {NUMBER}, valid until 12/29."
DATA_CLASS = "pci.card_number"

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data; boundary=X"
SHIPPED = Path(__file__).with_name("canaries.json")
"""The shapes of dialects, one a line; made from captures of real requests."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A request as clients of one dialect send it."""

    dialect: str
    method: str
    target: str
    content_type: str
    body: bytes = field(repr=False)
    host: str = ""
    """Where it was captured; empty for what may go to any host that its dialect reads."""


def _protobuf(text: str) -> bytes:
    inner = b"\n" + bytes([len(text)]) + text.encode()
    return b"\n" + bytes([len(inner)]) + inner


def _shape(dialect: str, target: str, document: object) -> Shape:
    return Shape(dialect, "POST", target, _JSON, json.dumps(document).encode())


_GENERIC = (
    _shape("generic", "/graphql", {"query": "mutation($t: String)", "variables": {"t": TEXT}}),
    Shape("generic", "POST", "/form", _FORM, f"q={TEXT.replace(' ', '+')}".encode()),
    Shape("generic", "POST", "/lines", "application/x-ndjson", json.dumps(TEXT).encode() + b"\n{}"),
    Shape("generic", "POST", "/text", "text/plain", TEXT.encode()),
    Shape("generic", "POST", "/a.Chat/Say", "application/proto", _protobuf(TEXT)),
    Shape(
        "generic",
        "POST",
        "/a.Chat/Say",
        "application/connect+proto",
        b"\0" + len(_protobuf(TEXT)).to_bytes(4) + _protobuf(TEXT),
    ),
    Shape(
        "generic",
        "POST",
        "/chat",
        "application/x-msgpack",
        b"\x81\xa4text\xd9" + bytes([len(TEXT)]) + TEXT.encode(),
    ),
    Shape(
        "generic",
        "POST",
        "/upload",
        _MULTIPART,
        b'--X\r\ncontent-disposition: form-data; name="q"\r\n\r\n%b\r\n--X--\r\n' % TEXT.encode(),
    ),
    Shape("generic", METHOD, "/socket", "application/octet-stream", _protobuf(TEXT)),
)


def shapes() -> Iterator[Shape]:
    """Those of captured requests, and what every host that is read generically must be read in."""
    yield from _GENERIC
    for shape in _shipped():
        if shape.dialect in BY_NAME:
            yield shape


def places(services: Services) -> Iterator[tuple[str, Shape]]:
    """Each shape and the host to send it to: the captured one, or the first that reads it."""
    for shape in shapes():
        if host := shape.host or _reading(services, shape):
            yield host, shape


def misread(services: Services, host: str, shape: Shape) -> str:
    """The dialect that reads `shape` at `host` in place of its own; empty if that does."""
    found = services.match(host, shape.method, shape.target)
    read_by = found.dialect if found else "none"
    return "" if read_by == shape.dialect else read_by


def _reading(services: Services, shape: Shape) -> str:
    for row in services:
        if row.endpoint(shape.method, shape.target).dialect == shape.dialect:
            return row.hosts[0].replace("*", "canary")
    return ""


@cache
def _shipped() -> tuple[Shape, ...]:
    rows = json.loads(SHIPPED.read_text("utf-8"))
    return tuple(Shape(**{**row, "body": base64.b64decode(row["body"])}) for row in rows)
