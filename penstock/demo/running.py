"""`penstock run` as a process of its own, for demos and end-to-end tests."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

from penstock.children import environment, module
from penstock.errors import ServiceDown
from penstock.settings import PREFIX
from penstock.state import prepare
from proxy_addons.ca import certificate

START_S = 220.0
STOP_S = 30.0

_LISTENS = "Penstock listens on "


class RunningProxy:
    """`async with RunningProxy(directory, settings) as proxy:` — it serves inside the block."""

    def __init__(self, directory: Path, settings: Mapping[str, object], cache: Path) -> None:
        """`settings` go into `directory/penstock.yaml`, the state beside it; the port is a free
        one. `cache` outlives `directory`: rules take long to compile."""
        self.config = directory / "penstock.yaml"
        self.state = directory / "state"
        self.address = ""
        """`127.0.0.1:PORT`"""
        self.said: list[str] = []
        """Lines of its standard error."""
        prepare(cache)
        (prepare(self.state) / "cache").symlink_to(cache.absolute())
        own = {"listen": "127.0.0.1:0", **_section(settings, "proxy")}
        document = {"state": str(self.state), **settings, "proxy": own}
        self.config.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")

    @property
    def ca(self) -> Path:
        """The certificate that clients have to trust."""
        return certificate(self.state)

    @property
    def pid(self) -> int:
        """Of the proxy process."""
        return self._process.pid

    async def __aenter__(self) -> Self:
        """Starts it. Raises ServiceDown with its own last words if it does not come up."""
        # the file says it all: what the caller's own proxy is told is not for this one
        ours = {k: v for k, v in environment().items() if not k.startswith(PREFIX)}
        self._process = await asyncio.create_subprocess_exec(
            *module("penstock.cli", "run", "--config", str(self.config)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=ours,
        )
        self._up = asyncio.Event()
        self._listening = asyncio.create_task(self._listen())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(START_S):
                    await self._up.wait()
            if not self.address:
                last = self.said[-1].removeprefix("penstock: ") if self.said else "it said nothing"
                raise ServiceDown(f"the proxy did not start: {last}")
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stops it."""
        await self.stop()

    async def stop(self) -> int:
        """Asks it to finish what is in flight; returns its exit status."""
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_S):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
        status = await self._process.wait()
        await self._listening
        return status

    async def _listen(self) -> None:
        assert self._process.stderr is not None
        async for raw in self._process.stderr:
            line = raw.decode("utf-8", "replace").rstrip()
            self.said.append(line)
            if line.startswith(_LISTENS):
                self.address = line.removeprefix(_LISTENS)
                self._up.set()
        self._up.set()


def _section(settings: Mapping[str, object], name: str) -> dict[str, object]:
    found = settings.get(name, {})
    return dict(found) if isinstance(found, Mapping) else {}
