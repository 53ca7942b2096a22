"""Names in the cases of inflected languages, by rules that are right most of the time.

Cases: gen dat acc ins loc, voc (calling somebody), pos (what is somebody's), plu (a family), and
for Finnish and Hungarian the endings most often written under these names.
Misses: stem changes that depend on the single name.
"""

from collections.abc import Callable

CASES = ("gen", "dat", "acc", "ins", "loc", "voc", "pos", "plu")
INFLECTED = frozenset({"pl", "cs", "sk", "hr", "fi", "hu", "ro", "de", "sv", "da", "nb", "nn"})
MANY_CASES = frozenset({"pl", "cs", "sk", "hr", "fi", "hu"})
"""Languages in which most mentions of a name carry an ending."""
_VOWELS = "aeiouyáéíóúůýäöüåąęěőű"


def inflect(lang: str, name: str, case: str, female: bool = False) -> str:
    """`name` in `case`; as it is where the language or the name has no such form."""
    if lang not in _RULES or case not in CASES or len(name) < 3 or " " in name:
        return name
    return _RULES[lang](name, case, female)


def _pick(case: str, gen: str, dat: str, acc: str, ins: str, loc: str) -> str:
    return {"gen": gen, "dat": dat, "acc": acc, "ins": ins, "loc": loc}[case]


def _fleeting(name: str, ending: str) -> str:
    """Without the vowel before the last consonant, where `ending` is such an end."""
    return name[:-2] + name[-1] if name.endswith(ending) and len(name) > 4 else name


_SOFTENED = {"r": "rz", "ł": "l", "t": "ci", "d": "dzi", "n": "ni", "w": "wi", "b": "bi",
             "p": "pi", "m": "mi", "s": "si", "z": "zi", "f": "fi"}  # fmt: skip
"""Polish consonants before the ending of the locative."""
_POLISH_SOFT = {"ń": "ni", "ś": "si", "ź": "zi", "ć": "ci"}


def _polish(name: str, case: str, female: bool) -> str:
    stem = name[:-1]
    if name.endswith(("ski", "cki", "dzki", "ny", "ty", "ry", "zy", "ni")):
        i = "i" if name.endswith("i") else ""
        if case in ("voc", "pos"):
            return name
        if case == "plu":
            return stem[:-1] + "cy" if name.endswith(("ski", "cki")) else name + "ch"
        return stem + i + _pick(case, "ego", "emu", "ego", "m" if i else "ym", "m" if i else "ym")
    if name.endswith(("ska", "cka", "dzka", "na")) and female and name[-3:] in ("ska", "cka"):
        ending = {"voc": "a", "pos": "iej", "plu": "ie"}.get(case)
        return stem + (ending or _pick(case, "iej", "iej", "ą", "ą", "iej"))
    if name.endswith(("a", "ko")):
        hard = {**{k: v + "e" for k, v in _SOFTENED.items()}, "k": "ce", "g": "dze", "h": "sze"}
        hard["r"], hard["ł"] = "rze", "le"
        after_soft = stem[-1] in "ijlc"
        soft_end = "i" if stem[-1] != "i" or stem[-2] in "rlfdgktwc" else ""
        dative = stem + soft_end if after_soft else (
            stem[:-1] + hard.get(stem[-1], stem[-1] + "y"))  # fmt: skip
        genitive = stem + (soft_end if stem[-1] == "i" else "i" if stem[-1] in "kgjl" else "y")
        if case in ("voc", "pos", "plu"):
            return {"voc": stem + ("u" if after_soft else "o"), "pos": genitive,
                    "plu": genitive if female else stem + "ów"}[case]  # fmt: skip
        return _pick(case, genitive, dative, stem + "ę", stem + "ą", dative)
    if female or name[-1] in "eouiyé":
        return name
    if name.endswith("eł"):
        base, loc = name[:-2] + "ł", name[:-2] + "le"
    elif name[-1] in _POLISH_SOFT:
        base = stem + _POLISH_SOFT[name[-1]]
        loc = base + "u"
    else:
        base = name[:-3] + "c" if name.endswith("iec") else _fleeting(name, "ek")
        hard_end = None if base.endswith(("sz", "rz", "cz")) else _SOFTENED.get(base[-1])
        loc = base[:-1] + hard_end + "e" if hard_end else base + "u"
    if case in ("voc", "pos", "plu"):
        return {"voc": loc, "pos": base + "owy", "plu": base + "owie"}[case]
    return _pick(case, base + "a", base + "owi", base + "a",
                 base + ("iem" if base[-1] in "kg" else "em"), loc)  # fmt: skip


