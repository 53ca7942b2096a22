"""A made-up card number must be found in the shape of every dialect's requests."""

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from detectors.base import Detector, Match
from penstock.errors import InspectionError
from penstock.pipeline import Scanner
from policy.schema import Policy, Rule, When
from proxy_addons import canary, coverage
from proxy_addons.coverage import CANARY, Coverage, read
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Json, Request
from proxy_addons.inspection import Inspection, Job, run
from tests.proxy_addons import golden_canaries


def _numbers(text: str) -> Iterable[Match]:
    for found in re.finditer(re.escape(canary.NUMBER), text):
        yield Match(canary.DATA_CLASS, found.start(), found.end(), 1.0)


SCANNER = Scanner(
    (Detector("numbers", 1, frozenset({canary.DATA_CLASS}), _numbers, (), ()),), (), b"key"
)
RULE = Rule.model_validate(
    {"id": "cards", "why": "a test", "when": When(data=("pci.*",)), "then": "redact"}
)
POLICY = Policy(name="test", rules=(RULE,), examples=())


async def look(job: Job) -> Inspection:
    return run(job, SCANNER, POLICY, "en")


def test_every_dialect_has_one() -> None:
    assert {shape.dialect for shape in canary.shapes()} == set(BY_NAME)


def test_nearly_every_dialect_has_a_shape_of_its_own() -> None:
    own = {shape.dialect for shape in canary._shipped()}

    assert own <= set(BY_NAME)
    assert len(own) > len(BY_NAME) // 2


def test_the_number_can_be_put_into_captures_of_nearly_every_dialect() -> None:
    assert len(list(golden_canaries.rows())) > len(BY_NAME) // 2


async def test_none_passes_unseen() -> None:
    assert await canary.unseen(look) == []


async def test_one_that_passes_raises_the_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(request: Request) -> Json:
        return {}

    monkeypatch.setattr(BY_NAME["gemini_generate"], "document", forgetful)
    counts, said = Coverage(tmp_path), list[str]()
    watching = asyncio.create_task(canary.watch(look, counts, said.append, 3600))
    while not said:
        await asyncio.sleep(0)
    watching.cancel()
    counts.flush()

    assert [line.startswith("ALARM: a canary passed unseen: gemini_generate") for line in said] == [
        True
    ]
    [row] = read(tmp_path, CANARY)
    assert row.what.startswith("gemini_generate POST")
    coverage.forget(tmp_path, CANARY)


async def test_what_is_refused_does_not_pass() -> None:
    async def refuse(job: Job) -> Inspection:
        raise InspectionError("late")

    assert await canary.unseen(refuse) == []
