"""`python -m benchmarks.said [--show]`: telephone numbers, births, accounts, records in sentences.

Sentences of our own in the languages of their countries (`said.yaml`), with numbers in the national
form, written in one of several ways. `--show` prints what is missed of those that were looked at.
"""

import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import phonenumbers
import yaml

from detectors.engine import load_shared, shared
from penstock.pipeline import REPORTED

DATA = Path(__file__).with_name("said.yaml")
COUNTRIES = {"en": "GB", "us": "US", "at": "AT", "ch": "CH", "be": "BE", "sv": "SE", "da": "DK",
             "nb": "NO", "cs": "CZ"}  # fmt: skip
"""Where a language's code is not the country's."""
CLASSES = {
    "phone": ("pii.phone",),
    "birth": ("pii.date_of_birth",),
    "account": ("fin.account", "fin.iban", "pii.national_id"),
    "record": ("phi.medical_id", "pii.national_id"),
}
DATES = ("12.03.1984", "3/12/1979")
ALL = tuple(c for classes in CLASSES.values() for c in classes)
_NUMBER = re.compile(r"\d[\d\-/. ]*\d")


def telephone(country: str, chance: random.Random) -> str:
    """A valid number of the country in its national form, its blanks left out or replaced."""
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    example: Any = phonenumbers.example_number_for_type(country, chance.choice(kinds))
    number: Any = phonenumbers.PhoneNumber()
    number.merge_from(example)
    while True:
        number.national_number = example.national_number // 10_000 * 10_000
        number.national_number += chance.randrange(10_000)
        if phonenumbers.is_valid_number(number):
            break
    form: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return chance.choice([form, form, re.sub(r"\D", "", form), form.replace(" ", "-")])


def texts(kinds: dict[str, Any], chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """Kind, sentence, and what is to be found in it."""
    for kind, languages in kinds.items():
        for lang, sentences in languages.items():
            for sentence in sentences:
                if kind == "phone":
                    values = [telephone(COUNTRIES.get(lang, lang.upper()), chance)]
                elif kind == "birth":
                    values = list(DATES)
                else:
                    values = [_NUMBER.findall(sentence)[0]]
                for value in values:
                    yield kind, sentence.replace("{}", value), value


def found(text: str, classes: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where the rules report something of the classes."""
    return [
        (hit.start, hit.end)
        for hit in shared().scan_once(text)
        if hit.confidence >= REPORTED and hit.rule.id.startswith(classes)
    ]


def main(arguments: list[str]) -> int:
    """Print for each kind how many were found, of those looked at and of the others."""
    load_shared(cache_dir=Path(".benchmark-cache"))
    data = yaml.safe_load(DATA.read_text("utf-8"))
    counts: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for part in ("seen", "unseen"):
        for kind, text, value in texts(data[part], random.Random(1)):
            at = text.index(value)
            hit = any(s < at + len(value) and at < e for s, e in found(text, CLASSES[kind]))
            counts[kind, part].append(hit)
            if not hit and part == "seen" and "--show" in arguments:
                print("missed", kind, json.dumps(text, ensure_ascii=False))
    for kind in CLASSES:
        row = [f"{sum(c)} of {len(c)}" for c in (counts[kind, "seen"], counts[kind, "unseen"])]
        print(f"{kind:10}seen {row[0]:>12}   not seen {row[1]:>12}")
    false = [text for text in data["harmless"] if found(text, ALL)]
    print(f"false alarms: {len(false)} of {len(data['harmless'])} {false}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
