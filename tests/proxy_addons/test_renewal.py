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
from policy.schema import Example, Policy, Rule, When
from proxy_addons.inspection import Job
from proxy_addons.pool import Pool
from proxy_addons.zygote import WorkerConfig
from tests.proxy_addons.test_pool import job

TASKS = Path("/proc/self/task")

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
    own_files = OwnFiles(detection, pool, lambda: POLICY, said.put_nowait)
    file.write_text("x\n", "utf-8")  # also what changes before anybody watches
    watching = asyncio.create_task(own_files.watch())
    try:
        assert "terms.txt:1" in await said.get()
        file.write_text("Project Heron\n", "utf-8")
        while not (read := await said.get()).startswith("the company's own files were read again"):
            pass
        assert read.endswith("; what was wrong with them is mended, all of them are in force")
        file.write_text("Project Heron\nProject Egret\n", "utf-8")
        assert await said.get() == "the company's own files were read again"
    finally:
        watching.cancel()

    assert await action(pool, job("about project heron")) is Action.BLOCK


def children() -> set[str]:
    """Processes that this one has started."""
    return {pid for task in TASKS.iterdir() for pid in (task / "children").read_text().split()}


async def test_a_changed_file_is_noticed_at_once(
    pool: Pool, file: Path, detection: DetectionSettings
) -> None:
    """Detectors take as long to load as they take; they begin to well within a second."""
    own_files = OwnFiles(detection, pool, lambda: POLICY, lambda _: None)
    watching = asyncio.create_task(own_files.watch())
    before = children()
    try:
        await asyncio.sleep(0.05)
        file.write_text("Project Heron\n", "utf-8")
        async with asyncio.timeout(0.8):
            while children() <= before:
                await asyncio.sleep(0.01)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


@pytest.mark.parametrize("name", ["acme.yaml", "acme.yml"])
async def test_a_policy_that_changed_files_break_is_told(
    pool: Pool, file: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / name).write_text("rules: []\n", "utf-8")
    falcon = Example(sent="about project falcon", expect="block")
    policy = POLICY.model_copy(update={"examples": (falcon,)})
    said: asyncio.Queue[str] = asyncio.Queue()
    detection = DetectionSettings(rules=(tmp_path / "rules",))
    own_files = OwnFiles(detection, pool, lambda: policy, said.put_nowait)
    watching = asyncio.create_task(own_files.watch())
    try:
        file.write_text("Project Heron\n", "utf-8")
        with (tmp_path / "rules" / name).open("a") as changed:
            changed.write("# in its place\n")
        assert await said.get() == "the company's own files were read again"
        assert "example 1: expected `block`, got `allow`" in await said.get()
    finally:
        watching.cancel()


async def test_the_next_change_is_seen_also_after_one_whose_effect_is_unknown(
    pool: Pool, file: Path, detection: DetectionSettings
) -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    policies: dict[str, Policy] = {}
    own_files = OwnFiles(detection, pool, lambda: policies["in force"], said.put_nowait)
    watching = asyncio.create_task(own_files.watch())
    try:
        for words in ("Project Heron\n", "Project Heron\nProject Egret\n"):
            file.write_text(words, "utf-8")
            assert await said.get() == "the company's own files were read again"
            assert (await said.get()).endswith("is unknown: KeyError")
    finally:
        watching.cancel()


RULE = """
rules:
  - id: custom.falcon
    name: our project
    source: https://acme.test
    pattern: '\\bFalcon-[0-9]{2}\\b'
    confidence: 0.9
    hits: ['about «Falcon-17»']
    misses: ['Falcon']
"""


async def test_changed_rules_take_the_place_of_the_old_ones_or_do_not(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    assert pytestconfig.cache is not None
    (tmp_path / "acme.yaml").write_text(RULE, "utf-8")
    detection = DetectionSettings(workers=1, rules=(tmp_path,))
    cache = pytestconfig.cache.mkdir("penstock") / "compiled"
    pool = Pool(WorkerConfig(detection, bytes(32), cache=cache), POLICY)
    await pool.start()
    try:
        assert await action(pool, job("about Falcon-17")) is Action.BLOCK
        assert await action(pool, job("about Heron-17")) is Action.ALLOW

        (tmp_path / "acme.yaml").write_text(RULE.replace("Falcon-17", "Falcon-7"), "utf-8")
        with pytest.raises(ConfigError, match=r"acme\.yaml:8: `custom\.falcon` finds nothing"):
            await pool.renew()
        assert await action(pool, job("about Falcon-17")) is Action.BLOCK

        (tmp_path / "acme.yaml").write_text(RULE.replace("Falcon-", "Heron-"), "utf-8")
        renewing = asyncio.ensure_future(pool.renew())
        while not renewing.done():  # the old ones serve meanwhile
            assert await action(pool, job("about Falcon-17")) is Action.BLOCK
            await asyncio.sleep(0.05)
        await renewing
        assert await action(pool, job("about Falcon-17")) is Action.ALLOW
        assert await action(pool, job("about Heron-17")) is Action.BLOCK
    finally:
        await pool.close()
