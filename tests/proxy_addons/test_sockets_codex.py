"""Codex itself over its WebSocket, through the proxy: all four actions as a person sees them."""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from proxy_addons import ca
from proxy_addons.services import Service, Services
from tests.proxy_addons.lab import Lab, Start, policy
from tests.proxy_addons.sockets import serving
from tests.proxy_addons.test_sockets import Model, answer, model
from tests.proxy_addons.wire import Authority

__all__ = ["model"]

CODEX = Path(__file__).parents[1] / "e2e" / "npm" / "node_modules" / ".bin" / "codex"
OPENAI = "api.openai.com"
AWAY = ("chatgpt.com", "ab.chatgpt.com", "api.github.com", "github.com")
"""Where Codex asks for other things; nobody is there."""
CATALOGUE = Services(
    [
        Service(
            service="openai-api",
            name="OpenAI API",
            category="api",
            hosts=(OPENAI,),
            endpoints={
                "WS /v1/responses": "openai_responses_socket",
                "POST /v1/responses": "openai_responses",
            },
        )
    ]
)
SECRET = "Say what SECRET-42 is"

pytestmark = [
    pytest.mark.skipif(
        not (shutil.which("node") and CODEX.exists()), reason="needs: make packages"
    ),
    pytest.mark.tried("Codex", dialect="openai_responses_socket"),
]


async def said(lab: Lab, prompt: str, home: Path) -> str:
    """What Codex prints."""
    home.mkdir(exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CODEX_HOME": str(home),
        "TERM": "dumb",
        "CODEX_API_KEY": "sk-x",
        "HTTPS_PROXY": f"http://{lab.address[0]}:{lab.address[1]}",
        "SSL_CERT_FILE": str(ca.certificate(lab.state)),
    }
    process = await asyncio.create_subprocess_exec(
        *(str(CODEX), "exec", "--skip-git-repo-check", prompt),
        env=environment,
        cwd=home,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return out.decode()


@pytest.mark.parametrize("then", ["block", "redact", "redirect"])
async def test_codex_keeps_to_the_actions_over_its_socket(
    start: Start, authority: Authority, model: Model, tmp_path: Path, then: str
) -> None:
    rules = policy(then, **({"to": "inside"} if then == "redirect" else {}))
    more: dict[str, Any] = {
        "models": model.settings,
        "catalogue": CATALOGUE,
        "host": OPENAI,
        "away": AWAY,
    }
    async with serving(start, authority, rules, answer=answer, **more) as service:
        read = await said(service.lab, SECRET, tmp_path / then)
    sent = "".join(map(str, service.heard))
    assert "SECRET-42" not in sent
    assert [v.endpoint for v in service.lab.notebook.violations][:1] == ["WS /v1/responses"]
    match then:
        case "block":
            assert "this prompt looks like it contains" in read
        case "redact":
            assert "[PASSWORD_1]" in sent
            assert read.count("SECRET-42") >= 2
        case "redirect":
            assert "from within" in read
            assert "SECRET-42" in str(model.asked)
