"""A model that fails repeatedly is left alone for a moment, and tried again after it."""

from proxy_addons.redirect.breaker import Breaker
from tests.proxy_addons.clock import Clock


def broken(clock: Clock) -> Breaker:
    breaker = Breaker(failures=3, rest_s=5, clock=clock)
    for _ in range(3):
        assert breaker.admit()
        breaker.failed()
    return breaker


def test_it_opens_only_after_failures_in_a_row() -> None:
    breaker = Breaker(failures=3)
    for _ in range(10):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()

    assert breaker.admit()
    assert not breaker.is_open


def test_an_open_breaker_admits_nothing_while_it_rests() -> None:
    clock = Clock(100.0)
    breaker = broken(clock)
    clock.now += 4.9

    assert breaker.is_open
    assert not breaker.admit()


def test_after_its_rest_one_trial_passes_and_no_second() -> None:
    clock = Clock(100.0)
    breaker = broken(clock)
    clock.now += 5

    assert breaker.admit()
    assert not breaker.admit()


def test_a_trial_that_succeeds_closes_it() -> None:
    clock = Clock(100.0)
    breaker = broken(clock)
    clock.now += 5
    breaker.admit()
    breaker.succeeded()

    assert not breaker.is_open
    assert breaker.admit()
    assert breaker.admit()


def test_a_trial_that_fails_opens_it_for_another_rest() -> None:
    clock = Clock(100.0)
    breaker = broken(clock)
    clock.now += 5
    breaker.admit()
    breaker.failed()
    clock.now += 4.9

    assert not breaker.admit()
    clock.now += 0.1
    assert breaker.admit()


def test_a_trial_that_says_nothing_lets_the_next_one_pass() -> None:
    clock = Clock(100.0)
    breaker = broken(clock)
    clock.now += 5
    breaker.admit()
    breaker.undecided()

    assert breaker.admit()


def test_a_trial_that_never_reports_back_does_not_bar_the_model_for_good() -> None:
    clock = Clock(100.0)
    breaker = broken(clock)
    clock.now += 5
    breaker.admit()
    clock.now += 5

    assert breaker.admit()
