"""What a chat costs that is resent with every turn, against scanning its whole text once.

Four people chat at the same time, 50 turns each, through real detector processes. CPU seconds of
those processes are what counts; each person's whole chat is then looked at once, by fresh ones.
"""

import asyncio
import json
import random
from collections.abc import Iterable
from pathlib import Path
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


def chats() -> list[list[str]]:
    """The texts of each person's chat, every one different."""
    return [[prompt(TURN_BYTES) for _ in range(2 * TURNS - 1)] for _ in range(PEOPLE)]


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
    config = WorkerConfig(detection, random.randbytes(32), cache=cache)
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


def measured() -> tuple[float, float]:
    """CPU seconds of the detectors: resent turn by turn, and once."""
    said = chats()
    with TemporaryDirectory(prefix="penstock-bench-") as folder:
        once = asyncio.run(_measure(False, said, Path(folder)))
        return asyncio.run(_measure(True, said, Path(folder))), once


def main() -> Iterable[tuple[str, float]]:
    """The ratio, and what was measured."""
    resent, once = measured()
    print(f"\nChats of {TURNS} turns, {PEOPLE} people at a time, {WORKERS} detector processes")
    print(f"  each text once {once:6.2f} CPU s\n  resent each turn {resent:4.2f} CPU s")
    yield "a chat of 50 turns, resent with each, costs at most twice its text once", resent / once


if __name__ == "__main__":
    for says, ratio in main():
        print(f"  {ratio:.2f}  {says}")
