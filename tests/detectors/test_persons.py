"""Which names are the same person's."""

import time

from detectors.persons import fullest


def test_what_says_less_is_the_same_person() -> None:
    names = ("Schmidt", "Sabine Schmidt", "sabine", "S. Schmidt", "Sabine Maria Schmidt")
    assert set(fullest(names).values()) == {"Sabine Maria Schmidt"}


def test_another_case_is_the_same_person() -> None:
    names = ("Katarzyna Nowak", "Katarzyny Nowak", "Henryka Kowalskiego", "Henryk Kowalskiego")
    assert len(set(fullest(names).values())) == 2


def test_others_are_others() -> None:
    names = ("Anna Schmidt", "Bernd Schmidt", "Bernd", "Jan Nowak")
    assert set(fullest(names).values()) == {"Anna Schmidt", "Bernd Schmidt", "Jan Nowak"}


def test_what_has_no_word_is_itself() -> None:
    assert fullest(("J", "李")) == {"J": "J", "李": "李"}


def test_time_is_linear() -> None:
    def seconds(n: int) -> float:
        names = [f"Anna{chr(97 + i % 26)}{chr(97 + i // 26 % 26)} Schmidt" for i in range(n)]
        started = time.process_time()
        fullest(names)
        return time.process_time() - started

    seconds(10)
    assert seconds(600) < 1
