"""Workers of one kind, the queue before them, and the proxy's end of each.

Everything here runs on the event loop and never waits: sockets are non-blocking, a worker that
hangs is killed by a timer, and a job leaves with a result or an InspectionError.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections import OrderedDict, deque
from collections.abc import Callable
from itertools import islice

from penstock.errors import InspectionError, PenstockError
from policy.schema import Policy
from proxy_addons.frames import Inbox, pack
from proxy_addons.inspection import Examples, Inspection, Job, Proof
from proxy_addons.worker import Limits, Ready, TooLarge

QUEUE_JOBS = 1000
QUEUE_BYTES = 128 * 1024 * 1024
READY_S = 10.0
"""Longest time from asking for a worker until it is ready."""


SERVED = 256
"""Senders that a worker is given again, if it can be: it has their chats in its memory."""

AHEAD = 8
"""So many jobs may be taken before one, and so far behind it they are looked for."""


class Task:
    """A job, who waits for it, and where it is."""

    __slots__ = ("future", "job", "lane", "passed_over", "policy", "timer", "worker")

    def __init__(self, job: Job | Examples, policy: Policy, limit_s: float) -> None:
        loop = asyncio.get_running_loop()
        self.job = job
        self.policy = policy
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
            worker.end()

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
        self.task: Task | None = None
        self._lane = lane
        self._sock = sock
        self._pidfd = -1
        self._inbox = Inbox()
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
        except OSError:
            self.end()
            return False
        self._policy = task.policy
        self.task, task.worker = task, self
        if who := _sender(task):
            self.served[who] = None
            self.served.move_to_end(who)
            if len(self.served) > SERVED:
                self.served.popitem(last=False)
        if sent < len(frame):
            self._unsent = memoryview(frame)[sent:]
            self._loop.add_writer(self._sock, self._writable)
        return True

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
            for value in self._inbox.read(self._sock):
                self._received(value)
        except BlockingIOError:
            return
        except Exception:  # the process ended, or what it says makes no sense
            self.end()

    def _received(self, value: object) -> None:
        task = self.task
        if task is None or not isinstance(value, Inspection | Proof | PenstockError | TooLarge):
            raise ValueError("unexpected message")
        self.task = task.worker = None
        if self.retired:
            self._lane.dismiss(self)
        else:
            self._lane.free(self)
        if isinstance(value, TooLarge):
            self._lane.too_large(task)
        else:
            task.done(value)

    def end(self) -> None:
        """It died, hangs or makes no sense: be rid of it; its job fails, others do not."""
        task, self.task = self.task, None
        self.close()
        self._lane.lost(self)
        if task is not None:
            task.done(InspectionError("the detector process ended"))

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


class Lane:
    """Some workers that take the same kind of job, first come, first served."""

    def __init__(
        self,
        size: int,
        limits: Limits,
        on_ready: Callable[[], None],
        on_lost: Callable[[Worker], None],
        too_large: Callable[[Task], None],
    ) -> None:
        self.size = size
        self.limits = limits
        self.workers: set[Worker] = set()
        self.late = 0
        self.ended = 0
        self.queued_bytes = 0
        self.queue: deque[Task] = deque()
        self.too_large = too_large
        """What to do with a job whose decoded body is more than `limits` say."""
        self._idle: list[Worker] = []  # the last one used is the first: it remembers most
        self._on_ready = on_ready
        self._on_lost = on_lost

    @property
    def busy(self) -> int:
        """Workers with a job."""
        return sum(1 for w in self.workers if w.task is not None)

    @property
    def complete(self) -> bool:
        """Whether all its workers are ready."""
        return sum(1 for w in self.workers if w.pid) == self.size

    def submit(self, task: Task) -> None:
        """Start a job or queue it. Raises InspectionError when the queue is full."""
        if self.queue and (
            len(self.queue) >= QUEUE_JOBS or self.queued_bytes + len(task.job.body) > QUEUE_BYTES
        ):
            raise InspectionError("the queue for inspection is full")
        task.lane = self
        self.queue.append(task)
        self.queued_bytes += len(task.job.body)
        self._next()

    def _next(self) -> None:
        while self.queue and self._idle:
            worker = self._take(_sender(self.queue[0]))
            task = self._suiting(worker)
            if worker.start(task):
                self.drop(task)

    def _suiting(self, worker: Worker) -> Task:
        """The next job for a worker: of the first ones, one of somebody whose chats it knows."""
        head = self.queue[0]
        for task in islice(self.queue, AHEAD) if head.passed_over < AHEAD else ():
            if _sender(task) in worker.served:
                head.passed_over += task is not head
                return task
        return head

    def _take(self, who: str) -> Worker:
        """An idle worker: one that knows this sender's chats, or else the last one used."""
        for i in range(len(self._idle) - 1, -1, -1):
            if who in self._idle[i].served:
                return self._idle.pop(i)
        return self._idle.pop()

    def drop(self, task: Task) -> None:
        """Take a job out of the queue, if it is in it."""
        with contextlib.suppress(ValueError):
            self.queue.remove(task)
            self.queued_bytes -= len(task.job.body)

    def add(self, sock: socket.socket) -> None:
        """A worker is on its way at the other end of `sock`."""
        self.workers.add(Worker(self, sock))

    def ready(self, worker: Worker) -> None:
        """It can take its first job."""
        self._on_ready()
        if worker.retired:
            self.dismiss(worker)
        else:
            self.free(worker)

    def free(self, worker: Worker) -> None:
        """It can take a job."""
        self._idle.append(worker)
        self._next()

    def lost(self, worker: Worker) -> None:
        """It is gone."""
        if worker in self.workers:
            self.workers.remove(worker)
            if worker in self._idle:
                self._idle.remove(worker)
            self.ended += 1
            self._on_lost(worker)

    def retire(self) -> None:
        """Have every present worker replaced, each as soon as it has no job."""
        for worker in tuple(self.workers):
            worker.retired = True
            if worker.pid and worker.task is None:
                self.dismiss(worker)

    def dismiss(self, worker: Worker) -> None:
        """It did what it should, and goes."""
        if worker in self.workers:
            self.workers.remove(worker)
            if worker in self._idle:
                self._idle.remove(worker)
            worker.close()
            self._on_lost(worker)

    def close(self) -> None:
        """Kill all workers, fail all jobs."""
        waiting = [*self.queue, *(w.task for w in self.workers if w.task is not None)]
        for worker in self.workers:
            worker.close()
        self.workers.clear()
        self._idle.clear()
        self.queue.clear()
        self.queued_bytes = 0
        for task in waiting:
            task.done(InspectionError("the proxy is stopping"))


def _sender(task: Task) -> str:
    return task.job.sender.user if isinstance(task.job, Job) else ""
