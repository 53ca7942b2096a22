"""Placeholders: stable, numbered by first appearance, impossible to forge."""

import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.model import Edit, Finding, Prompt, Text
from policy.mask import mask


def prompt(*texts: str) -> Prompt:
    return Prompt(tuple(Text(f"/{i}", "user", t) for i, t in enumerate(texts)))


def found(prompt: Prompt, value: str, data_class: str = "pii.email") -> list[Finding]:
    return [
        Finding(t.where, i, i + len(value), data_class, "d@1", 0.9, value)
        for t in prompt.texts
        for i in range(len(t.text))
        if t.text.startswith(value, i)
    ]


def applied(prompt: Prompt, edits: tuple[Edit, ...]) -> list[str]:
    texts = {t.where: t.text for t in prompt.texts}
    for e in sorted(edits, key=lambda e: -e.start):
        texts[e.where] = texts[e.where][: e.start] + e.replacement + texts[e.where][e.end :]
    return list(texts.values())


def test_the_same_value_gets_the_same_placeholder_in_every_text() -> None:
    p = prompt("mail a@x.de and b@x.de", "again b@x.de")
    edits, originals = mask(p, found(p, "a@x.de") + found(p, "b@x.de"))

    assert applied(p, edits) == ["mail [EMAIL_1] and [EMAIL_2]", "again [EMAIL_2]"]
    assert originals == {"[EMAIL_1]": "a@x.de", "[EMAIL_2]": "b@x.de"}


def test_a_growing_conversation_keeps_its_placeholders() -> None:
    first, longer = prompt("a@x.de"), prompt("a@x.de", "ok", "b@x.de a@x.de")
    short, _ = mask(first, found(first, "a@x.de"))
    edits, _ = mask(longer, found(longer, "a@x.de") + found(longer, "b@x.de"))

    assert applied(first, short) == ["[EMAIL_1]"]
    assert applied(longer, edits) == ["[EMAIL_1]", "ok", "[EMAIL_2] [EMAIL_1]"]


def test_a_placeholder_that_the_person_wrote_is_never_used() -> None:
    p = prompt("repeat [EMAIL_1] for a@x.de")
    edits, originals = mask(p, found(p, "a@x.de"))

    assert applied(p, edits) == ["repeat [EMAIL_1] for [EMAIL_2]"]
    assert originals == {"[EMAIL_2]": "a@x.de"}


def test_numbers_that_were_written_or_said_before_are_passed_over() -> None:
    p = prompt("[EMAIL_1] [EMAIL_3] [[EMAIL_6]] a@x.de b@x.de c@x.de d@x.de")
    values = ("a@x.de", "b@x.de", "c@x.de", "d@x.de")
    edits, originals = mask(
        p, [f for v in values for f in found(p, v)], {"[EMAIL_4]": "a@x.de", "[EMAIL_2]": "z@x.de"}
    )

    assert [e.replacement for e in edits] == ["[EMAIL_4]", "[EMAIL_5]", "[EMAIL_7]", "[EMAIL_8]"]
    assert originals["[EMAIL_8]"] == "d@x.de"


class _Searched(str):
    """A text that counts how often somebody looks for something in it."""

    searches = 0

    def __contains__(self, part: str) -> bool:  # type: ignore[override]
        _Searched.searches += 1
        return super().__contains__(part)


@pytest.mark.parametrize("before", ["", "[EMAIL_{}] "], ids=["", "placeholders in the prompt"])
@pytest.mark.parametrize("named", [False, True], ids=["", "placeholders of the chat"])
def test_what_many_values_take_is_as_many_times_what_one_does(before: str, named: bool) -> None:
    def work(count: int) -> int:
        """Functions called and texts searched."""
        said = "".join(before.format(i) for i in range(count))
        values = [f"a{i}@x.de" for i in range(count)]
        p = Prompt((Text("/0", "user", _Searched(said + " ".join(values))),))
        findings, at = [], len(said)
        for value in values:
            findings.append(Finding("/0", at, at + len(value), "pii.email", "d@1", 0.9, value))
            at += len(value) + 1
        given: Mapping[str, str] = {f"[EMAIL_{count + i}]": f"{i}" for i in range(count)}
        calls = 0

        def called(_: Any, event: str, __: Any) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        _Searched.searches = 0
        sys.setprofile(called)
        try:
            edits, _ = mask(p, findings, named=given if named else {}, digest=str.encode)
        finally:
            sys.setprofile(None)
        assert len({e.replacement for e in edits}) == count
        return calls + count * _Searched.searches

    assert work(400) < 8 * work(100)  # 4 if linear, 16 if quadratic


def test_overlapping_findings_are_replaced_as_one() -> None:
    p = prompt("postgres://me:pw@db.example.org/x")
    edits, originals = mask(
        p,
        [
            Finding("/0", 14, 30, "pii.email", "d@1", 0.9, "1"),
            Finding("/0", 0, 16, "secret.database_url", "d@1", 0.9, "2"),
        ],
    )

    assert applied(p, edits) == ["[DATABASE_URL_1]g/x"]
    assert list(originals.values()) == ["postgres://me:pw@db.example.or"]


@given(
    text=st.text("ab[EMAIL_1] ", max_size=40),
    spans=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 8)), max_size=5),
)
def test_restoring_gives_back_what_was_written(text: str, spans: list[tuple[int, int]]) -> None:
    p = prompt(text)
    findings = [
        Finding("/0", a, min(a + n, len(text)), "pii.email", "d@1", 0.9, str(a))
        for a, n in spans
        if a < len(text)
    ]
    edits, originals = mask(p, findings)
    assert not set(originals) & {text[i:j] for i in range(len(text)) for j in range(i, len(text))}

    restored = text
    shift = 0
    for e in sorted(edits, key=lambda e: e.start):
        assert originals[e.replacement] == text[e.start : e.end]
        restored = restored[: e.start + shift] + e.replacement + restored[e.end + shift :]
        shift += len(e.replacement) - (e.end - e.start)
    cut = restored
    for e in edits:
        cut = cut.replace(e.replacement, originals[e.replacement], 1)
    assert (
        len(edits) == 0 or text[: min(e.start for e in edits)] == cut[: min(e.start for e in edits)]
    )
