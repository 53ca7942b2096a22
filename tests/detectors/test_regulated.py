"""Health data counts when it is about somebody."""

from pathlib import Path

import pytest

from detectors import personal_data
from detectors.base import Match
from detectors.regulated import combination, find


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
        "Maintainers: Paolo Molaro <lupus@gtk.org>, Jane Doe <jane@gtk.org>",
        "2019-05-02  Jane Doe <jane@gtk.org>\n\n  * Stroke such an outline with the current pen.",
        "The loader does not set an error upon abortion, see Jane Doe's patch.",
        "A fee is charged for access to the site, write to jane@gtk.org.",
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


def test_birth_date_and_postcode_make_a_diagnosis_as_sure_as_a_name() -> None:
    text = "born 1984-05-03, postcode: 10115, diagnosis: epilepsy"
    places = {
        "1984-05-03": "pii.date_of_birth",
        "10115": "pii.address",
        "epilepsy": "phi.condition",
    }
    matches = [
        Match(c, text.index(value), text.index(value) + len(value), 0.8)
        for value, c in places.items()
    ]
    alone = [m for m in matches if m.data_class != "pii.address"]

    def sure(some: list[Match]) -> float:
        return max(m.confidence for _, m in find([(text, some)]) if m.data_class == "phi.condition")

    assert sure(matches) == 0.97
    assert sure(alone) < 0.97


NOTE = """\
Patient: Ann Gonzalez, MRN 48213377
History of present illness: type 2 diabetes since 2011, now short of breath.
Medications: metformin
HbA1c 8.4 %
"""


def test_a_clinical_note_is_one_finding() -> None:
    notes = [value for _, value, data_class in judged(NOTE) if data_class == "phi.note"]
    assert len(notes) == 1
    assert notes[0].startswith("Ann Gonzalez")
    assert notes[0].endswith("8.4 %")


@pytest.mark.parametrize(
    "text",
    [
        NOTE.replace("Ann Gonzalez, MRN 48213377", "female"),
        "Ann Gonzalez has asthma.",
        "Write a template for a note with the headings\nDiagnosis:\nMedications:\nfor my practice",
    ],
)
def test_a_text_without_identifier_or_with_one_term_is_no_note(text: str) -> None:
    assert "phi.note" not in {data_class for _, _, data_class in judged(text)}


@pytest.mark.parametrize(
    ("text", "data_class"),
    [
        ("Employee Ann Gonzalez, gross salary EUR 84,500, moves to Lyon", "fin.payroll"),
        ("Frau Rohleder, Bruttogehalt: 5.400 €", "fin.payroll"),
        ("For Colin Barber: adjusted gross income $84,210", "fin.tax_return"),
        ("Patient Ann Gonzalez, HbA1c 8.4 %", "phi.laboratory"),
        ("Mijn collega Piet Jansen is lid van de PVV en", "gdpr9.politics"),
        ("Colin Barber tested positive for BRCA1", "gdpr9.genetic"),
        ("Il dipendente Mario Rossi ha precedenti penali", "gdpr10.criminal"),
        ("Hon heter Anna Larsson och är öppet homosexuell.", "gdpr9.sexuality"),
        ("Our colleague Colin Barber belongs to the union", "gdpr9.union"),
        ("Meine Kollegin Frau Rohleder ist evangelisch", "gdpr9.religion"),
    ],
)
def test_what_is_said_about_a_person_counts(text: str, data_class: str) -> None:
    assert data_class in {c for _, _, c in judged(text)}


@pytest.mark.parametrize(
    "text",
    [
        "The average gross salary EUR 54,500 rose in all sectors.",
        "What does an HbA1c of 8.4 % mean?",
        "Is the history of the union taught at school?",
        "Explain what adjusted gross income $84,210 leaves after tax.",
    ],
)
def test_figures_without_a_person_are_nobodys(text: str) -> None:
    assert judged(text) == []


def test_what_is_said_of_people_counts_and_what_is_only_talked_of_does_not() -> None:
    """Sentences of our own in eleven languages: about a person, or about the matter."""
    rows = [
        line.split("\t")
        for line in (Path(__file__).parent / "about_people.tsv").read_text("utf-8").splitlines()
    ]
    people = [text for kind, _, text in rows if kind == "person"]
    topics = [text for kind, _, text in rows if kind == "topic"]

    assert [text for text in topics if judged(text)] == []
    missed = [text for text in people if not judged(text)]
    assert len(missed) <= len(people) // 20, missed
