"""People, places, organisations and postal addresses, by the language model in `models/names`.

The model reads 18 languages at some fifty thousand words a second, which is still a thousand
times slower than the rules. So a text is cut into passages, and the model sees only those with a
cue: a capital that does not merely open a sentence, or a lower-case text altogether. What it
says is then held against what names look like; identifiers, headings and eponyms are dropped.

Misses: names in passages without any capital inside an otherwise capitalised text; names in
scripts other than Latin, Greek and Cyrillic.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from detectors.name_shapes import is_plausible

if TYPE_CHECKING:
    from spacy.language import Language

MODEL = Path(__file__).parent / "models" / "names"
CONFIDENCE = {"PERSON": 0.85, "LOCATION": 0.75, "ORG": 0.7, "ADDRESS": 0.85}

_PASSAGE = 280
"""Aim of a passage's length, in characters: enough context, and short enough to batch."""
_CUE = re.compile(
    r"[^\W\d_a-zß-öø-ÿ][^\W\d_]"  # a word that may begin with a capital
)
_INNER_CAPITAL = re.compile(
    r"[^.!?:\n\s#*>\"'(\[{-][ \t]*[\"'“„«(\[{<:=,;/|]?[ \t]*[A-ZÀ-ÖØ-ÞĀ-ſΑ-ΩА-Я][^\W\d_]"
)
_LINE = re.compile(r"[^\n]*\n?")
_STOP = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-z])")


@dataclass(frozen=True, slots=True)
class Name:
    """text[start:end] names a `PERSON`, `LOCATION`, `ORG` or `ADDRESS`."""

    start: int
    end: int
    label: str


@cache
def model() -> "Language":
    """The pipeline, loaded once per process."""
    import spacy

    import detectors.models.language  # noqa: F401  registers the language

    return spacy.load(MODEL)


def find(text: str) -> Iterator[Name]:
    """The names in `text`, by place."""
    passages = list(_passages(text))
    if not passages:
        return
    nlp = model()
    docs = [nlp.make_doc(text[start:end]) for start, end in passages]
    ner = nlp.get_pipe("ner")
    ner.set_annotations(docs, ner.predict(docs))  # type: ignore[attr-defined]
    for (offset, _), doc in zip(passages, docs, strict=True):
        for entity in doc.ents:
            start, end = offset + entity.start_char, offset + entity.end_char
            name = _trimmed(text, start, end, entity.label_)
            if name is not None and is_plausible(text, name.start, name.end, name.label):
                yield name


def _trimmed(text: str, start: int, end: int, label: str) -> Name | None:
    """Without white space and quotes around it; None if nothing remains."""
    while start < end and (text[start].isspace() or text[start] in "\"'“”„«»‘’(),;:*_|<>[]{}-–•"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in "\"'“”„«»‘’(,;:*_|<>[]{}-–"):
        end -= 1
    return Name(start, end, label) if end - start > 1 else None


def _passages(text: str) -> Iterator[tuple[int, int]]:
    """What the model is to see: runs of lines or sentences with a cue, of a bounded length."""
    if not has_cue(text):
        return
    begin = end = 0
    for start, stop in _pieces(text):
        if start != end or stop - begin > _PASSAGE:
            if end > begin:
                yield begin, end
            begin = start
        end = stop
    if end > begin:
        yield begin, end


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Lines with something to see, long ones cut at sentences or, failing that, at blanks."""
    for line in _LINE.finditer(text):
        start, stop = line.span()
        if start == stop or line[0].isspace():
            continue
        while stop - start > _PASSAGE:
            cut = max(
                (m.end() for m in _STOP.finditer(text, start + 40, start + _PASSAGE)), default=0
            )
            cut = cut or text.rfind(" ", start + 40, start + _PASSAGE) + 1 or start + _PASSAGE
            yield start, cut
            start = cut
        yield start, stop


def has_cue(text: str) -> bool:
    """Whether the text has letters that may be a name at all."""
    return _CUE.search(text) is not None or any(c.isalpha() for c in text[:2000])


def merged(names: Iterable[Name]) -> list[Name]:
    """As a list, by place."""
    return sorted(names, key=lambda n: (n.start, n.end))
