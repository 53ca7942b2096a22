"""Names that their place in the text gives away."""

import pytest

from detectors import names
from detectors.name_candidates import (
    addressed,
    coordinated,
    full_names,
    initialed,
    introduced,
    recurring,
    signers,
    speakers,
)


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


def test_a_long_word_in_capitals_is_looked_at_once() -> None:
    assert signed(200_000 * "A" + "!\nCheers, Baz") == ["Baz"]


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


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("napíš správu pre máriu horváthovú o faktúre", "máriu horváthovú"),
        ("skriv ei melding til gunnhild aase om fakturaen", "gunnhild aase"),
        ("write a message to priya sharma about the invoice", "priya sharma"),
    ],
)
def test_a_short_prompt_without_capitals_may_name_somebody(text: str, name: str) -> None:
    assert [text[n.start : n.end] for n in names.find(text) if n.label == "PERSON"] == [name]


def test_things_in_a_prompt_without_capitals_are_nobody() -> None:
    text = "how to install ruby gems on a server"
    assert list(full_names(text, 0, len(text))) == []
    text = "ask ruby gemstone about it"
    assert [text[start:end] for start, end in full_names(text, 0, len(text))] == ["ruby gemstone"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("j'ai eu M. Zorbach hier", ""),
        ("j'ai eu Mme Zorbach hier", "Zorbach"),
        ("my take on Mrs. Zorbach-Quill, see below", "Zorbach-Quill"),
        ("volal jsem paní Zorbachové", "Zorbachové"),
        ("100 mm Lochblech, HR Indifferenztyp", ""),
        ("Frau Die", ""),
        ("u ordynatora Zorbacha", "Zorbacha"),
        ("la doctorul Zorbach", "Zorbach"),
        ("Dyrektor Izby wydał decyzję", ""),
    ],
)
def test_who_follows_a_title_is_addressed(text: str, name: str) -> None:
    spans = [text[start:end] for start, end in addressed(text, 0, len(text))]
    assert spans == ([name] if name else [])


def test_a_firm_or_a_place_with_a_known_first_name_is_somebody_if_seen_twice() -> None:
    text = "Contratto di locazione tra Oreste Colombo e Ivana Zuccaro"
    labels = {text[n.start : n.end]: n.label for n in names.find(text)}
    assert labels == {"Oreste Colombo": "PERSON", "Ivana Zuccaro": "PERSON"}


@pytest.mark.parametrize("text", ["Hi Team, please review", "Bonjour Comptabilité, voici"])
def test_a_greeting_alone_makes_nobody(text: str) -> None:
    assert [n for n in names.find(text) if n.label == "PERSON"] == []


@pytest.mark.parametrize(
    ("text", "start"),
    [("Mvh Søren Zorb", 4), ("Pacjentka Ada Zorb", 10), ("Hr. Zorb", 4), ("Ada Zorb", 0)],
)
def test_a_name_begins_behind_a_title(text: str, start: int) -> None:
    name = names.trimmed(text, names.Name(0, len(text), "PERSON"))
    assert name is not None
    assert name.start == start


def parts(text: str, *people: str) -> list[str]:
    spans = {(text.index(name), text.index(name) + len(name)) for name in people}
    again = [text[start:end] for start, end in recurring(text, spans)]
    return [name for name in again if name not in people]


def test_a_part_of_a_full_name_is_the_same_person_again() -> None:
    text = "Nina Zorbach filed it. Zorbach says so. Quill waits for Zorbachs reply and for Nina."
    assert parts(text, "Nina Zorbach") == ["Zorbach", "Zorbachs", "Nina"]
    assert parts(text, "Quill") == []
    assert parts("Per Die wrote. Die Post kam.", "Per Die") == []
    assert parts("Ada Kowal i Gmina Kowal, Pani Kowal", "Ada Kowal") == ["Kowal"]
    text = "Tom fragt, ob Nina Frerichs den Antrag gestellt hat. Frerichs sagt nein."
    assert [text[n.start : n.end] for n in names.find(text)].count("Frerichs") == 1


def test_what_is_joined_with_somebody_may_be_one() -> None:
    text = "A munkáját Dani és Nádasdi Eszter veszi át, Nádasdi Eszter és Budapest Bank nem."
    start = text.index("Nádasdi")
    spans = {(start, start + 14), (text.rindex("Nádasdi"), text.rindex("Nádasdi") + 14)}
    assert [text[s:e] for s, e in coordinated(text, spans)] == ["Dani"]
    assert ("Dani", "PERSON") in [(text[n.start : n.end], n.label) for n in names.find(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Guest: Z. Zorbach, PhD", "Z. Zorbach"),
        ("plan B. Dann", ""),
        ("see J. R. Zorb", "J. R. Zorb"),
    ],
)
def test_initials_come_before_a_name(text: str, name: str) -> None:
    assert [text[s:e] for s, e in initialed(text, 0, len(text))] == ([name] if name else [])


def test_who_says_his_name_without_capitals_is_named() -> None:
    text = "eg heiter tuva og eg er trøytt, i'm Tuva"
    assert [text[s:e] for s, e in introduced(text, 0, len(text))] == []
    text = text.lower().replace("trøytt", "for")
    assert "tuva" in [text[s:e] for s, e in introduced(text, 0, len(text))]
    assert "tuva" in [text[n.start : n.end] for n in names.find("eg heiter tuva og naboen bråkar")]
