"""What a proxy does beside its traffic: reports of finished months, and deleting what is old.

In a process of its own that yields to everything else: laying out a PDF takes seconds.
"""

import asyncio
import contextlib
import multiprocessing
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

from penstock.errors import PenstockError
from penstock.orphans import end_with_parent
from penstock.settings import Settings
from reports import facts, seal
from reports.ledger import Ledger
from reports.ledger.retention import Retention, retain
from reports.monthly.asked import ServiceFacts
from reports.schedule import Plan, build_finished
from reports.seal import Seal

FIRST_S = 600.0
"""How long after its start a proxy does them first."""

EVERY_S = 6 * 3600.0


async def keep(settings: Settings, say: Callable[[str], None]) -> None:
    """Do them again and again, for ever. What went wrong is said, and tried again."""
    wait = FIRST_S
    while True:
        await asyncio.sleep(wait)
        wait = EVERY_S
        if await apart(settings):
            say("reports or retention failed; see: penstock doctor")


def do(
    ledger: Ledger, settings: Settings, services: dict[str, ServiceFacts], now: datetime
) -> None:
    """Delete what is old, then build bundles of finished months. Blocks. Raises PenstockError."""
    retain(ledger, retention(settings), now)
    if settings.reports.directory:
        plan = Plan(
            settings.reports.directory,
            version("penstock"),
            settings.organization,
            settings.language,
            settings.reports.formats,
            facts=facts.load(settings.facts) if settings.facts else facts.Facts(),
            services=services,
            seal=open_seal(settings) if "pdf" in settings.reports.formats else None,
            tell=settings.reports.tell,
        )
        build_finished(ledger, plan, now)


def open_seal(settings: Settings) -> Seal:
    """What PDFs are signed with. Raises ConfigError, LedgerError."""
    ours = settings.reports
    return seal.load(
        settings.state,
        settings.organization,
        key=ours.pdf_key,
        certificate=ours.pdf_certificate,
        timestamps=ours.timestamps,
    )


def retention(settings: Settings) -> Retention:
    """How long the settings say that what is kept. Raises ConfigError."""
    kept = settings.retention
    return Retention(
        kept.records_days, kept.evidence_days, kept.roll_ups_months, dict(kept.classes)
    )


async def apart(settings: Settings) -> int:
    """`do` in another process; returns its exit code."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_process, args=(settings, os.getpid()), daemon=True)
    process.start()
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(process.sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process.sentinel)
        process.kill()
        process.join()
    return process.exitcode or 0


def _process(settings: Settings, parent: int) -> None:
    from penstock.app import open_ledger, service_facts

    end_with_parent(parent)
    with contextlib.suppress(OSError):
        os.nice(19)
    try:
        with open_ledger(settings) as ledger:
            do(ledger, settings, service_facts(settings), datetime.now(UTC))
    except PenstockError as error:
        print(f"penstock: {error}\n", end="", file=sys.stderr)  # one write, see cli/run.py
        sys.exit(1)
