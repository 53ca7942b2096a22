"""The values behind placeholders, by chat: in the memory of one process only, for a while."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from penstock.model import Sender

HOURS = 12
MOST_CHATS = 2_000
MOST_CHARACTERS = 16 * 1024 * 1024
"""Of all values together."""


class Values:
    """What placeholders stand for, by chat, or by file and person; the one that was used longest
    ago goes first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._chats: OrderedDict[bytes, tuple[float, dict[str, str]]] = OrderedDict()
        self._characters = 0

    def of(self, chat: bytes) -> Mapping[str, str]:
        """Placeholder -> value, as far as this process knows."""
        self._forget()
        _, values = self._chats.get(chat, (0.0, {}))
        return values

    def keep(self, chat: bytes, values: Mapping[str, str]) -> None:
        """Adds some of a chat."""
        _, known = self._chats.pop(chat, (0.0, {}))
        self._characters += _size(values) - _size({k: known[k] for k in values if k in known})
        self._chats[chat] = self._clock(), {**known, **values}
        self._forget()

    def _forget(self) -> None:
        oldest = self._clock() - HOURS * 3600
        while self._chats:
            used, values = next(iter(self._chats.values()))
            is_much = len(self._chats) > MOST_CHATS or self._characters > MOST_CHARACTERS
            if used >= oldest and not is_much:
                return
            self._characters -= _size(values)
            self._chats.popitem(last=False)


def _size(values: Mapping[str, str]) -> int:
    return sum(len(k) + len(v) for k, v in values.items())


def whose(file: bytes, sender: Sender) -> bytes:
    """By what the values of a file are known: others who name it are not told them."""
    return file + sender.user.encode("utf-8", "surrogatepass") if file else b""
