"""What pages read of our answers, by readers written after their protocols and apart from our code.

One row for each chat page: the capture it asks with, and how it reads a stream.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from penstock.model import AnswerEvent, Failed, Finished, Media, TextDelta
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Request
from proxy_addons.dialects.character_ai import dialect as character_ai
from proxy_addons.dialects.messages import unpack
from proxy_addons.dialects.page import PageDialect
from tests.proxy_addons.test_golden import request

GOLDEN = Path(__file__).parent / "golden"
ASKED = "Write to Ada Lovelace <ada@lovelace.example>, please."
HELLO = (TextDelta("Hel"), TextDelta("lo, "), TextDelta("Ada"), Finished("stop", 3, 3))


def events(body: bytes) -> Iterator[tuple[str, Any]]:
    """Server-sent events as browsers read them."""
    for block in body.decode().split("\n\n"):
        name, data = "", []
        for line in block.split("\n"):
            field, _, value = line.partition(": ")
            name = value if field == "event" else name
            data += [value] if field == "data" else []
        if data and data != ["[DONE]"]:
            yield name, json.loads("\n".join(data))


def lines(body: bytes) -> list[Any]:
    return [json.loads(line) for line in body.split(b"\n") if line]


def chatgpt_deltas(body: bytes) -> str:
    message: dict[str, Any] = {}
    path = ""
    for _, event in events(body):
        if not isinstance(event, dict) or "type" in event:
            continue
        path = event.get("p", path)
        if path == "/message/content/parts/0":
            message["content"]["parts"][0] += event["v"]
        elif isinstance(event["v"], dict):
            message = event["v"]["message"]
        else:
            assert {"p": "/message/end_turn", "o": "replace", "v": True} in event["v"]
    return str(message["content"]["parts"][0])


def chatgpt_snapshots(body: bytes) -> str:
    *_, (_, last) = events(body)
    assert last["message"]["end_turn"] is True
    return str(last["message"]["content"]["parts"][0])


def claude(body: bytes) -> str:
    said = [*events(body)]
    assert [name for name, _ in said][-1] == "message_stop"
    assert all(name == event["type"] for name, event in said)
    return "".join(e["delta"]["text"] for name, e in said if name == "content_block_delta")


def gemini(body: bytes) -> str:
    rest, text = body.decode().removeprefix(")]}'\n\n"), ""
    while rest:
        length, _, _ = rest.partition("\n")
        end = len(length) + int(length)  # what is written is ASCII
        for part in json.loads(rest[len(length) : end]):
            if part[0] == "wrb.fr":
                text = json.loads(part[2])[4][0][1][0]
        rest = rest[end:]
    return text


def perplexity(body: bytes) -> str:
    said = [*events(body)]
    assert said[-1][0] == "end_of_stream"
    assert said[-2][1]["final_sse_message"] is True
    return "".join(said[-2][1]["blocks"][0]["markdown_block"]["chunks"])


def deepseek(body: bytes) -> str:
    text, path = "", ""
    for name, event in events(body):
        if name:
            continue
        path = event.get("p", path)
        if isinstance(event["v"], dict):
            text = event["v"]["response"]["fragments"][-1]["content"]
        elif path.endswith("/content"):
            text += event["v"]
    assert path == "response/status"
    return text


def grok(body: bytes) -> str:
    results = [line["result"] for line in lines(body)]
    responses = [r["response"] for r in results if "response" in r]
    text = "".join(r["token"] for r in responses if "token" in r)
    assert responses[-1]["modelResponse"]["message"] == text
    return text


def grok_later(body: bytes) -> str:
    return "".join(line["result"].get("token", "") for line in lines(body))


def grok_in_x(body: bytes) -> str:
    return "".join(line["result"].get("message", "") for line in lines(body))


def meta(body: bytes) -> str:
    message = lines(body)[-1]["data"]["node"]["bot_response_message"]
    assert message["streaming_state"] == "OVERALL_DONE"
    return str(message["snippet"])


def le_chat_patches(body: bytes) -> str:
    text = ""
    for line in body.decode().splitlines():
        number, _, data = line.partition(":")
        for patch in json.loads(data)["json"]["patches"] if number == "15" else ():
            text += patch["value"] if patch["op"] == "append" else ""
    return text


def le_chat_older(body: bytes) -> str:
    found = [line.partition(":") for line in body.decode().splitlines()]
    assert [number for number, _, _ in found][-1] == "d"
    return "".join(json.loads(data) for number, _, data in found if number == "0")


def hugging_chat(body: bytes) -> str:
    said = lines(body)
    tokens = [line["token"] for line in said if line["type"] == "stream"]
    assert all(len(token) >= 16 for token in tokens)
    text = "".join(tokens).replace("\0", "")
    assert {"type": "finalAnswer", "text": text, "interrupted": False} in said
    assert said[-1] == {"type": "status", "status": "finished"}
    return text


def kimi(body: bytes) -> str:
    text = ""
    while body:
        flags, length = body[0], int.from_bytes(body[1:5])
        document, body = json.loads(body[5 : 5 + length]), body[5 + length :]
        if "block" in document:
            said = document["block"]["text"]["content"]
            text = text + said if document["op"] == "append" else said
    assert flags == 2
    return text


def kimi_older(body: bytes) -> str:
    *said, (_, last) = events(body)
    assert last == {"event": "all_done"}
    return "".join(event["text"] for _, event in said)


def qwen(body: bytes) -> str:
    (_, created), *said = events(body)
    assert created["response.created"]["chat_id"]
    return "".join(event["choices"][0]["delta"]["content"] for _, event in said)


def zai(body: bytes) -> str:
    said = [event["data"] for _, event in events(body)]
    assert said[-1]["done"] is True
    return "".join(data["delta_content"] for data in said)


def you(body: bytes) -> str:
    *said, (last, _) = events(body)
    assert last == "done"
    return "".join(event["youChatToken"] for _, event in said)


@dataclass(frozen=True)
class Row:
    dialect: str
    case: str
    read: Callable[[bytes], str]

    @property
    def page(self) -> PageDialect:
        found = BY_NAME[self.dialect]
        assert isinstance(found, PageDialect)
        return found

    @property
    def sent(self) -> Request:
        return request(GOLDEN / self.dialect / self.case / "request.http")


ROWS = (
    Row("chatgpt_web", "deltas", chatgpt_deltas),
    Row("chatgpt_web", "anonymous_snapshots", chatgpt_snapshots),
    Row("claude_web", "completion", claude),
    Row("gemini_web", "stream_generate", gemini),
    Row("perplexity_web", "ask", perplexity),
    Row("deepseek_web", "completion", deepseek),
    Row("grok_web", "new", grok),
    Row("grok_web", "responses", grok_later),
    Row("grok_web", "inside_x", grok_in_x),
    Row("meta_ai", "send_message", meta),
    Row("le_chat", "append", le_chat_patches),
    Row("le_chat", "append_older", le_chat_older),
    Row("hugging_chat", "message", hugging_chat),
    Row("kimi_web", "connect", kimi),
    Row("kimi_web", "older", kimi_older),
    Row("qwen_web", "completions", qwen),
    Row("zai_web", "completions", zai),
    Row("you_web", "streaming_search", you),
)
EDITORS = {"jetbrains_ai"}
"""Dialects built like those of pages; they have tests of their own."""
pages = pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r.dialect}/{r.case}")


def written(row: Row, *said: AnswerEvent) -> bytes:
    writer = row.page.write_answer(row.sent, "llama")
    assert writer.status == 200
    return b"".join([writer.write(event) for event in said])


def test_every_page_has_a_row() -> None:
    pages = {name for name, dialect in BY_NAME.items() if isinstance(dialect, PageDialect)}

    assert pages - EDITORS == {row.dialect for row in ROWS}


@pages
def test_a_page_reads_an_answer_from_inside(row: Row) -> None:
    assert row.read(written(row, *HELLO)) == "Hello, Ada"


@pages
def test_a_page_reads_any_letters(row: Row) -> None:
    text = '„Grüße“ 😀\n\n1. "ok" \\ </script> \u2028'

    assert row.read(written(row, TextDelta(text), Finished("stop", 1, 1))) == text


@pages
def test_a_page_reads_a_refusal_as_a_message(row: Row) -> None:
    refusal = row.page.refuse(row.sent, "Not with card numbers.")

    assert refusal.status == 200
    assert row.read(refusal.body) == "Not with card numbers."


@pages
def test_a_page_is_told_that_an_answer_broke_off(row: Row) -> None:
    assert b"Please ask again." in written(row, TextDelta("Hel"), Failed("Please ask again."))


@pages
def test_the_internal_model_is_asked_what_the_person_asked(row: Row) -> None:
    last = row.page.chat(row.sent).turns[-1]
    assert last.role == "user"
    assert last.parts[-1] == ASKED
    if row.case == "anonymous_snapshots":  # a picture comes with it, named twice
        assert last.parts[:-1] == (Media("image", "image/png", "", "file_00000000a1b2"),)


@pages
def test_a_long_answer_takes_little_more_than_its_length(row: Row) -> None:
    words = [TextDelta("word ")] * 4000

    assert len(written(row, *words, Finished("stop", 1, 1))) < 1_500_000


@pytest.mark.shows("redirect", "streamed", dialect="character_ai")
def test_a_character_answers_on_its_socket() -> None:
    sent = request(GOLDEN / "character_ai" / "turn" / "request.http")
    writer = character_ai.write_answer(sent, "llama")

    messages = unpack(b"".join([writer.write(event) for event in HELLO]))

    asked, *turns = [json.loads(message.data) for message in messages]
    assert asked["command"] == "add_turn"
    assert asked["turn"]["candidates"][0]["raw_content"] == ASKED
    said = [turn["turn"]["candidates"][0] for turn in turns]
    assert [candidate["is_final"] for candidate in said] == [False] * (len(said) - 1) + [True]
    assert said[-1]["raw_content"] == "Hello, Ada"
    assert character_ai.chat(sent).turns[-1].parts == (ASKED,)