_CZECH_SOFTENED = {"r": "ře", "k": "ce", "g": "ze", "h": "ze", "l": "le", "s": "se", "z": "ze"}
_SOFT_ENDS = "šžčřjcťďňš"


def _czech(name: str, case: str, female: bool) -> str:
    stem = name[:-1]
    if name.endswith("á"):
        ending = {"voc": "á", "pos": "é", "plu": "é"}.get(case)
        return stem + (ending or _pick(case, "é", "é", "ou", "ou", "é"))
    if name.endswith(("ý", "í")) and not female:
        y = name[-1]
        ending = {"voc": y, "pos": "ého" if y == "ý" else "ího", "plu": "í"}.get(case)
        e = "é" if y == "ý" else "í"
        return stem + (ending or _pick(case, e + "ho", e + "mu", e + "ho", y + "m", e + "m"))
    if name.endswith("a") and female:
        dative = stem[:-1] + _CZECH_SOFTENED.get(stem[-1], stem[-1] + "ě")
        other = {"voc": stem + "o", "pos": stem + "ina", "plu": stem + "y"}.get(case)
        return other or _pick(case, stem + "y", dative, stem + "u", stem + "ou", dative)
    if name.endswith("a"):
        ending = {"voc": "o", "pos": "ova", "plu": "ových"}.get(case)
        return stem + (ending or _pick(case, "y", "ovi", "u", "ou", "ovi"))
    if name.endswith("ie") and female:
        return stem + _pick(case, "e", "i", "i", "í", "i") if case in CASES[:5] else name
    if female or name[-1] in _VOWELS:
        return name
    base = _fleeting(_fleeting(_fleeting(name, "ek"), "el"), "ec")
    soft = base[-1] in _SOFT_ENDS
    ending = {"voc": "i" if soft else "u" if base[-1] in "kgh" else "e", "pos": "ova",
              "plu": "ových"}.get(case)  # fmt: skip
    if ending:
        return base + ending
    if soft:
        return base + _pick(case, "e", "i", "e", "em", "i")
    return base + _pick(case, "a", "ovi", "a", "em", "ovi")


def _slovak(name: str, case: str, female: bool) -> str:
    stem = name[:-1]
    if name.endswith("á"):
        ending = {"voc": "á", "pos": "ej", "plu": "é"}.get(case)
        return stem + (ending or _pick(case, "ej", "ej", "ú", "ou", "ej"))
    if name.endswith("ý"):
        ending = {"voc": "ý", "pos": "ého", "plu": "ovci"}.get(case)
        return stem + (ending or _pick(case, "ého", "ému", "ého", "ým", "om"))
    if name.endswith("a") and female:
        soft = stem[-1] in "ijcčšžňľ"
        ending = {"voc": "a", "pos": "ina", "plu": "y"}.get(case)
        dative = "i" if soft else "e"
        return stem + (ending or _pick(case, "e" if soft else "y", dative, "u", "ou", dative))
    if name.endswith(("a", "o")):
        ending = {"voc": name[-1], "pos": "ova", "plu": "ovcov"}.get(case)
        return stem + (ending or _pick(case, "u", "ovi", "u", "om", "ovi"))
    if female or case == "voc" or (name[-1] in "eiyíé" and name[-2] not in "aou"):
        return name
    base = _fleeting(_fleeting(name, "ek"), "ec")
    ending = {"pos": "ovej", "plu": "ovci"}.get(case)
    if ending:
        return base + ending
    return base + _pick(case, "a", "ovi", "a", "om", "ovi")


