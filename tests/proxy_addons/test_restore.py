"""Restored answers: whatever the cuts, the client reads what it would read without them."""

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Json, Request
from proxy_addons.dialects.restore import WAITING, Delta, Deltas, End, restorer
from proxy_addons.dialects.sse import Parser, write

ORIGINALS = {
    "[EMAIL_1]": "anna@example.org",
    "[EMAIL_12]": "bo@example.org",
    "[PERSON_1]": 'Anna "Ann"\n\\Berg [EMAIL_1',
}
SAID = st.lists(
    st.sampled_from(
        [
            *ORIGINALS,
            r"\[EMAIL_1\]",
            r"\[EMAIL\_12\]",
            "[EMAIL_3]",
            "[",
            "[E",
            "]",
            "_1]",
            "\\",
            "é",
            " a",
        ]
    )
).map("".join)
CUTS = st.lists(st.integers(0, 10_000), max_size=10)


def deltas(event: Json) -> Iterator[Delta | End]:
    """A small format of our own: {"c": channel, "t": text, "j": is it JSON, "end": is it over}."""
    if isinstance(event, dict):
        channel = str(event.get("c", ""))
        if isinstance(text := event.get("t"), str):
            yield Delta(channel, "/t", text, event.get("j") is True)
        if event.get("end"):
            yield End(channel)


def restored(
    body: bytes, content_type: str, places: Sequence[int] = (), read: Deltas = deltas
) -> bytes:
    answer = restorer(content_type, ORIGINALS, read)
    return b"".join([*(answer.feed(part) for part in cut(body, places)), answer.finish()])


def cut[Whole: (str, bytes)](whole: Whole, places: Sequence[int]) -> list[Whole]:
    bounds = [0, *sorted(p % (len(whole) + 1) for p in places), len(whole)]
    return [whole[a:b] for a, b in pairwise(bounds)]


def plain(text: str) -> str:
    """What restoring has to give, written differently: longest spelling first, left to right."""
    spelled = {
        spelling: value
        for placeholder, value in ORIGINALS.items()
        for b in ("", "\\")
        for u in ("", "\\")
        for spelling in [
            placeholder.replace("_", f"{u}_").replace("[", f"{b}[").replace("]", f"{b}]")
        ]
    }
    out, at = "", 0
    while at < len(text):
        hit = next(
            (s for s in sorted(spelled, key=len, reverse=True) if text.startswith(s, at)), ""
        )
        out, at = out + (spelled[hit] if hit else text[at]), at + (len(hit) or 1)
    return out


def documents(stream: bytes) -> list[dict[str, str]]:
    parser = Parser()
    found = [*parser.feed(stream), *parser.finish()]
    return [json.loads(e.data) for e in found if e.data is not None and e.data != b"[DONE]"]


def stream_of(*events: Json) -> bytes:
    return b"".join(write(json.dumps(e).encode()) for e in events)


@given(text=SAID, places=CUTS, bytes_at=CUTS)
def test_a_text_cut_anywhere_reads_as_if_it_were_whole(
    text: str, places: list[int], bytes_at: list[int]
) -> None:
    sent = [{"c": "a", "t": piece} for piece in cut(text, places)]
    body = stream_of(*sent) + write(b"[DONE]")
    got = documents(restored(body, "text/event-stream", bytes_at))

    assert "".join(d["t"] for d in got) == plain(text)
    assert len(got) == len(sent)


@given(text=SAID, places=CUTS, bytes_at=CUTS)
def test_arguments_of_a_tool_stay_json(text: str, places: list[int], bytes_at: list[int]) -> None:
    written = json.dumps({"to": text.replace("\\", "")}, ensure_ascii=False)
    sent = [{"c": "a", "t": piece, "j": True} for piece in cut(written, places)]
    got = documents(restored(stream_of(*sent), "text/event-stream; charset=utf-8", bytes_at))

    said = json.loads("".join(d["t"] for d in got))
    assert said == {"to": plain(text.replace("\\", ""))}


