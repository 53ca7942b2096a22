"""Claude Code, Codex and Gemini CLI through the proxy: what they send besides a prompt, too.

Each is asked four things at once; what became of them is read off the bytes at the stand-ins.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from penstock.demo.standins import ANTHROPIC, GEMINI, MODEL_SAYS, OPENAI, SERVICE_SAYS, StandIns

NPM = Path(__file__).with_name("npm") / "node_modules"
MAIL = "heike.hansen@kunde-gmbh.de"
CARD = "4242 4242 4242 4242"
BUG = "values = [row.price for row in rows if row.price is not None]"
CODE = (
    "Find the bug:\n"
    "def average(rows: list[Row]) -> float:\n"
    f"    {BUG}\n"
    "    if not values:\n"
    "        raise ValueError('nothing to average')\n"
    "    return sum(values) / len(values)\n"
)
ASKED = {
    "allow": "What is the capital of France?",
    "redact": f"Write a reminder to {MAIL} please",
    "redirect": CODE,
    "block": f"Charge {CARD} please",
}


@dataclass(frozen=True)
class Program:
    """A command line and the API it talks to."""

    name: str
    host: str
    command: tuple[str, ...]
    """To run it, without the prompt."""
    environment: dict[str, str]
    calls: int
    """Requests with one prompt in them, at least: those for titles and routes have it too."""


PROGRAMS = [
    Program(
        "claude",
        ANTHROPIC,
        ("node", str(NPM / "@anthropic-ai" / "claude-code" / "cli-wrapper.cjs"), "-p"),
        {"ANTHROPIC_API_KEY": "sk-ant-x"},
        2,
    ),
    Program(
        "codex",
        OPENAI,
        (str(NPM / ".bin" / "codex"), "exec", "--skip-git-repo-check"),
        {"CODEX_API_KEY": "sk-x"},
        1,
    ),
    Program(
        "gemini",
        GEMINI,
        (str(NPM / ".bin" / "gemini"), "-p"),
        {"GEMINI_API_KEY": "x", "GEMINI_CLI_TRUST_WORKSPACE": "true"},
        2,
    ),
]


@pytest.fixture
def talkative(standins: StandIns) -> Iterator[None]:
    """Nobody calls a tool: these programs would run it."""
    standins.calls_tools = False
    yield
    standins.calls_tools = True


def ask(program: Program, prompt: str, environment: dict[str, str], home: Path) -> str:
    """What a person reads in the terminal."""
    work = home / "work"
    work.mkdir(parents=True)
    own = {"HOME": str(home), "CODEX_HOME": str(work), "TERM": "dumb", **program.environment}
    done = subprocess.run(
        [*program.command, prompt],
        env={**environment, **own},
        cwd=work,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=270,
    )
    return done.stdout + done.stderr


DIALECTS = {
    "claude": ("anthropic_messages", "Claude Code"),
    "codex": ("openai_responses", "Codex"),
    "gemini": ("gemini_generate", "Gemini CLI"),
}


@pytest.mark.tried("{}", of=DIALECTS)
@pytest.mark.skipif(not (shutil.which("node") and NPM.is_dir()), reason="needs: make packages")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_command_line_keeps_to_all_four_actions(
    program: Program,
    environment: dict[str, str],
    talkative: None,
    arrived: Any,
    tmp_path: Path,
) -> None:
    trust = {"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": os.environ["NODE_EXTRA_CA_CERTS"]}
    environment = {**environment, **trust}

    with ThreadPoolExecutor() as pool:
        waiting = {
            action: pool.submit(ask, program, prompt, environment, tmp_path / action)
            for action, prompt in ASKED.items()
        }
        read = {action: said.result() for action, said in waiting.items()}

    sent = [r.body for r in arrived.at(program.host) if r.method == "POST"]
    assert SERVICE_SAYS in read["allow"]
    assert sum(b"capital of France" in body for body in sent) >= program.calls
    assert MAIL in read["redact"]
    masked = re.compile(rb"Write a reminder to \[EMAIL_\d\] please")
    assert sum(bool(masked.search(body)) for body in sent) >= program.calls
    assert MODEL_SAYS in read["redirect"]
    asked = [json.loads(r.body) for r in arrived.at_model]
    assert sum(BUG in str(document["messages"]) for document in asked) >= program.calls
    assert "Card numbers may not be sent to AI services." in read["block"]
    for secret in (MAIL, BUG, CARD):
        assert secret.encode() not in arrived.everything
