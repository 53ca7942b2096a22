"""Postal addresses by their form: a word for a street with a number, a flat, a post box, a postcode
with its town.

One linear pass with RE2 over the text for each family of countries; what the language model says
about addresses is added in `names.py`.

Misses: streets without a word for street (`Maarit 75`), villages without streets.
Source: Universal Postal Union, addressing systems by country, https://www.upu.int/en/postal-solutions
(general knowledge of the forms, 2026-11).
"""

from collections.abc import Iterator

import re2

from detectors.searching import seeking

_NUMBER = r"\d{1,4}(?:[ -]?[A-Za-z]\b)?(?:[/-]\d{1,4}[A-Za-z]?)?"
_CAPITAL = r"\p{Lu}[\p{L}'’.-]+"
_CAPITALS = rf"{_CAPITAL}(?: (?:{_CAPITAL}|\d{{1,2}}(?:st|nd|rd|th))){{0,3}}"
_WIND = "(?:[NSEW]|[NS][EW])"
"""Towards which side of a town a street runs."""
_PARTICLES = (
    r"(?:(?:de|del|dels|della|delle|dei|degli|dello|dell['’]|di|da|do|dos|das|du|des|la|las|los|le"
    r"|les|el|d['’]|l['’]|der|den|Sv\.|gen\.|ks\.|św\.) ?)*"
)
_NAME = rf"{_PARTICLES}\p{{Lu}}[\p{{L}}'’.-]*(?: [\p{{L}}0-9'’.-]+){{0,4}}?"
_SUFFIXES = (
    "straße|strasse|str\\.|gasse|weg|platz|allee|damm|ufer|steig|chaussee"  # de
    "|straat|laan|plein|kade|gracht|singel|dreef|dijk|baan"  # nl
    "|gatan|vägen|gränd|stigen|torget"  # sv
    "|gade|vej|stræde|gata|veien|vegen|bakken|svingen"  # da, nb
    "|katu|ntie|stie|ltie|kuja|polku|puistikko"  # fi
    "|braut|vegur|stígur|stræti"  # is
)
_WORDS = "str|gate|vei|plads|allé|utca|u\\.|út|tér|krt\\.|köz"
_FRENCH = "rue|avenue|av\\.|boulevard|bd|impasse|allée|place|quai|chemin|passage|cours|route|square"
_BEFORE = (
    rf"{_FRENCH}|av|calle|avda\.?|avenida|paseo|plaza|ronda|camino|carrer|travesía|urb\."  # es
    r"|rambla|vial|avinguda|crta\.|ctra\.|rúa"
    r"|via|viale|piazza|corso|largo|vicolo|strada|vico|contrada"  # it
    r"|rua|r\.|travessa|praça|alameda|estrada"  # pt
    r"|ul\.|ulica|al\.|aleja|os\.|osiedle|pl\.|plac"  # pl
    r"|str\.|bulevardul|calea|aleea|șos\."  # ro
    r"|ulice|náměstí|nám\.|tř\.|třída|námestie|trg"  # cs sk hr
)
_AFTER = (
    r"Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Boulevard|Blvd|Close|Way"
    r"|Terrace|Crescent|Cres|Square|Sq|Parade|Highway|Hwy|Mews|Circle|Cir|Parkway|Pkwy|Grove|Gardens"
)
_HOME = r"(?i:apt|apartment|suite|ste|flat)\.? ?#?\d{1,5}[A-Za-z]?"
_FLAT = r"(?i:apt|apartment|suite|ste|flat|unit|floor|app|lgh)\.? ?#?\d{1,5}[A-Za-z]?"
_STAIR = r"(?:,? (?:m\.|lok\.|int\.|piso|ap\.|bl\.|sc\.) ?[A-Z]?\d{0,4}[A-Z]?)?"
_NO = r"(?:,? (?:nº|n\.º|nr\.?|n°|no\.?|núm\.?|č\.))?"

