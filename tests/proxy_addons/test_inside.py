"""Turns answered here: kept for a while, for the person alone, and never sent to the service."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from penstock.errors import CannotExpress, InspectionError
from penstock.model import Action, Outcome
from proxy_addons.chats import shelf as shelves
from proxy_addons.chats.shelf import NOTES_S, FileShelf, Shelf
from proxy_addons.chats.threads import Threads, gathered
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Request
from proxy_addons.dialects.inside import ChatPage, InsideTurn, Thread
from proxy_addons.services import Service, Services
from tests.proxy_addons.clock import Clock
from tests.proxy_addons.lab import HOST, Start, policy
from tests.proxy_addons.test_golden import request
from tests.proxy_addons.test_guard_redirect import Model, model

__all__ = ["model"]

GOLDEN = Path(__file__).parent / "golden"
TURNS = {
    "chatgpt_web": "deltas",
    "claude_web": "completion",
    "gemini_web": "stream_generate",
}


def threads(shelf: Shelf, key: bytes = b"k" * 32) -> Threads:
    async def away[T](call: Callable[[Shelf], T]) -> T:
        return call(shelf)

    return Threads(away, key)


def turn(conversation: str = "c", text: str = "hello", asked: str = "q") -> InsideTurn:
    return InsideTurn(conversation, "root", asked, f"answer to {asked}", text)


async def test_a_turn_is_found_by_the_person_whose_it_is_and_by_nobody_else(
    shelf: FileShelf,
) -> None:
    inside = threads(shelf)
    await inside.keep("ada", "chatgpt", turn())

    assert await inside.find("ada", "chatgpt", "c")
    assert await inside.find("bob", "chatgpt", "c") is None
    assert await inside.find("ada", "claude", "c") is None
    assert await inside.find("ada", "chatgpt", "") is None


async def test_a_message_that_is_sent_again_is_one_turn(shelf: FileShelf) -> None:
    inside = threads(shelf)
    await inside.keep("ada", "chatgpt", turn())
    await inside.keep("ada", "chatgpt", turn(text="hello again"))
    await inside.keep("ada", "chatgpt", turn(asked="another"))

    thread = await inside.find("ada", "chatgpt", "c")
    assert thread
    assert [t.prompt for t in thread.turns] == ["hello again", "hello"]


async def test_an_answer_and_what_was_moved_are_added_later(shelf: FileShelf) -> None:
    inside = threads(shelf)
    began = InsideTurn("c", "root", "q", "a", "hello", begins=True)
    await inside.keep("ada", "claude", began)
    await inside.hear("ada", "claude", began, "good day")
    thread = await inside.find("ada", "claude", "c")
    assert thread
    assert not thread.is_known

    thread.moved["later"], thread.is_known = "a", True
    await inside.learn("ada", "claude", "c", thread)

    found = await inside.find("ada", "claude", "c")
    assert found == thread
    assert found.turns[0].said == "good day"


async def test_turns_are_forgotten_after_some_hours(shelf: FileShelf, clock: Clock) -> None:
    inside = threads(shelf)
    await inside.keep("ada", "chatgpt", turn())

    clock.now = NOTES_S - 1
    await inside.keep("ada", "chatgpt", turn(asked="another"))
    clock.now += NOTES_S - 1
    assert await inside.find("ada", "chatgpt", "c")
    clock.now += 2
    assert await inside.find("ada", "chatgpt", "c") is None


async def test_what_was_used_longest_ago_goes_when_there_is_too_much(
    monkeypatch: pytest.MonkeyPatch, shelf: FileShelf, clock: Clock
) -> None:
    monkeypatch.setattr(shelves, "MOST_NOTES_BYTES", {"turns": 5_000})
    inside = threads(shelf)
    for name, size in (("first", 100), ("second", 1_000), ("first", 100), ("long", 4_000)):
        clock.now += 1
        await inside.keep("ada", "chatgpt", turn(name, "x" * size))

    assert await inside.find("ada", "chatgpt", "second") is None
    assert await inside.find("ada", "chatgpt", "first")
    assert await inside.find("ada", "chatgpt", "long")


async def test_what_is_kept_can_be_read_only_with_the_key_and_the_chats_id(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite"
    shelf = FileShelf(path)
    inside = threads(shelf)
    await inside.keep("ada", "chatgpt", turn("conversation-7", "the merger is on"))
    await inside.hear("ada", "chatgpt", turn("conversation-7"), "nobody must know")

    assert await threads(shelf, b"x" * 32).find("ada", "chatgpt", "conversation-7") is None
    other = FileShelf(path)
    assert await threads(other).find("ada", "chatgpt", "conversation-7")
    other.close()
    shelf.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for word in (b"merger", b"nobody", b"conversation-7", b"ada"):
        assert word not in kept


async def test_notes_are_sealed_and_opened_where_the_shelf_is(shelf: FileShelf) -> None:
    away = [False]
    gave: list[object] = []

    class Note(dict[str, str]):
        def items(self) -> Any:
            assert away[0]
            return super().items()

    async def elsewhere[T](call: Callable[[Shelf], T]) -> T:
        away[0] = True
        gave.append(call(shelf))
        away[0] = False
        return cast(T, gave[-1])

    inside = Threads(elsewhere, b"k" * 32)
    await inside.write("ada", "chatgpt", "file 1", Note(text="the merger is on"), "files")
    assert await inside.notes("ada", "chatgpt", "file 1") == [{"text": "the merger is on"}]
    assert gave[-1] == [{"text": "the merger is on"}]


async def test_a_note_that_was_put_elsewhere_is_not_taken_for_another_chats(
    shelf: FileShelf,
) -> None:
    inside = threads(shelf)
    await inside.keep("ada", "chatgpt", turn())
    await inside.keep("bob", "chatgpt", turn())
    shelf._db.execute("UPDATE notes SET row = (SELECT row FROM notes LIMIT 1)")

    with pytest.raises(InspectionError):
        await inside.find("bob", "chatgpt", "c")


@pytest.mark.parametrize("note", [{}, {"turn": {"x": 1}}, {"asked": "q", "said": "a"}, []])
def test_what_makes_no_sense_is_an_error(note: object) -> None:
    with pytest.raises(InspectionError):
        gathered([note])


@pytest.mark.parametrize("name", TURNS)
def test_the_answer_has_the_ids_that_the_turn_is_kept_by(name: str) -> None:
    page, sent = page_and_request(name)
    kept = page.turn(sent)

    assert kept
    assert kept.prompt.endswith("Write to Ada Lovelace <ada@lovelace.example>, please.") or (
        kept.prompt.startswith("Write to Ada Lovelace <ada@lovelace.example>, please.")
    )
    assert kept.answer.encode() in page.refuse(sent, "no").body
    assert kept.conversation == page.conversation(sent)


@pytest.mark.parametrize("name", TURNS)
def test_a_request_about_a_chat_without_turns_inside_is_left_as_it_is(name: str) -> None:
    page, sent = page_and_request(name)

    assert page.moved(sent, Thread([turn()])) is sent
    assert page.aside(sent, Thread([turn()])) is None
    assert page.join(sent, Thread([turn()])) is None


def test_an_answer_from_inside_is_not_asked_of_the_service_again() -> None:
    chatgpt, sent = page_and_request("chatgpt_web")
    document = json.loads(sent.body)
    kept = InsideTurn("c", "root", document["parent_message_id"], "answer", "secret")
    variant = {**document, "action": "variant"}
    again = Request("POST", sent.target, sent.content_type, json.dumps(variant).encode())

    with pytest.raises(CannotExpress):
        chatgpt.moved(again, Thread([kept]))


def page_and_request(name: str) -> tuple[ChatPage, Request]:
    page = BY_NAME[name]
    assert isinstance(page, ChatPage)
    return page, request(GOLDEN / name / TURNS[name] / "request.http")


async def test_a_turn_is_known_to_other_processes_and_after_a_restart(
    start: Start, model: Model, tmp_path: Path
) -> None:
    row = Service(
        service="lab", name="Lab", category="chat", hosts=(HOST,), otherwise="chatgpt_web"
    )
    model.go_on.set()
    one, other = [
        await start(
            policy("redirect", to="inside"),
            catalogue=Services([row]),
            models=model.settings,
            shelf=FileShelf(tmp_path / "chats.sqlite"),
        )
        for _ in range(2)
    ]
    url = f"https://{HOST}/backend-api"
    asked = said("the password is SECRET-42", "first", "root")

    answer = await one.http().post(f"{url}/f/conversation", json=asked)
    assert answer.headers["penstock-action"] == "redirect"
    page = BY_NAME["chatgpt_web"]
    assert isinstance(page, ChatPage)
    body = json.dumps(asked).encode()
    kept = page.turn(Request("POST", "/backend-api/f/conversation", "application/json", body))
    assert kept
    history = await other.http().get(f"{url}/conversation/{kept.conversation}")
    nodes = history.json()["mapping"]
    further = said("and tomorrow?", "second", kept.answer, conversation_id=kept.conversation)
    await other.http().post(f"{url}/f/conversation", json=further)

    assert nodes["first"]["message"]["content"]["parts"] == ["the password is SECRET-42"]
    assert "from within" in nodes[kept.answer]["message"]["content"]["parts"][0]
    [arrived] = map(json.loads, other.upstream.bodies)
    assert arrived["parent_message_id"] == "root"
    assert "conversation_id" not in arrived
    assert b"SECRET-42" not in one.upstream.raw + other.upstream.raw


@pytest.mark.parametrize("then", ["warn", "redact"])
async def test_what_a_chat_keeps_here_is_recorded_all_the_same(
    start: Start, model: Model, tmp_path: Path, then: str
) -> None:
    row = Service(
        service="lab", name="Lab", category="chat", hosts=(HOST,), otherwise="chatgpt_web"
    )
    model.go_on.set()
    one, other = [
        await start(
            rules,
            catalogue=Services([row]),
            models=model.settings,
            shelf=FileShelf(tmp_path / "chats.sqlite"),
        )
        for rules in (policy("redirect", to="inside"), policy(then))
    ]
    url = f"https://{HOST}/backend-api/f/conversation"
    asked = said("the password is SECRET-42", "first", "root")
    answer = await one.http().post(url, json=asked)
    assert answer.headers["penstock-action"] == "redirect"
    page = BY_NAME["chatgpt_web"]
    assert isinstance(page, ChatPage)
    body = json.dumps(asked).encode()
    kept = page.turn(Request("POST", "/backend-api/f/conversation", "application/json", body))
    assert kept

    again = said("and SECRET-43", "second", "first", conversation_id=kept.conversation)
    refused = await other.http().post(url, json=again)

    assert refused.headers["penstock-action"] == "block"
    assert other.upstream.connections == 0
    [violation] = other.notebook.violations
    assert (violation.action, violation.outcome) == (Action.BLOCK, Outcome.PREVENTED)
    assert violation.sent_bytes == 0


def said(text: str, id: str, parent: str, **more: str) -> dict[str, object]:
    content = {"content_type": "text", "parts": [text]}
    message = {"id": id, "author": {"role": "user"}, "content": content}
    return {"action": "next", "messages": [message], "parent_message_id": parent, **more}
