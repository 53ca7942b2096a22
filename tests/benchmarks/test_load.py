"""The measuring client and its service understand each other through a tunnel that looks away."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import h2.connection
import h2.events
import pytest

from benchmarks import cpu, frames
from benchmarks.load import Connection, Http1, Http2, Raw, dial, dial_tls, run
from benchmarks.prompts import body, prompt
from benchmarks.proxies import Field, Proxy


@pytest.fixture(scope="module")
def tunnel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Field, Proxy]]:
    with ExitStack() as stack:
        field = Field(tmp_path_factory.mktemp("bench"), stack)
        yield field, field.bare()


def http1(field: Field, proxy: Proxy) -> Connection:
    sock = dial_tls(proxy.port, f"127.0.0.1:{field.upstream.tls}", "http/1.1")
    return Http1(sock, lambda: body(2048))


def http2(field: Field, proxy: Proxy) -> Connection:
    sock = dial_tls(proxy.port, f"127.0.0.1:{field.upstream.tls}", "h2")
    return Http2(sock, lambda: body(2048))


def raw(field: Field, proxy: Proxy) -> Connection:
    return Raw(dial(proxy.port, f"127.0.0.1:{field.upstream.raw}"))


@pytest.mark.parametrize("connect", [http1, http2, raw])
def test_every_request_is_answered_and_timed(
    tunnel: tuple[Field, Proxy], connect: Callable[[Field, Proxy], Connection]
) -> None:
    connections = [connect(*tunnel) for _ in range(2)]
    before = tunnel[1].used_s()

    sample = run(connections, 0.2)

    for connection in connections:
        connection.close()
    assert len(sample.latencies_s) >= sum(c.slots for c in connections)
    assert 0 < sample.percentile_ms(50) <= sample.percentile_ms(99)
    assert tunnel[1].used_s() >= before


def test_no_prompt_is_like_another() -> None:
    assert len({prompt(2048) for _ in range(1000)}) == 1000
    assert {len(prompt(size)) for size in (100, 2048)} == {100, 2048}


def test_our_frames_are_read_by_a_full_implementation() -> None:
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    server.initiate_connection()
    headers = [
        (b":method", b"POST"),
        (b":scheme", b"https"),
        (b":authority", b"h"),
        (b":path", b"/" + b"p" * 300),
    ]

    sent = frames.PREFACE + frames.opening() + frames.message(1, headers, b"x" * 40_000)
    events = server.receive_data(sent)

    read = [e for e in events if isinstance(e, h2.events.RequestReceived)]
    data = [e.data for e in events if isinstance(e, h2.events.DataReceived)]
    assert [(bytes(n), bytes(v)) for n, v in read[0].headers] == headers
    assert b"".join(data) == b"x" * 40_000
    assert any(isinstance(e, h2.events.StreamEnded) for e in events)


def test_a_full_implementation_is_read_in_pieces() -> None:
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    server.initiate_connection()
    sent, buffer, read = server.data_to_send(), bytearray(), []

    for byte in sent:
        buffer.append(byte)
        read += [kind for kind, *_ in frames.frames(buffer)]

    assert frames.SETTINGS in read
    assert not buffer


def test_a_process_counts_itself_and_its_children(tunnel: tuple[Field, Proxy]) -> None:
    process = tunnel[1].processes[0]
    parent = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])

    assert process in cpu.tree(parent)
    assert cpu.used_s([parent]) > 0
    assert cpu.used_s([2**22 + 1]) == 0
