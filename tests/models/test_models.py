"""A real model server answers prompts of every dialect: `make test-models`.

llama.cpp's server, built from source, with a model that says letters at random. What it does in
its own way is kept as captures in `tests/proxy_addons/redirect/servers/`, for every run.
"""

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from penstock.errors import CannotExpress
from penstock.model import Finished
from penstock.settings import ModelSettings, Settings
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Redirectable, Request
from proxy_addons.dialects.messages import METHOD
from proxy_addons.dialects.native import NATIVE
from proxy_addons.dialects.openai_chat import dialect as openai_chat
from proxy_addons.redirect.redirector import Redirector
from tests.proxy_addons.redirect.test_redirector import Client
from tests.proxy_addons.test_golden import CASES, request

SERVER, _, MODEL = os.environ.get("PENSTOCK_MODEL_SERVER", "").partition(" ")

pytestmark = pytest.mark.skipif(not SERVER, reason="PENSTOCK_MODEL_SERVER names no server")


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    command = [SERVER, "-m", MODEL, "--host", "127.0.0.1", "--port", str(port), "-c", "4096"]
    command += ["--alias", "tiny", "--jinja", "-n", "24", "-t", "1", "--parallel", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _await(f"http://127.0.0.1:{port}/health", server)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        assert server.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


def asked(case: Path) -> tuple[Redirectable, Request] | None:
    """A captured request that a model can answer."""
    dialect, sent = BY_NAME[case.parent.name], request(case / "request.http")
    if not isinstance(dialect, Redirectable) or sent.method == METHOD:
        return None
    try:
        chat = dialect.chat(sent)
    except CannotExpress:
        return None
    has_media = any(not isinstance(p, str) for turn in chat.turns for p in turn.parts)
    return None if has_media or chat.json_schema or not chat.turns else (dialect, sent)


BYTES_AS_NUMBERS = ("tabnine",)
ANSWERABLE = [case for case in CASES if asked(case)]


@pytest.fixture(params=[(), tuple(NATIVE)], ids=["told", "native"])
async def redirector(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Redirector]:
    model = ModelSettings(
        base_url=url, model="tiny", context_tokens=4096, dialects=request.param, answer_s=60
    )
    made = Redirector.of(Settings(models={"one": model}), openai_chat)
    await made.start()
    yield made
    await made.aclose()


@pytest.mark.answered("llama.cpp's server")
@pytest.mark.parametrize("case", ANSWERABLE, ids=lambda c: f"{c.parent.name}/{c.name}")
async def test_it_answers(case: Path, redirector: Redirector) -> None:
    found = asked(case)
    assert found is not None
    dialect, sent = found
    chat = dialect.chat(sent)
    ended: list[Finished] = []
    over = asyncio.Event()

    async def told(finished: Finished, served_as: str) -> None:
        ended.append(finished)
        over.set()

    opened = await redirector.open(chat, ("one",), dialect, sent, "the service")
    opened.tell(told)
    async with Client(opened) as client:
        head, body = await client.head(), await client.body()

    assert " 200 " in head
    assert body
    async with asyncio.timeout(30):
        await over.wait()
    [finished] = ended
    assert finished.output_tokens > 0
    assert not finished.estimated
    if b"\0" not in body and not chat.tools and dialect.name not in BYTES_AS_NUMBERS:
        assert b"internal model tiny" in body
