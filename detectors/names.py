"""People, places, organisations and postal addresses, by the language model in `models/names`.

The model reads 18 languages at some fifty thousand words a second. It is shown the sentences and
lines that may name somebody (`name_passages.py`), those of all texts of a prompt in batches, and
what it says is held against what names look like: identifiers, table cells and eponyms are dropped.
Where only a few people are found, the model must see each again with less around it.

Misses: names in lower case on a line that has capitals elsewhere; names in scripts other than
Latin.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import batched, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detectors import addresses
from detectors.address_doubts import is_numbered, is_printed_by_a_machine
from detectors.name_candidates import (
    addressed,
    coordinated,
    full_names,
    initialed,
    introduced,
    recurring,
    signers,
    speakers,
)
from detectors.name_columns import agreed, towns
from detectors.name_edges import Name, trimmed, with_both
from detectors.name_evidence import doubts, unsupported
from detectors.name_passages import passages
from detectors.name_shapes import is_plausible

if TYPE_CHECKING:
    from spacy.language import Language

MODEL = Path(__file__).parent / "models" / "names"
CONFIDENCE = {"PERSON": 0.85, "LOCATION": 0.75, "ORG": 0.7, "ADDRESS": 0.85}

_FEW = 4
"""So many people are looked at twice; a text with more is about people."""
_NEAR, _LINE_WIDTH = 25, 200
_WORD_WIDTH = 100
"""No more is read of a word that is cut."""
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
    r"\d\s?(?:(?:Mio|Mrd|Mill(?! (?-i:[A-Z][a-z]))|Tsd|million|milliard|billion"
    r"|EUR|USD|GBP|CHF|PLN)(?![a-z])|[€$£%])",
    re.IGNORECASE,
)
"""A sum of money, which stands after a word as a number does after a street (not `3 Mill Lane`)."""
_INITIALED = re.compile(
    r"(?<![^\W\d_])(?!(?:of|for|and|the|on|in|und|für|der|de|des|du|et) )[^\W\d_]\w*"
)
"""A word whose first letter counts for an abbreviation."""
_ASKED = "We talked about {}."
"""A sentence that says nothing of who or what it is about."""


type View = tuple[int, int, int]
"""A piece of one of several texts: which, from, to."""


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
        spans = agreed(text, [(n.start, n.end, n.label) for n in _with_towns(text, names)])
        found.append(list(_whole(text, _with_streets(text, [Name(*span) for span in spans]))))
    return found


def _with_towns(text: str, names: list[Name]) -> list[Name]:
    """With the towns in fields for them, whatever the model took them for."""
    return _with(names, [Name(*span) for span in towns(text)])


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
            if code and not is_numbered(text, *code.span(1)):
                yield Name(code.start(1), code.end(1), "ADDRESS")
        yield name
    if address is not None:
        yield _with_postcode(text, address)


def _is_street_after(text: str, place: Name, name: Name) -> bool:
    """`4024 Debrecen, Kossuth utca 18`"""
    return name.label == "ADDRESS" and text[place.end : name.start] in (", ", ",", "\n", ",\n")


def _with_streets(text: str, names: list[Name]) -> list[Name]:
    """With the addresses that their form gives away; a person a street is named after is none."""
    streets = sorted(s for s in addresses.find(text) if not is_printed_by_a_machine(text, *s))
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
            name = trimmed(texts[i], entity)
            if name and name.label == "PERSON":
                name = with_both(texts[i], name)
            if name and is_plausible(texts[i], name.start, name.end, name.label):
                found[i].append(name)
    found = [_with([], names) for names in found]
    seen = [list(names) for names in found]
    for text, names in zip(texts, found, strict=True):
        names[:] = [n for n in names if n.label != "ORG" or not _abbreviates(text, n, names)]
        people = [(name.start, name.end) for name in names if name.label == "PERSON"]
        if people:
            dropped = unsupported(text, people)
            names[:] = [n for n in names if n.label != "PERSON" or (n.start, n.end) not in dropped]
    doubtful = _doubtful(texts, found, read) | _things(texts, found)
    kept = [[n for n in names if (i, n) not in doubtful] for i, names in enumerate(found)]
    added: list[list[Name]] = [[] for _ in texts]
    for i, name in _overlooked(texts, seen, kept, read):
        added[i].append(name)
    kept = [_with(names, new) for names, new in zip(kept, added, strict=True)]
    return [_with(names, _others(text, names)) for text, names in zip(texts, kept, strict=True)]


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
    """Known first names with a surname where the model saw nobody, and who signs or follows a title
    where nobody was kept, if it sees somebody when asked; twice if it saw some place or firm."""
    candidates: dict[tuple[int, Name], int] = {}
    for i, start, end in read:
        for spans, names, least in (
            (full_names(texts[i], start, end), seen[i], 1),
            (signers(texts[i], start, end), kept[i], 1),
            (addressed(texts[i], start, end), kept[i], 1),
            (initialed(texts[i], start, end), kept[i], 2),
            (introduced(texts[i], start, end), kept[i], 2),
        ):
            for span in spans:
                name = Name(*span, "PERSON")
                taken = _touching(names, name)
                if not taken:
                    candidates[i, name] = least
                elif least == 1 and all(_is_within(n, name) for n in taken):
                    candidates[i, name] = 2
    for i, names in enumerate(kept):
        for span in coordinated(texts[i], _people(names)):
            name = Name(*span, "PERSON")
            if not _touching(names, name):
                candidates[i, name] = 1
    plausible = [(i, n) for i, n in candidates if is_plausible(texts[i], n.start, n.end, n.label)]
    return [
        (i, name)
        for (i, name), people in zip(plausible, _asked(texts, plausible), strict=True)
        if sum(any(_as_long(e, name) for e in some) for some in people) >= candidates[i, name]
    ]


def _touching(names: Sequence[Name], name: Name) -> list[Name]:
    """Those of `names`, which stand by place and apart, that share characters with `name`."""
    first = last = bisect_right(names, name.start, key=lambda n: n.end)
    while last < len(names) and names[last].start < name.end:
        last += 1
    return list(names[first:last])


def _with(names: list[Name], new: Iterable[Name]) -> list[Name]:
    """`names` and `new` ones, by place and apart; a new one takes the place of those it touches."""
    added: list[Name] = []
    for name in sorted(new, key=lambda n: (n.start, -n.end)):
        if not added or added[-1].end <= name.start:
            added.append(name)
    gone = {old for name in added for old in _touching(names, name)}
    return sorted([*(n for n in names if n not in gone), *added], key=lambda n: n.start)


def _is_within(name: Name, person: Name) -> bool:
    """Whether `name` is a place or firm, no longer than what may be somebody's name."""
    inside = person.start <= name.start and name.end <= person.end
    return inside and name.label in ("LOCATION", "ORG")


