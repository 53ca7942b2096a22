"""Every dialect against captured traffic. A case is a folder, golden/<dialect>/<case>/:

    request.http    what a client sent
    expected.json   texts: [role, where, text] each; unread; originals: placeholder -> value
    redacted.http   the request with each value in its texts replaced by its placeholder
    answer.http     what the service answered to that, and
    restored.http   what the client gets of it
    refusal.json    what the client gets instead: status, headers, and json, text or base64;
                    `random_ids`: ids of 32 digits are written as zeros

All but the first two may be missing. Bodies are compared byte for byte; heads end with CRLF.
"""

import base64
import json
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import CannotExpress
from penstock.model import Edit, Finished, Prompt, TextDelta
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Dialect, Json, Redirectable, Request
from proxy_addons.dialects.inside import ChatPage, Thread
from proxy_addons.dialects.openai_chat import dialect as openai_chat

CASES = sorted(p.parent for p in Path(__file__).parent.glob("golden/*/*/request.http"))

ANSWERED = [case for case in CASES if (case / "answer.http").exists()]


def having(name: str) -> pytest.MarkDecorator:
    cases = [case for case in CASES if (case / name).exists()]
    return pytest.mark.parametrize("case", cases, ids=lambda c: f"{c.parent.name}/{c.name}")


def message(path: Path) -> tuple[str, dict[str, str], bytes]:
    """First line, headers and body of a captured message."""
    head, _, body = path.read_bytes().partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    fields = (line.split(": ", 1) for line in lines)
    return first, {name.lower(): value for name, value in fields}, body


def request(path: Path) -> Request:
    first, headers, body = message(path)
    method, target, _ = first.split(" ")
    return Request(
        method, target, headers.get("content-type", ""), body, headers.get("user-agent", "")
    )


