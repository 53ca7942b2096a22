"""What a chat costs that is resent with every turn, against looking at its whole text once.

People chat at the same time, 50 turns each, through real detector processes. CPU seconds of those
processes are what counts, reading and deciding included; each person's whole chat is looked at
once, by fresh ones. `python -m benchmarks.chats` runs this alone.
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory

from benchmarks import cpu
from benchmarks.prompts import prompt
from penstock.model import Sender
from penstock.settings import DetectionSettings
from policy.load import load
from proxy_addons.chats.chats import Chats
from proxy_addons.inspection import Job
from proxy_addons.pool import Pool
from proxy_addons.zygote import WorkerConfig

TURNS, PEOPLE, WORKERS = 50, 4, 2
TURN_BYTES = 1200


def chats(people: int) -> list[list[str]]:
    """The texts of each person's chat, every one different."""
    return [[prompt(TURN_BYTES) for _ in range(2 * TURNS - 1)] for _ in range(people)]


def _job(person: int, texts: list[str]) -> Job:
    messages = [{"role": ("user", "assistant")[i % 2], "content": t} for i, t in enumerate(texts)]
    return Job(
        service="openai-api",
        dialect="openai_chat",
        method="POST",
        target="/v1/chat/completions",
        content_type="application/json",
        content_encoding="",
        body=json.dumps({"model": "m", "messages": messages}).encode(),
        user_agent="",
        sender=Sender(f"person {person}", service="openai-api"),
        max_body_bytes=10 * 1024 * 1024,
    )


async def _resent(look: Chats, person: int, texts: list[str]) -> None:
    for end in range(1, len(texts) + 1, 2):
        await look.look(_job(person, texts[:end]))


async def _once(look: Chats, person: int, texts: list[str]) -> None:
    await look.look(_job(person, texts))


async def _measure(resent: bool, said: list[list[str]], cache: Path) -> float:
    detection = DetectionSettings(workers=WORKERS, limit_s=600)
    config = WorkerConfig(detection, token_bytes(32), cache=cache)
    pool = Pool(config, load("default").policy)
    await pool.start()
    look = Chats(pool, detection.limit_s)
    try:
        before = cpu.used_s(list(pool.pids()))
        turn = _resent if resent else _once
        await asyncio.gather(*(turn(look, i, texts) for i, texts in enumerate(said)))
        return cpu.used_s(list(pool.pids())) - before
    finally:
        look.close()
        await pool.close()


def measured() -> Iterator[tuple[str, float]]:
    """What is said of each number of people, and the ratio."""
    for people in (1, PEOPLE):
        said = chats(people)
        with TemporaryDirectory(prefix="penstock-bench-") as folder:
            once = asyncio.run(_measure(False, said, Path(folder)))
            resent = asyncio.run(_measure(True, said, Path(folder)))
        print(f"\nChats of {TURNS} turns, {people} at a time, {WORKERS} detector processes")
        print(f"  each text once   {once:6.2f} CPU s")
        print(f"  resent each turn {resent:6.2f} CPU s, x {resent / once:.2f}")
        yield (
            f"{people} at a time: a chat resent each turn, at most x 2 its text once",
            resent / once,
        )


if __name__ == "__main__":
    for says, ratio in measured():
        print(f"  {ratio:.2f}  {says}")
