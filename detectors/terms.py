"""A company's own words: project names, customers, products; up to a million from plain files.

A text is cut into words once. Each word is looked up among the first words of all terms, all at
once; where one is found the term is followed word by word, the longest one counts. So the time is
linear in the text whatever the terms are, and a million of them take a few tens of megabytes,
which forked processes share. Only hashes are kept: who has the memory of a process does not have
the list.

Words are whole: `Falke` is not in `Falkensee`. What stands between the words of a term does not
matter (`Project Falcon`, `project-falcon`, `PROJECT_FALCON`). In scripts without blanks between
words every character is one.

Misses: terms inside compounds; words broken by a hyphen at the end of a line.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detectors.base import Detector, Match
from detectors.inflection import stem
from penstock.errors import ConfigError
from penstock.settings import DictionarySettings

LONGEST = 16
"""Most words of a term."""
TEST_TERM = "penstock test term 7f3k"
"""Always known, as `custom.penstock_test`: shows that terms are looked for."""
_TEST = re.compile("(?i)7f3k")
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[^\W_{_UNSPACED}]+|[{_UNSPACED}+#&@%$€*§]")
_BETWEEN = re.compile(r"[\s\-_/'’–—·]{0,3}|\.")

type _Hashes = np.ndarray[Any, np.dtype[np.int64]]
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


class Terms:
    """Terms that are read alike, as hashes of their beginnings."""

    def __init__(self, kinds: Sequence[Kind], entries: Iterable[Entry]) -> None:
        """`entries` refer to `kinds`, which agree in `case` and `inflected`."""
        self._kinds = tuple(kinds)
        self._word = _reading(kinds[0])
        first: set[int] = set()
        known: dict[int, int] = {}
        for term, kind in entries:
            words = [self._word(w) for w in _WORD.findall(term)]
            first.add(hash(words[0]))
            at = 0
            for i, word in enumerate(words, 1):
                at = hash((at, word))
                if i == len(words):
                    known[at] = kind + 1
                else:
                    known.setdefault(at, 0)
        self._first: _Hashes = np.array(sorted(first), dtype=np.int64)
        hashes = np.fromiter(known, np.int64, len(known))
        order = np.argsort(hashes)
        self._known: _Hashes = hashes[order]
        self._kind = np.fromiter(known.values(), np.uint16, len(known))[order]

    @property
    def size_bytes(self) -> int:
        """What they take in memory."""
        return int(self._first.nbytes + self._known.nbytes + self._kind.nbytes)

    def find(self, text: str, written: Sequence[str]) -> Iterator[Match]:
        """The terms among the words of `text`, left to right, the longest at each place."""
        distinct = list(set(written))  # a long text says most words many times
        hashes = np.fromiter((hash(self._word(w)) for w in distinct), np.int64, len(distinct))
        at = np.searchsorted(self._first, hashes)
        at[at == len(self._first)] = 0
        firsts = {distinct[i] for i in np.flatnonzero(self._first[at] == hashes).tolist()}
        if not firsts:
            return
        places = list(_WORD.finditer(text))
        free = 0
        for begin, word in enumerate(written):
            if begin < free or word not in firsts:
                continue
            if found := self._longest(text, places, written, begin):
                last, kind = found
                free = last + 1
                start, end = places[begin].start(), places[last].end()
                yield Match(kind.data_class, start, end, kind.confidence)

    def _longest(
        self, text: str, places: Sequence[re.Match[str]], written: Sequence[str], begin: int
    ) -> tuple[int, Kind] | None:
        best = None
        at = 0
        for i in range(begin, min(len(written), begin + LONGEST)):
            if i > begin and not _BETWEEN.fullmatch(text, places[i - 1].end(), places[i].start()):
                break
            at = hash((at, self._word(written[i])))
            place = int(np.searchsorted(self._known, at))
            if place == len(self._known) or self._known[place] != at:
                break
            if kind := int(self._kind[place]):
                best = i, self._kinds[kind - 1]
        return best


def _reading(kind: Kind) -> Callable[[str], str]:
    """How a word is read before it is compared."""
    if kind.inflected:
        return stem if kind.case else lambda word: stem(word.lower())
    return str if kind.case else str.lower


def read(dictionaries: Iterable[DictionarySettings]) -> tuple[Terms, ...]:
    """The terms of these files and the test term. ConfigError names the file and line at fault."""
    groups: dict[tuple[bool, bool], tuple[list[Kind], list[Entry]]] = {}
    test = Kind("custom.penstock_test", 0.99)
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
                words = _WORD.findall(term)
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
    written = _WORD.findall(text)
    for terms in _terms:
        yield from terms.find(text, written)


detector = Detector(
    name="terms",
    version=1,
    data_classes=frozenset({"custom.*"}),
    find=find,
    hits=("say «penstock test term 7f3k» now", "«PENSTOCK-TEST_term 7F3K»"),
    misses=("penstock test term", "penstock test, term 7f3k", "a term7f3k"),
    load=load,
)