def _croatian(name: str, case: str, female: bool) -> str:
    stem = name[:-1]
    if name.endswith("a"):
        ending = {"voc": "o", "pos": "ina", "plu": "e"}.get(case)
        return stem + (ending or _pick(case, "e", "i", "u", "om", "i"))
    if female or name[-1] in "eiu":
        return name
    base = stem if name.endswith("o") else _fleeting(_fleeting(name, "ac"), "ar")
    soft = base[-1] in "ćčšžđcj"
    ending = {"voc": "u" if soft else "e", "pos": "eva" if soft else "ova", "plu": "i"}.get(case)
    return base + (ending or _pick(case, "a", "u", "a", "em" if soft else "om", "u"))


_WEAKER = (("kk", "k"), ("tt", "t"), ("pp", "p"), ("nt", "nn"), ("lt", "ll"), ("nk", "ng"),
           ("mp", "mm"), ("rt", "rr"))  # fmt: skip
_OLD_STEMS = {"mäki": "mäe", "joki": "joe", "lahti": "lahde", "niemi": "nieme", "järvi": "järve",
              "koski": "koske", "saari": "saare", "lampi": "lamme", "lehti": "lehde",
              "ranta": "ranna", "aho": "aho"}  # fmt: skip


def _finnish(name: str, case: str, _: bool) -> str:
    low = name.lower()
    a = "a" if any(c in "aou" for c in low) else "ä"
    if case == "acc":  # written with the ending of the partitive
        if low.endswith("nen"):
            return f"{name[:-3]}st{a}"
        return name + (a if low[-1] in _VOWELS else f"i{a}")
    stem = name
    old = next((end for end in _OLD_STEMS if low.endswith(end)), None)
    if low.endswith("nen"):
        stem = name[:-3] + "se"
    elif old:
        stem = name[: -len(old) + 1] + _OLD_STEMS[old][1:] if len(old) == len(low) else (
            name[: -len(old)] + _OLD_STEMS[old])  # fmt: skip
    elif low[-1] not in _VOWELS:
        stem = name + "i"
    else:
        for strong, weak in _WEAKER:
            if low[:-1].endswith(strong):
                stem = name[: -len(strong) - 1] + weak + name[-1]
    endings = {"gen": "n", "dat": "lle", "ins": f"lt{a}", "loc": f"ss{a}", "voc": f"st{a}",
               "pos": f"ll{a}", "plu": "t"}  # fmt: skip
    return stem + endings[case]


_DIGRAPHS = ("zs", "sz", "cs", "gy", "ny", "ty", "ly")


def _hungarian(name: str, case: str, _: bool) -> str:
    low = name.lower()
    vowels = [c for c in low if c in _VOWELS]
    back = any(c in "aáoóuú" for c in vowels)
    long_end = {"a": "á", "e": "é", "o": "ó", "ö": "ő"}.get(low[-1])
    stem = name[:-1] + long_end if long_end else name
    vowel = stem[-1].lower() in _VOWELS
    joins = vowel or low[-1] in "lrnjsz" or low.endswith(("ny", "ly"))
    accusative = "t" if joins else "ot" if back else "et"
    if vowel:
        instrumental = stem + "v"
    elif low.endswith(_DIGRAPHS):
        instrumental = stem[:-1] + stem[-2:].lower()
    else:
        instrumental = stem + stem[-1].lower()
    other = {"voc": "hoz" if back else "hez", "pos": "é", "plu": "ék"}.get(case)
    if other:
        return stem + other
    dative = "nak" if back else "nek"
    return {
        "gen": stem + dative,
        "dat": stem + dative,
        "acc": stem + accusative,
        "ins": instrumental + ("al" if back else "el"),
        "loc": stem + ("ról" if back else "ről"),
    }[case]


def _romanian(name: str, case: str, _: bool) -> str:
    if case in ("gen", "dat", "pos") and name.endswith("a"):
        return name[:-1] + "ei"
    return name + "ule" if case == "voc" and name[-1] not in "aeiou" else name


def _germanic(name: str, case: str, _: bool) -> str:
    return name + "s" if case in ("gen", "pos", "plu") and name[-1] not in "sxzß" else name


_RULES: dict[str, Callable[[str, str, bool], str]] = {
    "pl": _polish, "cs": _czech, "sk": _slovak, "hr": _croatian, "fi": _finnish,
    "hu": _hungarian, "ro": _romanian, "de": _germanic, "sv": _germanic, "da": _germanic,
    "nb": _germanic, "nn": _germanic,
}  # fmt: skip
