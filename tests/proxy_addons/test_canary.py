"""A made-up card number is held in the shape of every dialect's requests, by the whole proxy."""

import asyncio
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from detectors.base import Detector, Match
from penstock.pipeline import Scanner
from penstock.settings import Settings
from policy.load import LoadedPolicy
from policy.schema import Policy
from proxy_addons import canary, coverage
from proxy_addons.canary import Shape, misread, places
from proxy_addons.coverage import CANARY, Coverage, read
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Json, Request
from proxy_addons.dialects.messages import METHOD
from proxy_addons.inspection import Inspection, Job, run
from proxy_addons.rehearsal import Rehearsal
from proxy_addons.services import Services, load
from proxy_addons.watch import unseen, watch
from tests.proxy_addons import golden_canaries
from tests.proxy_addons.lab import Start


def _numbers(text: str) -> Iterable[Match]:
    for found in re.finditer(re.escape(canary.NUMBER), text):
        yield Match(canary.DATA_CLASS, found.start(), found.end(), 1.0)


SCANNER = Scanner(
    (Detector("numbers", 1, frozenset({canary.DATA_CLASS}), _numbers, (), ()),), (), b"key"
)
POLICY = LoadedPolicy(Policy(name="allows-all", rules=(), examples=()), Path("test.yaml"), "0" * 64)
CATALOGUE = load()


async def look(job: Job) -> Inspection:
    return run(job, SCANNER, POLICY.policy, "en")


def forget(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks a dialect: it finds nothing in what it reads."""

    def forgetful(request: Request) -> Json:
        return {}

    monkeypatch.setattr(BY_NAME[name], "document", forgetful)


def first(dialect: str) -> tuple[str, Shape]:
    return next(place for place in places(CATALOGUE) if place[1].dialect == dialect)


async def passes(host: str, shape: Shape, services: Services = CATALOGUE) -> bool:
    async with Rehearsal(Settings(), services, look, lambda: POLICY, {host}) as path:
        return await path.passes(host, shape)


def test_every_dialect_has_one_that_the_catalogue_leads_to_it() -> None:
    assert {shape.dialect for _, shape in places(CATALOGUE)} == set(BY_NAME)
    assert [place for place in places(CATALOGUE) if misread(CATALOGUE, *place)] == []


def test_they_are_made_of_the_captures() -> None:
    made = [*golden_canaries.rows()]

    assert made == json.loads(canary.SHIPPED.read_text("utf-8")), "-m tests.…golden_canaries"


async def test_none_passes_the_proxy_even_where_policy_would_allow_it() -> None:
    assert await unseen(Settings(), CATALOGUE, look, lambda: POLICY) == []


async def test_what_a_broken_dialect_does_not_find_passes_and_raises_the_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget("gemini_generate", monkeypatch)
    counts, said = Coverage(tmp_path), list[str]()
    kept = asyncio.Future[tuple[int, Sequence[str]]]()

    def keep(sent: int, missed: Sequence[str]) -> None:
        kept.get_loop().call_soon_threadsafe(kept.set_result, (sent, missed))

    watching = asyncio.create_task(
        watch(Settings(), CATALOGUE, look, lambda: POLICY, counts, keep, said.append, 0)
    )
    expected = sum(shape.dialect == "gemini_generate" for _, shape in places(CATALOGUE))
    while len(said) < expected:
        await asyncio.sleep(0.01)
    sent, missed = await kept
    watching.cancel()
    counts.flush()

    assert sent == sum(1 for _ in places(CATALOGUE))
    assert [f"ALARM: a canary was not held: {what}" for what in missed] == said

    for line in said:
        assert re.match("ALARM: a canary was not held: gemini_generate POST .* passed unseen", line)
    rows = read(tmp_path, CANARY)
    assert len(rows) == len({*said})
    coverage.forget(tmp_path, CANARY)


async def test_a_message_that_a_broken_dialect_does_not_find_passes_on_its_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = first("copilot_socket")
    assert place[1].method == METHOD
    assert not await passes(*place)

    forget("copilot_socket", monkeypatch)

    assert await passes(*place)


async def test_a_row_that_is_missing_lets_its_canary_pass() -> None:
    without = Services(row for row in CATALOGUE if row.service != "chatgpt")

    assert await passes(*first("chatgpt_web"), without)


def test_a_row_that_leads_elsewhere_is_noticed() -> None:
    rows = [
        row.model_copy(update={"endpoints": {"POST /typing-error": "chatgpt_web"}})
        if row.service == "chatgpt"
        else row
        for row in CATALOGUE
    ]

    assert misread(Services(rows), *first("chatgpt_web")) == "generic"


async def test_nothing_is_sent_to_a_host_that_the_sink_does_not_stand_for() -> None:
    _, shape = first("chatgpt_web")
    async with Rehearsal(Settings(), CATALOGUE, look, lambda: POLICY, {"one.invalid"}) as path:
        with pytest.raises(ValueError, match=r"other\.invalid"):
            await path.passes("other.invalid", shape)


async def test_the_proxy_in_service_goes_on_as_before(start: Start) -> None:
    lab = await start()
    async with Rehearsal(Settings(), CATALOGUE, look, lambda: POLICY, {"one.invalid"}):
        during = await lab.post("hello")
    after = await lab.post("hello", http2=True)

    assert (during.status_code, after.status_code) == (200, 200)
    assert lab.notebook.violations == []
