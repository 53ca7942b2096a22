"""People, places, organisations and postal addresses, by the language model in `models/names`.

The model reads 18 languages at some fifty thousand words a second. A text is cut into passages
at lines and sentences, the passages go through the model in batches, and what it says is held
against what names look like: identifiers, table cells and eponyms are dropped. Where only a few
people are found, the model must see each again with less around it.

Misses: names in lower case on a line that has capitals elsewhere; names in scripts other than
Latin.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detectors import addresses
from detectors.name_evidence import first_names, unsupported
from detectors.name_shapes import is_plausible

if TYPE_CHECKING:
    from spacy.language import Language

MODEL = Path(__file__).parent / "models" / "names"
CONFIDENCE = {"PERSON": 0.85, "LOCATION": 0.75, "ORG": 0.7, "ADDRESS": 0.85}

_FEW = 4
"""So many people are looked at twice; a text with more is about people."""
_NEAR, _LINE_WIDTH = 25, 200
_PASSAGE = 280
"""Aim of a passage's length, in characters: enough context, and short enough to batch."""
_BATCH = 64
"""Passages that go through the model together; more gain no speed and cost memory."""
_JOINT = re.compile(r",? ?\n? {0,3}(?:[A-Z]{1,2}[- ])?")
_POSTCODE = re.compile(
    r",?[ \n] ?(?:[A-Z]{1,2}[- ])?(?:\d{5}(?:-\d{4})?|\d{4}(?: ?[A-Z]{2})?|\d{3} \d{2}|\d{2}-\d{3}"
    r"|[A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2}|[A-Z]\d[0-9W] ?[A-Z0-9]{4})\b(?![.,:/-]\d)"
)
"""A postcode that the model left off the end of an address."""
_CODE_BEFORE = re.compile(
    r"(?:^|[\s,.;(–-])((?:[A-Z]{1,2}-)?"
    r"(?:\d{5}|(?!19|20)\d{4}(?: [A-Z]{2})?|\d{3} \d{2}|\d{2}-\d{3})) $"
)
"""A postcode right before a place."""
_AMOUNT = re.compile(
    r"\d\s?(?:(?:Mio|Mrd|Mill|Tsd|million|milliard|billion|EUR|USD|GBP|CHF|PLN)(?![a-z])|[€$£%])",
    re.IGNORECASE,
)
"""A sum of money, which stands after a word as a number does after a street."""
_CUE = re.compile(r"[A-ZÀ-ÖØ-ÞĀ-Ž\d]")
_LOWER = re.compile(r"[^\W\d_]{3,}")
_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")
_PARTICLES = frozenset(
    {"de", "del", "della", "delle", "dei", "di", "da", "do", "dos", "das", "du", "des", "la", "las",
     "los", "le", "les", "el", "al", "ad", "bin", "ibn", "ben", "abu", "van", "von", "vom", "zu",
     "zur", "zum", "der", "den", "dem", "ter", "ten", "te", "af", "av", "och", "y", "e", "i", "und",
     "en", "et"}
)  # fmt: skip
"""Words in lower case that names begin with."""
_LETTERS = re.compile(r"[^\W\d_]{2}")
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
    from detectors.models.fast import hasten

    return hasten(spacy.load(MODEL))


def find(text: str) -> Iterator[Name]:
    """The names in `text`, by place; the parts of one address are one name."""
    address: Name | None = None
    for name in _with_streets(text, list(_found(text))):
        if address is not None:
            if name.label in ("ADDRESS", "LOCATION") and _JOINT.fullmatch(
                text, address.end, name.start
            ):
                address = Name(address.start, name.end, "ADDRESS")
                continue
            yield _with_postcode(text, address)
            address = None
        if name.label == "ADDRESS":
            address = None if _AMOUNT.search(text, name.start, name.end + 8) else name
            continue
        if name.label == "LOCATION":
            code = _CODE_BEFORE.search(text, max(0, name.start - 12), name.start)
            if code:
                yield Name(code.start(1), code.end(1), "ADDRESS")
        yield name
    if address is not None:
        yield _with_postcode(text, address)


def _with_streets(text: str, names: list[Name]) -> list[Name]:
    """With the addresses that their form gives away; a person a street is named after is none."""
    streets = sorted(addresses.find(text))
    if not streets:
        return names
    merged: list[Name] = []
    for start, end in streets:
        if merged and start < merged[-1].end:
            merged[-1] = Name(merged[-1].start, max(end, merged[-1].end), "ADDRESS")
        else:
            merged.append(Name(start, end, "ADDRESS"))
    kept: list[Name] = []
    at = 0
    for name in names:
        while at < len(merged) and merged[at].end <= name.start:
            at += 1
        if at == len(merged) or name.end <= merged[at].start:
            kept.append(name)
        elif name.label == "ADDRESS":
            street = merged[at]
            merged[at] = Name(min(name.start, street.start), max(name.end, street.end), "ADDRESS")
    return sorted([*kept, *merged], key=lambda n: n.start)


