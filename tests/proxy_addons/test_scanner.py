"""What a worker remembers of texts seen before, and what its scanner takes from detectors."""

import time
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Combination, Detector, Match
from penstock.errors import InspectionError
from penstock.model import Prompt, Text
from penstock.pipeline import Labelled
from proxy_addons.scanner import Memory, scanner

ONE: list[Labelled] = [(Match("pii.email", 0, 5, 0.9), "email@1")]
KEYS = st.integers(0, 20).map(lambda n: n.to_bytes(16))


def prompt(*texts: str) -> Prompt:
    return Prompt(tuple(Text(f"/{i}", "user", text) for i, text in enumerate(texts)))


def test_a_text_seen_before_is_not_scanned_again_and_gives_the_same_findings() -> None:
    scanned = []

    def find(text: str) -> list[Match]:
        scanned.append(text)
        return [Match("pii.email", 0, 5, 0.9)]

    email = Detector("email", 1, frozenset({"pii.email"}), find, (), ())
    scan = scanner((email,), (), b"key").scan

    first = scan(prompt("hello", "world"))

    assert scan(prompt("hello", "world")) == first
    assert scan(prompt("hello", "world", "again"))[:2] == first
    assert scanned == ["hello", "world", "again"]


def test_the_texts_of_a_prompt_are_handed_over_together_each_once() -> None:
    handed = []

    def find_many(texts: Sequence[str]) -> Iterator[list[Match]]:
        handed.append(list(texts))
        return ([Match("pii.email", 0, len(text), 0.9)] for text in texts)

    def find(_: str) -> list[Match]:
        raise AssertionError("one by one")

    email = Detector("email", 1, frozenset({"pii.email"}), find, (), (), find_many=find_many)
    scan = scanner((email,), (), b"key").scan

    found = scan(prompt("hello", "worlds", "hello"))
    scan(prompt("hello", "again"))

    assert [(f.where, f.end) for f in found] == [("/0", 5), ("/1", 6), ("/2", 5)]
    assert handed == [["hello", "worlds"], ["again"]]


def test_garbage_for_one_of_many_texts_is_an_error() -> None:
    def find_many(texts: Sequence[str]) -> Iterator[list[Match]]:
        return ([Match("pii.email", 0, 6, 0.9)] for _ in texts)

    email = Detector(
        "email", 1, frozenset({"pii.email"}), lambda _: [], (), (), find_many=find_many
    )
    with pytest.raises(InspectionError):
        scanner((email,), (), b"key").scan(prompt("worlds", "hello"))


def test_names_of_one_person_share_whose_they_are() -> None:
    def find(text: str) -> list[Match]:
        return [Match("pii.person", 0, len(text), 0.9)]

    names = Detector("names", 1, frozenset({"pii.person"}), find, (), ())
    ada, lovelace, bob = scanner((names,), (), b"key").scan(
        prompt("Ada Lovelace", "Lovelace", "Bob Smith")
    )
    assert ada.whose == lovelace.whose != bob.whose
    assert ada.fingerprint != lovelace.fingerprint


def test_a_text_full_of_matches_takes_no_more_time_for_each() -> None:
    def find(text: str) -> Iterator[Match]:
        return (Match("pii.email", i, i + 2, 0.9) for i in range(0, len(text), 2))

    email = Detector("email", 1, frozenset({"pii.email"}), find, (), ())
    scan = scanner((email,), (), b"key").scan
    started = time.process_time()

    assert len(scan(prompt("ab" * 40_000))) == 40_000
    assert time.process_time() - started < 20  # each against each: some minutes


@given(keys=st.lists(KEYS), entries=st.integers(1, 10))
def test_memory_keeps_the_texts_seen_last(keys: list[bytes], entries: int) -> None:
    memory = Memory(entries=entries)
    seen: list[bytes] = []
    for key in keys:
        known = memory.recall(key)

        assert known == (ONE if key in seen[-entries:] else None)

        if known is None:
            memory.keep(key, ONE)
        seen = [k for k in seen if k != key] + [key]


@given(sizes=st.lists(st.integers(0, 30), max_size=60))
def test_memory_is_bounded_by_what_the_matches_take(sizes: list[int]) -> None:
    memory = Memory(size_bytes=20_000)
    for i, size in enumerate(sizes):
        memory.keep(i.to_bytes(16), ONE * size)

    kept = [m for i in range(len(sizes)) if (m := memory.recall(i.to_bytes(16))) is not None]
    assert sum(300 + 250 * len(matches) for matches in kept) <= 20_000
    assert not sizes or memory.recall((len(sizes) - 1).to_bytes(16)) == ONE * sizes[-1]


@pytest.mark.parametrize(
    "match",
    [
        Match("x", 3, 3, 0.9),
        Match("x", -1, 2, 0.9),
        Match("x", 0, 6, 0.9),
        Match("x", 0, 2, 1.1),
        Match("x", 0, 2, float("nan")),
        ("x", 0, 2, 0.9),
        None,
    ],
)
def test_what_is_no_match_is_an_error_from_detectors_and_combinations_alike(match: Match) -> None:
    def sound(text: str) -> list[Match]:
        return [Match("x", 0, 2, 0.9)]

    broken = Detector("broken", 1, frozenset({"x"}), lambda _: [match], (), ())
    whole = Detector("whole", 1, frozenset({"x"}), sound, (), ())
    combined = Combination("combined", 1, frozenset({"x"}), lambda _: iter([(0, match)]))

    for scan in (scanner((broken,), (), b"k").scan, scanner((whole,), (combined,), b"k").scan):
        with pytest.raises(InspectionError, match=r"`(broken|combined)` gave something"):
            scan(prompt("hello"))
