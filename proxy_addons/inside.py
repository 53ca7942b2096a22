"""Keeps the turns that were answered here, for a while and in memory only.

Each process keeps those it answered. What is forgotten is gone from the page when it is loaded
again; the chat at the service is as it was.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from proxy_addons.dialects.inside import InsideTurn, Thread

HOURS = 12
MOST_CHARACTERS = 16 * 1024 * 1024
"""Of all prompts and answers together."""
MOST_THREADS = 2_000

type _Key = tuple[str, str, str]


class Inside:
    """Threads by person, service and chat; the one that was used longest ago goes first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._threads: OrderedDict[_Key, tuple[float, Thread]] = OrderedDict()

    def find(self, user: str, service: str, conversation: str) -> Thread | None:
        """The turns of a chat that were answered here; None if there are none."""
        found = self._threads.pop((user, service, conversation), None)
        if found is None or found[0] < self._oldest:
            return None
        self._threads[user, service, conversation] = self._clock(), found[1]
        return found[1]

    def keep(self, user: str, service: str, turn: InsideTurn) -> None:
        """Adds a turn. One that comes again, tried once more, takes the place of the first."""
        key = (user, service, turn.conversation)
        _, thread = self._threads.pop(key, (0.0, Thread(is_known=not turn.begins)))
        thread.turns = [t for t in thread.turns if t.asked != turn.asked] + [turn]
        self._threads[key] = self._clock(), thread
        self._forget()

    @property
    def _oldest(self) -> float:
        return self._clock() - HOURS * 3600

    def _forget(self) -> None:
        """What is too old or too much, but never the newest."""
        oldest, size = self._oldest, sum(_size(thread) for _, thread in self._threads.values())
        while len(self._threads) > 1:
            used, thread = next(iter(self._threads.values()))
            if used >= oldest and size <= MOST_CHARACTERS and len(self._threads) <= MOST_THREADS:
                return
            size -= _size(thread)
            self._threads.popitem(last=False)


def _size(thread: Thread) -> int:
    return sum(len(turn.prompt) + len(turn.said) for turn in thread.turns)
