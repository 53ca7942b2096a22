"""Columns whose heading says what is in them: pasted spreadsheets, CSV, pipes and tabs.

`name,email,phone,dob` above `Emil Friis,emil@friis.example,34 41 19 52,18-07-1966`: nothing in
the cell says that a number is a telephone number, the heading does. A heading is a line of which
at least two cells are words for something and that the next line follows with as many cells.

Misses: quoted cells with separators inside; headings over several lines; accounts in a table that
has both sides of a ledger.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import re2

from detectors.base import Match
from detectors.letters import in_ranges
from detectors.validators import named_check

CONFIDENCE = 0.85
_SEPARATORS = (",", ";", "\t", "|")
_WORDS: tuple[tuple[str, str, str], ...] = (
    (
        "pii.phone",
        "phone_like",
        "phone telephone telefon telefono telefone telefoon telefonnummer téléphone telefón"
        " mobile mobil móvil telemóvel celular cellulare cell handy handynummer gsm tel tlf"
        " puhelin puhelinnumero fax phone_number phone_no mobile_phone mobile_number"
        " teléfono tfno telefonas tālrunis téléphone_portable tél mob telm mobitel mobilnr"
        " mobilnummer cep_telefonu matkapuhelin whatsapp telefonszám číslo_telefonu"
        " nr_tel numer_telefonu komórka telefon_kontaktowy contact_phone home_phone"
        " work_phone cell_phone telefonnr telnr τηλέφωνο κινητό телефон тел"
        " 電話 電話番号 携帯 전화번호"
        " 휴대폰 연락처 手机 手机号 电话",
    ),
    (
        "pii.date_of_birth",
        "date",
        "dob d_o_b birthdate birthday birth_date date_of_birth born geb geburtsdatum geburtstag"
        " geboren geboortedatum fecha_de_nacimiento fecha_nac nacimiento naissance"
        " date_de_naissance data_di_nascita nascita data_de_nascimento nascimento data_urodzenia"
        " födelsedatum fødselsdato syntymäaika datum_narození dátum_narodenia data_nașterii"
        " születési_dátum datum_rođenja né_le née_le nacido fecha_nacimiento f_nac nato_il nata_il"
        " geb_dat geb_datum ur data_ur född født fødselsdag nar narozen szül születési_idő"
        " doğum_tarihi ημερομηνία_γέννησης дата_рождения дата_на_раждане"
        " 生年月日 생년월일 出生日期",
    ),
    (
        "phi.medical_id.mrn",
        "has_digits",
        "mrn patient_id patient_no patient_number patientid medical_record medical_record_number"
        " nhc ipp fallnummer patientennummer chart_no patientnummer patiëntnummer n_dossier"
        " nr_pacjenta numer_pacjenta potilasnumero číslo_pacienta",
    ),
    ("pii.national_id.us_ssn", "us_ssn", "ssn social_security social_security_number ss#"),
    (
        "pii.national_id.passport",
        "has_digits",
        "passport passport_no passport_number reisepass reisepassnummer passeport pasaporte"
        " passaporto passaporte paszport paspoort passnummer passnr pasnummer paspoortnummer"
        " nr_paszportu número_de_pasaporte numéro_de_passeport 护照号",
    ),
    (
        "fin.account",
        "has_digits",
        "account_no account_number bank_account acct acc_no kontonummer kontonr konto cuenta conto"
        " rekening rekeningnummer nr_konta rachunek numer_rachunku número_de_cuenta compte"
        " numéro_de_compte conta bankkonto účet číslo_účtu č_ú számlaszám bankszámla tilinumero"
        " hesap_no 口座番号 계좌번호 银行账号",
    ),
    ("pci.cvv", "cvv", "cvv cvv2 cvc cvc2 security_code"),
    (
        "pii.national_id.unnamed",
        "personal_number",
        "national_id nationalid id_number id_no identity_number identity_no personal_id"
        " personal_code tax_id taxid tax_number tax_no tin steuer_id steuerid steuer_idnr idnr"
        " steueridnr svnr sv_nummer sozialversicherungsnummer ahv ahv_nummer avs bsn"
        " burgerservicenummer rijksregisternummer insz niss nif dni nie cif documento"
        " contribuinte codice_fiscale codicefiscale pesel nip regon cpf rg cnpj rut run curp"
        " rfc egn oib jmbg emso amka afm cpr cpr_nr fnr fødselsnummer personnummer personnr"
        " hetu henkilötunnus isikukood asmens_kodas personas_kods rodné_číslo rodne_cislo cnp"
        " taj adóazonosító tc_kimlik tckn nir numéro_fiscal aadhaar pan sin tfn utr nhs nhs_no"
        " nhs_number ni_number nino pps ppsn rrn nric my_number id_nummer ausweisnummer"
        " n_sécu numéro_de_sécurité_sociale sécu rč r_č rodné_č c_f cf cod_fisc kennitala"
        " davčna_številka personnr pnr fødselsnr rrnr егн αφμ αμκα"
        " マイナンバー 주민등록번호 身份证号",
    ),
    ("phi.medical_id.us_npi", "npi", "npi npi_number"),
    ("phi.medical_id.us_dea", "dea", "dea dea_number"),
    ("pii.national_id.uk_nino", "uk_nino", "national_insurance national_insurance_number"),
)
_CLASS_OF = {
    word: (data_class, check) for data_class, check, words in _WORDS for word in words.split()
}
_ANY = "|".join(re.escape(word).replace("_", "[ _.°º-]{1,2}") for word in sorted(_CLASS_OF))
_CELL = rf"(?:^|[^\pL\pN])(?:{_ANY})[\"'*.: \t\r]{{0,3}}(?:[,;\t|/]|$)"
_NAMED = re2.compile(in_ranges(f"(?im){_CELL}"))
_HEADING = re2.compile(in_ranges(rf"(?im)^[^\n0-9]{{0,300}}{_CELL}"))
"""Ten times as slow as `_NAMED` alone, which few texts get past."""
_BETWEEN = re.compile(r"[\s_.°º-]+")
_LEDGER = frozenset({"konto", "cuenta", "conto", "rekening", "rachunek", "compte", "conta", "účet"})
_SIDES = frozenset({
    "debit", "credit", "soll", "haben", "débit", "crédit", "debe", "haber", "dare", "avere", "wn",
    "winien", "ma", "débito", "crédito", "debet", "kredit", "kredyt", "má_dáti", "dal",
})  # fmt: skip
"""Beside both sides of a ledger its accounts are nobody's: `Konto;Soll;Haben`."""
_RULER = re.compile(r"[\s|:+-]+")


