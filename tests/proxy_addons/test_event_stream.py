"""Amazon's binary event stream: the vendor's own library is the judge of what we write."""

import base64
import json

import pytest
from botocore.eventstream import EventStreamBuffer

from proxy_addons.dialects.event_stream import EventStream, event, exception


def read(data: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Headers and payload of each message, as botocore reads them. Checks every CRC."""
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return [(m.headers, m.payload) for m in buffer]


def test_the_vendors_library_reads_an_event() -> None:
    [(headers, payload)] = read(event("contentBlockDelta", {"text": "zoë"}))

    assert headers == {
        ":event-type": "contentBlockDelta",
        ":content-type": "application/json",
        ":message-type": "event",
    }
    assert json.loads(payload) == {"text": "zoë"}


def test_the_vendors_library_reads_an_exception() -> None:
    [(headers, payload)] = read(exception("modelStreamErrorException", "It broke off."))

    assert headers[":message-type"] == "exception"
    assert headers[":exception-type"] == "modelStreamErrorException"
    assert json.loads(payload) == {"message": "It broke off."}


def test_a_changed_message_has_new_lengths_and_checks_and_its_old_headers() -> None:
    old = event("contentBlockDelta", {"text": "a"})
    [frame] = EventStream().feed(old)
    new = frame.put(b'{"text": "very much longer"}')

    [(headers, payload)] = read(new)
    assert headers == read(old)[0][0]
    assert payload == b'{"text": "very much longer"}'


def test_events_of_another_format_stay_in_their_base64() -> None:
    inner = base64.b64encode(b'{"a": 1}').decode()
    [frame] = EventStream().feed(event("chunk", {"bytes": inner, "p": "abc"}))

    assert frame.data == b'{"a": 1}'
    [(_, payload)] = read(frame.put(b'{"a": 2}'))
    assert json.loads(payload) == {"bytes": base64.b64encode(b'{"a": 2}').decode(), "p": "abc"}


@pytest.mark.parametrize("wrong", [b"no event stream at all", event("x", {})[:-20], b"\x00" * 40])
def test_what_is_no_such_stream_passes_as_it_is(wrong: bytes) -> None:
    stream = EventStream()
    frames = [*stream.feed(event("x", {}) + wrong), *stream.finish()]

    assert b"".join(frame.raw for frame in frames) == event("x", {}) + wrong
