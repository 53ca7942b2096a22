"""The numbers that the benchmark makes up are what it says they are."""

import random

from benchmarks.identifiers import broken, items, made
from detectors.validators import named_check


def test_made_numbers_are_valid_and_broken_ones_are_not() -> None:
    chance = random.Random(1)
    valid = named_check("stdnum:pl.pesel")
    for _ in range(5):
        value = made("{6|7|8}9{01|05|11}{0|1}999999", "stdnum:pl.pesel", chance)
        wrong = broken(value, "stdnum:pl.pesel", chance)
        assert valid(value)
        assert wrong is not None
        assert not valid(wrong)


def test_every_text_holds_its_number() -> None:
    first = [item for item, _ in zip(items(random.Random(1)), range(60), strict=False)]
    assert all(value in text for _, _, text, value in first)
