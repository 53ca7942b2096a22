"""Labs for tests: see `lab.py`."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any, cast

import pytest

from penstock.settings import DirectorySettings, Settings
from policy.load import LoadedPolicy
from policy.schema import Policy
from proxy_addons.chats.shelf import FileShelf, Shelf
from proxy_addons.contracts import Inspector, Recorder, Redirector
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import ModelDialect
from proxy_addons.master import Proxy
from proxy_addons.redirect.redirector import Redirector as _Redirector
from proxy_addons.services import Services
from tests.proxy_addons.clock import Clock
from tests.proxy_addons.lab import CATALOGUE, HOSTS, Lab, Looks, NoModels, Notebook, Start, policy
from tests.proxy_addons.wire import Authority, Upstream


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(clock: Clock) -> Iterator[FileShelf]:
    with closing(FileShelf(None, clock)) as shelf:
        yield shelf


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    folder.chmod(0o700)
    return folder


@pytest.fixture
async def start(authority: Authority, state: Path) -> AsyncIterator[Start]:
    """Starts labs; ends them after the test."""
    async with AsyncExitStack() as stack:

        async def starting(
            rules: Policy | None = None,
            *,
            inspector: Inspector | None = None,
            recorder: Recorder | None = None,
            redirector: Redirector | None = None,
            alpn: tuple[str, ...] = ("h2", "http/1.1"),
            detection: dict[str, Any] | None = None,
            models: dict[str, Any] | None = None,
            catalogue: Services = CATALOGUE,
            upstream_hosts: tuple[str, ...] = HOSTS,
            shelf: Shelf | None = None,
            directory: DirectorySettings | None = None,
            **proxy: Any,
        ) -> Lab:
            rules = rules or policy()
            context = authority.server(*upstream_hosts, alpn=alpn)
            upstream = await stack.enter_async_context(Upstream(context).serving())
            target = f"127.0.0.1:{upstream.port}"
            settings = Settings.model_validate(
                {
                    "state": state,
                    "detection": detection or {},
                    "directory": directory or DirectorySettings(),
                    "models": models or {},
                    "proxy": {
                        "listen": "127.0.0.1:0",
                        "upstream_ca": authority.pem,
                        "upstream_map": dict.fromkeys(HOSTS, target),
                        "drain_s": 0,
                        **proxy,
                    },
                }
            )
            notebook = Notebook()
            if models:
                redirector = _Redirector.of(settings, cast(ModelDialect, BY_NAME["openai_chat"]))
                await redirector.start()
                stack.push_async_callback(redirector.aclose)
            loaded = LoadedPolicy(rules, Path("test.yaml"), "0" * 64)
            running = Proxy(
                settings,
                catalogue,
                inspector or Looks(rules),
                recorder or notebook,
                lambda: loaded,
                redirector or NoModels(),
                shelf,
            )
            address = await running.start()
            stack.push_async_callback(running.stop, 0)
            return Lab(address, running, upstream, notebook, state, stack)

        yield starting
