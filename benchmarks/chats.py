"""What a chat costs that is resent with every turn, against looking at its text once.

People chat at the same time, 50 turns each, through real detector processes. CPU seconds of those
processes are what counts, reading and deciding included. Text is looked at once in two ways, by
fresh processes each: turn by turn without what came before it, and all of a chat in one request,
where detectors have less to do for each text. `python -m benchmarks.chats` runs this alone.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
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


async def _turns(look: Chats, person: int, texts: list[str]) -> None:
    for end in range(1, len(texts) + 1, 2):
        await look.look(_job(person, texts[max(0, end - 2) : end]))


async def _whole(look: Chats, person: int, texts: list[str]) -> None:
    await look.look(_job(person, texts))


type Way = Callable[[Chats, int, list[str]], Awaitable[None]]


async def _measure(way: Way, said: list[list[str]], cache: Path) -> float:
    detection = DetectionSettings(workers=WORKERS, limit_s=600)
    config = WorkerConfig(detection, token_bytes(32), cache=cache, state=cache)
    pool = Pool(config, load("default").policy)
    await pool.start()
    look = Chats(pool, detection.limit_s)
    try:
        before = cpu.used_s(list(pool.pids()))
        await asyncio.gather(*(way(look, i, texts) for i, texts in enumerate(said)))
        return cpu.used_s(list(pool.pids())) - before
    finally:
        look.close()
        await pool.close()


def measured() -> Iterator[tuple[str, float]]:
    """What is said of each number of people, and the ratio."""
    for people in (1, PEOPLE):
        said = chats(people)
        with TemporaryDirectory(prefix="penstock-bench-") as folder:
            whole, turns, resent = (
                asyncio.run(_measure(way, said, Path(folder))) for way in (_whole, _turns, _resent)
            )
        print(f"\nChats of {TURNS} turns, {people} at a time, {WORKERS} detector processes")
        print(f"  all in one request {whole:6.2f} CPU s")
        print(f"  each turn alone    {turns:6.2f} CPU s")
        print(f"  resent each turn   {resent:6.2f} CPU s, x {resent / whole:.2f} and", end=" ")
        print(f"x {resent / turns:.2f}")
        yield f"{people} at a time: a chat resent each turn, at most x 2 its turns", resent / turns


if __name__ == "__main__":
    for says, ratio in measured():
        print(f"  {ratio:.2f}  {says}")
