"""What lies in the working directory is no part of the program."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from penstock.children import environment, module
from penstock.supervise import worker_command
from reports.monthly.render import pdf

POISON = "open('ran', 'w').close()\n"
MODULES = ("typer", "weasyprint", "inspect", "typing", "yaml", "penstock", "reports")


@pytest.fixture
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory one stands in, with files that are called like modules."""
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text(POISON)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "command", [worker_command(["--version"]), module("penstock.cli", "--version")]
)
def test_processes_of_ours_import_nothing_from_where_one_stands(
    somewhere: Path, command: Sequence[str]
) -> None:
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert not (somewhere / "ran").exists()


def test_neither_does_the_question_whether_reports_can_be_made(somewhere: Path) -> None:
    assert pdf.problem() == ""
    assert not (somewhere / "ran").exists()


def test_the_package_is_found_once_and_before_what_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/else")
    once = environment(MORE="x")
    monkeypatch.setenv("PYTHONPATH", once["PYTHONPATH"])
    assert environment()["PYTHONPATH"] == once["PYTHONPATH"] == f"{Path(__file__).parents[2]}:/else"
    assert once["MORE"] == "x"


def test_nothing_starts_python_in_another_way() -> None:
    root = Path(__file__).parents[2]
    places = ("penstock", "proxy_addons", "policy", "reports", "deploy")
    ways = [
        str(path.relative_to(root))
        for place in places
        for path in (root / place).rglob("*.py")
        if "[sys.executable" in path.read_text("utf-8")
        or "(sys.executable," in path.read_text("utf-8")
    ]
    assert ways == ["penstock/children.py"]
