"""The synthetic year: as many violations as the field reports, one bad month, marked as made up."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

import pytest

from policy.classes import data_class
from proxy_addons.services import load as load_services
from reports.demo import seed_demo
from reports.ledger import Ledger, Month

NOW = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    state = tmp_path_factory.mktemp("demo") / "state"
    state.mkdir(mode=0o700)
    with Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}", state, demo=True) as ledger:
        seed_demo(ledger, NOW)
        yield ledger


def test_a_usual_month_has_about_223_violations_and_one_2100(ledger: Ledger) -> None:
    totals = [ledger.count(Month(name)).total for name in ledger.months()]

    assert len(totals) == 12
    assert max(totals) == 2100
    assert mean(n for n in totals if n != 2100) == pytest.approx(223, abs=12)


def test_a_second_time_adds_nothing(ledger: Ledger) -> None:
    assert seed_demo(ledger, NOW) == 0


def test_every_record_says_that_it_is_made_up(ledger: Ledger) -> None:
    assert ledger.is_demo
    assert all(body["demo"] is True for _, _, body in ledger.records())


def test_its_services_and_data_classes_are_those_of_the_product(ledger: Ledger) -> None:
    services = load_services()

    for _, _, body in ledger.records():
        if body["kind"] != "violation":
            continue
        service = services.at(body["host"])
        assert service is not None
        assert service.service == body["service"]
        assert all(data_class(f["class"]) is not None for f in body["findings"])


def test_nothing_lies_in_the_future(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    noon = datetime(2026, 11, 12, 12, tzinfo=UTC)
    with Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}", state, demo=True) as ledger:
        seed_demo(ledger, noon, months=1)

        violations = [b for _, _, b in ledger.records() if b["kind"] == "violation"]
        assert violations
        assert all(b["at"] < "2026-11-12T12" for b in violations)
