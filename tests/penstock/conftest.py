"""Commands as people run them, each installation in a directory of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from detectors.engine import Engine
from penstock.cli import main
from penstock.state import prepare


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


type Command = Callable[..., Ran]


@pytest.fixture(scope="session")
def compiled(pytestconfig: pytest.Config) -> Path:
    """Where compiled rules are kept between tests: those that ship are, so that no command says
    that it compiles them."""
    assert pytestconfig.cache is not None
    directory = prepare(pytestconfig.cache.mkdir("penstock") / "compiled")
    Engine.load((), directory)
    return directory


@pytest.fixture
def state(tmp_path: Path, compiled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh installation; compiled rules are kept between tests."""
    state = prepare(tmp_path / "state")
    (state / "cache").symlink_to(compiled)
    monkeypatch.setenv("PENSTOCK_STATE", str(state))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return state


@pytest.fixture
def penstock(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command within this process: what needs no process of its own."""

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["penstock", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def process(state: Path) -> Command:
    """Runs a command as a process, with `stdin` as its standard input."""

    def run(*arguments: object, stdin: bytes = b"", **environment: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "penstock.cli", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            timeout=240,
            env={**os.environ, **environment},
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