@given(a=SAID, b=SAID, places=CUTS, order=st.lists(st.booleans(), max_size=30), at=CUTS)
def test_texts_that_are_spoken_at_once_do_not_mix(
    a: str, b: str, places: list[int], order: list[bool], at: list[int]
) -> None:
    pieces = {True: cut(a, places)[::-1], False: cut(b, places[::2])[::-1]}
    sent = [
        {"c": str(turn), "t": pieces[turn].pop()}
        for turn in [*order, *[True] * 20, *[False] * 20]
        if pieces[turn]
    ]
    got = documents(restored(stream_of(*sent), "text/event-stream", at))

    assert [d["c"] for d in got] == [d["c"] for d in sent]
    assert "".join(d["t"] for d in got if d["c"] == "True") == plain(a)
    assert "".join(d["t"] for d in got if d["c"] == "False") == plain(b)


@given(text=SAID, places=CUTS, bytes_at=CUTS)
@pytest.mark.parametrize("form", ["lines", "list"])
def test_lines_and_lists_of_json_are_restored_alike(
    form: str, text: str, places: list[int], bytes_at: list[int]
) -> None:
    sent = [{"c": "a", "t": piece, "deep": [{"u": "}]"}]} for piece in cut(text, places)]
    if form == "lines":
        body = b"".join(json.dumps(d).encode() + b"\r\n" for d in sent)
        got = [
            json.loads(line)
            for line in restored(body, "application/x-ndjson", bytes_at).splitlines()
        ]
    else:
        body = json.dumps(sent, indent=1).encode()
        got = json.loads(restored(body, "application/json", bytes_at))

    assert "".join(d["t"] for d in got) == plain(text)
    assert [d["deep"] for d in got] == [d["deep"] for d in sent]


@given(text=SAID, places=CUTS)
def test_plain_text_is_restored_too(text: str, places: list[int]) -> None:
    assert restored(text.encode(), "text/plain; charset=utf-8", places).decode() == plain(text)


@given(text=SAID, places=CUTS)
def test_a_whole_answer_is_restored_in_every_string(text: str, places: list[int]) -> None:
    sent = {"choices": [{"message": {"content": text, "input": {"x": [text]}}}], "n": 1.50}
    got = json.loads(restored(json.dumps(sent).encode(), "application/json", places))

    assert got == {
        "choices": [{"message": {"content": plain(text), "input": {"x": [plain(text)]}}}],
        "n": 1.5,
    }


@given(body=st.binary(), places=CUTS)
@pytest.mark.parametrize(
    "content_type",
    ["text/event-stream", "application/x-ndjson", "application/json", "text/html", "image/png", ""],
)
def test_no_byte_of_an_answer_without_placeholders_changes(
    content_type: str, body: bytes, places: list[int]
) -> None:
    assert restored(body, content_type, places) == body


def test_events_without_a_placeholder_pass_at_once_and_as_they_are() -> None:
    answer = restorer("text/event-stream", ORIGINALS, deltas)
    events = [
        b': note\r\n\r\ndata: {"c":"a",  "t":"Hel\\u006co [x] \\u00e9"}\r\n\r\n',
        b'data: {"c":"a","t":"array[0]"}\n\n',
        b"event: ping\n\n",
        b"data: [DONE]\n\n",
    ]

    assert [answer.feed(event) for event in events] == events


def test_a_possible_beginning_waits_for_the_next_piece_only() -> None:
    answer = restorer("text/event-stream", ORIGINALS, deltas)
    first, second = stream_of({"c": "a", "t": "list["}), stream_of({"c": "a", "t": "0] = [E"})

    assert answer.feed(first) == b""
    assert answer.feed(second) == first
    assert answer.feed(stream_of({"c": "a", "t": "MAIL_1]"})) == (
        stream_of({"c": "a", "t": "0] = anna@example.org"}, {"c": "a", "t": ""}).replace(
            b": ", b": "
        )
    )


def test_what_waits_is_let_go_when_its_text_ends() -> None:
    answer = restorer("text/event-stream", ORIGINALS, deltas)
    waiting, other = stream_of({"c": "a", "t": "so ["}), stream_of({"c": "b", "t": "hi"})
    end = stream_of({"c": "a", "end": True})

    assert answer.feed(waiting + other) == b""
    assert answer.feed(end) == waiting + other + end


