"""Health data counts when it is about somebody."""

import pytest

from detectors import personal_data
from detectors.base import Match
from detectors.regulated import combination, distinct_people, find


def judged(*texts: str) -> list[tuple[int, str, str]]:
    view = [(text, list(personal_data.find(text))) for text in texts]
    return [(i, texts[i][m.start : m.end], m.data_class) for i, m in find(view)]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Patient Brian Toms, MRN 48213377, was treated for opioid use disorder.",
         "opioid use disorder"),
        ("Meine Patientin hat Diabetes mellitus Typ 2, was soll ich tun?",
         "Diabetes mellitus Typ 2"),
        ("El paciente Celso Bayona, NHC MRN13611329, tiene hepatitis C crónica.",
         "hepatitis C crónica"),
        ("Pacjent Marek Nowak choruje na cukrzycę typu 2.", "cukrzycę typu 2"),
        ("I was diagnosed with bipolar disorder last year.", "bipolar disorder"),
    ],
)  # fmt: skip
def test_a_condition_of_a_person_is_health_data(text: str, term: str) -> None:
    assert {(0, term, "phi.condition"), (0, term, "gdpr9.health")} <= set(judged(text))


@pytest.mark.parametrize(
    "text",
    [
        "What are the symptoms of diabetes?",
        "Write an article about asthma in large cities.",
        "Erkläre mir Multiple Sklerose.",
        "Compare metformin and insulin for a lecture.",
    ],
)
def test_a_topic_is_not(text: str) -> None:
    assert judged(text) == []


def test_the_person_may_be_in_another_text_of_the_prompt() -> None:
    assert judged("The name is Colin Barber.", "diagnosis: epilepsy") != []


def test_a_note_is_one_special_category_finding() -> None:
    found = judged("Patient Ann Gonzalez has asthma, epilepsy and takes metformin.")
    assert [c for _, _, c in found].count("gdpr9.health") == 1


def test_terms_alone_are_withheld() -> None:
    assert {"phi.condition", "phi.medication", "gdpr9.*"} <= combination.withheld


def test_people_are_counted_once_however_often_they_are_named() -> None:
    text = "Jane Smith wrote. Smith is ill. So is Colin Barber."
    matches = [
        Match("pii.person", text.index(name), text.index(name) + len(name), 0.9)
        for name in ("Jane Smith", "Colin Barber")
    ]
    matches.append(Match("pii.person", text.index("Smith is"), text.index("Smith is") + 5, 0.9))
    assert distinct_people([(text, matches)]) == 2
