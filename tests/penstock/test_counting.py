"""How many requests were inspected: the whole that violations are a part of."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from penstock.app import _Counted
from penstock.errors import ParseError
from penstock.model import Action, Decision, Sender, Verdict
from proxy_addons.chats.files import Uploading
from proxy_addons.coverage import Coverage
from proxy_addons.inspection import Inspection, Job
from proxy_addons.services import Services
from reports.ledger import Ledger, Month
from tests.proxy_addons.test_guard import Fails

JOB = Job(
    service="lab-api",
    dialect="openai_chat",
    method="POST",
    target="/v1/chat/completions",
    content_type="application/json",
    content_encoding="",
    body=b"{not json",
    user_agent="",
    sender=Sender("anna", service="lab-api"),
    max_body_bytes=1000,
)


async def test_a_request_that_cannot_be_read_counts_as_one(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path)
    pool: Any = Fails(ParseError("not JSON"))
    counted = _Counted(pool, ledger, Services([]), Coverage(tmp_path))
    with ledger:
        for _ in range(2):
            with pytest.raises(ParseError):
                await counted.inspect(JOB)
        ledger.flush()

        month = Month.of(datetime.now(UTC))
        assert ledger.traffic(month).rows == (("lab-api", "unknown", 2),)
        assert ledger.traffic(month, "request_bytes").total == 2 * len(JOB.body)


class Says:
    """A pool whose looks come to what is told."""

    def __init__(self, *seen: Inspection) -> None:
        self._seen = iter(seen)

    async def inspect(self, job: Job) -> Inspection:
        return next(self._seen)


async def test_what_brings_a_file_counts_as_an_upload(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path)
    verdict = Verdict(Decision(Action.ALLOW, ()), (), ())
    looks = [
        Inspection(verdict, 10, upload=Uploading(b"k", (), brings=True, counts=True)),
        Inspection(verdict, 10, upload=Uploading(b"k", (), brings=True)),
        Inspection(verdict, 10),
    ]
    pool: Any = Says(*looks)
    counted = _Counted(pool, ledger, Services([]), Coverage(tmp_path))
    with ledger:
        for _ in looks:
            await counted.inspect(JOB)
        ledger.flush()
        ((kind, service, *_, number),) = ledger.notes(Month.of(datetime.now(UTC)), "upload").rows
    assert (kind, service, number) == ("upload", "lab-api", 1)
