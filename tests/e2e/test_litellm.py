"""LiteLLM, which calls everybody's API in its own way, through the proxy: `make clients`.

It lives in an environment of its own, since it pins versions that are not ours.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from penstock.demo.standins import MODEL_SAYS, SERVICE_SAYS
from tests.e2e.test_sdks import CARD, CODE, HARMLESS, IBAN, MAIL, MASKED, NOTICE, PAYMENT, PERSONAL

PYTHON = os.environ.get("PENSTOCK_CLIENTS", "")
CALL = Path(__file__).parents[1] / "clients" / "completion.py"
MODELS = {
    "openai/gpt-5": ("openai_chat", "LiteLLM"),
    "anthropic/claude-opus-4-8": ("anthropic_messages", "LiteLLM"),
    "gemini/gemini-3-pro": ("gemini_generate", "LiteLLM"),
    "mistral/mistral-large-latest": ("mistral_chat", "LiteLLM"),
    "deepseek/deepseek-chat": ("openai_chat", "LiteLLM"),
}

pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="PENSTOCK_CLIENTS names no interpreter"),
    pytest.mark.parametrize("model", MODELS),
    pytest.mark.parametrize("streamed", ["no", "yes"], ids=["whole", "streamed"]),
    pytest.mark.tried("{} (`make clients`)", of=MODELS),
]


def read(environment: dict[str, str], model: str, streamed: str, *prompts: str) -> list[str]:
    done = subprocess.run(
        [PYTHON, CALL, model, streamed],
        input=json.dumps(prompts).encode(),
        capture_output=True,
        check=False,
        timeout=600,
        env={**environment, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "HOME": "/nonexistent"},
    )
    assert done.returncode == 0, done.stderr.decode()
    said: list[str] = json.loads(done.stdout.splitlines()[-1])
    return said


def test_what_passes_is_cleaned_answered_inside_and_refused(
    environment: dict[str, str], arrived: Any, model: str, streamed: str
) -> None:
    prompts = HARMLESS, PERSONAL, CODE, PAYMENT
    harmless, personal, code, payment = read(environment, model, streamed, *prompts)

    assert harmless == SERVICE_SAYS + HARMLESS
    assert personal == SERVICE_SAYS + PERSONAL
    assert code.startswith(NOTICE)
    assert code.endswith(MODEL_SAYS + CODE)
    assert "Card numbers may not be sent to AI services." in payment
    assert MASKED in arrived.everything
    for secret in (MAIL, IBAN, CARD, "subtotal"):
        assert secret.encode() not in arrived.everything
    assert len(arrived.at_model) == 1
