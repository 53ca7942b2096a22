"""What vouches for a name in a long text."""

import pytest

from detectors import names
from detectors.name_evidence import LONG, is_first_name, is_vouched_for, unsupported

FILLER = "The report should be short and in plain words, with a table at the end. " * 8


def is_dropped(text: str, name: str) -> bool:
    start = text.index(name)
    return (start, start + len(name)) in unsupported(text, [(start, start + len(name))])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dear Rohleder", "Rohleder"),
        ("ask Dr. Comisso", "Comisso"),
        ('"last_name": "Ferrand"', "Ferrand"),
        ("Nombre: Anselmo", "Anselmo"),
        ("then Rohleder said no", "Rohleder"),
        ("talk to Katarzynie about it", "Katarzynie"),
        ("by J. Rohleder", "J. Rohleder"),
        ("Rohleder Zobel <rz@corp.internal>", "Rohleder Zobel"),
        ("Rohleder Zobel, PESEL 78042261004", "Rohleder Zobel"),
    ],
)
def test_a_name_with_a_sign_stays_in_a_long_text(text: str, name: str) -> None:
    assert not is_dropped(f"{FILLER}\n{text}\n{FILLER}", name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# Deliverables", "Deliverables"),
        ("the Balanced Scorecard", "Balanced Scorecard"),
        ("Landmark Name: EIFFEL", "EIFFEL"),
        ("${Name:Zorbach}", "Zorbach"),
    ],
)
def test_a_name_without_a_sign_goes_in_a_long_text(text: str, name: str) -> None:
    assert is_dropped(f"{FILLER}\n{text}\n{FILLER}", name)


@pytest.mark.parametrize("text", ["Act as Zorbach, a calm guide.", "(A) Alphabet (D) Zorbach"])
def test_parts_and_options_are_no_people_in_any_text(text: str) -> None:
    assert len(text) < LONG
    assert is_dropped(text, "Zorbach")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a new game called Zorbach Vale", "Zorbach Vale"),
        ("Unsere Firma heißt Zorbach", "Zorbach"),
        ("an orchestra from Southern Zorbach", "Southern Zorbach"),
    ],
)
def test_things_and_phrases_need_a_sign_in_any_text(text: str, name: str) -> None:
    assert is_dropped(text, name)
    assert not is_dropped(f"Dear {name}, hello", name)


def test_who_is_called_something_is_no_thing() -> None:
    assert not is_dropped("my boss is called Zorbach Vale", "Zorbach Vale")
    assert not is_dropped("ask Per Zorbach about it", "Per Zorbach")


@pytest.mark.parametrize(
    ("text", "name", "stays"),
    [
        ("Zorbach: what now?\nNicole: no idea", "Zorbach", True),
        ("\nZorbach: what now?\nX: no\nZorbach: really?", "Zorbach", True),
        ("Zorbach: the text below", "Zorbach", False),
        ("Zorbach: the text below\nTone: calm", "Zorbach", False),
    ],
)
def test_speakers_are_people_and_headings_are_not(text: str, name: str, stays: bool) -> None:
    assert is_dropped(text, name) is not stays


def test_a_surname_counts_once_the_full_name_is_there() -> None:
    text = f"{FILLER}\nColin Zorbach wrote it. {FILLER} Zorbach wanted more."
    full, last = text.index("Colin Zorbach"), text.rindex("Zorbach")
    assert unsupported(text, [(full, full + 13), (last, last + 7)]) == set()
    assert unsupported(text, [(last, last + 7)]) == {(last, last + 7)}


def test_among_several_people_others_are_believed_too() -> None:
    people = ["Colin Barber", "Sarah Miller", "Ahmed Zaki", "Rohleder Zobel"]
    text = FILLER + " met ".join(people)
    spans = [(text.index(p), text.index(p) + len(p)) for p in people]
    assert unsupported(text, spans) == set()
    assert unsupported(text, spans[2:]) == {spans[3]}


@pytest.mark.parametrize("word", ["Henryka", "katarzynie", "COLIN", "Jukka"])
def test_first_names_are_known_in_other_cases_too(word: str) -> None:
    assert is_first_name(word)


def test_words_are_no_first_names() -> None:
    assert not any(map(is_first_name, ("will", "hope", "rose", "may", "table", "report")))


def test_a_short_sentence_needs_no_sign() -> None:
    assert not is_dropped("Harlan gave up.", "Harlan")
    assert not is_vouched_for("Harland gave up.", 0, 7, ())


def test_the_detector_drops_headings_that_look_like_names() -> None:
    text = f"# Task\n{FILLER}\n## Balanced Scorecard\n{FILLER}\nDear Mr Rohleder,\n"
    people = [text[n.start : n.end] for n in names.find(text) if n.label == "PERSON"]
    assert people == ["Rohleder"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Wann ist Zorbach?", "Zorbach"),
        ("Čo znamená Morbach a Zorbach v kalendári?", "Zorbach"),
        ("Jak zrobić Zorbach na niedzielę?", "Zorbach"),
        ("Explain Zorbach in simple words", "Zorbach"),
        ("Porovnej Morbach s Zorbachem.", "Zorbachem"),
        ("Summarize the film Colin Zorbach in three lines.", "Colin Zorbach"),
        ("Hvem spiller i filmen Zorbach?", "Zorbach"),
        ("Moin, ich brauche Hilfe", "Moin"),
        ("Please help. God morgen to all", "God"),
    ],
)
def test_what_is_asked_about_or_a_title_is_nobody(text: str, name: str) -> None:
    assert is_dropped(text, name)


@pytest.mark.parametrize(
    ("text", "name", "goes"),
    [
        ("Skriv noe om våren på Zorbach.", "Zorbach", True),
        ("Co kwitnie w Zorbachu?", "Zorbachu", True),
        ("What grows in Katarzyna's garden?", "Katarzyna", False),
        ("Yesterday Zorbach grew beans.", "Zorbach", False),
    ],
)
def test_one_word_after_a_preposition_of_places_is_a_place(
    text: str, name: str, goes: bool
) -> None:
    assert is_dropped(text, name) is goes


def test_beside_somebody_else_a_word_after_such_a_preposition_stays() -> None:
    text = "Siedzi tu Zorbach i Quillon"
    spans = [(10, 17), (20, 27)]
    assert unsupported(text, spans) == set()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What is Zorbach's number?", "Zorbach"),
        ("When is Mr Zorbach back?", "Zorbach"),
        ("Explain to Zorbach why he has to go", "Zorbach"),
        ("What is late? Ask Zorbach", "Zorbach"),
        ("Recept na to má Katarína", "Katarína"),
        ("We saw Colin Zorbach in the film", "Colin Zorbach"),
    ],
)
def test_somebody_in_a_question_stays(text: str, name: str) -> None:
    assert not is_dropped(text, name)
