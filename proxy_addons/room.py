"""How much of what clients send is held at a time, over all connections of a process.

Each body is bounded by itself, see `limits`; without this a thousand connections would hold a
thousand of them. What finds no room is refused and recorded as not inspected: `overload`.
"""

import logging
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

AGAIN_S = 300.0
"""How long operators hear nothing more of it."""


class Room:
    """For the bodies and messages of all clients."""

    def __init__(self, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most_bytes = most_bytes
        self.held_bytes = 0
        self._clock = clock
        self._said = -AGAIN_S
        self._refused = 0

    def tell(self) -> None:
        """Something found no room: operators hear it once in a while."""
        self._refused += 1
        now = self._clock()
        if now - self._said >= AGAIN_S:
            logger.warning(
                "what clients send at a time is more than `proxy.max_held_bytes`; refused: %d",
                self._refused,
            )
            self._said, self._refused = now, 0


class Held:
    """What one request, or one socket, holds of it."""

    __slots__ = ("_room", "size_bytes")

    def __init__(self, room: Room) -> None:
        self._room = room
        self.size_bytes = 0

    def takes(self, size_bytes: int) -> bool:
        """Whether there was room for more; then it is held until `drop`."""
        room = self._room
        if room.held_bytes + size_bytes > room.most_bytes:
            room.tell()
            return False
        room.held_bytes += size_bytes
        self.size_bytes += size_bytes
        return True

    def drop(self) -> None:
        """All of it is gone."""
        self._room.held_bytes -= self.size_bytes
        self.size_bytes = 0

    def end(self) -> None:
        """All of it is gone, and what was read and waits for a hook still takes nothing of it."""
        self.drop()
        self._room = Room(self._room.most_bytes)
