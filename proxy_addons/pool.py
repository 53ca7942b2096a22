"""The detector processes as the proxy sees them: supervised, bounded, never waited for.

One zygote (`proxy_addons.zygote`) with everything loaded forks a worker in milliseconds. Small
prompts and large ones have lanes of their own (`proxy_addons.lane`), so that nobody waits behind
a large one. Whatever goes wrong with a job, a crash, a hang, garbage or a full queue, is an
InspectionError of that job alone, and its worker is replaced at once.
"""

import asyncio
import pickle
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from penstock.children import environment, module
from penstock.errors import InspectionError, PenstockError
from policy.schema import Policy
from proxy_addons.frames import pack
from proxy_addons.handle import Task, Worker
from proxy_addons.inspection import Examples, Inspection, Job, Proof, time_for
from proxy_addons.lane import Lane
from proxy_addons.worker import PROOF_S, Limits
from proxy_addons.zygote import Loaded, WorkerConfig

LARGE_BYTES = 128 * 1024
"""A larger prompt is inspected in the lane of large ones, at lower priority."""
LOAD_S = 300.0
"""Longest time a zygote may take to load: on a busy machine compiling rules takes minutes."""
BACK_OFF_S = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0)
"""Waits when zygotes or forks fail in a row; the last one stays."""

_SINGLE_THREADED = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


@dataclass(frozen=True, slots=True)
class Stats:
    """The pool at one moment, and what has happened to it since its start."""

    workers: int
    busy: int
    queued: int
    queued_bytes: int
    late: int
    """Jobs that were not done in time."""
    lost: int
    """Workers that ended or were killed."""
    zygotes: int
    """Zygotes started, the first included."""
    threads: int
    """Of the zygote; more than 1 is a risk at each fork."""


