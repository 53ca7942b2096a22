"""`penstock run` as processes: ports, signals, several workers, policies that change."""

import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from penstock.app import open_ledger
from penstock.settings import load
from reports.ledger.approvers import in_force
from reports.ledger.keys import fingerprint, public_pem
from tests.penstock.conftest import Command
from tests.reports.servers import free_port

POLICY = "name: p\nmode: enforce\nrules: []\nexamples:\n  - {sent: hello, expect: allow}\n"


class Running:
    """`penstock run` and what it says."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "penstock.cli", "run", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        self._stderr: IO[str] = self.process.stderr

    def until(self, pattern: str) -> str:
        """The next line that has `pattern`; lines before it are dropped."""
        said = []
        for line in self._stderr:
            if re.search(pattern, line):
                return line
            said.append(line)
        raise AssertionError(f"it ended without saying `{pattern}`: {said}")

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        self._stderr.read()
        return self.process.wait(90)


@pytest.fixture
def start(state: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(*arguments: str) -> Running:
        started.append(Running(*arguments))
        return started[-1]

    yield start
    for running in started:
        running.stop()
        running.process.communicate()


@pytest.fixture
def address() -> str:
    return f"127.0.0.1:{free_port()}"


def answers(address: str) -> bool:
    """Whether the proxy answers: it refuses to be used for a loopback address."""
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request("GET", "http://127.0.0.1:1/")
        return connection.getresponse().status == 403
    finally:
        connection.close()


def test_a_port_in_use_is_one_line(process: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        for workers in ("1", "2"):
            ran = process("run", "--listen", listen, "--workers", workers)

            assert ran.code == 3
            assert ran.out == ""
            last = ran.err.splitlines()[-1]
            assert listen in last
            assert "in use" in last
            assert "Traceback" not in ran.err


def test_what_is_wrong_at_the_start_is_said_once(process: Command, address: str) -> None:
    everywhere = address.replace("127.0.0.1", "0.0.0.0")
    ran = process("run", "--listen", everywhere, "--workers", "2")

    assert ran.code == 3
    assert ran.err.count("`proxy.sources`") == 1
    assert ran.err.splitlines()[-1].startswith("penstock: `proxy.sources`: ")

    (Path(os.environ["PENSTOCK_STATE"])).chmod(0o755)
    ran = process("run", "--listen", address, "--workers", "2")
    assert ran.code == 3
    assert ran.err.count("\n") == ran.err.count("others can read the state directory") == 1


def test_several_processes_serve_one_port_and_a_killed_one_is_replaced(
    start: Callable[..., Running], address: str, tmp_path: Path
) -> None:
    (tmp_path / "p.yaml").write_text(POLICY)
    (tmp_path / "penstock.yaml").write_text(
        "policy: p.yaml\ndetection: {workers: 1, names: false}\n"
    )
    running = start("--workers", "2", "--listen", address)
    running.until("Penstock listens on")
    assert answers(address)
    workers = psutil.Process(running.process.pid).children()
    assert len(workers) == 2

    # a policy that changes takes force in each of them; a broken one does not, and says its line
    draft = tmp_path / "p.new"
    draft.write_text(POLICY.replace("name: p", "name: other"))
    draft.rename(tmp_path / "p.yaml")
    said = [running.until("policy other in force") for _ in workers]
    assert {line.split(": ")[1] for line in said} == {"proxy 1", "proxy 2"}
    (tmp_path / "p.yaml").write_text(POLICY + "rulez: []\n")
    for _ in workers:
        running.until(r"the policy stays as it was: .*p.yaml:6: unknown key `rulez`")
    (tmp_path / "p.yaml").write_text(POLICY)
    for _ in workers:
        running.until("policy p in force")
    running.process.send_signal(signal.SIGHUP)
    for _ in workers:
        running.until("policy p in force")

    os.kill(workers[0].pid, signal.SIGKILL)
    running.until(r"ended \(exit code")
    assert answers(address)
    psutil.wait_procs(workers[:1])
    running.until("listens again")
    assert answers(address)
    assert len(psutil.Process(running.process.pid).children()) == 2

    assert running.stop() == 0


def test_an_interrupt_while_everything_loads_leaves_no_trace() -> None:
    pressing = (
        "import os, signal, sys\n"
        "class CtrlC:\n"
        "    def find_spec(self, name, *_):\n"
        "        name == 'typer' and os.kill(os.getpid(), signal.SIGINT)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sys.meta_path.insert(0, CtrlC())\n"
        "from penstock.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", pressing], capture_output=True, timeout=60)

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


def test_an_interrupt_while_the_detectors_load_is_answered(
    start: Callable[..., Running], address: str
) -> None:
    running = start("--listen", address)
    running.until("loading the detectors")
    running.process.send_signal(signal.SIGINT)
    running.until("stopped before it listened")

    assert running.process.wait(60) == 130


def test_what_several_processes_say_stays_in_lines_of_its_own() -> None:
    read, write = os.pipe2(os.O_DIRECT)  # every write arrives by itself
    said = "from penstock.cli.run import _say; _say('one'); _say('two')"
    subprocess.run(
        [sys.executable, "-c", said],
        stderr=write,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        check=True,
    )
    os.close(write)
    with os.fdopen(read, "rb", buffering=0) as pipe:
        writes = list(iter(lambda: pipe.read(4096), b""))

    assert writes == [b"penstock: one\n", b"penstock: two\n"]


def test_nothing_outlives_a_killed_supervisor(
    start: Callable[..., Running], address: str, tmp_path: Path
) -> None:
    (tmp_path / "penstock.yaml").write_text("detection: {workers: 1, names: false}\n")
    running = start("--workers", "2", "--listen", address)
    running.until("Penstock listens on")
    family = psutil.Process(running.process.pid).children(recursive=True)
    assert len(family) >= 6  # proxies, zygotes, detector processes
    running.process.kill()

    _, alive = psutil.wait_procs(family, timeout=90)
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_lines_it_prints_show_an_inspection(
    start: Callable[..., Running], penstock: Command, tmp_path: Path
) -> None:
    nowhere = "{upstream_map: {api.openai.com: '127.0.0.1:1'}}"
    (tmp_path / "penstock.yaml").write_text(
        f"proxy: {nowhere}\ndetection: {{workers: 1, names: false}}\n"
    )
    running = start("--listen", "127.0.0.1:0")
    line = running.until("^  curl --proxy")
    subprocess.run(line, shell=True, check=True, capture_output=True, timeout=90)
    ran = penstock("ledger", "stats", "--json")
    assert ran.json["violations"] == 1


def test_a_client_without_the_ca_is_told_to_take_that_of_these_settings(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    acme = tmp_path / "acme.yaml"
    acme.write_text("detection: {workers: 1, names: false}\n")
    running = start("--listen", "127.0.0.1:0", "-c", str(acme))
    host, _, port = running.until("Penstock listens on").split()[-1].rpartition(":")
    assert f"penstock ledger stats --config {acme}" in running.until("ledger stats")
    with socket.create_connection((host, int(port)), timeout=60) as plain:
        plain.sendall(b"CONNECT api.openai.com:443 HTTP/1.1\r\n\r\n")
        plain.recv(65536)
        with pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(plain, server_hostname="api.openai.com")
    said = running.until("a client does not trust the CA")
    assert f"penstock ca install --config {acme}, or" in said
    assert said.endswith(f"penstock ca env --config {acme}\n")


def test_other_commands_know_where_it_listens(
    start: Callable[..., Running], process: Command, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "penstock.yaml").write_text(
        f"proxy: {{listen: '127.0.0.1:{port}'}}\ndetection: {{workers: 1, names: false}}\n"
    )

    def listen() -> str:
        checks = {check["name"]: check for check in process("doctor", "--json").json["checks"]}
        return str(checks["listen"]["detail"])

    running = start("--listen", "127.0.0.1:0")
    address = running.until("Penstock listens on").split()[-1]
    assert process("ca", "env", "--json").json["HTTPS_PROXY"] == f"http://{address}"
    assert listen() == f"a proxy listens on {address}"
    running.process.kill()
    running.process.wait(90)
    assert listen().startswith("no proxy runs")


def test_whose_keys_re_identify_is_on_record_before_it_listens(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    public = Ed25519PrivateKey.generate().public_key()
    (tmp_path / "ana.pub").write_bytes(public_pem(public))
    (tmp_path / "penstock.yaml").write_text(
        "approvers: {ana: ana.pub}\ndetection: {workers: 1, names: false}\n"
    )
    start("--listen", "127.0.0.1:0").until("Penstock listens on")
    with open_ledger(load(None).settings) as ledger:
        assert in_force(ledger) == {"ana": fingerprint(public)}


def test_one_process_drains_and_says_so(start: Callable[..., Running], tmp_path: Path) -> None:
    (tmp_path / "penstock.yaml").write_text("detection: {workers: 1, names: false}\n")
    running = start("--listen", "127.0.0.1:0")
    address = running.until("Penstock listens on").split()[-1]
    assert answers(address)
    running.process.terminate()

    assert running.until("stopped").startswith("penstock: stopped")
    assert running.process.wait(90) == 0
    assert running.process.stdout is not None
    assert running.process.stdout.read() == ""
