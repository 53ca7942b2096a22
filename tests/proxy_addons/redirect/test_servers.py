"""What model servers answer, byte for byte, and what a client of each format gets of it.

Captures: `servers/NAME/`, taken from a server that `make test-models` builds or installs; those of
vLLM, SGLang and Ollama, which need other machines, are written from the sources of vLLM 0.33 and
SGLang 0.5.23 (their classes of answers) and from Ollama's documents. A file holds a whole HTTP
response.
"""

import json
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.lib.streaming.responses._responses import ResponseStreamState

from penstock.errors import ModelUnavailable
from penstock.model import Finished
from proxy_addons.dialects import sse
from proxy_addons.redirect.listing import listing_problem
from tests.proxy_addons.redirect.conftest import ModelServer
from tests.proxy_addons.redirect.test_redirector import (
    NOTICE,
    Client,
    Make,
    opened,
    redirector_with,
    request_in,
)

__all__ = ["redirector_with"]

SERVERS = Path(__file__).with_name("servers")
FORMATS = {
    "chat": "openai_chat",
    "messages": "anthropic_messages",
    "responses": "openai_responses",
}


def answers(*names: str) -> list[Path]:
    return sorted(p for name in names for p in SERVERS.glob(f"*/{name}.http"))


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def said(path: Path) -> str:
    """The text of an answer, by the captured bytes alone."""
    pieces = []
    for row in path.read_text().splitlines():
        if not row.startswith(("data: {", "{")):
            continue
        match json.loads(row.removeprefix("data: ")):
            case {"choices": [{"delta": {"content": str(text)}}]}:
                pieces.append(text)
            case {"choices": [{"message": {"content": str(text)}}]}:
                pieces.append(text)
            case {"type": "content_block_delta", "delta": {"text": str(text)}}:
                pieces.append(text)
            case {"type": "message", "content": [{"text": str(text)}]}:
                pieces.append(text)
            case {"type": "response.output_text.delta", "delta": str(text)}:
                pieces.append(text)
            case {"object": "response", "output": [{"content": [{"text": str(text)}]}]}:
                pieces.append(text)
    return "".join(pieces)


def as_answer(path: Path, server: ModelServer) -> None:
    async def behave(x: Any) -> None:
        await x.raw_bytes(path.read_bytes())
        x.close()

    server.behaves = behave


async def fetch(
    path: Path, name: str, server: ModelServer, make: Make
) -> tuple[bytes, list[Finished]]:
    as_answer(path, server)
    redirector = await make(organization="Acme", models={"one": server.settings(dialects=[name])})
    ended: list[Finished] = []

    async def told(finished: Finished, served_as: str) -> None:
        ended.append(finished)

    answer = await opened(redirector, name, request_in(name, stream="stream" in path.stem))
    answer.tell(told)
    async with Client(answer) as client:
        await client.head()
        body = await client.body()
    await redirector.aclose()
    return body, ended


@pytest.mark.parametrize(
    "path",
    answers(*(f"{form}_{mode}" for form in FORMATS for mode in ("whole", "stream"))),
    ids=named,
)
async def test_an_answer_reaches_the_client_whole_and_counted(
    path: Path, model_server: ModelServer, redirector_with: Make, tmp_path: Path
) -> None:
    form = path.stem.partition("_")[0]
    body, ended = await fetch(path, FORMATS[form], model_server, redirector_with)

    (tmp_path / "got").write_bytes(body)
    assert said(tmp_path / "got") == NOTICE + said(path)
    [finished] = ended
    assert finished.input_tokens > 20
    assert finished.output_tokens > 0
    assert not finished.estimated


@pytest.mark.parametrize("path", answers("responses_stream"), ids=named)
async def test_openais_own_stream_helper_follows_it(
    path: Path, model_server: ModelServer, redirector_with: Make
) -> None:
    body, _ = await fetch(path, "openai_responses", model_server, redirector_with)
    state: Any = ResponseStreamState(input_tools=openai.omit, text_format=openai.omit)
    kinds: Any = openai.types.responses.ResponseStreamEvent
    done = None
    for event in sse.Parser().feed(body):
        assert event.data is not None
        parsed = openai._models.construct_type(type_=kinds, value=json.loads(event.data))
        for one in state.handle_event(parsed):
            if one.type == "response.completed":
                done = one.response
    assert done is not None
    assert done.output_text == NOTICE + said(path)


@pytest.mark.parametrize("path", answers("*_too_long", "messages_wrong"), ids=named)
async def test_a_refusal_is_none_of_the_clients_business(
    path: Path, model_server: ModelServer, redirector_with: Make
) -> None:
    as_answer(path, model_server)
    name = FORMATS[path.stem.partition("_")[0]]
    redirector = await redirector_with(models={"one": model_server.settings(dialects=[name])})
    with pytest.raises(ModelUnavailable, match=r"answered [45]00"):
        await opened(redirector, name, request_in(name))
    assert len(model_server.requests) == 2  # in its format, then in chat completions


@pytest.mark.parametrize("path", answers("models"), ids=named)
def test_its_list_names_the_model(path: Path, model_server: ModelServer) -> None:
    body = path.read_bytes().partition(b"\r\n\r\n")[2]
    settings = model_server.settings(model="tiny", context_tokens=512)
    assert listing_problem("one", settings, body) == ""
    wrong = model_server.settings(model="other")
    assert "does not list a model `other`" in listing_problem("one", wrong, body)
