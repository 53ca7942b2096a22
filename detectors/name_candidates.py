"""Where a name may stand that the language model has not seen: the form says so, not the words.

A known first name with a surname after it, also in another case; who speaks in a chat with the time
before each speaker; who signs.

Misses: nicknames in lower case; who signs with a word that sentences begin with (`Will`).
"""

import re
from collections.abc import Collection, Iterator

from detectors.inflection import stem
from detectors.name_evidence import HONORIFICS, NAMED, first_names, is_first_name, openers
from detectors.name_things import is_asked_about

_FULL_NAME = re.compile(
    r"(?<![\w'’.@/#-])(?=(([^\W\d_a-zß-ÿ][^\W\d_]{2,}) (?:[A-Z]\. )?"
    r"(?:(?:van|von|de|der|den|del|da|di|du|la|le|el|al|bin|ter|ten) ){0,2}"
    r"([^\W\d_a-zß-ÿ][a-zß-ſ]{2,}(?:-[^\W\d_a-zß-ÿ][a-zß-ſ]+)?))(?![\w@/=(-]))"
)
"""Two words with capitals, of which the first may be a first name; matches may overlap."""
_LOWER = re.compile(
    r"(?<![\w'’.@/#-])(?=((\w{3,}) (?:(?:van|von|de|der) ){0,2}(\w[\w-]{2,}))(?![\w@/=(-]))"
)
"""Two words of a text that has no capitals."""
SURNAME = re.compile(
    r"[scz]k(?:i|a|iego|iemu|im|iej|ą|ého|ému|ým|é|ou)$|ov(?:á|é|ou|ej|i)$|[oe]wi$"
    r"|wicz(?:a|em|u)$|i[ćč](?:a|u|em)$|ého$|ému$|nsel(?:le|ta|la)$|[aou]i?sta$"
    r"|se(?:lle|lta|lla|sta|en)$"
)
"""An ending that surnames take in Slavic languages and in Finnish."""
_SPEAKER = re.compile(
    r"(?:\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp][Mm])?[\])]?,?(?: -)? )"
    r"([^\W\d_a-zß-ÿ][^\W\d_]+(?: [^\W\d_a-zß-ÿ][\w.'’-]+){0,2}):(?= \S)"
)
"""`[09:13] Mo: nee`, `12/03/24, 09:13 - Mo: nee`"""
_CLOSINGS = """
    regards cheers best love yours sincerely thanks gruß grüße grüßen gruss grüsse lg mfg vg
    cordialement amicalement bises bisous saludos atentamente abrazo saluti cordialmente groet
    groeten groetjes mvg pozdrawiam pozdrowienia poważaniem cumprimentos abraço abraços beijinhos
    hälsning hälsningar mvh hilsen helsing terveisin terv pozdravem pozdravom pozdrav üdv
    üdvözlettel stimă
"""
CLOSINGS = frozenset(_CLOSINGS.split())
"""Words that letters end with."""
_CLOSING = re.compile(rf"(?i)(?<!\w)(?:{'|'.join(sorted(CLOSINGS))})[,.!]?(?: |\s*\n\s*)$")
_WORD = r"[^\W\d_a-zß-ÿ][^\W\d_]*[a-zß-ſ](?:-[^\W\d_]+)?"
_CAPITAL = re.compile(rf"(?<![\w'’.@/#-]){_WORD}(?![\w@/=(-])")
_CAPITALS = re.compile(rf"(?<![\w'’.@/#-]){_WORD}(?: {_WORD})*(?![\w@/=(-])")
"""A word with a capital, and several in a row."""
_CALLING = frozenset(HONORIFICS.split())
_CALLING_STEMS = (
    "doktor", "doctor", "dottor", "doutor", "dokter", "profes", "primář", "primár", "ordynator",
    "mecenas", "advokat", "advocat", "avvocat", "avocat", "abogad", "advogad", "overl",
    "överläkare", "ylilääkär", "inženýr", "inžinier", "gospođ", "gospodin", "domnul", "domnișoar",
)  # fmt: skip
"""Titles in any case; not those of who heads an office, after which the office stands."""
_INITIALED = re.compile(
    r"(?<![\w'’.@/#-])(?:[^\W\d_a-zß-ÿ]\.[ -]?){1,2} ?([^\W\d_a-zß-ÿ][a-zß-ſ]{2,})(?![\w@/=(-])"
)
_INTRODUCED = re.compile(
    rf"(?:^|[.,;!?\n] ?|\b(?:and|und|et|y|e|en|i|a|og|och|ja|și) )"
    rf"(?:{'|'.join(map(re.escape, NAMED))}) (\w{{3,}})(?![\w@/=(-])"
)
_AND = "(?:and|und|et|y|e|en|i|a|og|och|ja|és|și|oraz|ani|&)"
_SINGLE = r"([^\W\d_a-zß-ÿ][a-zß-ſ]+)"
_AND_AFTER = re.compile(rf"(?<![\w'’.@/#-]){_SINGLE} {_AND} $")
_AND_BEFORE = re.compile(rf" {_AND} {_SINGLE}(?![\w@/=(-])(?! [^\W\d_a-zß-ÿ])")
_STEMMED = 5
"""A name so long is known in another case too."""
_TITLE_WIDTH = 14
_ABBREVIATED = 2
"""Titles so short have a point or a capital: `mm`, `HR` and `ir` are other words too."""
_NICKNAME = 6
"""So many letters a name by which one signs has that no list knows."""
_LAST = re.compile(r"(?<![^\W\d_])([^\W\d_a-zß-ÿ][^\W\d_]+)[ \t]*(?:\n|\Z)")
"""A word with a capital at the end of a line."""


