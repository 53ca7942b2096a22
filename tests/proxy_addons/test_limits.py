"""Requests that are too large, too slow or badly framed: what clients are told, what leaves."""

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace

import h2.config
import h2.connection
import h2.events
import pytest
from mitmproxy.http import HTTPFlow
from mitmproxy.proxy.layers.http import RequestData
from websockets.exceptions import ConnectionClosed

from penstock.model import Action, Violation
from proxy_addons import connection, limits, responses
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Request
from proxy_addons.inspection import Inspection, Job
from tests.proxy_addons.lab import HOST, Lab, Looks, Notebook, Start, policy
from tests.proxy_addons.sockets import serving
from tests.proxy_addons.test_sockets import PATH, ask
from tests.proxy_addons.wire import Authority, Client, Reply

SECRET = b'{"messages": [{"role": "user", "content": "SECRET-42"}]}'
POST = f"POST /v1/messages HTTP/1.1\r\nHost: {HOST}\r\n".encode()


def _post(body: bytes, *lines: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in lines).encode()
    return POST + head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


# ── bodies ──


@pytest.mark.parametrize("size", [1025, 10 * 1024 * 1024])
async def test_a_body_that_says_it_is_too_large_gets_413_and_the_connection_goes_on(
    start: Start, size: int
) -> None:
    looks = Looks(policy())
    lab = await start(inspector=looks, max_body_bytes=1024)
    client = await lab.inside()
    await client.send(POST + b"Content-Length: %d\r\n\r\n" % size)
    status, headers, body = await client.response()  # before a byte of the body is sent

    assert status == 413
    assert headers["penstock-action"] == "block"
    assert "too large" in json.loads(body)["error"]["message"]
    for _ in range(0, size, 65536):
        await client.send(b"x" * min(65536, size))
        size -= min(65536, size)
    await client.send(_post(b'{"messages": []}'))
    status, _, _ = await client.response()
    assert status == 200
    assert len(looks.jobs) == 1
    [kept] = lab.notebook.violations
    assert (kept.action, kept.unread) == (Action.BLOCK, ("too-large",))


async def test_a_chunked_body_that_grows_too_large_gets_413_and_is_not_kept(start: Start) -> None:
    lab = await start(max_body_bytes=1024)
    client = await lab.inside()
    await client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
    await client.send(b"400\r\n" + b"x" * 1024 + b"\r\n1\r\nx\r\n")
    status, headers, _ = await client.response()

    assert status == 413
    assert headers["penstock-action"] == "block"
    await client.send(b"1000\r\n" + b"x" * 4096 + b"\r\n0\r\n\r\n" + _post(b'{"messages": []}'))
    assert (await client.response())[0] == 200
    assert [v.unread for v in lab.notebook.violations] == [("too-large",)]


async def test_a_body_that_is_too_large_does_not_pass_where_errors_do(start: Start) -> None:
    lab = await start(policy(on_error="warn"), max_body_bytes=1024)
    client = await lab.inside()
    await client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n400\r\n" + b"x" * 1024)
    await client.send(b"\r\n400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n")

    assert (await client.response())[0] == 413
    assert lab.upstream.connections == 0


async def test_a_body_that_is_too_large_gets_413_over_http2(start: Start) -> None:
    lab = await start(max_body_bytes=1024)
    for content in (b"x" * 5000, _pieces()):
        answer = await lab.post("", http2=True, json=None, content=content)
        assert (answer.status_code, answer.http_version) == (413, "HTTP/2")
    assert lab.upstream.connections == 0
    assert len(lab.notebook.violations) == 2


async def _pieces():  # type: ignore[no-untyped-def]
    for _ in range(5):
        yield b"x" * 1000


async def test_who_waits_to_be_told_to_continue_is_told_413_instead(start: Start) -> None:
    lab = await start(max_body_bytes=1024)
    client = await lab.inside()
    await client.send(POST + b"Expect: 100-continue\r\nContent-Length: 2000\r\n\r\n")
    assert (await client.response())[0] == 413


async def test_who_waits_to_be_told_to_continue_is_told(start: Start) -> None:
    lab = await start()
    client = await lab.inside()
    await client.send(POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(SECRET))
    assert (await client.response())[0] == 100
    await client.send(SECRET)
    _, headers, _ = await client.response()
    assert headers["penstock-action"] == "block"


# ── all bodies together ──

