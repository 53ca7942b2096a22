"""Programs that go on from an answer by its name alone, through the real proxy, by OpenAI's SDK."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import openai
import pytest

from proxy_addons.chats.known import STAYS_INSIDE
from proxy_addons.chats.shelf import FileShelf
from proxy_addons.services import Service, Services
from tests.proxy_addons.chats.models import Model
from tests.proxy_addons.lab import HOST, Lab, Looks, Start, policy
from tests.proxy_addons.wire import Reply

SECRET = "the password is SECRET-42"
CATALOGUE = Services(
    [
        Service(
            service="lab-api",
            name="Lab API",
            category="api",
            hosts=(HOST,),
            endpoints={"POST /v1/responses": "openai_responses"},
        )
    ]
)


async def ask(lab: Lab, text: str, previous: str | None, streamed: bool, **more: Any) -> str:
    """Asks by the SDK; the answer's id."""
    root = f"https://{HOST}/v1"
    sdk = openai.AsyncOpenAI(api_key="k", base_url=root, http_client=lab.http(), max_retries=0)
    asked = {"model": "m", "input": text, "previous_response_id": previous, **more}
    if previous is None:
        del asked["previous_response_id"]
    if not streamed:
        return (await sdk.responses.create(**asked)).id
    async with sdk.responses.stream(**asked) as stream:
        async for _ in stream:
            pass
        return (await stream.get_final_response()).id


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_a_chain_that_began_inside_stays_there_with_all_that_was_said(
    start: Start, model: Model, streamed: bool
) -> None:
    lab = await start(policy("redirect", to="inside"), models=model.settings, catalogue=CATALOGUE)
    first = await ask(lab, SECRET, None, streamed, instructions="be brief")
    second = await ask(lab, "Why?", first, streamed)
    await ask(lab, "And then?", second, streamed)

    assert lab.upstream.connections == 0
    said = [(m["role"], m["content"].rpartition("\n")[2]) for m in model.asked[-1]["messages"]]
    assert said == [
        ("system", "be brief"),
        ("user", SECRET),
        ("assistant", "answer 1"),
        ("user", "Why?"),
        ("assistant", "answer 2"),
        ("user", "And then?"),
    ]
    assert [v.rules for v in lab.notebook.violations[1:]] == [(STAYS_INSIDE,)] * 2


async def test_every_process_knows_it(start: Start, model: Model, tmp_path: Path) -> None:
    rules = policy("redirect", to="inside")
    labs = [
        await start(
            rules,
            models=model.settings,
            catalogue=CATALOGUE,
            shelf=FileShelf(tmp_path / "chats.sqlite"),
        )
        for _ in range(2)
    ]
    first = await ask(labs[0], SECRET, None, streamed=False)
    await ask(labs[1], "Why?", first, streamed=False)
    assert labs[1].upstream.connections == 0
    assert SECRET.encode() not in (tmp_path / "chats.sqlite").read_bytes()


async def test_one_that_is_too_long_to_be_kept_is_refused_and_does_not_leave(
    start: Start, model: Model
) -> None:
    lab = await start(
        policy("redirect", to="inside"),
        models={"inside": model.settings["inside"] | {"context_tokens": 2_000_000}},
        catalogue=CATALOGUE,
    )
    first = await ask(lab, SECRET + " word" * 220_000, None, streamed=False)
    with pytest.raises(openai.BadRequestError):
        await ask(lab, "Why?", first, streamed=False)
    assert lab.upstream.connections == 0


async def test_one_whose_turns_are_forgotten_is_refused_and_does_not_leave(
    start: Start, model: Model, tmp_path: Path
) -> None:
    lab = await start(
        policy("redirect", to="inside"),
        models=model.settings,
        catalogue=CATALOGUE,
        shelf=FileShelf(tmp_path / "chats.sqlite"),
    )
    first = await ask(lab, SECRET, None, streamed=False)
    with sqlite3.connect(tmp_path / "chats.sqlite") as db:
        db.execute("DELETE FROM notes")
    db.close()
    with pytest.raises(openai.BadRequestError):
        await ask(lab, "Why?", first, streamed=False)
    assert lab.upstream.connections == 0


def served(streamed: bool) -> Reply:
    """The service's own answer."""
    part = {"type": "output_text", "text": "Hello Ada!", "annotations": []}
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
    response: Any = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m"}
    response |= {"status": "completed", "output": [message | {"content": [part]}], "tools": []}
    response |= {"parallel_tool_calls": True, "tool_choice": "auto", "error": None}
    if not streamed:
        return Reply((json.dumps(response).encode(),))
    said = (
        {"type": "response.created", "response": response | {"output": []}, "sequence_number": 0},
        {"type": "response.completed", "response": response, "sequence_number": 1},
    )
    events = b"".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in said)
    pieces = tuple(events[i : i + 100] for i in range(0, len(events), 100))
    return Reply(pieces, (("content-type", "text/event-stream"),))


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_a_chain_that_began_at_the_service_is_told_when_it_comes_inside(
    start: Start, model: Model, streamed: bool
) -> None:
    rules = policy("redirect", to="inside")
    lab = await start(rules, models=model.settings, catalogue=CATALOGUE, inspector=Looks(rules))
    lab.upstream.reply = served(streamed)
    first = await ask(lab, "I am Ada.", None, streamed, instructions="be brief")
    assert first == "resp_1"
    second = await ask(lab, SECRET, first, streamed)
    await ask(lab, "And then?", second, streamed)

    said = [(m["role"], m["content"].rpartition("\n")[2]) for m in model.asked[-1]["messages"]]
    assert said == [
        ("system", "be brief"),
        ("user", "I am Ada."),
        ("assistant", "Hello Ada!"),
        ("user", SECRET),
        ("assistant", "answer 1"),
        ("user", "And then?"),
    ]
    assert len(lab.upstream.bodies) == 1
    assert [v.rules for v in lab.notebook.violations[1:]] == [(STAYS_INSIDE,)]


async def test_a_chain_that_nobody_saw_begin_is_not_told_in_part(
    start: Start, model: Model
) -> None:
    lab = await start(policy("redirect", to="inside"), models=model.settings, catalogue=CATALOGUE)
    http = lab.http()
    url = f"https://{HOST}/v1/responses"
    said = {"model": "m", "input": "hello", "previous_response_id": "resp_of_theirs"}
    assert (await http.post(url, json=said)).status_code == 200
    assert len(lab.upstream.bodies) == 1
    assert (await http.post(url, json=said | {"input": SECRET})).status_code == 400
    assert len(lab.upstream.bodies) == 1
    assert model.asked == []
