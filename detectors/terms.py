"""A company's own words: project names, customers, products; up to a million from plain files.

A text is cut into words once, as numbers (`words.py`). The numbers of the words of a term make
one number more, and so do those of each of its beginnings. Word by word, for all places of the
text at once, a bit says whether some term goes on like this; few places remain after two words.
So the time is linear in the text whatever the terms are, and a million of them take twenty
megabytes, which forked processes share. Only hashes are kept: who has the memory of a process
does not have the list.

Words are whole: `Falke` is not in `Falkensee`. What stands between the words of a term does not
matter (`Project Falcon`, `project-falcon`, `PROJECT_FALCON`). In scripts without blanks between
words every character is one.

Misses: terms inside compounds; words broken by a hyphen at the end of a line.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any

import numpy as np

from detectors.base import Detector, Match
from detectors.inflection import stem
from detectors.words import WORD, Flags, Hashes, Words, mixed, words_of
from penstock.errors import ConfigError
from penstock.settings import DictionarySettings

LONGEST = 16
"""Most words of a term."""
TEST_CLASS = "custom.penstock_test"
TEST_TERM = "penstock test term 7f3k"
"""Always known, as `TEST_CLASS`: shows that terms are looked for."""
_TEST = re.compile("(?i)7f3k")
_BITS_EACH = 24
"""So many bits for each number that is known: one other number in twenty-four seems known too."""
_BATCH = 50_000

type Entry = tuple[str, int]
"""A term as its file has it, and which of the kinds it is of."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the terms of one dictionary are."""

    data_class: str
    confidence: float
    case: bool = False
    """Whether capitals must be as in the dictionary."""
    inflected: bool = False
    """Whether endings of words may differ."""


class Seen:
    """Whether a number may be one of many: no for certain, or probably."""

    def __init__(self, numbers: Hashes) -> None:
        size = max(10, int(len(numbers) * _BITS_EACH).bit_length())
        self._shift = np.uint64(64 - size)
        bits = np.zeros(1 << size, np.bool_)
        bits[numbers >> self._shift] = True
        self.table = np.packbits(bits, bitorder="little")

    def __call__(self, numbers: Hashes) -> Flags:
        """For each number."""
        at = numbers >> self._shift
        found: Flags = (self.table[at >> np.uint64(3)] >> (at & np.uint64(7)).astype(np.uint8)) & 1
        return found.astype(np.bool_)


class Terms:
    """Terms that are read alike, as numbers."""

    def __init__(self, kinds: Sequence[Kind], entries: Iterable[Entry]) -> None:
        """`entries` refer to `kinds`, which agree in `case` and `inflected`."""
        self._kinds = tuple(kinds)
        begun: list[Hashes] = []
        whole: list[Hashes] = []
        which: list[np.ndarray[Any, np.dtype[np.uint16]]] = []
        for batch in batched(entries, _BATCH):
            words, owners = words_of([term for term, _ in batch])
            kind = np.array([number for _, number in batch], np.uint16)
            read = self._read(words)
            count = np.bincount(owners, minlength=len(batch))
            first = np.cumsum(count) - count
            live = np.flatnonzero(count)
            at = np.zeros(len(live), np.uint64)
            for i in range(LONGEST):
                at = mixed(at, read[first[live] + i])
                ends = count[live] == i + 1
                whole.append(at[ends])
                which.append(kind[live[ends]])
                live, at = live[~ends], at[~ends]
                begun.append(at)
        known, place = np.unique(np.concatenate(whole), return_index=True)
        self._known: Hashes = known
        self._kind = np.concatenate(which)[place]
        self._begun = Seen(np.unique(np.concatenate(begun)))
        self._whole = Seen(known)

    @property
    def size_bytes(self) -> int:
        """What they take in memory."""
        tables = self._begun.table.nbytes + self._whole.table.nbytes
        return int(self._known.nbytes + self._kind.nbytes + tables)

    def find(self, words: Words) -> Iterator[Match]:
        """The terms among `words`, left to right, the longest at each place."""
        read = self._read(words)
        longest: dict[int, tuple[int, int]] = {}
        begin = np.arange(len(words))
        at = mixed(np.zeros(len(words), np.uint64), read)
        for i in range(LONGEST):
            self._take(longest, begin, at, i)
            on = self._begun(at) & (begin + i + 1 < len(words))
            begin, at = begin[on], at[on]
            joined = words.joined(begin + i)
            begin, at = begin[joined], at[joined]
            if not len(begin):
                break
            at = mixed(at, read[begin + i + 1])
        free = 0
        for first, (last, number) in sorted(longest.items()):
            if first >= free:
                free = last + 1
                kind = self._kinds[number]
                start, end = int(words.starts[first]), int(words.ends[last])
                yield Match(kind.data_class, start, end, kind.confidence)

    def _take(
        self, longest: dict[int, tuple[int, int]], begin: Any, at: Hashes, further: int
    ) -> None:
        """Note which of the words `begin`, with so many after it, are a term by their number."""
        likely = np.flatnonzero(self._whole(at))
        place = np.searchsorted(self._known, at[likely])
        place[place == len(self._known)] = 0
        sure = self._known[place] == at[likely]
        for first, kind in zip(begin[likely[sure]], self._kind[place[sure]], strict=True):
            longest[int(first)] = int(first) + further, int(kind)

    def _read(self, words: Words) -> Hashes:
        """The number of each word, as these terms are read."""
        kind = self._kinds[0]
        if not kind.inflected:
            return words.hashes(case=kind.case)
        # endings are taken off each different word once
        _, places, which = np.unique(
            words.hashes(case=True), return_index=True, return_inverse=True
        )
        bounds = zip(words.starts[places].tolist(), words.ends[places].tolist(), strict=True)
        written = (words.text[start:end] for start, end in bounds)
        stems = [stem(word if kind.case else word.lower()) for word in written]
        if not stems:
            return np.zeros(0, np.uint64)
        shorter, owners = words_of(stems)
        first = np.searchsorted(owners, np.arange(len(stems)))  # `İ` in small letters is two
        return shorter.hashes(case=kind.case)[first][which]