HELD = POST + b"Content-Length: 1000\r\n\r\n" + b" " * 900


async def test_what_finds_no_room_is_refused_in_the_services_words_until_there_is_some(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    lab = await start(policy(on_error="warn"), max_body_bytes=1024, max_held_bytes=1024)
    slow, other = await lab.inside(), await lab.inside()
    await slow.send(HELD)
    await until(lab, 900)
    for _ in range(2):
        await other.send(_post(b'{"messages": []}' + b" " * 200))
        status, headers, body = await other.response()
        assert (status, headers["retry-after"], headers["penstock-action"]) == (529, "1", "block")
        assert json.loads(body)["error"]["type"] == "overloaded_error"
    assert [(v.action, v.unread) for v in lab.notebook.violations] == [
        (Action.BLOCK, ("overload",))
    ] * 2
    [line] = [r.getMessage() for r in caplog.records if "max_held_bytes" in r.getMessage()]
    assert line.endswith("refused: 1")

    await slow.send(b'{"messages": []}'.rjust(100))
    assert (await slow.response())[0] == 200
    await other.send(_post(b'{"messages": []}' + b" " * 200))
    assert (await other.response())[0] == 200
    assert len(lab.upstream.bodies) == 2
    assert held(lab) == 0


@pytest.mark.parametrize("head", [b"Transfer-Encoding: chunked", b"Content-Length: 1000000"])
async def test_nothing_is_kept_of_a_refused_body_while_that_is_recorded(
    start: Start, head: bytes
) -> None:
    recording, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Notebook):
        async def record(self, violation: Violation) -> None:
            recording.set()
            await go_on.wait()
            await super().record(violation)

    lab = await start(max_body_bytes=1024, recorder=Slow())
    client = await lab.inside()
    chunk = b"400\r\n" + bytes(1024) + b"\r\n"
    await client.send(POST + head + b"\r\n\r\n" + chunk * 2)
    await recording.wait()
    [one] = lab.proxy._connections.values()
    [stream] = one.http.streams.values()
    seen = one.timeout_watchdog.last_activity
    await client.send(chunk * 50)
    while one.timeout_watchdog.last_activity == seen:
        await asyncio.sleep(0)
    assert not any(isinstance(e, RequestData) for e in stream._paused_event_queue)
    go_on.set()
    assert (await client.response())[0] == 413


async def test_a_client_that_goes_leaves_its_room_to_others(start: Start) -> None:
    lab = await start(max_body_bytes=1024, max_held_bytes=1024)
    client = await lab.inside()
    await client.send(HELD)
    await until(lab, 900)
    await client.close()
    await until(lab, 0)
    assert (await lab.post("hello")).status_code == 200


async def test_messages_on_sockets_take_room_too(start: Start, authority: Authority) -> None:
    async with serving(start, authority, max_body_bytes=1024, max_held_bytes=1024) as service:
        slow = await service.lab.inside()
        async with service.client() as socket:
            for _ in range(5):  # those that have passed take none
                await socket.send("x" * 300)
                assert len(str(await socket.recv())) == 300
            await slow.send(HELD)
            await until(service.lab, 900)
            await socket.send("x" * 300)
            await socket.wait_closed()
            assert socket.close_code == 1013
        assert [v.unread for v in service.lab.notebook.violations] == [("overload",)]
        await until(service.lab, 900)
    assert len(service.heard) == 5


async def test_a_message_takes_as_much_room_as_it_has_bytes(
    start: Start, authority: Authority
) -> None:
    async with serving(start, authority, max_body_bytes=1024, max_held_bytes=1024) as service:
        slow = await service.lab.inside()
        await slow.send(HELD)
        await until(service.lab, 900)
        async with service.client() as socket:
            await socket.send("ä" * 100)
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == 1013
    assert service.heard == []


