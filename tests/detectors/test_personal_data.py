"""Identifiers, tables and Presidio as their host."""

import json
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detectors import names, personal_data, tables
from detectors.base import Match
from detectors.presidio import Host, class_of, host, language_of
from penstock.errors import ConfigError


@pytest.fixture
def settings():
    """Puts the detector back to its defaults."""
    yield personal_data.configure
    personal_data.configure()


def found(text: str) -> list[tuple[str, str]]:
    return [(text[m.start : m.end], m.data_class) for m in personal_data.find(text)]


@pytest.mark.parametrize(
    ("text", "value", "data_class"),
    [
        ("mail m.müller+neu@büro.example now", "m.müller+neu@büro.example", "pii.email"),
        ("server 135.212.153.235 is down", "135.212.153.235", "pii.ip"),
        ("ping 5.6.7.8 from the host", "5.6.7.8", "pii.ip"),
        ("Karte 5426179676242941, CVC: 482", "5426179676242941", "pci.card_number"),
        ("Reisepass C01X00T47 ist abgelaufen", "C01X00T47", "pii.national_id.passport"),
        ("Steuer-ID 58 362 941 036", "58 362 941 036", "pii.national_id.de_steuerid"),
        ("mon n° de sécu : 250027563975870", "250027563975870", "pii.national_id.fr_nir"),
        ("Mijn BSN is 015261074", "015261074", "pii.national_id.nl_bsn"),
        ("geb. am 17.08.1958 in Wien", "17.08.1958", "pii.date_of_birth"),
        ("Medicare 1EG4-TE5-MK73", "1EG4-TE5-MK73", "phi.medical_id.us_mbi"),
        ("routing 071781633, account 7852764325", "7852764325", "fin.account"),
    ],
)
def test_identifiers_are_found_where_they_stand(text: str, value: str, data_class: str) -> None:
    assert (value, data_class) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "order 2720695497960349 is open",  # Luhn holds, no issuer has the range
        "Auftragsnummer 4591-2892-0432-6022 ist noch offen",
        "at 1760000000 and 1760000060 the pump stopped",
        "build 10.2.3 of version 10.2.3.4",
        "Fixed in 1.2.4.3, see 5.3.3.1. Format of the data",
        "git clone git@github.com:acme/app.git",
        "LONG (4) 896<8 648 1288 1928 2568 3208 3848 4488 5128 5768 6408 7048",
    ],
)
def test_numbers_that_only_look_alike_are_not_reported(text: str) -> None:
    assert [f for f in found(text) if f[1] not in ("pii.organization", "pii.location")] == []


def test_a_card_before_other_numbers_is_none_of_a_row_that_grows() -> None:
    card = "4111 1111 1111 1111"
    assert (card, "pci.card_number") in found(f"his card: {card} 1227 123")


def test_a_number_belongs_to_one_class() -> None:
    text = "Refund to IE79 AIBK 4380 3786 0765 58 please"
    assert found(text) == [("IE79 AIBK 4380 3786 0765 58", "fin.iban")]


def test_a_number_is_no_part_of_a_name_that_seems_to_hold_it() -> None:
    name, number = Match("pii.address", 2, 20, 0.85), Match("pii.phone", 5, 18, 0.85)
    assert personal_data._disjoint([name, number]) == [number]


def test_a_column_is_what_its_heading_says() -> None:
    text = "name;phone;dob\nEmil;34 41 19 52;18-07-1966\nZahra;32 10 93 54;26-10-1979\n"
    cells = [(text[m.start : m.end], m.data_class) for m in tables.find(text)]
    assert cells == [
        ("34 41 19 52", "pii.phone"),
        ("18-07-1966", "pii.date_of_birth"),
        ("32 10 93 54", "pii.phone"),
        ("26-10-1979", "pii.date_of_birth"),
    ]


def test_a_ruled_heading_counts_and_prose_does_not() -> None:
    table = "| Name | SSN |\n|---|---|\n| Jo | 853-37-1694 |"
    assert [m.data_class for m in tables.find(table)] == ["pii.national_id.us_ssn"]
    assert list(tables.find("we sell a phone, a cell\nand 34 41 19 52, more")) == []


