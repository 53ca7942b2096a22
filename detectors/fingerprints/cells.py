"""Cells of tables in one form, whatever their case, accents, separators and order of a date."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from detectors.fingerprints.keyed import Key, Words

_ALL = (1 << 64) - 1
LONGEST = 80
_POWERS = 4 * LONGEST + 1
"""No character takes more than four bytes."""
_WORD = re.compile(r"[^\W_]+")
FEWEST_DIGITS = 4
"""A shorter number is anybody's."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar jänner janvier enero ene gennaio",
            "feb february februar février fevrier febrero febbraio",
            "mar march märz maerz mrz mars marzo",
            "apr april avril abril abr aprile",
            "may mai mayo maggio",
            "jun june juni juin junio giugno",
            "jul july juli juillet julio luglio",
            "aug august août aout agosto ago",
            "sep sept september septembre septiembre settembre",
            "oct october oktober okt octobre octubre ottobre",
            "nov november novembre noviembre",
            "dec december dezember dez décembre decembre diciembre dic dicembre",
        ),
        1,
    )
    for name in names.split()
}
_NUMERIC = re.compile(r"(?<!\d)(\d{1,4})([./-]) ?(\d{1,2})\2 ?(\d{4}|\d{2})(?!\d)")
_NUMBERS = re.compile(r"\d[./-] ?\d\d?[./-]")
_YEAR = re.compile(r"[12]\d{3}(?!\d)")
"""No date is without the one or the other; both begin with digits, which are found at once."""
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:\.|st|nd|rd|th|er)?(?: de| of)? ?([^\W\d_]{3,12})\.?,?(?: de)?"
    r" (\d{4})(?!\d)"
)
_MONTH_DAY = re.compile(r"\b([^\W\d_]{3,12})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?!\d)")


def normal(text: str) -> str:
    """Letters and digits only: `Müller-Lüdenscheidt` is `mullerludenscheidt`."""
    if text.isascii():
        return "".join(filter(str.isalnum, text)).lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if c.isalnum())


def countable(value: str) -> bool:
    """Whether a value in its normal form says enough to be looked for."""
    length = len(value)
    return length <= LONGEST and (length >= FEWEST_DIGITS or (length >= 2 and not value.isdigit()))


def words(text: str) -> int:
    """How many words a cell has."""
    return len(_WORD.findall(text))


def dates(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and value of each date; one that can be read in two ways comes twice."""
    for found in _NUMERIC.finditer(text) if _NUMBERS.search(text) else ():
        first, _, second, third = found.groups()
        if len(first) == 4:
            readings = {(first, second, third)}
        elif len(first) <= 2:
            readings = {(third, second, first), (third, first, second)}
        else:
            continue
        for year, month, day in sorted(readings):
            if value := _date(year, int(month), int(day)):
                yield *found.span(), value
    if not _YEAR.search(text):
        return
    for found in _DAY_MONTH.finditer(text):
        if value := _date(found[3], _MONTHS.get(found[2].lower(), 0), int(found[1])):
            yield *found.span(), value
    for found in _MONTH_DAY.finditer(text):
        if value := _date(found[3], _MONTHS.get(found[1].lower(), 0), int(found[2])):
            yield *found.span(), value


def _date(year: str, month: int, day: int) -> str:
    if not (1 <= month <= 12 and 1 <= day <= 31 and len(year) in (2, 4)):
        return ""
    # of a year with two digits the century does not matter: both are hashed without it
    return f"date:{year[-2:]}{month:02}{day:02}"


def is_date(text: str) -> bool:
    """Whether a cell holds nothing but a date."""
    text = text.strip()
    return any((start, end) == (0, len(text)) for start, end, _ in dates(text))


def date_value(text: str, month_first: bool) -> str:
    """The value of a cell that is a date; empty if it is none."""
    values = [value for _, _, value in dates(text.strip())]
    if len(values) == 2 and (found := _NUMERIC.search(text)):
        day, month = (found[3], found[1]) if month_first else (found[1], found[3])
        return _date(found[4], int(month), int(day))
    return values[0] if values else ""


def month_first(column: Iterable[str]) -> bool:
    """Whether the dates of a column are written as in the United States."""
    for cell in column:
        if (found := _NUMERIC.search(cell)) and len(found[1]) <= 2 and int(found[3]) > 12:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Sums:
    """Values as polynomials in a secret number: those of parts make that of the whole."""

    key: Key
    powers: Words = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> "Sums":
        """With the key of one installation."""
        key = Key.of(secret, "cells", 1)
        return cls(key, _powers(int(key.factors[0])))

    def plain(self, value: str) -> int:
        """Of one value, not yet sealed."""
        total, factor = 0, int(self.key.factors[0])
        for byte in value.encode("utf-8", "replace"):
            total = (total * factor + byte + 1) & _ALL
        return total

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
