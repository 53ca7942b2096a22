"""Personal numbers of countries that python-stdnum has no module for, and of any country.

Source: each check names its own.
"""

import re
from functools import cache
from importlib import import_module

from stdnum.exceptions import InvalidLength, ValidationError
from stdnum.pe import cui, ruc

from detectors.validators import Check, check, named_check
from detectors.validators.dates import past_date


def _digits(value: str) -> str:
    return re.sub(r"[^0-9]", "", value)


@check("es_nass")
def es_nass(value: str) -> bool:
    """Province, serial number and their remainder modulo 97. Source: TGSS, ORDEN 27/10/1992."""
    digits = _digits(value)
    if len(digits) != 12:
        return False
    province, serial = int(digits[:2]), int(digits[2:10])
    number = province * 10_000_000 + serial if serial < 10_000_000 else int(digits[:10])
    return 1 <= province <= 66 and number % 97 == int(digits[10:])


@check("pt_niss")
def pt_niss(value: str) -> bool:
    """Ten digits weighted by primes, then 9 minus the remainder. Source: Segurança Social."""
    digits = _digits(value)
    weights = (29, 23, 19, 17, 13, 11, 7, 5, 3, 2)
    total = sum(int(d) * w for d, w in zip(digits, weights, strict=False))
    return len(digits) == 11 and digits[0] in "12" and 9 - total % 10 == int(digits[10])


@check("ru_snils")
def ru_snils(value: str) -> bool:
    """Nine digits weighted 9 to 1, modulo 101. Source: PFR, resolution 192p."""
    digits = _digits(value)
    if len(digits) != 11:
        return False
    total = sum(int(d) * (9 - i) for i, d in enumerate(digits[:9]))
    return total % 101 % 100 == int(digits[9:])


@check("tw_id")
def tw_id(value: str) -> bool:
    """A letter that stands for a city, nine digits. Source: Ministry of the Interior, Taiwan."""
    if not re.fullmatch(r"[A-Za-z][0-9]{9}", value):
        return False
    city = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(value[0].upper()) + 10
    digits = [city // 10, city % 10, *map(int, value[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(d * w for d, w in zip(digits, weights, strict=True)) % 10 == 0


@check("hk_id")
def hk_id(value: str) -> bool:
    """One or two letters, six digits, check digit modulo 11. Source: Immigration Department."""
    number = re.sub(r"[\s()]", "", value).upper()
    if not re.fullmatch(r"[A-Z]{1,2}[0-9]{6}[0-9A]", number):
        return False
    values = [36 if c == " " else int(c, 36) for c in number[:-1].rjust(8)]
    total = sum(v * (9 - i) for i, v in enumerate(values)) + int(number[-1], 16)
    return total % 11 == 0


@check("eg_national")
def eg_national(value: str) -> bool:
    """Century, birth date, governorate. Source: Civil Status Organization, Egypt."""
    digits = _digits(value)
    return (
        len(digits) == 14
        and digits[0] in "23"
        and 1 <= int(digits[3:5]) <= 12
        and 1 <= int(digits[5:7]) <= 31
        and (1 <= int(digits[7:9]) <= 35 or digits[7:9] == "88")
    )


@check("gh_number")
def gh_number(value: str) -> bool:
    """A Ghana Card, or a taxpayer number of eleven characters. Source: NIA; GRA."""
    return bool(re.fullmatch(r"(?:GHA-\d{9}-\d|[PCGQV]\d{9}[0-9X])", value.upper()))


@check("pe_identity")
def pe_identity(value: str) -> bool:
    """A DNI with its check character, or a RUC. Source: RENIEC; SUNAT."""
    return bool(cui.is_valid(value) or ruc.is_valid(value))


@check("kz_iin")
def kz_iin(value: str) -> bool:
    """A birth date, century and sex, check digit modulo 11. Source: Kazakh decree 853 of 2003."""
    digits = _digits(value)
    if len(digits) != 12 or not (1 <= int(digits[2:4]) <= 12 and 1 <= int(digits[4:6]) <= 31):
        return False
    remainder = 10
    for shift in (0, 2):
        if remainder == 10:
            weights = [(i + shift) % 11 + 1 for i in range(11)]
            total = sum(int(d) * w for d, w in zip(digits, weights, strict=False))
            remainder = total % 11
    return digits[6] in "123456" and remainder == int(digits[11])


@check("br_pis")
def br_pis(value: str) -> bool:
    """Ten digits weighted 3, 2, 9 to 2, modulo 11. Source: Caixa Econômica Federal."""
    digits = _digits(value)
    total = sum(int(d) * w for d, w in zip(digits, (3, 2, 9, 8, 7, 6, 5, 4, 3, 2), strict=False))
    return (
        len(digits) == 11
        and len(set(digits)) > 1
        and (11 - total % 11) % 11 % 10 == int(digits[10])
    )


@check("uy_ci")
def uy_ci(value: str) -> bool:
    """Seven digits weighted 2, 9, 8, 7, 6, 3, 4, modulo 10. Source: DNIC, Uruguay."""
    digits = _digits(value)
    total = sum(int(d) * w for d, w in zip(digits, (2, 9, 8, 7, 6, 3, 4), strict=False))
    return len(digits) == 8 and len(set(digits)) > 2 and -total % 10 == int(digits[7])


_ANY = (
    "at.vnr be.nn bg.egn bg.pnf br.cpf ca.sin ch.ssn cl.rut cn.ric cz.rc de.idnr dk.cpr ec.ci ee.ik"
    " es.dni es.nie fi.hetu fr.nif fr.nir gb.nhs gb.utr gr.amka gr.vat hr.oib ie.pps il.idnr"
    " in_.aadhaar in_.pan is_.kennitala it.codicefiscale kr.rrn lt.asmens md.idno mk.edb mu.nid"
    " mx.curp mx.rfc my.nric nl.bsn no.fodselsnummer nz.ird pe.cui pk.cnic pl.nip pl.pesel pt.cc"
    " pt.nif ro.cnp rs.pib ru.inn se.personnummer si.ddv si.emso sk.rc th.pin tr.tckimlik ua.rntrc"
    " us.itin ve.rif vn.mst za.idnr ar.cuit lv.pvn"
)
_OURS = (
    "hu_taj hu_adoazonosito es_nass pt_niss de_rvnr tw_id hk_id sg_nric jp_mynumber ru_snils kz_iin"
    " eg_national"
)


@check("personal_number")
def personal_number(value: str) -> bool:
    """A number that some country gives to people, its check digits right."""
    number = re.sub(r"[\s.]", "", value)
    is_date = re.fullmatch(r"\d{1,4}[-./ ]\d{1,2}[-./ ]\d{1,4}", value) and past_date(value)
    if is_date or len(set(_digits(number))) < 3:
        return False
    digits = re.sub(r"[-/]", "", number)
    return any(holds(number) for holds in _of_countries(len(digits) if digits.isdigit() else None))


@cache
def _of_countries(digits: int | None) -> tuple[Check, ...]:
    """The checks of all countries, or of those whose numbers may have so many digits and no letter.

    There are seventy, and a table of numbers would be checked by each.
    """
    modules = [m for m in _ANY.split() if digits is None or _has_length(m, digits)]
    return tuple(map(named_check, (*(f"stdnum:{module}" for module in modules), *_OURS.split())))


def _has_length(module: str, digits: int) -> bool:
    """Whether it is not for their number that python-stdnum refuses so many digits."""
    try:
        import_module(f"stdnum.{module}").validate("2" * digits)
    except InvalidLength:
        return False
    except ValidationError:
        pass
    return True
