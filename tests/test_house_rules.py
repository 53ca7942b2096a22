"""What keeps the house in order: registries, proofs, sizes, and documents that cannot go stale."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import detectors
from detectors.base import Combination, Detector
from docs.generate import pages
from penstock import cli
from policy.classes import data_classes
from proxy_addons import dialects
from proxy_addons.services import load
from reports import export
from reports.monthly import publish, sections

ROOT = Path(__file__).parents[1]
DOCUMENTS = (ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md")))

LONG = {
    # file of more than 400 lines -> why it is not several
    "detectors/models/synthetic.py": "one grammar of made-up sentences",
    "detectors/models/templates.yaml": "data",
    "detectors/rules/*.yaml": "data, with its proof beside it",
    "penstock/settings.py": "every setting, one after the other",
    "proxy_addons/services.yaml": "data: one row per service",
    "reports/monthly/words/*.yaml": "data: one sentence in four languages after the other",
    "docs/*.md": "generated pages have the length of what they list",
    "tests/*": "examples; a test file mirrors its module",
}


def ours() -> list[Path]:
    """Files under version control, and those about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def defining(package: str, name: str) -> set[str]:
    """Modules of `package` that define `name` at their top level."""
    found = set()
    for path in (ROOT / package).glob("*.py"):
        for part in ast.parse(path.read_text("utf-8")).body:
            match part:
                case (
                    ast.Assign(targets=[ast.Name(id=defined)])
                    | ast.AnnAssign(target=ast.Name(id=defined))
                    | ast.FunctionDef(name=defined)
                ) if defined == name:
                    found.add(path.stem)
    return found


def test_each_detector_is_registered() -> None:
    assert defining("detectors", "detector") == set(detectors._MODULES)
    assert defining("detectors", "combination") == set(detectors._COMBINATIONS)


def test_each_dialect_is_registered() -> None:
    assert defining("proxy_addons/dialects", "dialect") == set(dialects.BY_NAME)


def test_each_section_of_the_report_is_registered() -> None:
    registered = {section.__module__.rpartition(".")[2] for section in sections.SECTIONS}
    assert defining("reports/monthly/sections", "section") == registered


def test_each_format_is_registered() -> None:
    assert defining("reports/monthly/render", "render") == set(publish.FORMATS)
    assert defining("reports/export", "lines") == set(export.FORMATS)


def test_each_group_of_commands_is_registered() -> None:
    assert defining("penstock/cli", "register") == set(cli._MODULES)


@pytest.mark.parametrize("part", [*detectors.ALL, *detectors.COMBINATIONS], ids=lambda d: d.name)
def test_each_detector_carries_its_proof(part: Detector | Combination) -> None:
    assert part.hits
    assert part.misses
    assert part.version >= 1


@pytest.mark.parametrize("name", dialects.BY_NAME)
def test_each_dialect_has_golden_captures(name: str) -> None:
    captures = list((ROOT / "tests" / "proxy_addons" / "golden" / name).iterdir())

    assert captures
    for capture in captures:
        assert (capture / "request.http").is_file()
        assert (capture / "expected.json").is_file()


@pytest.mark.parametrize("name", pages())
def test_pages_made_from_the_code_are_up_to_date(name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == pages()[name], "run: make docs"


def test_every_class_service_and_category_is_in_the_documents() -> None:
    classes = (ROOT / "docs" / "classes.md").read_text("utf-8")
    services = (ROOT / "docs" / "services.md").read_text("utf-8")

    assert [c for c in data_classes() if f"`{c}`" not in classes] == []
    assert [s.service for s in load() if f"`{s.service}`" not in services] == []
    assert [s.category for s in load() if f"## `{s.category}`" not in services] == []


def test_every_wire_format_is_in_the_support_matrix() -> None:
    matrix = (ROOT / "docs" / "support-matrix.md").read_text("utf-8")

    assert [name for name in dialects.BY_NAME if f"`{name}`" not in matrix] == [], "make matrix"


def commands(command: Any, name: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield name
    for sub, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*name, sub))


def test_commands_that_documents_name_exist() -> None:
    known = set(commands(typer.main.get_command(cli.app)))
    groups = {name[:1] for name in known if len(name) == 2}
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        text = document.read_text("utf-8")
        code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
        for words in re.findall(r"(?<![-\w/@.])(?:\.venv/bin/)?penstock ((?:[a-z]+ ?)+)", code):
            name = tuple(words.split())
            shown = name[:2] if name[:1] in groups and len(name) > 1 else name[:1]
            assert shown in known, f"{document.name}: penstock {words}"
        for target in re.findall(r"`?\bmake ([a-z]+)\b", code):
            assert target in targets, f"{document.name}: make {target}"


def test_links_between_documents_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
            assert (document.parent / link).exists(), f"{document.name}: {link}"


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    names = [p.name for p in (ROOT / "docs").glob("*.md") if p.name != "README.md"]

    assert [name for name in names if f"]({name})" not in index] == []


def test_the_architecture_fits_on_a_few_pages_and_names_tests_that_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")

    assert text.count("\n") <= 200
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) >= 9
    for path, test in named:
        source = (ROOT / path).read_text("utf-8")
        assert not test or re.search(rf"def {test}\(", source), f"{path}::{test}"


def test_long_files_have_a_reason() -> None:
    for path in ours():
        name = path.relative_to(ROOT)
        if path.suffix not in (".py", ".yaml", ".md", ".css", ".j2") or "golden" in name.parts:
            continue
        if any(name.match(p) or name.parts[0] == p.removesuffix("/*") for p in LONG):
            continue
        assert len(path.read_text("utf-8").splitlines()) <= 400, f"{name}: split it, or say why"


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"(?:#|<!--|//)\s*(?:TO" + r"DO|FIX" + r"ME|X{3})\b(?!\()")
    for path in ours():
        if path.suffix in (".py", ".md", ".toml", ".sh", ".j2"):
            assert not later.search(path.read_text("utf-8")), path


def test_each_package_says_what_it_is() -> None:
    for path in ours():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] not in ("tests", "benchmarks"):
            assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path
