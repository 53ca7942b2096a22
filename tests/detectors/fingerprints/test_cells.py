"""Values of cells in one form."""

import unicodedata

import numpy as np
import pytest

from detectors.fingerprints import cells


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("Müller", ("mueller", "MULLER", "Mu\u0308ller", "Mül\u00adler", "M\u200büller")),
        ("Strößner", ("Stroessner", "STRÖẞNER", "Strossner")),
        ("Ørsted", ("Orsted", "Oersted", "ørsted")),
        ("Łukasiewicz", ("Lukasiewicz",)),
        ("Århus", ("Aarhus", "Arhus")),
        ("Sæther", ("Saether", "SÆTHER")),
        ("D'Angelo", ("DAngelo", "D’Angelo", "d angelo")),
        ("DE12 5001 0517", ("de12-5001-0517", "DE1250010517", "DE12/5001/0517")),
        ("José María", (unicodedata.normalize("NFD", "JOSÉ MARÍA"), "Jose Maria")),
    ],
)
def test_a_value_has_one_form_however_it_is_written(cell: str, written: tuple[str, ...]) -> None:
    assert {cells.normal(text) for text in written} == {cells.normal(cell)}


def test_other_names_stay_other_names() -> None:
    names = ["Meier", "Maier", "Mayer", "Müller", "Möller", "Miller", "Bauer", "Brauer", "Lee"]

    assert len({cells.normal(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("cell", "also"),
    [
        ("Jonas Weber", "Weber, Jonas"),
        ("Weber, Jonas", "Jonas Weber"),
        ("Anna Maria Weber", "Weber, Anna Maria"),
        ("Jan van der Berg", "van der Berg, Jan"),
    ],
)
def test_a_name_is_looked_for_in_either_order(cell: str, also: str) -> None:
    assert cells.normal(also) in set(cells.values(cell))


def test_of_a_long_cell_its_first_words_are_looked_for() -> None:
    assert list(cells.values("Alameda João Vitor das Neves, 7")) == ["alamedajoaovitordasneves"]
    assert list(cells.values("横浜市保土ケ谷区")) == ["横浜市保土"]
    assert list(cells.values("DE50 5260 1815 9083 0166 13")) == ["de50526018159083016613"]


def test_zeros_before_a_number_may_be_dropped() -> None:
    assert set(cells.values("0044129")) == {"0044129", "44129"}


@pytest.mark.parametrize(
    ("value", "counts"), [("王", True), ("x", False), ("ü", False), ("12", False)]
)
def test_a_single_character_is_a_name_in_chinese_only(value: str, counts: bool) -> None:
    assert cells.countable(cells.normal(value)) is counts


def test_a_number_of_several_groups_has_one_order() -> None:
    assert list(cells.values("KD 44 1290")) == ["kd441290"]


@pytest.mark.parametrize("cell", ["+49 (0)351 / 44 88 12", "+49 351 448812", "0351/448812"])
@pytest.mark.parametrize(
    "written", ["+49 351 448812", "0351 448812", "0049351448812", "+49 (0) 351-448812", "351448812"]
)
def test_a_telephone_number_is_the_same_from_abroad_and_at_home(cell: str, written: str) -> None:
    digits = "".join(filter(str.isdigit, written))

    assert digits in cells.phone_values(cell, cells.most_common_country(["+49 30 123456"]))


def test_a_column_of_telephone_numbers_shows_by_how_they_begin() -> None:
    assert cells.phones(["+49 351 448812", "0351/448812", "(0351) 4488-12", ""])
    assert not cells.phones(["1290", "1291", "KD-44 1290"])
    assert not cells.phones(["4408231", "4408232"])


def test_parts_in_a_row_have_the_sum_of_the_whole() -> None:
    sums = cells.Sums.of(b"secret")
    parts = ["müller", "x" * 2000, "dresden", "0", "kd44"]
    plain = np.array([sums.plain(part) for part in parts], np.uint64)
    sizes = np.array([len(part.encode()) for part in parts])
    first, last = np.array([0, 2, 2, 3]), np.array([0, 2, 4, 4])

    found = sums.of_parts(plain, sizes, first, last).tolist()

    assert found == [sums.plain(w) for w in ("müller", "dresden", "dresden0kd44", "0kd44")]
