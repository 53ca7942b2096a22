"""Chats resent turn by turn through the real proxy: counted once, kept inside, named alike."""

import json
from collections.abc import Sequence

import httpx
import pytest

from penstock.errors import InspectionError
from penstock.model import Action
from proxy_addons.chats.known import STAYS_INSIDE
from proxy_addons.chats.shelf import FileShelf
from tests.proxy_addons.lab import HOST, OTHER, Lab, Start, policy
from tests.proxy_addons.test_guard_redirect import Model, model

__all__ = ["model"]

SECRET = "the password is SECRET-42"
LONG = "All right, I will remember both of them and use them wherever they are needed from here on"


async def say(lab: Lab, *texts: str, host: str = HOST) -> httpx.Response:
    """A chat as a program resends it: person and model by turns."""
    messages = [
        {"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(texts)
    ]
    return await lab.http().post(
        f"https://{host}/v1/messages", json={"model": "m", "messages": messages}
    )


def sent(lab: Lab) -> Sequence[str]:
    """The texts of the last request that reached the service."""
    return [m["content"] for m in json.loads(lab.upstream.bodies[-1])["messages"]]


async def test_a_violation_counts_once_however_often_its_turn_is_resent(start: Start) -> None:
    lab = await start(policy("redact"))
    texts = [SECRET]
    for turn in range(5):
        await say(lab, *texts)
        texts += [f"answer {turn}", f"question {turn}"]

    assert all(b"SECRET-42" not in body for body in lab.upstream.bodies)
    assert len(lab.upstream.bodies) == 5
    [kept] = lab.notebook.violations
    assert (kept.action, kept.findings[0].count) == (Action.REDACT, 1)


async def test_a_new_violation_of_the_same_chat_is_recorded_without_the_old_one(
    start: Start,
) -> None:
    lab = await start(policy("warn"))
    await say(lab, SECRET)
    await say(lab, SECRET, "Thanks.", "and SECRET-43, SECRET-44")

    assert [v.findings[0].count for v in lab.notebook.violations] == [1, 2]


async def test_what_was_blocked_is_blocked_again_and_not_counted_again(start: Start) -> None:
    lab = await start(policy("block"))
    for texts in ([SECRET], [SECRET, "No.", "Why not?"], [SECRET, "No.", "Why not?", "So.", "Oh"]):
        assert (await say(lab, *texts)).status_code == 400

    assert lab.upstream.connections == 0
    assert len(lab.notebook.violations) == 1


async def test_the_same_prompt_sent_once_more_is_another_violation(start: Start) -> None:
    lab = await start(policy("warn"))
    await say(lab, SECRET)
    await say(lab, SECRET)

    assert len(lab.notebook.violations) == 2


async def test_a_redirected_chat_stays_inside_also_without_the_turn_that_began_it(
    start: Start, model: Model
) -> None:
    lab = await start(policy("redirect", to="inside"), models=model.settings)
    model.go_on.set()
    texts = [
        SECRET,
        "A long answer from within, which says a good deal about this password, and so",
    ]
    await say(lab, *texts[:1])
    texts += ["And what else is there?", "Nothing else, I am afraid, that would be worth a word."]
    await say(lab, *texts[:3])
    cut = await say(lab, "(earlier turns were dropped)", texts[1], texts[2], texts[3], "Thanks")
    assert cut.headers["penstock-action"] == "redirect"
    again = await say(lab, "(dropped)", *texts[1:4], "Thanks", "Welcome", "What is a monad?")
    assert again.headers["penstock-action"] == "redirect"

    assert lab.upstream.connections == 0
    rules = [v.rules for v in lab.notebook.violations]
    assert rules == [("secrets",), ("secrets",), (STAYS_INSIDE,), (STAYS_INSIDE,)]
    assert [len(v.findings) for v in lab.notebook.violations] == [1, 0, 0, 0]


async def test_other_chats_of_the_same_person_go_where_they_are_addressed(
    start: Start, model: Model
) -> None:
    lab = await start(policy("redirect", to="inside"), models=model.settings)
    model.go_on.set()
    await say(lab, "hello", "hi", SECRET, "from within", "thanks")
    answer = await say(lab, "hello", "hi", "What is a monad?", "A monoid.", "thanks")

    assert "penstock-action" not in answer.headers
    assert len(lab.upstream.bodies) == 1


async def test_where_no_model_answers_a_chat_that_stays_inside_is_refused_and_not_redacted(
    start: Start, model: Model
) -> None:
    lab = await start(policy("redirect", to="inside", fallback="redact"), models=model.settings)
    model.go_on.set()
    await say(lab, SECRET)
    lab.proxy.guard._redirector.pool.models.clear()  # type: ignore[attr-defined]
    answer = await say(lab, SECRET, "from within", "What is a monad?")

    assert answer.status_code == 400
    assert lab.upstream.connections == 0


async def test_placeholders_stay_the_same_when_an_old_turn_is_dropped(start: Start) -> None:
    lab = await start(policy("redact"))
    await say(lab, "first SECRET-1")
    await say(lab, "first SECRET-1", LONG, "then SECRET-2")
    before = sent(lab)
    await say(lab, "(dropped)", LONG, "then SECRET-2", "Good.", "and SECRET-3, SECRET-1")

    assert before[0].startswith("first [")
    assert before[0].endswith("_1]")
    assert sent(lab)[2] == before[2]
    three, one = sent(lab)[4].removeprefix("and ").split(", ")
    assert f"first {one}" == before[0]
    assert three.endswith("_3]")


async def test_another_process_gives_the_same_placeholders(start: Start) -> None:
    shelf = FileShelf(None)
    lab = await start(policy("redact"), shelf=shelf)
    other = await start(policy("redact"), shelf=shelf)
    await say(lab, "first SECRET-1", LONG, "then SECRET-2")
    await say(other, "(dropped)", LONG, "then SECRET-2", "Good.", "and SECRET-1")

    assert sent(other)[2] == sent(lab)[2]
    assert sent(other)[4].removeprefix("and ") == sent(lab)[0].removeprefix("first ")


async def test_a_chat_that_cannot_be_looked_up_does_not_leave(start: Start) -> None:
    class Gone(FileShelf):
        def find(self, marks: Sequence[bytes]) -> None:  # type: ignore[override]
            raise InspectionError("the disk is gone")

    lab = await start(policy("redirect", to="inside"), shelf=Gone(None))
    answer = await say(lab, "hello", LONG, "go on")

    assert answer.status_code == 503
    assert lab.upstream.connections == 0
    assert [v.rules for v in lab.notebook.violations] == [("on-error",)]


@pytest.mark.parametrize("then", ["warn", "redact", "block"])
async def test_what_cannot_be_remembered_is_refused_and_recorded_once(
    start: Start, then: str
) -> None:
    class Full(FileShelf):
        def learn(self, *_: object) -> bytes:
            raise InspectionError("the disk is full")

    lab = await start(policy(then), shelf=Full(None))
    answer = await say(lab, SECRET)

    assert answer.status_code == 503
    assert lab.upstream.connections == 0
    [kept] = lab.notebook.violations
    assert kept.action.word == then
    assert lab.notebook.unsents == ([] if then == "block" else [kept])


async def test_nothing_but_hashes_is_on_the_shelf(start: Start, tmp_path_factory: object) -> None:
    shelf = FileShelf(None)
    lab = await start(policy("redact"), shelf=shelf)
    await say(lab, "first SECRET-1", "Good.", "then SECRET-2")
    dump = "\n".join(shelf._db.iterdump())

    assert "marks" in dump
    for word in ("SECRET", "first", "Good", OTHER, HOST):
        assert word not in dump
        assert word.encode().hex().upper() not in dump
