"""Requests that were recorded and could not be sent: whoever sends the same again breaks no second
rule. Clients try again by themselves, within seconds and byte by byte the same, and often on
another connection, which another proxy process may have: what waits is on the shelf they share.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b

from penstock.errors import InspectionError
from penstock.model import Violation
from proxy_addons.chats.threads import Away
from proxy_addons.places import log_place

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
    """What did not leave, for a while. Nothing here raises: where the shelf is away, a request that
    is tried again is recorded once more."""

    def __init__(self, away: Away, key: bytes) -> None:
        """`key`: the installation's."""
        self._away = away
        self._key = key[:64]
        self._numbers: OrderedDict[str, int] = OrderedDict()

    async def begin(self, violation: Violation) -> Attempt:
        """The attempt that `violation` is: one more of an earlier one, or the first of its own."""
        mark = self._same(violation)
        try:
            waiting = await self._away(lambda shelf: shelf.take(mark))
        except InspectionError as e:
            log_place("looking for a retry", e)
            waiting = None
        if waiting is None:
            return Attempt(violation, 1)
        id, at, number = json.loads(waiting)
        self._numbers[id] = number + 1
        while len(self._numbers) > MOST:
            self._numbers.popitem(last=False)
        return Attempt(replace(violation, id=id, at=datetime.fromisoformat(at)), number + 1)

    def end(self, violation: Violation) -> Attempt:
        """The attempt of `violation` that did not leave."""
        return Attempt(violation, self._numbers.pop(violation.id, 1))

    async def await_next(self, attempt: Attempt) -> None:
        """From now on the next one may come: it is on record that this one did not leave."""
        violation, mark = attempt.violation, self._same(attempt.violation)
        waits = json.dumps([violation.id, violation.at.isoformat(), attempt.number]).encode()
        try:
            await self._away(lambda shelf: shelf.leave(mark, waits, LIFE_S))
        except InspectionError as e:
            log_place("waiting for a retry", e)

    def _same(self, violation: Violation) -> bytes:
        """Equal for violations that differ in nothing but their time and id."""
        same = replace(violation, id="", at=_AGES_AGO)
        said = f"{same.user}\n{same!r}".encode("utf-8", "surrogateescape")
        return blake2b(said, key=self._key, digest_size=16, person=b"retries").digest()
