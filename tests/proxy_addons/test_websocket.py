"""Messages on WebSockets, seen from the service's side."""

import asyncio
import json
import os
import zlib
from typing import Any

import pytest
from mitmproxy.http import HTTPFlow
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from penstock.errors import InspectionError, LedgerError
from penstock.model import Action, Outcome, Violation
from proxy_addons.inspection import Inspection, Job
from proxy_addons.services import Services
from proxy_addons.sockets import Sockets
from tests.proxy_addons.lab import HOST, Looks, Start, policy
from tests.proxy_addons.sockets import CATALOGUE, SocketService, said, serving
from tests.proxy_addons.wire import Authority, Client, Reply

SECRET = "the password is SECRET-42"
KINDS = pytest.mark.parametrize(
    "message",
    [
        SECRET,
        json.dumps({"event": "send", "content": [{"text": SECRET}]}),
        f'42["say", "{SECRET}"]',
        b"\x08\x01\x12\x19" + SECRET.encode() + b"\x00\xff\xfe",
    ],
    ids=["text", "json", "socket.io", "bytes"],
)


async def closed(socket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed):
        await socket.recv()
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


@pytest.mark.parametrize("compression", ["deflate", None])
async def test_messages_without_anything_sensitive_pass_both_ways(
    start: Start, authority: Authority, compression: Any
) -> None:
    messages = [
        "text",
        "",
        "naïve 😀",
        b"plain bytes",
        "x y " * 80_000,
        json.dumps({"a": [1, "b"]}),
    ]
    async with (
        serving(start, authority, compression=compression) as service,
        service.client(compression=compression) as socket,
    ):
        for message in messages:
            await socket.send(message)
            assert await socket.recv() == message

        assert service.heard == messages
        assert service.lab.notebook.violations == []


@KINDS
async def test_a_blocked_message_is_recorded_and_never_reaches_the_service(
    start: Start, authority: Authority, message: str | bytes
) -> None:
    rules = policy("block", tell="Ask the security desk.")
    async with serving(start, authority, rules) as service, service.client() as socket:
        await socket.send(message)
        code, why = await closed(socket)

        assert code == 1008
        assert why.startswith("Not sent: this prompt looks like it contains")
        [kept] = service.lab.notebook.violations
        assert (kept.action, kept.outcome) == (Action.BLOCK, Outcome.PREVENTED)
        assert (kept.endpoint, kept.dialect) == ("WS /socket", "generic")
        assert [t.data_class for t in kept.findings] == ["secret.password"]
    assert service.heard == []


async def test_fragments_are_judged_as_one_message(start: Start, authority: Authority) -> None:
    async with serving(start, authority) as service, service.client() as socket:
        await socket.send(iter(["hel", "lo"]))
        assert await socket.recv() == "hello"
        await socket.send(iter(SECRET))
        assert (await closed(socket))[0] == 1008
    assert service.heard == ["hello"]


async def test_a_redacted_message_goes_without_the_secret_and_answers_come_back_with_it(
    start: Start, authority: Authority
) -> None:
    async def answer(
        service: SocketService, socket: ServerConnection, message: str | bytes
    ) -> None:
        await socket.send(json.dumps({"said": json.loads(message)["text"]}))

    rules = policy("redact")
    async with (
        serving(start, authority, rules, answer=answer) as service,
        service.client() as socket,
    ):
        for secret in ("SECRET-1", "SECRET-2", "SECRET-1"):
            await socket.send(json.dumps({"text": f"{secret}!", "x": 1}))
            assert await said(socket) == {"said": f"{secret}!"}

        assert [json.loads(m)["text"] for m in service.heard] == [
            "[PASSWORD_1]!",
            "[PASSWORD_2]!",
            "[PASSWORD_1]!",
        ]
        kept = service.lab.notebook.violations
        assert [(v.action, v.outcome) for v in kept] == [(Action.REDACT, Outcome.PREVENTED)] * 3
        assert kept[0].sent_bytes == len(service.heard[0])


async def test_a_warned_message_passes_and_is_recorded_first(
    start: Start, authority: Authority
) -> None:
    seen: list[int] = []

    def before(_: Violation) -> None:
        seen.append(len(service.heard))

    async with serving(start, authority, policy("warn")) as service, service.client() as socket:
        service.lab.notebook.before = before
        await socket.send(SECRET)
        assert await socket.recv() == SECRET

        [kept] = service.lab.notebook.violations
        assert (kept.action, kept.outcome) == (Action.WARN, Outcome.DISCLOSED)
        assert seen == [0]


class Broken(Looks):
    """An inspector whose next look goes wrong as told."""

    error: BaseException = InspectionError("broken")

    async def inspect(self, job: Job) -> Inspection:
        if job.body:
            raise self.error
        return await super().inspect(job)


