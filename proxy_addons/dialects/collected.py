"""An answer as far as it was given, for forms that are written when it is complete.

Also gives calls of tools an id where a format has none.
"""

import json
from dataclasses import dataclass, field

from penstock.model import CallDelta, CallStarted, TextDelta
from proxy_addons.dialects.base import Json

NOT_JSON = "the model called a tool with arguments that are not JSON"
"""What a client is told where `Call.parsed` raises."""


@dataclass(slots=True)
class Call:
    """One call of a tool."""

    id: str
    name: str
    pieces: list[str] = field(default_factory=list, repr=False)

    @property
    def arguments(self) -> str:
        """JSON text, as the model wrote it."""
        return "".join(self.pieces) or "{}"

    def parsed(self) -> dict[str, Json]:
        """The arguments. Raises ValueError where they are not a JSON object."""
        arguments = json.loads(self.arguments)
        if not isinstance(arguments, dict):
            raise ValueError
        return arguments


class Collected:
    """Text and calls, apart."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._calls: dict[int, Call] = {}

    def take(self, event: TextDelta | CallStarted | CallDelta) -> None:
        """Adds what `event` says."""
        match event:
            case TextDelta(text):
                self._said.append(text)
            case CallStarted(index, id, name):
                self._calls[index] = Call(id, name)
            case CallDelta(index, arguments):
                self._calls[index].pieces.append(arguments)

    @property
    def text(self) -> str:
        """All that was said."""
        return "".join(self._said)

    @property
    def calls(self) -> list[Call]:
        """In the order in which they began."""
        return list(self._calls.values())


class CallIds:
    """Gives calls without an id one, and finds the call that a result answers."""

    def __init__(self) -> None:
        self._open: list[tuple[str, str]] = []
        self._count = 0

    def made(self, id: object, name: str) -> str:
        """The id of a call that is made."""
        self._count += 1
        known = id if isinstance(id, str) and id else f"call_{self._count}"
        self._open.append((known, name))
        return known

    def answered(self, id: object, name: str) -> str:
        """The id of the call that a result of `name` answers."""
        for call in self._open:
            if call[0] == id or (not id and call[1] == name):
                self._open.remove(call)
                return call[0]
        return id if isinstance(id, str) and id else self.made(None, name)
