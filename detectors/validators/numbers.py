"""Check digits of numbers: Luhn and everything python-stdnum knows.

Source: ISO/IEC 7812-1:2017, annex B (Luhn); https://arthurdejong.org/python-stdnum/ (2.2).
"""

import re
from importlib import import_module

from detectors.validators import Check, check, family

_GROUPING = re.compile(r"[\s./-]")


@check("luhn")
def luhn(value: str) -> bool:
    """Whether the last digit is the Luhn check digit of those before; separators are skipped."""
    digits = [int(c) for c in value if c.isascii() and c.isdigit()]
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * d, 10)) for d in digits[-2::-2])
    return len(digits) > 1 and total % 10 == 0


@family("stdnum")
def stdnum(module: str) -> Check:
    """The `is_valid` of python-stdnum's module, such as `de.idnr` or `iban`, however grouped."""
    try:
        is_valid = import_module(f"stdnum.{module}").is_valid
    except (ImportError, AttributeError):
        raise ValueError(f"python-stdnum has no `{module}`") from None

    def valid(value: str) -> bool:
        try:
            if is_valid(value):
                return True
            # people group digits in ways that the module does not expect
            together = _GROUPING.sub("", value)
            return together != value and bool(is_valid(together))
        except (ValueError, LookupError):  # some stumble over digits of other scripts, or over a
            return False  # place of birth whose county is not told

    return valid
