"""Single records for other systems."""

import csv
import io
import json
import re

import pytest

from penstock.errors import ConfigError
from penstock.model import Action, Outcome
from reports.export import FORMATS, export
from reports.ledger import Ledger
from reports.ledger.record import canonical, digest, link
from reports.ledger.store import anchor
from tests.reports.samples import NOON, violation


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    ledger.append(violation(n) for n in range(8))
    ledger.erase(violation(0).user, NOON)
    return ledger


def lines(ledger: Ledger, format: str) -> list[str]:
    return "".join(export(ledger, format)).splitlines()


def test_the_json_lines_are_enough_to_check_the_chain(filled: Ledger) -> None:
    previous = anchor(filled.id)
    for line in lines(filled, "json"):
        one = json.loads(line)
        previous = link(one["seq"], previous, digest(canonical(one["record"])))
        assert previous == one["hash"]
    assert previous == filled.last()[1]


def test_the_csv_has_one_safe_line_per_violation(ledger: Ledger) -> None:
    ledger.append([violation(1, rules=("=1+1", "b"), host='a"b,c', service="@x")])
    (row,) = csv.DictReader(io.StringIO("".join(export(ledger, "csv")).removeprefix("\ufeff")))
    assert row["rules"] == "'=1+1 b"
    assert row["host"] == 'a"b,c'
    assert row["service"] == "'@x"
    assert row["person"].startswith("U-")


def test_cef_escapes_what_separates_its_fields(ledger: Ledger) -> None:
    ledger.append([violation(1, rules=("a=b|c\\d",), action=Action.BLOCK)])
    (line,) = lines(ledger, "cef")
    header = re.split(r"(?<!\\)\|", line)
    assert header[:5] == ["CEF:0", "Penstock", "Penstock", "1", "block"]
    assert 0 <= int(header[6]) <= 10
    assert r"cs2=a\=b|c\\d " in line
    assert "cs6Label" not in line


def test_ocsf_says_what_was_done_and_whether_to_look(ledger: Ledger) -> None:
    ledger.append(
        [
            violation(1, action=Action.BLOCK, outcome=Outcome.PREVENTED),
            violation(2, action=Action.WARN, outcome=Outcome.DISCLOSED),
        ]
    )
    blocked, warned = map(json.loads, lines(ledger, "ocsf"))
    assert (blocked["class_uid"], blocked["type_uid"]) == (2006, 200601)
    assert (blocked["action"], blocked["disposition"]) == ("Denied", "Blocked")
    assert (warned["action"], warned["disposition"]) == ("Allowed", "Alert")
    assert not blocked["is_alert"]
    assert warned["is_alert"]
    assert blocked["time"] == 1795262401000
    assert blocked["severity_id"] < warned["severity_id"] or blocked != warned


@pytest.mark.parametrize("format", list(FORMATS))
def test_a_month_is_exported_alone(ledger: Ledger, format: str) -> None:
    ledger.append([violation(1), violation(2, at=NOON.replace(month=10))])
    assert sum(violation(2).id in line for line in export(ledger, format, "2026-10")) == 1
    assert not any(violation(1).id in line for line in export(ledger, format, "2026-10"))


@pytest.mark.parametrize("format", ["ocsf", "cef", "csv"])
def test_acts_on_the_ledger_are_no_violations(filled: Ledger, format: str) -> None:
    assert sum("U-" in line for line in lines(filled, format)) == 8


def test_an_unknown_format_is_refused_at_once(ledger: Ledger) -> None:
    with pytest.raises(ConfigError, match="no format `xml`"):
        export(ledger, "xml")