def test_a_placeholder_that_never_ends_does_not_hold_up_the_answer_for_ever() -> None:
    answer = restorer("text/event-stream", ORIGINALS, deltas)
    sent = stream_of({"c": "a", "t": "so [EMAIL"})
    assert answer.feed(sent) == b""

    others = stream_of({"c": "b", "t": "x"}) * WAITING
    assert answer.feed(others) == sent + others


def test_json_written_into_a_whole_answer_is_escaped_once_more() -> None:
    arguments = json.dumps({"to": "[PERSON_1]"})
    body = json.dumps({"call": {"arguments": arguments}, "text": "[PERSON_1]"}).encode()
    got = json.loads(restored(body, "application/json"))

    assert json.loads(got["call"]["arguments"]) == {"to": ORIGINALS["[PERSON_1]"]}
    assert got["text"] == ORIGINALS["[PERSON_1]"]


def test_names_of_members_are_restored_and_the_rest_of_the_document_stays() -> None:
    body = b'{"id": 12345678901234567890.0, "args": {"[EMAIL_1]": 1e2},\n "x": "\\u00e9"}'

    assert restored(body, "application/json") == body.replace(b"[EMAIL_1]", b"anna@example.org")


def test_a_placeholder_nobody_gave_out_stays() -> None:
    body = stream_of({"c": "a", "t": "[EMAIL_2] [PHONE_1]"})

    assert restored(body, "text/event-stream") == body


def test_an_event_that_is_plain_text_is_restored_line_by_line() -> None:
    assert restored(b"data: to [EMAIL_1]\r\n\r\n", "text/event-stream") == (
        b"data: to anna@example.org\r\n\r\n"
    )
    assert documents(restored(write(b'"[PERSON_1]"'), "text/event-stream")) == [
        ORIGINALS["[PERSON_1]"]
    ]


@pytest.mark.parametrize("depth", [900, 5_000, 200_000])
def test_a_document_too_deep_to_read_passes_without_a_crash(depth: int) -> None:
    body = b'{"a":' * depth + b'"x"' + b"}" * depth

    assert restored(body, "application/json") == body


@pytest.mark.parametrize("content_type", ["text/event-stream", "application/json"])
def test_a_document_without_end_is_passed_on_in_parts(
    content_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxy_addons.dialects.sse.LIMIT_BYTES", 100)
    monkeypatch.setattr("proxy_addons.dialects.framing.LIMIT_BYTES", 100)
    answer = restorer(content_type, ORIGINALS, deltas)
    piece = b'data: {"a": "' + b"x" * 30

    sent = [answer.feed(piece) for _ in range(9)]
    assert b"".join(sent) + answer.finish() == piece * 9
    assert max(map(len, sent)) < 200


def test_without_originals_nothing_is_looked_at() -> None:
    answer = restorer("text/event-stream", {}, deltas)

    assert answer.feed(b"data: {") == b"data: {"
    assert answer.finish() == b""


def test_a_surrogate_cut_in_two_is_no_reason_to_stop() -> None:
    body = b'data: {"c":"a","t":"\\ud83d"}\n\ndata: {"c":"a","t":"\\ude00 [EMAIL_1]"}\n\n'

    assert restored(body, "text/event-stream") == (
        b'data: {"c":"a","t":"\\ud83d"}\n\ndata: {"c":"a","t":"\\ude00 anna@example.org"}\n\n'
    )


@pytest.mark.parametrize(
    "name",
    [
        *("anthropic_messages", "cohere_chat", "gemini_generate", "mistral_chat", "ollama"),
        *("openai_chat", "openai_responses"),
    ],
)
def test_a_long_request_is_not_parsed_again_for_its_answer(name: str) -> None:
    unreadable = Request("POST", "/v1/chat", "application/json", b'{"messages": [')
    read = BY_NAME[name].restore(unreadable, "text/plain", {"[PERSON_1]": "Ada"})

    assert read.feed(b"for [PERSON_1]") + read.finish() == b"for Ada"
