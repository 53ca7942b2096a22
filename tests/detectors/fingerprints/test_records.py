"""Records of tables, however they are written, and rules that ask for them."""

import sys
from pathlib import Path
from typing import Any

import pytest

from detectors.fingerprints.index import Index
from detectors.fingerprints.records import WINDOW, Asked, Records
from detectors.fingerprints.segment import Registered
from detectors.fingerprints.tables import Table, table_segment
from detectors.registered import Looked
from penstock.errors import ConfigError
from tests.detectors.fingerprints.samples import SECRET, index_of

COLUMNS = ("surname", "birth_date", "customer_number", "city")
RULE = "surname with any two of birth_date, customer_number, city"
TABLE = """\
customer_number;surname;first;birth_date;city
KD-44 1290;Müller-Lüdenscheidt;Anna;05.03.1980;Köln
KD-44 1291;van der Berg;Jan;12.11.1975;Den Haag
KD-44 1292;O'Brien;Siobhán;23.07.1991;Łódź
KD-44 1293;Berg;Eva;01.02.2003;Köln
"""


def looking(path: Path, rules: tuple[str, ...] = (RULE,), table: str = TABLE) -> Records:
    path.write_text(table, "utf-8")
    about = Registered("customers", "table", "", "", 0, 0, columns=COLUMNS, rules=rules)
    segment = table_segment(about, Table.of(path), SECRET)
    return Records.of(Index().with_segment(segment), SECRET)


@pytest.mark.parametrize(
    "text",
    [
        "«Müller-Lüdenscheidt, geboren am 05.03.1980 in Köln», ruft an",
        "MULLER LUDENSCHEIDT... ach was: «muller ludenscheidt, 1980-03-05, kd441290»",
        "«KD-44-1291, Jan van der Berg aus Den Haag»",
        "the client «OBrien, born July 23, 1991, of Łódź»",
        "née le «23 juillet 1991, cliente KD44 1292, Mme O’Brien» à Lodz",
        '[{"id": "«KD-44 1293", "name": "Berg", "city": "KÖLN»"}]',
        "Frau «Mueller-Luedenscheidt, 5.3.80, Koeln», bittet um Rückruf",
        "«Mu\u0308ller-Lu\u0308denscheidt aus Ko\u0308ln, 05-MAR-1980»",
        "«MÜLLER\u00adLÜDENSCHEIDT, 19800305, KD441290»",
        "O'Brien ist «Lodz, 1991/07/23, OBrien»",
        "- who?\n- «van der Berg\n- and where?\n- in Den Haag, I think\n- born?\n- 12 Nov 1975»",
    ],
)
def test_a_record_is_found_however_it_is_written(tmp_path: Path, text: str) -> None:
    before, _, rest = text.partition("«")
    inside, _, after = rest.partition("»")
    plain = before + inside + after

    found = {
        (m.data_class, plain[m.start : m.end]) for m in looking(tmp_path / "c.csv").find(plain)
    }

    assert found == {("edm.customers", inside)}


EAST = """\
customer_number;surname;first;birth_date;city
KD-44 1290;王;丹;1980-03-05;横浜市保土ケ谷区
0044 1291;김;철수;1975-11-12;서울
NL91 ABNA 0417 1643 00;Ёлкин;Пётр;1991-07-23;Тверь
"""


@pytest.mark.parametrize(
    "text",
    [
        "客户«王丹（1980年3月5日出生，住横浜市保土»ケ谷区）来电",
        "고객 «김철수님(1975년 11월 12일, 서울»)",
        "«김, 서울, 441291»",
        "«Елкин, 23 июля 1991, NL91ABNA0417164300»",
        "«NL91 ABNA 0417 1643 00, Ёлкин, Тверь»",
        '{"a": "«\\u0401\\u043b\\u043a\\u0438\\u043d", '
        '"b": "NL91ABNA0417164300", "c": "1991-07-23»"}',
        "?n=«%D0%81%D0%BB%D0%BA%D0%B8%D0%BD&c=%D0%A2%D0%B2%D0%B5%D1%80%D1%8C&d=1991-07-23»",
    ],
)
def test_other_scripts_need_no_spaces(tmp_path: Path, text: str) -> None:
    before, _, rest = text.partition("«")
    inside, _, after = rest.partition("»")
    plain = before + inside + after
    about = Registered("customers", "table", "", "", 0, 0, columns=COLUMNS, rules=(RULE,))
    path = tmp_path / "c.csv"
    path.write_text(EAST, "utf-8")
    segment = table_segment(about, Table.of(path), SECRET)

    found = {plain[m.start : m.end] for m in Looked.of(index_of(segment), SECRET).find(plain)}

    assert found == {inside}


