"""What operators read of services that cannot be reached: little, and nothing of any prompt."""

import asyncio
import logging

import pytest

from proxy_addons.inspection import Inspection, Job
from proxy_addons.outages import AGAIN_S, Outages
from tests.proxy_addons.lab import HOST, Looks, Start, policy
from tests.proxy_addons.test_browser_egress import CATALOGUE, CHROME
from tests.proxy_addons.test_unsent import closed
from tests.proxy_addons.wire import Authority

__all__ = ["closed"]

SECRET = "the password is SECRET-42"


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == "proxy_addons.outages"]


async def test_a_service_that_cannot_be_reached_is_one_line(
    start: Start, closed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    lab = await start(policy("warn"), upstream_map=closed)
    for http2 in (False, True):
        await lab.post(SECRET, http2=http2)

    assert said(caplog) == [f"{HOST} cannot be reached (connection refused)"]
    assert "SECRET-42" not in caplog.text


async def test_one_whose_certificate_is_not_good_is_one_too(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    lab = await start(policy("warn"), upstream_hosts=("other.example",))
    await lab.post(SECRET)
    browsers = await start(policy("warn"), upstream_hosts=("other.example",), catalogue=CATALOGUE)
    await browsers.post(SECRET, headers={"user-agent": CHROME.format(152)})

    ours, curls = said(caplog)
    assert ours.startswith(f"{HOST} cannot be reached (Certificate verify failed")
    assert curls == f"{HOST} cannot be reached (the certificate of {HOST} could not be verified)"


@pytest.mark.parametrize("agent", ["a program", CHROME.format(152)])
@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
async def test_a_client_that_goes_while_it_is_judged_is_no_outage_and_leaves_nothing(
    start: Start, caplog: pytest.LogCaptureFixture, agent: str, http2: bool
) -> None:
    judged, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Looks):
        async def inspect(self, job: Job) -> Inspection:
            judged.set()
            await go_on.wait()
            return await super().inspect(job)

    rules = policy()
    lab = await start(rules, inspector=Slow(rules), catalogue=CATALOGUE)
    client = lab.http(http2=http2)
    head = {"user-agent": agent}
    asking = asyncio.create_task(client.post(f"https://{HOST}/v1/messages", json={}, headers=head))
    await judged.wait()
    asking.cancel()
    await asyncio.wait([asking])
    await client.aclose()
    async with asyncio.timeout(30):
        while lab.proxy._connections:
            await asyncio.sleep(0.01)
    go_on.set()
    await asyncio.sleep(0.2)  # what could be left is there by now

    assert said(caplog) == []
    assert lab.proxy._egress._curls == {}
    assert lab.upstream.connections == 0


async def test_a_browser_is_told_so_in_the_words_of_its_site(
    start: Start, closed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    lab = await start(policy("warn"), upstream_map=closed, catalogue=CATALOGUE)
    answer = await lab.post("hello", headers={"user-agent": CHROME.format(152)})

    assert answer.status_code == 502
    assert answer.json() == {
        "type": "error",
        "error": {
            "type": "api_error",
            "message": f"Not sent: the service {HOST} cannot be reached now (no connection).",
        },
    }
    assert said(caplog) == [f"{HOST} cannot be reached (no connection)"]


async def test_one_that_was_reached_and_does_not_answer_is_not_said_to_be_away(
    start: Start, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    context = authority.server(HOST, alpn=("http/1.1",))
    async with await asyncio.start_server(cut, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        lab = await start(upstream_map={HOST: f"127.0.0.1:{port}"})
        assert (await lab.post("hello")).status_code == 502

    assert said(caplog) == []


def test_what_goes_on_is_said_again_with_a_number(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    outages = Outages(lambda: now[0])
    with caplog.at_level(logging.WARNING):
        for second in (0.0, 1.0, 2.0, AGAIN_S, AGAIN_S + 1):
            now[0] = second
            outages.unreached("a.example", 443, "cannot connect to a.example:443: refused")
        outages.unreached("b.example", 443, "")

    assert said(caplog) == [
        "a.example cannot be reached (refused)",
        "a.example cannot be reached (refused); 2 more requests since it was said last",
        "b.example cannot be reached",
    ]
