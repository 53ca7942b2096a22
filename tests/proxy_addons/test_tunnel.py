"""Which connections are decrypted, which are passed through blindly, and which are refused."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import websockets
from websockets.asyncio.server import ServerConnection

from penstock.model import Action
from proxy_addons.hello import Incomplete, server_name
from proxy_addons.services import Services
from tests.proxy_addons.lab import CATALOGUE, HOST, OTHER, TUNNELLED, Start, policy
from tests.proxy_addons.wire import Authority, Client

SECRET = b'{"messages": [{"role": "user", "content": "SECRET-42"}]}'


@asynccontextmanager
async def echo(greeting: bytes = b"") -> AsyncIterator[tuple[int, bytearray]]:
    """A server that says `greeting` and then what it hears; its port and what it heard."""
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while data := await reader.read(65536):
            heard.extend(data)
            writer.write(data)
            await writer.drain()
        writer.write(b"bye")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()


# ── blind tunnels ──


async def test_a_host_that_is_not_inspected_shows_its_own_certificate(
    start: Start, authority: Authority
) -> None:
    lab = await start()
    client = await lab.raw()
    assert await client.tunnel(f"{TUNNELLED}:443") == b"HTTP/1.1 200 Connection established"
    await client.tls(ssl.create_default_context(cafile=str(authority.pem)), TUNNELLED)
    await client.send(
        b"POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s"
        % (TUNNELLED.encode(), len(SECRET), SECRET)
    )

    assert (await client.response())[0] == 200
    assert lab.upstream.bodies == [SECRET]
    assert lab.notebook.violations == []


async def test_a_tunnel_moves_any_bytes_in_any_order_and_closes_half_by_half(start: Start) -> None:
    lab = await start(destinations=["127.0.0.1"])
    payload = bytes(range(256)) * 40_000  # more than all buffers hold
    async with echo(b"220 server first\r\n") as (port, heard):
        client = await lab.raw()
        await client.tunnel(f"127.0.0.1:{port}")
        assert await client.reader.readline() == b"220 server first\r\n"
        sending = asyncio.create_task(client.send(payload))
        assert await client.reader.readexactly(len(payload)) == payload
        await sending
        client.writer.write_eof()
        assert await client.rest() == b"bye"
        assert bytes(heard) == payload


async def test_what_comes_with_the_connect_is_passed_on_too(start: Start) -> None:
    lab = await start(destinations=["127.0.0.1"])
    async with echo() as (port, _):
        client = await lab.raw()
        await client.send(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\nearly".encode())
        await client.reader.readuntil(b"\r\n\r\n")
        assert await client.reader.readexactly(5) == b"early"


async def test_a_client_that_goes_takes_its_tunnel_with_it(start: Start) -> None:
    lab = await start(destinations=["127.0.0.1"])
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        gone.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = await lab.raw()
    await client.tunnel(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    client.writer.transport.abort()
    await gone.wait()
    server.close()


async def test_a_service_under_another_hosts_name_is_refused_within_the_handshake(
    start: Start,
) -> None:
    lab = await start(policy("warn"))
    client = await lab.raw()
    await client.tunnel(f"{TUNNELLED}:443")
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        await client.tls(lab.trusting(), HOST)
    await lab.proxy.stop(0)

    assert lab.upstream.raw == b""
    [kept] = lab.notebook.violations
    assert (kept.action, kept.service, kept.unread) == (
        Action.BLOCK,
        "lab-api",
        ("host-mismatch",),
    )


# ── inspected hosts ──

SPELLINGS = [HOST.upper(), f"{HOST}.", f"{HOST.title()}."]


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_other_spellings_of_a_host_are_inspected_too(start: Start, spelling: str) -> None:
    lab = await start()
    client = await lab.raw()
    await client.tunnel(f"{spelling}:443")
    await client.tls(lab.trusting(), HOST)
    await client.send(_post(SECRET, host=spelling))

    assert (await client.response())[1]["penstock-action"] == "block"
    assert lab.upstream.raw == b""


async def test_an_inspected_host_is_inspected_on_any_port(start: Start) -> None:
    lab = await start()
    client = await lab.raw()
    await client.tunnel(f"{HOST}:8443")
    await client.tls(lab.trusting(), HOST)
    await client.send(_post(SECRET))

    assert (await client.response())[1]["penstock-action"] == "block"


NOT_HTTP = [b"SSH-2.0-OpenSSH\r\nSECRET-42\r\n", b"\x00\x01\x02SECRET-42\n", b"SECRET-42 \r\n\r\n"]


@pytest.mark.parametrize("words", NOT_HTTP)
@pytest.mark.parametrize("in_tls", [True, False])
async def test_what_is_not_http_does_not_pass(start: Start, words: bytes, in_tls: bool) -> None:
    lab = await start()
    client = await lab.raw()
    await client.tunnel(f"{HOST}:443")
    if in_tls:
        await client.tls(lab.trusting(), HOST)
    await client.send(words + b"\r\n\r\n")
    await client.close()

    assert lab.upstream.connections == 0


async def test_plain_http_within_a_tunnel_is_inspected(start: Start) -> None:
    lab = await start()
    client = await lab.raw()
    await client.tunnel(f"{HOST}:80")
    await client.send(_post(SECRET))

    assert (await client.response())[1]["penstock-action"] == "block"
    assert lab.upstream.connections == 0


async def test_plain_http_to_an_inspected_host_is_inspected(start: Start) -> None:
    lab = await start()
    client = await lab.raw()
    await client.send(_post(SECRET, target=f"http://{HOST.upper()}./v1/messages"))

    assert (await client.response())[1]["penstock-action"] == "block"
    assert lab.upstream.connections == 0


@pytest.mark.parametrize(
    ("connect", "sni", "header"),
    [
        (HOST, HOST, OTHER),
        (HOST, HOST, TUNNELLED),
        (HOST, OTHER, HOST),
        (HOST, TUNNELLED, HOST),
        (HOST, TUNNELLED, TUNNELLED),
    ],
)
@pytest.mark.parametrize("alpn", ["http/1.1", "h2"])
async def test_a_host_by_anothers_name_gets_421_and_a_record(
    start: Start, connect: str, sni: str, header: str, alpn: str
) -> None:
    lab = await start(policy("warn"))
    client = await lab.inside(connect, sni, alpn=alpn)
    if alpn == "h2":
        status = await _http2_status(client, header)
    else:
        await client.send(_post(b"{}", host=header))
        status, _, _ = await client.response()

    assert status == 421
    assert lab.upstream.connections == 0
    assert [v.unread for v in lab.notebook.violations] == [("host-mismatch",)]


async def test_an_absolute_target_within_a_tunnel_must_name_the_same_host(start: Start) -> None:
    lab = await start()
    client = await lab.inside()
    await client.send(_post(b"{}", target=f"https://{TUNNELLED}/v1/messages"))

    assert (await client.response())[0] == 421
    assert lab.upstream.connections == 0


async def test_an_inspected_host_behind_another_over_plain_http_gets_421(start: Start) -> None:
    lab = await start()
    client = await lab.raw()
    await client.send(_post(SECRET, target=f"http://{TUNNELLED}/", host=HOST))

    assert (await client.response())[0] == 421
    assert lab.upstream.connections == 0


# ── plain HTTP to other hosts ──


async def test_plain_http_to_other_hosts_is_proxied_without_a_look(start: Start) -> None:
    async with echo() as (port, heard):
        lab = await start(destinations=[f"127.0.0.1:{port}"])
        client = await lab.raw()
        await client.send(
            _post(SECRET, target=f"http://127.0.0.1:{port}/x", host=f"127.0.0.1:{port}").replace(
                b"\r\n\r\n", b"\r\nProxy-Authorization: Basic eDp5\r\n\r\n", 1
            )
        )
        await client.reader.readuntil(b"x HTTP/1.1")

    assert bytes(heard).startswith(b"POST /x HTTP/1.1\r\n")
    assert b"Proxy-Authorization" not in heard
    assert lab.notebook.violations == []


async def test_a_later_connect_needs_a_connection_of_its_own(start: Start) -> None:
    lab = await start()
    client = await lab.raw()
    await client.send(b"GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n")
    assert (await client.response())[0] == 403
    await client.send(f"CONNECT {TUNNELLED}:443 HTTP/1.1\r\n\r\n".encode())
    status, _, _ = await client.response()

    assert status == 400


# ── WebSockets ──

_UPGRADE = (
    "GET /socket HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: {}\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.mark.parametrize("word", ["websocket", "WebSocket", "h2c, websocket"])
async def test_a_websocket_is_refused_with_a_record(start: Start, word: str) -> None:
    rows = [row.model_copy(update={"websockets": "block"}) for row in CATALOGUE]
    lab = await start(catalogue=Services(rows))
    client = await lab.inside()
    await client.send(_UPGRADE.format(HOST, word).encode())

    assert (await client.response())[0] == 403
    assert lab.upstream.connections == 0
    assert [v.unread for v in lab.notebook.violations] == [("websocket",)]


async def test_a_websocket_passes_where_the_row_allows_it(start: Start) -> None:
    lab = await start()
    client = await lab.inside(OTHER)
    await client.send(_UPGRADE.format(OTHER, "websocket").encode())

    assert (await client.response())[0] == 200
    assert lab.upstream.heads[0][2]["upgrade"] == "websocket"


async def test_messages_of_an_allowed_websocket_pass_both_ways(
    start: Start, authority: Authority
) -> None:
    async def echo_messages(socket: ServerConnection) -> None:
        async for message in socket:
            await socket.send(message)

    context = authority.server(OTHER, alpn=("http/1.1",))
    async with websockets.serve(echo_messages, "127.0.0.1", 0, ssl=context) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        lab = await start(upstream_map={OTHER: f"127.0.0.1:{port}"})
        proxy = f"http://{lab.address[0]}:{lab.address[1]}"
        async with websockets.connect(
            f"wss://{OTHER}/socket", ssl=lab.trusting(), proxy=proxy
        ) as socket:
            for message in ("text", b"bytes", "x" * 100_000):
                await socket.send(message)
                assert await socket.recv() == message


@pytest.mark.parametrize("host", [HOST, OTHER], ids=["inspect", "allow"])
@pytest.mark.parametrize("way", ["POST", "GET", "chunked", "query"])
async def test_what_asks_for_a_websocket_is_read_all_the_same(
    start: Start, host: str, way: str
) -> None:
    lab = await start(policy("block"))
    client = await lab.inside(host)
    head = _UPGRADE.format(host, "websocket").encode().removesuffix(b"\r\n")
    match way:
        case "query":
            head = head.replace(b"/socket", b"/socket?q=the+password+is+SECRET-42")
            await client.send(head + b"\r\n")
        case "chunked":
            piece = b"%x\r\n%b\r\n0\r\n\r\n" % (len(SECRET), SECRET)
            await client.send(head + b"Transfer-Encoding: chunked\r\n\r\n" + piece)
        case method:
            head = head.replace(b"GET /socket", f"{method} /v1/messages".encode())
            await client.send(head + b"Content-Length: %d\r\n\r\n" % len(SECRET) + SECRET)

    assert (await client.response())[0] >= 400
    assert lab.upstream.connections == 0
    assert len(lab.notebook.violations) == 1


async def test_other_upgrades_are_not_passed_on(start: Start) -> None:
    lab = await start()
    client = await lab.inside()
    await client.send(_UPGRADE.format(HOST, "h2c").replace("n: U", "n: HTTP2-Settings, U").encode())

    assert (await client.response())[0] == 200
    assert "upgrade" not in lab.upstream.heads[0][2]
    assert "connection" not in lab.upstream.heads[0][2]


# ── the first words ──


@pytest.mark.parametrize(
    "head",
    [
        "CONNECT api.lab.example HTTP/1.1",
        "CONNECT api.lab.example:0 HTTP/1.1",
        "CONNECT api.lab.example:70000 HTTP/1.1",
        "CONNECT api.lab.example:443 HTTP/2.0",
        "CONNECT  api.lab.example:443 HTTP/1.1",
        "CONNECT a b:443 HTTP/1.1",
        "CONNECT exa$mple:443 HTTP/1.1",
        "CONNECT :443 HTTP/1.1",
    ],
)
async def test_a_connect_to_nowhere_gets_400(start: Start, head: str) -> None:
    lab = await start()
    client = await lab.raw()
    await client.send(f"{head}\r\n\r\n".encode())
    assert (await client.response())[0] == 400


async def test_clients_from_elsewhere_are_refused(start: Start) -> None:
    lab = await start(sources=["192.0.2.0/24"])
    client = await lab.raw()
    await client.send(f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode())
    assert (await client.response())[0] == 403


# ── server names ──


def _hello(name: str | None) -> bytes:
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    if name is None:
        context.check_hostname = False
    handshake = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        handshake.do_handshake()
    return outgoing.read()


def test_the_server_name_is_read_from_a_real_handshake() -> None:
    assert server_name(_hello("api.lab.example")) == "api.lab.example"
    assert server_name(_hello(None)) is None


def test_every_beginning_of_a_handshake_is_incomplete() -> None:
    hello = _hello("api.lab.example")
    for end in range(1, len(hello)):
        with pytest.raises(Incomplete):
            server_name(hello[:end])


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_handshake_split_over_records_is_put_together(size: int) -> None:
    message = _hello("api.lab.example")[5:]
    pieces = [message[i : i + size] for i in range(0, len(message), size)]
    records = b"".join(b"\x16\x03\x01" + len(p).to_bytes(2) + p for p in pieces)

    assert server_name(records) == "api.lab.example"


@pytest.mark.parametrize("data", [b"", b"SSH-2.0", b"GET / HTTP/1.1", b"\x15\x03\x01"])
def test_what_is_no_handshake_has_no_server_name(data: bytes) -> None:
    assert server_name(data) is None


def test_a_broken_handshake_is_an_error() -> None:
    hello = _hello("api.lab.example")
    wrong = [
        b"\x16\x03\x01\x00\x00",  # an empty record
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",  # a ServerHello
        b"\x16\x03\x01\x00\x04\x01\xff\xff\xff",  # 16 MB
        hello[:76] + b"\xff\xff" + hello[78:],  # cipher suites beyond the end
        b"\x16\x03\x01\x00\x04\x01\x00\x00\x00",
    ]
    for data in wrong:
        with pytest.raises(ValueError):  # noqa: PT011
            server_name(data)


def _post(body: bytes, *, host: str = HOST, target: str = "/v1/messages") -> bytes:
    head = f"POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _http2_status(client: Client, authority: str) -> int:
    import h2.config
    import h2.connection
    import h2.events

    http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    http.initiate_connection()
    head = [(":method", "POST"), (":scheme", "https"), (":authority", authority), (":path", "/")]
    http.send_headers(1, head)
    http.send_data(1, b"{}", end_stream=True)
    await client.send(http.data_to_send())
    while data := await client.reader.read(65536):
        for event in http.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                return int(dict(event.headers)[b":status"])
    raise AssertionError("no response")
