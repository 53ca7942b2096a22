"""Special categories of data, only when something says whom they are about.

`phi.condition`, `phi.medication`, `phi.laboratory`, pay, tax and the `gdpr9.*`, `gdpr10.*` terms
of the rules are words: a diagnosis, a drug, a creed. As a topic ("what are the symptoms of
diabetes?") they are nobody's data and are withheld. They count when the same text names a person,
carries an identifier of one, or speaks of one ("my patient", "our employee", "I was diagnosed
with"), or, in another text of the same prompt, when that text is short enough to be about them.

What points to the same person weighs together: a birth date, a postcode and a diagnosis say who
is ill without a name. A text with several health terms and an identifier of a person is a
clinical note, one finding from the first to the last of them (HIPAA: 45 CFR 164.514(b)(2)).

Misses: a term and its person in different requests; people described without any of these words.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path

import re2

from detectors.base import Combination, Match

TERMS = ("phi.condition", "phi.medication", "phi.laboratory", "gdpr9.", "gdpr10.", "fin.payroll",
         "fin.tax_return")  # fmt: skip
PERSON = ("pii.person", "pii.national_id.", "phi.medical_id.", "pii.date_of_birth", "pii.email",
          "pii.phone")  # fmt: skip
_IDENTIFIERS = (*PERSON, "pii.address", "pii.ip", "fin.account", "fin.iban")
"""Those of HIPAA's eighteen that detectors find."""
_WHOSE = ("pii.person", "pii.national_id.", "phi.medical_id.", "pii.date_of_birth")
"""Those that a clinical note has at the top."""
_SINGLING = frozenset({"pii.date_of_birth", "pii.address"})
"""Together they single most people out."""
_NEAR = 600
"""A person is spoken of within so many characters of the term."""
_SPOKEN_OF = re.compile((Path(__file__).parent / "spoken_of.txt").read_text("utf-8"), re.VERBOSE)
_OURS = (
    r"(?i)\b(?:my|our|(?:mein|unser)(?:e[rnms]?)?|mon|ma|notre|mi|nuestr[oa]|(?:il |la )?mi[oa]"
    r"|(?:il |la )?nostr[oa]|m[oó]j|moja|nasz|nasza|mijn|onze|ons|meu|minha|nosso|nossa|min|mitt"
    r"|vår|vores|m[ůu]j|moje|náš|naše) (?:\w+ )?\w+ "
)
_VERB = (
    r"(?:is|was|has|had|ist|war|hat|hatte|wurde|est|a|es|está|fue|tiene|è|ha|jest|był|była|ma|heeft"
    r"|é|tem|foi|är|har|er|má|je|byl|byla)(?: (?!(?:about|for|per|para|för|für|pour|voor|dla|til"
    r"|over|sull?[ae]?|sobre|sur|om)\b)\w+)? $"
)
_OURS_IS = re.compile(_OURS + _VERB)
"""`our driver has `, right before what he has."""
_OURS_SAID = re.compile(rf"{_OURS}(?:(?:\w+ )?$|{_VERB})")
"""`our driver `, right before what a verb says of him."""
_QUESTION = re.compile(
    r"(?i)^\W*(?:what|which|how|why|explain|list|describe|define|was|welche|wie|erkl[äa]r)"
)
_NOTE_LEAST = 120
"""A note is longer than a sentence."""
_HEADING = re2.compile(
    r"(?im)(?:^|[.;] )[ \t#*-]{0,6}(history of present illness|hpi|chief complaint|pmh|"
    r"past medical history|"
    r"medications?|allergies|assessment(?: and plan)?|plan|physical exam(?:ination)?|vitals?|labs?|"
    r"diagnos[ei]s|impression|discharge summary|hospital course|anamnese|befund|diagnosen?|"
    r"therapie|medikation|verlauf|beurteilung|epikrise|procedere|aufnahmegrund|antecedentes|"
    r"motivo de (?:consulta|ingreso)|exploraci[oó]n(?: f[ií]sica)?|diagn[oó]stico(?: principal)?|"
    r"tratamiento|evoluci[oó]n|juicio cl[ií]nico|ant[eé]c[eé]dents|motif(?: de consultation)?|"
    r"examen clinique|diagnostic|traitement|conclusion|histoire de la maladie|anamnesi|"
    r"esame obiettivo|diagnosi|terapia|decorso|voorgeschiedenis|"
    r"lichamelijk onderzoek|conclusie|beleid|wywiad|badanie|"
    r"rozpoznanie|zalecenia|leczenie|anamnes|status|bed[oö]mning|diagnos|åtg[aä]rd|"
    r"hist[oó]ria (?:cl[ií]nica|atual)|exame f[ií]sico|esitiedot|nykytila|diagnoosi|"
    r"objektivní nález|závěr|subjective|objective|[soap]|dx|meds|rx|past history|"
    r"hospitali[sz]ation|reason for (?:visit|admission|referral)|triage|follow-?up|"
    r"aufnahme|entlassung|medikamente|medicaci[oó]n|alergias|medicatie|allergie[eë]n|"
    r"medicamentos|leki|l[aä]äkitys|läkemedel)\b"
    r"[ \t*]{0,3}(?::|$)"
)