def full_names(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Known first names with a surname in text[start:end], none overlapping another."""
    at = start
    lower = text[start:end].islower()
    for match in (_LOWER if lower else _FULL_NAME).finditer(text, start, end):
        if match.start() < at or match[3].lower() in openers():
            continue
        if lower and is_asked_about(text, match.start(), match.end(1)):
            continue
        if _is_full_name(match[2], match[3]):
            at = match.end(1)
            yield match.span(1)


def _is_full_name(first: str, last: str) -> bool:
    """Whether `first` is a known first name, or one in another case with a surname in that case:
    both end alike (`Adamem Horákem`), or as surnames do (`Iwony Borkowskiej`)."""
    if first.lower() in first_names():
        return True
    return is_first_name(first) and bool(first[-2:] == last[-2:] or SURNAME.search(last))


def signers(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The word by itself that signs a letter, in text[start:end]."""
    for match in _LAST.finditer(text, start, end):
        begin, stop = match.span(1)
        if match.end() == end < len(text) and not text[stop:end].endswith("\n"):
            continue  # the end of what is looked through only
        if len(match[1]) > _NICKNAME and not is_first_name(match[1]):
            continue  # `Kind regards, Procurement`
        closes = _CLOSING.search(text, max(0, begin - 20), begin)
        if closes and match[1].lower() not in openers():
            yield begin, stop


def addressed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Who follows a title in text[start:end]: `Mr Okonkwo`."""
    for match in _CAPITAL.finditer(text, start, end):
        before = text[max(start, match.start() - _TITLE_WIDTH) : match.start()].split(" ")
        if before[-1] or len(before) < 2 or match[0].lower() in openers():
            continue
        title = before[-2].strip("(\"'")
        written = title.endswith(".") or len(title) > _ABBREVIATED or title.istitle()
        low = title.rstrip(".").lower()
        if written and (low in _CALLING or low.startswith(_CALLING_STEMS)):
            yield match.span()


def initialed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A word behind initials in text[start:end]: `Z. Chen`."""
    for match in _INITIALED.finditer(text, start, end):
        if match[1].lower() not in openers():
            yield match.span()


def introduced(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Who says his name in text[start:end], which has no capitals: `ich bin tina`."""
    if text[start:end].islower():
        for match in _INTRODUCED.finditer(text, start, end):
            if match[1] not in openers():
                yield match.span(1)


def coordinated(text: str, people: Collection[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """A word joined with one of `people`: `Dani és Nádasdi Eszter`."""
    for start, end in people:
        before = _AND_AFTER.search(text, max(0, start - 30), start)
        after = _AND_BEFORE.match(text, end)
        for match in (before, after):
            if match and match[1].lower() not in openers():
                yield match.span(1)


def recurring(text: str, people: Collection[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """A part of a full name among `people` by itself, also in another case."""
    full = [text[start:end].split() for start, end in people if " " in text[start:end]]
    known = {word for words in full for word in words if word.lower() not in openers()}
    stems = {stem(word.lower()) for word in known if len(word) >= _STEMMED}
    if not known:
        return
    for match in _CAPITALS.finditer(text):
        words = match[0].split(" ")
        while len(words) > 1 and _is_title(words[0]):
            words = words[1:]
        if all(w in known or (len(w) >= _STEMMED and stem(w.lower()) in stems) for w in words):
            yield match.end() - len(" ".join(words)), match.end()


def _is_title(word: str) -> bool:
    """Whether a word with a capital before a name is none of it."""
    return word.lower() in openers() or word.lower() in _CALLING


def speakers(text: str, people: Collection[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Who else speaks in a chat in which some of `people` do."""
    spoken = [match.span(1) for match in _SPEAKER.finditer(text)]
    if not any(span in people for span in spoken):
        return
    for start, end in spoken:
        word = text[start:end]
        if (start, end) not in people and not word.isupper() and word.lower() not in openers():
            yield start, end
