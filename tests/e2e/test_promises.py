"""Promises over many requests: to each their own values, no prompt kept, every action recorded."""

import asyncio
import json
import os
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from penstock import app
from penstock.demo import clients
from penstock.demo.running import RunningProxy
from penstock.demo.standins import MODEL_SAYS, SERVICE_SAYS, StandIns
from penstock.settings import load

MAIL = "karl.kummer@kunde-gmbh.de"
CARD = "5500 0055 5555 5559"
CODE = (
    "def average(rows: list[Row]) -> float:\n"
    "    values = [row.price for row in rows if row.price is not None]\n"
    "    if not values:\n"
    "        raise ValueError('nothing to average')\n"
    "    return sum(values) / len(values)\n"
)


async def post(client: httpx.AsyncClient, sending: clients.Sending) -> tuple[httpx.Response, str]:
    answer = await client.post(
        f"https://{sending.host}{sending.target}", headers=sending.headers, content=sending.body
    )
    return answer, clients.heard(answer.headers.get("content-type", ""), answer.content)


def client_of(proxy: RunningProxy, *, http2: bool = False) -> httpx.AsyncClient:
    trust = ssl.create_default_context(cafile=proxy.ca)
    return httpx.AsyncClient(
        proxy=f"http://{proxy.address}", verify=trust, http2=http2, trust_env=False, timeout=60
    )


def penstock(proxy: RunningProxy, *command: str) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "penstock.cli", *command, "--config", str(proxy.config)]
    return subprocess.run(whole, capture_output=True, text=True, timeout=240)


def violations(proxy: RunningProxy) -> list[dict[str, Any]]:
    """On record now. What a model used for its answer has an entry of its own, later."""
    with app.open_ledger(load(proxy.config, {}).settings) as ledger:
        return [body for _, _, body in ledger.records() if body["kind"] == "violation"]


def is_spooled(proxy: RunningProxy) -> bool:
    """Whether a record waits for a database that was too busy to take it at once."""
    return any(path.stat().st_size for path in Path(proxy.state, "spool").glob("*.jsonl"))


async def one_more(proxy: RunningProxy, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What came after `before`, once something has."""
    while len(now := violations(proxy)) == len(before):
        await asyncio.sleep(0.1)
    return now[len(before) :]


@pytest.mark.parametrize("http2", [False, True])
async def test_everybody_gets_their_own_values_back(
    http2: bool, proxy: RunningProxy, arrived: Any
) -> None:
    prompts = [f"write to person-{n}@kunde-gmbh.de about case {n} please" for n in range(30)]

    async with client_of(proxy, http2=http2) as client:
        sendings = [clients.ALL[n % 3](prompt) for n, prompt in enumerate(prompts)]
        answers = await asyncio.gather(*(post(client, s) for s in sendings))

    assert [said for _, said in answers] == [SERVICE_SAYS + prompt for prompt in prompts]
    assert b"@kunde-gmbh.de" not in arrived.everything


async def test_without_the_internal_model_the_prompt_still_stays_here(
    proxy: RunningProxy, standins: StandIns, arrived: Any
) -> None:
    standins.model_is_up = False
    try:
        async with client_of(proxy) as client:
            _, said = await post(client, clients.to_anthropic(CODE))
    finally:
        standins.model_is_up = True

    assert "Source code may not be sent to public AI services." in said
    assert len(arrived.at_model) == 1
    assert arrived.everything == b""


async def test_every_action_is_on_record_before_the_client_has_its_answer(
    proxy: RunningProxy,
) -> None:
    prompts = {"redact": f"write to {MAIL}", "redirect": CODE, "block": f"charge {CARD}"}
    async with client_of(proxy) as client:
        for action, prompt in prompts.items():
            before = violations(proxy)
            answer, said = await post(client, clients.to_openai(prompt))
            assert is_spooled(proxy) or len(violations(proxy)) > len(before)

            new = await one_more(proxy, before)
            assert said
            assert answer.headers["penstock-action"] == action
            assert [(r["action"], r["outcome"]) for r in new] == [(action, "prevented")]


async def test_what_passes_untouched_leaves_no_record(proxy: RunningProxy) -> None:
    before = violations(proxy)
    async with client_of(proxy) as client:
        await post(client, clients.to_gemini("What is the capital of Peru?"))

    assert violations(proxy) == before


async def test_no_word_of_a_prompt_is_kept_or_said_anywhere(proxy: RunningProxy) -> None:
    told = ["zwiebelfisch-4711", MAIL, CARD, "row.price is not None"]
    async with client_of(proxy) as client:
        for words in (f"{told[0]} {MAIL}", f"{told[0]} {CARD}", f"# {told[0]}\n{CODE}"):
            for to_service in clients.ALL:
                await post(client, to_service(words))

    kept = [path for path in Path(proxy.state).rglob("*") if path.is_file()]
    assert any(path.name.startswith("ledger") for path in kept)
    for path in kept:
        content = path.read_bytes()
        assert not [word for word in told if word.encode() in content], path
    assert not [word for word in told if any(word in line for line in proxy.said)]


async def test_the_ledger_verifies_and_reports_while_the_proxy_runs(
    proxy: RunningProxy, tmp_path: Path
) -> None:
    async with client_of(proxy) as client:
        before = violations(proxy)
        await post(client, clients.to_openai(f"charge {CARD}"))
    await one_more(proxy, before)
    month = violations(proxy)[-1]["at"][:7]

    verified = penstock(proxy, "ledger", "verify")
    reported = penstock(proxy, "report", month, "--format", "html,csv,json", "--out", str(tmp_path))

    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert reported.returncode == 0, reported.stdout + reported.stderr
    assert {path.suffix for path in tmp_path.rglob("*.*")} == {".html", ".csv", ".json"}


def test_the_demo_shows_all_four_actions(state_home: Path, proxy: RunningProxy) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "penstock.cli", "demo", "--once", "--json"],
        capture_output=True,
        text=True,
        timeout=270,
        env=os.environ | {"XDG_STATE_HOME": str(state_home)},
    )

    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["ok"]
    assert {t["action"] for t in shown["trials"]} == {"allow", "redact", "redirect", "block"}
    for trial in shown["trials"]:
        if trial["action"] in ("redirect", "block"):
            assert trial["provider_received_bytes"] == 0
        if trial["action"] == "redirect":
            assert MODEL_SAYS in trial["client_saw"]