def _as_long(one: Name, other: Name) -> bool:
    return one.end - one.start == other.end - other.start


def _people(names: Sequence[Name]) -> set[tuple[int, int]]:
    return {(name.start, name.end) for name in names if name.label == "PERSON"}


def _others(text: str, names: Sequence[Name]) -> list[Name]:
    """Who else speaks where people of `names` do, and where else parts of their names stand."""
    people = _people(names)
    if not people:
        return []
    spans = {*speakers(text, people), *recurring(text, people)}
    return [
        name
        for name in (Name(*span, "PERSON") for span in spans)
        if is_plausible(text, name.start, name.end, "PERSON") and not _touching(names, name)
    ]


def _asked(
    texts: Sequence[str], names: Sequence[tuple[int, Name]]
) -> list[tuple[list[Name], list[Name]]]:
    """The people the model sees in each of `names` by itself, and in a sentence that says nothing
    else."""
    words = [_spelt(texts[i][name.start : name.end]) for i, name in names]
    once = list(dict.fromkeys(words))  # who is named often is asked about once
    plain = [text for word in once for text in (word, _ASKED.format(word))]
    said = _entities(plain, [(k, 0, len(text)) for k, text in enumerate(plain)])
    people = [[e for e in entities if e.label == "PERSON"] for entities in said]
    answers = dict(zip(once, zip(people[::2], people[1::2], strict=True), strict=True))
    return [answers[word] for word in words]


def _spelt(name: str) -> str:
    """With the capitals that names have."""
    spelt = name.title() if name.islower() else name
    return spelt if len(spelt) == len(name) else name


def _things(texts: Sequence[str], found: Sequence[Sequence[Name]]) -> set[tuple[int, Name]]:
    """Words that only a field or a greeting made people of (`name: Tests`): by themselves they are
    none."""
    asked = {
        (i, name): least
        for i, names in enumerate(found)
        for name in names
        if name.label == "PERSON" and (least := doubts(texts[i], name.start, name.end))
    }
    said = _asked(texts, list(asked))
    return {
        which
        for (which, least), seen in zip(asked.items(), said, strict=True)
        if sum(map(bool, seen)) < least
    }


def _view(text: str, name: Name, width: int, stop: str) -> tuple[int, int]:
    """The name with `width` characters and the rest of a word around it, up to `stop`."""
    start = max(0, name.start - width, text.rfind(stop, 0, name.start) + 1)
    end = min(len(text), name.end + width)
    end = text.find(stop, name.end, end) if stop in text[name.end : end] else end
    # a text may have no blank for a megabyte
    if start and text[start - 1] != stop:
        least = max(0, start - _WORD_WIDTH)
        start = max(least, text.rfind(" ", least, start) + 1)
    if end < len(text) and text[end] != stop:
        most = min(len(text), end + _WORD_WIDTH)
        at = text.find(" ", end, most)
        end = most if at < 0 else at
    return start, end
