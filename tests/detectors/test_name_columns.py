"""Names in tables: the cells of one column say what each is."""

import pytest

from detectors import names
from detectors.name_columns import agreed, towns


def labels(text: str, *found: tuple[str, str]) -> dict[str, str]:
    """What `agreed` makes of the words `found` in `text`, the first at which they stand."""
    spans = [(text.index(word), text.index(word) + len(word), label) for word, label in found]
    return {text[start:end]: label for start, end, label in agreed(text, sorted(spans))}


def test_most_cells_of_a_column_decide_for_the_others() -> None:
    text = "x;Anna Zorb;Leer\ny;Tove Zorb;Aurich\nz;Ada Zorb;Emden\nw;Moira Quill;Norden"
    found = labels(
        text,
        ("Anna Zorb", "PERSON"),
        ("Tove Zorb", "PERSON"),
        ("Moira Quill", "PERSON"),
        ("Leer", "LOCATION"),
        ("Aurich", "PERSON"),
        ("Emden", "LOCATION"),
        ("Norden", "LOCATION"),
    )
    assert found["Ada Zorb"] == "PERSON"
    assert found["Aurich"] == "LOCATION"


def test_the_heading_decides_where_the_model_knows_too_little() -> None:
    text = "nome;città\nTullio Zorb;Potenza\nIvo Zorb;Ferrara\nEva Zorb;9"
    found = labels(text, ("Ferrara", "ORG"), ("Ivo Zorb", "PERSON"), ("città", "LOCATION"))
    assert found["Potenza"] == found["Ferrara"] == "LOCATION"
    assert not {"città", "9", "Tullio Zorb"} & set(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Cuenta;Saldo\nBancos;10\nCaja;20", ("Saldo", "LOCATION")),
        ("name | Rolle\nAnna | Lager\nTove | 2", ("Anna | Lager", "ORG")),
    ],
)
def test_headings_and_what_spans_two_cells_are_no_names(text: str, found: tuple[str, str]) -> None:
    assert labels(text, found) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Anna;Leer\nTove;Emden",
        "We met Anna, who was late, and left.\nThen Tove came, sat down, and\nAda, tall, said so.",
        "name;colour\nAnna;Blue\nTove;Green\nAda;Grey",
    ],
)
def test_two_lines_prose_and_columns_of_other_words_stay_as_they_are(text: str) -> None:
    assert labels(text, ("Anna", "PERSON"), ("Tove", "PERSON")) == {
        "Anna": "PERSON",
        "Tove": "PERSON",
    } | ({"Ada": "PERSON"} if "colour" in text else {})


def test_a_pasted_table_is_read_by_columns() -> None:
    text = "navn;stilling;sted\nPreben Lund;lager;Esbjerg\nAbdi Hassan;service;Hvidovre"
    found = {(text[n.start : n.end], n.label) for n in names.find(text)}
    assert ("Hvidovre", "LOCATION") in found


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_surname_may_begin_with_a_small_word(separator: str) -> None:
    rows = ["voornaam achternaam plaats", "Jan de_Vries Utrecht", "Anna van_den_Berg Zwolle"]
    text = "\n".join(row.replace(" ", separator).replace("_", " ") for row in rows) + "\n"
    found = labels(text, ("Utrecht", "LOCATION"))
    assert (found["de Vries"], found["van den Berg"]) == ("PERSON", "PERSON")
    rows = ["voornaam,onderwerp,plaats", "Jan,van toepassing,Ede", "Jan,de voorraad,Almere"]
    assert "van toepassing" not in labels("\n".join(rows), ("Ede", "LOCATION"))


def test_many_rows_take_time_that_grows_with_them() -> None:
    rows = "".join(f"Anna Zorb{i};Leer;{i}\n" for i in range(20_000))
    spans = [(m, m + 4, "PERSON") for m in range(len(rows) - 4) if rows.startswith("Anna", m)]
    assert len(agreed(rows, spans)) >= 20_000


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ('{"naam":"Tjitske Zorb","woonplaats":"Hengelo"}', "Hengelo"),
        ('patient: {name: "Gudrun Zorb", city: "Voss"}', "Voss"),
        ("Miejsce urodzenia: Nowy Targ.\nPESEL: 1", "Nowy Targ"),
        ("Ort: Kantine", ""),
        ("city: the Town", ""),
        ("City = models.CharField()", ""),
    ],
)
def test_a_field_for_towns_holds_one(text: str, town: str) -> None:
    assert [text[start:end] for start, end, _ in towns(text)] == ([town] if town else [])
