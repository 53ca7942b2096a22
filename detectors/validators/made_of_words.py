"""Whether a password is made of plain words for things: `kestrelharbour`, `Otter.Lantern.47`.

Of letters alone nothing shows that they are a password, so the words are known: the list beside
this file holds what people make passwords of, that of recovery phrases (`bip39.txt`) what may stand
beside.
"""

import re
from functools import cache
from pathlib import Path

from detectors.validators import check

_HERE = Path(__file__).parent
_SIGN = "[-_.+ !#$%&*?@]"
_SHAPE = re.compile(
    rf"([A-Za-zß-ÿ]++(?:{_SIGN}[A-Za-zß-ÿ]++){{0,8}})([-_.!#$%&*?@+]?\d{{2,4}})?[!?.#$%*]?"
)
"""Each sign ends a word and nothing else does: what may be divided in many ways takes hours."""
_PIECE = re.compile(r"[A-Z]?[a-zß-ÿ]+|[A-Z]+(?![a-z])")
_WORD_AND_NUMBER = re.compile(
    r"([A-Z]?[a-zß-ÿ]{5,20})(?!1024|2048|4096|8192|128|192|256|384|512|19\d\d|20\d\d|8080|8859|125\d)\d{3,4}"
)
"""`abdomen5777`, but neither a year, nor what says how long a key or which alphabet it is."""
_SEPARATOR = re.compile(_SIGN)


@cache
def known(kind: str) -> frozenset[str]:
    """The words of `made_of_words.txt` on the lines of that kind."""
    lines = Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines()
    return frozenset(w for line in lines if line.startswith(f"{kind} ") for w in line.split()[1:])


@cache
def _beside() -> frozenset[str]:
    words = (_HERE / "bip39.txt").read_text("utf-8").split()
    return (known("thing") | {word for word in words if len(word) > 3}) - known("program")


def of_words(value: str) -> bool:
    """Two words for things and more, with or without signs between, or one and a number.

    Of four words and more with signs between it is enough that one is known and none of programs.
    """
    if not 6 + 2 * value.isalpha() <= len(value) <= 128 or not (match := _SHAPE.fullmatch(value)):
        return False
    if (word := _WORD_AND_NUMBER.fullmatch(value)) and word[1].lower() not in known("program"):
        return True
    pieces = [piece.lower() for piece in _PIECE.findall(match[1])]
    if len(pieces) > 3 and _SEPARATOR.search(match[1]):
        if len(set(pieces)) < len(pieces) or min(map(len, pieces)) < 3:
            return False
        return not known("program").intersection(pieces) and not _beside().isdisjoint(pieces)
    if not known("one").isdisjoint(pieces):
        return False
    if len(pieces) == 2 and not match[2] and _SEPARATOR.search(match[1]):
        return False  # what two words with a sign between are in any sentence
    words = [word for piece in pieces for word in _words(piece)]
    if not words or not all(words) or len(set(words)) < len(words):
        return False
    things = sum(map(is_thing, words))
    return things >= 1 and (len(words) > 1 or bool(match[2]))


def is_thing(word: str) -> bool:
    """Whether it is a word for a thing and no word of programs."""
    return word in known("thing") and word not in known("program")


def _words(piece: str) -> list[str]:
    """The fewest known words that it is made of, else one empty word."""
    if len(piece) > 40:
        return [""]
    every = _beside()
    best: list[list[str] | None] = [[]] + [None] * len(piece)
    for end in range(4, len(piece) + 1):
        for start in range(max(0, end - 14), end - 3):
            before = best[start]
            if before is not None and piece[start:end] in every:
                here = best[end]
                if here is None or len(before) + 1 < len(here):
                    best[end] = [*before, piece[start:end]]
    return best[-1] or [""]


@check("plain_words")
def plain_words(value: str) -> bool:
    """The same, or with blanks four to sixteen words of which two and a third are for things,
    whatever stands between them: `correct horse the battery`. Only where quotation marks or the
    ends of a line say where it begins and ends."""
    words = value.lower().split(" ")
    if len(words) == 1:
        return of_words(value)
    things = sum(map(is_thing, words))
    return 4 <= len(words) <= 16 and things >= 2 and 3 * things >= len(words)
