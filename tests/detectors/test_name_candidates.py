"""Names that their place in the text gives away."""

import pytest

from detectors import names
from detectors.name_candidates import signers, speakers


def signed(text: str) -> list[str]:
    return [text[start:end] for start, end in signers(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("See you there.\nCheers, Baz", "Baz"),
        ("Bis morgen. Gruß Jupp", "Jupp"),
        ("Tot dan!\nGroetjes,\n\nJoke", "Joke"),
        ("À demain, bises\nMomo\n\nPS: merci", "Momo"),
    ],
)
def test_who_signs_is_somebody(text: str, name: str) -> None:
    assert signed(text) == [name]
    assert name in [text[n.start : n.end] for n in names.find(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Kind regards, Procurement",
        "Saluti, Ufficio Acquisti",
        "All the best Baz ever wrote",
        "Cheers, System",
        "The interest of Baz",
    ],
)
def test_a_department_or_a_word_in_a_sentence_does_not_sign(text: str) -> None:
    assert signed(text) == []


def test_who_speaks_among_people_is_one() -> None:
    text = (
        "[09:12] Iris Zorb: any news? [09:13] Mo: no. 09:14 - Tante Lie: later [09:15] System: bye"
    )
    who = [text[start:end] for start, end in speakers(text, {(8, 17)})]
    assert who == ["Mo", "Tante Lie"]
    assert list(speakers(text, {(1, 3)})) == []


def test_a_chat_is_read_with_all_its_speakers() -> None:
    text = "[09:12] Iris Koopman: heb je de cijfers al?\n[09:13] Mo: nee"
    assert "Mo" in [text[n.start : n.end] for n in names.find(text)]
    agenda = "[09:00] Welcome: all\n[09:30] Budget: the numbers"
    assert [n for n in names.find(agenda) if n.label == "PERSON"] == []
