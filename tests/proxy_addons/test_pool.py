"""Real detector processes that crash, hang, lie and are killed: one job fails, the next is seen."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from penstock.errors import ConfigError, InspectionError, UninspectedError
from penstock.model import Action, Sender
from penstock.settings import DetectionSettings
from policy.schema import Example, Policy, Rule, When
from proxy_addons import handle, lane
from proxy_addons.inspection import Inspection, Job
from proxy_addons.pool import LARGE_BYTES, Pool
from proxy_addons.zygote import WorkerConfig
from tests.proxy_addons.drills import FAULTS

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIMIT_S = 2.0
KEY = b"a key that nobody else may see.."
LENIENT = Policy(name="lenient", rules=(), examples=())
STRICT = Policy(
    name="strict",
    rules=(Rule(id="no-drills", why="test", when=When(data=("drill.*",)), then="block"),),
    examples=(),
)

type Start = Callable[..., Awaitable[Pool]]
type Hold = Callable[..., Awaitable[Held]]


def config(detectors: str = "drills", workers: int = 1, limit_s: float = LIMIT_S) -> WorkerConfig:
    detection = DetectionSettings(workers=workers, limit_s=limit_s, memory_bytes=1024**3)
    return WorkerConfig(detection, KEY, detectors=f"tests.proxy_addons.{detectors}")


def job(text: str | bytes, encoding: str = "") -> Job:
    body = text.encode() if isinstance(text, str) else text
    return Job(
        service="test",
        dialect="generic",
        method="POST",
        target="/",
        content_type="text/plain",
        content_encoding=encoding,
        body=body,
        user_agent="pytest",
        sender=Sender("somebody"),
        max_body_bytes=10 * 1024 * 1024,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[Pool]:
    """One that many faults happen to."""
    pool = Pool(config(), STRICT)
    await pool.start()
    yield pool
    await pool.close()


@pytest_asyncio.fixture(loop_scope="module")
async def start() -> AsyncIterator[Start]:
    pools = []

    async def start(policy: Policy = STRICT, **settings: object) -> Pool:
        pools.append(pool := Pool(config(**settings), policy))  # type: ignore[arg-type]
        await pool.start()
        return pool

    yield start
    for pool in pools:
        await pool.close()


def is_there(pid: int) -> bool:
    """Whether a process runs; one that nobody has buried yet does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def until(holds: Callable[[], object]) -> None:
    """Look again and again, with the loop running in between."""
    async with asyncio.timeout(90):
        while not holds():
            await asyncio.sleep(0.002)


async def is_served(pool: Pool) -> None:
    """The next request is inspected, and inspected for real."""
    seen = await pool.inspect(job("drill find"))

    assert seen.verdict.decision.action is Action.BLOCK


@dataclass
class Held:
    """A job that a worker is at, until it is let go."""

    task: asyncio.Future[Inspection]
    pid: int
    """Of the worker."""
    end: int
    """The writing end of the FIFO it waits for."""

    async def finish(self) -> Inspection:
        self.let_go()
        return await self.task

    def let_go(self) -> None:
        if self.end >= 0:
            os.close(self.end)
            self.end = -1


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Hold]:
    """Hands over a job, and returns when a worker is in the middle of it."""
    held = []

    async def hold(pool: Pool, padding: int = 0) -> Held:
        path = tmp_path / f"fifo{len(held)}"
        os.mkfifo(path)
        text = f"drill wait {path} ".ljust(padding, "x")
        task = asyncio.ensure_future(pool.inspect(job(text)))
        end = await asyncio.to_thread(os.open, path, os.O_WRONLY)
        held.append(Held(task, int(path.with_suffix(".pid").read_text()), end))
        return held[-1]

    yield hold
    for one in held:
        one.let_go()


# ── what it does ──────────────────────────────────────────────────────────────────────────────


async def test_excerpts_are_masked_before_they_leave_the_detector_process() -> None:
    pool = Pool(replace(config(), evidence=("drill.*",)), LENIENT)
    await pool.start()
    try:
        seen = await pool.inspect(job("drill find"))
    finally:
        await pool.close()
    (excerpt,) = {finding.excerpt for finding in seen.verdict.findings}
    assert "•" in excerpt
    assert "find" in excerpt


async def test_a_prompt_is_inspected_in_another_process(pool: Pool) -> None:
    seen = await pool.inspect(job("good morning"))

    assert seen.verdict.decision.action is Action.ALLOW
    assert seen.received_bytes == 12
    assert os.getpid() not in pool.pids()


