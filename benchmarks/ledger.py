"""How fast records are kept, and that a report does not care how many there are.

`python -m benchmarks.ledger [--violations N]`: SQLite on this disk, every record committed with
`synchronous=FULL` before it counts. With `--violations 2000000`
it takes about half an hour and 6 GB.
"""

import argparse
import asyncio
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from penstock.model import Action, Outcome, Tally, Violation
from reports.ledger import Ledger
from reports.monthly import build, render

MONTH = "2026-10"
FEW = 20_000
AT_ONCE = 64
RECORDED = 20_000
SINGLE = 500

INGEST_FLOOR = 2000.0
"""Records a second."""
REPORT_CEILING = 1.2
"""Time of a report over many violations, by that over few."""


def violations(number: int, seed: int, days: int = 31) -> Iterator[Violation]:
    """As varied as a big company's, spread over the first `days` of one month."""
    rng = random.Random(seed)
    start = datetime(2026, 10, 1, tzinfo=UTC)
    classes = ["pii.email", "pii.person", "code.source", "secret.password", "pci.card_number"]
    actions = [Action.WARN, Action.REDACT, Action.REDIRECT, Action.BLOCK]
    for n in range(number):
        action = rng.choice(actions)
        name = rng.choice(classes)
        prints = tuple(sorted(f"{rng.getrandbits(128):032x}" for _ in range(2)))
        yield Violation(
            id=str(uuid.UUID(int=rng.getrandbits(128))),
            at=start + timedelta(seconds=rng.randrange(days * 86400)),
            action=action,
            asked=action,
            outcome=Outcome.DISCLOSED if action is Action.WARN else Outcome.PREVENTED,
            rules=(f"rule-{name.partition('.')[0]}",),
            policy="strict",
            policy_sha256="ab" * 32,
            service=rng.choice(["chatgpt", "openai-api", "anthropic-api", "gemini-api"]),
            host="api.example",
            endpoint="POST /v1/chat/completions",
            dialect="openai_chat",
            user=f"person{rng.randrange(5000)}@example.com",
            groups=(rng.choice(["sales", "research", "legal", "it"]),),
            account=rng.choice(["free", "corporate", "personal"]),
            identified_by="basic",
            findings=(Tally(name, f"{name}@1", 3, 0.9, prints),),
            received_bytes=1500,
            sent_bytes=0 if action is Action.BLOCK else 1500,
            sent_sha256="" if action is Action.BLOCK else f"{n:064x}",
        )


def opened(place: Path, name: str) -> Ledger:
    """A new ledger."""
    state = place / name
    return Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}", state)


async def ingest(ledger: Ledger, at_once: int, number: int) -> tuple[float, list[float]]:
    """Records a second, and the sorted waits in milliseconds, as the guard would have them: all of
    one day, as they happen.
    """
    waiting = violations(number, at_once, days=1)
    waits: list[float] = []

    async def sender() -> None:
        for violation in waiting:
            before = time.perf_counter()
            await ledger.record(violation)
            waits.append((time.perf_counter() - before) * 1000)

    before = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(at_once)))
    return number / (time.perf_counter() - before), sorted(waits)


def fill(ledger: Ledger, number: int, seed: int) -> float:
    """Keep `number` violations at once; returns records a second."""
    before = time.perf_counter()
    done = 0
    batch: list[Violation] = []
    for violation in violations(number, seed):
        batch.append(violation)
        if len(batch) == 5000:
            done += ledger.append(batch)
            batch.clear()
            if sys.stderr.isatty():
                print(f"\r  {done:,} of {number:,}", end="", file=sys.stderr)
    ledger.append(batch)
    return number / (time.perf_counter() - before)


def timed(work: Callable[[], object], rounds: int = 7) -> float:
    """Median seconds of `work`."""
    took = []
    for _ in range(rounds):
        before = time.perf_counter()
        work()
        took.append(time.perf_counter() - before)
    return median(took)


def is_busy() -> bool:
    """Whether others use this machine so much that a rate says nothing."""
    return os.getloadavg()[0] > (os.cpu_count() or 1) + 1


def report(ledger: Ledger) -> None:
    """A month's report in the formats that grow with a document, not with the layout of pages."""
    document = build(ledger, MONTH, version="bench")
    for format in ("html", "json", "csv", "xlsx"):
        render(document, format)


def main() -> int:
    """Returns 1 where a promise does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--violations", type=int, default=200_000)
    many = parser.parse_args().violations
    holds = True
    with TemporaryDirectory(prefix="penstock-bench-") as directory:
        place = Path(directory)
        with opened(place, "single") as ledger:
            rate, waits = asyncio.run(ingest(ledger, 1, SINGLE))
            print(
                f"one at a time   {rate:8.0f} records/s   p50 {median(waits):.2f} ms   "
                f"p99 {waits[int(len(waits) * 0.99)]:.2f} ms"
            )
        with opened(place, "together") as ledger:
            cpu = time.process_time()
            rate, waits = asyncio.run(ingest(ledger, AT_ONCE, RECORDED))
            cpu = (time.process_time() - cpu) / RECORDED
            print(
                f"{AT_ONCE} at a time    {rate:8.0f} records/s   p50 {median(waits):.2f} ms   "
                f"p99 {waits[int(len(waits) * 0.99)]:.2f} ms   {cpu * 1e6:.0f} µs of CPU each, "
                f"so at most {1 / cpu:.0f}/s on one core   "
                f"floor {INGEST_FLOOR:.0f}/s{' (machine is busy: not judged)' if is_busy() else ''}"
            )
            holds &= rate >= INGEST_FLOOR or is_busy()
        with opened(place, "few") as few, opened(place, "many") as lots:
            fill(few, FEW, 1)
            print(f"in bulk         {fill(lots, many, 2):8.0f} records/s")
            # In turn, so that what else this machine does hits both.
            pairs = [
                (timed(lambda: report(few), 1), timed(lambda: report(lots), 1)) for _ in range(9)
            ]
            small, large = median(a for a, _ in pairs), median(b for _, b in pairs)
            print(
                f"report          {small * 1000:8.0f} ms over {FEW:,}   {large * 1000:.0f} ms over "
                f"{many:,}   ratio {large / small:.2f}   ceiling {REPORT_CEILING}"
            )
            holds &= large / small <= REPORT_CEILING
            before = time.perf_counter()
            intact = lots.verify().intact
            took = time.perf_counter() - before
            print(f"verify          {many / took:8.0f} records/s   intact: {intact}")
            holds &= intact
    print("all hold" if holds else "NOT ALL HOLD")
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
