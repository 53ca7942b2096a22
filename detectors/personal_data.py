"""Personal and regulated data: identifiers by the rules, names by the model, hosted by Presidio.

What counts when several claim the same characters: the surer one, then the longer one. A name
inside an e-mail address or an account number is none.

Misses: what the rules in `rules/pii_*.yaml`, `pci_*`, `fin_*`, `phi_*` and the model miss;
docs/languages.md says how much that is, by language and by kind of number.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from detectors import tables
from detectors.base import Detector, Match
from detectors.disguise import hidden
from detectors.engine import shared
from detectors.regulated import TERMS

if TYPE_CHECKING:
    from detectors.presidio import Host

CLASSES = frozenset(
    {
        "pii.*",
        "phi.*",
        "pci.*",
        "fin.*",
        "gdpr9.*",
        "gdpr10.*",
        "custom.*",
        "doc.marking.*",
        "edm.*",
    }
)
_PREFIXES = tuple(c.removesuffix("*") for c in CLASSES)
_PIECE = 20_000
"""Presidio compares results with each other, so it gets a long text in pieces of so many
characters; rules and model still see the whole."""
_MOST = 200
"""For the same reason in a piece of so many matches, where they stand close together."""

_GROUPED = ("pci.card_number", "pii.national_id.", "pii.phone")
_GROUP_AWAY = 16
_LAST_GROUP = re.compile(r"(?<![\d.])(\d{1,6})\s{1,6}$")
_NEXT_GROUP = re.compile(r"\s{1,6}(\d{1,6})(?![\d.])")
"""A number right before or behind another one, blanks between them."""

_names = True
_recognizers: Path | None = None
_host: "Host | None" = None


def configure(*, names: bool = True, recognizers: Path | None = None) -> None:
    """Before `load`: whether the language model runs, and a YAML file of Presidio recognisers."""
    global _names, _recognizers, _host
    _names, _recognizers, _host = names, recognizers, None


def find(text: str) -> Iterator[Match]:
    """Yield identifiers and names, none overlapping another; terms about people as they are."""
    [found] = find_many([text])
    yield from found


def find_many(texts: Sequence[str]) -> Iterator[Iterator[Match]]:
    """The same for each of `texts`: the model reads all of them at once, the rules one by one."""
    host = _host or _load()
    for text, names in zip(texts, _found_names(texts, host), strict=True):
        yield _find(text, names, host)


def _find(text: str, names: Sequence[Match], host: "Host") -> Iterator[Match]:
    identifiers = list(_identifiers(text))
    # what is said about a person may name a party or a place: neither hides the other
    yield from (m for m in identifiers if m.data_class.startswith(TERMS))
    every = _disjoint([*identifiers, *tables.find(text), *names])
    if not every and host.only_ours:
        return
    matches = [m for m in every if not m.data_class.startswith(TERMS)]
    for start, end, inside in _pieces(text, matches):
        moved = [Match(m.data_class, m.start - start, m.end - start, m.confidence) for m in inside]
        # Presidio gives back ours without what it has no field for
        named = {(m.data_class, m.start, m.end): m.name for m in inside}
        for m in _disjoint(host.analyze(text[start:end], moved)):
            at = m.data_class, m.start + start, m.end + start
            yield Match(*at, m.confidence, name=named.get(at, ""))


def _identifiers(text: str) -> Iterator[Match]:
    engine = shared()
    for hit in (*engine.scan(text), *hidden(text, engine)):
        if hit.rule.id.startswith(_PREFIXES) and not (
            hit.rule.id.startswith(_GROUPED) and _is_of_a_series(text, hit.start, hit.end)
        ):
            yield Match(hit.rule.id, hit.start, hit.end, hit.confidence, name=hit.rule.name)


def _is_of_a_series(text: str, start: int, end: int) -> bool:
    """Whether the groups of text[start:end] are numbers of a row that only grows, before it and
    behind it too, as offsets and widths do: `648 1288 1928 2568 3208 3848`."""
    groups = text[start:end].split()
    if len(groups) < 2 or not all(map(str.isdecimal, groups)):
        return False
    before = _LAST_GROUP.search(text, max(0, start - _GROUP_AWAY), start)
    after = _NEXT_GROUP.match(text, end, end + _GROUP_AWAY)
    if not before or not after:
        return False
    row = [int(group) for group in (before[1], *groups, after[1])]
    return all(a < b for a, b in pairwise(row))


def _found_names(texts: Sequence[str], host: "Host") -> Sequence[Sequence[Match]]:
    """What our language model finds in each text; nothing where it is off or replaced."""
    if not _names or host.engine is not None:
        return [()] * len(texts)
    from detectors.names import CONFIDENCE, find_many
    from detectors.presidio import CLASSES as NAMES

    return [
        [Match(NAMES[n.label], n.start, n.end, CONFIDENCE[n.label]) for n in names]
        for names in find_many(texts)
    ]


def _disjoint(matches: list[Match]) -> list[Match]:
    """Those that stay where some overlap, by place."""
    if len(matches) < 2:
        return matches
    from detectors.presidio import NAME_CLASSES

    def rank(match: Match) -> tuple[float, bool, int, int]:
        """The surer one first; a number that was looked for, not a name that seems to hold it."""
        is_name = match.data_class in NAME_CLASSES
        return -match.confidence, is_name, match.start - match.end, match.start

    starts: list[int] = []
    kept: list[Match] = []
    for match in sorted(matches, key=rank):
        at = bisect_left(starts, match.start)
        if at and kept[at - 1].end > match.start:
            continue
        if at < len(kept) and kept[at].start < match.end:
            continue
        starts.insert(at, match.start)
        kept.insert(at, match)
    return kept


def _pieces(text: str, matches: Sequence[Match]) -> Iterator[tuple[int, int, Sequence[Match]]]:
    """The text in pieces that cut no match, each with the matches inside."""
    if len(text) <= _PIECE and len(matches) <= _MOST:
        yield 0, len(text), matches
        return
    starts = [m.start for m in matches]
    begin = first = 0
    while begin < len(text):
        cut = min(len(text), begin + _PIECE)
        if cut < len(text):
            cut = text.rfind("\n", begin + _PIECE // 2, cut) + 1 or cut
        last = bisect_left(starts, cut)
        if last > first + _MOST:
            last = first + _MOST
            cut = starts[last - 1]
        if last > first:
            cut = max(cut, matches[last - 1].end)
        yield begin, cut, matches[first:last]
        begin, first = cut, last


def _load() -> "Host":
    global _host
    from detectors.presidio import host

    shared()
    _host = host(_recognizers)
    if _names and _host.engine is None:
        from detectors.names import model

        model()
    return _host


def _prepare() -> None:
    _load()


detector = Detector(
    name="personal-data",
    version=5,
    data_classes=CLASSES,
    find=find,
    hits=(
        "write to «colin.barber@libero.it»",
        "transfer it to «DE43823753598684269927» today",
        "please ask «Katarzyna Zielińska» about it",
    ),
    misses=(
        "write to the team",
        "transfer it to DE43823753598684269928 today",
        "please ask the accountant about it",
    ),
    load=_prepare,
    find_many=find_many,
)