@pytest.mark.parametrize(
    "error",
    [
        *(InspectionError("x"), ValueError("SECRET-42"), TimeoutError(), RecursionError()),
        *(asyncio.CancelledError(), SystemExit(1), MemoryError()),
    ],
    ids=lambda e: type(e).__name__,
)
async def test_whatever_fails_the_message_goes_nowhere_and_the_socket_ends(
    start: Start, authority: Authority, error: BaseException
) -> None:
    broken = Broken(policy())
    broken.error = error
    async with (
        serving(start, authority, inspector=broken) as service,
        service.client() as socket,
    ):
        await socket.send("hello")
        assert (await closed(socket))[0] == 1011
        [kept] = service.lab.notebook.violations
        assert (kept.action, kept.outcome) == (Action.BLOCK, Outcome.PREVENTED)
    assert service.heard == []


async def test_a_failure_lets_a_message_through_only_where_the_policy_says_so(
    start: Start, authority: Authority
) -> None:
    rules = policy("block", on_error="warn")
    async with (
        serving(start, authority, rules, inspector=Broken(rules)) as service,
        service.client() as socket,
    ):
        await socket.send("hello")
        assert await socket.recv() == "hello"
        [kept] = service.lab.notebook.violations
        assert (kept.action, kept.outcome) == (Action.WARN, Outcome.UNKNOWN)


async def test_what_cannot_be_recorded_does_not_pass(start: Start, authority: Authority) -> None:
    def before(_: Violation) -> None:
        raise LedgerError("full")

    for rules in (policy("warn"), policy("redact"), policy("block")):
        async with serving(start, authority, rules) as service, service.client() as socket:
            service.lab.notebook.before = before
            await socket.send(SECRET)
            assert (await closed(socket))[0] == 1011
        assert service.heard == []


async def test_a_hook_that_does_nothing_lets_nothing_pass(
    start: Start, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Sockets, "socket_message")
    async with serving(start, authority) as service, service.client() as socket:
        await socket.send("hello")
        assert (await closed(socket))[0] == 1011
    assert service.heard == []


async def test_messages_behind_one_that_is_judged_wait_and_keep_their_order(
    start: Start, authority: Authority
) -> None:
    going = asyncio.Event()

    class Slow(Looks):
        async def inspect(self, job: Job) -> Inspection:
            if job.body == b"0":
                await going.wait()
            return await super().inspect(job)

    async with (
        serving(start, authority, inspector=Slow(policy())) as service,
        service.client() as socket,
    ):
        for number in range(50):
            await socket.send(str(number))
        assert service.heard == []
        going.set()
        assert [await socket.recv() for _ in range(50)] == [str(n) for n in range(50)]


async def test_a_message_larger_than_is_inspected_ends_the_socket(
    start: Start, authority: Authority
) -> None:
    async with (
        serving(start, authority, max_body_bytes=4096) as service,
        service.client(compression=None) as socket,
    ):
        await socket.send("x " * 2048)
        assert await socket.recv() == "x " * 2048
        await socket.send("x " * 2049)
        assert (await closed(socket))[0] == 1009
        [kept] = service.lab.notebook.violations
        assert kept.unread == ("too-large",)
    assert len(service.heard) == 1


async def test_a_message_that_unpacks_without_end_is_stopped_at_the_limit(
    start: Start, authority: Authority
) -> None:
    async with serving(start, authority, max_body_bytes=65536) as service, service.client() as s:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        bomb = packer.compress(bytes(96 * 1024 * 1024)) + packer.flush(zlib.Z_SYNC_FLUSH)
        mask = os.urandom(4)
        body = bytes(b ^ mask[i % 4] for i, b in enumerate(bomb[:-4]))
        head = bytes([0b11000010, 0b11111111]) + len(body).to_bytes(8)
        s.transport.write(head + mask + body)

        assert (await closed(s))[0] == 1009
        [kept] = service.lab.notebook.violations
        assert kept.unread == ("too-large",)
    assert service.heard == []


async def test_what_pings_and_closes_of_a_client_say_stays_here(
    start: Start, authority: Authority
) -> None:
    async with serving(start, authority) as service:
        async with service.client() as socket:
            await (await socket.ping("SECRET-42"))
            await socket.send("hello")
            await socket.recv()
            await socket.close(4001, "SECRET-42")
        async with service.client() as other:
            await other.send("again")
            await other.recv()
        async with asyncio.timeout(60):
            while not service.closes:
                await asyncio.sleep(0)
        assert service.closes[0] == 4001
        assert service.reasons[0] == ""
        assert service.pings == [b""]