def _with_postcode(text: str, address: Name) -> Name:
    match = _POSTCODE.match(text, address.end)
    return Name(address.start, match.end(), "ADDRESS") if match else address


def _found(text: str) -> Iterator[Name]:
    found = [
        name
        for entities in _entities(text, [p for p in _passages(text) if _may_name(text, *p)])
        for entity in entities
        if (name := _trimmed(text, entity)) and is_plausible(text, name.start, name.end, name.label)
    ]
    people = [name for name in found if name.label == "PERSON"]
    if people:
        dropped = unsupported(text, [(name.start, name.end) for name in people])
        found = [n for n in found if n.label != "PERSON" or (n.start, n.end) not in dropped]
        people = [name for name in found if name.label == "PERSON"]
    doubtful = _doubtful(text, people) if len(people) <= _FEW else set()
    return (name for name in found if name not in doubtful)


def _entities(text: str, views: Sequence[tuple[int, int]]) -> list[list[Name]]:
    """What the model finds in text[start:end] of each view, in batches: memory stays bounded."""
    found: list[list[Name]] = []
    for batch in batched(views, _BATCH):
        nlp = model()
        with nlp.memory_zone():  # the words of a prompt do not stay in spaCy's memory
            docs = [nlp.make_doc(text[start:end]) for start, end in batch]
            ner: Any = nlp.get_pipe("ner")
            ner.set_annotations(docs, ner.predict(docs))
            found += (
                [Name(offset + e.start_char, offset + e.end_char, e.label_) for e in doc.ents]
                for (offset, _), doc in zip(batch, docs, strict=True)
            )
    return found


def _doubtful(text: str, people: Sequence[Name]) -> set[Name]:
    """Those that the model sees no longer when it sees less around them.

    A real name stays one; a capitalised word in a heading often does not.
    """
    looks = [
        (name, _view(text, name, width, stop))
        for name in people
        for width, stop in ((_NEAR, "\0"), (_LINE_WIDTH, "\n"))
    ]
    views = list(dict.fromkeys(view for _, view in looks))
    seen = dict(zip(views, _entities(text, views), strict=True))
    return {
        name
        for name, view in looks
        if not any(
            n.label == "PERSON" and n.start < name.end and name.start < n.end for n in seen[view]
        )
    }


def _view(text: str, name: Name, width: int, stop: str) -> tuple[int, int]:
    """The name with `width` characters and the rest of a word around it, up to `stop`."""
    start = max(0, name.start - width, text.rfind(stop, 0, name.start) + 1)
    end = min(len(text), name.end + width)
    end = text.find(stop, name.end, end) if stop in text[name.end : end] else end
    if start and text[start - 1] != stop:
        start = text.rfind(" ", 0, start) + 1
    if end < len(text) and text[end] != stop:
        end = text.find(" ", end) if " " in text[end:] else len(text)
    return start, end


def _trimmed(text: str, name: Name) -> Name | None:
    """Without white space and quotes around it; None if nothing remains."""
    start, end, label = name.start, name.end, name.label
    while start < end and (text[start].isspace() or text[start] in "\"'“”„«»‘’(),;:*_|<>[]{}-–•"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in "\"'“”„«»‘’(,;:*_|<>[]{}-–"):
        end -= 1
    if label == "PERSON" and not text[start:end].islower():
        start, end = _capitals(text, start, end)
    return Name(start, end, label) if end - start > 1 else None


def _capitals(text: str, start: int, end: int) -> tuple[int, int]:
    """Without words in lower case around it that are not part of names as `van` and `de` are."""
    words = list(_WORD.finditer(text, start, end))
    while len(words) > 1 and words[0][0].islower() and words[0][0] not in _PARTICLES:
        words = words[1:]
        start = words[0].start()
    while len(words) > 1 and words[-1][0].islower() and len(words[-1][0]) > 2:
        words = words[:-1]
        end = words[-1].end()
    return start, end


def _may_name(text: str, start: int, end: int) -> bool:
    """Whether the passage is worth the model's time: without capitals and digits, only where
    some word is a first name."""
    passage = text[start:end]
    return bool(_CUE.search(passage)) or any(
        word in first_names() for word in _LOWER.findall(passage)
    )


def _passages(text: str) -> Iterator[tuple[int, int]]:
    """What the model is to see: runs of lines or sentences with a cue, of a bounded length."""
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
        if start == stop or not _LETTERS.search(text, start, stop):
            continue
        while stop - start > _PASSAGE:
            cut = max(
                (m.end() for m in _STOP.finditer(text, start + 40, start + _PASSAGE)), default=0
            )
            cut = cut or text.rfind(" ", start + 40, start + _PASSAGE) + 1 or start + _PASSAGE
            yield start, cut
            start = cut
        yield start, stop
