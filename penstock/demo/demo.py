"""`penstock demo`: the four actions happen before your eyes, and a year of reports to look at."""

import asyncio
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from penstock import app
from penstock.demo import samples, show
from penstock.demo.outcome import Outcome
from penstock.demo.running import RunningProxy
from penstock.demo.samples import Trial
from penstock.demo.standins import MODEL_NAME, StandIns
from penstock.model import Action
from penstock.settings import load
from reports.demo import seed_demo
from reports.ledger import Month

KEPT_S = 60.0
"""Longest wait for records."""

MODEL = "internal"
"""What the strict policy calls the model that redirects go to."""


def run(cache: Path, *, once: bool = False, as_json: bool = False) -> int:
    """The demo; exit code 0 if all four actions really happened. Without `once` it stays up.

    `cache`: where a real installation keeps what it compiles, which need not be again there.
    """
    try:
        return asyncio.run(_run(cache, once, as_json))
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM


async def _run(cache: Path, once: bool, as_json: bool) -> int:
    loop, this = asyncio.get_running_loop(), asyncio.current_task()
    assert this is not None
    # the proxy process and the folder go when we do, however we are told to
    loop.add_signal_handler(signal.SIGTERM, this.cancel)
    with TemporaryDirectory(prefix="penstock-demo-") as name:
        folder = Path(name)
        async with StandIns() as standins:
            proxy = RunningProxy(folder, settings(folder, standins), cache)
            show.note("starting the proxy, the stand-in services and the stand-in model …")
            async with _a_year(proxy.config) as year, proxy:
                outcome = await _try_all(proxy, standins, await asyncio.wrap_future(year))
                if as_json:
                    json.dump(show.document(outcome), sys.stdout, ensure_ascii=False, indent=2)
                    sys.stdout.write("\n")
                else:
                    show.outcome(outcome)
                sys.stdout.flush()
                if not once:
                    show.how_to_go_on(proxy)
                    await _told_to_stop()
    return 1 if outcome.problems else 0


async def _try_all(proxy: RunningProxy, standins: StandIns, made_up: int) -> Outcome:
    began = datetime.now(UTC)
    trials = [trial async for trial in samples.trials(proxy, standins)]
    records = await _kept(proxy.config, began, trials)
    return Outcome(
        tuple(trials),
        tuple(body for body in records if body["kind"] == "violation"),
        tuple(body for body in records if body["kind"] == "answer"),
        made_up,
    )


async def _kept(
    config: Path, began: datetime, trials: Sequence[Trial]
) -> tuple[dict[str, Any], ...]:
    """The records of the trials. Where the disk is busy they come out of the spool after a moment,
    and what a model used for its answer is recorded after the answer."""
    asked = [trial.sample.action for trial in trials]
    expected = {
        "violation": len(asked) - asked.count(Action.ALLOW),
        "answer": asked.count(Action.REDIRECT),
    }
    end = time.monotonic() + KEPT_S
    while True:
        records = await asyncio.to_thread(_records, config, began)
        kinds = Counter(body["kind"] for body in records)
        if kinds >= Counter(expected) or time.monotonic() > end:
            return records
        await asyncio.sleep(0.2)


async def _told_to_stop() -> None:
    enough = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, enough.set)
    await enough.wait()


@asynccontextmanager
async def _a_year(config: Path) -> AsyncIterator[Future[int]]:
    """A year of made-up records, written while the block runs and waited for at its end."""
    writer = ThreadPoolExecutor(1)
    # the first to open a ledger says whether it is for made-up records
    await asyncio.to_thread(_begin, config)
    try:
        yield writer.submit(_seed, config)
    finally:
        await asyncio.to_thread(writer.shutdown)


def settings(folder: Path, standins: StandIns) -> dict[str, object]:
    """Settings under which `standins` stand in for the world; the CA is put into `folder`."""
    ca = folder / "standins.pem"
    ca.write_bytes(standins.ca_pem)
    return {
        "policy": "strict",
        "organization": "Demo company",
        "models": {MODEL: {"base_url": standins.model_url, "model": MODEL_NAME}},
        "proxy": {"upstream_map": standins.upstream_map, "upstream_ca": str(ca)},
        "detection": {"workers": 2},
    }


def _begin(config: Path) -> None:
    app.open_ledger(load(config, {}).settings, demo=True).close()


def _seed(config: Path) -> int:
    with app.open_ledger(load(config, {}).settings, demo=True) as ledger:
        return seed_demo(ledger, datetime.now(UTC))


def _records(config: Path, began: datetime) -> tuple[dict[str, Any], ...]:
    since = began.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    with app.open_ledger(load(config, {}).settings) as ledger:
        month = ledger.records(Month.of(began))
        return tuple(body for _, _, body in month if body["at"] >= since)
