"""Names, places, organisations and addresses by the language model."""

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import addresses, names
from detectors.models.language import Words
from detectors.name_shapes import is_identifier, is_plausible


def found(text: str, label: str = "PERSON") -> list[str]:
    return [text[n.start : n.end] for n in names.find(text) if n.label == label]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Write a polite e-mail to Katarzyna Zielińska about the invoice.", "Katarzyna Zielińska"),
        ("Sehr geehrte Frau Rohleder, wir danken Ihnen.", "Rohleder"),
        ("Le patient Philippe Girard est sorti hier.", "Philippe Girard"),
        ("Mi jefe se llama Anselmo Ferrán y vive cerca.", "Anselmo Ferrán"),
        ("Il signor Comisso ha chiesto un riassunto.", "Comisso"),
        ("Rozmawiałem wczoraj z Markiem Nowakiem o umowie.", "Markiem Nowakiem"),
        ("Proszę przekazać umowę Grzegorzowi Wróblewskiemu.", "Grzegorzowi Wróblewskiemu"),
        ("Przygotuj ocenę pracy dla Iwony Borkowskiej.", "Iwony Borkowskiej"),
        ("Napiš Otakaru Beranovi, že přijdeme později.", "Otakaru Beranovi"),
        ("Pyysin Sanna Karjalaista kirjoittamaan raportin.", "Sanna Karjalaista"),
        ("Kind regards\n\nColin Barber\nHead of Sales", "Colin Barber"),
        ("name: Jessica Murray\nrole: analyst", "Jessica Murray"),
        ("[10:40] Amleto Natta: call me", "Amleto Natta"),
        ("# TODO(Valeria): ask Tina Zeffirelli about this endpoint", "Tina Zeffirelli"),
        ("hey can you ask sarah miller about the report", "sarah miller"),
    ],
)
def test_people_are_found_as_people_write(text: str, name: str) -> None:
    assert name in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "keep it short and plain",
        "what is a queue in python",
        "Jakie są objawy grypy?",
        "Nasza strona jest wolna.",
        "Hvilken vei er kortest?",
    ],
)
def test_a_text_without_any_sign_of_a_name_is_not_read_by_the_model(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "model", None)  # calling it would raise
    assert found(text) == []


def test_a_verb_before_a_name_is_no_part_of_it() -> None:
    assert found("Dokument podpisał Tomaszem.") in (["Tomaszem"], [])
    assert "van der Meer" in found("Groeten, Jan van der Meer")[0]


@pytest.mark.parametrize(
    "text",
    [
        "Explain Dijkstra's algorithm and when to prefer it.",
        "Tune the Adam optimizer for a neural network.",
        "SELECT user_name FROM Customers WHERE Status = 1;",
        "class RequestHandler(BaseHandler):",
        "What does the Sarbanes-Oxley Act require?",
        "Symptome von Morbus Crohn",
        "jobs:\n  - name: Clone\n    run: git clone\n  - name: Upload\n",
        "如果你唯一的目标是炫耀你的工作，甚至在你的 README 中说明这点。",
        "sha256:c6d81ca181a09e2f4b82f07d5305f44d",
    ],
)
def test_eponyms_and_code_are_no_people(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Copyright 2018 Ada Lovelace", "2018 Ada Lovelace"),
        ("\n  2012-2018 Ada Lovelace", "2012-2018 Ada Lovelace"),
        ("sent on Wed, 30 Nov 2022 15:25:46", "Wed, 30 Nov 2022 15:25:46"),
        ("install llvm-toolchain-12 first", "llvm-toolchain-12"),
        ("2015-2016, 2018 Ada Lovelace", "2018 Ada Lovelace"),
        ('"64bit Amazon Linux 7"', "64bit Amazon Linux 7"),
        ("see hwclock(8) for it", "hwclock(8)"),
        ("* Prerelease 1.11.12", "Prerelease 1.11.12"),
        ("limit: 2 Gbit/s", "2 Gbit/s"),
        ("cbs locredit -1470 hicredit 30", "locredit -1470 hicredit 30"),
        ("| Maps | 7930c0a7-6e8c-6d92 |", "7930c0a7-6e8c-6d92"),
    ],
)
def test_years_dates_and_packages_are_no_addresses(text: str, value: str) -> None:
    start = text.index(value)
    assert not is_plausible(text, start, start + len(value), "ADDRESS")


