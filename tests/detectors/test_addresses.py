"""Postal addresses by their form."""

import pytest

from detectors import addresses, names


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in addresses.find(text)]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("send it to 12 Old Mill Road, Leeds", "12 Old Mill Road"),
        ("I live at 4537 Tanner Street Apt. 3", "4537 Tanner Street Apt. 3"),
        ("wohnhaft Kirschbaumweg 7a in Ulm", "Kirschbaumweg 7a"),
        ("wohnhaft Anton-Huber-Platz 81, Graz", "Anton-Huber-Platz 81"),
        ("chez lui au 14 bis, rue des Tilleuls", "14 bis, rue des Tilleuls"),
        ("vive en la C/ Olivar, s/n", "C/ Olivar, s/n"),
        ("vive en calle de la fuente 6", "calle de la fuente 6"),
        ("abita in Via delle Rose 41", "Via delle Rose 41"),
        ("mieszka przy ul. Topolowa 21 lok. 3A", "ul. Topolowa 21 lok. 3A"),
        ("mora na Rua do Moinho, nº 5", "Rua do Moinho, nº 5"),
        ("bor på Björkvägen 65", "Björkvägen 65"),
        ("asuu osoitteessa Koivukatu 18", "Koivukatu 18"),
        ("lakcíme Petőfi utca 104", "Petőfi utca 104"),
        ("write to P.O. Box 104 please", "P.O. Box 104"),
        ("PSC 0441, Box 1212, APO AE 09011", "APO AE 09011"),
        ("> Jo Smith\n> Apt. 805\n> Leeds", "Apt. 805"),
        ("send it to 312 SW Alder Ave Apt 4, Salem", "312 SW Alder Ave Apt 4"),
        ("she moved to 40 N. 9th St last week", "40 N. 9th St"),
        ("bytem Sokolova 17/4, 602 00 Brno", "Sokolova 17/4, 602 00 Brno"),
        ("zam. Sosnowa 3, 31-624 Nowy Sącz.", "Sosnowa 3, 31-624 Nowy Sącz"),
    ],
)
def test_streets_of_many_countries_are_found(text: str, address: str) -> None:
    assert address in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Copyright 1991-1996, Thomas G. Lane.",
        "an office of 12,500 square feet",
        "During 2021 and in the spring 2022 the ring 5 failed",
        "rate the place out of 5",
        "sent via post on 28/04 and via fax on 29.04.2031",
        "In 2008 Wall Street fell and 500 Supreme Court rulings followed",
        "copy 10 Google Drive folders",
        "Level 3, Unit 5 and Floor 12 of the course",
        "def find(street, number): return street[5]",
    ],
)
def test_words_for_streets_elsewhere_are_no_address(text: str) -> None:
    assert found(text) == []


def test_whom_a_street_is_named_after_is_not_in_the_prompt() -> None:
    text = "Ship it to Max Huber, Sophie-Scholl-Platz 81, 80539 München."
    labels = {text[n.start : n.end]: n.label for n in names.find(text)}
    assert labels["Max Huber"] == "PERSON"
    assert [v for v, label in labels.items() if label == "PERSON"] == ["Max Huber"]
