"""Binary bodies: every string is seen wherever it lies, and an edit changes nothing else."""

import base64
import gzip
import zlib
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import CannotRewrite, UninspectedError
from proxy_addons.dialects import binary, envelopes, protobuf
from proxy_addons.dialects.base import Json
from proxy_addons.dialects.bodies import Reading, read
from proxy_addons.dialects.remote_calls import Calls

MARKER = "SECRET-42"
TYPES = ("application/proto", "application/x-protobuf", "application/octet-stream", "")


def field(number: int, value: str | bytes | int) -> bytes:
    """One field of a message."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def strings(node: Json) -> list[str]:
    match node:
        case str(text):
            return [text]
        case [*items]:
            return [s for item in items for s in strings(item)]
        case {**members}:
            return [s for item in members.values() for s in strings(item)]
        case _:
            return []


def without(node: Json) -> Json:
    """The document with `[X]` for each marker."""
    match node:
        case str(text):
            return text.replace(MARKER, "[X]")
        case [*items]:
            return [without(item) for item in items]
        case {**members}:
            return {name: without(item) for name, item in members.items()}
        case _:
            return node


def seen(reading: Reading) -> bool:
    return any(MARKER in text for text in strings(reading.document))


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60)
leaves = st.one_of(texts, st.integers(0, 2**40), st.binary(max_size=20))
trees = st.recursive(leaves, lambda inner: st.lists(inner, min_size=1, max_size=4), max_leaves=12)


def encoded(tree: Any, number: int = 1) -> bytes:
    """A message that holds what the tree holds."""
    if not isinstance(tree, list):
        return field(number, tree)
    return field(number, b"".join(encoded(item, n) for n, item in enumerate(tree, 1)))


@given(tree=trees, where=st.integers(0, 20), around=st.text("abc x.\n", max_size=80))
def test_a_marker_anywhere_in_protobuf_is_seen_and_taken_out(
    tree: Any, where: int, around: str
) -> None:
    said = f"{around}{MARKER}"
    for body in (
        encoded([tree, said]),
        encoded([[said, tree], tree]),
        encoded([[[[said]]]]) + field(300, 5),
        field(where + 1, said) + encoded(tree, 2),
    ):
        reading = read(body, "application/proto")
        assert seen(reading)
        assert reading.write(reading.document) == body
        new = reading.write(without(reading.document))
        assert MARKER.encode() not in new
        assert not seen(read(new, "application/proto"))


def test_an_edit_writes_the_lengths_of_all_that_it_lies_in_and_nothing_else() -> None:
    inner = field(1, "x" * 200 + MARKER) + field(2, 7)
    body = field(1, field(4, inner) + field(9, b"\xff\x00")) + field(15, "after")
    reading = read(body, "application/proto")

    shorter = field(1, "x" * 200 + "[X]") + field(2, 7)
    expected = field(1, field(4, shorter) + field(9, b"\xff\x00")) + field(15, "after")
    assert reading.write(without(reading.document)) == expected


def test_text_that_may_be_a_message_as_well_is_read_as_both() -> None:
    # the length of what follows is the digit 4: glued to it, the number would not be one
    inner = field(1, f"{MARKER} " + "and so on, word by word, to the end of it".ljust(42))
    assert inner[1:2] == b"4"
    reading = read(field(2, inner), "application/proto")

    assert any(text.startswith(MARKER) for text in strings(reading.document))
    assert not seen(read(reading.write(without(reading.document)), "application/proto"))


def test_a_compressed_field_is_read_and_not_written() -> None:
    packed = gzip.compress(field(1, f"deep {MARKER}"))
    reading = read(field(1, "x") + field(2, packed), "application/proto")

    assert seen(reading)
    with pytest.raises(CannotRewrite):
        reading.write(without(reading.document))


def test_a_long_number_is_read_and_not_written() -> None:
    reading = read(field(1, 4111111111111111), "application/proto")

    assert reading.document == [4111111111111111]
    with pytest.raises(CannotRewrite):
        reading.write(["[X]"])


def test_what_is_neither_text_nor_a_message_is_reported() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + MARKER.encode()

    reading = read(field(1, "x") + field(2, picture), "application/proto")
    assert reading.unread == {"binary"}
    assert seen(reading)
    assert read(field(1, "x") + field(2, b"\xff\xfe\x00"), "application/proto").unread == set()


def test_messages_deeper_than_is_read_show_their_letters() -> None:
    body = field(1, MARKER)
    for _ in range(2 * protobuf.DEPTH):
        body = field(1, body)
    reading = read(body, "application/proto")

    assert seen(reading)


ENVELOPED = [
    "application/grpc",
    "application/grpc+proto",
    "application/grpc-web+proto",
    "application/connect+proto",
    "application/octet-stream",
]


@pytest.mark.parametrize("kind", ENVELOPED)
@pytest.mark.parametrize("packed", [None, gzip.compress, zlib.compress], ids=["", "gzip", "zlib"])
def test_calls_are_read_compressed_or_not(kind: str, packed: Any) -> None:
    message = field(1, field(1, f"hello {MARKER}"))
    first = envelopes.pack(1, packed(message)) if packed else envelopes.pack(0, message)
    second = envelopes.pack(0, field(3, "unchanged"))
    reading = read(first + second, kind)

    assert seen(reading)
    assert reading.write(reading.document) == first + second
    expected = envelopes.pack(0, field(1, field(1, "hello [X]"))) + second
    assert reading.write(without(reading.document)) == expected


def test_json_in_envelopes_is_read() -> None:
    body = envelopes.pack(0, b'{"text": "' + MARKER.encode() + b'"}')
    reading = read(body, "application/connect+json")

    assert reading.write(without(reading.document)) == envelopes.pack(0, b'{"text": "[X]"}')


def test_calls_in_base64_are_read() -> None:
    pieces = [envelopes.pack(0, field(1, MARKER)), envelopes.pack(0, field(2, "x"))]
    body = b"".join(base64.b64encode(piece) for piece in pieces)
    reading = read(body, "application/grpc-web-text")

    expected = base64.b64encode(envelopes.pack(0, field(1, "[X]")) + pieces[1])
    assert reading.write(without(reading.document)) == expected


def test_a_compressed_message_that_unpacks_without_end_is_refused() -> None:
    bomb = envelopes.pack(1, gzip.compress(bytes(envelopes.MOST_BYTES * 2)))

    with pytest.raises(UninspectedError):
        read(bomb, "application/grpc")


def test_a_compression_that_nobody_knows_is_reported() -> None:
    reading = read(envelopes.pack(1, b"\xffabcdef" + bytes(80)), "application/grpc")

    assert reading.unread == {"binary"}


packable = st.recursive(
    st.one_of(texts, st.integers(-(2**63), 2**64 - 1), st.booleans(), st.none(), st.floats()),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=15,
)


@given(tree=packable, around=texts, size=st.sampled_from([0, 20, 300, 70_000]))
def test_a_marker_anywhere_in_messagepack_is_seen_and_taken_out(
    tree: Any, around: str, size: int
) -> None:
    said = around + MARKER + "x" * size
    for document in ({"a": [tree, said]}, [{said: tree}], {"b": said.encode(), "c": tree}):
        body = msgpack.packb(document)
        for kind in ("application/x-msgpack", "application/msgpack"):
            reading = read(body, kind)
            assert seen(reading)
            assert reading.write(reading.document) == body
            new = reading.write(without(reading.document))
            assert repr(msgpack.unpackb(new)) == repr(document).replace(MARKER, "[X]")


def test_messagepack_that_says_nothing_of_itself_is_recognised() -> None:
    body = msgpack.packb({"text": MARKER, "when": msgpack.Timestamp(1, 0), "n": 4111111111111111})

    reading = read(body, "application/octet-stream")
    assert 4111111111111111 in reading.document  # type: ignore[operator]
    assert seen(reading)
    assert reading.unread == set()


@pytest.mark.parametrize("kind", TYPES)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_without_an_accident(kind: str, data: bytes) -> None:
    reading = read(data, kind)

    if not reading.is_json:
        assert reading.write(reading.document) == data


@given(body=st.binary(max_size=300), cut=st.integers(0, 300))
def test_an_answer_that_is_no_stream_of_messages_passes_as_it_is(body: bytes, cut: int) -> None:
    calls = Calls()
    frames = [*calls.feed(body[:cut]), *calls.feed(body[cut:]), *calls.finish()]

    assert b"".join(frame.raw for frame in frames) == body


def test_a_body_that_says_it_is_text_stays_text() -> None:
    assert binary.sniffed(b"\n\nhello world") is None
    assert read(b"\n\nhello world", "text/plain").document == "\n\nhello world"