@pytest.mark.parametrize(
    "text",
    [
        "Müller-Lüdenscheidt lives in Köln",
        "Berg, KD-44 1290, Den Haag",
        "van der Berg, born 05.03.1980, from Köln",
        "KD-44 1291 was delivered to Den Haag on 12.11.1975",
        "Berg Berg Berg Köln Köln Köln",
    ],
)
def test_less_than_the_rule_asks_for_is_nothing(tmp_path: Path, text: str) -> None:
    assert list(looking(tmp_path / "c.csv").find(text)) == []


def test_values_that_are_far_apart_are_no_record(tmp_path: Path) -> None:
    apart = "and so on, " * (WINDOW // 10)
    text = f"van der Berg {apart} Den Haag {apart} KD-44 1291"

    assert list(looking(tmp_path / "c.csv").find(text)) == []


def test_each_of_several_records_is_found(tmp_path: Path) -> None:
    found = list(looking(tmp_path / "c.csv").find(TABLE))

    assert len({(m.start, m.end) for m in found}) == 4


def test_a_long_list_of_records_is_looked_through_once(tmp_path: Path) -> None:
    """What many rows have is compared with what stands near it only."""
    rows = [f"N{i:06};Name{i % 50:02};A;01.01.{1950 + i % 2};Town{i % 3}" for i in range(2_000)]
    table = TABLE.splitlines()[0] + "\n" + "\n".join(rows)
    looked = looking(tmp_path / "c.csv", table=table)

    found = list(looked.find("\n".join(rows)))

    assert len(found) == len(rows)
    assert not list(looked.find("Name01 N000002 " + "and so on " * 60 + "Town2"))


def test_a_value_that_many_rows_have_counts_beside_a_rare_one(tmp_path: Path) -> None:
    rows = "".join(f"N{i:06};Schmidt;A;01.01.{1950 + i % 50};Berlin\n" for i in range(600))
    looked = looking(tmp_path / "c.csv", table=TABLE + rows)

    assert [m.data_class for m in looked.find("Schmidt, Berlin, N000417")] == ["edm.customers"]
    assert list(looked.find("Schmidt, Berlin, N999999")) == []


NAMES = ("Weber", "Fischer", "Lang", "Kuhn", "Vogel")


def people(count: int, *, town: str = "Ulm") -> str:
    """A table of so many, of whom a fifth share each surname."""
    return "".join(
        f"N{i:06};{NAMES[i % 5]};A;{1 + i % 28:02}.{1 + i % 12:02}.1950;{town}\n"
        for i in range(count)
    )


def test_a_record_is_found_wherever_it_is_among_names_that_many_share(tmp_path: Path) -> None:
    looked = looking(tmp_path / "c.csv", table=TABLE + people(1000))
    # rows of all these names are compared in several parts
    noise = "Weber, Fischer, Lang, Kuhn " * 15
    lines = [f"{noise} Vogel N{5 * i + 4:06} Ulm" for i in range(100)]
    text = "\n".join(lines)

    found = [text[m.start : m.end] for m in looked.find(text)]
    assert sorted(found) == [line[len(noise) + 1 :] for line in lines]


@pytest.mark.parametrize("town", ["Ulm", "{}"], ids=["one town", "a town each"])
def test_a_table_takes_as_many_times_the_work_of_a_row(tmp_path: Path, town: str) -> None:
    rows = people(1000, town=town).splitlines()
    rows = [row.format(NAMES[i % 3] + "ingen") for i, row in enumerate(rows)]
    looked = looking(tmp_path / "c.csv", table=TABLE + "\n".join(rows) + "\n")

    def work(count: int) -> int:
        """Functions called."""
        calls = 0

        def called(_: Any, event: str, __: Any) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        text = " ".join(rows[:count])
        sys.setprofile(called)
        try:
            assert len(list(looked.find(text))) == count
        finally:
            sys.setprofile(None)
        return calls

    assert work(800) < 8 * work(200)  # 4 if linear, 16 if quadratic


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        ("surname", Asked(frozenset({"surname"}))),
        ("surname and city", Asked(frozenset({"surname", "city"}))),
        ("any 2 of surname, city", Asked(frozenset(), 2, frozenset({"surname", "city"}))),
        ("surname with any 1 of city", Asked(frozenset({"surname"}), 1, frozenset({"city"}))),
        (RULE, Asked(frozenset({"surname"}), 2, frozenset(COLUMNS) - {"surname"})),
    ],
)
def test_rules_are_sentences(rule: str, asked: Asked) -> None:
    assert Asked.read(rule, COLUMNS, "here") == asked


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("", "is no rule"),
        ("surname, city", "is no rule"),
        ("surname and shoe", "no column `shoe`; there are surname, birth_date"),
        ("any 3 of surname, city", "asks for more columns than it names"),
        ("surname with any two of city", "asks for more columns than it names"),
    ],
)
def test_a_wrong_rule_is_told(rule: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Asked.read(rule, COLUMNS, "here")
