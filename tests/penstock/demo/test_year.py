"""The made-up year: believable numbers, the same at every call, nothing in the future."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from penstock.demo.year import PROMPTS, prompts, violations
from penstock.model import Action, Outcome, Violation
from policy.classes import data_class
from proxy_addons.services import SHIPPED

UNTIL = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)


@pytest.fixture(scope="module")
def year() -> list[Violation]:
    return list(violations(UNTIL, "strict", "0" * 64))


def test_a_usual_month_has_about_223_and_one_month_2100(year: list[Violation]) -> None:
    by_month = Counter(f"{v.at:%Y-%m}" for v in year)

    assert len(by_month) == 12
    assert max(by_month.values()) == 2100
    usual = [n for n in by_month.values() if n != 2100]
    assert all(170 < n < 280 for n in usual)
    assert abs(sum(usual) / 11 - 223) < 25


def test_the_year_ends_now(year: list[Violation]) -> None:
    middle = datetime(2026, 11, 12, 12, tzinfo=UTC)

    assert all(v.at <= middle for v in violations(middle, "strict", "0" * 64))
    assert min(v.at for v in year) >= datetime(2025, 12, 1, tzinfo=UTC)
    assert [v.at for v in year] == sorted(v.at for v in year)


def test_the_same_arguments_give_the_same_year(year: list[Violation]) -> None:
    assert list(violations(UNTIL, "strict", "0" * 64)) == year


def test_every_action_and_the_mix_of_a_real_company_occur(year: list[Violation]) -> None:
    enforced = [v for v in year if v.at > UNTIL - timedelta(days=240)]

    assert {v.action for v in year} == {
        Action.WARN,
        Action.REDACT,
        Action.REDIRECT,
        Action.BLOCK,
    }
    assert {v.outcome for v in enforced} == {Outcome.PREVENTED}
    assert {v.outcome for v in year} == {Outcome.PREVENTED, Outcome.DISCLOSED}
    assert len({v.id for v in year}) == len(year)
    assert 80 < len({v.user for v in year}) <= 140


def test_an_action_and_what_was_sent_belong_together(year: list[Violation]) -> None:
    for v in year:
        assert (v.sent_bytes > 0) == (v.action in (Action.WARN, Action.REDACT))
        assert (v.sent_sha256 != "") == (v.sent_bytes > 0)
        assert (v.model != "") == (v.action is Action.REDIRECT)
        assert bool(v.findings) != bool(v.unread)


def test_its_services_and_data_classes_exist(year: list[Violation]) -> None:
    catalogue = {row["service"]: row for row in yaml.safe_load(SHIPPED.read_text("utf-8"))}

    for v in year:
        assert v.host in catalogue[v.service]["hosts"]
        assert all(data_class(t.data_class) is not None for t in v.findings)


def test_prompts_stand_beside_violations() -> None:
    until = datetime(2026, 11, 1, tzinfo=UTC)

    assert sum(1 for _ in prompts(until)) == 11 * PROMPTS
