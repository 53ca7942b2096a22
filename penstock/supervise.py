"""Several proxy processes on one port: started, watched, restarted, stopped together.

Each is a whole proxy with detector processes of its own; the kernel spreads connections over
them (SO_REUSEPORT). One that dies is back within a second, the others serve on.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from penstock.children import environment, module
from penstock.orphans import end_with_parent

BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Waits before restarts in a row; a process that lived for a minute starts over."""
SETTLED_S = 60.0
_READY_FD = "_PENSTOCK_READY_FD"
"""Environment variable with the descriptor on which a worker says that it listens, or why not."""
_LISTENS = "!"
_LONGEST = 4000
"""Bytes of a reason; a pipe takes as many at once."""
_SUPERVISOR = "_PENSTOCK_SUPERVISOR"
"""Environment variable with the supervisor's process id."""
_NAME = "_PENSTOCK_NAME"
"""Environment variable with what a worker is called."""


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    ready: int
    """Read end of the pipe; -1 once it has said so."""
    started: float


@dataclass(slots=True)
class Supervisor:
    """Keeps `count` processes of `command` running until it is told to stop."""

    command: Sequence[str]
    count: int
    drain_s: float
    say: Callable[[str], None]
    workers: dict[int, _Worker] = field(default_factory=dict)
    """By slot."""
    failures: dict[int, int] = field(default_factory=dict)
    due: dict[int, float] = field(default_factory=dict)
    stopping: bool = False

    def run(self, on_ready: Callable[[], None]) -> int:
        """Start all, call `on_ready` when the last one listens, and stay until SIGTERM or SIGINT.

        Returns the exit code: that of a worker which could not start, else 0.
        """
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        previous = signal.set_wakeup_fd(wake_write)
        stops = [signal.signal(s, self._stop) for s in (signal.SIGTERM, signal.SIGINT)]
        hups = signal.signal(signal.SIGHUP, self._pass_on)
        children = signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            for slot in range(self.count):
                self._start(slot)
            code = self._until_ready(wake_read)
            if code is None:
                on_ready()
                self._watch(wake_read)
                code = 0
            return code
        finally:
            self._end_all()
            signal.set_wakeup_fd(previous)
            for s, handler in zip((signal.SIGTERM, signal.SIGINT), stops, strict=True):
                signal.signal(s, handler)
            signal.signal(signal.SIGHUP, hups)
            signal.signal(signal.SIGCHLD, children)
            os.close(wake_read)
            os.close(wake_write)

    def _start(self, slot: int) -> None:
        read, write = os.pipe()
        try:
            process = subprocess.Popen(
                self.command,
                env=environment(
                    **{
                        _READY_FD: str(write),
                        _SUPERVISOR: str(os.getpid()),
                        _NAME: _name(slot),
                    }
                ),
                pass_fds=(write,),
                stdin=subprocess.DEVNULL,
            )
        finally:
            os.close(write)
        self.workers[slot] = _Worker(process, read, time.monotonic())
        self.due.pop(slot, None)

    def _until_ready(self, wake: int) -> int | None:
        """None when every worker listens; the exit code of the first that ended before."""
        while not self.stopping:
            waiting = {w.ready: w for w in self.workers.values() if w.ready >= 0}
            if not waiting:
                return None
            readable, _, _ = select.select([*waiting, wake], [], [], 1.0)
            _drain(wake)
            for fd in readable:
                if fd == wake:
                    continue
                worker = waiting[fd]
                if not self._listens(worker):
                    return worker.process.wait() or 1
        return 0

    def _watch(self, wake: int) -> None:
        while not self.stopping:
            now = time.monotonic()
            for slot, worker in list(self.workers.items()):
                if worker.process.poll() is not None:
                    self._lost(slot, worker, now)
            for slot, at in list(self.due.items()):
                if at <= now:
                    self._start(slot)
            wait = min((at - now for at in self.due.values()), default=1.0)
            starting = {w.ready: w for w in self.workers.values() if w.ready >= 0}
            readable, _, _ = select.select([*starting, wake], [], [], max(0.0, min(1.0, wait)))
            _drain(wake)
            for fd in set(readable) - {wake}:
                if self._listens(starting[fd]):  # else it ended, and is missed above
                    slot = next(s for s, w in self.workers.items() if w is starting[fd])
                    self.say(f"{_name(slot)} listens again")

    def _listens(self, worker: _Worker) -> bool:
        """What it wrote says so, or why not: the reason is said here, once for all of them."""
        said = os.read(worker.ready, _LONGEST).decode("utf-8", "replace")
        os.close(worker.ready)
        worker.ready = -1
        if said not in ("", _LISTENS):
            self.say(said)
        return said == _LISTENS

    def _lost(self, slot: int, worker: _Worker, now: float) -> None:
        del self.workers[slot]
        if worker.ready >= 0:
            self._listens(worker)
        lived = now - worker.started
        failed = 0 if lived > SETTLED_S else self.failures.get(slot, -1) + 1
        self.failures[slot] = failed
        wait = BACK_OFF_S[min(failed, len(BACK_OFF_S) - 1)]
        self.due[slot] = now + wait
        code = worker.process.returncode
        self.say(f"{_name(slot)} ended (exit code {code}); another starts in {wait} s")

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def _pass_on(self, *_: object) -> None:
        for worker in self.workers.values():
            worker.process.send_signal(signal.SIGHUP)

    def _end_all(self) -> None:
        """Ask all at once; each finishes what it is doing; who does not is killed."""
        for worker in self.workers.values():
            worker.process.terminate()
        deadline = time.monotonic() + self.drain_s + 5
        for worker in self.workers.values():
            try:
                worker.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
            if worker.ready >= 0:
                os.close(worker.ready)
        self.workers.clear()


def _name(slot: int) -> str:
    return f"proxy {slot + 1}"


def own_name() -> str:
    """What this process is called among others, as `proxy 2`; empty if it is the only one."""
    return os.environ.get(_NAME, "")


def is_supervised() -> bool:
    """Whether this process is the worker of a supervisor."""
    return _SUPERVISOR in os.environ


def end_with_supervisor() -> None:
    """Do not outlive it: its successor could not listen on the port otherwise."""
    end_with_parent(int(os.environ[_SUPERVISOR]), signal.SIGTERM)


def announce_ready() -> None:
    """Tell the supervisor, if there is one, that this process listens."""
    _tell(_LISTENS)


def tell_why(line: str) -> bool:
    """Leave it to the supervisor to say why this process does not come to listen; False if there
    is none, or it listens already."""
    return _tell(line)


def _tell(said: str) -> bool:
    fd = os.environ.pop(_READY_FD, None)
    if fd is None:
        return False
    try:
        os.write(int(fd), said.encode("utf-8", "replace")[:_LONGEST])
    except OSError:  # the supervisor is gone, and this process ends with it
        return False
    finally:
        os.close(int(fd))
    return True


def worker_command(arguments: Sequence[str]) -> list[str]:
    """The command line of one worker."""
    return module("penstock.cli", *arguments)


def _drain(fd: int) -> None:
    try:
        while os.read(fd, 512):
            pass
    except BlockingIOError:
        pass
