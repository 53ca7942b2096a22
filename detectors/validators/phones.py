"""Telephone numbers, by the numbering plans in phonenumbers.

Source: https://github.com/daviddrysdale/python-phonenumbers (metadata of libphonenumber 9).
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import phonenumbers
from phonenumbers import PhoneMetadata

from detectors.validators import check

_REGIONS = (
    "US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "PT", "AT", "CH", "BE", "SE", "DK", "NO",
    "FI", "CZ", "SK", "RO", "HU", "HR", "IE", "GR", "BG", "SI", "LT", "LV", "EE", "LU", "AU",
    "IN", "BR", "MX", "AR", "CO", "JP", "KR", "SG", "TR", "ZA", "NZ", "IL", "PH", "NG", "CL",
    "CN", "TW", "HK", "UA", "AE", "EG", "SA", "TH", "VN", "ID", "MY", "RU",
)  # fmt: skip
_DATE = re.compile(
    r"(?:19|20)\d\d([-./ ])\d{1,2}\1\d{1,2}|\d{1,2}([-./ ])\d{1,2}\2(?:19|20)\d\d"
    r"|(?:19|20)\d\d[-/ –](?:19|20)\d\d|(?:19|20)\d\d[-./](?:0[1-9]|1[0-2])"
    r"|\((?:19|20)\d\d\) ?\d{1,4}"  # a proposal of the European Commission: KOM(2004)0367
)
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IP = re.compile(rf"(?!\d\d(?:\.\d\d){{3}}$){_BYTE}(?:\.{_BYTE}){{3}}")
"""A network address, which numbers in pairs with points look like: `612.34.67.93` and `36.34.30.18`
are none."""


_AMOUNT = re.compile(r"[1-9]\d?([ .,'])\d{3}\1\d{3}")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What every valid number of a region is like, said by expressions over its digits.

    The library takes a hundred times as long to say that a number is none.
    """

    code: str
    """The country's."""
    abroad: re.Pattern[str]
    """What is dialled before the code of another country."""
    prefix: re.Pattern[str]
    """What is dialled before a number of the own country."""
    becomes: str
    """What the prefix and what it holds are replaced by."""
    number: re.Pattern[str]

    def may_hold(self, digits: str) -> bool:
        """Whether the library has to be asked about `digits`."""
        return (
            self._is_one(digits)
            or (digits.startswith(self.code) and self._is_one(digits[len(self.code) :]))
            or self.abroad.match(digits) is not None
        )

    def _is_one(self, digits: str) -> bool:
        if self.number.fullmatch(digits):
            return True
        prefix = self.prefix.match(digits)
        if not prefix:
            return False
        known = prefix.lastindex and prefix[prefix.lastindex] is not None
        instead = prefix.expand(self.becomes) if known and self.becomes else ""
        return self.number.fullmatch(instead + digits[prefix.end() :]) is not None


def _metadata(region: str) -> Any:
    return PhoneMetadata.metadata_for_region(region)


@cache
def _plan(region: str) -> _Plan:
    own = _metadata(region)
    # a number dialled here may belong to a neighbour with the same code: Canada, the Isle of Man
    patterns = [
        _metadata(other).general_desc.national_number_pattern
        for other in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[own.country_code]
    ]
    return _Plan(
        code=str(own.country_code),
        abroad=re.compile(own.international_prefix or r"\Z."),
        prefix=re.compile(own.national_prefix_for_parsing or r"\Z."),
        becomes=own.national_prefix_transform_rule or "",
        number=re.compile("|".join(f"(?:{p})" for p in patterns if p)),
    )


def _without_extension(value: str) -> str:
    return re.split(r"[ ,;]*[^\W\d_]", value, maxsplit=1)[0].strip()


def _parse(value: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None


@check("phone")
def phone(value: str) -> bool:
    """Valid as it is (`+49 …`, `0049 …`) or in the national form of one of 57 countries."""
    if _DATE.fullmatch(value) or _IP.fullmatch(value) or sum(c.isdigit() for c in value) < 6:
        return False
    bare = _without_extension(value)
    if bare.startswith("+"):
        return _is_possible(bare)
    if bare.startswith("00") and _is_possible("+" + bare[2:]):
        return True
    digits = "".join(c for c in bare if c.isdecimal())
    return any(
        ("+" in bare or _plan(region).may_hold(digits))
        and (number := _parse(bare, region)) is not None
        and phonenumbers.is_valid_number(number)
        for region in _REGIONS
    )


def _is_possible(value: str) -> bool:
    number = _parse(re.sub(r"\(0\)", "", value), None)
    return number is not None and phonenumbers.is_possible_number(number)


@check("phone_international")
def phone_international(value: str) -> bool:
    """A valid number with its country code; `(0)` after the code is allowed."""
    value = re.sub(r"\(0\)", "", _without_extension(value))
    if value.startswith("00"):
        value = "+" + value[2:]
    number = _parse(value, None)
    return number is not None and (
        phonenumbers.is_valid_number(number)
        or (phonenumbers.is_possible_number(number) and len(re.findall(r"\D+", value)) > 1)
    )


@check("long_phone")
def long_phone(value: str) -> bool:
    """Eight digits to fifteen, not mostly zeros (pairs of digits stand in dumps of memory too), and
    no amount in millions."""
    if _AMOUNT.fullmatch(value) or re.search(r"00\D?00\b", value):
        return False
    return 8 <= sum(c.isdigit() for c in _without_extension(value)) <= 15


_FREE = re.compile(r"(?:00|0|1)?8(?:00|08|33|44|55|66|77|88)\d{5,8}|0?900\d{5,8}")


@check("not_free")
def not_free(value: str) -> bool:
    """No number that anybody calls for nothing, or at a premium: helplines, hotlines."""
    return not _FREE.fullmatch(re.sub(r"\D", "", value))


@check("phone_like")
def phone_like(value: str) -> bool:
    """Seven to fifteen digits, no date and no network address; for fields that ask for one."""
    digits = sum(c.isdigit() for c in value)
    return 7 <= digits <= 15 and not _DATE.fullmatch(value) and not _IP.fullmatch(value)
