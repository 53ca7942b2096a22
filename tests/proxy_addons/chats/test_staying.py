"""What is known to stay inside does not leave whatever fails after that, on_error or not."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from penstock.model import Action
from proxy_addons.chats.shelf import FileShelf
from tests.proxy_addons.chats.models import Model
from tests.proxy_addons.chats.test_kept_files import ROOT, SECRET, catalogue, sdk
from tests.proxy_addons.chats.test_kept_files import service as answering
from tests.proxy_addons.lab import Lab, Looks, LooksOnce, Start, policy
from tests.proxy_addons.sockets import serving
from tests.proxy_addons.test_sockets import PATH, answer, ask
from tests.proxy_addons.wire import Authority

SAID = SECRET.decode()
TOLD = "A long answer from within, which says a good deal about these minutes, and of what they say"
DAMAGES = {
    "file": "UPDATE facts SET value = '{' WHERE kind = 'kept'",
    "contents": "UPDATE notes SET row = zeroblob(20)",
}


async def begin(start: Start, model: Model, state: Path) -> Lab:
    """A lab that lets pass what fails."""
    rules = policy("redirect", to="inside", on_error="warn")
    lab = await start(
        rules,
        models=model.settings,
        catalogue=catalogue("openai_api"),
        inspector=Looks(rules),
        shelf=FileShelf(state / "chats.sqlite"),
    )
    lab.upstream.reply = answering
    return lab


def damage(state: Path, how: str) -> None:
    with sqlite3.connect(state / "chats.sqlite") as db:
        assert db.execute(DAMAGES[how]).rowcount > 0
    db.close()


def is_refused(lab: Lab, given: httpx.Response) -> bool:
    refused = (given.status_code, given.headers["penstock-action"]) == (503, "block")
    return refused and lab.notebook.violations[-1].action is Action.BLOCK


async def say(lab: Lab, *turns: Any) -> httpx.Response:
    said = [{"role": ("user", "assistant")[i % 2], "content": t} for i, t in enumerate(turns)]
    asked = {"model": "m", "messages": said}
    return await lab.http().post(f"{ROOT}/v1/chat/completions", json=asked)


@pytest.mark.parametrize("how", DAMAGES)
async def test_a_clean_turn_of_a_chat_whose_file_cannot_be_looked_up(
    start: Start, model: Model, tmp_path: Path, how: str
) -> None:
    lab = await begin(start, model, tmp_path)
    kept = SECRET if how == "file" else b"Soup of the day"
    file = await sdk(lab).files.create(file=("a.txt", kept), purpose="user_data")
    went = len(lab.upstream.bodies)
    damage(tmp_path, how)
    for turns in ([SAID], [SAID, TOLD, "Go on."]):
        assert (await say(lab, *turns)).headers["penstock-action"] == "redirect"
    turn = [{"type": "file", "file": {"file_id": file.id}}, {"type": "text", "text": "And this?"}]
    assert is_refused(lab, await say(lab, "(cut)", TOLD, "Go on.", "Gladly.", turn))
    assert len(lab.upstream.bodies) == went


async def test_what_goes_on_from_an_answer_of_which_the_turns_cannot_be_read(
    start: Start, model: Model, tmp_path: Path
) -> None:
    lab = await begin(start, model, tmp_path)
    first = await sdk(lab).responses.create(model="m", input=SAID)
    damage(tmp_path, "contents")
    asked = {"model": "m", "input": "Why?", "previous_response_id": first.id}
    assert is_refused(lab, await lab.http().post(f"{ROOT}/v1/responses", json=asked))
    assert lab.upstream.bodies == []


async def test_a_message_whose_history_cannot_be_looked_at(
    start: Start, model: Model, authority: Authority
) -> None:
    rules = policy("redirect", to="inside", on_error="warn")
    lab = {"models": model.settings, "inspector": LooksOnce(rules)}
    async with (
        serving(start, authority, rules, answer=answer, **lab) as service,
        service.client(PATH) as socket,
    ):
        await socket.send(ask(SAID, previous_response_id="resp_1"))
        await asyncio.wait_for(socket.wait_closed(), 20)
        assert service.lab.notebook.violations[-1].action is Action.BLOCK
    assert service.heard == []
