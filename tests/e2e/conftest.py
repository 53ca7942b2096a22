"""The whole product as a process, stand-in services behind it, and nothing else made up.

One proxy serves all tests of a session; each test looks only at what arrived during it.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from penstock.demo.authority import key_hash
from penstock.demo.demo import settings
from penstock.demo.running import RunningProxy
from penstock.demo.server import Received
from penstock.demo.standins import StandIns
from tests.e2e.page_services import COPILOT_PAGE, PAGES, Copilot
from tests.e2e.services import OTHERS

CHROMIUM = Path("/usr/bin/chromium")
expect.set_options(timeout=60_000)  # a page on a busy machine takes its time


class Background:
    """An event loop in a thread, so that real, blocking clients can be used in tests."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run[T](self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=240)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Gate:
    """Holds the pieces of the stand-ins' answers back while a test wants it to."""

    def __init__(self) -> None:
        self._free = asyncio.Event()
        self._free.set()
        self._allowed = 0
        self._more = asyncio.Event()

    async def __call__(self) -> None:
        while not self._free.is_set():
            if self._allowed > 0:
                self._allowed -= 1
                return
            self._more.clear()
            await self._more.wait()

    async def hold(self) -> None:
        self._allowed = 0
        self._free.clear()

    async def allow(self, pieces: int) -> None:
        self._allowed += pieces
        self._more.set()

    async def open(self) -> None:
        self._free.set()
        self._more.set()


class Arrived:
    """What reached the outside world since a test began."""

    def __init__(self, standins: StandIns) -> None:
        self._standins = standins
        self._hosts = standins.hosts
        self._requests = {host: len(standins.received(host)) for host in self._hosts}
        self._bytes = {host: len(standins.wire(host)) for host in self._hosts}
        self._asked = len(standins.model_received)

    def at(self, host: str) -> list[Received]:
        return self._standins.received(host)[self._requests[host] :]

    def wire(self, host: str) -> bytes:
        return self._standins.wire(host)[self._bytes[host] :]

    @property
    def everything(self) -> bytes:
        """Every byte that reached any public service."""
        return b"".join(self.wire(host) for host in self._hosts)

    @property
    def at_model(self) -> list[Received]:
        return self._standins.model_received[self._asked :]


@pytest.fixture(scope="session")
def background() -> Iterator[Background]:
    background = Background()
    yield background
    background.stop()


@pytest.fixture(scope="session")
def gate() -> Gate:
    return Gate()


@pytest.fixture(scope="session")
def standins(background: Background, gate: Gate) -> Iterator[StandIns]:
    standins = StandIns(before_piece=gate, others={**OTHERS, **PAGES})
    background.run(standins.__aenter__())
    yield standins
    background.run(standins.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def copilot(background: Background, standins: StandIns) -> Iterator[Copilot]:
    """The one service whose page chats over a WebSocket."""
    copilot = Copilot()
    serving = copilot.serving(standins.authority)
    background.run(serving.__aenter__())
    yield copilot
    background.run(serving.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def state_home(pytestconfig: pytest.Config) -> Path:
    """As XDG_STATE_HOME: what is compiled there serves the next session too."""
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("state")


@pytest.fixture(scope="session")
def proxy(
    background: Background,
    standins: StandIns,
    copilot: Copilot,
    tmp_path_factory: pytest.TempPathFactory,
    state_home: Path,
) -> Iterator[RunningProxy]:
    folder = tmp_path_factory.mktemp("penstock")
    wanted: Any = settings(folder, standins)
    wanted["proxy"]["upstream_map"] |= {COPILOT_PAGE: copilot.address}
    proxy = RunningProxy(folder, wanted, state_home / "penstock" / "cache")
    background.run(proxy.__aenter__())
    yield proxy
    status = background.run(proxy.stop())
    assert status == 0, proxy.said


@pytest.fixture
def arrived(standins: StandIns, proxy: RunningProxy) -> Arrived:
    return Arrived(standins)


@pytest.fixture
def paced(background: Background, gate: Gate) -> Iterator[Callable[[int], None]]:
    """Answers come piece by piece, as many as the test allows."""
    background.run(gate.hold())
    yield lambda pieces: background.run(gate.allow(pieces))
    background.run(gate.open())


@pytest.fixture
def environment(proxy: RunningProxy, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables that `penstock run` tells people to set, set."""
    ours = {
        "HTTPS_PROXY": f"http://{proxy.address}",
        "SSL_CERT_FILE": str(proxy.ca),
        "AWS_CA_BUNDLE": str(proxy.ca),
        "NODE_EXTRA_CA_CERTS": str(proxy.ca),
    }
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    return {"PATH": os.environ["PATH"], **ours}


@pytest.fixture(scope="module")
def browser(proxy: RunningProxy) -> Iterator[Browser]:
    """Debian's Chromium, with the proxy and its CA. It goes with its module: while it is there an
    event loop runs, and tests that bring their own cannot."""
    assert CHROMIUM.exists(), "Debian's chromium is needed: make packages"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            proxy={"server": f"http://{proxy.address}"},
            args=[
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                f"--ignore-certificate-errors-spki-list={key_hash(proxy.ca)}",
            ],
        )
        yield browser
        browser.close()
