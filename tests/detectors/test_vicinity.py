"""Numbers are looked for near digits only, and found as if all of the text had been looked at."""

import pytest

from detectors.database import HAVE_HYPERSCAN
from detectors.engine import Engine
from detectors.rule import MARKED, SHIPPED, load_rules
from detectors.vicinity import DIGITS, Vicinity, count_digits, is_number

FAR = "é – и 字 word\n" * 240
"""Longer than any excerpt reaches, without a digit, in characters of several bytes."""


@pytest.mark.skipif(not HAVE_HYPERSCAN, reason="there is no Hyperscan here")
def test_numbers_far_apart_in_a_text_are_found_as_in_all_of_it() -> None:
    about_numbers = [
        rule
        for rule in load_rules((SHIPPED,))
        if all(is_number(rule, scout) for scout in rule.scouts)
    ]
    assert len(about_numbers) > 150
    silent = 0
    for rule in about_numbers:
        text = FAR.join(("", *(MARKED.sub(r"\1", hit) + "\n" for hit in rule.hits), ""))
        everywhere = Engine([rule], with_hyperscan=False).scan_once(text)
        assert Engine([rule]).scan_once(text) == everywhere, rule.name
        silent += not everywhere
    assert silent < 10


def test_text_without_numbers_is_not_looked_at() -> None:
    assert Vicinity((FAR * 9).encode()).data == b""
    assert Vicinity(("in 2024, " + FAR + "on page 17, " + FAR).encode()).data == b""
    assert Vicinity(b"12345").data == b""


def test_excerpts_are_whole_characters_and_know_where_they_were() -> None:
    text = FAR + "a 123 456 b" + FAR + "字" * 200 + "789-0123" + FAR
    data = text.encode()
    around = Vicinity(data)
    assert len(around.data) < len(data) / 2
    around.data.decode()  # raises where a character is cut in two
    for number in (b"123 456", b"789-0123"):
        assert count_digits(number) >= DIGITS
        end = around.data.index(number) + len(number)
        assert around.places([end]) == [data.index(number) + len(number)]


def test_a_short_text_is_looked_at_whole() -> None:
    text = ("é" * 60 + " 123456 " + "é" * 60).encode()
    assert Vicinity(text).data == text
    assert Vicinity(text).places([5, 127]) == [5, 127]