async def test_what_waits_behind_a_message_takes_no_room_once_its_connection_is_gone(
    start: Start, authority: Authority
) -> None:
    judging, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Looks):
        async def inspect(self, job: Job) -> Inspection:
            judging.set()
            await go_on.wait()
            return await super().inspect(job)

    async with serving(start, authority, inspector=Slow(policy())) as service:
        lab = service.lab
        client = await lab.inside()
        head = (
            f"GET {PATH} HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        )
        key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        await client.send((head + key).encode())
        await client.reader.readuntil(b"\r\n\r\n")
        blocked, part = ask("SECRET-42").encode(), b"x" * 200
        await client.send(_frame(0x81, blocked) + _frame(0x01, part))
        await judging.wait()
        assert held(lab) == len(blocked)
        for one in lab.proxy._connections.values():
            one.close()
        while lab.proxy._connections:
            await asyncio.sleep(0)
        go_on.set()
        while connection._RUNNING:
            await asyncio.sleep(0)
        assert [v.action for v in lab.notebook.violations] == [Action.BLOCK]
        assert held(lab) == 0


def _frame(head: int, data: bytes) -> bytes:
    """A client's, with a mask of zeros."""
    return bytes([head, 0x80 | 126]) + len(data).to_bytes(2) + bytes(4) + data


async def test_what_is_killed_over_http2_takes_no_room_while_its_connection_goes_on(
    start: Start,
) -> None:
    class Kills:
        def responseheaders(self, flow: HTTPFlow) -> None:
            flow.kill()

    lab = await start()
    lab.proxy.master.addons.add(Kills())
    lab.proxy._hooks = lab.proxy.master.hooks
    client = await lab.inside(alpn="h2")
    http = await _http2(client)
    http.send_headers(1, _head("POST", "/v1/messages"))
    http.send_data(1, b'{"messages": []}', end_stream=True)
    await client.send(http.data_to_send())
    found: list[h2.events.Event] = []
    while not any(isinstance(e, h2.events.StreamReset) for e in found):
        found += http.receive_data(await client.reader.read(65536))
    assert len(lab.upstream.bodies) == 1
    assert len(lab.proxy._connections) == 1
    assert held(lab) == 0


@pytest.mark.parametrize(
    ("dialect", "status", "said"),
    [
        ("anthropic_messages", 529, "overloaded_error"),
        ("openai_chat", 503, "server_error"),
        ("gemini_generate", 503, "UNAVAILABLE"),
    ],
)
def test_each_service_has_its_own_word_for_too_much_at_a_time(
    dialect: str, status: int, said: str
) -> None:
    asked = Request("POST", "/v1/models/m:generateContent", "application/json", b"")
    told = responses.worded(BY_NAME[dialect], asked, 529, "Not sent.")
    assert (told.status_code, told.headers["retry-after"]) == (status, "1")
    error = json.loads(told.content or b"")["error"]
    assert said in (error["type"], error.get("status"))


def held(lab: Lab) -> int:
    return lab.proxy._room.held_bytes


async def until(lab: Lab, size_bytes: int) -> None:
    """So much is held."""
    while held(lab) != size_bytes:
        await asyncio.sleep(0)


# ── framing ──

REFUSED = {
    "content-length and chunked": b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    "two lengths": b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
    "two equal lengths": b"Content-Length: 56\r\nContent-Length: 56\r\n\r\n",
    "a list of lengths": b"Content-Length: 56, 56\r\n\r\n",
    "a signed length": b"Content-Length: +56\r\n\r\n",
    "an unknown transfer coding": b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    "a transfer coding in disguise": b"Transfer-Encoding: xchunked\r\n\r\n",
    "two transfer codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
    "a space before the colon": b"Content-Length : 56\r\n\r\n",
    "a folded header": b"X-A: b\r\n Content-Length: 56\r\n\r\n",
    "another host": b"Host: www.elsewhere.example\r\nContent-Length: 56\r\n\r\n",
}


@pytest.mark.parametrize("head", REFUSED.values(), ids=REFUSED)
async def test_bad_framing_is_refused_and_nothing_leaves(start: Start, head: bytes) -> None:
    lab = await start()
    client = await lab.inside()
    await client.send(POST + head + SECRET)
    status, _, _ = await client.response()

    assert status in (400, 421)
    await client.close()
    assert lab.upstream.connections == 0
    assert b"SECRET" not in lab.upstream.raw


@pytest.mark.parametrize("bare", [b"\n", b"\r"])
async def test_heads_with_bare_line_ends_hide_nothing(start: Start, bare: bytes) -> None:
    lab = await start()
    client = await lab.inside()
    await client.send(_post(SECRET).replace(b"\r\n", bare))
    client.writer.write_eof() if client.writer.can_write_eof() else client.writer.close()
    await client.rest()
    assert b"SECRET" not in lab.upstream.raw


async def test_trailers_get_400(start: Start) -> None:
    lab = await start()
    client = await lab.inside()
    chunks = b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: SECRET-42\r\n\r\n"
    await client.send(POST + chunks)

    assert (await client.response())[0] == 400
    assert await client.rest() == b""
    assert lab.upstream.connections == 0


@pytest.mark.parametrize("on_error", ["block", "warn"])
async def test_trailers_get_400_over_http2(start: Start, on_error: str) -> None:
    lab = await start(policy(on_error=on_error))
    client = await lab.inside(alpn="h2")
    http = await _http2(client)
    http.send_headers(1, _head("POST", "/v1/messages"))
    http.send_data(1, b'{"messages": []}')
    http.send_headers(1, [("x-trailer", "SECRET-42")], end_stream=True)
    head = await _response(client, http)

    assert head[":status"] == "400"
    assert lab.upstream.connections == 0
    assert [v.unread for v in lab.notebook.violations] == [("trailers",)]


async def test_requests_in_one_write_are_served_in_order_and_each_inspected(start: Start) -> None:
    lab = await start()
    client = await lab.inside()
    await client.send(_post(b'{"messages": []}') + _post(SECRET) + _post(b'{"messages": [ ]}'))
    actions = [(await client.response())[1].get("penstock-action") for _ in range(3)]

    assert actions == [None, "block", None]
    assert lab.upstream.bodies == [b'{"messages": []}', b'{"messages": [ ]}']


# ── heads ──


async def test_a_head_without_end_gets_431(start: Start) -> None:
    lab = await start()
    client = await lab.inside()
    await client.send(POST + b"X-Long: " + b"x" * (limits.HEAD_BYTES + 1))

    assert (await client.response())[0] == 431
    assert await client.rest() == b""


async def test_a_large_or_long_head_gets_431(start: Start) -> None:
    lab = await start()
    for lines in (b"X: " + b"x" * limits.HEAD_BYTES, b"X: y\r\n" * limits.HEADERS):
        client = await lab.inside()
        await client.send(POST + lines.rstrip() + b"\r\nContent-Length: 0\r\n\r\n")
        assert (await client.response())[0] == 431
    assert lab.upstream.connections == 0


async def test_a_proxy_request_with_an_endless_head_gets_431(start: Start) -> None:
    lab = await start()
    for word in (
        b"CONNECT a.example:443 HTTP/1.1\r\nX: ",
        b"GET http://a.example/ HTTP/1.1\r\nX: ",
    ):
        client = await lab.raw()
        await client.send(word + b"x" * (limits.HEAD_BYTES + 1))
        assert (await client.response())[0] == 431


# ── HTTP/2 ──


async def test_a_flood_of_resets_ends_the_connection(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 5.0))  # one second
    lab = await start()
    client = await lab.inside(alpn="h2")
    http = await _http2(client)
    for number in range(1, 2 * limits.RESETS + 4, 2):
        http.send_headers(number, _head("POST", "/v1/messages"))
        http.reset_stream(number)
    await client.send(http.data_to_send())
    ended = [
        e for e in await _events(client, http) if isinstance(e, h2.events.ConnectionTerminated)
    ]

    assert [e.error_code.name for e in ended] == ["ENHANCE_YOUR_CALM"]


