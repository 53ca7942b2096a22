"""Personal numbers with structure or check digits that python-stdnum does not know, or knows too
strictly for numbers people type.

Source: each check names its own.
"""

import re
from typing import Any

from stdnum.at import vnr as at_vnr
from stdnum.be import nn as be_nn
from stdnum.bg import egn as bg_egn
from stdnum.ch import ssn as ch_ssn
from stdnum.de import idnr as de_idnr
from stdnum.ee import ik as ee_ik
from stdnum.fr import nir as fr_nir_module
from stdnum.gr import amka as gr_amka
from stdnum.no import fodselsnummer as no_fnr
from stdnum.pl import pesel as pl_pesel
from stdnum.ro import cnp as ro_cnp
from stdnum.si import emso as si_emso
from stdnum.za import idnr as za_idnr

from detectors.validators import check
from detectors.validators.dates import exists
from detectors.validators.numbers import luhn

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _digits(value: str) -> str:
    return re.sub(r"[^0-9]", "", value)


def _compact(value: str) -> str:
    """Without what people group characters with, in capitals."""
    return re.sub(r"[\s./-]", "", value).upper()


def _is_day(day: int, month: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


@check("has_digits")
def has_digits(value: str) -> bool:
    """At least five digits, not all alike, and no calendar date."""
    digits = _digits(value)
    return len(digits) >= 5 and len(set(digits)) > 1 and not _is_date(value)


@check("document_number")
def document_number(value: str) -> bool:
    """Five digits or more, three in a run of capitals, or a machine-readable zone's check digit.

    Source: ICAO Doc 9303, part 3, section 4.9.
    """
    number = value.upper()
    if re.fullmatch(r"[A-Z0-9]{9}[0-9]", number):
        values = [int(c, 36) for c in number[:9]]
        if sum(v * (7, 3, 1)[i % 3] for i, v in enumerate(values)) % 10 == int(number[9]):
            return True
    if re.fullmatch(r"[A-Z0-9]{8,9}", value):
        return sum(c.isdigit() for c in value) >= 3 and not _is_date(value)
    return has_digits(value)


def _is_date(value: str) -> bool:
    if parts := re.fullmatch(r"([0-9]{1,2})([-. ])([0-9]{1,2})\2((?:19|20)[0-9]{2})", value):
        return exists(int(parts[4]), int(parts[3]), int(parts[1]))
    if re.fullmatch(r"(?:19|20)[0-9]{2}[-/](?:19|20)[0-9]{2}", value):  # from year to year
        return True
    parts = re.fullmatch(r"((?:19|20)[0-9]{2})(-?)([0-9]{2})\2([0-9]{2})", value)
    if not parts or not exists(int(parts[1]), int(parts[3]), int(parts[4])):
        return False
    return bool(parts[2]) or int(parts[1]) > 2015


@check("de_rvnr")
def de_rvnr(value: str) -> bool:
    """Area, birth date, initial, serial number, check digit. Source: VKVV § 4."""
    number = _compact(value)
    if not re.fullmatch(r"[0-9]{8}[A-Z][0-9]{3}", number):
        return False
    digits = number[:8] + f"{_LETTERS.index(number[8]) + 1:02d}" + number[9:11]
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(sum(divmod(int(d) * w, 10)) for d, w in zip(digits, weights, strict=True))
    return total % 10 == int(number[11])


@check("de_kvnr")
def de_kvnr(value: str) -> bool:
    """A letter, eight digits, check digit. Source: § 290 SGB V."""
    number = _compact(value)
    if not re.fullmatch(r"[A-Z][0-9]{9}", number):
        return False
    digits = f"{_LETTERS.index(number[0]) + 1:02d}" + number[1:9]
    total = sum(sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(digits))
    return total % 10 == int(number[9])


@check("fr_nir")
def fr_nir(value: str) -> bool:
    """Thirteen characters and the key of two digits, however they are spaced. Source: INSEE."""
    return bool(fr_nir_module.is_valid(re.sub(r"[^0-9ABab]", "", value)))


@check("uk_nino")
def uk_nino(value: str) -> bool:
    """A prefix that is issued. Source: HMRC, NIM39110."""
    number = _compact(value)
    return number[:2] not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


@check("se_personnummer")
def se_personnummer(value: str) -> bool:
    """Birth date (day plus 60 for a coordination number) and Luhn digit. Source: SKV 704."""
    digits = _digits(value)[-10:]
    if len(digits) != 10 or not _is_day(int(digits[4:6]) % 60, int(digits[2:4])):
        return False
    return luhn(digits)


@check("dk_cpr")
def dk_cpr(value: str) -> bool:
    """A birth date and four digits; numbers since 2007 need not satisfy modulus 11."""
    digits = _digits(value)
    return len(digits) == 10 and _is_day(int(digits[:2]), int(digits[2:4]))


@check("lv_pk")
def lv_pk(value: str) -> bool:
    """A birth date with its century, or 32 and above for numbers since 2017."""
    digits = _digits(value)
    if len(digits) != 11:
        return False
    dated = _is_day(int(digits[:2]), int(digits[2:4])) and digits[6] in "012"
    return dated or 32 <= int(digits[:2]) <= 39


@check("lu_matricule")
def lu_matricule(value: str) -> bool:
    """Birth date, serial number and two check digits, which are not looked at. Source: RNPP."""
    digits = _digits(value)
    return len(digits) == 13 and _is_day(int(digits[6:8]), int(digits[4:6]))


@check("hu_taj")
def hu_taj(value: str) -> bool:
    """Nine digits, weights 3 and 7. Source: 1996. évi XX. törvény."""
    digits = _digits(value)
    total = sum(int(d) * (7 if i % 2 else 3) for i, d in enumerate(digits[:8]))
    return len(digits) == 9 and total % 10 == int(digits[8])


@check("hu_adoazonosito")
def hu_adoazonosito(value: str) -> bool:
    """An 8, days since 1867, serial number, check digit modulo 11."""
    digits = _digits(value)
    total = sum(int(d) * (i + 1) for i, d in enumerate(digits[:9]))
    return len(digits) == 10 and digits[0] == "8" and total % 11 == int(digits[9])


@check("us_ssn")
def us_ssn(value: str) -> bool:
    """No group of zeros, no area 666. Source: SSA, POMS RM 10201.035."""
    digits = _digits(value)
    return (
        len(digits) == 9
        and digits[:3] not in {"000", "666"}
        and digits[3:5] != "00"
        and digits[5:] != "0000"
        and len(set(digits)) > 1
        and digits != "123456789"
    )


@check("us_itin")
def us_itin(value: str) -> bool:
    """A 9 and a middle group from 50 to 65, 70 to 88, 90 to 92 or 94 to 99. Source: IRS."""
    digits = _digits(value)
    if len(digits) != 9:
        return False
    group = int(digits[3:5])
    return digits[0] == "9" and (50 <= group <= 65 or 70 <= group <= 99) and group not in {89, 93}


@check("jp_mynumber")
def jp_mynumber(value: str) -> bool:
    """Twelve digits, the last modulo 11. Source: Order 85 of 2014, article 5."""
    digits = _digits(value)
    if len(digits) != 12:
        return False
    total = sum(
        int(d) * (n + 1 if n <= 6 else n - 5)
        for n, d in zip(range(11, 0, -1), digits, strict=False)
    )
    rest = total % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


@check("kr_rrn")
def kr_rrn(value: str) -> bool:
    """A birth date and seven digits; numbers since October 2020 have no check digit."""
    digits = _digits(value)
    return len(digits) == 13 and _is_day(int(digits[4:6]), int(digits[2:4]))


@check("sg_nric")
def sg_nric(value: str) -> bool:
    """A letter, seven digits, check letter. Source: ICA."""
    number = _compact(value)
    if not re.fullmatch(r"[STFGM]\d{7}[A-Z]", number, re.ASCII):
        return False
    total = sum(int(d) * w for d, w in zip(number[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    total += {"T": 4, "G": 4, "M": 3}.get(number[0], 0)
    table = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK",
             "M": "KLJNPQRTUWX"}[number[0]]  # fmt: skip
    if number[0] == "M":
        return table[10 - total % 11] == number[8]
    return table[total % 11] == number[8]


@check("npi")
def npi(value: str) -> bool:
    """Luhn over the number with 80840 before it. Source: 45 CFR 162.406."""
    return luhn("80840" + value)


@check("dea")
def dea(value: str) -> bool:
    """Two letters, six digits, check digit. Source: DEA Diversion Control."""
    number = _compact(value)
    if not re.fullmatch(r"[A-Z][A-Z9]\d{7}", number, re.ASCII):
        return False
    d = [int(c) for c in number[2:]]
    return (d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5])) % 10 == d[6]


@check("au_medicare")
def au_medicare(value: str) -> bool:
    """Eight digits and a check digit, then the issue. Source: Services Australia."""
    digits = [int(c) for c in _digits(value)]
    weights = (1, 3, 7, 9, 1, 3, 7, 9)
    return (
        len(digits) >= 10
        and sum(d * w for d, w in zip(digits, weights, strict=False)) % 10 == digits[8]
    )


_FEW = 3
"""No more digits that differ are rather a row of small numbers."""


@check("fr_nir_spaced")
def fr_nir_spaced(value: str) -> bool:
    """Digits of a form, one to a box: sex, year, a month as INSEE codes it, department."""
    digits = _digits(value)
    if len(digits) < 13 or digits[0] not in "12" or digits in "12345678901234567890":
        return False
    return len(set(digits)) > _FEW


_BORN = {
    10: (bg_egn, at_vnr),
    11: (pl_pesel, no_fnr, ee_ik, be_nn, gr_amka, de_idnr),
    13: (ro_cnp, si_emso, za_idnr, ch_ssn),
}


@check("birth_number")
def birth_number(value: str) -> bool:
    """A bare run of 10, 11 or 13 digits that is some country's personal number: it holds a date
    of birth that exists, since 1900, and its check digits are right (random digits: about one in
    a hundred).
    """
    digits = _digits(value)
    if len(digits) == 10 and "1300000000" <= digits <= "2100000000":
        return False  # more likely the seconds since 1970
    modules = _BORN.get(len(digits), ())
    return len(set(digits)) > 2 and any(m.is_valid(digits) and _born(m, digits) for m in modules)


def _born(module: Any, digits: str) -> bool:
    """Whether the number holds a date of birth since 1900, where the country writes one."""
    if module is at_vnr:  # which checks no date
        return _is_day(int(digits[4:6]), int(digits[6:8]))
    if not hasattr(module, "get_birth_date"):
        return True
    born = module.get_birth_date(digits)
    return born is not None and 1900 <= born.year < 2040


@check("nz_nhi")
def nz_nhi(value: str) -> bool:
    """Three letters and four digits with a check digit, or the newer form. Source: HISO 10046."""
    number = value.upper()
    if not re.fullmatch(r"[A-HJ-NP-Z]{3}[0-9]{4}", number):
        return bool(re.fullmatch(r"[A-HJ-NP-Z]{3}[0-9]{2}[A-HJ-NP-Z]{2}", number))
    values = ["ABCDEFGHJKLMNPQRSTUVWXYZ".index(c) + 1 for c in number[:3]]
    values += [int(c) for c in number[3:6]]
    check_digit = 11 - sum(v * w for v, w in zip(values, range(7, 1, -1), strict=True)) % 11
    return check_digit < 11 and check_digit % 10 == int(number[6])


@check("pl_dowod")
def pl_dowod(value: str) -> bool:
    """Three letters, check digit, five digits. Source: Dz.U. 2015 poz. 212."""
    number = _compact(value)
    if not re.fullmatch(r"[A-Z]{3}[0-9]{6}", number):
        return False
    weights = (7, 3, 1, 9, 7, 3, 1, 7, 3)
    values = [_LETTERS.index(c) + 10 if c.isalpha() else int(c) for c in number]
    return sum(v * w for v, w in zip(values, weights, strict=True)) % 10 == 0
