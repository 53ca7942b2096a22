"""Sends canaries through a rehearsal of the request path, and says which of them pass."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from penstock.errors import PenstockError
from penstock.settings import Settings
from proxy_addons.canary import Shape, misread, places
from proxy_addons.contracts import PolicySource
from proxy_addons.coverage import CANARY, Coverage
from proxy_addons.rehearsal import Inspect, Rehearsal
from proxy_addons.services import Services

FIRST_S = 60.0
"""When a proxy that has started sends its first ones."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One canary that was not held as it should be."""

    host: str
    shape: Shape
    what: str
    """`passed unseen`, `is read by …`, `got no answer`."""

    def __str__(self) -> str:
        """In one line, without what was sent."""
        shape = self.shape
        path = shape.target.partition("?")[0]
        return f"{shape.dialect} {shape.method} {self.host}{path} {self.what}"


async def unseen(
    settings: Settings, services: Services, inspect: Inspect, policy: PolicySource
) -> list[Tried]:
    """The canaries that get through, or that another dialect than theirs reads.

    What is refused does not get through. Raises ConfigError.
    """
    sent = sorted(places(services), key=lambda p: (p[1].dialect, p[0], p[1].target))
    found = []
    async with Rehearsal(settings, services, inspect, policy, {host for host, _ in sent}) as path:
        for host, shape in sent:
            try:
                passed = await path.passes(host, shape)
            except (OSError, EOFError):
                found.append(Tried(host, shape, "got no answer"))
                continue
            if passed:
                found.append(Tried(host, shape, "passed unseen"))
            elif other := misread(services, host, shape):
                found.append(Tried(host, shape, f"is read by `{other}`"))
    return found


async def watch(
    settings: Settings,
    services: Services,
    inspect: Inspect,
    policy: PolicySource,
    coverage: Coverage,
    keep: Callable[[int, Sequence[str]], None],
    say: Callable[[str], None],
    first_s: float = FIRST_S,
) -> None:
    """Sends them again and again, and raises the alarm; until cancelled.

    `keep`, which may block, takes how many were sent and which of them were not held.
    """
    await asyncio.sleep(first_s)
    while True:
        try:
            found = await unseen(settings, services, inspect, policy)
            _alarm(found, coverage, say)
            sent = sum(1 for _ in places(services))
            await asyncio.to_thread(keep, sent, [str(tried) for tried in found])
        except (PenstockError, OSError) as e:
            say(f"ALARM: canaries could not be sent or noted: {type(e).__name__}")
        await asyncio.sleep(settings.proxy.canary_s)


def _alarm(passed: Sequence[Tried], coverage: Coverage, say: Callable[[str], None]) -> None:
    for tried in passed:
        coverage.note(CANARY, str(tried))
        say(f"ALARM: a canary was not held: {tried}")
