"""Workers of one kind and the queue before them."""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice

from penstock.errors import InspectionError
from proxy_addons.handle import Task, Worker, sender_of, size_of
from proxy_addons.worker import Limits

QUEUE_JOBS = 1000
QUEUE_BYTES = 128 * 1024 * 1024

AHEAD = 8
"""So many jobs may be taken before one, and so far behind it they are looked for."""

STUCK_S = 0.025
"""After so long at one job, what a worker was handed ahead goes to another one that is idle."""


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
        self._hands_ahead = limits.body_bytes is not None
        self.workers: set[Worker] = set()
        self.late = 0
        self.ended = 0
        self.queue: deque[Task] = deque()
        self._queued_bytes = 0
        self._relief: asyncio.TimerHandle | None = None
        self.too_large = too_large
        """What to do with a job whose decoded body is more than `limits` say."""
        self._idle: list[Worker] = []  # the last one used is the first: it remembers most
        self._on_ready = on_ready
        self._on_lost = on_lost

    @property
    def busy(self) -> int:
        """Workers with a job."""
        return sum(1 for w in self.workers if w.tasks)

    @property
    def complete(self) -> bool:
        """Whether all its workers are ready."""
        return sum(1 for w in self.workers if w.pid) == self.size

    def waiting(self) -> tuple[int, int]:
        """Jobs that no worker is at, queued or handed ahead, and their bytes."""
        ahead = [t for w in self.workers for t in islice(w.tasks, 1, None) if not t.future.done()]
        return len(ahead) + len(self.queue), sum(map(size_of, ahead)) + self._queued_bytes

    def submit(self, task: Task) -> None:
        """Start a job or queue it. Raises InspectionError when the queue is full."""
        if not self._idle:
            jobs, size_bytes = self.waiting()
            if jobs and (jobs >= QUEUE_JOBS or size_bytes + size_of(task) > QUEUE_BYTES):
                raise InspectionError("the queue for inspection is full")
        task.lane = self
        self.queue.append(task)
        self._queued_bytes += size_of(task)
        self.next()

    def next(self) -> None:
        """Hand out what waits, as far as there are workers for it."""
        while self.queue and self._idle:
            worker = self._take(sender_of(self.queue[0]))
            task = self._suiting(worker)
            if worker.start(task):
                self.drop(task)
        while self.queue and self._hands_ahead:
            head = self.queue[0]
            free = [w for w in self.workers if w.has_room(head)]
            if not free:
                return
            who = sender_of(head)
            if min(free, key=lambda w: (len(w.tasks), who not in w.served)).start(head):
                self.drop(head)
                self._watch()

    def _watch(self) -> None:
        if self._relief is None and any(len(w.tasks) > 1 for w in self.workers):
            self._relief = asyncio.get_running_loop().call_later(STUCK_S, self._relieve)

    def _relieve(self) -> None:
        """Idle workers take over what others that are stuck were handed ahead; of two results the
        first one counts."""
        self._relief = None
        late = asyncio.get_running_loop().time() - STUCK_S
        for worker in tuple(self.workers):
            for task in list(islice(worker.tasks, 1, None)) if worker.since < late else ():
                if self._idle and task.worker is worker:
                    self._idle.pop().start(task)
        self._watch()

    def back(self, tasks: Iterable[Task]) -> None:
        """Jobs that a worker which is gone was not at: others take them, before the rest."""
        for task in reversed([t for t in tasks if not t.future.done()]):
            task.worker = None
            self.queue.appendleft(task)
            self._queued_bytes += size_of(task)
        self.next()

    def _suiting(self, worker: Worker) -> Task:
        """The next job for a worker: of the first ones, one of somebody whose chats it knows."""
        head = self.queue[0]
        for task in islice(self.queue, AHEAD) if head.passed_over < AHEAD else ():
            if sender_of(task) in worker.served:
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
            self._queued_bytes -= size_of(task)

    def add(self, sock: socket.socket) -> None:
        """A worker is on its way at the other end of `sock`."""
        self.workers.add(Worker(self, sock))

    def ready(self, worker: Worker) -> None:
        """It can take its first job."""
        self._on_ready()
        self.idle(worker)

    def idle(self, worker: Worker) -> None:
        """It has no job."""
        if worker.retired:
            self.dismiss(worker)
        else:
            self._idle.append(worker)
            self.next()

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
            if worker.pid and not worker.tasks:
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
        if self._relief is not None:
            self._relief.cancel()
        left = [*self.queue, *(task for w in self.workers for task in w.tasks)]
        for worker in self.workers:
            worker.close()
        self.workers.clear()
        self._idle.clear()
        self.queue.clear()
        self._queued_bytes = 0
        for task in left:
            task.done(InspectionError("the proxy is stopping"))