async def test_a_close_of_the_service_reaches_the_client_with_its_reason(
    start: Start, authority: Authority
) -> None:
    async def answer(_: SocketService, socket: ServerConnection, message: str | bytes) -> None:
        await socket.close(4002, "quota")

    async with serving(start, authority, answer=answer) as service, service.client() as socket:
        await socket.send("hello")
        assert await closed(socket) == (4002, "quota")


async def test_what_stands_in_the_address_of_a_socket_is_inspected(
    start: Start, authority: Authority
) -> None:
    async with serving(start, authority) as service:
        with pytest.raises(InvalidStatus):
            async with service.client("/socket?q=SECRET-42"):
                pass
        [kept] = service.lab.notebook.violations
        assert (kept.action, kept.endpoint) == (Action.BLOCK, "WS /socket")


def only(websockets: str) -> Services:
    [row] = CATALOGUE.rows
    return Services([row.model_copy(update={"websockets": websockets})])


@pytest.mark.parametrize(("websockets", "status"), [("downgrade", 426), ("block", 403)])
async def test_a_service_can_be_kept_off_sockets(
    start: Start, authority: Authority, websockets: str, status: int
) -> None:
    async with serving(start, authority, catalogue=only(websockets)) as service:
        with pytest.raises(InvalidStatus) as refused:
            async with service.client():
                pass
        assert refused.value.response.status_code == status
    assert service.closes == []


async def test_extensions_that_nobody_here_knows_are_not_offered(
    start: Start, authority: Authority
) -> None:
    lab = await start(catalogue=CATALOGUE)
    client = await lab.inside(HOST)
    head = (
        f"GET /socket HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Extensions: x-scramble, permessage-deflate; client_max_window_bits\r\n\r\n"
    )
    await client.send(head.encode())
    await client.response()

    offered = lab.upstream.heads[0][2]["sec-websocket-extensions"]
    assert offered == "permessage-deflate; client_max_window_bits"


async def test_an_extension_that_the_service_made_up_ends_the_socket(
    start: Start, authority: Authority
) -> None:
    lab = await start(catalogue=CATALOGUE, alpn=("http/1.1",))
    lab.upstream.reply = Reply(
        raw=b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        b"sec-websocket-extensions: x-scramble\r\n\r\n"
    )
    client = await lab.inside(HOST)
    await client.send(
        f"GET /socket HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    head = await client.reader.readuntil(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 101")
    assert (await client.rest()) == b"\x88\x02" + (1010).to_bytes(2)


async def _socket(service: SocketService) -> Client:
    """A bare connection to the service on which frames can be written byte by byte."""
    client = await service.lab.inside(HOST)
    await client.send(
        f"GET /socket HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    await client.reader.readuntil(b"\r\n\r\n")
    return client


def _frame(opcode: int, text: str) -> bytes:
    data, mask = text.encode(), os.urandom(4)
    masked = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
    return bytes([opcode, 0x80 | len(data)]) + mask + masked


async def test_frames_that_come_byte_by_byte_are_whole_messages(
    start: Start, authority: Authority
) -> None:
    async with serving(start, authority) as service:
        client = await _socket(service)
        for byte in _frame(0x01, "naï") + _frame(0x80, "ve 😀") + _frame(0x81, "and so on"):
            await client.send(bytes([byte]))

        for text in ("naïve 😀", "and so on"):
            data = text.encode()
            assert await client.reader.readexactly(2 + len(data)) == bytes([0x81, len(data)]) + data
    assert service.heard == ["naïve 😀", "and so on"]


@pytest.mark.parametrize("begun", [_frame(0x01, "so far"), _frame(0x81, "all of it")[:-1]])
async def test_a_socket_whose_message_does_not_end_is_dropped_and_idle_ones_are_not(
    start: Start, authority: Authority, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr("proxy_addons.master.SWEEP_S", 0.01)
    async with serving(start, authority) as service, service.client() as idle:
        client = await _socket(service)
        await client.send(_frame(0x81, "whole"))
        assert await client.reader.readexactly(7) == b"\x81\x05whole"
        monkeypatch.setattr("proxy_addons.limits.HEAD_S", 0.2)
        await client.send(begun)

        await client.rest()  # returns when the proxy has closed
        await idle.send("still here")
        assert await idle.recv() == "still here"
    assert service.heard == ["whole", "still here"]


async def test_nothing_is_kept_of_messages_that_pass_unread(
    start: Start, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    clear = Sockets.websocket_message

    def looking(self: Sockets, flow: HTTPFlow) -> None:
        clear(self, flow)
        assert flow.websocket is not None
        kept.append(len(flow.websocket.messages))

    monkeypatch.setattr(Sockets, "websocket_message", looking)
    async with (
        serving(start, authority, catalogue=only("allow")) as service,
        service.client() as socket,
    ):
        for _ in range(3):
            await socket.send(SECRET)
            assert await socket.recv() == SECRET
    assert kept == [0] * 6
