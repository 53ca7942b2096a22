"""The vendors' own libraries for Node.js through the proxy: four actions, both ways, tools."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.demo.standins import ANTHROPIC, MODEL_SAYS, OPENAI, SERVICE_SAYS

SCRIPT = Path(__file__).with_name("npm") / "ask.mjs"
MAIL = "uwe.unger@kunde-gmbh.de"
CARD = "4012 8888 8888 1881"
HARMLESS = "What is the capital of France?"
PERSONAL = f"Write a reminder to {MAIL}: the invoice is due."
CODE = (
    "def average(rows: list[Row]) -> float:\n"
    "    values = [row.price for row in rows if row.price is not None]\n"
    "    if not values:\n"
    "        raise ValueError('nothing to average')\n"
    "    return sum(values) / len(values)\n"
)
HOSTS = {"openai": OPENAI, "responses": OPENAI, "anthropic": ANTHROPIC}

INSTALLED = shutil.which("node") and SCRIPT.with_name("node_modules").is_dir()

DIALECTS = {
    "openai": ("openai_chat", "openai"),
    "responses": ("openai_responses", "openai"),
    "anthropic": ("anthropic_messages", "@anthropic-ai/sdk"),
}
pytestmark = [
    pytest.mark.skipif(not INSTALLED, reason="needs: make packages"),
    pytest.mark.tried("{} for Node.js", of=DIALECTS),
]


@pytest.fixture(params=HOSTS)
def ask(
    request: pytest.FixtureRequest, environment: dict[str, str], proxy: Any
) -> Callable[[str, str], str]:
    def run(mode: str, prompt: str) -> str:
        done = subprocess.run(
            ["node", SCRIPT, request.param, mode],
            env={**environment, "NODE_EXTRA_CA_CERTS": str(proxy.ca)},
            input=prompt,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert not done.stderr, done.stderr
        return done.stdout

    run.host = HOSTS[request.param]  # type: ignore[attr-defined]
    return run


def test_a_harmless_prompt_passes(ask: Any, arrived: Any) -> None:
    assert ask("whole", HARMLESS) == SERVICE_SAYS + HARMLESS

    assert len(arrived.at(ask.host)) == 1


def test_personal_data_becomes_placeholders_and_comes_back(ask: Any, arrived: Any) -> None:
    assert ask("stream", PERSONAL) == SERVICE_SAYS + PERSONAL
    assert ask("tool", PERSONAL) == PERSONAL

    assert len(arrived.at(ask.host)) == 2
    assert MAIL.encode() not in arrived.everything


@pytest.mark.parametrize("mode", ["whole", "stream"])
def test_the_companys_own_model_answers(mode: str, ask: Any, arrived: Any) -> None:
    assert ask(mode, CODE).endswith(MODEL_SAYS + CODE)

    assert arrived.everything == b""


def test_the_companys_own_model_calls_tools(ask: Any, arrived: Any) -> None:
    assert ask("tool", CODE) == CODE

    assert arrived.everything == b""
    assert len(arrived.at_model) == 1


def test_a_card_number_goes_nowhere(ask: Any, arrived: Any) -> None:
    for mode in ("whole", "stream"):
        assert "Card numbers may not be sent to AI services." in ask(mode, f"charge {CARD}")

    assert arrived.everything == b""
    assert arrived.at_model == []
