"""What the stand-in services say, whatever format they say it in."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched

from penstock.demo.wire import Said

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

PIECE = 5
"""Characters in one piece of a streamed answer: fewer than any placeholder has."""

LONGEST = 2000
"""Characters of a prompt that are repeated."""

EVENT_STREAM = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a text or, when `tool` is given, a call of that tool."""

    text: str
    tool: str = ""
    arguments: str = ""
    """JSON text of an object."""

    @property
    def pieces(self) -> Iterator[str]:
        """The text, or the arguments of the call, a few characters at a time."""
        return ("".join(piece) for piece in batched(self.arguments or self.text, PIECE))


def reply(opening: str, asked: str, tools: Iterable[tuple[str, Json]] = ()) -> Reply:
    """Repeats what was asked, or hands it to the first of `tools` (name, JSON Schema)."""
    asked = asked[:LONGEST]
    for name, schema in tools:
        match schema:
            case {"properties": {**properties}} if properties:
                argument = next(iter(properties))
            case _:
                argument = "text"
        return Reply("", name, json.dumps({argument: asked}, ensure_ascii=False))
    return Reply(f"{opening}{asked}")


def member(node: Json, name: str) -> Json:
    """A member of a JSON object; null when there is none."""
    return node.get(name) if isinstance(node, dict) else None


def elements(node: Json) -> list[Json]:
    """The elements of a JSON array; none of anything else."""
    return node if isinstance(node, list) else []


def joined(content: Json) -> str:
    """The text of a message whose content is a string or a list of parts."""
    if isinstance(content, str):
        return content
    texts = (member(part, "text") for part in elements(content))
    return " ".join(text for text in texts if isinstance(text, str))


def events(documents: Iterable[Json], *, ending: bytes = b"\n\n") -> tuple[bytes, ...]:
    """Server-sent events without names, one piece each."""
    return tuple(b"data: " + packed(document) + ending for document in documents)


def named_events(documents: Iterable[dict[str, Json]]) -> tuple[bytes, ...]:
    """Server-sent events named after the `type` in each document."""
    return tuple(
        b"event: %s\ndata: %s\n\n" % (str(document["type"]).encode(), packed(document))
        for document in documents
    )


def packed(document: Json) -> bytes:
    """JSON without spaces, every letter as it is."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def whole(document: Json, status: int = 200) -> Said:
    """An answer in one piece."""
    return Said((packed(document),), status=status)


def words(text: str) -> int:
    """About the number of tokens."""
    return len(text.split()) or 1
