"""Names in the cases of inflected languages, by rules that are right most of the time.

Cases: gen dat acc ins loc, and for Finnish and Hungarian the endings most often written.
Misses: stem changes that depend on the single name (Polish `Marek`, Czech `Pavel` are covered).
"""

from collections.abc import Callable

CASES = ("gen", "dat", "acc", "ins", "loc")
INFLECTED = frozenset({"pl", "cs", "sk", "hr", "fi", "hu"})
_SOFT = {"r": "rze", "ł": "le", "t": "cie", "d": "dzie", "n": "nie", "w": "wie", "b": "bie",
         "p": "pie", "m": "mie", "s": "sie", "z": "zie"}  # fmt: skip
"""Polish consonants before the ending of the locative."""
_VOWELS = "aeiouyáéíóúůýäöüåąęěőű"


def inflect(lang: str, name: str, case: str) -> str:
    """`name` in `case`; as it is in languages that do not inflect names."""
    rules: dict[str, Callable[[str, str], str]] = {
        "pl": _polish, "cs": _czech, "sk": _czech, "hr": _croatian, "fi": _finnish,
        "hu": _hungarian, "ro": _romanian,
    }  # fmt: skip
    if lang not in rules or case not in CASES or len(name) < 3 or " " in name:
        return name
    return rules[lang](name, case)


def _pick(case: str, gen: str, dat: str, acc: str, ins: str, loc: str) -> str:
    return {"gen": gen, "dat": dat, "acc": acc, "ins": ins, "loc": loc}[case]


def _polish(name: str, case: str) -> str:
    stem = name[:-1]
    if name.endswith(("ski", "cki", "dzki")):
        return name + _pick(case, "ego", "emu", "ego", "m", "m")
    if name.endswith(("ska", "cka", "dzka")):
        return stem + _pick(case, "iej", "iej", "ą", "ą", "iej")
    if name.endswith("ia"):
        return stem + _pick(case, "i", "i", "ę", "ą", "i")
    if name.endswith("a"):
        soft = {**_SOFT, "k": "ce", "g": "dze"}
        dative = stem[:-1] + soft.get(stem[-1], stem[-1] + "i")
        genitive = stem + ("i" if stem[-1] in "kglji" else "y")
        return _pick(case, genitive, dative, stem + "ę", stem + "ą", dative)
    if name[-1] in "eioyu":
        return name + (_pick(case, "go", "mu", "go", "m", "m") if name[-1] in "iey" else "")
    if name.endswith("ek"):
        stem = name[:-2] + "k"
        return stem + _pick(case, "a", "owi", "a", "iem", "u")
    if name.endswith("eł"):
        stem = name[:-2] + "ł"
        return name[:-2] + "le" if case == "loc" else stem + _pick(case, "a", "owi", "a", "em", "")
    if case == "loc":
        return name[:-1] + _SOFT.get(name[-1], name[-1] + "u")
    return name + _pick(case, "a", "owi", "a", "iem" if name[-1] in "kg" else "em", "")


def _czech(name: str, case: str) -> str:
    if name.endswith("ová"):
        return name[:-1] + _pick(case, "é", "é", "ou", "ou", "é")
    if name.endswith("á"):
        return name[:-1] + _pick(case, "é", "é", "ou", "ou", "é")
    if name.endswith("ý"):
        return name[:-1] + _pick(case, "ého", "ému", "ého", "ým", "ém")
    if name.endswith("í"):
        return name + _pick(case, "ho", "mu", "ho", "m", "m")
    if name.endswith("a"):
        return name[:-1] + _pick(case, "y", "ovi", "u", "ou", "ovi")
    if name.endswith(("ie", "e", "i", "o", "y")):
        return name
    if name.endswith("ek"):
        return name[:-2] + "k" + _pick(case, "a", "ovi", "a", "em", "ovi")
    if name.endswith("el"):
        return name[:-2] + "l" + _pick(case, "a", "ovi", "a", "em", "ovi")
    return name + _pick(case, "a", "ovi", "a", "em", "ovi")


def _croatian(name: str, case: str) -> str:
    if name.endswith("a"):
        return name[:-1] + _pick(case, "e", "i", "u", "om", "i")
    if name[-1] in "eiu":
        return name
    stem = name[:-1] if name.endswith("o") else name
    soft = name[-1] in "ćčšžđ"
    return stem + _pick(case, "a", "u", "a", "em" if soft else "om", "u")


def _finnish(name: str, case: str) -> str:
    back = not any(c in "äöy" for c in name.lower()) or any(c in "aou" for c in name.lower())
    a = "a" if back else "ä"
    stem = name
    if name.endswith("nen"):
        stem = name[:-3] + "se"
    elif name[-1].lower() not in _VOWELS:
        stem = name + "i"
    endings = {"gen": "n", "dat": "lle", "acc": "n", "ins": f"lt{a}", "loc": f"ss{a}"}
    return stem + endings[case]


def _hungarian(name: str, case: str) -> str:
    back = any(c in "aáoóuú" for c in name.lower())
    stem = name
    if name.endswith("a"):
        stem = name[:-1] + "á"
    elif name.endswith("e"):
        stem = name[:-1] + "é"
    vowel = stem[-1].lower() in _VOWELS
    accusative = "t" if vowel else ("ot" if back else "et")
    v = "v" if vowel else stem[-1].lower()
    return stem + _pick(
        case,
        "nak" if back else "nek",
        "nak" if back else "nek",
        accusative,
        v + ("al" if back else "el"),
        "ról" if back else "ről",
    )


def _romanian(name: str, case: str) -> str:
    if case in ("gen", "dat") and name.endswith("a"):
        return name[:-1] + "ei"
    return name