def find(texts: Sequence[tuple[str, Sequence[Match]]]) -> Iterator[tuple[int, Match]]:
    """Yield the terms that are about a person, and for each text its health data as one."""
    people = [_of(matches, _IDENTIFIERS) for _, matches in texts]
    anyone = any(m.data_class.startswith(PERSON) for known in people for m in known)
    for i, (text, matches) in enumerate(texts):
        health: list[Match] = []
        for match in matches:
            if not match.data_class.startswith(TERMS):
                continue
            confidence = _confidence(text, match, people[i], anyone)
            if confidence < 0.5:
                continue
            found = Match(match.data_class, match.start, match.end, confidence)
            yield i, found
            if match.data_class.startswith("phi."):
                health.append(found)
        if health:
            surest = max(health, key=lambda m: m.confidence)
            yield i, Match("gdpr9.health", surest.start, surest.end, surest.confidence)
            if note := _note(text, health, people[i]):
                yield i, note


def _of(matches: Sequence[Match], classes: tuple[str, ...]) -> list[Match]:
    """Those of `classes` that are sure enough, by place."""
    some = (m for m in matches if m.data_class.startswith(classes) and m.confidence >= 0.5)
    return sorted(some, key=lambda m: m.start)


def _near(term: Match, people: Sequence[Match]) -> list[Match]:
    """Those of `people` within reach of `term`."""
    first = bisect_left(people, term.start - 2 * _NEAR, key=lambda m: m.start)
    last = bisect_left(people, term.end + _NEAR, key=lambda m: m.start)
    return [p for p in people[first:last] if term.start - p.end < _NEAR]


def _confidence(text: str, term: Match, people: Sequence[Match], anyone: bool) -> float:
    """How sure it is that `term` is said about a person."""
    near = {p.data_class for p in _near(term, people)}
    if any(c.startswith(PERSON) for c in near):
        return 0.97 if near >= _SINGLING else min(0.97, term.confidence + 0.03 * len(near))
    around = text[max(0, term.start - _NEAR // 3) : term.end + _NEAR // 3]
    ours = _OURS_IS if term.data_class.startswith("phi.") else _OURS_SAID
    if _SPOKEN_OF.search(around) or ours.search(text[max(0, term.start - 60) : term.start]):
        return min(0.97, term.confidence * 0.85 + 0.05 * len(near))
    if anyone and len(text) < 400 and not _QUESTION.match(text):
        return term.confidence * 0.75
    return 0.0


def _note(text: str, health: Sequence[Match], people: Sequence[Match]) -> Match | None:
    """The clinical note that `text` is, if it is one."""
    whose = [p for p in people if p.data_class.startswith(_WHOSE)]
    said = {(m.data_class, text[m.start : m.end].casefold()) for m in health}
    if not whose or len(text) < _NOTE_LEAST:
        return None
    headings = len({h.casefold() for h in _HEADING.findall(text)})
    if len(said) + headings < 3:
        return None
    parts = [*health, *people]
    sure = min(0.97, 0.7 + 0.03 * len(said) + 0.03 * headings + 0.03 * len(whose))
    return Match("phi.note", min(m.start for m in parts), max(m.end for m in parts), sure)


_MADE = frozenset({
    "phi.condition", "phi.medication", "phi.laboratory", "phi.note", "gdpr9.*", "gdpr10.*",
    "fin.payroll", "fin.tax_return",
})  # fmt: skip

combination = Combination(
    name="regulated",
    version=3,
    data_classes=_MADE,
    find=find,
    withheld=_MADE,
    hits=(
        "Patient Brian Toms, MRN 48213377, was treated for «opioid use disorder».",
        "Meine Patientin Frau Rohleder hat «Diabetes mellitus Typ 2».",
        "born 3 May 1984, lives in 10115 Berlin, has «asthma»",
    ),
    misses=(
        "What are the symptoms of diabetes?",
        "Write an article about asthma in large cities.",
    ),
)