def test_a_long_text_is_cut_between_matches_and_keeps_its_offsets() -> None:
    line = "write to colin.barber@libero.it about it\n"
    text = line * 2000
    personal_data.configure(names=False)
    try:
        matches = list(personal_data.find(text))
    finally:
        personal_data.configure()
    start = line.index("colin")
    end = start + len("colin.barber@libero.it")
    assert [(m.start, m.end) for m in matches] == [
        (n * len(line) + start, n * len(line) + end) for n in range(2000)
    ]


def test_without_names_no_name_is_looked_for(settings) -> None:
    settings(names=False)
    assert found("please ask Katarzyna Zielińska about it") == []


def test_recognizers_of_the_company_run_beside_ours(tmp_path: Path, settings) -> None:
    file = tmp_path / "recognizers.yaml"
    file.write_text(
        textwrap.dedent(
            """
            recognizers:
              - name: project codes
                supported_entity: PROJECT_CODE
                supported_languages: [{language: en, context: [project]}]
                patterns: [{name: code, regex: "PRJ-[0-9]{4}", score: 0.4}]
            """
        )
    )
    settings(names=False, recognizers=file)
    text = "the project PRJ-4711 belongs to ops@corp.internal"
    assert found(text) == [
        ("PRJ-4711", "custom.project_code"),
        ("ops@corp.internal", "pii.email"),
    ]
    scores = {m.data_class: m.confidence for m in personal_data.find(text)}
    assert scores["custom.project_code"] > 0.4  # the context word counts


def test_an_installed_spacy_package_replaces_our_model(tmp_path: Path, settings) -> None:
    import spacy

    package = tmp_path / "package"
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Zaphod"}])  # type: ignore[attr-defined]
    nlp.to_disk(package)
    file = tmp_path / "engine.yaml"
    file.write_text(
        textwrap.dedent(
            f"""
            nlp_configuration:
              nlp_engine_name: spacy
              models: [{{lang_code: en, model_name: "{package}"}}]
            """
        )
    )
    settings(recognizers=file)
    assert found("Zaphod met Katarzyna Zielińska") == [("Zaphod", "pii.person")]


def test_a_trained_spacy_pipeline_replaces_our_model(
    tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is installed as a package, as `pip install` does, and named by the package's name."""
    import spacy
    from spacy.training import Example

    spacy.util.fix_random_seed(1)
    nlp = spacy.blank("en")
    ner = nlp.add_pipe("ner")
    ner.add_label("GPE")  # type: ignore[attr-defined]
    examples = [
        Example.from_dict(
            nlp.make_doc(f"we met in {place} today"),
            {"entities": [(10, 10 + len(place), "GPE")]},
        )
        for place in ("Quorn", "Zedby", "Altona")
    ]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(20):
        nlp.update(examples, sgd=optimizer)
    nlp.meta["name"], nlp.meta["version"] = "quorn_sm", "1.0.0"
    package = tmp_path / "en_quorn_sm"
    package.mkdir()
    nlp.to_disk(package / "en_quorn_sm-1.0.0")
    (package / "meta.json").write_text(json.dumps(nlp.meta))
    (package / "__init__.py").write_text(
        "from spacy.util import load_model_from_init_py\n\n"
        "def load(**overrides):\n    return load_model_from_init_py(__file__, **overrides)\n"
    )
    installed = tmp_path / "en_quorn_sm-1.0.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: en_quorn_sm\nVersion: 1.0.0\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "engine.yaml"
    file.write_text(
        "nlp_configuration:\n  nlp_engine_name: spacy\n"
        "  models: [{lang_code: en, model_name: en_quorn_sm}]\n"
    )
    settings(recognizers=file)
    assert found("we met in Zedby today") == [("Zedby", "pii.location")]


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        (
            "nlp_configuration: {nlp_engine_name: spacy,"
            " models: [{lang_code: en, model_name: en_core_web_zz}]}",
            "en_core_web_zz",
        ),
        (
            "nlp_configuration: {nlp_engine_name: transformers, models: [{lang_code: en,"
            f" model_name: {{spacy: '{names.MODEL}', transformers: acme/ner}}}}]}}",
            r"pip install .presidio-analyzer\[transformers\]|acme/ner",
        ),
        (
            "nlp_configuration: {nlp_engine_name: stanza,"
            " models: [{lang_code: en, model_name: en}]}",
            r"pip install .presidio-analyzer\[stanza\]|stanza",
        ),
        (
            "recognizers: [{name: GLiNERRecognizer, type: predefined,"
            " supported_languages: [en], model_name: acme/gliner}]",
            r"pip install .presidio-analyzer\[gliner\]|acme/gliner",
        ),
        (
            "recognizers: [{name: TransformersRecognizer, type: predefined}]",
            "`TransformersRecognizer` .*`nlp_configuration`",
        ),
    ],
)
def test_a_missing_model_is_named_and_never_fetched(
    tmp_path: Path, content: str, missing: str
) -> None:
    file = tmp_path / "engine.yaml"
    file.write_text(content)
    with pytest.raises(ConfigError, match=missing):
        host(file)


