"""The prompts that names are timed on."""

from random import Random

from benchmarks.names import SIZE_BYTES, names_only, spent_ms, with_names
from detectors.names import find


def test_a_prompt_names_people_and_none_is_like_another() -> None:
    chance = Random(1)
    first, second = with_names(SIZE_BYTES, chance), with_names(SIZE_BYTES, chance)
    assert len(first) == SIZE_BYTES
    assert first != second
    assert {n.label for n in find(first)} >= {"PERSON", "LOCATION"}


def test_time_spent_is_time_of_the_processor() -> None:
    assert spent_ms(names_only(), "Please ask Colin Barber.") >= 0