async def test_errors_over_http2_are_in_our_words(start: Start) -> None:
    lab = await start(upstream_map={HOST: "127.0.0.1:1"})
    answer = await lab.post("hello", http2=True)

    assert answer.status_code == 502
    assert HOST in answer.json()["error"]["message"]
    assert "mitmproxy" not in (answer.text + str(answer.headers)).lower()


async def test_errors_over_http1_are_in_our_words(start: Start) -> None:
    lab = await start(upstream_map={HOST: "127.0.0.1:1"})
    answer = await lab.post("hello")

    assert answer.status_code == 502
    assert "mitmproxy" not in (answer.text + str(answer.headers)).lower()
    client = await lab.inside()
    await client.send(b"NONSENSE\r\n\r\n")
    assert b"mitmproxy" not in (await client.rest()).lower()


# ── time ──


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called once everything is set up: from then on clients get a fifth of a second."""
    monkeypatch.setattr("proxy_addons.master.SWEEP_S", 0.01)

    def hurry() -> None:
        monkeypatch.setattr("proxy_addons.limits.HEAD_S", 0.2)
        monkeypatch.setattr("proxy_addons.tunnel.HEAD_S", 0.2)

    return hurry


SLOW = {
    "head": POST,
    "body": POST + b"Content-Length: 1000\r\n\r\n{",
    "chunks": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    "rest of a refused body": POST + b"Content-Length: 1000000000\r\n\r\n{",
}


@pytest.mark.parametrize("words", SLOW.values(), ids=SLOW)
async def test_a_client_that_does_not_finish_is_dropped_and_others_are_not(
    start: Start, hurry: Callable[[], None], words: bytes
) -> None:
    lab = await start()
    held = asyncio.Event()
    lab.upstream.reply = Reply((b"a", b"b"), held=held)
    patient = asyncio.create_task(lab.post("hello"))
    slow = await lab.inside()
    while not lab.upstream.bodies:
        await asyncio.sleep(0)
    hurry()
    await slow.send(words)

    await slow.rest()  # returns when the proxy has closed
    held.set()
    assert (await patient).content == b"ab"


@pytest.mark.parametrize(
    "words",
    [b"", b"CONNECT api.lab", f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode(), b"\x16\x03\x01"],
)
async def test_a_client_that_does_not_say_where_to_is_dropped(
    start: Start, hurry: Callable[[], None], words: bytes
) -> None:
    lab = await start()
    hurry()
    client = await lab.raw()
    await client.send(words)
    await client.rest()


@pytest.mark.parametrize("words", [b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01"])
async def test_a_handshake_that_does_not_end_is_dropped(
    start: Start, hurry: Callable[[], None], words: bytes
) -> None:
    lab = await start()
    client = await lab.raw()
    await client.tunnel(f"{HOST}:443")
    hurry()
    await client.send(words)
    await client.rest()


async def test_a_slow_body_over_http2_is_dropped(start: Start, hurry: Callable[[], None]) -> None:
    lab = await start()
    client = await lab.inside(alpn="h2")
    hurry()
    http = await _http2(client)
    http.send_headers(1, _head("POST", "/v1/messages"))
    http.send_data(1, b"{")
    await client.send(http.data_to_send())
    await client.rest()


async def _http2(client: Client) -> h2.connection.H2Connection:
    http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    http.initiate_connection()
    await client.send(http.data_to_send())
    return http


def _head(method: str, path: str) -> list[tuple[str, str]]:
    return [(":method", method), (":scheme", "https"), (":authority", HOST), (":path", path)]


async def _events(client: Client, http: h2.connection.H2Connection) -> list[h2.events.Event]:
    found: list[h2.events.Event] = []
    while data := await client.reader.read(65536):
        found += http.receive_data(data)
        if any(isinstance(e, h2.events.StreamEnded) for e in found):
            break
    return found


async def _response(client: Client, http: h2.connection.H2Connection) -> dict[str, str]:
    await client.send(http.data_to_send())
    for event in await _events(client, http):
        if isinstance(event, h2.events.ResponseReceived):
            return {k.decode(): v.decode() for k, v in event.headers}
    raise AssertionError("no response")


# ── clients that go ──


@pytest.mark.parametrize("alpn", ["http/1.1", "h2"])
async def test_nothing_is_left_of_clients_that_go_in_the_middle(start: Start, alpn: str) -> None:
    inspecting, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Looks):
        async def inspect(self, job: Job) -> Inspection:
            inspecting.set()
            await go_on.wait()
            return await super().inspect(job)

    lab = await start(inspector=Slow(policy()))
    lab.upstream.reply = Reply((b"a", b"b"), held=asyncio.Event())
    clients = [await lab.inside(alpn=alpn) for _ in range(5)]
    whole = _post(b'{"messages": []}')
    if alpn == "h2":
        http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        http.initiate_connection()
        http.send_headers(1, _head("POST", "/v1/messages"))
        http.send_data(1, b'{"messages": []}', end_stream=True)
        whole = http.data_to_send()
    for client, size in zip(clients, (0, 10, len(whole) - 1, len(whole), len(whole)), strict=True):
        await client.send(whole[:size])
    await inspecting.wait()
    for client in clients[:4]:
        client.writer.transport.abort()
    go_on.set()
    await clients[4].reader.read(1)  # its answer has begun
    clients[4].writer.transport.abort()
    async with asyncio.timeout(60):
        while lab.proxy._connections or lab.upstream.open_connections:
            await asyncio.sleep(0)
    assert not connection._RUNNING