_FORMS = tuple(
    re2.compile(form)
    for form in (
        # 12 Old Mill Road, 4537 Tanner Street Apt. 3, 40 W 9th St
        rf"\b\d{{1,6}}[A-Za-z]?,? (?:\d{{1,6}} )?(?:(?:{_WIND}\.? )?{_CAPITALS}"
        rf"|{_WIND}\.? \d{{1,3}}(?:st|nd|rd|th)) (?:{_AFTER})\b(?: {_WIND}\b)?(?:\.?,? {_FLAT})?",
        # 83854 Strickstrasse 61, Koepenicker Str. 74 Suite 980, Kathi-Matthäi-Platz 81
        rf"(?:\b\d{{1,6}} )?(?:\p{{Lu}}\p{{L}}+ ){{0,2}}\p{{Lu}}[\p{{L}}'’.-]+"
        rf"(?: (?i:{_SUFFIXES}|{_WORDS})|(?i:{_SUFFIXES})) {_NUMBER}(?:,? {_FLAT})?",
        # 12, rue des Lilas; 47-83 Boulevard de l'Hôpital
        r"\b\d{1,5}(?:-\d{1,4})?(?: ?(?:bis|ter))?,? (?:\d{1,4},? )?"
        rf"(?i:{_FRENCH}) {_PARTICLES}(?:{_CAPITAL}|\p{{Ll}}{{4,}})(?: {_CAPITAL}){{0,2}}",
        # Via delle Coste 41, C/ La Dehesa s/n, ul. Wilcza 21 lok. 3A
        rf"(?:\b\d{{1,6}} )?(?:\b(?i:{_BEFORE}) |\b[Cc]/ ?){_NAME}{_NO},? "
        rf"(?:{_NUMBER}|s/n){_STAIR}(?:,? {_FLAT})?",
        rf"{_CAPITALS},? s/n\b",
        # calle de la villa de marin 6: a word for a street that is no other word
        r"\b(?i:calle|c/|avda\.?|avenida|rue|ul\.|ulica|viale|rua|rúa) "
        rf"(?:[\p{{L}}'’.-]+ ){{0,4}}[\p{{L}}'’.-]+,? {_NUMBER}",
        # Sokolova 17/4, 602 00 Brno: a house, a postcode that is one by its form, a town
        rf"\b{_CAPITAL}(?: {_CAPITAL}){{0,2}} {_NUMBER}, "
        r"(?:\d{3} \d{2}|\d{2}-\d{3}|\d{4}-\d{3}|\d{4} [A-Z]{2}) \p{Lu}\p{Ll}{2,}"
        r"(?:(?: nad| pod)? \p{Lu}\p{Ll}+){0,2}(?: \d{1,2}\b)?",
        # P.O. Box 104, PSC 0272, Box 1651
        r"\b(?:(?i:p\.? ?o\.? ?box)|PSC \d{1,5},? Box|Postfach|Postbus|Postboks|Apartado) \d{1,6}",
        r"\b(?i:APO|FPO|DPO) (?i:A[AEP]) \d{5}\b",
        # the corner of Bygget 64 and Komel Club
        rf"\bthe corner of {_CAPITALS} \d{{1,4}}\.? and {_CAPITALS}",
        # Apt. 805 on a line of its own, or after a number
        rf"(?m)(?:^[>?|* \t#/-]{{0,5}}|\d,? )({_HOME})$",
    )
)
_has_cue = seeking(
    rf"(?i)(?:{_SUFFIXES}|{_WORDS}) \d|\b(?:{_BEFORE}) \S+.{{0,60}}(?:\d|s/n)|c/|s/n\b"
    rf"|\d \S+.{{0,40}} (?:{_AFTER})\b|box \d|\b[afd]po a[aep] \d|corner of"
    rf"|\d\w?, (?:\d{{3}} \d|\d\d-\d{{3}} |\d{{4}}-\d{{3}} |\d{{4}} [A-Z]{{2}} )"
    rf"|(?:apt|suite|flat|unit|floor)\.? ?#?\d|post(?:fach|bus|boks) \d|\d.{{0,8}} (?:{_FRENCH}) "
)
_COURTS = re2.compile(
    r"(?:Supreme|High|District|Superior|Federal|County|Appeals) Court|(?:Google|One|USB|Hard) Drive"
    r"|(?i:square (?:feet|foot|met(?:er|re)s?|inch(?:es)?|yards?|miles?|centimet\w+|kilomet\w+))"
)
_YEAR = re2.compile(r"(?:19|20)\d\d(?:, | [^,\n]*$)")
_CONTINUES = re2.compile(r"[.,:/-]\d|[%€$£°]|\w")

_GOES_ON = re2.compile(
    r"\d.*\p{L}{4}(\. \p{Lu}\p{Ll}+ )|\p{Lu}.*(, \p{Ll}{3,})$|( [-–] (?:19|20)\d\d\b)"
)
"""Where something else begins: a sentence, a word that is no name (`, suffers`), years."""


def end_of(text: str, start: int, end: int) -> int:
    """Where the address that a model sees in text[start:end] ends."""
    match = _GOES_ON.search(text[start:end])
    return start + min(at for at in map(match.start, (1, 2, 3)) if at >= 0) if match else end


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where a street address stands, by form; not in order."""
    if not _has_cue(text):
        return
    for form in _FORMS:
        for match in form.finditer(text):
            start, end = match.span(1) if match.re.groups else match.span()
            value = text[start:end]
            if _CONTINUES.match(text[end : end + 2]) or _COURTS.search(value) or _YEAR.match(value):
                continue  # a date, an amount; a court; what happened in a year
            yield start, end