async def test_all_workers_are_ready_at_the_start_and_the_zygote_has_one_thread(
    start: Start,
) -> None:
    pool = await start(workers=3)

    assert pool.stats().workers == len(pool.pids()) == 4  # one of them is for large prompts
    assert pool.stats().threads == 1


async def test_errors_of_the_body_keep_their_type(pool: Pool) -> None:
    with pytest.raises(UninspectedError, match=r"^corrupt$"):
        await pool.inspect(job("plain", encoding="gzip"))
    await is_served(pool)


async def test_many_prompts_at_once_each_get_their_own_verdict(start: Start) -> None:
    pool = await start(workers=2, limit_s=30)
    texts = ["drill find" if i % 3 == 0 else f"text {i}" for i in range(300)]

    seen = await asyncio.gather(*(pool.inspect(job(t)) for t in texts))

    assert [s.verdict.decision.action is Action.BLOCK for s in seen] == [
        t == "drill find" for t in texts
    ]
    assert [s.received_bytes for s in seen] == [len(t) for t in texts]


async def test_ten_megabytes_pass_and_one_byte_more_does_not(start: Start) -> None:
    pool = await start(limit_s=30)
    most = 10 * 1024 * 1024

    assert (await pool.inspect(job(b"x" * most))).received_bytes == most
    with pytest.raises(UninspectedError, match=r"^too-large$"):
        await pool.inspect(job(b"x" * (most + 1)))


async def test_wrong_rules_stop_the_start_with_their_own_message() -> None:
    pool = Pool(config("wrong_rules"), STRICT)

    with pytest.raises(ConfigError, match=r"^acme.yaml:3: a rule is wrong$"):
        await pool.start()


async def test_detectors_that_cannot_be_loaded_stop_the_start() -> None:
    pool = Pool(config("no_such_module"), STRICT)

    with pytest.raises(InspectionError, match="could not be loaded"):
        await pool.start()


# ── faults ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_faulty_detector_fails_its_own_job_only(pool: Pool, fault: str) -> None:
    with pytest.raises(InspectionError) as caught:
        await pool.inspect(job(f"drill {fault} swordfish"))

    assert "swordfish" not in str(caught.value)
    await is_served(pool)


async def test_an_unexpected_exception_names_its_type_and_place(pool: Pool) -> None:
    with pytest.raises(InspectionError, match=r"^ValueError in drills.py:\d+ _raise$"):
        await pool.inspect(job("drill raise"))


@pytest.mark.parametrize("padding", [0, 2 * LARGE_BYTES], ids=["small", "large"])
async def test_a_worker_killed_in_mid_request_is_replaced(
    start: Start, hold: Hold, padding: int
) -> None:
    pool = await start(limit_s=60)
    held = await hold(pool, padding=padding)

    os.kill(held.pid, signal.SIGKILL)

    with pytest.raises(InspectionError, match="ended"):
        await held.task
    await is_served(pool)
    await until(lambda: pool.stats().workers == 2)
    assert held.pid not in pool.pids()


async def test_a_worker_that_is_stopped_is_killed_at_the_deadline(pool: Pool, hold: Hold) -> None:
    late = pool.stats().late
    held = await hold(pool)
    os.kill(held.pid, signal.SIGSTOP)

    with pytest.raises(InspectionError, match="too long"):
        await held.task

    await is_served(pool)
    await until(lambda: not is_there(held.pid))
    assert pool.stats().late == late + 1


async def test_a_stopped_worker_does_not_hold_up_a_large_prompt_on_its_way_in(
    pool: Pool,
) -> None:
    for pid in pool.pids():
        os.kill(pid, signal.SIGSTOP)

    with pytest.raises(InspectionError, match="too long"):
        await pool.inspect(job(b"x" * 8_000_000))

    await until(lambda: pool.stats().workers == 2)


async def test_a_crash_does_not_touch_the_jobs_of_other_workers(start: Start, hold: Hold) -> None:
    pool = await start(workers=2, limit_s=60)
    held = await hold(pool)

    with pytest.raises(InspectionError):
        await pool.inspect(job("drill die"))
    await is_served(pool)

    await held.finish()


async def test_what_was_handed_to_a_worker_that_hangs_is_done_by_another(
    start: Start, hold: Hold
) -> None:
    pool = await start(workers=2, limit_s=60)
    one, other = await hold(pool), await hold(pool)
    waiting = [asyncio.ensure_future(pool.inspect(job(f"text {i}"))) for i in range(6)]
    await until(lambda: pool.stats().queued == 6)

    await one.finish()
    await asyncio.gather(*waiting)
    assert not other.task.done()
    await other.finish()
    await is_served(pool)
    assert pool.stats().lost == 0


