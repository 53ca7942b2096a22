"""Requests that were recorded and could not be sent: whoever sends the same again breaks no second
rule. Clients try again by themselves, within seconds and byte by byte the same.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from penstock.model import Violation

LIFE_S = 600.0
MOST = 10_000

_AGES_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A violation whose request is on its way once more."""

    violation: Violation
    number: int
    """1 for the first time it is sent."""


class Retries:
    """What of this process did not leave, for a while."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: OrderedDict[bytes, tuple[float, Attempt]] = OrderedDict()
        self._numbers: OrderedDict[str, int] = OrderedDict()

    def begin(self, violation: Violation) -> Attempt:
        """The attempt that `violation` is: one more of an earlier one, or the first of its own."""
        at, known = self._waiting.pop(_same(violation), (0.0, None))
        if known is None or self._clock() - at > LIFE_S:
            return Attempt(violation, 1)
        self._numbers[known.violation.id] = known.number + 1
        _bound(self._numbers)
        return Attempt(known.violation, known.number + 1)

    def end(self, violation: Violation) -> Attempt:
        """The attempt of `violation` that did not leave."""
        return Attempt(violation, self._numbers.pop(violation.id, 1))

    def await_next(self, attempt: Attempt) -> None:
        """From now on the next one may come: it is on record that this one did not leave."""
        self._waiting[_same(attempt.violation)] = (self._clock(), attempt)
        _bound(self._waiting)


def _same(violation: Violation) -> bytes:
    """Equal for violations that differ in nothing but their time and id."""
    same = replace(violation, id="", at=_AGES_AGO)
    return sha256(f"{same.user}\n{same!r}".encode("utf-8", "surrogateescape")).digest()


def _bound[K, V](kept: OrderedDict[K, V]) -> None:
    while len(kept) > MOST:
        kept.popitem(last=False)
