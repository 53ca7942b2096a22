"""Names in the cases of inflected languages, as training makes them."""

import pytest

from detectors.models.inflection import CASES, INFLECTED, inflect


@pytest.mark.parametrize(
    ("lang", "name", "female", "forms"),
    [
        ("pl", "Adam", False, "Adama Adamowi Adama Adamem Adamie Adamie"),
        ("pl", "Anna", True, "Anny Annie Annę Anną Annie Anno"),
        ("pl", "Maria", True, "Marii Marii Marię Marią Marii Mariu"),
        ("pl", "Kowalski", False, "Kowalskiego Kowalskiemu Kowalskiego Kowalskim Kowalskim"),
        ("pl", "Zielińska", True, "Zielińskiej Zielińskiej Zielińską Zielińską Zielińskiej"),
        ("pl", "Marek", False, "Marka Markowi Marka Markiem Marku Marku"),
        ("pl", "Tomasz", False, "Tomasza Tomaszowi Tomasza Tomaszem Tomaszu Tomaszu"),
        ("cs", "Novák", False, "Nováka Novákovi Nováka Novákem Novákovi Nováku"),
        ("cs", "Lenka", True, "Lenky Lence Lenku Lenkou Lence Lenko"),
        ("sk", "Marek", False, "Marka Markovi Marka Markom Markovi Marek"),
        ("hr", "Petar", False, "Petra Petru Petra Petrom Petru Petre"),
        ("fi", "Virtanen", False, "Virtasen Virtaselle Virtasta Virtaselta Virtasessa Virtasesta"),
        ("fi", "Pekka", False, "Pekan Pekalle Pekkaa Pekalta Pekassa Pekasta"),
        ("hu", "Balázs", False, "Balázsnak Balázsnak Balázst Balázzsal Balázsról Balázshoz"),
        ("ro", "Elena", True, "Elenei Elenei Elena Elena Elena Elena"),
        ("de", "Zobel", False, "Zobels Zobel Zobel Zobel Zobel Zobel"),
    ],
)  # fmt: skip
def test_names_take_the_endings_of_their_language(
    lang: str, name: str, female: bool, forms: str
) -> None:
    assert [inflect(lang, name, case, female) for case in CASES][: len(forms.split())] == (
        forms.split()
    )


def test_every_case_of_every_language_gives_a_form_of_the_name() -> None:
    for lang in INFLECTED:
        for name in ("Max", "Ida", "Jerzy", "Otto", "Weiß", "Lévy"):
            for case in CASES:
                assert inflect(lang, name, case).startswith(name[:2])


def test_other_languages_and_short_names_stay_as_they_are() -> None:
    assert inflect("en", "Adam", "gen") == "Adam"
    assert inflect("pl", "Bo", "gen") == "Bo"
