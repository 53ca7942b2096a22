"""What counts as one more attempt of the same request."""

from dataclasses import replace
from datetime import timedelta

import pytest

from proxy_addons.retries import LIFE_S, Attempt, Retries
from tests.reports.samples import violation

FIRST = violation(1, user="ada")
LATER = replace(FIRST, id="2", at=FIRST.at + timedelta(seconds=3))


def unsent(retries: Retries) -> None:
    retries.await_next(retries.end(FIRST))


def test_attempts_are_numbered_and_one_that_left_ends_them() -> None:
    retries = Retries()
    assert retries.begin(FIRST) == Attempt(FIRST, 1)
    for number in (2, 3):
        unsent(retries)
        assert retries.begin(LATER) == Attempt(FIRST, number)
    assert retries.begin(LATER) == Attempt(LATER, 1)


@pytest.mark.parametrize(
    "other",
    [{"user": "bob"}, {"service": "claude"}, {"sent_sha256": "ee" * 32}, {"rules": ("other",)}],
)
def test_what_differs_in_anything_else_is_another_violation(other: dict[str, object]) -> None:
    retries = Retries()
    unsent(retries)
    assert retries.begin(replace(LATER, **other)).number == 1  # type: ignore[arg-type]
    assert retries.begin(LATER).number == 2


def test_after_a_while_it_is_another_one() -> None:
    now = [0.0]
    retries = Retries(lambda: now[0])
    unsent(retries)
    now[0] = LIFE_S + 1
    assert retries.begin(LATER) == Attempt(LATER, 1)