async def test_jobs_behind_one_that_kills_its_worker_are_done_by_another(
    start: Start, hold: Hold
) -> None:
    pool = await start(limit_s=60)
    held = await hold(pool)
    texts = ["drill die", "drill find", "text", "drill die", "text"]
    waiting = [asyncio.ensure_future(pool.inspect(job(text))) for text in texts]
    await until(lambda: pool.stats().queued == 5)

    await held.finish()
    seen = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(s, InspectionError) for s in seen] == [t == "drill die" for t in texts]
    assert pool.stats().lost == 2


async def test_a_worker_killed_while_idle_costs_no_job(pool: Pool) -> None:
    for pid in pool.pids():
        process = psutil.Process(pid)
        process.kill()
        process.wait(60)  # the loop does not run: the pool cannot have noticed

    await is_served(pool)


async def test_many_crashes_in_a_row_are_survived(start: Start) -> None:
    pool = await start(workers=2, limit_s=30)

    seen = await asyncio.gather(
        *(pool.inspect(job("drill die" if i % 2 else "text")) for i in range(60)),
        return_exceptions=True,
    )

    assert [isinstance(s, InspectionError) for s in seen] == [i % 2 == 1 for i in range(60)]
    await is_served(pool)


async def test_a_killed_zygote_is_replaced_while_its_workers_serve(pool: Pool) -> None:
    pids, zygote = pool.pids(), pool.zygote_pid

    os.kill(zygote, signal.SIGKILL)
    await until(lambda: pool.zygote_pid != zygote)
    await is_served(pool)

    assert pool.pids() == pids
    await until(lambda: pool.stats().threads == 1)
    assert pool.zygote_pid not in (0, zygote)
    with pytest.raises(InspectionError):
        await pool.inspect(job("drill die"))
    await is_served(pool)


