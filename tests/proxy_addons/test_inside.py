"""Turns answered here: kept for a while, for the person alone, and never sent to the service."""

import json
from pathlib import Path

import pytest

from penstock.errors import CannotExpress
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Request
from proxy_addons.dialects.inside import ChatPage, InsideTurn, Thread
from proxy_addons.inside import HOURS, MOST_CHARACTERS, MOST_THREADS, Inside
from tests.proxy_addons.test_golden import request

GOLDEN = Path(__file__).parent / "golden"
TURNS = {
    "chatgpt_web": "deltas",
    "claude_web": "completion",
    "gemini_web": "stream_generate",
}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def turn(conversation: str = "c", text: str = "hello", asked: str = "q") -> InsideTurn:
    return InsideTurn(conversation, "root", asked, f"answer to {asked}", text)


def test_a_turn_is_found_by_the_person_whose_it_is_and_by_nobody_else() -> None:
    inside = Inside()
    inside.keep("ada", "chatgpt", turn())

    assert inside.find("ada", "chatgpt", "c")
    assert inside.find("bob", "chatgpt", "c") is None
    assert inside.find("ada", "claude", "c") is None
    assert inside.find("ada", "chatgpt", "") is None


def test_a_message_that_is_sent_again_is_one_turn() -> None:
    inside = Inside()
    inside.keep("ada", "chatgpt", turn())
    inside.keep("ada", "chatgpt", turn(text="hello again"))
    inside.keep("ada", "chatgpt", turn(asked="another"))

    thread = inside.find("ada", "chatgpt", "c")
    assert thread
    assert [t.prompt for t in thread.turns] == ["hello again", "hello"]


def test_turns_are_forgotten_after_some_hours() -> None:
    clock = Clock()
    inside = Inside(clock)
    inside.keep("ada", "chatgpt", turn())

    clock.now = HOURS * 3600 - 1
    assert inside.find("ada", "chatgpt", "c")
    clock.now += HOURS * 3600 + 2
    assert inside.find("ada", "chatgpt", "c") is None


def test_what_was_used_longest_ago_goes_when_there_is_too_much() -> None:
    inside = Inside()
    for name in ("first", "second"):
        inside.keep("ada", "chatgpt", turn(name))
    assert inside.find("ada", "chatgpt", "first")
    inside.keep("ada", "chatgpt", turn("long", "x" * (MOST_CHARACTERS - 6)))

    assert inside.find("ada", "chatgpt", "second") is None
    assert inside.find("ada", "chatgpt", "first")
    assert inside.find("ada", "chatgpt", "long")


def test_there_are_never_too_many() -> None:
    inside = Inside()
    for i in range(MOST_THREADS + 3):
        inside.keep("ada", "chatgpt", turn(str(i)))

    assert inside.find("ada", "chatgpt", "2") is None
    assert inside.find("ada", "chatgpt", "3")


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