def test_a_postcode_that_looks_like_a_year_is_one_after_its_street() -> None:
    text = "Falkoner Allé 21, 2000 Frederiksberg"
    assert is_plausible(text, 18, len(text), "ADDRESS")
    text = "wonend Molenring 12, 9871AB Stroobos"
    assert is_plausible(text, 21, 27, "ADDRESS")


@pytest.mark.parametrize("label", ["ADDRESS", "ORG", "LOCATION", "PERSON"])
def test_a_hash_is_no_name(label: str) -> None:
    text = '{"content_hash": "2051f16a6fafb1c9c295d3cac5cb5bde7efb85cf", "size": 12}'
    start = text.index("2051")
    assert not is_plausible(text, start, start + 40, label)


def test_what_is_assigned_to_is_nobody() -> None:
    assert not is_plausible('cidr  = "10.0.0.0/16"', 0, 4, "PERSON")
    assert is_plausible("ask hanna about 3 = x", 4, 9, "PERSON")


def test_initials_in_brackets_after_what_is_no_name_are_none_either() -> None:
    def abbreviates(text: str, *orgs: str) -> bool:
        spans = [(text.index(org), text.index(org) + len(org)) for org in orgs]
        found = [names.Name(start, end, "ORG") for start, end in spans]
        return names._abbreviates(text, found[-1], found)

    assert abbreviates("under the Data Privacy Framework (DPF) we", "DPF")
    assert not abbreviates("under the Zorbach Board (DPF) we", "DPF")
    assert not abbreviates("under the Data Privacy Framework DPF we", "DPF")
    assert not abbreviates("the Zorbach Vale Board (ZVB) met", "Zorbach Vale Board", "ZVB")


def test_a_thing_in_a_field_for_names_is_nobody() -> None:
    text = '{"name": "Karen languages"}, {"name": "Karen Smith"}, {"says": "Karen comes today"}'
    places = [m.start() for m in re.finditer("Karen", text)]
    assert [is_plausible(text, at, at + 5, "PERSON") for at in places] == [False, True, True]


def test_the_directives_of_a_typesetter_are_no_places() -> None:
    assert not is_plausible("\n.RS 2m\n", 2, 4, "LOCATION")


@pytest.mark.parametrize(
    ("code", "prose"),
    [
        ('total * London("0.95")', "the office (London (City))"),
        ("from routes import Berlin, London\n", "from plans we import London goods"),
        ("def best(a) -> London:", "from Hull to London: two hours"),
        ("London.connect(host)", "we met in London.connect soon"),
        ("\nclass London:", "a world class London hotel"),
        ("\npackage London\n", "the package London sent"),
        ("TIER_London_A", "_London_ is large"),
    ],
)
def test_what_source_code_calls_declares_or_imports_is_no_place(code: str, prose: str) -> None:
    def is_code(text: str) -> bool:
        start = text.index("London")
        return is_identifier(text, start, start + 6)

    assert (is_code(code), is_code(prose)) == (True, False)


def test_a_time_zone_is_nobodys_place() -> None:
    zones = (
        *(
            "Africa/Porto-Novo",
            "America/Indiana/Knox",
            "America/Port-au-Prince",
            "Antarctica/Troll",
        ),
        *("Asia/Ho_Chi_Minh", "Atlantic/Faroe", "Australia/ACT", "Brazil/East", "Canada/Yukon"),
        *("Chile/Continental", "Etc/GMT-14", "Etc/GMT+0", "Indian/Mahe", "Mexico/General"),
    )
    assert [zone for zone in zones if not _is_zone(zone)] == []
    assert not any(
        list(names.find(text)) for text in ("Europe/Berlin", "America/New_York", "US/Pacific")
    )
    zoned = "tz=America/Argentina/Buenos_Aires; the user lives in Berlin"
    assert found(zoned, "LOCATION") == ["Berlin"]
    for text in ("We flew to Berlin/Paris", "see /Europe/Berlin", "Europe or Berlin/Berlin"):
        assert not _is_zone(text)


def _is_zone(text: str) -> bool:
    """Whether its last part is left alone."""
    return not is_plausible(text, text.rindex("/") + 1, len(text), "LOCATION")


def test_a_class_is_no_place_wherever_it_stands_in_source_code() -> None:
    text = "if issubclass(given, Decimal):\n    return Decimal('0.95')\n"
    prose = "We went from Decimal to Paris. Then Decimal (again)."

    assert not is_plausible(text, 21, 28, "LOCATION")
    assert is_plausible(prose, 13, 20, "LOCATION")
    assert found("We flew from Paris to Berlin.", "LOCATION") == ["Paris", "Berlin"]


