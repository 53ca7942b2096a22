"""Vehicles, devices and places.

Source: ISO 3779:2009 and 49 CFR 565.15 (VIN); 3GPP TS 23.003 (IMEI); ISO 6709:2022.
"""

import re

from detectors.validators import check
from detectors.validators.numbers import luhn


@check("vin")
def vin(value: str) -> bool:
    """Letters and digits as a vehicle has them: the last four are digits, some letters before.

    Its check digit is right in North America and China only, so that none is asked for.
    """
    return (
        len(value) == 17
        and value[-4:].isdigit()
        and sum(c.isalpha() for c in value) >= 3
        and not value[:3].isdigit()
        and len(set(value)) > 6
    )


@check("imei")
def imei(value: str) -> bool:
    """Fifteen digits with their check digit, or sixteen with a version in its place."""
    digits = re.sub(r"[^0-9]", "", value)
    return len(set(digits)) > 2 and (len(digits) == 16 or (len(digits) == 15 and luhn(digits)))


@check("plate")
def plate(value: str) -> bool:
    """Four to nine letters and digits, some of both."""
    signs = [c for c in value if c.isalnum()]
    digits = sum(c.isdigit() for c in signs)
    return 4 <= len(signs) <= 9 and 2 <= digits < len(signs)


@check("coordinates")
def coordinates(value: str) -> bool:
    """A latitude and a longitude, neither of them round."""
    parts = re.fullmatch(r"(-?[0-9]{1,3}\.[0-9]+)[ ,;/]+(-?[0-9]{1,3}\.[0-9]+)", value)
    return (
        parts is not None
        and abs(float(parts[1])) <= 90
        and abs(float(parts[2])) <= 180
        and not any(part.endswith("000") for part in parts.groups())
    )


@check("booking")
def booking(value: str) -> bool:
    """Capitals and digits that are no word: a digit among them, or one vowel at most."""
    vowels = sum(c in "AEIOU" for c in value)
    return (
        5 <= len(value) <= 8
        and not value.isdigit()
        and (any(c.isdigit() for c in value) or vowels < 2)
    )
