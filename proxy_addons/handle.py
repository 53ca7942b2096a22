"""A job on its way through the detector processes, and the proxy's end of one of them.

Everything here runs on the event loop and never waits: sockets are non-blocking, a worker that
hangs is killed by a timer, and a job leaves with a result or an InspectionError.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections import OrderedDict, deque
from typing import TYPE_CHECKING

from penstock.errors import InspectionError, PenstockError
from policy.schema import Policy
from proxy_addons.frames import Inbox, pack
from proxy_addons.inspection import Examples, Inspection, Job, Proof
from proxy_addons.worker import Ready, TooLarge

if TYPE_CHECKING:
    from proxy_addons.lane import Lane

READY_S = 10.0
"""Longest time from asking for a worker until it is ready."""

SERVED = 256
"""Senders that a worker is given again, if it can be: it has their chats in its memory."""

HANDED_JOBS = 4
HANDED_BYTES = 16 * 1024
"""How much a worker of small prompts is handed before it is done with the first: it goes on at once
instead of being woken for each."""


class Task:
    """A job, who waits for it, and where it is."""

    __slots__ = ("future", "job", "lane", "limit_s", "passed_over", "policy", "timer", "worker")

    def __init__(self, job: Job | Examples, policy: Policy, limit_s: float) -> None:
        loop = asyncio.get_running_loop()
        self.job = job
        self.policy = policy
        self.limit_s = limit_s
        self.future: asyncio.Future[Inspection | Proof] = loop.create_future()
        self.timer = loop.call_later(limit_s, self.late)
        self.lane: Lane | None = None
        self.worker: Worker | None = None
        self.passed_over = 0
        """How often one behind it was taken first."""

    def done(self, result: Inspection | Proof | PenstockError) -> None:
        """Wake who waits, unless they have gone."""
        self.timer.cancel()
        self.lane = self.worker = None
        if self.future.done():
            return
        if isinstance(result, Inspection | Proof):
            self.future.set_result(result)
        else:
            self.future.set_exception(result)

    def late(self) -> None:
        """Time is up, in the queue or at work."""
        if self.lane is not None:
            self.lane.late += 1
            self.lane.drop(self)
        worker = self.worker
        self.done(InspectionError("the inspection took too long"))
        if worker is not None:
            worker.hurry(self)

    def abandoned(self) -> None:
        """Nobody waits any more: it leaves the queue; a worker that has it finishes."""
        if self.worker is None:
            self.timer.cancel()
            if self.lane is not None:
                self.lane.drop(self)


class Worker:
    """The proxy's end of one detector process."""

    def __init__(self, lane: "Lane", sock: socket.socket) -> None:
        self.pid = 0
        """0 until it is ready."""
        self.overdue = False
        """Whether it was not ready in time."""
        self.served: OrderedDict[str, None] = OrderedDict()
        """Whose texts it remembers, those of the last job at the end."""
        self.retired = False
        """Whether it takes no more jobs: another one takes its place."""
        self.tasks: deque[Task] = deque()
        """What it has been handed; it is at work on the first."""
        self.since = 0.0
        """Loop time at which it began that."""
        self._lane = lane
        self._sock = sock
        self._pidfd = -1
        self._inbox = Inbox()
        self._said: deque[object] = deque()
        self._policy: Policy | None = None
        self._unsent = memoryview(b"")
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(READY_S, self._overdue)
        sock.setblocking(False)
        self._loop.add_reader(sock, self._greeted)

    def _greeted(self) -> None:
        """Its first words: who it is, and the pidfd by which it can be killed."""
        try:
            data, fds, _, _ = socket.recv_fds(self._sock, 1024, 1)
            (ready,) = self._inbox.add(data)
            assert isinstance(ready, Ready)
            self._pidfd = fds[0]
        except Exception:
            self.end()
            return
        self.pid = ready.pid
        self._timer.cancel()
        self._loop.add_reader(self._sock, self._readable)
        self._lane.ready(self)

    def _overdue(self) -> None:
        self.overdue = True
        self.end()

    def start(self, task: Task) -> bool:
        """Hand over a job, and its policy first if this worker has another; False: it is gone."""
        frame = pack(task.job)
        if self._policy is not task.policy:
            frame = pack(task.policy) + frame
        try:
            sent = self._sock.send(frame)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.end()
            return False
        self._policy = task.policy
        if not self.tasks:
            self.since = self._loop.time()
        self.tasks.append(task)
        task.worker = self
        if who := sender_of(task):
            self.served[who] = None
            self.served.move_to_end(who)
            if len(self.served) > SERVED:
                self.served.popitem(last=False)
        if sent < len(frame):
            self._unsent = memoryview(frame)[sent:]
            self._loop.add_writer(self._sock, self._writable)
        return True

    def has_room(self, task: Task) -> bool:
        """Whether it may be handed one more before it is done."""
        return (
            0 < len(self.tasks) < HANDED_JOBS
            and not (self.retired or self._unsent)
            and size_of(task) + sum(map(size_of, self.tasks)) <= HANDED_BYTES
        )

    def hurry(self, task: Task) -> None:
        """Nobody waits for `task` any more: end, if it is at it; if not, it has once more as long
        to be done with it."""
        if self.tasks and self.tasks[0] is task:
            self.end(task)
        elif task in self.tasks:
            self._loop.call_later(task.limit_s, self._give_up, task)

    def _give_up(self, task: Task) -> None:
        if task in self.tasks:
            self.end()

    def _writable(self) -> None:
        try:
            self._unsent = self._unsent[self._sock.send(self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self.end()
            return
        if not self._unsent:
            self._loop.remove_writer(self._sock)

    def _readable(self) -> None:
        try:
            self._said += self._inbox.read(self._sock)
            while self._said:
                self._received(self._said.popleft())
        except BlockingIOError:
            return
        except Exception:  # the process ended, or what it says makes no sense
            self.end()

    def _received(self, value: object) -> None:
        if not self.tasks or not isinstance(value, Inspection | Proof | PenstockError | TooLarge):
            raise ValueError("unexpected message")
        task = self.tasks.popleft()
        if not self.tasks:
            self._lane.idle(self)
        else:
            self.since = self._loop.time()
            self._lane.next()
        if not isinstance(value, TooLarge):
            task.done(value)
        elif task.lane is self._lane:  # another worker may have said so
            task.worker = None
            self._lane.too_large(task)

    def end(self, at: Task | None = None) -> None:
        """It died, hangs or makes no sense: be rid of it. The job it was at fails, no other; `at`:
        that job, if it is for being at it that it ends."""
        if self._sock.fileno() < 0:
            return  # found out twice
        self._hear_out()
        tasks, self.tasks = self.tasks, deque()
        self.close()
        if tasks and at in (None, tasks[0]):
            tasks.popleft().done(InspectionError("the detector process ended"))
        self._lane.lost(self)
        self._lane.back(tasks)

    def _hear_out(self) -> None:
        """Jobs that it was done with count, even if it died before anybody listened."""
        with contextlib.suppress(Exception):  # there is no more, or it makes no sense
            while True:
                self._said += self._inbox.read(self._sock)
        while self._said and self.tasks:
            value = self._said.popleft()
            if not isinstance(value, Inspection | Proof | PenstockError):
                break
            self.tasks.popleft().done(value)
        self._said.clear()

    def close(self) -> None:
        """Kill the process and let go of it."""
        self._timer.cancel()
        self._loop.remove_reader(self._sock)
        self._loop.remove_writer(self._sock)
        self._sock.close()
        if self._pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            os.close(self._pidfd)
            self._pidfd = -1


def sender_of(task: Task) -> str:
    """Whose chats a worker needs to know for it; empty if nobody's."""
    return task.job.sender.user if isinstance(task.job, Job) else ""


def size_of(task: Task) -> int:
    """What it takes in a queue, in bytes."""
    return task.job.size_bytes
