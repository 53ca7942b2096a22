"""Cells of tables in one form, whatever their case, accents, separators and order."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from detectors.fingerprints.keyed import Key, Words

type Indices = NDArray[np.intp]

_ALL = (1 << 64) - 1
LONGEST = 80
_POWERS = 4 * LONGEST + 1
"""No character takes more than four bytes."""
WITHIN = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
"""What may stand within a word and is none of its letters: accents by themselves, places where it
may be divided, and what has no width."""
_WORD = re.compile(rf"[^\W_]+(?:[{WITHIN}]+[^\W_]*)*")
ALONE = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Scripts that are written without spaces: each character is looked up as a word."""
PART = rf"[{ALONE}]|[^\W_{ALONE}]+(?:[{WITHIN}]+[^\W_]*)*"
"""What is looked up as a word."""
_PART = re.compile(PART)
MOST_PARTS = 5
"""Of a longer cell its first ones are looked for."""
GROUP_LETTERS = 4
"""Most letters of a group of a number that has no digit: that of the bank in an IBAN."""
FEWEST_DIGITS = 4
"""A shorter number is anybody's."""
IDEOGRAPH = 3
"""Bytes of a character that is a name by itself, as many in Chinese are."""
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "a", "œ": "o", "ı": "i", "ħ": "h"}
)
"""Those that are no letter with an accent."""
_SPELT = re.compile(r"(?<=[aou])e|(?<=a)a")
"""How people write ä, ö, ü, ø and å where they have no such key."""
_PHONE = re.compile(r"\s*(\+|00)?\s*([\d(][\d\s()./-]{5,22}\d)\s*")
_OUTSIDE, _NATIONAL = ("00", ""), ("0", "")
"""What stands before a number from abroad, and at home."""
SAMPLE = 1000
"""Cells by which it is said what a column holds,"""
MOSTLY = 0.8
"""and how many of them must be of that kind."""


def normal(text: str) -> str:
    """Letters and digits only: `Müller-Lüdenscheidt` and `Mueller Luedenscheidt` are
    `mullerludenscheidt`."""
    return "".join(map(normal_word, _WORD.findall(text)))


def normal_word(word: str) -> str:
    """The same of one word."""
    if word.isascii():
        plain = word.lower()
    else:
        parts = unicodedata.normalize("NFKD", word.casefold().translate(_LETTERS))
        plain = "".join(c for c in parts if c.isalnum())
    return _SPELT.sub("", plain)


def countable(value: str) -> bool:
    """Whether a value in its normal form says enough to be looked for."""
    length = len(value)
    if length > LONGEST or value.isdigit():
        return FEWEST_DIGITS <= length <= LONGEST
    return length >= 2 or len(value.encode("utf-8", "replace")) >= IDEOGRAPH


def words(text: str) -> int:
    """How many words a cell is looked up as."""
    return min(len(_PART.findall(text)), MOST_PARTS)


def values(text: str) -> Iterator[str]:
    """What a cell is in its normal form: a name also with its last word first, or its first one
    last; a number also without zeros before it, which spreadsheets drop."""
    parts = [normal_word(word) for word in _WORD.findall(text)]
    whole = "".join(parts)
    if whole.isdigit():
        yield from {whole, whole.lstrip("0")}
        return
    few = [normal_word(part) for part in _PART.findall(text)]
    yield whole if len(few) <= MOST_PARTS or _is_number(few) else "".join(few[:MOST_PARTS])
    if 1 < len(parts) <= 4 and all(map(str.isalpha, parts)):
        yield from {"".join(parts[-1:] + parts[:-1]), "".join(parts[1:] + parts[:1])}


def _is_number(parts: list[str]) -> bool:
    """Whether it is looked for as a whole, however many groups it has."""
    return not parts[0].isalpha() and all(
        len(part) <= GROUP_LETTERS or not part.isalpha() for part in parts
    )


# ── telephone numbers ─────────────────────────────────────────────────────────────────────────


