"""Texts that were written for machines, as they read."""

import json
from pathlib import Path

import pytest

from detectors.fingerprints.readings import readings

NAME = '{"name": "Müller", "city": "Łódź"}'


@pytest.mark.parametrize(
    "written",
    [
        json.dumps(NAME),
        json.dumps(json.dumps(NAME)),
        "<b>M&uuml;ller</b> M&#252;ller",
        "?name=M%C3%BCller&city=L",
        '["x = 1\\n",\n "M\\u00fcller\\n",\n "y"]',
    ],
)
def test_letters_are_read_and_found_where_they_were_written(written: str) -> None:
    text = f"so: {written} or not"
    last = list(readings(text))[-1]
    start = last.text.index("Müller")

    first, end = last.place(start), last.place(start + len("Müller"))

    assert text[first] == "M"
    assert text[first:end].endswith("ller")
    assert text[end] not in "r"


def test_lines_in_a_string_are_lines() -> None:
    code = 'def f(x):\n    if x:\n        return "a"\n    return x\n'
    notebook = json.dumps({"source": code.splitlines(keepends=True)}, indent=1)

    for text in (json.dumps({"content": code}), notebook):
        assert code.rstrip("\n") in list(readings(text))[1].text


@pytest.mark.parametrize("text", [Path(__file__).read_text("utf-8")[:300], 'print("a\\nb\\n")', ""])
def test_what_reads_as_it_stands_is_read_once(text: str) -> None:
    assert [reading.text for reading in readings(text)] == [text]


CODE = 'def f(x):\n    if x:\n\n        return "a"\n    return x'


@pytest.mark.parametrize(
    "margin",
    ["{:6}\t", "{:4}→", "{}: ", "{:3} | ", "src/a-b.py:{}:", "src/a-b.py-{}-", "{:2} ", "{}."],
)
def test_the_numbers_of_lines_are_not_read(margin: str) -> None:
    numbered = "\n".join(margin.format(n) + line for n, line in enumerate(CODE.split("\n"), 8))
    text = f"What does it do?\n{numbered}\n\nThanks"

    last = list(readings(text))[-1]

    assert "".join(last.text.split()) == "".join(f"What does it do?{CODE}Thanks".split())
    start = last.text.index("return x")
    assert text[last.place(start) :].startswith("return x\n")


def test_numbers_that_do_not_count_lines_are_read() -> None:
    for text in ("1 a\n2 b\n4 c\n5 d", "1: a\n2: b", "7 a\n7 b\n7 c", "1 a\nb\n2 c\nd\n3 e"):
        assert len(list(readings(text))) == 1
