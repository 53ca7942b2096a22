"""Columns whose heading says what their numbers are."""

from itertools import pairwise

import pytest

from detectors import tables
from detectors.engine import shared


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name;BSN;city\nJan;111222333;Ede\nPiet;12;Ede\n", ["111222333"]),
        ("name,tax id\nK. Novak,684-585-40-02\n", ["684-585-40-02"]),
        ("| Name | DNI |\n|---|---|\n| Ana | 28733056-F |\n", ["28733056-F"]),
        ("doctor\tNPI\nAnn\t1234567893\n", ["1234567893"]),
        ("Nombre\tTeléfono\nAna\t616 49 79 34\n", ["616 49 79 34"]),
        (
            "jméno;r.č.;účet\nPetr;736028/5163;19-2000145399/0800\n",
            ["736028/5163", "19-2000145399/0800"],
        ),
        ("Naam,BSN\nJan,1112 22 333\n", ["1112 22 333"]),
        ("nombre|rfc\nEloy|GODE561231GR8\n", ["GODE561231GR8"]),
        ("imię,ur.\nEwa,4.08.2006\n", ["4.08.2006"]),
        ("Name;DNI/NIE\nAna;28733056 F\n", ["28733056 F"]),
        ("Name;Konto\nEva;57200001\n", ["57200001"]),
        ("Konto;Text;Soll;Haben\n57200001;Bank;1;0\n", []),
        ("Nome;CEP\nLoja;01310-100\n", []),
        ("name;DNI\nAna;56\u06635/068-54\n", []),
        ("#;N° de passeport;X\n1;22AA45678;0\n", ["22AA45678"]),
        ("nr,driver_license\n1,JS009561\n2,none\n", ["JS009561"]),
        ("nr;Karten-Nr.;ok\n1;5018000000009;1\n2;5018000000008;1\n", []),
        (
            "nr;Kartennummer;ok\n1;6759649826438453;1\n2;501800000009;1\n",
            ["6759649826438453", "501800000009"],
        ),
        ("id;PNR;ok\n1;QRGZYK;1\n2;PLEASE;1\n", ["QRGZYK"]),
        ("| contribuinte n.º | x |\n|---|---|\n| 258192364 | - |\n", ["258192364"]),
        ("Nom\tNé(e) le\tPortable\nÉlise\t16-03-73\t0612571620\n", ["16-03-73", "0612571620"]),
        ("Cliente\tTeléfono móvil\nAna\t612 34 63 12\n", ["612 34 63 12"]),
        ("Name,Personalausweis\nJan,N43HVG5940\n", ["N43HVG5940"]),
        ("id\tномер телефона\n1\t8 916 123-45-67\n", ["8 916 123-45-67"]),
        ("| # | putovnica | x |\n|---|---|---|\n| 1 | 009123456 | - |\n", ["009123456"]),
        (
            "INSERT INTO p (id, phone, born, note) VALUES\n"
            " (1, '040 123 4567', '1980-02-03', 'it''s 5'), (2, NULL, NULL, '040 123 4567');",
            ["040 123 4567", "1980-02-03"],
        ),
        ("insert into p (id, `nif`) values (7, '253024293')", ["253024293"]),
        ("insert into p (id, price) values (7, '253024293')", []),
        ("order,price\n1234567893,12\n", []),
        ('name,phone,city\n"Friis, Emil",34 41 19 52,"Aarhus, C"\n', ["34 41 19 52"]),
    ],
)
def test_a_number_is_known_by_the_heading_of_its_column(text: str, found: list[str]) -> None:
    assert [text[m.start : m.end] for m in tables.find(text)] == found


@pytest.mark.parametrize(
    ("text", "data_class"),
    [
        ("naam;bsn\nJan;111222333\n", "nl_bsn"),
        ("| Naam | BSN |\n|---|---|\n| Jan | 111222333 |\n", "nl_bsn"),
        ("naam\tBurgerservicenummer\nJan\t111222333\n", "nl_bsn"),
        ("Name;Steuer-ID\nEva;60578529313\n", "de_steuerid"),
        ("Name;Steuer-Identifikationsnummer\nEva;60578529313\n", "de_steuerid"),
        ("Name,DNI/NIE\nAna,28733056-F\n", "es_dni"),
        ("insert into p (id, `nif`) values (7, '253024293')", "pt_nif"),
        ("imię;PESEL\nEwa;44051401359\n", "pl_pesel"),
        ("navn;personnummer\nKari;15108695088\n", "no_fnr"),
        ("imię;PESEL\nEwa;684-585-40-02\n", "unnamed"),
        ("name,national id\nEwa,44051401359\n", "unnamed"),
    ],
)
def test_a_heading_that_names_the_kind_of_a_number_decides_its_class(
    text: str, data_class: str
) -> None:
    assert [m.data_class for m in tables.find(text)] == [f"pii.national_id.{data_class}"]


def test_each_kind_that_headings_name_is_one_that_rules_find() -> None:
    known = {rule.id for rule in shared().rules}
    kinds = [kind for kinds in tables._KINDS.values() for kind in kinds]
    assert {data_class for data_class, _ in kinds} <= known
    assert all(tables._known([heading]) for heading in tables._KINDS)


def test_places_count_from_the_beginning_below_every_table() -> None:
    text = "näme;phone\nÄnn;030 1234567\n\nföo\n\n名前,phone,x\nÖz,030 7654321,ü\n"
    assert [text[m.start : m.end] for m in tables.find(text)] == ["030 1234567", "030 7654321"]


@pytest.mark.parametrize(
    ("line", "parted"),
    [
        ('a,"b, c",d', ["a", '"b, c"', "d"]),
        ('"a ""b, c""" , d', ['"a ""b, c""" ', " d"]),
        ('6" pipe,3" pipe', ['6" pipe', '3" pipe']),
        ('"a,b', ['"a', "b"]),
    ],
)
def test_separators_in_quotes_part_no_cells(line: str, parted: list[str]) -> None:
    masked = tables.outside_quotes(line, ",")
    assert len(masked) == len(line)
    ends = [i for i, sign in enumerate(masked) if sign == ","]
    assert [line[a + 1 : b] for a, b in pairwise([-1, *ends, len(line)])] == parted


@pytest.mark.timeout(20)
@pytest.mark.parametrize("rest", [1000 * "''a" + "'; x", "')" + 50_000 * " " + "x"])
def test_a_row_that_does_not_end_is_read_once(rest: str) -> None:
    assert list(tables.find("insert into people (name, iban) values ('a" + rest)) == []