@dataclass(frozen=True, slots=True)
class _Column:
    index: int
    data_class: str
    check: str


def find(text: str) -> Iterator[Match]:
    """The cells under headings that name something sensitive."""
    if "\n" not in text:
        return
    data = text.encode("utf-8", "replace")
    if not (_NAMED.search(data) and _HEADING.search(data)):
        return
    columns: list[_Column] = []
    separator, width, offset = "", 0, 0
    for line in text.split("\n"):
        if columns and line.count(separator) == width:
            yield from _cells(line, offset, separator, columns, 0)
        elif columns and separator == "," and line.count(separator) == width + 1:
            yield from _cells(line, offset, separator, columns, 1)  # `Petersen, Michelle`
        elif not (columns and _RULER.fullmatch(line)):
            separator, columns = _heading(line)
            width = line.count(separator) if separator else 0
        offset += len(line) + 1


def _heading(line: str) -> tuple[str, list[_Column]]:
    if len(line) > 400:
        return "", []
    for separator in _SEPARATORS:
        cells = line.split(separator)
        if len(cells) < 2 or any(len(c) > 40 or any(x.isdigit() for x in c) for c in cells):
            continue
        said = [_words(cell) for cell in cells]
        is_ledger = sum(not _SIDES.isdisjoint(words) for words in said) > 1
        columns = [
            _Column(i, *known)
            for i, words in enumerate(said)
            if (known := _known(words)) and not (is_ledger and _LEDGER.intersection(words))
        ]
        if columns:
            return separator, columns
    return "", []


def _words(cell: str) -> list[str]:
    """What a heading says; `DNI/NIE` says two things of one kind."""
    return [
        _BETWEEN.sub("_", part.strip(" \t\"'*:\r")).strip("_").lower() for part in cell.split("/")
    ]


def _known(words: list[str]) -> tuple[str, str] | None:
    return next((_CLASS_OF[word] for word in words if word in _CLASS_OF), None)


def _cells(
    line: str, offset: int, separator: str, columns: list[_Column], extra: int
) -> Iterator[Match]:
    cells = line.split(separator)
    for column in columns:
        index = column.index + extra
        cell = cells[index]
        value = cell.strip(" \t\"'*\r")
        if len(value) > 40 or not any(c.isdigit() for c in value):
            continue
        if not named_check(column.check)(value):
            continue
        start = offset + sum(len(c) + 1 for c in cells[:index]) + cell.index(value)
        yield Match(column.data_class, start, start + len(value), CONFIDENCE)