def phones(column: Sequence[str]) -> bool:
    """Whether a column holds telephone numbers: most begin as they do."""
    sample = [cell for cell in column[:SAMPLE] if cell.strip()]
    return bool(sample) and sum(map(_is_phone, sample)) > MOSTLY * len(sample)


def _is_phone(cell: str) -> bool:
    found = _PHONE.fullmatch(cell)
    return found is not None and bool(found[1] or found[2].lstrip("(").startswith("0"))


def most_common_country(column: Sequence[str]) -> str:
    """The country code that most numbers of a column have; empty if none has one."""
    codes = [code for cell in column[:SAMPLE] if (code := _country(cell)[0])]
    return max(sorted(set(codes)), key=codes.count, default="")


def phone_values(cell: str, country: str) -> set[str]:
    """A number as it may be written: from abroad and at home, here in `country` if the cell does
    not say where it is."""
    code, rest = _country(cell)
    code = code or country
    found = {prefix + rest for prefix in _NATIONAL}
    if code:
        found |= {a + code + b + rest for a in _OUTSIDE for b in _NATIONAL}
    return found


def _country(cell: str) -> tuple[str, str]:
    """Country code, if it is said, and the number within the country."""
    found = _PHONE.fullmatch(cell)
    if found is None:
        return "", "".join(filter(str.isdigit, cell))
    digits = "".join(filter(str.isdigit, found[2]))
    if not found[1]:
        return "", digits.removeprefix("0")
    size = next((n for n in (1, 2, 3) if digits[:n] in _countries()), 0)
    return digits[:size], digits[size:].removeprefix("0")


@cache
def _countries() -> frozenset[str]:
    return frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))


# ── hashes ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Sums:
    """Values as polynomials in a secret number: those of parts make that of the whole."""

    key: Key
    powers: Words = field(repr=False)
    inverses: Words = field(repr=False)
    """Of those; there are, as the number is odd."""

    @classmethod
    def of(cls, secret: bytes) -> "Sums":
        """With the key of one installation."""
        key = Key.of(secret, "cells", 1)
        factor = int(key.factors[0])
        return cls(key, _powers(factor), _powers(pow(factor, -1, 1 << 64)))

    def plain(self, value: str) -> int:
        """Of one value, not yet sealed."""
        total, factor = 0, int(self.key.factors[0])
        for byte in value.encode("utf-8", "replace"):
            total = (total * factor + byte + 1) & _ALL
        return total

    def of_parts(
        self, parts: Words, sizes: NDArray[np.int64], first: Indices, last: Indices
    ) -> Words:
        """Of parts in a row put together, from the `first` to the `last`, not yet sealed; `parts`
        has the sum and `sizes` the bytes of every part. Those with one that is longer than any cell
        have any sum."""
        at = np.minimum(sizes, _POWERS - 1)
        # from the sums of all parts up to each, each counted from the beginning of the text
        totals = np.zeros(len(parts) + 1, np.uint64)
        np.cumsum(parts * np.multiply.accumulate(self.inverses[at]), out=totals[1:])
        found: Words = (totals[last + 1] - totals[first]) * np.multiply.accumulate(self.powers[at])[
            last
        ]
        return found

    def hashes(self, values: list[str]) -> Words:
        """The keyed hash of each value; none is empty."""
        if not values:
            return np.empty(0, np.uint64)
        parts = [value.encode("utf-8", "replace") for value in values]
        lengths = np.fromiter(map(len, parts), np.intp, len(parts))
        ends = np.cumsum(lengths)
        units = np.frombuffer(b"".join(parts), np.uint8).astype(np.uint64) + np.uint64(1)
        units *= self.powers[np.repeat(ends, lengths) - 1 - np.arange(len(units))]
        return self.key.sealed(np.add.reduceat(units, ends - lengths))


def _powers(factor: int) -> Words:
    return np.array([pow(factor, n, 1 << 64) for n in range(_POWERS)], np.uint64)
