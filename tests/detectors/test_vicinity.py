"""What lies in runs or near numbers is looked for there only, and found as in all of the text."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.database import HAVE_HYPERSCAN
from detectors.engine import Engine
from detectors.rule import MARKED, SHIPPED, load_rules
from detectors.vicinity import (
    DIGITS,
    RUN,
    VICINITIES,
    Excerpts,
    along_runs,
    around_digits,
    count_digits,
    vicinity_of,
)
from detectors.width import PARTING

FAR = "é – и 字 word\n" * 240
"""Longer than any excerpt reaches, without a digit or a run, in characters of several bytes."""


@pytest.mark.skipif(not HAVE_HYPERSCAN, reason="there is no Hyperscan here")
@pytest.mark.parametrize(("vicinity", "least"), [(along_runs, 500), (around_digits, 120)])
def test_what_is_far_apart_in_a_text_is_found_as_in_all_of_it(
    vicinity: Callable[[bytes], Excerpts], least: int
) -> None:
    place = VICINITIES.index(vicinity)
    rules = [
        rule
        for rule in load_rules((SHIPPED,))
        if all(vicinity_of(rule, scout) == place for scout in rule.scouts)
    ]
    assert len(rules) > least
    silent = 0
    for rule in rules:
        text = FAR.join(("", *(MARKED.sub(r"\1", hit) + "\n" for hit in rule.hits), ""))
        everywhere = Engine([rule], with_hyperscan=False).scan_once(text)
        assert Engine([rule]).scan_once(text) == everywhere, rule.name
        silent += not everywhere
    assert silent < 10


@given(
    st.lists(st.text('ab+,` "é字\n', max_size=60)),
    st.integers(0, 4),
    st.text("ab+é字", min_size=RUN, max_size=90),
)
def test_every_run_is_in_the_excerpts_with_what_is_around_it(
    pieces: list[str], shift: int, last: str
) -> None:
    data = (" " * shift + FAR * 2 + FAR.join(pieces) + FAR + last).encode()
    found = along_runs(data)
    found.data.decode()  # raises where a character is cut in two
    assert b"\n" + last.encode() in found.data
    for run in re.finditer(rb"[^%s]{%d,}" % (re.escape(PARTING).encode(), RUN), data):
        around = data[max(0, run.start() - 12) : run.end() + 12].decode(errors="ignore").encode()
        at = found.data.find(around)
        assert at >= 0
        assert data.find(around) in found.places([at])


def test_text_without_runs_is_not_looked_at_for_them() -> None:
    assert along_runs((FAR * 9).encode()).data == b""
    assert along_runs(b"a" * (RUN - 1)).data == b""
    assert along_runs(b"a" * RUN).data == b"a" * RUN
    assert along_runs("字".encode() * RUN).data


def test_text_without_numbers_is_not_looked_at() -> None:
    assert around_digits((FAR * 9).encode()).data == b""
    assert around_digits(("in 2024, " + FAR + "on page 17, " + FAR).encode()).data == b""
    assert around_digits(b"12345").data == b""


def test_excerpts_are_whole_characters_and_know_where_they_were() -> None:
    text = FAR + "a 123 456 b" + FAR + "字" * 200 + "789-0123" + FAR
    data = text.encode()
    around = around_digits(data)
    assert len(around.data) < len(data) / 2
    around.data.decode()  # raises where a character is cut in two
    for number in (b"123 456", b"789-0123"):
        assert count_digits(number) >= DIGITS
        end = around.data.index(number) + len(number)
        assert around.places([end]) == [data.index(number) + len(number)]


def test_a_short_text_is_looked_at_whole() -> None:
    text = ("é" * 60 + " 123456 " + "é" * 60).encode()
    assert around_digits(text).data == text
    assert around_digits(text).places([5, 127]) == [5, 127]
