"""Every detector against the examples it carries, and against anything at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import ALL, COMBINATIONS
from detectors.base import Combination, Detector, covers

MARKED = re.compile("«(.*?)»", re.DOTALL)


@pytest.mark.parametrize(
    ("detector", "marked"),
    [pytest.param(d, hit, id=f"{d.name}-{i}") for d in ALL for i, hit in enumerate(d.hits)],
)
def test_finds_exactly_what_is_marked(detector: Detector, marked: str) -> None:
    detector.load()
    text = MARKED.sub(r"\1", marked)
    found = [text[m.start : m.end] for m in detector.find(text) if m.confidence >= 0.5]
    assert found == MARKED.findall(marked)


@pytest.mark.parametrize(
    ("detector", "text"),
    [pytest.param(d, miss, id=f"{d.name}-{i}") for d in ALL for i, miss in enumerate(d.misses)],
)
def test_stays_silent_on_near_misses(detector: Detector, text: str) -> None:
    detector.load()
    assert [m for m in detector.find(text) if m.confidence >= 0.5] == []


@pytest.mark.parametrize("detector", ALL, ids=lambda d: d.name)
@given(text=st.text(max_size=300))
def test_spans_are_sane_for_any_text(detector: Detector, text: str) -> None:
    detector.load()
    for m in detector.find(text):
        assert 0 <= m.start < m.end <= len(text)
        assert 0 < m.confidence <= 1
        assert covers(detector.data_classes, m.data_class)


@pytest.mark.parametrize("part", [*ALL, *COMBINATIONS], ids=lambda d: d.name)
def test_every_part_has_hits_and_misses(part: Detector | Combination) -> None:
    assert part.hits
    assert part.misses
