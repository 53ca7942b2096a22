"""Where a name begins and ends: more exactly than the model says.

Misses: first names that are titles too (`Don`) are left off.
"""

import re
from dataclasses import dataclass
from functools import cache

from detectors.name_candidates import CLOSINGS, SURNAME
from detectors.name_evidence import GREETINGS, HONORIFICS, first_names, is_first_name

_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")
_WORD_BEFORE = re.compile(r"(?<![\w-])([^\W\d_a-zß-ÿ][^\W\d_]{2,}) $")
_WORD_AFTER = re.compile(r" ([^\W\d_a-zß-ÿ][^\W\d_]{2,})(?![\w-])")
_FIRST = re.compile(r"([^\W\d_]+)\.?,?\s+(?=[^\W\d_a-zß-ÿ])")
_PATIENTS = """
    patient patientin patiente paciente paziente patiënt pacjent pacjentka pacjenta pacjentki
    pacientka pacient pasient pasienten patienten potilas pacijent pacijentica pacienta pacientul
"""
_PARTICLES = frozenset(
    {"de", "del", "della", "delle", "dei", "di", "da", "do", "dos", "das", "du", "des", "la", "las",
     "los", "le", "les", "el", "al", "ad", "bin", "ibn", "ben", "abu", "van", "von", "vom", "zu",
     "zur", "zum", "der", "den", "dem", "ter", "ten", "te", "af", "av", "och", "y", "e", "i", "und",
     "en", "et"}
)  # fmt: skip
"""Words in lower case that names begin with."""


@dataclass(frozen=True, slots=True)
class Name:
    """text[start:end] names a `PERSON`, `LOCATION`, `ORG` or `ADDRESS`."""

    start: int
    end: int
    label: str


def trimmed(text: str, name: Name) -> Name | None:
    """`name` without white space and quotes around it; None if nothing remains."""
    start, end, label = name.start, name.end, name.label
    while start < end and (text[start].isspace() or text[start] in "\"'“”„«»‘’(),;:*_|<>[]{}-–•"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in "\"'“”„«»‘’(,;:*_|<>[]{}-–"):
        end -= 1
    if label == "PERSON" and not text[start:end].islower():
        start, end = _capitals(text, _behind_titles(text, start, end), end)
    return Name(start, end, label) if end - start > 1 else None


def with_both(text: str, name: Name) -> Name:
    """With the first name right before it, the inflected one after it (`Lakatos Gábortól`), or the
    surname after a first name: of inflected names the model often sees one word only."""
    start, end = name.start, name.end
    before = _WORD_BEFORE.search(text, max(0, start - 20), start)
    if before and is_first_name(before[1]):
        return Name(before.start(1), end, name.label)
    after = _WORD_AFTER.match(text, end)
    if after and text[start:end].isalpha():
        follows = is_first_name(text[start:end]) and SURNAME.search(after[1])
        inflected = is_first_name(after[1]) and after[1].lower() not in first_names()
        if follows or inflected:
            return Name(start, after.end(), name.label)
    return name


def _behind_titles(text: str, start: int, end: int) -> int:
    """Where the name begins behind a title or the end of a letter: `Mvh Søren`, `Patientin Ada`."""
    first = _FIRST.match(text, start, end)
    return first.end() if first and first[1].lower() in _titles() else start


@cache
def _titles() -> frozenset[str]:
    called = frozenset(f"{HONORIFICS} {GREETINGS} {_PATIENTS}".split())
    return (called | CLOSINGS) - first_names()


def _capitals(text: str, start: int, end: int) -> tuple[int, int]:
    """Without words in lower case around it that are not part of names as `van` and `de` are."""
    words = list(_WORD.finditer(text, start, end))
    while len(words) > 1 and words[0][0].islower() and words[0][0] not in _PARTICLES:
        words = words[1:]
        start = words[0].start()
    while len(words) > 1 and words[-1][0].islower() and len(words[-1][0]) > 2:
        words = words[:-1]
        end = words[-1].end()
    return start, end