def read(dictionaries: Iterable[DictionarySettings]) -> tuple[Terms, ...]:
    """The terms of these files and the test term. ConfigError names the file and line at fault."""
    groups: dict[tuple[bool, bool], tuple[list[Kind], list[Entry]]] = {}
    test = Kind(TEST_CLASS, 0.99)
    groups[False, False] = [test], [(TEST_TERM, 0)]
    for dictionary in dictionaries:
        kind = Kind(
            dictionary.data_class, dictionary.confidence, dictionary.case, dictionary.inflected
        )
        kinds, entries = groups.setdefault((kind.case, kind.inflected), ([], []))
        kinds.append(kind)
        entries += ((term, len(kinds) - 1) for term in lines(dictionary.file))
    return tuple(Terms(kinds, entries) for kinds, entries in groups.values() if kinds)


def lines(path: Path) -> Iterator[str]:
    """The terms of a file: UTF-8, one to a line, `#` begins a comment. Raises ConfigError."""
    some = False
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    term = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                except UnicodeDecodeError:
                    raise ConfigError(f"{path}:{number}: not UTF-8") from None
                if not term or term.startswith("#"):
                    continue
                words = WORD.findall(term)
                if sum(map(len, words)) < 2:
                    raise ConfigError(f"{path}:{number}: a term has two letters or more")
                if len(words) > LONGEST:
                    raise ConfigError(f"{path}:{number}: a term has {LONGEST} words or fewer")
                some = True
                yield term
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    if not some:
        raise ConfigError(f"{path}: there is no term in it")


_dictionaries: tuple[DictionarySettings, ...] = ()
_terms: tuple[Terms, ...] = ()


def configure(dictionaries: tuple[DictionarySettings, ...]) -> None:
    """Before `load`: the files to read."""
    global _dictionaries, _terms
    _dictionaries, _terms = dictionaries, ()


def load() -> None:
    """Read the files."""
    global _terms
    _terms = read(_dictionaries)


def find(text: str) -> Iterator[Match]:
    """Yield the company's terms, dictionary by dictionary."""
    if not _terms:
        load()
    if not _dictionaries and not _TEST.search(text):
        return
    words = Words(text)
    for terms in _terms:
        yield from terms.find(words)


detector = Detector(
    name="terms",
    version=2,
    data_classes=frozenset({"custom.*"}),
    find=find,
    hits=("say «penstock test term 7f3k» now", "«PENSTOCK-TEST_term 7F3K»"),
    misses=("penstock test term", "penstock test, term 7f3k", "a term7f3k"),
    load=load,
)
