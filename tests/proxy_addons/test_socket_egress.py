"""Sockets of browsers to sites that look at the handshake, seen from the site."""

import asyncio
import json
import shutil
import threading
from typing import Any

import pytest
from playwright.async_api import async_playwright
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from penstock.model import Action, Outcome
from proxy_addons import socket_egress
from proxy_addons.socket_egress import SocketEgress
from tests.proxy_addons.handshakes import watching
from tests.proxy_addons.lab import HOST, Start, policy
from tests.proxy_addons.sockets import SocketService, said, serving
from tests.proxy_addons.test_browser_egress import CATALOGUE, CHROME, opened
from tests.proxy_addons.test_unsent import closed
from tests.proxy_addons.wire import Authority

__all__ = ["closed"]

SECRET = "the password is SECRET-42"
BROWSER: dict[str, Any] = {"user_agent_header": CHROME.format(152)}


@pytest.mark.parametrize("compression", ["deflate", None])
async def test_messages_pass_both_ways_as_they_are(
    start: Start, authority: Authority, compression: str | None
) -> None:
    heads: list[dict[str, str]] = []

    async def answer(_: SocketService, socket: ServerConnection, message: str | bytes) -> None:
        assert socket.request is not None
        heads.append({k.lower(): v for k, v in socket.request.headers.raw_items()})
        await socket.ping()
        await socket.send(message)
        if isinstance(message, str) and message:
            await socket.send(list(message[:3]))  # in fragments

    messages = ["naïve 😀", "", b"bytes", "x y " * 80_000, b"plain bytes " * 30_000]
    async with (
        serving(
            start, authority, catalogue=CATALOGUE, answer=answer, compression=compression
        ) as service,
        service.client(
            "/socket", **BROWSER, compression=compression, additional_headers={"cookie": "a=b"}
        ) as socket,
    ):
        for message in messages:
            await socket.send(message)
            assert await socket.recv() == message
            if isinstance(message, str) and message:
                assert await socket.recv() == message[:3]
        assert service.heard == messages

    assert heads[0]["cookie"] == "a=b"
    assert heads[0]["user-agent"] == BROWSER["user_agent_header"]
    assert heads[0]["host"] == HOST
    assert ("sec-websocket-extensions" in heads[0]) is bool(compression)
    assert not [name for name in heads[0] if "penstock" in name]


async def test_a_message_is_cleaned_and_the_answer_restored_and_a_close_has_its_reason(
    start: Start, authority: Authority
) -> None:
    async def answer(_: SocketService, socket: ServerConnection, message: str | bytes) -> None:
        await socket.send(json.dumps({"said": json.loads(message)["text"]}))
        await socket.close(4002, "quota")

    rules = policy("redact")
    async with (
        serving(start, authority, rules, catalogue=CATALOGUE, answer=answer) as service,
        service.client("/socket", **BROWSER) as socket,
    ):
        await socket.send(json.dumps({"text": SECRET}))
        assert await said(socket) == {"said": SECRET}
        with pytest.raises(ConnectionClosed):
            await socket.recv()

        assert (socket.close_code, socket.close_reason) == (4002, "quota")
        assert "SECRET-42" not in str(service.heard)
        [kept] = service.lab.notebook.violations
        assert (kept.action, kept.outcome) == (Action.REDACT, Outcome.PREVENTED)


async def test_a_site_that_wants_no_socket_says_so_itself(
    start: Start, authority: Authority
) -> None:
    async with watching(authority.server(HOST, alpn=("http/1.1",))) as seen:
        lab = await opened(start, seen)
        service = SocketService(lab)
        with pytest.raises(InvalidStatus) as refused:
            async with service.client("/socket", **BROWSER):
                pass

        assert refused.value.response.status_code == 200
        assert len(seen.hellos) == 1


async def test_a_site_that_cannot_be_reached_or_trusted(
    start: Start, authority: Authority, closed: dict[str, str]
) -> None:
    for more in ({"upstream_map": closed}, {"upstream_hosts": ("other.example",)}):
        lab = await start(catalogue=CATALOGUE, **more)
        with pytest.raises(InvalidStatus) as refused:
            async with SocketService(lab).client("/socket", **BROWSER):
                pass
        assert refused.value.response.status_code == 502
        assert b"cannot be reached now" in (refused.value.response.body or b"")


async def test_a_listener_that_could_not_start_is_started_again(
    start: Start, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = SocketEgress.start
    async with serving(start, authority, catalogue=CATALOGUE) as service:

        async def without_descriptors(_: SocketEgress) -> None:
            raise OSError("too many open files")

        monkeypatch.setattr(SocketEgress, "start", without_descriptors)
        with pytest.raises((ConnectionClosed, InvalidStatus, InvalidMessage)):
            await _connected(service)
        monkeypatch.setattr(SocketEgress, "start", begin)

        async with service.client("/socket", **BROWSER) as socket:
            await socket.send("hello")
            assert await socket.recv() == "hello"


async def test_what_waits_to_be_opened_when_the_proxy_stops_is_not_opened(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_egress, "MOST_OPENING", 1)
    arrived: list[asyncio.StreamWriter] = []

    async def is_silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(writer)

    async with await asyncio.start_server(is_silent, "127.0.0.1", 0) as site:
        place = f"127.0.0.1:{site.sockets[0].getsockname()[1]}"
        lab = await start(catalogue=CATALOGUE, upstream_map={HOST: place})
        service = SocketService(lab)
        clients = [asyncio.ensure_future(_connected(service)) for _ in range(3)]
        async with asyncio.timeout(60):
            while not arrived:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)  # the others wait for their turn
        await lab.proxy.stop(0)
        arrived[0].close()
        for thread in [t for t in threading.enumerate() if t.name.startswith("sockets")]:
            await asyncio.to_thread(thread.join)
        await asyncio.gather(*clients, return_exceptions=True)
        assert len(arrived) == 1


async def _connected(service: SocketService) -> None:
    async with service.client("/socket", **BROWSER):
        pass


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
async def test_a_site_sees_the_same_handshake_of_a_socket_with_penstock_and_without(
    start: Start, authority: Authority
) -> None:
    knocks = f"new Promise(r => {{ new WebSocket('wss://{HOST}/socket').onerror = r }})"
    async with watching(authority.server(HOST)) as seen, async_playwright() as play:
        lab = await opened(start, seen)
        ways = [
            f"--host-resolver-rules=MAP {HOST}:443 127.0.0.1:{seen.port}",
            f"--proxy-server=http://{lab.address[0]}:{lab.address[1]}",
        ]
        found: list[set[str]] = []
        for way in ways:
            before = len(seen.hellos)
            browser = await play.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--ignore-certificate-errors", way],
            )
            page = await browser.new_page()
            await page.evaluate(f"{knocks}.then(() => 0)")
            await browser.close()
            found.append(set(seen.ja4[before:]))
    assert found[0] == found[1]
    assert len(found[0]) == 1
    assert "h1_" in next(iter(found[0]))
