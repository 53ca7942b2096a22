"""Payment card numbers: who issues what, in which lengths.

Source: ISO/IEC 7812-1:2017; the issuers' published ranges of identification numbers (Visa,
Mastercard, American Express, Discover, JCB, UnionPay, Diners, Maestro, Mir, RuPay, Elo, Troy,
Verve). Misses: private-label cards outside these ranges; UATP, whose one digit is as common in
other numbers: such cards need a word for it beside them.
"""

import re

from detectors.validators import check
from detectors.validators.numbers import luhn

_ISSUERS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset({13, 16, 19})),  # Visa
    ("51", "55", frozenset({16})),  # Mastercard
    ("2221", "2720", frozenset({16})),
    ("34", "34", frozenset({15})),  # American Express
    ("37", "37", frozenset({15})),
    ("300", "305", frozenset({14, 16})),  # Diners Club
    ("309", "309", frozenset({14, 16})),
    ("36", "36", frozenset({14, 16, 19})),
    ("38", "39", frozenset({14, 16})),
    ("6011", "6011", frozenset({16, 19})),  # Discover
    ("622126", "622925", frozenset({16, 17, 18, 19})),
    ("644", "659", frozenset({16, 19})),
    ("3528", "3589", frozenset({16, 17, 18, 19})),  # JCB, and its ranges of old
    ("3088", "3094", frozenset({16})),
    ("3096", "3102", frozenset({16})),
    ("3112", "3120", frozenset({16})),
    ("3158", "3159", frozenset({16})),
    ("3337", "3349", frozenset({16})),
    ("1800", "1800", frozenset({15})),
    ("2131", "2131", frozenset({15})),
    ("62", "62", frozenset({16, 17, 18, 19})),  # UnionPay
    ("81", "82", frozenset({16, 17, 18, 19})),
    ("5018", "5018", frozenset(range(12, 20))),  # Maestro
    ("5020", "5020", frozenset(range(12, 20))),
    ("5038", "5038", frozenset(range(12, 20))),
    ("56", "58", frozenset(range(12, 20))),
    ("6304", "6304", frozenset(range(12, 20))),
    ("6390", "6390", frozenset(range(12, 20))),
    ("67", "67", frozenset(range(12, 20))),
    ("2200", "2205", frozenset({16, 17, 18, 19})),  # Mir
    ("60", "60", frozenset({16})),  # RuPay
    ("506", "509", frozenset({16, 19})),  # Verve, Elo, RuPay
    ("636", "637", frozenset({16, 17, 18, 19})),  # Elo, Hipercard, InterPayment
    ("9792", "9792", frozenset({16})),  # Troy
    ("5019", "5019", frozenset({16})),  # Dankort
)
_LAYOUT = re.compile(
    r"\d+|\d{4}([ .-])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ .-])\d{4}\2\d{4}\2\d{4}\2\d{1,3}"
    r"|\d{4}([ .-])\d{6}\3\d{4,5}|\d{4}([ .-])\d{4}\4\d{4,5}|\d{6}([ .-])\d{4,13}"
)


@check("card")
def card(value: str) -> bool:
    """A number in an issuer's range and length, with a valid check digit, grouped as on a card."""
    if not _LAYOUT.fullmatch(value.replace("  ", " ")):
        return False
    number = re.sub(r"[^0-9]", "", value)
    if len(set(number)) < 2:
        return False
    return luhn(number) and any(
        low <= number[: len(low)] <= high and len(number) in lengths
        for low, high, lengths in _ISSUERS
    )


@check("card_alone")
def card_alone(value: str) -> bool:
    """Fourteen digits or more, or grouped: of twelve and thirteen are article numbers too."""
    return not value.isdigit() or len(value) > 13


@check("several_digits")
def several_digits(value: str) -> bool:
    """Not one digit over and over."""
    return len(set(re.sub(r"[^0-9]", "", value))) > 1


@check("cvv")
def cvv(value: str) -> bool:
    """Three or four digits."""
    return value.isascii() and value.isdigit() and len(value) in (3, 4)
