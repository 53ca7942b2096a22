"""Recovery phrases are found wherever they stand, and nothing else is taken for one."""

import time
from pathlib import Path

import pytest

from detectors.secrets import find
from detectors.validators import recovery

PHRASE = "letter advice cage absurd amount doctor acoustic avoid letter advice cage above"
WORDS = PHRASE.split()
WRONG = [*WORDS[:-1], "zoo"]
LISTED = (Path(recovery.__file__).parent / "bip39.txt").read_text("utf-8").split()
FORMS = [
    "Mijn herstelzin: {0}",
    "Notitie: {0}.",
    'bewaar dit: "{0}"',
    "Write a poem with these words: {0}, please",
    "keep this safe note {0} end of it",
    "{0}  <- niet delen",
]


def found(text: str) -> list[str]:
    return [text[m.start : m.end] for m in find(text) if m.data_class == "secret.recovery_phrase"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("separator", [" ", ", ", ",", "  ", "\n", "\r\n", '", "', "\n- "])
def test_found_wherever_it_stands(form: str, separator: str) -> None:
    for words in (WORDS, [w.upper() for w in WORDS], [w.title() for w in WORDS]):
        phrase = separator.join(words)
        assert found(form.format(phrase)) == [phrase]


@pytest.mark.parametrize("form", FORMS)
def test_a_wrong_checksum_is_none(form: str) -> None:
    assert not found(form.format(" ".join(WRONG)))
    assert not found(form.format(", ".join(WRONG)))


def test_found_in_a_long_text() -> None:
    around = "Some words that are just what everybody writes every single day about work. " * 100
    phrase = " ".join(WORDS)
    assert found(f"{around}{phrase} {around}") == [phrase]


@pytest.mark.parametrize("separator", [" ", "\n", ", "])
def test_the_list_itself_has_none(separator: str) -> None:
    assert not found(separator.join(LISTED))
    assert not found(separator.join(LISTED[300:340]))
    assert not found(separator.join(reversed(LISTED)))


def test_takes_time_in_proportion_to_the_text() -> None:
    text = " ".join(LISTED[i * 7919 % 2048] for i in range(40_000))
    start = time.process_time()
    found(text)
    once = time.process_time() - start
    start = time.process_time()
    found(text + " " + text)
    assert time.process_time() - start < 3 * once + 0.5