def expected(case: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((case / "expected.json").read_text())
    return found


def originals(case: Path) -> dict[str, str]:
    found = expected(case).get("originals", {})
    assert isinstance(found, dict)
    return found


def edits(prompt: Prompt, values: dict[str, str]) -> list[Edit]:
    return [
        Edit(text.where, start, start + len(value), placeholder)
        for text in prompt.texts
        for placeholder, value in values.items()
        for start in range(len(text.text))
        if text.text.startswith(value, start)
    ]


def dialect_of(case: Path) -> Dialect:
    return BY_NAME[case.parent.name]


@pytest.mark.shows("read")
@having("expected.json")
def test_reads_every_text_and_names_what_it_cannot_read(case: Path) -> None:
    prompt = dialect_of(case).parse(request(case / "request.http"))

    assert [[t.role, t.where, t.text] for t in prompt.texts] == expected(case)["texts"]
    assert list(prompt.unread) == expected(case).get("unread", [])


@having("request.http")
def test_leaves_a_request_without_edits_as_it_is(case: Path) -> None:
    sent = request(case / "request.http")

    assert dialect_of(case).rewrite(sent, []) is sent


@pytest.mark.shows("rewrite")
@having("redacted.http")
def test_redacts_as_recorded(case: Path) -> None:
    sent = request(case / "request.http")
    found = edits(dialect_of(case).parse(sent), originals(case))

    assert found
    assert dialect_of(case).rewrite(sent, found) == request(case / "redacted.http")


@having("redacted.http")
def test_nothing_is_left_of_a_redacted_value(case: Path) -> None:
    prompt = dialect_of(case).parse(request(case / "redacted.http"))

    assert edits(prompt, originals(case)) == []


@pytest.mark.shows("restore")
@having("answer.http")
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_restores_an_answer_however_it_arrives(case: Path, size: int) -> None:
    _, headers, body = message(case / "answer.http")
    sent = request(case / "request.http")
    answer = dialect_of(case).restore(sent, headers["content-type"], originals(case))

    restored = b"".join(answer.feed(body[i : i + size]) for i in range(0, len(body), size))

    assert restored + answer.finish() == message(case / "restored.http")[2]


@given(case=st.sampled_from(ANSWERED), cuts=st.sets(st.integers(1, 6000), max_size=9))
def test_restores_an_answer_cut_anywhere(case: Path, cuts: set[int]) -> None:
    _, headers, body = message(case / "answer.http")
    answer = dialect_of(case).restore(
        request(case / "request.http"), headers["content-type"], originals(case)
    )
    ends = sorted({c % len(body) for c in cuts} | {len(body)})

    restored = b"".join(
        answer.feed(body[start:end]) for start, end in zip([0, *ends], ends, strict=False)
    )

    assert restored + answer.finish() == message(case / "restored.http")[2]


@pytest.mark.shows("refuse")
@having("refusal.json")
def test_refuses_in_the_services_own_words(case: Path) -> None:
    refusal = json.loads((case / "refusal.json").read_text())
    answer = dialect_of(case).refuse(request(case / "request.http"), "Not with card numbers.")

    assert answer.status == refusal["status"]
    assert {"content-type": answer.content_type, **dict(answer.headers)} == refusal["headers"]
    body = answer.body
    if refusal.get("random_ids"):
        body = re.sub(rb"[0-9a-f]{32}", b"0" * 32, body)
    if "json" in refusal:
        assert json.loads(body) == refusal["json"]
    elif "base64" in refusal:
        assert base64.b64decode(refusal["base64"]) == body
    else:
        assert body.decode() == refusal["text"]


def redirectable() -> list[Path]:
    """Cases whose request another model can answer, over HTTP."""
    found = []
    for case in CASES:
        dialect, sent = dialect_of(case), request(case / "request.http")
        if isinstance(dialect, Redirectable) and sent.method != "WS":
            with suppress(CannotExpress):
                dialect.chat(sent)
                found.append(case)
    return found


IN_JSON = {"deepl": ('{"source_language": "en", "texts": ["', '", "Bye"]}')}
"""What stands around a text where a model is asked for JSON."""


@pytest.mark.shows("redirect")
@pytest.mark.parametrize("case", redirectable(), ids=lambda c: f"{c.parent.name}/{c.name}")
def test_an_answer_from_inside_reads_like_one_of_the_service(case: Path) -> None:
    dialect, sent = dialect_of(case), request(case / "request.http")
    assert isinstance(dialect, Redirectable)
    writer = dialect.write_answer(sent, "m")
    before, after = IN_JSON.get(dialect.name, ("", ""))
    pieces = (f"{before}Ask [EMA", f"IL_1]{after}")
    said = (*map(TextDelta, pieces), Finished("stop", 3, 2))
    body = b"".join([writer.write(event) for event in said])
    filter = dialect.restore(sent, writer.content_type, {"[EMAIL_1]": "ada"})
    restored = filter.feed(body) + filter.finish()

    # Bedrock wraps events in base64, Tabnine lists the numbers of its bytes
    wrapped = (
        base64.b64decode(found) for found in re.findall(rb'"([A-Za-z0-9+/]{40,}=*)"', restored)
    )
    numbers = ",".join(map(str, b"Ask ada")).encode()
    assert b"Ask ada" in b"".join((restored, *wrapped)) or numbers in restored


JUNK: list[Json] = [None, True, -1, 1e9, "", "x", "system", "none", [], {}, [[]], [{}]]
JUNK += [{"type": "text"}, {"a": 1}, '{"a": "b"}', ["x", 1], {"text": 5}]


def damaged(node: Json, chance: Random) -> Json:
    if chance.random() < 0.03:
        return chance.choice(JUNK)
    if isinstance(node, list):
        return [damaged(item, chance) for item in node if chance.random() > 0.02]
    if isinstance(node, dict):
        return {k: damaged(v, chance) for k, v in node.items() if chance.random() > 0.02}
    return node


@given(chance=st.randoms(use_true_random=True), case=st.sampled_from(CASES))
def test_a_damaged_message_is_read_or_refused_but_never_an_accident(
    chance: Random, case: Path
) -> None:
    dialect, whole = dialect_of(case), request(case / "request.http")
    try:
        document = damaged(json.loads(whole.body), chance)
    except ValueError:  # a form or a plain text
        return
    sent = replace(whole, body=json.dumps(document).encode())
    prompt = dialect.parse(sent)

    assert len({t.where for t in prompt.texts}) == len(prompt.texts)
    assert dialect.refuse(sent, "no").status in (101, 200, 400, 1008)
    answer = dialect.restore(sent, "text/event-stream", {"[EMAIL_1]": "x"})
    event = b"data: " + sent.body.replace(b"x", b"y") + b"\n\n"
    assert b"[EMAIL_1]" in event or answer.feed(event) + answer.finish() == event
    if isinstance(dialect, Redirectable):
        with suppress(CannotExpress):
            chat = dialect.chat(sent)
            dialect.write_answer(sent, "m").write(TextDelta("x"))
            openai_chat.build_request(chat, "m")
    if isinstance(dialect, ChatPage) and (turn := dialect.turn(sent)):
        thread = Thread([turn], is_known=not turn.begins)
        dialect.aside(sent, thread)
        with suppress(CannotExpress):
            dialect.moved(sent, thread)


def test_every_dialect_has_captures() -> None:
    assert {case.parent.name for case in CASES} == set(BY_NAME)
