"""What a name cannot look like, whatever a model says.

Each test is about the written form and its neighbours, never about a particular name: a list of
names that are none would be wrong for somebody who bears one.
"""

import re

from detectors.address_doubts import counts_things, is_printed_by_a_machine

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


_NO_PERSON = re.compile(  # lists, acronyms, dotted identifiers
    r", [a-zß-ſ]|[,;:] ?$| - |^(?:\w{1,3}\.)+\w{0,3}$|\b[a-z]\w*\.\w|[a-z]\.[A-Z]\w|^\W"
)
_NOT_LATIN = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")
"""A letter of a script that the model has never read."""
_QUOTES = "\"'“”„`"
_PERSON_KEY = re.compile(
    r"(?i)(?:(?:first|last|sur|given|family|full|nick|middle|maiden)[ _-]?name|vorname|nachname"
    r"|prénom|nombre|apellidos?|cognome|imi[eę]|nazwisko|patient|customer|contact|author|employee"
    r"|user)[\"']? ?[:=] ?[\"'“„`]$"
)
_NAME_KEY = re.compile(r"(?i)name[\"']? ?[:=] ?([\"'])$")
_GOES_ON = re.compile(r" [a-zß-ÿ]{4,}[^\n\"']{0,40}[\"']")
"""`"name": "Karen languages"` names a thing."""
_CAMEL = re.compile(r"\b(?!Mc|Mac|De|Di|La|Le|Du|Van|Fitz|O)\w*[a-z][A-Z]")
_IN_WORD = re.compile(r"-[a-z0-9]|:[ \t]*(?:\n|$)|\.[a-z]|®|™")
_POSTCODE_BEFORE = re.compile(
    r"(?i)(?:zip|plz|post|\bcp|c\.p\.|c[óo]digo|cap\b|cep\b|psč|kod|cod po|irányító|poštanski)"
    r"[^\n\d]{0,18}$"
)
_PLACE_AFTER = re.compile(r",? [A-ZÀ-ÞĀ-Ž][a-zß-ſ]{2,}")
_BARE = re.compile(r"(?:[^\W\d_]+ ){1,2}\d{1,3}\w?(?:[ ,°]+\d{1,3})*°?")
"""A word or two and a number: a village with a house, but also `Level 3`."""
_HOUSE = re.compile(
    r"\d\w{0,3},?[ \n-]+[^\W\d_a-zß-ÿ]|[^\W\d_a-zß-ÿ][\w.'’-]*,? (?:\w{1,3}\.? )?\d|\d[,-]"
)
"""A number beside a word with a capital."""
_UNIT = re.compile(
    r"\d ?(?:nm|mm|cm|km|mg|kg|ml|px|GB|MB|kB|TB|fps|Hz|%|€|\$|[kMGT]?bit(?:/s)?)(?![^\W\d_])"
)
_TECHNICAL = re.compile(
    r"[\w.+:-]+\(\d\w{0,4}\)|.*(?:(?<![\w.])\d+\.\d+\.\d+(?![\w.])| -\d{3})", re.S
)
"""A page of a manual or a call (`hwclock(8)`), a version, numbers below zero."""
_LIVES = re.compile(
    r"(?i)(?:address|street|lives|living|moved|resid|located|station|deliver|ship|adresse|anschrift|straße|wohn|liefer"
    r"|adresse|domicil|habit|demeur|direcci|domicilio|vive|calle|residen|indirizzo|abit|via|adres|woon|mieszka|zam\b|zamieszk"
    r"|morada|endere|mora|adress|bor\b|bo[rs]|asu|osoit|bydl|adres|bytom|bývam|adresa|locui|lakik|cím|stan[eu]|home)"
)
_TOWN_AFTER = re.compile(
    r"[,.]?[ \n](?:[A-Z]{1,2}-)?(?:\d{4,5}|\d{3} \d{2}|\d{2}-\d{3}|\d{4} [A-Z]{2}),? ?[A-ZÀ-ÞĀ-Ž]"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_HOUSE_BEFORE = re.compile(r"(?<!\d)\d{1,3}[A-Za-z]?,?\s+$")
_DATE = re.compile(r"\b\d{1,2}\.? [^\W\d_]{3,9}\.? (?:19|20)\d\d\b|\d:\d\d")
_GLUED = re.compile(r"\d+(?!(?:st|nd|rd|th|bis|ter)\b)[a-zß-ÿ]{2,}")
"""`64bit`"""
_ONE_TOKEN = re.compile(r"[a-zß-ÿ]\w*(?:[-+]\w+)+")
"""`llvm-toolchain-12`"""
_HEX = re.compile(
    r"[0-9a-f]{12,}|[0-9A-F]{12,}"
    r"|(?=\D*\d)[0-9a-f]{6,}(?:-[0-9a-f]{3,}){1,8}|(?=\D*\d)[0-9A-F]{6,}(?:-[0-9A-F]{3,}){1,8}"
)
"""Hashes and ids of machines: some look like a house and its street."""
_DIRECTIVE_BEFORE = re.compile(r"(?:^|\n)[.\\]$")
"""What begins a line of a typesetter: `.RS`."""
_TABLE = re.compile(r"[;\t=→]|\.\w{1,4}:|\w@\d")


_CALLED = re.compile(r"\((?:[\"')\[{]|[a-z_]\w*[,.(\[=])|\.[a-z_]\w*\(|::\w|->\w+\(")
"""What comes right after the name of a function or a class: prose has a blank before a bracket."""
_DECLARED = re.compile(
    r"\) ?-> ?$|\w::$|(?:^|\n)[ \t]*(?:export |public |abstract )*"
    r"(?:class|interface|package|module|namespace|struct|enum|trait) $"
)
"""What comes right before it: a function's arguments, a name space, a word that begins a line."""
_ASSIGNED = re.compile(r" {1,12}(?::|[-+!=])?=")
_PART_BEFORE, _PART_AFTER = re.compile(r"[^\W_]_$"), re.compile(r"_[^\W_]")
_IMPORTED = re.compile(r"(?:^|\n)[ \t]*(?:from [\w.]+ import |import (?:static )?)[\w., {}*]*$")
_IMPORTS = re.compile(r"[\w., }*]*(?: from [\"'][^\"'\n]*[\"'])?;?[ \t]*(?:#[^\n]*)?(?:\n|$)")
"""Names before and after one in a line that imports them, and nothing else."""
_NEAR, _OFTEN = 4000, 16
"""So far away, in characters, and at so many places the same word is looked for."""
_CELL_BEFORE = re.compile(r"[,;\t>][\"']?$|\| ?$")
_CELL_AFTER = re.compile(r"[\"']?[,;\t<](?!\d)| ?\|(?! ?\d)")
_FILE_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[A-Za-z][A-Za-z0-9]{1,4}")
_ZONE = re.compile(
    r"(?<![\w/+.-])(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc"
    r"|Europe|Indian|Mexico|Pacific|US)/[A-Z][\w+-]+(?:/[A-Z][\w-]+)?(?![\w/+]|[.-]\w)"
)
"""How the time zones of the IANA are written: what a clock shows in a whole region."""
_ZONE_LENGTH = 40
_COUNTS = re.compile(
    r"(?:[^\W\d_]+ ){1,2}\d{1,4}(?:, (?:[^\W\d_]+ ){1,2}\d{1,4})+"
    r"|(?:[^\W\d_]+ ){1,2}\d{1,4}(?:[-/,]\d)?"
    r"(?:, (?:[^\W\d_]+ ){1,2}\d{1,4}(?:[-/,]\d)?){2,}"
)
"""`Prevented 18, Disclosed 2`; three of them may be halves and ranges too."""


def is_plausible(text: str, start: int, end: int, label: str) -> bool:
    """Whether text[start:end] may be what `label` says."""
    value = text[start:end]
    if _HEX.fullmatch(value):
        return False
    if _DIRECTIVE_BEFORE.search(text, max(0, start - 2), start):
        return False
    if _is_in_zone(text, start, end):
        return False
    match label:
        case "ADDRESS":
            return _is_address(text, start, end, value)
        case "PERSON":
            return _is_person(text, start, end, value)
        case _:
            return (
                _is_word(value)
                and not _is_code(text, start, value)
                and not _is_country_code(text, start, end)
                and not (
                    value.islower()
                    and (len(value) < 4 or any(map(str.isupper, _line_around(text, start, end))))
                )
            )


def _is_in_zone(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] is a part of the name of a time zone."""
    if "/" not in text[max(0, start - 1) : end + 1]:
        return False
    begin = max(0, start - _ZONE_LENGTH)
    return any(
        zone.start() <= start and end <= zone.end()
        for zone in _ZONE.finditer(text, begin, end + _ZONE_LENGTH)
    )


def _is_word(value: str) -> bool:
    return any(c.isalpha() for c in value) and not _IDENTIFIER.search(value)


def _is_country_code(text: str, start: int, end: int) -> bool:
    """Whether two capitals are a cell of a table, and none of an address with a postcode next."""
    return bool(
        end - start == 2
        and text[start:end].isupper()
        and _CELL_BEFORE.search(text, max(0, start - 2), start)
        and _CELL_AFTER.match(text, end)
    )


def _is_code(text: str, start: int, word: str) -> bool:
    """Whether source code near text[start:], where `word` stands, has it as a name of its own."""
    if not word.isidentifier():
        return False
    at, last = text.find(word, max(0, start - _NEAR)), start + _NEAR
    for _ in range(_OFTEN):
        if not 0 <= at <= last:
            return False
        end = at + len(word)
        if not text[end : end + 1].isalnum() and is_identifier(text, at, end):
            return True
        at = text.find(word, end)
    return False


def is_identifier(text: str, start: int, end: int) -> bool:
    """Whether source code around text[start:end] calls, declares or imports it."""
    if _CALLED.match(text, end) or _DECLARED.search(text, max(0, start - 40), start):
        return True
    if _PART_BEFORE.search(text, max(0, start - 2), start) or _PART_AFTER.match(text, end):
        return True
    line = max(0, start - 200)
    return bool(_IMPORTED.search(text, line, start) and _IMPORTS.match(text, end))


def _is_address(text: str, start: int, end: int, value: str) -> bool:
    if not any(c.isdigit() for c in value) or len(value) < 4 or _TABLE.search(value):
        return False
    before, after = text[start - 1 : start], text[end : end + 1]
    if (before and before in "-_/=.#") or (after and (after in "-_/=" or after.isalnum())):
        return False
    if value.count("(") != value.count(")") or _DATE.search(value):
        return False
    if (
        _TECHNICAL.match(value)
        or _ONE_TOKEN.fullmatch(value)
        or _GLUED.match(value)
        or _FILE_NAME.fullmatch(value)
    ):
        return False
    if not any(c.isdigit() for c in _YEAR.sub("", value)):
        # a year, as in `2018 Ada Lovelace`, and not the postcode of a street before it
        return bool(_HOUSE_BEFORE.search(text, max(0, start - 6), start)) and len(value) > 4
    if _BARE.fullmatch(value) or _COUNTS.fullmatch(value):
        return _is_placed(text, start) or bool(_TOWN_AFTER.match(text, end))
    if _UNIT.search(text, start, min(len(text), end + 6)):
        return False
    if is_printed_by_a_machine(text, start, end):
        return False
    if counts_things(text, start, end, _is_placed(text, start)):
        return bool(_TOWN_AFTER.match(text, end))
    if sum(c.isalpha() for c in value) >= 4:
        # a street; else a postcode, which needs a word for it or a place after it
        return bool(_HOUSE.search(value)) or not any(
            map(str.isupper, _line_around(text, start, end))
        )
    return bool(
        _POSTCODE_BEFORE.search(text, max(0, start - 30), start) or _PLACE_AFTER.match(text, end)
    )


def _is_placed(text: str, start: int) -> bool:
    """Whether words before text[start:] say that somebody lives or a thing is there."""
    return bool(_LIVES.search(text, max(0, start - 60), start))


def _is_person(text: str, start: int, end: int, value: str) -> bool:
    if not _is_word(value) or any(c.isdigit() for c in value) or _NOT_LATIN.search(value):
        return False
    if len(value) > 80 or "\n\n" in value:
        return False
    before, after = text[start - 1 : start], text[end : end + 1]
    if (before and before in "@#$/\\_{`<") or (after and after in "_(=`}/\\>"):
        return False
    if _NO_PERSON.search(value) or _IN_WORD.match(text, end) or _CAMEL.search(value):
        return False
    if is_identifier(text, start, end):
        return False
    if " " not in value and before and before in _QUOTES and after and after in _QUOTES:
        return bool(_PERSON_KEY.search(text, max(0, start - 40), start))
    if _GOES_ON.match(text, end) and _NAME_KEY.search(text, max(0, start - 12), start):
        return False
    if value.islower() and _ASSIGNED.match(text, end):
        return False
    if value.islower() and any(c.isupper() for c in _line_around(text, start, end)):
        return False  # who writes capitals elsewhere writes them in names
    return not (_EPONYM.match(text, end) or _EPONYM_BEFORE.search(text, max(0, start - 40), start))


def _line_around(text: str, start: int, end: int) -> str:
    """The line, without the word "I" and without what stands before a colon."""
    first, last = max(0, start - 200), min(len(text), end + 200)
    begin = text.rfind("\n", first, start) + 1 or first
    stop = text.find("\n", end, last)
    line = text[begin : last if stop < 0 else stop]
    return re.sub(r"\bI\b", "", line)
