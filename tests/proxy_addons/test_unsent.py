"""Records of what could not be sent: amended where nothing left, and only there."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from penstock.errors import LedgerError
from penstock.model import Action, Violation
from proxy_addons.talk import Talk
from proxy_addons.websocket import Socket
from reports.ledger import Ledger, Month
from tests.proxy_addons.chats.test_chats import say
from tests.proxy_addons.lab import HOST, Lab, Start, policy
from tests.proxy_addons.sockets import SocketService, serving
from tests.proxy_addons.test_browser_egress import CATALOGUE, CHROME
from tests.proxy_addons.wire import Authority

SECRET = "the password is SECRET-42"

h1_and_h2 = pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])


@pytest.fixture
def closed() -> Iterator[dict[str, str]]:
    """Leads the service to a port that refuses connections, and that nobody else gets."""
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        yield {HOST: f"127.0.0.1:{sock.getsockname()[1]}"}


@h1_and_h2
@pytest.mark.parametrize("then", ["warn", "redact"])
async def test_what_no_service_took_is_amended_before_the_client_hears_of_it(
    start: Start, closed: dict[str, str], then: str, http2: bool
) -> None:
    lab = await start(policy(then), upstream_map=closed)
    answer = await lab.post(SECRET, http2=http2)

    assert answer.status_code == 502
    [kept] = lab.notebook.violations
    assert kept.sent_bytes > 0
    assert lab.notebook.unsents == [kept]


@h1_and_h2
async def test_a_handshake_that_fails_is_no_disclosure(start: Start, http2: bool) -> None:
    lab = await start(policy("warn"), upstream_hosts=("other.example",))
    answer = await lab.post(SECRET, http2=http2)

    assert answer.status_code == 502
    assert lab.upstream.raw == b""
    assert lab.notebook.unsents == lab.notebook.violations != []


async def test_a_prompt_that_passes_unread_and_does_not_arrive_is_no_disclosure(
    start: Start, closed: dict[str, str]
) -> None:
    lab = await start(policy("block", on_error="warn"), upstream_map=closed)
    answer = await lab.post("", json=None, content=b"{", headers={"content-encoding": "none"})

    assert answer.status_code == 502
    assert lab.notebook.unsents == lab.notebook.violations != []


async def test_an_answer_of_the_service_and_a_broken_connection_amend_nothing(
    start: Start, authority: Authority
) -> None:
    lab = await start(policy("warn"))
    await lab.post(SECRET)

    async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    context = authority.server(HOST, alpn=("http/1.1",))
    async with await asyncio.start_server(cut, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        other = await start(policy("warn"), upstream_map={HOST: f"127.0.0.1:{port}"})
        answer = await other.post(SECRET)

    assert answer.status_code == 502
    assert len(lab.notebook.violations) == len(other.notebook.violations) == 1
    assert lab.notebook.unsents == other.notebook.unsents == []


async def test_what_was_blocked_needs_no_amendment(start: Start) -> None:
    lab = await start(policy("block"))
    await lab.post(SECRET)
    assert lab.notebook.violations
    assert lab.notebook.unsents == []


async def test_a_client_that_leaves_before_anything_is_sent(start: Start) -> None:
    lab = await start(policy("warn"))
    client = await lab.inside()
    gone = asyncio.Event()

    async def wait(_: Violation) -> None:
        await client.close()
        await gone.wait()

    lab.notebook.before = wait
    body = b'{"messages": [{"role": "user", "content": "%b"}]}' % SECRET.encode()
    await client.send(
        b"POST /v1/messages HTTP/1.1\r\nhost: %b\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n%b" % (HOST.encode(), len(body), body)
    )
    while not _left(lab):
        await asyncio.sleep(0)
    gone.set()
    while not lab.notebook.unsents:
        await asyncio.sleep(0)

    assert lab.upstream.raw == b""


def _left(lab: Lab) -> bool:
    [connection] = lab.proxy._connections.values()
    transport = connection.transports.get(connection.client)
    return transport is None or transport.reader is None or transport.reader.at_eof()


async def test_a_browser_s_prompt_that_its_site_did_not_take(
    start: Start, closed: dict[str, str], authority: Authority
) -> None:
    agent = {"user-agent": CHROME.format(152)}
    lab = await start(policy("warn"), catalogue=CATALOGUE, upstream_map=closed)
    answer = await lab.post(SECRET, headers=agent)
    assert answer.status_code == 502
    assert lab.notebook.unsents == lab.notebook.violations != []

    lab = await start(policy("warn"), catalogue=CATALOGUE, upstream_hosts=("other.example",))
    assert "certificate" in (await lab.post(SECRET, headers=agent)).text
    assert lab.notebook.unsents == lab.notebook.violations != []

    lab = await start(policy("warn"), catalogue=CATALOGUE)
    assert (await lab.post(SECRET, headers=agent)).status_code == 200
    assert lab.notebook.violations
    assert lab.notebook.unsents == []


@pytest.mark.parametrize("how", ["closes", "is cut"])
@pytest.mark.parametrize("then", ["warn", "redact"])
async def test_a_message_whose_service_leaves_while_it_is_judged_is_no_disclosure(
    start: Start, authority: Authority, then: str, how: str
) -> None:
    leaving = asyncio.Event()

    async def leave(_: SocketService, socket: ServerConnection, __: str | bytes) -> None:
        await leaving.wait()
        if how == "is cut":
            return socket.transport.abort()
        await socket.close()

    async def wait(_: Violation) -> None:
        leaving.set()
        while not _service_left(service.lab):
            await asyncio.sleep(0)

    async with (
        serving(start, authority, policy(then), answer=leave) as service,
        service.client() as socket,
    ):
        service.lab.notebook.before = wait
        await socket.send("hello")
        await socket.send(SECRET)
        with pytest.raises(ConnectionClosed):
            await socket.recv()

    assert service.heard == ["hello"]
    assert service.lab.notebook.unsents == service.lab.notebook.violations != []


def _service_left(lab: Lab) -> bool:
    """Whether the proxy heard of it."""
    [connection] = lab.proxy._connections.values()
    layers = [stream.child_layer for stream in connection.http.streams.values()]
    return any(isinstance(layer, Socket) and layer._paused_event_queue for layer in layers)


async def test_a_message_that_was_sent_is_not_amended_and_one_that_failed_is(
    start: Start, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        serving(start, authority, policy("redact")) as service,
        service.client() as socket,
    ):
        await socket.send(SECRET)
        assert await socket.recv() == SECRET
        assert service.lab.notebook.unsents == []

        monkeypatch.delattr(Talk, "restores")
        await socket.send(SECRET)
        with pytest.raises(ConnectionClosed):
            await socket.recv()

    _, redacted = service.lab.notebook.violations
    assert redacted.action is Action.REDACT
    assert service.lab.notebook.unsents == [redacted]


async def test_what_did_not_leave_is_recorded_when_a_later_turn_takes_it_along(
    start: Start, closed: dict[str, str]
) -> None:
    away = await start(policy("warn"), upstream_map=closed)
    await say(away, SECRET)
    back = await start(policy("warn"), shelf=away.proxy._chats._shelf)
    await say(back, SECRET, "No answer?", "Once more, please.")
    await say(back, SECRET, "No answer?", "Once more, please.", "Here.", "Thanks.")

    assert away.notebook.unsents == away.notebook.violations
    [kept] = back.notebook.violations
    assert (kept.action, kept.findings[0].count) == (Action.WARN, 1)


async def test_whoever_tries_again_breaks_no_second_rule(
    start: Start, closed: dict[str, str]
) -> None:
    lab = await start(policy("redact"), upstream_map=dict(closed))
    for _ in range(3):
        assert (await lab.post(SECRET)).status_code == 502
    await lab.post(f"{SECRET} now")

    kept, other = lab.notebook.violations
    assert lab.notebook.agains == [(kept, 2), (kept, 3)]
    assert lab.notebook.unsents == [kept, kept, kept, other]

    back = await start(policy("warn"))
    for _ in range(2):  # what has left is a disclosure each time
        assert (await back.post(SECRET)).status_code == 200
    assert len(back.notebook.violations) == 2


async def test_a_failed_amendment_leaves_the_record_as_it_is(
    start: Start, closed: dict[str, str]
) -> None:
    lab = await start(policy("warn"), upstream_map=closed)

    async def refuse(*_: object) -> None:
        raise LedgerError("no room")

    lab.notebook.unsent = refuse  # type: ignore[method-assign]
    for n in (1, 2):  # what still counts as sent is not what is tried again
        assert (await lab.post(SECRET)).status_code == 502
        assert len(lab.notebook.violations) == n
    assert lab.notebook.agains == []


async def test_the_ledger_says_prevented_and_still_holds(
    start: Start, closed: dict[str, str], tmp_path: Path
) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "state") as ledger:
        away = await start(policy("warn"), recorder=ledger, upstream_map=closed)
        await away.post(SECRET)
        there = await start(policy("warn"), recorder=ledger)
        await there.post(SECRET)

        [_, amended, _] = [body for _, _, body in ledger.records()]
        month = Month(amended["at"][:7])
        assert dict(ledger.count(month, "outcome").rows) == {"disclosed": 1, "prevented": 1}
        assert amended["kind"] == "amendment"
        assert ledger.verify().intact