def test_names_of_files_and_counts_are_no_addresses() -> None:
    for text in ("penstock-2026-10.xlsx", "Prevented 239, Disclosed 13, Unknown 8", "secrets@2"):
        assert not is_plausible(f"<{text}>", 1, 1 + len(text), "ADDRESS")
    text = "ship to Lindenhof 12, Wohnung 3"
    assert is_plausible(text, text.index("Linden"), len(text), "ADDRESS")


@pytest.mark.parametrize(
    ("text", "is_place"),
    [
        ("chat,US,free", False),
        ("<td>US</td>", False),
        ("| chat | US | no |", False),
        ("Salem,US,62701", True),
        ("Salem, US, by train", True),
    ],
)
def test_a_country_code_in_a_cell_is_nobodys_place(text: str, is_place: bool) -> None:
    start = text.index("US")
    assert is_plausible(text, start, start + 2, "LOCATION") == is_place


def test_an_address_is_one_span() -> None:
    text = "Ship it to Max Huber, Hauptstraße 5, 10115 Berlin tomorrow."
    assert any("Hauptstraße 5" in address for address in found(text, "ADDRESS"))


def test_numbers_in_a_table_are_no_addresses() -> None:
    assert found("Q1 2026\t807959\t610311\t3.9%\nQ2 2021\t163156\t862840\t6.2%", "ADDRESS") == []


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_words_spell_the_text(text: str) -> None:
    doc = Words(names.model().vocab)(text)
    assert "".join(token.text_with_ws for token in doc) == text


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=400))
def test_spans_are_within_any_text(text: str) -> None:
    for name in names.find(text):
        assert 0 <= name.start < name.end <= len(text)


def test_cost_is_linear_in_length() -> None:
    sentence = "Yesterday Colin Barber wrote to the office in Rome about a refund. "

    def seconds(n: int) -> float:
        text = sentence * n
        started = time.process_time()
        list(names.find(text))
        return time.process_time() - started

    seconds(20)
    assert seconds(800) < 12 * seconds(200)  # 4 if linear, 16 if quadratic


@pytest.mark.parametrize("blank", ["x", ",", "Q7", "字"])
def test_of_a_text_without_blanks_no_more_is_read_again_than_of_a_long_word(blank: str) -> None:
    # a few people are looked at twice, with the rest of the words beside them
    text = blank * 40_000 + "\nDear Colin Barber\n" + blank * 40_000
    read = 0
    make_doc = names.model().make_doc

    class Counting:
        """The model, which says how much it reads."""

        def __call__(self, words: str) -> Any:
            nonlocal read
            read = max(read, len(words))
            return make_doc(words)

    names.model().make_doc = Counting()  # type: ignore[method-assign]
    try:
        assert [text[n.start : n.end] for n in names.find(text)] == ["Colin Barber"]
    finally:
        names.model().make_doc = make_doc  # type: ignore[method-assign]
    assert read < 1000


def test_reading_fast_finds_what_reading_slowly_finds() -> None:
    import spacy

    slow, fast = spacy.load(names.MODEL), names.model()
    texts = [
        "Write a polite e-mail to Katarzyna Zielińska about the invoice.",
        "Il signor Comisso abita a Torino e lavora per la Fratelli Bianchi S.p.A.",
        "kind regards\ncolin barber",
    ]
    for text in [*texts, *texts]:  # the second time from memory
        expected = [(e.text, e.label_) for e in slow(text).ents]
        assert [(e.text, e.label_) for e in fast(text).ents] == expected


def test_a_lane_named_after_a_mill_is_no_sum_of_money() -> None:
    def addresses(text: str) -> list[str]:
        return [text[n.start : n.end] for n in names.find(text) if n.label == "ADDRESS"]

    assert addresses("Tenant Colin Barber, 3 Mill Lane, owes rent.") == ["3 Mill Lane"]
    assert not addresses("Der Umsatz in Hauptstraße 3 Mill EUR stieg.")


def test_texts_are_read_together_as_they_are_one_by_one() -> None:
    texts = [
        "Hi Anna, did Robert Miller send the figures?",
        "yes please",
        "Ship it to Gudrun Baumgartner, 12 Old Mill Road, Haarlem.",
        "",
        "Pani Katarzyna Zielińska mieszka w Krakowie.",
        "The server in Frankfurt is slow again.",
    ] * 20
    assert names.find_many(texts) == [list(names.find(text)) for text in texts]


