"""What a company says about itself, and what tokens cost."""

from pathlib import Path

import pytest

from penstock.errors import ConfigError
from reports.facts import DATA, Facts, benchmarks, load, prices
from reports.monthly.sections.control import wilson
from reports.monthly.sections.cost import crossover


def test_a_file_is_read_with_its_price_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "report.yaml").write_text("legal_entity: Acme SE\nprices: ours.yaml\n")
    (tmp_path / "ours.yaml").write_text(
        "currency: EUR\nprices:\n"
        '- {model: "*", input: 2, output: 4, from: 2026-01-01, source: contract}\n'
    )
    facts = load(tmp_path / "report.yaml")
    assert facts.legal_entity == "Acme SE"
    assert prices(facts).currency == "EUR"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "turnover_eur: -1",
            r"report.yaml:1: `turnover_eur`: must be at least 0",
        ),
        ("turn_over: 1", r"report.yaml:1: `turn_over`: is no field of this"),
        ("sector: x\nregimes: [gdprs]", r"report.yaml:2: `regimes\.0`: must be 'gdpr'"),
        ("a: [", "report.yaml:1: not YAML"),
        ("review_date: 2026-02-30", "report.yaml:1: a date in it is none: day is out of range"),
        ("costs: {share: 2}", r"`costs\.share`: must be at most 1"),
        (
            "contracts:\n  chatgpt:\n    review_date: soon",
            r"report.yaml:3: `contracts\.chatgpt\.review_date`: "
            "must be a day, written as `2027-03-01`",
        ),
        ("turnover_eur: much", "`turnover_eur`: must be a number"),
        ("scope: [1]", r"`scope\.0`: must be text"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "report.yaml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        load(tmp_path / "report.yaml")
    with pytest.raises(ConfigError, match="missing"):
        load(tmp_path / "missing.yaml")


@pytest.mark.parametrize(
    ("model", "day", "price"),
    [
        ("gpt-4", "2024-01-01", 30.0),
        ("gpt-4o-2024-08-06", "2025-01-01", 5.0),
        ("gpt-4o-2024-08-06", "2026-05-31", 5.0),
        ("gpt-4o-2024-08-06", "2026-06-01", 1.2),
        ("something-new", "2026-06-01", 1.2),
    ],
)
def test_the_price_of_the_day_and_the_closest_name_holds(
    model: str, day: str, price: float
) -> None:
    found = prices(Facts()).of(model, day)
    assert found is not None
    assert found.input == price


def test_no_price_held_before_the_first_line() -> None:
    assert prices(Facts()).of("gpt-4", "2020-01-01") is None


@pytest.mark.parametrize(
    ("fixed", "price", "marginal", "expected"),
    [
        # The table of published prices: machines of 12,000 and 3,000 USD a month.
        (12_000, 30.0, 0.5, 13.4e6),
        (12_000, 7.5, 0.5, 56e6),
        (12_000, 1.775, 0.5, 310e6),
        (3_000, 30.0, 0.02, 3.3e6),
        (2_183, 1.775, 0.02, 41e6),
    ],
)
def test_the_crossover_is_that_of_published_prices(
    fixed: float, price: float, marginal: float, expected: float
) -> None:
    assert crossover(fixed, price, marginal) == pytest.approx(expected, rel=0.02)


def test_there_is_no_crossover_below_the_cost_of_electricity_or_beyond_capacity() -> None:
    assert crossover(12_000, 0.25, 0.5) is None
    # One machine does 27.6 M a day at most and would need 41 M: more machines never help.
    assert crossover(2_183, 1.775, 0.02, capacity=27_600_000) is None
    assert crossover(2_183, 30.0, 0.02, capacity=27_600_000) == pytest.approx(2.4e6, rel=0.01)


@pytest.mark.parametrize(
    ("right", "number", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_is_wilsons(right: int, number: int, low: float, high: float) -> None:
    assert wilson(right, number) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_every_published_figure_names_its_source_and_date() -> None:
    for line in benchmarks():
        assert line.source
        assert len(line.as_of) == 7
    assert {b.value for b in benchmarks()} >= {223, 2100, 0.42, 0.32, 0.87}
    # 77 % is about pasting of any data in another report; it is no leak figure.
    assert "0.77" not in (DATA / "benchmarks.yaml").read_text()
