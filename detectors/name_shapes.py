"""What a name cannot look like, whatever a model says.

Each test is about the written form and its neighbours, never about a particular name: a list of
names that are none would be wrong for somebody who bears one.
"""

import re

_IDENTIFIER = re.compile(r"[_\\/=<>{}$@#%&+^~`|]|\w\(|\)\.|::|->|[a-z][A-Z].*[a-z][A-Z]|\.\w+\(")
_EPONYM = re.compile(
    r"(?i)(?:['’]s?)?[ -](?:theorem|law|laws|rule|method|algorithm|equation|distribution"
    r"|transform\w*|effect|principle|paradox|conjecture|hypothesis|constant|curve|disease|syndrome|test|matrix|space"
    r"|series|sequence|number|numbers|process|chain|chains|model|scale|diagram|cipher|tree|sort|code"
    r"|coding|function|operator|problem|index|ratio|coefficient|estimator|filter|network|optimi[sz]er"
    r"|inequality|identity|lemma|formula|notation|norm|metric|prize|award|act|case|dilemma|experiment)\b"
)
_EPONYM_BEFORE = re.compile(
    r"(?i)(?:theorem|law|satz|gesetz|th[ée]or[èe]me|loi|teorema|legge|ley|lei|twierdzenie|prawo|morbus"
    r"|maladie|enfermedad|malattia|ziekte|doença|choroba|choroby|stelling|lause|syndrome|syndrom|effet|efecto"
    r"|algorithme?|algoritmo|diagrama|diagramma)"
    r"(?: (?:of|von|de|du|del|di|van|da|d['’]))?[ '’]$"
)


def is_plausible(text: str, start: int, end: int, label: str) -> bool:
    """Whether text[start:end] may be what `label` says."""
    value = text[start:end]
    if label == "ADDRESS":
        return any(c.isdigit() for c in value)
    if not any(c.isalpha() for c in value) or _IDENTIFIER.search(value):
        return False
    if label != "PERSON":
        return not value.islower() or len(value) > 3
    if any(c.isdigit() for c in value) or len(value) > 80 or "\n\n" in value:
        return False
    if (start and text[start - 1] in "@#$/\\_{`") or (end < len(text) and text[end] in "_(=`}/\\"):
        return False
    return not (_EPONYM.match(text, end) or _EPONYM_BEFORE.search(text, max(0, start - 40), start))
