"""What somebody who watches the proxy at a terminal sees of its decisions."""

import os
import pty
import re
import ssl
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from penstock.app import open_ledger
from penstock.decisions import MOST, PAUSE_S, Decisions, Told, line
from penstock.errors import LedgerError
from penstock.model import Action, Tally, Violation
from penstock.settings import load
from proxy_addons.ca import certificate
from tests.proxy_addons.lab import Notebook
from tests.reports.samples import violation

AT = datetime(2026, 11, 30, 14, 2, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"action": Action.BLOCK, "asked": Action.BLOCK},
            "block openai-api: gdpr9.health, pii.email; by cards-never-leave",
        ),
        (
            {"action": Action.REDIRECT, "asked": Action.REDIRECT, "model": "internal"},
            "redirect to internal openai-api: gdpr9.health, pii.email; by cards-never-leave",
        ),
        (
            {"action": Action.WARN, "asked": Action.REDACT, "model": ""},
            "warn (asked for: redact) openai-api: gdpr9.health, pii.email; by cards-never-leave",
        ),
        (
            {"action": Action.BLOCK, "findings": (), "rules": (), "unread": ("image", "call")},
            "block openai-api: not inspected (image, call)",
        ),
        (
            {"action": Action.BLOCK, "unread": (), "findings": (), "rules": ("x\x1b[2J\n",)},
            "block openai-api: nothing; by x?[2J?",
        ),
    ],
)
def test_a_line_has_what_the_record_has(changes: dict[str, object], said: str) -> None:
    names = ("gdpr9.health", "pii.email")
    found = tuple(Tally(name, "d@1", 2, 0.9, ("ab" * 16,)) for name in names)
    made = violation(1, **({"at": AT, "service": "openai-api", "findings": found} | changes))
    assert line(made) == f"14:02:31 UTC {said}; record {made.id}"
    assert made.user not in line(made)


def test_nobody_waits_for_a_terminal_that_stands_still() -> None:
    written: list[str] = []
    stands, goes_on = threading.Event(), threading.Event()

    def write(text: str) -> None:
        stands.set()
        goes_on.wait(60)
        written.append(text)

    decisions = Decisions(write)
    decisions.tell(violation(0))
    assert stands.wait(60)
    began = time.perf_counter()
    for _ in range(10_000):
        decisions.tell(violation(1))
    assert time.perf_counter() - began < 5
    goes_on.set()
    decisions.close()

    said = "\n".join(written).splitlines()
    assert len(said) == 1 + MOST + 1
    assert said[-1] == f"and {10_000 - MOST:,} more decisions"


def test_what_comes_after_a_pause_is_said_too() -> None:
    written: list[str] = []
    decisions = Decisions(written.append)
    for number in (1, 2):
        decisions.tell(violation(number))
        time.sleep(PAUSE_S * 2)
    decisions.tell(violation(3))
    decisions.close()
    assert [text.rpartition(" ")[2] for text in written] == [violation(n).id for n in (1, 2, 3)]


async def test_only_what_is_on_record_is_told() -> None:
    told: list[Violation] = []

    def refuse(_: Violation) -> None:
        raise LedgerError("full")

    await Told(Notebook(), told.append).record(violation(1))
    with pytest.raises(LedgerError):
        await Told(Notebook(before=refuse), told.append).record(violation(2))
    assert told == [violation(1)]


def run(tmp_path: Path, state: Path, decisions: str, *, terminal: bool) -> str:
    """What a proxy that blocks one prompt says."""
    (tmp_path / "policy.yaml").write_text(
        "name: p\nrules:\n  - {id: no-mail, why: w, when: {data: [pii.email]}, then: block}\n"
        "examples: []\n"
    )
    (tmp_path / "penstock.yaml").write_text(
        "policy: policy.yaml\ndetection: {workers: 1, names: false}\n"
        f"proxy: {{listen: '127.0.0.1:0', decisions: {decisions}}}\n"
    )
    ours, theirs = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "penstock.cli", "run"], stdin=subprocess.DEVNULL, stderr=theirs
    )
    os.close(theirs)
    heard = b""
    try:
        while b"Ctrl-C stops it" not in heard:
            heard += os.read(ours, 65536)
        [address] = re.findall(rb"listens on (\S+)", heard)
        with httpx.Client(
            proxy=f"http://{address.decode()}",
            verify=ssl.create_default_context(cafile=str(certificate(state))),
            timeout=60,
        ) as client:
            told = client.post(
                "https://api.openai.com/v1/chat/completions",
                json={"messages": [{"role": "user", "content": "ask bo.smith@corp.example"}]},
            )
        assert told.headers["penstock-action"] == "block"
    finally:
        process.terminate()
        try:
            while more := os.read(ours, 65536):
                heard += more
        except OSError:  # so ends a terminal
            pass
        os.close(ours)
        assert process.wait(90) == 0
    return heard.decode().replace("\r\n", "\n")


def test_at_a_terminal_each_decision_is_a_line_without_a_word_of_the_prompt(
    tmp_path: Path, state: Path
) -> None:
    said = run(tmp_path, state, "terminal", terminal=True)
    with open_ledger(load(None).settings) as ledger:
        [(_, _, body)] = [row for row in ledger.records() if row[2]["kind"] == "violation"]
    [shown] = re.findall(r"^penstock: \d\d:\d\d:\d\d UTC (.*)$", said, re.MULTILINE)
    assert shown == f"block openai-api: pii.email; by no-mail; record {body['id']}"
    assert "bo.smith" not in said


def test_elsewhere_only_where_the_settings_want_it(tmp_path: Path, state: Path) -> None:
    assert " UTC block " not in run(tmp_path, state, "terminal", terminal=False)
    assert " UTC block openai-api" in run(tmp_path, state, "always", terminal=False)
