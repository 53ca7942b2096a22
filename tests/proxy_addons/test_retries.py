"""What counts as one more attempt of the same request."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from proxy_addons.chats.shelf import FileShelf, Shelf
from proxy_addons.retries import LIFE_S, Attempt, Retries
from tests.proxy_addons.clock import Clock
from tests.proxy_addons.lab import HOST, Start, policy
from tests.reports.samples import violation

FIRST = violation(1, user="ada")
LATER = replace(FIRST, id="2", at=FIRST.at + timedelta(seconds=3))
KEY = b"k" * 32


def on(shelf: Shelf, key: bytes = KEY) -> Retries:
    """Those of one process."""

    async def away[T](call: Callable[[Shelf], T]) -> T:
        return call(shelf)

    return Retries(away, key)


async def unsent(retries: Retries) -> None:
    await retries.await_next(retries.end(FIRST))


async def test_attempts_are_numbered_and_one_that_left_ends_them(shelf: Shelf) -> None:
    retries = on(shelf)
    assert await retries.begin(FIRST) == Attempt(FIRST, 1)
    for number in (2, 3):
        await unsent(retries)
        assert await retries.begin(LATER) == Attempt(FIRST, number)
    assert await retries.begin(LATER) == Attempt(LATER, 1)


@pytest.mark.parametrize(
    "other",
    [{"user": "bob"}, {"service": "claude"}, {"sent_sha256": "ee" * 32}, {"rules": ("other",)}],
)
async def test_what_differs_in_anything_else_is_another_violation(
    shelf: Shelf, other: dict[str, object]
) -> None:
    retries = on(shelf)
    await unsent(retries)
    assert (await retries.begin(replace(LATER, **other))).number == 1  # type: ignore[arg-type]
    assert (await retries.begin(LATER)).number == 2


async def test_after_a_while_it_is_another_one(shelf: Shelf, clock: Clock) -> None:
    retries = on(shelf)
    await unsent(retries)
    clock.now = LIFE_S + 1
    assert await retries.begin(LATER) == Attempt(LATER, 1)


async def test_other_processes_know_it_and_one_of_them_takes_it(shelf: Shelf) -> None:
    one, other, third = (on(shelf) for _ in range(3))
    await unsent(one)
    assert await other.begin(LATER) == Attempt(FIRST, 2)
    assert await third.begin(LATER) == Attempt(LATER, 1)
    await other.await_next(other.end(FIRST))
    assert await one.begin(LATER) == Attempt(FIRST, 3)


async def test_a_shelf_that_is_away_makes_it_another_one(shelf: Shelf) -> None:
    retries = on(shelf)
    shelf.close()
    await unsent(retries)
    assert await retries.begin(LATER) == Attempt(LATER, 1)


async def test_a_client_that_tries_again_at_another_process_breaks_no_second_rule(
    start: Start, tmp_path: Path
) -> None:
    labs = [
        await start(
            policy("warn"),
            upstream_map={HOST: "127.0.0.1:1"},
            shelf=FileShelf(tmp_path / "chats.sqlite"),
        )
        for _ in range(2)
    ]
    for lab in labs:
        assert (await lab.post("the password is SECRET-42")).status_code == 502
    first, second = (lab.notebook for lab in labs)
    assert len(first.violations) == 1
    assert second.violations == []
    assert second.agains == [(first.violations[0], 2)]
