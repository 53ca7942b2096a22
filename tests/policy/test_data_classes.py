"""Every data class's own examples: what is said about people counts, topics do not."""

from functools import cache

import pytest

from detectors import COMBINATIONS, personal_data
from penstock.model import Prompt, Text
from penstock.pipeline import Scanner
from policy.classes import data_classes
from policy.operators import NAMES

CLASSES = data_classes()
REGULATED = ("phi.", "gdpr9.", "gdpr10.", "pci.", "fin.payroll", "fin.tax", "fin.unpub", "fin.deal")


@cache
def scanner() -> Scanner:
    personal_data.detector.load()
    return Scanner((personal_data.detector,), COMBINATIONS, bytes(16))


def found(text: str) -> set[str]:
    return {f.data_class for f in scanner().scan(Prompt((Text("", "user", text),)))}


@pytest.mark.parametrize(
    ("name", "text"), [(name, hit) for name, row in CLASSES.items() for hit in row.hits]
)
def test_a_class_is_found_in_its_hits(name: str, text: str) -> None:
    assert name in found(text)


@pytest.mark.parametrize(
    ("name", "text"), [(name, miss) for name, row in CLASSES.items() for miss in row.misses]
)
def test_a_class_is_not_found_in_its_misses(name: str, text: str) -> None:
    assert name not in found(text)


@pytest.mark.parametrize("name", [n for n in CLASSES if n.startswith(REGULATED)])
def test_a_regulated_class_names_its_law_and_proves_itself(name: str) -> None:
    row = CLASSES[name]
    assert row.laws
    assert row.mask in NAMES
    assert 1 <= row.severity <= 4
    if not name.endswith(".*"):
        assert row.hits
        assert row.misses
