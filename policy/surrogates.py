"""Values that look like the value they stand for and belong to nobody we know of.

Made from a keyed hash, so that the same value has the same surrogate and without the key nobody
can tell which value it was. Lengths, separators and check digits stay, so that a program that
reads the prompt's data still can: a card begins with 9, which no issuer has; mail goes to
example.com (RFC 2606), addresses of machines lie in the ranges for documentation (RFC 5737,
RFC 3849), a date moves by up to a year.

Misses: a telephone or identity number may by chance be somebody's.
"""

import hmac
import re
from collections.abc import Iterator
from datetime import date, timedelta

_DATE = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")


def surrogate(data_class: str, value: str, key: bytes, attempt: int = 0) -> str | None:
    """One for `value`; another one per `attempt`. None where the class has no such form."""
    draw = _digits(f"{data_class}\0{attempt}\0{value}", key)
    match data_class.split(".")[:2]:
        case ["pii", "person" | "organization" | "location" | "address"]:
            return None
        case ["pii", "email"]:
            return "".join(_letter(next(draw)) for _ in range(8)) + "@example.com"
        case ["pii", "ip"]:
            return _machine(value, draw)
        case ["pii", "date_of_birth"]:
            return _moved(value, draw)
        case ["pii", "phone"]:
            return _phone(value, draw)
        case ["pci", "card_number"]:
            return _card(value, draw)
        case ["fin", "iban"]:
            return _iban(value, draw)
    return _shaped(value, draw) if any(c.isdigit() for c in value) else None


def _digits(what: str, key: bytes) -> Iterator[int]:
    """Numbers from 0 to 65535 without end."""
    block = 0
    while True:
        digest = hmac.digest(key, f"{block}\0{what}".encode("utf-8", "surrogatepass"), "sha256")
        yield from (digest[i] << 8 | digest[i + 1] for i in range(0, len(digest), 2))
        block += 1


def _letter(number: int) -> str:
    return "abcdefghijkmnopqrstuvwxyz"[number % 25]


def _shaped(value: str, draw: Iterator[int]) -> str:
    """Digits for digits, letters for letters of the same case."""
    out = []
    for c in value:
        if c.isdigit():
            out.append(str(next(draw) % 10))
        elif c.isascii() and c.isalpha():
            letter = _letter(next(draw))
            out.append(letter.upper() if c.isupper() else letter)
        else:
            out.append(c)
    return "".join(out)


def _phone(value: str, draw: Iterator[int]) -> str:
    """The last six digits are others."""
    places = [i for i, c in enumerate(value) if c.isdigit()][-6:]
    out = list(value)
    for i in places:
        out[i] = str(next(draw) % 10)
    return "".join(out)


def _card(value: str, draw: Iterator[int]) -> str:
    places = [i for i, c in enumerate(value) if c.isascii() and c.isdigit()]
    if len(places) < 2:
        return _shaped(value, draw)
    digits = [9, *(next(draw) % 10 for _ in places[2:])]
    total = sum(digits[-2::-2]) + sum(sum(divmod(2 * d, 10)) for d in digits[-1::-2])
    digits.append(-total % 10)
    out = list(value)
    for i, digit in zip(places, digits, strict=True):
        out[i] = str(digit)
    return "".join(out)


def _iban(value: str, draw: Iterator[int]) -> str:
    places = [i for i, c in enumerate(value) if c.isascii() and c.isalnum()]
    old = "".join(value[i] for i in places).upper()
    if len(old) < 5:
        return _shaped(value, draw)
    account = _shaped(old[4:], draw)
    check = 98 - int("".join(str(int(c, 36)) for c in account + old[:2] + "00")) % 97
    out = list(value)
    for i, c in zip(places, f"{old[:2]}{check:02d}{account}", strict=True):
        out[i] = c
    return "".join(out)


def _machine(value: str, draw: Iterator[int]) -> str:
    if re.fullmatch(r"\d+(?:\.\d+){3}", value):
        network = ("192.0.2", "198.51.100", "203.0.113")[next(draw) % 3]
        return f"{network}.{next(draw) % 254 + 1}"
    if value.count(":") > 1 and not re.fullmatch(r"(?:\w\w:){5}\w\w", value):
        return f"2001:db8::{next(draw):x}:{next(draw):x}"
    hexadecimal = "".join(
        f"{next(draw) % 16:x}" if c in "0123456789abcdefABCDEF" else c for c in value
    )
    return "02" + hexadecimal[2:]  # of those that everyone may assign


def _moved(value: str, draw: Iterator[int]) -> str | None:
    match = _DATE.fullmatch(value)
    if match is None:
        return None
    first, sign, middle, last = match.groups()
    year_first = len(first) == 4
    year, day = (first, last) if year_first else (last, first)
    try:
        born = date(int(year), int(middle), int(day))
    except ValueError:
        return None
    moved = born - timedelta(days=1 + next(draw) % 365)
    new_year = f"{moved.year:04d}" if len(year) == 4 else f"{moved.year % 100:02d}"
    parts = [new_year, f"{moved.month:0{len(middle)}d}", f"{moved.day:0{len(day)}d}"]
    return sign.join(parts if year_first else reversed(parts))
