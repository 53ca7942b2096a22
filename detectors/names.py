"""People, places, organisations and postal addresses, by the language model in `models/names`.

The model reads 18 languages at some fifty thousand words a second. It is shown the sentences and
lines that may name somebody (`name_passages.py`), those of all texts of a prompt in batches, and
what it says is held against what names look like: identifiers, table cells and eponyms are dropped.
Where only a few people are found, the model must see each again with less around it.

Misses: names in lower case on a line that has capitals elsewhere; names in scripts other than
Latin.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import batched, chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detectors import addresses
from detectors.name_candidates import SURNAME, full_names, signers, speakers
from detectors.name_columns import agreed
from detectors.name_evidence import first_names, is_first_name, may_name_a_thing, unsupported
from detectors.name_passages import passages
from detectors.name_shapes import is_plausible

if TYPE_CHECKING:
    from spacy.language import Language

MODEL = Path(__file__).parent / "models" / "names"
CONFIDENCE = {"PERSON": 0.85, "LOCATION": 0.75, "ORG": 0.7, "ADDRESS": 0.85}

_FEW = 4
"""So many people are looked at twice; a text with more is about people."""
_NEAR, _LINE_WIDTH = 25, 200
_BATCH = 64
"""Passages that go through the model together; more gain no speed and cost memory."""
_CODE = (
    r"(?:[A-Z]{1,2}[- ])?"
    r"(?:\d{5}(?:-\d{4})?|\d{4}(?:-\d{3}| ?[A-Z]{2})?|\d{3} \d{2}|\d{2}-\d{3})"
)
_JOINT = re.compile(rf",? ?\n? {{0,3}}(?:{_CODE} |[A-Z]{{1,2}}[- ])?")
_POSTCODE = re.compile(
    rf",?[ \n] ?(?:{_CODE}|[A-Z]{{1,2}}\d[A-Z0-9]? ?\d[A-Z]{{2}}|[A-Z]\d[0-9W] ?[A-Z0-9]{{4}})\b"
    r"(?![.,:/-]\d)"
)
"""A postcode that the model left off the end of an address."""
_CODE_BEFORE = re.compile(
    r"(?:^|[\s,.;(–])((?:[A-Z]{1,2}-)?"
    r"(?:\d{5}|(?!19|20)\d{4}(?: [A-Z]{2})?|\d{3} \d{2}|\d{2}-\d{3})) $"
)
"""A postcode right before a place."""
_AMOUNT = re.compile(
    r"\d\s?(?:(?:Mio|Mrd|Mill|Tsd|million|milliard|billion|EUR|USD|GBP|CHF|PLN)(?![a-z])|[€$£%])",
    re.IGNORECASE,
)
"""A sum of money, which stands after a word as a number does after a street."""
_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")
_INITIALED = re.compile(
    r"(?<![^\W\d_])(?!(?:of|for|and|the|on|in|und|für|der|de|des|du|et) )[^\W\d_]\w*"
)
"""A word whose first letter counts for an abbreviation."""
_WORD_BEFORE = re.compile(r"(?<![\w-])([^\W\d_a-zß-ÿ][^\W\d_]{2,}) $")
_WORD_AFTER = re.compile(r" ([^\W\d_a-zß-ÿ][^\W\d_]{2,})(?![\w-])")
_ASKED = "We talked about {}."
"""A sentence that says nothing of who or what it is about."""
_PARTICLES = frozenset(
    {"de", "del", "della", "delle", "dei", "di", "da", "do", "dos", "das", "du", "des", "la", "las",
     "los", "le", "les", "el", "al", "ad", "bin", "ibn", "ben", "abu", "van", "von", "vom", "zu",
     "zur", "zum", "der", "den", "dem", "ter", "ten", "te", "af", "av", "och", "y", "e", "i", "und",
     "en", "et"}
)  # fmt: skip
"""Words in lower case that names begin with."""


type View = tuple[int, int, int]
"""A piece of one of several texts: which, from, to."""


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
    from detectors.models.fast import hasten, kept

    nlp = hasten(spacy.load(MODEL))
    kept(nlp.vocab)
    return nlp


def find(text: str) -> Iterator[Name]:
    """The names in `text`, by place; the parts of one address are one name."""
    [found] = find_many([text])
    return iter(found)


def find_many(texts: Sequence[str]) -> list[list[Name]]:
    """The names in each of `texts`, which the model reads together: a chat is many short ones."""
    found: list[list[Name]] = []
    for text, names in zip(texts, _found(texts), strict=True):
        spans = agreed(text, [(n.start, n.end, n.label) for n in names])
        found.append(list(_whole(text, _with_streets(text, [Name(*span) for span in spans]))))
    return found


def _whole(text: str, names: Sequence[Name]) -> Iterator[Name]:
    """`names` with the parts of one address as one."""
    address: Name | None = None
    for name, next_ in zip_longest(names, names[1:]):
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
            if code and next_ and _is_street_after(text, name, next_):
                address = Name(code.start(1), name.end, "ADDRESS")
                continue
            if code:
                yield Name(code.start(1), code.end(1), "ADDRESS")
        yield name
    if address is not None:
        yield _with_postcode(text, address)


def _is_street_after(text: str, place: Name, name: Name) -> bool:
    """`4024 Debrecen, Kossuth utca 18`"""
    return name.label == "ADDRESS" and text[place.end : name.start] in (", ", ",", "\n", ",\n")


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
    end = addresses.end_of(text, address.start, address.end)
    match = _POSTCODE.match(text, end)
    return Name(address.start, match.end() if match else end, "ADDRESS")


def _found(texts: Sequence[str]) -> list[list[Name]]:
    """What the model finds in each text and the checks leave."""
    read = [(i, *passage) for i, text in enumerate(texts) for passage in passages(text)]
    found: list[list[Name]] = [[] for _ in texts]
    for (i, *_), entities in zip(read, _entities(texts, read), strict=True):
        for entity in entities:
            name = _trimmed(texts[i], entity)
            if name and name.label == "PERSON":
                name = _with_both(texts[i], name)
            if name and is_plausible(texts[i], name.start, name.end, name.label):
                found[i].append(name)
    seen = [list(names) for names in found]
    for text, names in zip(texts, found, strict=True):
        names[:] = [n for n in names if n.label != "ORG" or not _abbreviates(text, n, names)]
        people = [(name.start, name.end) for name in names if name.label == "PERSON"]
        if people:
            dropped = unsupported(text, people)
            names[:] = [n for n in names if n.label != "PERSON" or (n.start, n.end) not in dropped]
    doubtful = _doubtful(texts, found, read) | _things(texts, found)
    kept = [[n for n in names if (i, n) not in doubtful] for i, names in enumerate(found)]
    for i, name in _overlooked(texts, seen, kept, read):
        kept[i].append(name)
    return [
        sorted([*names, *_speakers(text, names)], key=lambda n: n.start)
        for text, names in zip(texts, kept, strict=True)
    ]


def _abbreviates(text: str, name: Name, names: Sequence[Name]) -> bool:
    """Whether it is initials in brackets after words that the model does not take for a name
    themselves: `the Data Privacy Framework (DPF)`."""
    initials = text[name.start : name.end]
    if not initials.isupper() or text[name.start - 1 : name.end + 1] != f"({initials})":
        return False
    words = _INITIALED.findall(text, max(0, name.start - 30 * len(initials)), name.start - 1)
    if len(words) < len(initials):
        return False
    stands = "".join(word[0] for word in words[-len(initials) :]).upper() == initials
    return stands and not any(n.end == name.start - 2 for n in names)


def _entities(texts: Sequence[str], views: Sequence[View]) -> list[list[Name]]:
    """What the model finds in texts[i][start:end] of each view, in batches: memory is bounded."""
    found: list[list[Name]] = []
    for batch in batched(views, _BATCH):
        nlp = model()
        with nlp.memory_zone():  # the words of a prompt do not stay in spaCy's memory
            docs = [nlp.make_doc(texts[i][start:end]) for i, start, end in batch]
            ner: Any = nlp.get_pipe("ner")
            ner.set_annotations(docs, ner.predict(docs))
            found += (
                [Name(offset + e.start_char, offset + e.end_char, e.label_) for e in doc.ents]
                for (_, offset, _), doc in zip(batch, docs, strict=True)
            )
    return found


def _doubtful(
    texts: Sequence[str], found: Sequence[Sequence[Name]], read: Sequence[View]
) -> set[tuple[int, Name]]:
    """Those that the model sees no longer when it sees less around them.

    A real name stays one; a capitalised word in a heading often does not.
    """
    # what was read already is not read again; a line feed at its end says nothing
    seen = {(i, start, end - texts[i].endswith("\n", start, end)) for i, start, end in read}
    looks: list[tuple[int, Name, View]] = []
    for i, names in enumerate(found):
        people = [name for name in names if name.label == "PERSON"]
        if len(people) <= _FEW:
            for name in people:
                for width, stop in ((_NEAR, "\0"), (_LINE_WIDTH, "\n")):
                    view = (i, *_view(texts[i], name, width, stop))
                    if view not in seen:
                        looks.append((i, name, view))
    views = list(dict.fromkeys(view for *_, view in looks))
    again = dict(zip(views, _entities(texts, views), strict=True))
    return {
        (i, name)
        for i, name, view in looks
        if not any(
            e.label == "PERSON" and e.start < name.end and e.end > name.start for e in again[view]
        )
    }


def _overlooked(
    texts: Sequence[str],
    seen: Sequence[Sequence[Name]],
    kept: Sequence[Sequence[Name]],
    read: Sequence[View],
) -> list[tuple[int, Name]]:
    """Known first names with a surname where the model saw nothing, and who signs where nothing was
    kept, if it sees somebody when asked."""
    candidates = [
        (i, Name(*span, "PERSON"))
        for i, start, end in read
        for spans, names in (
            (full_names(texts[i], start, end), seen[i]),
            (signers(texts[i], start, end), kept[i]),
        )
        for span in spans
        if _is_free(texts[i], names, span)
    ]
    said = _asked(texts, candidates)
    return [
        which
        for which, people in zip(candidates, said, strict=True)
        if any(e.end - e.start == which[1].end - which[1].start for e in chain(*people))
    ]


def _is_free(text: str, names: Sequence[Name], span: tuple[int, int]) -> bool:
    """Whether somebody's name may stand there and none of `names` does."""
    start, end = span
    taken = any(name.start < end and start < name.end for name in names)
    return not taken and is_plausible(text, start, end, "PERSON")


