"""A made-up card number in the shape of each dialect's own requests: it must be found everywhere.

Formats drift; a dialect that no longer finds what a request says would let it pass. The number is
the test number of a card scheme and belongs to nobody.
"""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from penstock.errors import PenstockError
from penstock.model import Action, Sender
from proxy_addons.coverage import CANARY, Coverage
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.messages import METHOD
from proxy_addons.inspection import Inspection, Job

NUMBER = "4111 1111 1111 1111"
TEXT = f"Please pay with card number {NUMBER}, valid until 12/29."
DATA_CLASS = "pci.card_number"

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data; boundary=X"
_TURN = {"role": "user", "content": TEXT}
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
    """At least one for each dialect: its own, or one that every dialect must read."""
    own = {shape.dialect: shape for shape in _shipped() if shape.dialect in BY_NAME}
    yield from _GENERIC
    yield from own.values()
    for name in BY_NAME.keys() - own.keys() - {"generic"}:
        yield _shape(name, "/", {"prompt": TEXT, "messages": [_TURN]})


@cache
def _shipped() -> tuple[Shape, ...]:
    rows = json.loads(SHIPPED.read_text("utf-8"))
    return tuple(Shape(**{**row, "body": base64.b64decode(row["body"])}) for row in rows)


def job(shape: Shape) -> Job:
    """The look at it that a proxy takes."""
    return Job(
        service="canary",
        dialect=shape.dialect,
        method=shape.method,
        target=shape.target,
        content_type=shape.content_type,
        content_encoding="",
        body=shape.body,
        user_agent="",
        sender=Sender("canary", service="canary", identified_by="canary"),
        max_body_bytes=1 << 20,
    )


def is_held(seen: Inspection) -> bool:
    """Whether the number was found, whatever the policy makes of it."""
    found = any(f.data_class == DATA_CLASS for f in seen.verdict.findings)
    return found or seen.verdict.decision.action is Action.BLOCK


async def unseen(inspect: Callable[[Job], Awaitable[Inspection]]) -> list[str]:
    """The shapes in which the number passes, in words. What is refused does not pass."""
    passed = []
    for shape in sorted(shapes(), key=lambda s: (s.dialect, s.target, s.content_type)):
        try:
            held = is_held(await inspect(job(shape)))
        except PenstockError:
            held = True  # the guard refuses it
        if not held:
            passed.append(f"{shape.dialect} {shape.method} {shape.target} {shape.content_type}")
    return passed


async def watch(
    inspect: Callable[[Job], Awaitable[Inspection]],
    coverage: Coverage,
    say: Callable[[str], None],
    every_s: float,
) -> None:
    """Sends them again and again, and raises the alarm; until cancelled."""
    while True:
        _alarm(await unseen(inspect), coverage, say)
        await asyncio.sleep(every_s)


def _alarm(passed: Iterable[str], coverage: Coverage, say: Callable[[str], None]) -> None:
    for shape in passed:
        coverage.note(CANARY, shape)
        say(f"ALARM: a canary passed unseen: {shape}")
