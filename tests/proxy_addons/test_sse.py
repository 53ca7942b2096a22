"""Server-sent events: whatever the cuts, the events are the same and no byte is lost."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_addons.dialects.sse import Event, Parser, write

LINES = st.sampled_from(
    [b"data: a", b"data:b", b"data", b"data:  c", b"data: {}", b"data: n\xc3\xa9", b""]
).flatmap(lambda line: st.sampled_from([line, b"event: x", b": note", b"id: 7", b"retry: 5", b"?"]))
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
STREAMS = st.lists(st.tuples(LINES, ENDS)).map(lambda pairs: b"".join(a + b for a, b in pairs))


def events(chunks: list[bytes]) -> list[Event]:
    parser = Parser()
    return [e for chunk in chunks for e in parser.feed(chunk)] + parser.finish()


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(p % (len(stream) + 1) for p in places), len(stream)]
    return [stream[a:b] for a, b in pairwise(bounds)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_reads_all_fields_with_each_line_end(end: bytes) -> None:
    lines = [b": hello", b"event: delta", b"id: 7", b"retry: 1500", b"data: one", b"data:two", b""]
    [event] = events([end.join((*lines, b""))])

    assert (event.event, event.id, event.retry_ms) == ("delta", "7", 1500)
    assert event.data == b"one\ntwo"


def test_an_event_is_there_as_soon_as_its_blank_line_is() -> None:
    parser = Parser()

    assert [e.data for e in parser.feed(b"data: a\r\n\r\ndata: b\r\r")] == [b"a", b"b"]
    assert [e.data for e in parser.feed(b"\ndata: c\n\n")] == [b"c"]


def test_comments_and_events_without_data_have_no_data() -> None:
    assert [e.data for e in events([b": keep-alive\n\nevent: ping\n\ndata\n\n"])] == [
        None,
        None,
        b"",
    ]


def test_an_unfinished_last_event_is_still_read() -> None:
    assert [e.data for e in events([b"data: a\n\ndata: [DONE]"])] == [b"a", b"[DONE]"]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_byte_order_mark_is_no_part_of_the_first_field(size: int) -> None:
    stream = b"\xef\xbb\xbfdata: a\n\n"
    found = events([stream[i : i + size] for i in range(0, len(stream), size)])

    assert [e.data for e in found if e.data is not None] == [b"a"]
    assert b"".join(e.raw for e in found) == stream


def test_other_data_keeps_the_other_lines_and_the_line_ends() -> None:
    [event] = events([b": x\r\nevent: e\r\ndata: 1\r\ndata: 2\r\nid: 3\r\n\r\n"])

    assert (
        event.put(b"new\nlines") == b": x\r\nevent: e\r\ndata: new\r\ndata: lines\r\nid: 3\r\n\r\n"
    )


def test_what_is_written_is_read_again() -> None:
    [event] = events([write(b'{"a":\n1}', "delta")])

    assert (event.event, event.data) == ("delta", b'{"a":\n1}')


@given(stream=STREAMS, places=st.lists(st.integers(0, 10_000), max_size=8))
def test_cuts_change_nothing(stream: bytes, places: list[int]) -> None:
    whole, pieces = events([stream]), events(cut(stream, places))

    assert b"".join(e.raw for e in pieces) == stream
    assert [e.data for e in pieces if e.data is not None] == [
        e.data for e in whole if e.data is not None
    ]


@given(stream=STREAMS, data=st.binary().map(lambda b: b.replace(b"\r", b"")))
def test_put_replaces_the_data_of_any_event(stream: bytes, data: bytes) -> None:
    for event in events([stream]):
        if event.data is not None:
            assert [e.data for e in events([event.put(data)]) if e.data is not None] == [data]
