"""The company's own files are read again without a restart, or the old ones stay."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from penstock.app import OwnFiles
from penstock.errors import ConfigError
from penstock.model import Action
from penstock.settings import DetectionSettings, DictionarySettings
from policy.schema import Policy, Rule, When
from proxy_addons.inspection import Job
from proxy_addons.pool import Pool
from proxy_addons.zygote import WorkerConfig
from tests.proxy_addons.test_pool import job

POLICY = Policy(
    name="own-terms",
    rules=(Rule(id="no-terms", why="test", when=When(data=("custom.*",)), then="block"),),
    examples=(),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "terms.txt"
    path.write_text("Project Falcon\n", "utf-8")
    return path


@pytest.fixture
def detection(file: Path) -> DetectionSettings:
    return DetectionSettings(workers=2, dictionaries=(DictionarySettings(file=file),))


@pytest_asyncio.fixture
async def pool(detection: DetectionSettings) -> AsyncIterator[Pool]:
    config = WorkerConfig(detection, bytes(32), detectors="tests.proxy_addons.own_terms")
    pool = Pool(config, POLICY)
    await pool.start()
    yield pool
    await pool.close()


async def action(pool: Pool, said: Job) -> Action:
    return (await pool.inspect(said)).verdict.decision.action


async def test_a_changed_file_counts_once_it_is_renewed(pool: Pool, file: Path) -> None:
    assert await action(pool, job("about project falcon")) is Action.BLOCK
    assert await action(pool, job("about project heron")) is Action.ALLOW

    file.write_text("Project Heron\n", "utf-8")
    before = pool.pids()
    await pool.renew()

    assert await action(pool, job("about project falcon")) is Action.ALLOW
    assert await action(pool, job("about project heron")) is Action.BLOCK
    assert not set(before) & set(pool.pids())
    assert pool.stats().lost == 0


async def test_a_wrong_file_changes_nothing(pool: Pool, file: Path) -> None:
    before = pool.pids()
    file.write_text("Project Heron\nx\n", "utf-8")

    with pytest.raises(ConfigError, match=r"terms\.txt:2: a term has two letters or more"):
        await pool.renew()

    assert pool.pids() == before
    assert await action(pool, job("about project falcon")) is Action.BLOCK


async def test_a_job_under_way_is_finished(pool: Pool, file: Path) -> None:
    file.write_text("Project Heron\n", "utf-8")
    jobs = [asyncio.ensure_future(pool.inspect(job("about project falcon"))) for _ in range(20)]
    await pool.renew()

    assert len(await asyncio.gather(*jobs)) == 20


async def test_a_changed_file_is_noticed(
    pool: Pool, file: Path, detection: DetectionSettings
) -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    watching = asyncio.create_task(OwnFiles(detection, pool, said.put_nowait).watch())
    try:
        file.write_text("x\n", "utf-8")
        while True:  # until the watcher has seen the file as it was
            try:
                async with asyncio.timeout(3):
                    assert "terms.txt:1" in await said.get()
                break
            except TimeoutError:
                file.write_text(file.read_text("utf-8") + "x\n", "utf-8")
        file.write_text("Project Heron\n", "utf-8")
        while await said.get() != "the company's own files were read again":
            pass
    finally:
        watching.cancel()

    assert await action(pool, job("about project heron")) is Action.BLOCK
