"""What of a text the language model is to see: sentences that may name somebody or some place.

Most sentences of a prompt name nobody, and show it: no capital but the first, in a word that
begins sentences (`Please`, `Die`, `Il`), no digit, no first name. They are not read.

Misses: names in lower case that are no known first names, in a sentence without capitals; a name
that is also such a word, at the start of a sentence that has no other.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from detectors.name_evidence import first_names

_OPENERS = Path(__file__).parent / "models" / "openers.txt"
_PASSAGE = 280
"""Aim of a passage's length, in characters: enough context, and short enough to batch."""
_CAPITALS = "".join(c for c in map(chr, range(0x250)) if c.isupper())
_CUE = re.compile(rf"[{_CAPITALS}\d]\w*")
_SHARED = re.compile(r"I(?![\w.])")
"""The English word, and what it is joined to: `I'm`."""
_LETTER = re.compile(r"[^\W\d_]")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_LOWER = re.compile(r"[^\W\d_]{3,}")
_LINE = re.compile(r"[^\n]*\n?")
_STOP = re.compile(r"(?:[!?]|(?<![^\W\d_])([^\W\d_]+)\.)\s+(?=[^\W\d_a-z])")
"""The end of a sentence, and the word at its end, which a full stop may only shorten."""
_WRITTEN_SHORT = """
    med phil jur nat dent vet hab mgr inż mec dott avv ing sig prof dhr mevr str tel geb fam abt
    ul al pl os św ks gen płk por lek zw vgl bzw ca usw etc resp incl vs approx dept est av avda
"""
_SHORTENED = frozenset(_WRITTEN_SHORT.split())
_LEAD = 40
"""So much of what stands before a name is shown with it: `What's your last name?`, `Regards,`."""


@cache
def openers() -> frozenset[str]:
    """Words with which sentences begin and that name nobody, in lower case."""
    return frozenset(_OPENERS.read_text("utf-8").split())


def passages(text: str) -> Iterator[tuple[int, int]]:
    """Where the model is to look: runs of sentences and lines, of a bounded length."""
    begin = end = lead = 0
    for start, stop in _pieces(text):
        if not may_name(text, start, stop):
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


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Sentences and lines; long ones cut at blanks."""
    for line in _LINE.finditer(text):
        start, stop = line.span()
        for end in [*(m.end() for m in _STOP.finditer(text, start, stop) if _ends(m[1])), stop]:
            while end - start > _PASSAGE:
                cut = text.rfind(" ", start + 40, start + _PASSAGE) + 1 or start + _PASSAGE
                yield start, cut
                start = cut
            yield start, end
            start = end


def _ends(word: str | None) -> bool:
    """Whether a full stop after `word` ends the sentence, and is not that of `Mrs.` or `med.`."""
    if word is None:
        return True
    return len(word) > (4 if word[0].isupper() else 1) and word not in _SHORTENED


def may_name(text: str, start: int, end: int) -> bool:
    """Whether something in text[start:end], a sentence, looks as names and addresses do."""
    if not _LETTERS.search(text, start, end):
        return False
    first = _LETTER.search(text, start, end)
    for word in _CUE.finditer(text, start, end):
        opens = first and word.start() == first.start()
        if not (opens and word[0].lower() in openers()) and not _SHARED.match(text, word.start()):
            return True
    return any(word in first_names() for word in _LOWER.findall(text, start, end))
