"""The proxies that are compared, each a process of its own with all it starts."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks import cpu
from benchmarks.upstream import HOST

_START_S = 300.0


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the service listens."""

    ca: Path
    tls: int
    raw: int


@dataclass(frozen=True, slots=True)
class Proxy:
    """One of them, running."""

    port: int
    target: str
    """What a client asks it for to reach the service."""
    processes: tuple[int, ...]

    def used_s(self) -> float:
        """CPU seconds of all its processes so far."""
        return cpu.used_s(list(self.processes))


class Field:
    """Starts them, and stops them at the end."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        ca = folder / "upstream-ca.pem"
        _, first = self._start([sys.executable, "-m", "benchmarks.upstream", str(ca)])
        tls, raw = first.split()
        self.upstream = Upstream(ca, int(tls), int(raw))

    def lean(self) -> Proxy:
        """Our master without our add-ons."""
        return self._own(["-m", "benchmarks.lean", str(self._config("lean"))])

    def rules(self) -> Proxy:
        """Penstock with rules and identifiers."""
        config = self._config("rules")
        return self._own(["-m", "benchmarks.inspecting", str(config), "benchmarks.rules_only"])

    def penstock(self, name: str = "all", workers: int = 1, **detection: Any) -> Proxy:
        """Penstock as `penstock run` starts it."""
        config, port = self._config(name, **detection), _free_port()
        command = ["-m", "penstock.cli", "run", "--config", str(config)]
        command += ["--listen", f"127.0.0.1:{port}", "--workers", str(workers)]
        return self._listening([sys.executable, *command], port, f"{HOST}:443")

    def redirecting(self) -> Proxy:
        """Penstock with a model that thinks for a while, for prompts that stay inside."""
        _, model = self._start([sys.executable, "-m", "benchmarks.first_byte"])
        policy = self._folder / "redirect-policy.yaml"
        rule = {"id": "cards-stay", "why": "a benchmark", "when": {"data": ["pci.*"]}}
        rule |= {"then": "redirect", "to": "inside"}
        policy.write_text(yaml.safe_dump({"name": "inside", "rules": [rule], "examples": []}))
        url = f"http://127.0.0.1:{int(model)}/v1"
        models = {"inside": {"base_url": url, "model": "m"}}
        config = self._config("redirect", {"models": models, "policy": str(policy)})
        port = _free_port()
        command = [sys.executable, "-m", "penstock.cli", "run", "--config", str(config)]
        command += ["--listen", f"127.0.0.1:{port}"]
        return self._listening(command, port, f"{HOST}:443")

    def mitmdump(self, *options: str) -> Proxy:
        """mitmproxy as it comes, quiet."""
        port = _free_port()
        command = [str(Path(sys.executable).with_name("mitmdump")), "-q", "-p", str(port)]
        settings = {
            "listen_host": "127.0.0.1",
            "confdir": str(self._folder / "mitmproxy"),
            "ssl_verify_upstream_trusted_ca": str(self.upstream.ca),
        }
        for option in (*(f"{k}={v}" for k, v in settings.items()), *options):
            command += ["--set", option]
        return self._listening(command, port, f"127.0.0.1:{self.upstream.tls}")

    def bare(self) -> Proxy:
        """A tunnel that looks at nothing."""
        return self._own(["-m", "benchmarks.bare"])

    def _config(self, name: str, more: dict[str, Any] | None = None, **detection: Any) -> Path:
        path = self._folder / f"{name}.yaml"
        proxy = {
            "listen": "127.0.0.1:0",
            "upstream_map": {HOST: f"127.0.0.1:{self.upstream.tls}"},
            "upstream_ca": str(self.upstream.ca),
            "destinations": ["127.0.0.1"],
        }
        state = str(self._folder / f"{name}-state")
        document = {"proxy": proxy, "detection": detection, "state": state, **(more or {})}
        path.write_text(yaml.safe_dump(document))
        return path

    def _own(self, arguments: list[str]) -> Proxy:
        pid, first = self._start([sys.executable, *arguments])
        return Proxy(int(first), f"{HOST}:443", tuple(cpu.tree(pid)))

    def _start(self, command: Sequence[str]) -> tuple[int, str]:
        """A process that prints where it listens; its id and that line."""
        process = self._stack.enter_context(_running(command, stdout=subprocess.PIPE))
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first:
            raise RuntimeError(f"did not start: {' '.join(command)}")
        return process.pid, first.decode()

    def _listening(self, command: Sequence[str], port: int, target: str) -> Proxy:
        """A process that is known to listen once it can be connected to."""
        process = self._stack.enter_context(_running(command, stderr=subprocess.DEVNULL))
        deadline = time.monotonic() + _START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"did not start: {' '.join(command)}") from None
                time.sleep(0.1)
        return Proxy(port, target, tuple(cpu.tree(process.pid)))


@contextmanager
def _running(command: Sequence[str], **pipes: Any) -> Iterator[subprocess.Popen[bytes]]:
    root = Path(__file__).parents[1]
    with subprocess.Popen(
        command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, **pipes
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
