"""The words of a text as numbers, all at once: where each begins and ends and what it reads as.

A long text is taken apart by array operations alone, some forty million characters a second.
The numbers are hashes with a key of this process: they mean nothing outside it.

A word is letters and digits in a row. In scripts without blanks between words every character is
one, and so are a few signs (`C#`, `R&D`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from secrets import randbits
from typing import Any

import numpy as np

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[^\W_{_UNSPACED}]+|[{_UNSPACED}+#&@%$€*§]")
_ALONE = re.compile(rf"[{_UNSPACED}+#&@%$€*§]")
_BETWEEN = re.compile(r"[\s\-_/'’–—·]")
_LAST = 0x33480
"""Beyond it no letter has a place in Unicode yet."""
_GAP = 3
"""So many characters may stand between two words of a term."""
_OTHER, _LETTER, _SIGN, _SPACE, _POINT = range(5)

type Hashes = np.ndarray[Any, np.dtype[np.uint64]]
type Places = np.ndarray[Any, np.dtype[np.int64]]
type Flags = np.ndarray[Any, np.dtype[np.bool_]]
type _Sorts = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True)
class _Alphabet:
    """What each character is, and the numbers that words are made of."""

    sorts: _Sorts
    exact: Hashes
    alike: Hashes
    """The same for a capital and its small letter."""
    places: Hashes
    """What the place of a letter in its word is multiplied by."""


@cache
def _alphabet() -> _Alphabet:
    characters = [chr(c) for c in range(_LAST)]
    sorts = np.zeros(_LAST + 1, np.uint8)
    folded = np.arange(_LAST + 1)
    for code, character in enumerate(characters):
        if character.isalnum():
            sorts[code] = _SIGN if _ALONE.match(character) else _LETTER
            folded[code] = ord(character.casefold()) if len(character.casefold()) == 1 else code
        elif _ALONE.match(character):
            sorts[code] = _SIGN
        elif _BETWEEN.match(character):
            sorts[code] = _SPACE
    sorts[ord(".")] = _POINT
    chance = np.random.default_rng(randbits(128))
    exact = chance.integers(0, 2**64, _LAST + 1, np.uint64)
    return _Alphabet(sorts, exact, exact[folded], chance.integers(0, 2**63, 64, np.uint64) * 2 + 1)


class Words:
    """The words of one text, by place."""

    def __init__(self, text: str) -> None:
        """`text` without half surrogate pairs."""
        self.text = text
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        self._codes = np.minimum(codes, _LAST)
        self._sorts = _alphabet().sorts[self._codes]
        letters, signs = self._sorts == _LETTER, self._sorts == _SIGN
        first, last = letters.copy(), letters.copy()
        first[1:] &= ~letters[:-1]
        last[:-1] &= ~letters[1:]
        self._inside = letters | signs
        self.starts: Places = np.flatnonzero(first | signs)
        self.ends: Places = np.flatnonzero(last | signs) + 1

    def __len__(self) -> int:
        """How many."""
        return len(self.starts)

    def hashes(self, *, case: bool) -> Hashes:
        """A number for each word; `case`: another one when capitals differ."""
        if not len(self):
            return np.zeros(0, np.uint64)
        alphabet = _alphabet()
        # words stand one after the other here, without what is between them
        lengths = self.ends - self.starts
        offsets = np.cumsum(lengths) - lengths
        at = np.arange(int(lengths.sum()), dtype=np.int32)
        codes = self._codes[self._inside]
        at -= np.repeat(offsets.astype(np.int32), lengths)  # the place in its word
        at &= 63
        values = (alphabet.exact if case else alphabet.alike)[codes]
        values *= alphabet.places[at]
        return mixed(np.add.reduceat(values, offsets), np.uint64(0))

    def joined(self, places: Places) -> Flags:
        """Whether each of these words and the next one may be of one term."""
        begin = self.ends[places]
        width = self.starts[places + 1] - begin
        joined: Flags = width <= _GAP
        for i in range(_GAP):
            inside = joined & (width > i)
            sort = self._sorts[begin[inside] + i]
            joined[inside] = (sort == _SPACE) | ((sort == _POINT) & (width[inside] == 1))
        return joined


def mixed(one: Hashes, other: Hashes | np.uint64) -> Hashes:
    """One number of two, in which every bit matters."""
    both = one * np.uint64(0x9E3779B97F4A7C15) ^ other
    both ^= both >> np.uint64(32)
    both *= np.uint64(0xD6E8FEB86659FD93)
    both ^= both >> np.uint64(29)
    return both


def words_of(texts: Sequence[str]) -> tuple[Words, Places]:
    """The words of several texts together, and of which text each is."""
    words = Words("\n".join(texts))
    begins = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
    return words, np.searchsorted(begins, words.starts, "right") - 1