def _speakers(text: str, names: Sequence[Name]) -> list[Name]:
    """Who else speaks where people of `names` do, whatever the model says of them."""
    people = {(name.start, name.end) for name in names if name.label == "PERSON"}
    spans = speakers(text, people) if people else ()
    return [Name(*span, "PERSON") for span in spans if _is_free(text, names, span)]


def _asked(
    texts: Sequence[str], names: Sequence[tuple[int, Name]]
) -> list[tuple[list[Name], list[Name]]]:
    """The people the model sees in each of `names` by itself, and in a sentence that says nothing
    else."""
    words = [texts[i][name.start : name.end] for i, name in names]
    plain = [text for word in words for text in (word, _ASKED.format(word))]
    said = _entities(plain, [(k, 0, len(text)) for k, text in enumerate(plain)])
    people = [[e for e in entities if e.label == "PERSON"] for entities in said]
    return list(zip(people[::2], people[1::2], strict=True))


def _things(texts: Sequence[str], found: Sequence[Sequence[Name]]) -> set[tuple[int, Name]]:
    """Words that only a field made people of (`name: Tests`): by themselves they are none."""
    asked = [
        (i, name)
        for i, names in enumerate(found)
        for name in names
        if name.label == "PERSON" and may_name_a_thing(texts[i], name.start, name.end)
    ]
    said = _asked(texts, asked)
    return {which for which, seen in zip(asked, said, strict=True) if not all(seen)}


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


def _with_both(text: str, name: Name) -> Name:
    """With the first name right before it, the inflected one after it (`Lakatos Gábortól`), or the
    surname after a first name: of inflected names the model often sees one word only."""
    start, end = name.start, name.end
    before = _WORD_BEFORE.search(text, max(0, start - 20), start)
    if before and is_first_name(before[1]):
        return Name(before.start(1), end, name.label)
    after = _WORD_AFTER.match(text, end)
    if after and text[start:end].isalpha():
        follows = is_first_name(text[start:end]) and SURNAME.search(after[1])
        inflected = is_first_name(after[1]) and after[1].lower() not in first_names()
        if follows or inflected:
            return Name(start, after.end(), name.label)
    return name


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
