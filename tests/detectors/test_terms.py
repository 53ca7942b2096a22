"""The company's own terms: whole words, endings, capitals, and faults by their line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import terms
from detectors.inflection import stem
from detectors.words import WORD, Words
from penstock.errors import ConfigError
from penstock.settings import DictionarySettings

TERMS = ("Project Falcon", "Falcon", "C#", "R&D 4", "Müller Precision GmbH", "機密計画", "ACME")


def found(text: str, file: Path, **options: bool) -> list[str]:
    (read,) = [
        t
        for t in terms.read([DictionarySettings(file=file, data_class="custom.x", **options)])
        if any(k.data_class == "custom.x" for k in t._kinds)
    ]
    return [text[m.start : m.end] for m in read.find(Words(text))]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("terms") / "terms.txt"
    path.write_text("# our words\n\n" + "\n".join(TERMS) + "\n", "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("about project-falcon and PROJECT_FALCON", ["project-falcon", "PROJECT_FALCON"]),
        ("Project\nFalcon", ["Project\nFalcon"]),
        ("the falcon's nest", ["falcon"]),
        ("Falconer, project falcons", []),
        ("we write C# and C", ["C#"]),
        ("R&D 4, not R & D", ["R&D 4"]),
        ("ask müller precision gmbh.", ["müller precision gmbh"]),
        ("これは機密計画です", ["機密計画"]),
        ("project. Falcon", ["Falcon"]),
    ],
)
def test_whole_words_are_found_however_they_are_joined(
    text: str, terms: list[str], file: Path
) -> None:
    assert found(text, file) == terms


def test_capitals_count_where_they_are_asked_for(file: Path) -> None:
    assert found("acme and ACME", file, case=True) == ["ACME"]


@pytest.mark.parametrize("form", ["Zielińskiego", "Zielińskiemu", "Zielińska", "Zielińscy"])
def test_endings_may_differ_where_they_are_asked_for(form: str, tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("Zielińska\n", "utf-8")
    assert found(f"do {form} wyślij", file) == ([form] if form == "Zielińska" else [])
    assert found(f"do {form} wyślij", file, inflected=True) == (
        [] if form == "Zielińscy" else [form]
    )


@given(st.text("abcdefghijklmnopąęéos", min_size=1, max_size=20))
def test_a_stem_begins_its_word(word: str) -> None:
    assert word.startswith(stem(word))
    assert len(stem(word)) >= min(4, len(word))
    assert stem(stem(word)) == stem(word)


def test_a_word_that_is_one_ending_after_the_other_is_gone_through_once() -> None:
    # read anew for each of its endings, it would take hours
    assert stem("e" * 1_000_000) == "eeee"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"good term\n\xff\xfe\n", ":2: not UTF-8"),
        (b"good term\n# fine\n;\n", ":3: a term has two letters or more"),
        (b"a b " * 9, ":1: a term has 16 words or fewer"),
        (b"# nothing\n", ": there is no term in it"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(content: bytes, fault: str, tmp_path: Path) -> None:
    file = tmp_path / "terms.txt"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        terms.read([DictionarySettings(file=file)])
    assert str(error.value) == f"{file}{fault}"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        terms.read([DictionarySettings(file=tmp_path / "none.txt")])


@given(st.text(max_size=120), st.lists(st.text("ab c-", min_size=2, max_size=8), max_size=4))
def test_what_is_found_is_a_term(text: str, words: list[str]) -> None:
    some = [w for w in words if sum(map(len, WORD.findall(w))) > 1] or ["ab"]
    known = terms.Terms([terms.Kind("custom.x", 1.0)], [(w, 0) for w in some])
    spelled = {tuple(WORD.findall(w.lower())) for w in some}
    for match in known.find(Words(text)):
        value = text[match.start : match.end]
        assert tuple(WORD.findall(value.lower())) in spelled


def test_many_terms_take_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "many.txt"
    file.write_text("".join(f"customer {n}\n" for n in range(20_000)), "utf-8")
    (read,) = terms.read([DictionarySettings(file=file)])
    assert read.size_bytes < 20_000 * 24
    text = "customer 19999 and customer 20000"
    assert [text[m.start : m.end] for m in read.find(Words(text))] == ["customer 19999"]