@pytest.mark.parametrize(
    "content", ["recognizers: [", "surprise: 1", "recognizers: [{name: x, patterns: 3}]"]
)
def test_a_faulty_file_is_a_configuration_error(tmp_path: Path, content: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(content)
    with pytest.raises(ConfigError, match=r"broken\.yaml"):
        host(file)


def test_a_missing_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        host(tmp_path / "none.yaml")


def test_our_matches_pass_through_unchanged() -> None:
    matches = [Match("pii.email", 0, 5, 0.99), Match("pii.person", 7, 9, 0.85)]
    assert sorted(host().analyze("a@b.c Jo", matches), key=lambda m: m.start) == matches


_ROOMS = """\
recognizers:
  - name: rooms
    supported_entity: ROOM
    patterns: [{name: room, regex: 'R-\\d{3}', score: 0.8}]
"""


@pytest.mark.parametrize("content", ["", _ROOMS], ids=["our recognisers", "one more"])
def test_many_matches_take_as_many_times_the_work_of_one(
    tmp_path: Path, settings: Callable[..., None], content: str
) -> None:
    file = tmp_path / "rooms.yaml"
    file.write_text(content)
    settings(names=False, recognizers=file if content else None)

    def work(count: int) -> int:
        """Functions called."""
        text = "".join(f"a{i}@b.co " for i in range(count))
        calls = 0

        def called(_: Any, event: str, __: Any) -> None:
            nonlocal calls
            calls += event == "call"

        sys.setprofile(called)
        try:
            assert len(found(text)) == count
        finally:
            sys.setprofile(None)
        return calls

    found("loads what it needs")
    assert work(1600) < 8 * work(400)  # 4 if linear, 16 if quadratic


def test_matches_stay_where_a_text_of_many_is_cut(
    tmp_path: Path, settings: Callable[..., None]
) -> None:
    file = tmp_path / "rooms.yaml"
    file.write_text(_ROOMS)
    settings(names=False, recognizers=file)
    text = "".join(f"a{i}@b.co R-{i:03} " for i in range(900))
    assert found(text) == [
        f for i in range(900) for f in [(f"a{i}@b.co", "pii.email"), (f"R-{i:03}", "custom.room")]
    ]


def test_presidio_names_become_our_classes() -> None:
    assert class_of("PHONE_NUMBER") == "pii.phone"
    assert class_of("pii.national_id.pl_pesel") == "pii.national_id.pl_pesel"
    assert class_of("PROJECT_CODE") == "custom.project_code"


def test_the_language_is_guessed_by_function_words() -> None:
    assert language_of("Wir haben das nicht auf der Liste", ["en", "de"]) == "de"
    assert language_of("???", ["en", "de"]) == "en"


def test_the_host_is_a_value() -> None:
    assert isinstance(host(), Host)
