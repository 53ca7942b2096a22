"""The process that detector processes are forked from: everything is loaded once, here.

Started by `proxy_addons.pool` as `python -m proxy_addons.zygote FD`, FD being its end of the
control socket (SOCK_SEQPACKET). It never sees a prompt. It stays single-threaded, so that a fork
is safe, and ends with the proxy.
"""

import ctypes
import gc
import logging
import os
import pickle
import signal
import socket
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from detectors.base import Combination, Detector
from penstock.errors import InspectionError, PenstockError
from penstock.settings import DetectionSettings
from policy import mask
from policy.classes import data_classes
from proxy_addons.scanner import scanner
from proxy_addons.worker import Limits, work

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_MESSAGE = 64 * 1024


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """What detector processes need to know. Comes over the control socket: the key is secret."""

    detection: DetectionSettings
    key: bytes = field(repr=False)
    """For fingerprints; `penstock.pipeline.Scanner.key`."""
    language: str = "en"
    """Of what people are told."""
    cache: Path | None = None
    """Directory for compiled rules; None: the detectors' own choice."""
    state: Path | None = None
    """Where what the company has registered is looked up."""
    evidence: tuple[str, ...] = ()
    """Data classes of which masked excerpts are made."""
    detectors: str = "detectors"
    """Importable name of what holds `select` and `COMBINATIONS`; another one for fault
    drills."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The zygote is ready to fork."""

    threads: int
    """1, or a fork is a risk: some library started a thread."""


def main() -> None:
    """Load, then fork a worker for each socket that comes in."""
    control = socket.socket(fileno=int(sys.argv[1]))
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _name("penstock-zygote")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries ended workers
    first = control.recv(_MESSAGE)
    if not first:
        return
    config = pickle.loads(first)
    assert isinstance(config, WorkerConfig)
    try:
        detectors, combinations = load(config)
    except PenstockError as e:
        control.send(pickle.dumps(type(e)(*e.args)))
        return
    except Exception as e:
        why = f"the detectors could not be loaded: {type(e).__name__}: {e}"
        control.send(pickle.dumps(InspectionError(why.splitlines()[0])))
        return
    gc.collect()
    gc.freeze()
    control.send(pickle.dumps(Loaded(threads=len(list(Path("/proc/self/task").iterdir())))))
    while True:
        message, fds, _, _ = socket.recv_fds(control, _MESSAGE, 1)
        if not message:
            return
        if _fork() == 0:
            control.close()
            limits = pickle.loads(message)
            assert isinstance(limits, Limits)
            _serve(socket.socket(fileno=fds[0]), config, limits, detectors, combinations)
        os.close(fds[0])


def load(config: WorkerConfig) -> tuple[tuple[Detector, ...], tuple[Combination, ...]]:
    """The detectors, loaded and warm. Raises ConfigError for files of the company's own."""
    module = import_module(config.detectors)
    detectors: tuple[Detector, ...] = module.select(config.detection, config.cache, config.state)
    combinations: tuple[Combination, ...] = module.COMBINATIONS
    for detector in detectors:
        detector.load()
        for hit in detector.hits:  # the first find of some libraries is the slowest
            list(detector.find(hit.replace("«", "").replace("»", "")))
    mask.load()
    data_classes()
    return detectors, combinations


def _fork() -> int:
    try:
        return os.fork()
    except OSError:
        return -1  # no process to be had: the proxy sees the socket close and asks again


def _serve(
    sock: socket.socket,
    config: WorkerConfig,
    limits: Limits,
    detectors: tuple[Detector, ...],
    combinations: tuple[Combination, ...],
) -> NoReturn:
    """All a forked worker does; it never returns into the loop of the zygote."""
    try:
        _name("penstock-worker")
        logging.disable()
        scan = scanner(detectors, combinations, config.key, config.evidence)
        work(sock, scan, config.language, limits)
    finally:
        os._exit(0)


def _prctl(option: int, value: int | bytes) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _name(name: str) -> None:
    _prctl(_PR_SET_NAME, name.encode())


if __name__ == "__main__":
    # under its real name, so that what is unpickled has the types this module knows
    import_module("proxy_addons.zygote").main()
