"""Recovery phrases of wallets (BIP-39), wherever they stand in a text.

The rule `words.recovery_phrase` finds twelve words of three to eight letters in a row, parted alike
or not. Those that are on the list, with those of the list that follow, are a run; each 12, 15, 18,
21 or 24 of it whose checksum holds are a phrase: the words of a sentence before or after it may be
on the list too. Twelve words of it in a row are in no ordinary text, and of lists of such words,
which are in the order of the alphabet or long, nothing is made.

Misses: phrases of other languages' lists; with numbers or words between them, for which
`rules/networks.yaml` has rules of its own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from detectors.engine import Hit
from detectors.validators.recovery import SIZES, holds, number_of

_WORD = re.compile("[A-Za-z]+")
_NEXT = re.compile(
    r"""((?:["',; \t]{1,4}|["',; \t]{0,3}\r?\n[ \t>*"'-]{0,8}))([A-Za-z]{3,8})(?![^\W_])"""
)
_LONG = 48
"""In a run of more words only what is parted from the rest in another way is a phrase."""

type _Word = tuple[int, int, int, str]
"""Where it begins and ends, its number on the list, and what parts it from the word before."""


def phrases(text: str, hits: Iterable[Hit]) -> Iterator[Hit]:
    """A hit for each phrase in the runs that begin in `hits`, which come by place."""
    done = 0
    for hit in hits:
        if hit.end > done:
            run = _run(text, hit)
            if run:
                done = run[-1][1]
            for first, last in _phrases_in(run):
                yield replace(hit, start=run[first][0], end=run[last - 1][1])


def _run(text: str, hit: Hit) -> list[_Word]:
    """The words of the list that the hit ends with and that follow it."""
    run: list[_Word] = []
    end = hit.start
    for word in _WORD.finditer(text, hit.start, hit.end):
        number = number_of(word[0])
        if number < 0:
            run = []
        else:
            run.append((word.start(), word.end(), number, text[end : word.start()] if run else ""))
        end = word.end()
    while run and (following := _NEXT.match(text, run[-1][1])):
        number = number_of(following[2])
        if number < 0:
            break
        run.append((following.start(2), following.end(2), number, following[1]))
    return run


def _phrases_in(run: list[_Word]) -> list[tuple[int, int]]:
    """The first word of each phrase and the one after its last; none overlaps another."""
    count = len(run)
    found: list[tuple[int, int, int]] = []
    for first in range(count - min(SIZES) + 1):
        before = not first or run[first][3] != run[first + 1][3]
        if count > _LONG and not before:
            continue
        for size in SIZES:
            last = first + size
            if last > count:
                break
            after = last == count or run[last][3] != run[last - 1][3]
            if count > _LONG and not after:
                continue
            numbers = [number for _, _, number, _ in run[first:last]]
            if holds(numbers) and numbers not in (sorted(numbers), sorted(numbers)[::-1]):
                found.append((-(before + after), -size, first))
    kept: list[tuple[int, int]] = []
    for _, size, first in sorted(found):
        last = first - size
        if all(last <= other or first >= end for other, end in kept):
            kept.append((first, last))
    return sorted(kept)
