"""The sentences of our own with numbers in them."""

import random

import yaml

from benchmarks.said import CLASSES, COUNTRIES, DATA, telephone, texts
from detectors.validators import phones


def test_every_sentence_holds_what_is_to_be_found_once() -> None:
    data = yaml.safe_load(DATA.read_text("utf-8"))
    for part in ("seen", "unseen"):
        assert set(data[part]) == set(CLASSES)
        for _, text, value in texts(data[part], random.Random(1)):
            assert value in text
            assert "{}" not in text


def test_telephone_numbers_are_valid_in_their_country() -> None:
    chance = random.Random(2)
    for country in ("GB", "US", "DE", "FR", "IT", *COUNTRIES.values()):
        for _ in range(20):
            assert phones.phone(telephone(country, chance))
