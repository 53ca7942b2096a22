"""Writers that are killed in mid-write, again and again.

`python -m tests.reports.crashes URL STATE RUNS` is a process of its own that imports everything
once and then forks, so that a run costs milliseconds. Prints one JSON object: how many records
were acknowledged, kept and lost.
"""

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path

from reports.ledger import Ledger
from tests.reports.samples import violation
from tests.reports.servers import wait_for

WRITERS = 3
AT_ONCE = 4
"""Records each writer has in flight."""

ENOUGH = 8
"""Records each writer has had acknowledged before it is killed."""


def write(url: str, state: Path, first: int, pipe: int) -> None:
    """Record for ever; say each id once it is acknowledged."""

    async def one(ledger: Ledger, lane: int) -> None:
        number = first + lane
        while True:
            # A person of its own each, lest they be taken for a flood and kept together.
            await ledger.record(violation(number, user=f"person{number}"))
            os.write(pipe, f"{number}\n".encode())
            number += AT_ONCE

    async def all_() -> None:
        ledger = Ledger.open(url, state)
        await asyncio.gather(*(one(ledger, lane) for lane in range(AT_ONCE)))

    asyncio.run(all_())


def run(url: str, state: Path, number: int, rng: random.Random) -> list[int]:
    """Three writers, killed after a moment; returns what they had acknowledged."""
    children = []
    path = url.removeprefix("sqlite:///")
    for writer in range(WRITERS):
        read, pipe = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            write(url, state, number * 1_000_000 + writer * 100_000, pipe)
            os._exit(1)
        os.close(pipe)
        children.append((pid, read))
    said = [enough(read) for _, read in children]
    lock = None
    if number % 3 == 2 and path != url:
        # A third process holds the database, so that the kill strikes the spool.
        lock = sqlite3.connect(path, isolation_level=None, timeout=0)
        wait_for(lambda: held(lock))
        wait_for(lambda: any((state / "spool").glob("*.jsonl")))
    time.sleep(rng.uniform(0.08, 0.35))
    for pid, _ in children:
        os.kill(pid, signal.SIGKILL)
    acknowledged = []
    for (pid, read), before in zip(children, said, strict=True):
        with os.fdopen(read, "rb") as lines:
            acknowledged += [int(line) for line in (before + lines.read()).split(b"\n")[:-1]]
        os.waitpid(pid, 0)
    if lock:
        lock.execute("ROLLBACK")
        lock.close()
    return acknowledged


def enough(read: int) -> bytes:
    """What a writer says until it has had some records acknowledged."""
    said = b""
    while said.count(b"\n") < ENOUGH:
        piece = os.read(read, 65536)
        assert piece, "a writer ended"
        said += piece
    return said


def held(lock: sqlite3.Connection) -> bool:
    """Whether the write lock could be had in between the writers."""
    try:
        lock.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    return True


def main(url: str, state: Path, runs: int) -> None:
    rng = random.Random(runs)
    acknowledged: list[int] = []
    spooled = 0
    for number in range(runs):
        acknowledged += run(url, state, number, rng)
        spooled += any((state / "spool").glob("*.jsonl"))
    with Ledger.open(url, state) as ledger:
        moved = ledger.replay()
        kept = [body["id"] for _, _, body in ledger.records()]
        result = ledger.verify()
    print(
        json.dumps(
            {
                "acknowledged": len(acknowledged),
                "kept": len(kept),
                "doubled": len(kept) - len(set(kept)),
                "lost": len({violation(n).id for n in acknowledged} - set(kept)),
                "moved": moved,
                "runs_with_spool": spooled,
                "problem": result.problem,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
