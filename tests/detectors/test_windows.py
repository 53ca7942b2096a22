"""Windows of a second look: where they lie, and that several in one text hold what each holds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import windows as module
from detectors.engine import Engine, Hit
from detectors.rule import read_rules
from detectors.windows import Around, begins_of, line_starts, together, windows

RULES = r"""
rules:
  - {id: custom.gap, name: a value some way after a word, confidence: 0.9, reach: [6, 12],
     anchor: key, pattern: '(?:^|\W)key[^;]*?=([a-z0-9ü]+)', hits: ['key =«ab»'], misses: [key]}
  - {id: custom.bounded, name: whole words, confidence: 0.9, reach: [9, 4], not_before: 'ü',
     anchor: key, pattern: '\b[a-z]{2,}\b', hits: ['«key»'], misses: [a]}
  - {id: custom.last, name: at the end, confidence: 0.9, reach: [3, 6], check: ['length>=4'],
     anchor: key, pattern: '(?m)key=?[a-z]*$|key\z', hits: ['«keyab»'], misses: [key]}
"""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(read_rules(RULES, "acme.yaml"), with_hyperscan=False)


def test_what_overlaps_is_one_window_and_none_leaves_the_data() -> None:
    assert windows([5, 12, 40, 98], (10, 10), 100) == [(0, 22), (30, 50), (88, 100)]


def test_in_a_line_nothing_before_it_is_looked_at() -> None:
    data = b"one\ntwo\nthree"
    assert windows([3, 13], (100, 0), 13, line_starts(data, 100)) == [(0, 3), (7, 13)]


def test_each_window_stands_in_the_text_with_its_neighbours() -> None:
    data = b"0123456789abcdef"
    some = [(0, 2), (5, 7), (14, 16)]
    [(text, start, stop, joined)] = together(data, some)
    assert (text, start, stop, joined) == (b"012\n4567\ndef", 0, 12, some)
    assert [text[at] for at in begins_of(some)] == [data[at] for at, _ in some]


def test_what_is_put_together_for_one_rule_is_there_for_the_next_that_wants_the_same() -> None:
    around = Around(b"key 4711\nkey  \nkey 12")
    ends = [3, 12, 18]
    first = around.texts(ends, (3, 5))
    assert around.texts(ends, (3, 5)) is first
    assert [text[2] for text in around.texts(ends, (3, 5), digits=3)] == [8]
    assert around.texts([3], (3, 5)) == [(around.data, 0, 8, ((0, 8),))]
    assert [text[3] for text in around.texts(ends, (9, 0), in_line=True)] == [
        [(0, 3), (8, 12), (14, 18)]
    ]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["key", "=", "ab", "ü", " ", "\n", ";", "9", "x" * 9]), max_size=60)
)
def test_windows_together_hold_what_each_of_them_holds(engine: Engine, parts: list[str]) -> None:
    text = "".join(parts)
    assert engine.scan_once(text) == one_by_one(engine, text)


def one_by_one(engine: Engine, text: str) -> tuple[Hit, ...]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_TOGETHER", 1)
        return engine.scan_once(text)
