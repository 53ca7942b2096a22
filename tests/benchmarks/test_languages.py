"""The page about languages says what the scorer measured."""

from base64 import b64encode

import pytest

from benchmarks.held_out import is_held_out, template
from benchmarks.languages import PAGE, TABLES, filled

ROW = {"gold": 10, "P": 0.9, "R": 0.8, "F1": 0.847, "F1_exact": 0.7}
SCORES = {
    "labels": {"PERSON": ROW},
    "lang_person": {"en": ROW, "sv": {**ROW, "F1": 0.9}},
    "lang_struct": {"en": ROW},
    "kinds": {"clinical": {"PERSON": ROW}},
    "subtypes": {"NATIONAL_ID:PL_PESEL": {"n": 7, "recall": 1.0}},
    "prompt_level": {"struct_recall": 0.97, "any_recall": 0.9},
    "hard_negatives": {
        "items": 50,
        "alarms_per_1000_any": 12.3,
        "alarms_per_1000_structured": 0.0,
        "per_kind": {"hn_code": {"n": 50, "any_per_1000": 12.3}},
    },
}


def test_the_page_has_a_place_for_every_table() -> None:
    page = filled(PAGE.read_text("utf-8"), SCORES, SCORES)
    assert (
        "| names of people | `pii.person` | 90.0 | 80.0 | 84.7 | 70.0 | 90.0 / 80.0 / 84.7 |"
        in page
    )
    assert "| pl_pesel | 100 (7) |" in page
    assert "| code | 50 | 12.3 | 12.3 |" in page


def test_what_is_below_the_aim_is_printed_bold() -> None:
    page = filled(PAGE.read_text("utf-8"), SCORES, SCORES)
    assert "| English | **84.7 (10)** |" in page
    assert "| Swedish | 90.0 (10) |" in page


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="data"):
        filled("# Languages", SCORES, SCORES)
    assert set(TABLES) >= {"data", "languages", "numbers"}


def test_items_of_one_template_are_in_one_half() -> None:
    def item(name: str) -> dict[str, object]:
        text = f"Please call {name} at once"
        span = {"start": 12, "end": 12 + len(name), "label": "PERSON"}
        return {"text": text, "spans": [span], "kind": "k", "source": "s"}

    assert template(item("Colin Barber")) == template(item("Agneta Zobel"))
    assert is_held_out(item("Colin Barber")) is is_held_out(item("Agneta Zobel"))


def test_code_of_one_repository_is_in_one_half() -> None:
    def item(path: str, text: str) -> dict[str, object]:
        source = f"acme/robots:{path}"
        spans = [[7, len(text)]]
        return {"text": text, "label": "code", "spans": spans, "kind": "file", "source": source}

    assert template(item("a.py", "please import re")) == template(item("b/c.py", "please x = 1"))


def test_made_texts_with_code_share_the_sentence_around_it() -> None:
    def item(code: str) -> dict[str, object]:
        text = f"please {code}"
        spans = [[7, len(text)]]
        source = "synthetic:wrapped"
        return {"text": text, "label": "code", "spans": spans, "kind": "file", "source": source}

    assert template(item("import re")) == template(item("x = 1"))


def test_secrets_are_split_by_their_templates_too() -> None:
    def item(secret: str) -> dict[str, object]:
        text = b64encode(f"the key is {secret}".encode()).decode()
        spans = [[11, 11 + len(secret), "key"]]
        return {
            "text_b64": text,
            "label": "secret",
            "spans": spans,
            "kind": "k",
            "source": "synthetic",
        }

    assert template(item("abc1")) == template(item("de_f")) == "kthe key is <key>"
