"""What of a text the language model is to see: sentences that may name somebody or some place.

Most sentences of a prompt name nobody, and show it: no digit, no first name, no capital but in
words that sentences begin with (`Please`, `Die`, `Il`) or in identifiers. They are not read.

Misses: names in lower case that are no known first names, in a sentence without capitals; a name
that is also such a word, in a sentence that has no other and after no title.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from detectors.name_evidence import GREETINGS, TITLES, first_names, openers

_PASSAGE = 280
"""Aim of a passage's length, in characters: enough context, and short enough to batch."""
_CAPITALS = "".join(c for c in map(chr, range(0x250)) if c.isupper())
_CUE = re.compile(rf"[{_CAPITALS}\d]\w*")
_IDENTIFIER = re.compile(r"_|[a-z][A-Z].*[a-z][A-Z]")
_BEGINS = re.compile(r"(?:\A|\n|([.!?])\s)[^\w\n]*\Z")
"""Right before a word: it begins a line or a sentence."""
_POINT = re.compile(r"\d{1,2}[.)](?!\d)")
_BULLET = re.compile(r"(?:\A|\n)[^\w\n]*\Z")
"""The number of a point in a list, and what stands before it."""
_AS_FAR = 24
"""So many characters back a sentence is looked for that a word begins."""
_MARKS = re.compile(r"[\u0080-\u00bf\u2000-\u2fff\u3000-\u303f]+")
"""Beyond ASCII, what stands between words."""
_LETTERS_ONLY = bytes(b if b > 127 or chr(b).isalpha() else 32 for b in range(256))
_CALLING = frozenset((TITLES + GREETINGS).split())
"""After these a word is a name, whatever it means."""
_SHORT = 3
"""Words so short are names too: they must begin a sentence."""
_TITLE_WIDTH = 14
_LETTERS = re.compile(r"[^\W\d_]{2}")
_LOWER = re.compile(r"[^\W\d_]{3,}")
_LINE = re.compile(r"[^\n]*\n?")
_STOP = re.compile(r"[.!?]\s+(?=[^\W\d_a-z])")
"""The end of a sentence, or what comes after a word that is written short."""
_LAST = re.compile(r"[^\W\d_]+\Z")
_WRITTEN_SHORT = """
    med phil jur nat dent vet hab mgr inż mec dott avv ing sig prof dhr mevr str tel geb fam abt
    ul al pl os św ks gen płk por lek zw vgl bzw ca usw etc resp incl vs approx dept est av avda
"""
_SHORTENED = frozenset(_WRITTEN_SHORT.split())
_LONGEST = 16
"""No word that is written short has as many letters."""
_LEAD = 40
"""So much of what stands before a name is shown with it: `What's your last name?`, `Regards,`."""


def passages(text: str) -> Iterator[tuple[int, int]]:
    """Where the model is to look: runs of sentences and lines, of a bounded length."""
    cues = _cues(text)
    if not cues:
        return
    begin = end = lead = 0
    for start, stop in _pieces(text):
        at = bisect_left(cues, start)
        if at == len(cues) or cues[at] >= stop or not _LETTERS.search(text, start, stop):
            if stop - lead > _LEAD:
                lead = start if stop - start <= _LEAD else stop
            continue
        if start != end or stop - begin > _PASSAGE:
            if end > begin:
                yield begin, end
            begin = max(lead, end)
        end = lead = stop
    if end > begin:
        yield begin, end


def _cues(text: str) -> list[int]:
    """Where words begin that look as names and addresses do, in order."""
    known = openers()
    found = [
        match.start()
        for match in _CUE.finditer(text)
        if not _is_none(text, match.start(), match[0], known)
    ]
    if not _first_names().isdisjoint(_taken_apart(text)):
        found += [m.start() for m in _LOWER.finditer(text) if m[0] in first_names()]
        found.sort()
    if not found and len(text) <= _PASSAGE and text.islower():
        found = _strange_pairs(text)
    return found


def _strange_pairs(text: str) -> list[int]:
    """Where two words in a row begin of which neither is one that sentences begin with: who types
    a short prompt without capitals names people so (`čo odpoviem jánovi balážovi`)."""
    words = [(m.start(), m[0] in openers()) for m in _LOWER.finditer(text)]
    return [start for (start, one), (_, next_) in pairwise(words) if not one and not next_]


def _is_none(text: str, start: int, word: str, known: frozenset[str]) -> bool:
    """Whether a word with a capital or a digit at its beginning is no cue."""
    if word.lower() in known:
        if len(word) > _SHORT and not word.isupper():
            before = text[max(0, start - _TITLE_WIDTH) : start].split()
            return not before or before[-1].strip(",.").lower() not in _CALLING
        if word == "I":
            return not text.startswith(".", start + 1)
        begins = _BEGINS.search(text, max(0, start - _AS_FAR), start)
        return bool(begins and (begins[1] is None or _ends(text, begins.start(1))))
    if word[0].isdigit():
        number = _POINT.match(text, start)
        return bool(number and _BULLET.search(text, max(0, start - _AS_FAR), start))
    return bool(_IDENTIFIER.search(word))


def _taken_apart(text: str) -> list[bytes]:
    """The words of `text` in UTF-8, at a tenth of what a regular expression takes for them."""
    plain = text if text.isascii() else _MARKS.sub(" ", text)
    return plain.encode("utf-8", "replace").translate(_LETTERS_ONLY).split()


@cache
def _first_names() -> frozenset[bytes]:
    return frozenset(name.encode() for name in first_names())


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Sentences and lines; long ones cut at blanks."""
    for line in _LINE.finditer(text):
        start, stop = line.span()
        ends = [m.end() for m in _STOP.finditer(text, start, stop) if _ends(text, m.start())]
        for end in [*ends, stop]:
            while end - start > _PASSAGE:
                cut = text.rfind(" ", start + 40, start + _PASSAGE) + 1 or start + _PASSAGE
                yield start, cut
                start = cut
            yield start, end
            start = end


def _ends(text: str, at: int) -> bool:
    """Whether the mark at `at` ends a sentence, and is not the point of `Mrs.` or `med.`."""
    if text[at] != ".":
        return True
    last = _LAST.search(text, max(0, at - _LONGEST), at)
    if last is None:
        return False
    word = last[0]
    return len(word) > (4 if word[0].isupper() else 1) and word not in _SHORTENED
