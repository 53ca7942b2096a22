"""Bank accounts.

Source: ISO 13616-1:2020 and its registry, as in python-stdnum.
"""

from stdnum import iban as _iban
from stdnum.exceptions import ValidationError

from detectors.validators import check
from detectors.validators.checksums import base58check, bech32


@check("iban")
def iban(value: str) -> bool:
    """The country's length and structure and the check digits hold."""
    try:
        _iban.validate(value, check_country=False)
    except ValidationError:
        return False
    return True


@check("bitcoin")
def bitcoin(value: str) -> bool:
    """A Base58Check or bech32 (version 0) address whose checksum holds."""
    return bech32(value) if value.startswith("bc1") else base58check(value)


@check("pl_nrb")
def pl_nrb(value: str) -> bool:
    """The 26 digits of a Polish account: an IBAN without `PL`."""
    return iban("PL" + value.replace(" ", "").replace("-", ""))


@check("clabe")
def clabe(value: str) -> bool:
    """Eighteen digits, weighted 3, 7, 1 over and over. Source: Banco de México, circular 2019."""
    digits = [int(c) for c in value if "0" <= c <= "9"]
    weighted = sum(d * (3, 7, 1)[i % 3] % 10 for i, d in enumerate(digits[:17]))
    return len(digits) == 18 and -weighted % 10 == digits[17]