async def test_a_zygote_that_hangs_is_replaced_when_it_is_needed(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = await start(limit_s=60)
    zygote = pool.zygote_pid
    monkeypatch.setattr(handle, "READY_S", 1)
    os.kill(zygote, signal.SIGSTOP)

    with pytest.raises(InspectionError):
        await pool.inspect(job("drill die"))
    await until(lambda: pool.zygote_pid not in (0, zygote))
    await until(lambda: pool.stats().workers == 2)

    await is_served(pool)


# ── waiting ───────────────────────────────────────────────────────────────────────────────────


async def test_waiting_in_the_queue_counts_towards_the_limit(start: Start, hold: Hold) -> None:
    pool = await start()
    held = await hold(pool)
    os.kill(pool.zygote_pid, signal.SIGSTOP)  # nobody takes the place of who is killed
    before = time.monotonic()

    with pytest.raises(InspectionError, match="too long"):
        await pool.inspect(job("waiting"))

    assert time.monotonic() - before > 0.99 * LIMIT_S
    os.kill(pool.zygote_pid, signal.SIGCONT)
    with pytest.raises(InspectionError):
        await held.task


@pytest.mark.parametrize(("jobs", "size_bytes"), [(2, 10**9), (1000, 10)])
async def test_a_full_queue_refuses_at_once(
    start: Start,
    hold: Hold,
    monkeypatch: pytest.MonkeyPatch,
    jobs: int,
    size_bytes: int,
) -> None:
    monkeypatch.setattr(lane, "QUEUE_JOBS", jobs)
    monkeypatch.setattr(lane, "QUEUE_BYTES", size_bytes)
    pool = await start(limit_s=60)
    held = await hold(pool)
    waiting = [asyncio.ensure_future(pool.inspect(job("12345"))) for _ in range(2)]
    await until(lambda: pool.stats().queued == 2)

    with pytest.raises(InspectionError, match="full"):
        await pool.inspect(job("12345"))

    assert pool.stats().queued_bytes == 10
    await held.finish()
    await asyncio.gather(*waiting)
    assert pool.stats().queued_bytes == 0
    await is_served(pool)


async def test_who_stops_waiting_leaves_the_queue(start: Start, hold: Hold) -> None:
    pool = await start(limit_s=60)
    held = await hold(pool)
    waiting = asyncio.ensure_future(pool.inspect(job("waiting")))
    await until(lambda: pool.stats().queued == 1)

    waiting.cancel()
    held.task.cancel()
    await asyncio.wait([waiting, held.task])

    assert pool.stats().queued == pool.stats().queued_bytes == 0
    held.let_go()
    await is_served(pool)
    assert pool.stats().lost == 0


async def test_small_prompts_do_not_wait_behind_a_large_one(start: Start, hold: Hold) -> None:
    pool = await start(limit_s=60)
    held = await hold(pool, padding=2 * LARGE_BYTES)

    await is_served(pool)

    assert psutil.Process(held.pid).nice() == min(psutil.Process().nice() + 10, 19)
    await held.finish()


async def test_a_prompt_that_unpacks_to_a_large_one_changes_lanes(start: Start, hold: Hold) -> None:
    pool = await start(limit_s=60)
    held = await hold(pool, padding=2 * LARGE_BYTES)
    packed = job(zlib.compress(b"12345678" * LARGE_BYTES), encoding="deflate")
    waiting = asyncio.ensure_future(pool.inspect(packed))

    await until(lambda: pool.stats().queued == 1)
    await is_served(pool)
    await held.finish()

    assert (await waiting).received_bytes == 8 * LARGE_BYTES


# ── reload and end ────────────────────────────────────────────────────────────────────────────


async def test_a_reload_is_in_force_for_the_next_job_and_not_for_those_before(
    start: Start, hold: Hold
) -> None:
    pool = await start(LENIENT, limit_s=60)
    held = await hold(pool)
    before = asyncio.ensure_future(pool.inspect(job("drill find")))
    await until(lambda: pool.stats().queued == 1)

    await pool.reload(STRICT)
    after = asyncio.ensure_future(pool.inspect(job("drill find")))
    await held.finish()

    assert (await before).verdict.decision.action is Action.ALLOW
    assert (await after).verdict.decision.action is Action.BLOCK


async def test_a_new_worker_has_the_reloaded_policy(start: Start) -> None:
    pool = await start(LENIENT)
    await pool.reload(STRICT)

    with pytest.raises(InspectionError):
        await pool.inspect(job("drill die"))

    await is_served(pool)


async def test_the_examples_of_a_policy_are_run_under_that_policy(pool: Pool) -> None:
    kept = Example(sent="drill find", expect="block", by=("no-drills",))
    broken = Example(sent="good morning", expect="block")
    policy = STRICT.model_copy(update={"examples": (kept, broken, kept)})

    assert await pool.broken_promises(policy) == ("example 2: expected `block`, got `allow`",)
    assert await pool.broken_promises(STRICT) == ()


async def test_closing_fails_what_is_left_and_leaves_no_process(hold: Hold) -> None:
    pool = Pool(config(limit_s=60), STRICT)
    await pool.start()
    pids = [*pool.pids(), pool.zygote_pid]
    held = await hold(pool)
    waiting = asyncio.ensure_future(pool.inspect(job("waiting")))
    await until(lambda: pool.stats().queued == 1)

    await pool.close()

    for task in (held.task, waiting, asyncio.ensure_future(pool.inspect(job("late")))):
        with pytest.raises(InspectionError, match="stopping"):
            await task
    held.let_go()
    await until(lambda: not any(map(is_there, pids)))


PROXY = """
import asyncio, sys
from tests.proxy_addons.test_pool import STRICT, Pool, config, job

async def main():
    pool = Pool(config(), STRICT)
    await pool.start()
    busy = asyncio.ensure_future(pool.inspect(job("drill loop")))
    await asyncio.sleep(0)
    print(pool.zygote_pid, *pool.pids(), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_nothing_survives_a_proxy_that_is_killed() -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", PROXY], cwd=root, stdout=subprocess.PIPE, text=True
    ) as proxy:
        assert proxy.stdout is not None
        pids = [int(pid) for pid in proxy.stdout.readline().split()]
        assert len(pids) == 3
        assert all(map(is_there, pids))
        proxy.kill()

    await until(lambda: not any(map(is_there, pids)))


# ── what stays inside ─────────────────────────────────────────────────────────────────────────


async def test_the_key_is_on_no_command_line_and_in_no_environment(pool: Pool) -> None:
    for pid in (pool.zygote_pid, *pool.pids()):
        for name in ("cmdline", "environ"):
            assert KEY not in Path(f"/proc/{pid}/{name}").read_bytes()


async def test_a_worker_prints_nothing(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    pool = await start()

    await pool.inspect(job("drill print swordfish"))
    with pytest.raises(InspectionError):
        await pool.inspect(job("drill raise swordfish"))
    await pool.close()

    assert "swordfish" not in "".join(capfd.readouterr())
