"""Special categories of data, only when something says whom they are about.

`phi.condition`, `phi.medication` and the `gdpr9.*`, `gdpr10.*` terms of the rules are words: a
diagnosis, a drug, a creed. As a topic ("what are the symptoms of diabetes?") they are nobody's
data and are withheld. They count when the same text names a person, carries an identifier of
one, or speaks of one ("my patient", "our employee", "I was diagnosed with"), or, in another
text of the same prompt, when that text is short enough to be about them.

Misses: a term and its person in different requests; people described without any of these words.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from detectors.base import Combination, Match

TERMS = ("phi.condition", "phi.medication", "gdpr9.", "gdpr10.")
PERSON = ("pii.person", "pii.national_id.", "phi.medical_id.", "pii.date_of_birth", "pii.email",
          "pii.phone")  # fmt: skip
_NEAR = 600
"""A person is spoken of within so many characters of the term."""
_SPOKEN_OF = re.compile((Path(__file__).parent / "spoken_of.txt").read_text("utf-8"), re.VERBOSE)
_QUESTION = re.compile(
    r"(?i)^\W*(?:what|which|how|why|explain|list|describe|define|was|welche|wie|erkl[äa]r)"
)


def find(texts: Sequence[tuple[str, Sequence[Match]]]) -> Iterator[tuple[int, Match]]:
    """Yield the terms that are about a person, and one special-category match for each text."""
    people = [_people(matches) for _, matches in texts]
    anyone = any(people)
    for i, (text, matches) in enumerate(texts):
        health: Match | None = None
        for match in matches:
            if not match.data_class.startswith(TERMS):
                continue
            confidence = _confidence(text, match, people[i], anyone)
            if confidence < 0.5:
                continue
            found = Match(match.data_class, match.start, match.end, confidence)
            yield i, found
            if match.data_class.startswith("phi.") and (
                health is None or confidence > health.confidence
            ):
                health = found
        if health is not None:
            yield i, Match("gdpr9.health", health.start, health.end, health.confidence)


def _people(matches: Sequence[Match]) -> list[Match]:
    return [m for m in matches if m.data_class.startswith(PERSON) and m.confidence >= 0.5]


def _confidence(text: str, term: Match, people: Sequence[Match], anyone: bool) -> float:
    """How sure it is that `term` is said about a person."""
    near = [p for p in people if p.start - term.end < _NEAR and term.start - p.end < _NEAR]
    if near:
        return min(0.97, term.confidence + 0.03 * len({p.data_class for p in near}))
    around = text[max(0, term.start - _NEAR // 3) : term.end + _NEAR // 3]
    if _SPOKEN_OF.search(around):
        return term.confidence * 0.85
    if anyone and len(text) < 400 and not _QUESTION.match(text):
        return term.confidence * 0.75
    return 0.0


def distinct_people(texts: Sequence[tuple[str, Sequence[Match]]]) -> int:
    """An estimate of how many people a prompt is about: different names, or different numbers.

    A name that is part of a longer one (`Smith` of `Jane Smith`) is the same person.
    """
    names: set[frozenset[str]] = set()
    numbers: set[str] = set()
    for text, matches in texts:
        for m in matches:
            value = text[m.start : m.end].casefold()
            if m.data_class == "pii.person":
                names.add(frozenset(re.findall(r"\w{2,}", value)))
            elif m.data_class.startswith(("pii.national_id.", "phi.medical_id.")):
                numbers.add(re.sub(r"\W", "", value))
    whole = {n for n in names if n and not any(n < other for other in names)}
    return max(len(whole), len(numbers))


combination = Combination(
    name="regulated",
    version=1,
    data_classes=frozenset({"phi.condition", "phi.medication", "gdpr9.*", "gdpr10.*"}),
    find=find,
    withheld=frozenset({"phi.condition", "phi.medication", "gdpr9.*", "gdpr10.*"}),
    hits=(
        "Patient Brian Toms, MRN 48213377, was treated for «opioid use disorder».",
        "Meine Patientin Frau Rohleder hat «Diabetes mellitus Typ 2».",
    ),
    misses=(
        "What are the symptoms of diabetes?",
        "Write an article about asthma in large cities.",
    ),
)
