"""Reports in four languages, whole."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from penstock.errors import ConfigError
from reports import notification
from reports.cases import Case, Severity, open_case, update_case
from reports.demo import demo_facts, seed_demo
from reports.ledger import Ledger
from reports.monthly import build, render
from reports.monthly.render.html import MANY_COLUMNS, page
from reports.monthly.words import LANGUAGES, Words, sentences
from tests.reports.samples import NOON

HERE = Path("reports/monthly")


def said() -> set[str]:
    """Every sentence that stands in code, templates and data."""
    found: set[str] = set()
    for path in (*HERE.rglob("*.py"), Path(notification.__file__)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                called = node.func
                name = called.id if isinstance(called, ast.Name) else ""
                name = called.attr if isinstance(called, ast.Attribute) else name
                first = node.args[0]
                if name in ("t", "words") and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    for path in HERE.rglob("*.j2"):
        found |= set(re.findall(r't\("([^"]+)"', path.read_text()))
    for file, key in (
        ("benchmarks", "what"),
        ("benchmarks", "source"),
        ("deadlines", "what"),
        ("ceilings", "what"),
        ("controls", "feature"),
        ("transfers", "basis"),
    ):
        found |= {row[key] for row in yaml.safe_load(Path(f"reports/data/{file}.yaml").read_text())}
    return found | {*notification._PARTS.values(), *notification._LABELS.values()}


def test_every_sentence_is_translated() -> None:
    assert not said() - sentences().keys()


def test_translations_keep_what_is_filled_in() -> None:
    def filled(text: str) -> list[str]:
        return sorted(re.findall(r"\{\w*\}", text))

    for english, row in sentences().items():
        assert row.keys() == set(LANGUAGES)
        for language in LANGUAGES:
            assert row[language].strip(), (english, language)
            assert filled(row[language]) == filled(english), (english, language)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """With something in every section."""
    state = tmp_path_factory.mktemp("words")
    ledger = Ledger.open(f"sqlite:///{state / 'l.sqlite'}", state, demo=True)
    seed_demo(ledger, NOON, months=2)
    for status, conclusion in (("assessed", "risk"), ("notified", "high risk"), ("open", "")):
        case = open_case(ledger, by="a", at=NOON, title="x", detected_at=NOON, aware_at=NOON)
        update_case(
            ledger, case, by="a", at=NOON, status=status, conclusion=conclusion,
            severity=Severity(dpc=4, ei=1, cb=0.5),
        )  # fmt: skip
    yield ledger
    ledger.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_wholly_in_one_language(ledger: Ledger, language: str) -> None:
    facts = demo_facts().model_copy(
        update={"regimes": ("gdpr", "nis2", "dora", "hipaa"), "sector": "finance"}
    )
    for month in ("2026-11", "2026-10", "2020-01"):
        document = build(ledger, month, version="1", now=NOON, language=language, facts=facts)
        page = render(document, "html").decode()
        assert f'<html lang="{language}">' in page
        if language != "en":
            for english in ("Violations", "How it is counted", "Prevented", "not stated"):
                assert f">{english}<" not in page, english


def test_numbers_in_sentences_are_written_as_in_the_language() -> None:
    words = Words("de")
    assert words("Records: {seq}, up to", seq=12345) == "Einträge: 12.345, bis"


def test_an_unknown_language_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ConfigError, match="no reports in `it`"):
        build(ledger, "2026-11", version="1", language="it")


def test_whatever_a_case_may_say_has_a_translation() -> None:
    def choices(kind: object) -> Iterator[str]:
        if get_origin(kind) is Literal:
            yield from get_args(kind)
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            for field in kind.model_fields.values():
                yield from choices(field.annotation)
        else:
            for part in get_args(kind):
                yield from choices(part)

    found = set(choices(Case)) - {""}
    assert {"closed", "processor", "internal malicious", "exact", "very high"} <= found
    assert not found - sentences().keys()


def test_what_has_many_columns_is_printed_as_lists(ledger: Ledger) -> None:
    """A page is too narrow for the register: each case stands in lines of its own."""
    document = build(ledger, "2026-11", version="1", now=NOON, facts=demo_facts())
    register = document.table("register")
    assert len(register.columns) > MANY_COLUMNS
    printed = page(document, "report.pdf.j2")
    assert printed.count('<table class="each">') == len(register.rows) > 0
    for column in register.columns:
        assert printed.count(f"<th>{column.label}</th>") >= len(register.rows)
    assert render(document, "html").decode().count('<dl class="each">') == len(register.rows)
