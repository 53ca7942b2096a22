"""The cost export, counted again from the records."""

import csv
import io
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.demo import demo_facts, seed_demo
from reports.ledger import Ledger
from reports.monthly import ServiceFacts, build, render
from reports.monthly.render.focus import COLUMNS
from tests.reports.samples import NOON

MONTH = "2026-10"
SERVICES = {"openai-api": ServiceFacts("OpenAI API", "OpenAI", "api", "US", True)}
NAMES = {"openai-api": "OpenAI API"}
PRICES = {"gpt-4o": (1.2, 3.5), "claude-3-5-haiku": (0.8, 4.0), "": (1.2, 3.5)}
METERED = {"openai-api", "anthropic-api", "gemini-api"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ledger, Path]]:
    state = tmp_path_factory.mktemp("focus")
    with Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}", state, demo=True) as ledger:
        seed_demo(ledger, NOON, months=5)
        yield ledger, state


def lines(ledger: Ledger, **changes: Any) -> list[dict[str, str]]:
    asked: dict[str, Any] = {"facts": demo_facts(), "services": SERVICES, "organization": "Acme"}
    document = build(ledger, MONTH, version="1", now=NOON, **(asked | changes))
    return list(csv.DictReader(io.StringIO(render(document, "focus").decode())))


def test_every_line_equals_the_records(made: tuple[Ledger, Path]) -> None:
    ledger, state = made
    connection = sqlite3.connect(state / "ledger.sqlite")
    bodies = [json.loads(b) for (b,) in connection.execute("SELECT body FROM record")]
    connection.close()
    answers = [b for b in bodies if b["kind"] == "answer" and b["at"].startswith(MONTH)]
    tokens: Counter[tuple[str, ...]] = Counter()
    number: Counter[tuple[str, ...]] = Counter()
    replaced: Counter[tuple[str, ...]] = Counter()
    for a in answers:
        whose = (NAMES.get(a["service"], a["service"]), a["account"], a["asked_model"], a["model"])
        for what, price in zip(("input", "output"), PRICES[a["asked_model"]], strict=True):
            tokens[*whose, what] += a[f"{what}_tokens"]
            kind = "x_AvoidedCost" if a["service"] in METERED else "x_NotionalCost"
            replaced[*whose, what, kind] += a[f"{what}_tokens"] * price / 1e6  # type: ignore[assignment]
        number[*whose, "input"] += 1
    assert tokens
    inside = 2183 * 0.1 + tokens.total() * 0.02 / 1e6
    found = lines(ledger)
    assert len(found) == len(tokens)
    for line in found:
        key = (
            line["x_ReplacedServiceName"],
            json.loads(line["Tags"])["account"],
            line["x_ReplacedModel"],
            line["ServiceName"],
            line["SkuId"].rpartition("/")[2],
        )
        assert int(line["ConsumedQuantity"]) == tokens[key]
        assert float(line["PricingQuantity"]) == pytest.approx(tokens[key] / 1e6)
        for name in ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"):
            share = tokens[key] / tokens.total()
            assert float(line[name]) == pytest.approx(inside * share, abs=1e-9)
        for name in ("x_AvoidedCost", "x_NotionalCost"):
            assert float(line[name]) == pytest.approx(replaced[*key, name], abs=1e-9)
        assert line["x_ReplacedPriceBasis"] == ("list" if line["x_ReplacedModel"] else "assumed")
        assert line["x_Answers"] == (str(number[key]) if key in number else "")
    assert sum(float(line["BilledCost"]) for line in found) == pytest.approx(inside)
    assert {line["x_ReplacedProviderName"] for line in found} == {"OpenAI", ""}


def test_each_line_is_whole(made: tuple[Ledger, Path]) -> None:
    for line in lines(made[0]):
        assert tuple(line) == COLUMNS
        assert (line["BillingPeriodStart"], line["BillingPeriodEnd"]) == (
            "2026-10-01T00:00:00Z",
            "2026-11-01T00:00:00Z",
        )
        assert (line["BillingCurrency"], line["ProviderName"]) == ("USD", "Acme")
        assert json.loads(line["Tags"])["demo"] == "synthetic"
        assert not [name for name in COLUMNS if "e-" in line[name] and "Cost" in name]


def test_a_cost_that_is_not_stated_is_said_to_be_so(made: tuple[Ledger, Path]) -> None:
    unstated = demo_facts().model_copy(update={"costs": None})
    found = lines(made[0], facts=unstated)
    assert {line["BilledCost"] for line in found} == {"0"}
    assert {json.loads(line["Tags"])["cost"] for line in found} == {"not stated"}
    assert "cost" not in json.loads(lines(made[0])[0]["Tags"])


def test_words_of_a_language_are_not_in_it(made: tuple[Ledger, Path]) -> None:
    """A program reads it the same whatever the report is written in."""
    assert lines(made[0], language="de") == lines(made[0])