class Pool:
    """Inspects requests in processes of their own."""

    def __init__(self, config: WorkerConfig, policy: Policy) -> None:
        self.policy = policy
        """In force for jobs handed in from now on; set by `reload`."""
        self._config = config
        detection = config.detection
        small = Limits(LARGE_BYTES, detection.limit_s, detection.memory_bytes)
        large = Limits(None, detection.limit_s, detection.memory_bytes)
        self._small = Lane(detection.workers, small, self._ready, self._lost, self._too_large)
        # half as many: requests of coding assistants are large ones too
        self._large = Lane(
            max(1, detection.workers // 2), large, self._ready, self._lost, self._too_large
        )
        self._lanes = (self._small, self._large)
        self._zygote: _Zygote | None = None
        self._zygotes = 0
        self._burials: list[asyncio.Future[None]] = []
        self._failures = 0
        self._closed = False

    async def start(self) -> None:
        """Load and fork; returns when every worker is ready.

        Raises ConfigError for rules of the company's own that are wrong, InspectionError when
        the detectors cannot be loaded.
        """
        self._loop = asyncio.get_running_loop()
        self._started: asyncio.Future[None] = self._loop.create_future()
        self._boot()
        try:
            await self._started
        except BaseException:
            await self.close()
            raise

    async def inspect(self, job: Job) -> Inspection:
        """What a worker says about `job`, under the policy in force now.

        Raises what `inspection.run` raises, and InspectionError when the job was late, its
        worker ended or the queue is full.
        """
        lane = self._large if job.size_bytes > LARGE_BYTES else self._small
        limit_s = time_for(self._config.detection.limit_s, job.size_bytes)
        task = Task(job, self.policy, limit_s)
        found = await self._ask(lane, task)
        assert isinstance(found, Inspection)
        return found

    async def broken_promises(self, policy: Policy) -> tuple[str, ...]:
        """What is wrong with `policy` by its own examples, one line each.

        Raises InspectionError.
        """
        found = await self._ask(self._large, Task(Examples(), policy, PROOF_S))
        assert isinstance(found, Proof)
        return found.broken

    async def _ask(self, lane: Lane, task: Task) -> Inspection | Proof:
        try:
            if self._closed:
                raise InspectionError("the proxy is stopping")
            lane.submit(task)
            return await task.future
        except BaseException:
            task.abandoned()
            raise

    async def reload(self, policy: Policy) -> None:
        """Inspect under `policy` from now on; jobs already handed in keep the one they had."""
        pack(policy)  # what cannot be handed over is refused here, not at the next request
        self.policy = policy

    async def renew(self) -> None:
        """Load the detectors anew, with the company's own files as they are now.

        Jobs under way are finished by the present detectors, those after them are seen by the
        new. Raises what `start` raises; then the present ones stay.
        """
        loaded: asyncio.Future[None] = self._loop.create_future()

        def failed(why: PenstockError) -> None:
            if not loaded.done():
                loaded.set_exception(why)

        fresh = _Zygote(self._config, lambda: loaded.set_result(None), failed)
        try:
            await loaded
            if self._closed:
                raise InspectionError("the proxy is stopping")
        except BaseException:
            await fresh.bury()
            raise
        old, self._zygote = self._zygote, fresh
        fresh.answers_to(self._top_up, self._zygote_lost)
        self._zygotes += 1
        for lane in self._lanes:
            lane.retire()
        if old is not None:
            self._burials.append(asyncio.ensure_future(old.bury()))
        self._top_up()

    async def close(self) -> None:
        """End every process; jobs that are left fail."""
        self._closed = True
        for lane in self._lanes:
            lane.close()
        if self._zygote is not None:
            self._burials.append(asyncio.ensure_future(self._zygote.bury()))
            self._zygote = None
        await asyncio.gather(*self._burials)

    def pids(self) -> tuple[int, ...]:
        """Processes of the workers that are ready."""
        return tuple(sorted(w.pid for lane in self._lanes for w in lane.workers if w.pid))

    @property
    def zygote_pid(self) -> int:
        """0 while there is none."""
        return self._zygote.pid if self._zygote is not None else 0

    def stats(self) -> Stats:
        """How it stands."""
        loaded = self._zygote.loaded if self._zygote is not None else None
        waiting = [lane.waiting() for lane in self._lanes]
        return Stats(
            workers=len(self.pids()),
            busy=sum(lane.busy for lane in self._lanes),
            queued=sum(jobs for jobs, _ in waiting),
            queued_bytes=sum(size_bytes for _, size_bytes in waiting),
            late=sum(lane.late for lane in self._lanes),
            lost=sum(lane.ended for lane in self._lanes),
            zygotes=self._zygotes,
            threads=loaded.threads if loaded is not None else 0,
        )

    # ── supervision ──────────────────────────────────────────────────────────────────────────

    def _boot(self) -> None:
        if self._closed:
            return
        self._zygotes += 1
        try:
            self._zygote = _Zygote(self._config, self._top_up, self._zygote_lost)
        except OSError as e:
            self._zygote_lost(InspectionError(f"no process for the detectors: {e.strerror}"))

    def _zygote_lost(self, why: PenstockError) -> None:
        if self._zygote is not None:
            self._burials.append(asyncio.ensure_future(self._zygote.bury()))
        self._zygote = None
        if not self._started.done():
            self._started.set_exception(why)
        elif not self._closed:
            self._loop.call_later(self._back_off(), self._boot)

    def _can_fork(self) -> bool:
        return not self._closed and self._zygote is not None and self._zygote.loaded is not None

    def _top_up(self) -> None:
        for lane in self._lanes:
            while self._can_fork() and len(lane.workers) < lane.size:
                assert self._zygote is not None
                if not self._zygote.fork(lane):
                    self._zygote_lost(InspectionError("the process that forks workers ended"))

    def _ready(self) -> None:
        self._failures = 0
        if not self._started.done() and all(lane.complete for lane in self._lanes):
            self._started.set_result(None)

    def _lost(self, worker: Worker) -> None:
        if worker.pid:
            self._top_up()
        elif worker.overdue and self._zygote is not None:
            self._zygote_lost(InspectionError("the process that forks workers hangs"))
        else:
            self._loop.call_later(self._back_off(), self._top_up)

    def _too_large(self, task: Task) -> None:
        try:
            self._large.submit(task)
        except InspectionError as e:
            task.done(e)

    def _back_off(self) -> float:
        self._failures += 1
        return BACK_OFF_S[min(self._failures, len(BACK_OFF_S)) - 1]


class _Zygote:
    """The proxy's end of one zygote."""

    def __init__(
        self,
        config: WorkerConfig,
        on_loaded: Callable[[], None],
        on_lost: Callable[[PenstockError], None],
    ) -> None:
        self.loaded: Loaded | None = None
        self._on_loaded = on_loaded
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                module("proxy_addons.zygote", str(theirs.fileno())),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment(**_SINGLE_THREADED),
                start_new_session=True,  # Ctrl-C on a terminal is for the proxy alone
            )
        self._timer = self._loop.call_later(LOAD_S, self._failed)
        self._control.setblocking(False)
        self._control.send(pickle.dumps(config))
        self._loop.add_reader(self._control, self._readable)

    @property
    def pid(self) -> int:
        return self._process.pid

    def answers_to(
        self, on_loaded: Callable[[], None], on_lost: Callable[[PenstockError], None]
    ) -> None:
        """Who is told from now on."""
        self._on_loaded, self._on_lost = on_loaded, on_lost

    def _readable(self) -> None:
        try:
            message: object = pickle.loads(self._control.recv(64 * 1024))
        except Exception:  # its end
            self._failed()
            return
        if isinstance(message, Loaded):
            self._timer.cancel()
            self.loaded = message
            self._on_loaded()
        elif isinstance(message, PenstockError):
            self._on_lost(message)

    def _failed(self) -> None:
        self._on_lost(InspectionError("the detectors could not be loaded"))

    def fork(self, lane: Lane) -> bool:
        """Ask for one more worker; False: this zygote is not to be asked again."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            try:
                socket.send_fds(self._control, [pickle.dumps(lane.limits)], [theirs.fileno()])
            except OSError:
                ours.close()
                return False
        lane.add(ours)
        return True

    async def bury(self) -> None:
        """Kill it, if it is not dead, and wait for its end."""
        self._timer.cancel()
        self._loop.remove_reader(self._control)
        self._control.close()
        self._process.kill()
        await asyncio.to_thread(self._process.wait)
