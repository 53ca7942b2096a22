"""The second lock: without the guard's word nothing reaches a service, whatever the guard does."""

import pytest
from mitmproxy.proxy.layers.http import HttpStream

from penstock.errors import ConfigError
from proxy_addons import lock
from proxy_addons.guard import Guard
from tests.proxy_addons.lab import HOST, Start

SECRET = b'{"messages": [{"role": "user", "content": "SECRET-42"}]}'

h1_and_h2 = pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])


async def _nothing(*_: object) -> None:
    """A guard that has lost its head."""


@h1_and_h2
async def test_a_guard_that_does_nothing_opens_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch, http2: bool
) -> None:
    monkeypatch.setattr(Guard, "request", _nothing)
    lab = await start()
    answer = await lab.post("", http2=http2, json=None, content=SECRET)

    assert answer.status_code == 502
    assert lab.upstream.connections == 0


@h1_and_h2
async def test_not_even_on_a_connection_that_is_there_already(
    start: Start, monkeypatch: pytest.MonkeyPatch, http2: bool
) -> None:
    lab = await start()
    client = lab.http(http2=http2)
    url = f"https://{HOST}/v1/messages"
    assert (await client.post(url, content=b'{"messages": []}')).status_code == 200
    before = bytes(lab.upstream.raw)

    monkeypatch.setitem(lab.proxy._hooks, "request", (_nothing,))  # type: ignore[arg-type]
    assert (await client.post(url, content=SECRET)).status_code == 502
    assert lab.upstream.connections == 1
    assert b"SECRET" not in lab.upstream.raw[len(before) :]
    assert len(lab.upstream.bodies) == 1


@h1_and_h2
async def test_a_hook_that_raises_ends_the_connection(
    start: Start, monkeypatch: pytest.MonkeyPatch, http2: bool
) -> None:
    async def fail(*_: object) -> None:
        raise SystemExit(1)

    monkeypatch.setattr(Guard, "request", fail)
    lab = await start()
    with pytest.raises(Exception, match=r"disconnected|closed|Terminated"):
        await lab.post("", http2=http2, json=None, content=SECRET)
    assert lab.upstream.connections == 0


async def test_a_request_that_was_changed_after_it_was_opened_is_held(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = await start()
    guarded = lab.proxy.guard.request

    async def then_elsewhere(flow) -> None:  # type: ignore[no-untyped-def]
        await guarded(flow)
        flow.request.port = 8443

    monkeypatch.setitem(lab.proxy._hooks, "request", (then_elsewhere,))  # type: ignore[arg-type]
    answer = await lab.post("hello")

    assert answer.status_code == 502
    assert lab.upstream.connections == 0


def test_a_mitmproxy_that_does_not_fit_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    lock.install()
    monkeypatch.setattr(HttpStream, "make_server_connection", lock._original)
    assert not lock._holds()  # the check sees an open lock
    monkeypatch.setattr(lock.inspect, "getsource", lambda _: "another class")
    with pytest.raises(ConfigError, match="does not fit this version of Penstock"):
        lock.install()


def test_a_lock_that_is_passed_by_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    lock.install()
    monkeypatch.setattr(HttpStream, "make_server_connection", lock._original)
    monkeypatch.setattr(lock, "_locked", lock._original)
    with pytest.raises(ConfigError, match="does not fit this version of Penstock"):
        lock.install()
