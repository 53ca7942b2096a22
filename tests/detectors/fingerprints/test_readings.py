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