def test_the_words_of_a_prompt_do_not_stay_in_memory() -> None:
    before = len(names.model().vocab.strings)
    list(names.find("Xylanthora Quibberton wrote to Zephanya Brundleworth yesterday."))
    assert len(names.model().vocab.strings) == before


def test_what_is_remembered_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from detectors.models import fast

    monkeypatch.setattr(fast, "WORDS", 20)
    for i in range(30):
        text = f"Please ask Colin Barber about number w{i}x and y{i}z today."
        assert found(text) == ["Colin Barber"]


@pytest.mark.parametrize(
    "name",
    ["Corrado Zorbaschek", "Markowi Zorbaszewskiemu", "Otakaru Beranovi", "Jakubom Havlíkom"],
)
def test_a_known_first_name_with_a_surname_is_asked_about_where_the_model_saw_nothing(
    name: str,
) -> None:
    text = f"Bilanz, {name}, Archer City"
    [person] = names._overlooked([text], [[]], [[]], [(0, 0, len(text))])
    assert text[person[1].start : person[1].end] == name
    assert names._overlooked([text], [[person[1]]], [[]], [(0, 0, len(text))]) == []


def test_a_word_with_a_capital_before_a_full_name_does_not_hide_it() -> None:
    text = "Poděkuj Adamovi Horákovi"
    [person] = names._overlooked([text], [[]], [[]], [(0, 0, len(text))])
    assert text[person[1].start : person[1].end] == "Adamovi Horákovi"
    assert len(names._overlooked(["Corrado Corrado Zorbaschek"], [[]], [[]], [(0, 0, 26)])) == 1


def test_names_of_spacys_own_attributes_are_words_like_others() -> None:
    text = "We met Anna Novak. {} and 401 are flags of Anna Novak and Peter Kowalski in Berlin."
    for attribute in ("IS_ALPHA", "ORTH", "LIKE_NUM", "DEP", "nsubj", "PERSON") * 3:
        [found] = names.find_many([text.format(attribute)])
        assert found, attribute


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Avtale om hus på Kyrkjevegen 41, 5750 Odda.", "Kyrkjevegen 41, 5750 Odda"),
        ("A beteg lakcíme 4024 Debrecen, Kossuth utca 18.", "4024 Debrecen, Kossuth utca 18"),
        (
            "He lives at 27 Beech Grove, Harrogate HG2 0PA, suffers",
            "27 Beech Grove, Harrogate HG2 0PA",
        ),
    ],
)
def test_an_address_takes_its_town_and_no_more(text: str, address: str) -> None:
    assert found(text, "ADDRESS") == [address]


@pytest.mark.parametrize(
    ("value", "end"),
    [
        ("Lidická 48, 602 00 Brno. Zkontroluj odstavec 3", "Brno"),
        ("Dorpsweg 7, 1697 KH Schellinkhout - 2016-2021", "Schellinkhout"),
        ("str. Mihai Eminescu 4, Cluj", "Cluj"),
        ("Avda. Purísima Concepción 6", "6"),
        ("rúa olmos 44, belfast", "belfast"),
    ],
)
def test_what_goes_on_after_an_address_is_none_of_it(value: str, end: str) -> None:
    assert value[: addresses.end_of(value, 0, len(value))].endswith(end)


def test_who_is_named_often_is_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Adamem Horákem, Adamem Horákem, Evou Horákovou"
    spans = [(0, names.Name(i, i + 14, "PERSON")) for i in (0, 16, 32)]
    shown: list[str] = []
    seen = names._entities

    def counted(texts: list[str], views: list[names.View]) -> list[list[names.Name]]:
        shown.extend(texts)
        return seen(texts, views)

    monkeypatch.setattr(names, "_entities", counted)
    first, second, _ = names._asked([text], spans)
    assert first == second
    assert len(shown) == 4


def test_a_new_name_takes_the_place_of_those_it_touches() -> None:
    old = [names.Name(0, 4, "ORG"), names.Name(6, 9, "LOCATION"), names.Name(20, 24, "PERSON")]
    new = [names.Name(2, 8, "PERSON"), names.Name(4, 7, "PERSON"), names.Name(30, 34, "PERSON")]
    assert names._with(old, new) == [new[0], old[2], new[2]]
