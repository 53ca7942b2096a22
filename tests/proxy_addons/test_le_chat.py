"""Chats of Le Chat that begin: two calls, of which the first has the words and the second asks."""

import json
from typing import Any

import pytest

from penstock.model import Action, Outcome
from proxy_addons.chats.known import STAYS_INSIDE
from proxy_addons.services import Service, Services
from tests.proxy_addons.chats.conftest import model
from tests.proxy_addons.chats.models import Model
from tests.proxy_addons.lab import HOST, Lab, Start, policy
from tests.proxy_addons.wire import Reply

__all__ = ["model"]

SECRET = "the password is SECRET-42"
CHAT = "11111111-2222-4333-8444-555555555555"
CATALOGUE = Services(
    [
        Service(
            service="lab-chat",
            name="Lab Chat",
            category="chat",
            hosts=(HOST,),
            endpoints={"POST /api/chat": "le_chat", "POST /api/trpc/message.newChat": "le_chat"},
        )
    ]
)


def served(method: str, path: str, body: bytes) -> Reply:
    """The service: an id for a new chat, a few words for all else."""
    if path.startswith("/api/trpc/"):
        answer = [{"result": {"data": {"json": {"chatId": CHAT}}}}]
        return Reply((json.dumps(answer).encode(),))
    return Reply((b'0:"of the service"\ne:{}\n',), (("content-type", "text/plain"),))


async def begin(lab: Lab, text: str, **more: Any) -> Any:
    content = [{"type": "text", "text": text}]
    call = {"json": {"content": content, "files": [], "features": ["x"], "agentId": None, **more}}
    new = f"https://{HOST}/api/trpc/message.newChat?batch=1"
    return await lab.http().post(new, json={"0": call})


async def ask(lab: Lab, chat: str, mode: str = "start", **more: Any) -> str:
    asked = {"chatId": chat, "mode": mode, "shouldUseMessagePatch": True, **more}
    return (await lab.http().post(f"https://{HOST}/api/chat", json=asked)).text


@pytest.mark.shows("redirect", dialect="le_chat")
async def test_a_chat_gets_its_id_from_the_service_and_its_answer_here(
    start: Start, model: Model
) -> None:
    lab = await start(policy("redirect", to="inside"), models=model.settings, catalogue=CATALOGUE)
    lab.upstream.reply = served
    answer = await begin(lab, SECRET)
    chat = answer.json()[0]["result"]["data"]["json"]["chatId"]
    said = await ask(lab, chat)

    assert answer.headers["penstock-action"] == "redirect"
    assert "answer 1" in said
    assert model.asked[0]["messages"] == [{"role": "user", "content": SECRET}]
    [sent] = lab.upstream.bodies
    assert json.loads(sent)["0"]["json"] == {
        "content": [{"type": "text", "text": "This message is answered inside the company."}],
        "agentId": None,
    }
    first, second = lab.notebook.violations
    assert (first.action, first.outcome) == (Action.REDIRECT, Outcome.PREVENTED)
    assert (first.sent_bytes, first.findings[0].count) == (len(sent), 1)
    assert (second.rules, second.model, second.findings) == ((STAYS_INSIDE,), "inside", ())

    assert "of the service" in await ask(lab, chat, "append", messageInput="Thanks.")
    assert SECRET not in str(lab.upstream.raw)


async def test_one_without_anything_sensitive_is_the_service_s(start: Start, model: Model) -> None:
    lab = await start(policy("redirect", to="inside"), models=model.settings, catalogue=CATALOGUE)
    lab.upstream.reply = served
    await begin(lab, "hello")

    assert "of the service" in await ask(lab, CHAT)
    assert model.asked == []
    assert lab.notebook.violations == []


@pytest.mark.parametrize("more", [{"files": ["f1"]}, {"agentId": "ag_1"}], ids=["file", "agent"])
async def test_one_that_only_the_service_can_answer_is_refused(
    start: Start, model: Model, more: dict[str, Any]
) -> None:
    lab = await start(policy("redirect", to="inside"), models=model.settings, catalogue=CATALOGUE)
    lab.upstream.reply = served
    answer = await begin(lab, SECRET, **more)

    assert answer.status_code == 400
    assert lab.upstream.bodies == []


async def test_what_is_not_remembered_asks_the_service_about_nothing(
    start: Start, model: Model
) -> None:
    lab = await start(policy("redirect", to="inside"), models=model.settings, catalogue=CATALOGUE)
    lab.upstream.reply = served
    await begin(lab, SECRET)
    other = await start(policy("redirect", to="inside"), models=model.settings, catalogue=CATALOGUE)
    other.upstream.reply = served

    assert "of the service" in await ask(other, CHAT)
    assert SECRET not in str(other.upstream.raw)
