"""Requests of browsers to sites that look at the handshake, seen from the site."""

import asyncio
import gzip
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from curl_cffi import CurlOpt
from curl_cffi.requests import AsyncSession, Response

from penstock.errors import LedgerError
from penstock.model import Outcome, Violation
from proxy_addons import ca
from proxy_addons.browsers import handshake_of
from proxy_addons.services import Service, Services
from tests.proxy_addons.handshakes import PADDING, Seen, ja4, watching
from tests.proxy_addons.lab import HOST, Lab, Start, policy
from tests.proxy_addons.visitors import VISITORS, Visit
from tests.proxy_addons.wire import Authority, Reply

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0"
SECRET = "the password is SECRET-42"
CATALOGUE = Services(
    [
        Service(
            service="lab-chat",
            name="Lab Chat",
            category="chat",
            hosts=(HOST,),
            endpoints={"POST /v1/messages": "anthropic_messages"},
            egress="browser",
        )
    ]
)


def prompt(text: str) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": text}]}


async def opened(start: Start, seen: Seen, *rules: Any, **more: Any) -> Lab:
    target = {HOST: f"127.0.0.1:{seen.port}"}
    return await start(*rules, catalogue=CATALOGUE, upstream_map=target, **more)


@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
async def test_a_prompt_of_a_browser_arrives_as_it_was_sent(
    start: Start, authority: Authority, http2: bool
) -> None:
    async with watching(authority.server(HOST)) as seen:
        lab = await opened(start, seen)
        headers = {"user-agent": CHROME.format(152), "cookie": "a=1; b=2", "x-empty": ""}
        answer = await lab.post("hello", http2=http2, headers=headers)

        assert answer.json() == {"ok": True}
        [(method, path, head)] = seen.upstream.heads
        assert (method, path) == ("POST", "/v1/messages")
        assert head[":authority"] == HOST
        assert head["cookie"] in ("a=1; b=2", "b=2")  # one field or two
        assert head["content-type"] == "application/json"
        assert head["user-agent"] == headers["user-agent"]
        assert head["x-empty"] == ""
        assert "expect" not in head
        assert json.loads(seen.upstream.bodies[0]) == prompt("hello")
        assert lab.notebook.violations == []


async def test_a_blocked_prompt_reaches_nobody(start: Start, authority: Authority) -> None:
    async with watching(authority.server(HOST)) as seen:
        lab = await opened(start, seen)
        answer = await lab.post(SECRET, headers={"user-agent": CHROME.format(152)})

        assert answer.headers["penstock-action"] == "block"
        assert seen.hellos == []


async def test_a_redacted_prompt_goes_without_the_secret_and_the_answer_comes_back_with_it(
    start: Start, authority: Authority
) -> None:
    def echo(method: str, path: str, body: bytes) -> Reply:
        text = json.loads(body)["messages"][0]["content"]
        document = {"type": "message", "content": [{"type": "text", "text": text}]}
        return Reply(tuple(bytes([b]) for b in json.dumps(document).encode()))

    async with watching(authority.server(HOST)) as seen:
        seen.upstream.reply = echo
        lab = await opened(start, seen, policy("redact"))
        for http2 in (False, True):
            headers = {"user-agent": CHROME.format(152)}
            answer = await lab.post(SECRET, http2=http2, headers=headers)

            assert answer.json()["content"][0]["text"] == SECRET
            assert answer.headers["penstock-action"] == "redact"
        assert b"SECRET-42" not in seen.upstream.raw
        assert [v.outcome for v in lab.notebook.violations] == [Outcome.PREVENTED] * 2


async def test_what_cannot_be_recorded_reaches_nobody(start: Start, authority: Authority) -> None:
    def before(_: Violation) -> None:
        raise LedgerError("full")

    async with watching(authority.server(HOST)) as seen:
        lab = await opened(start, seen, policy("warn"))
        lab.notebook.before = before
        answer = await lab.post(SECRET, headers={"user-agent": CHROME.format(152)})

        assert answer.status_code == 503
        assert seen.hellos == []


async def test_an_answer_comes_piece_by_piece(start: Start, authority: Authority) -> None:
    held = asyncio.Event()
    reply = Reply((b"data: one\n\n", b"data: two\n\n"), (("content-type", "text/event-stream"),))
    reply.held = held
    async with watching(authority.server(HOST), reply) as seen:
        lab = await opened(start, seen)
        async with lab.http().stream(
            "POST",
            f"https://{HOST}/v1/messages",
            json=prompt("hello"),
            headers={"user-agent": CHROME.format(152)},
        ) as answer:
            pieces = answer.aiter_raw()
            assert await anext(pieces) == b"data: one\n\n"
            held.set()
            assert await anext(pieces) == b"data: two\n\n"


async def test_a_compressed_answer_passes_as_it_is(start: Start, authority: Authority) -> None:
    packed = gzip.compress(b'{"ok": 1}')
    headers = (("content-type", "application/json"), ("content-encoding", "gzip"))
    async with watching(authority.server(HOST), Reply((packed,), headers)) as seen:
        lab = await opened(start, seen)
        sent = {"user-agent": CHROME.format(152), "accept-encoding": "gzip"}
        answer = await lab.post("hello", headers=sent)

        assert answer.headers["content-encoding"] == "gzip"
        assert answer.json() == {"ok": 1}


async def test_a_long_answer_waits_for_a_slow_client(start: Start, authority: Authority) -> None:
    body = tuple(os.urandom(16_000) for _ in range(400))
    async with watching(authority.server(HOST, alpn=("http/1.1",)), Reply(body)) as seen:
        lab = await opened(start, seen)
        answer = await lab.post("hello", headers={"user-agent": CHROME.format(152)})

        assert answer.content == b"".join(body)


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304), ("DELETE", 200)]
)
async def test_answers_without_a_body(
    start: Start, authority: Authority, method: str, status: int
) -> None:
    async with watching(authority.server(HOST), Reply((), (("x-a", "b"),), status)) as seen:
        lab = await opened(start, seen)
        answer = await lab.http().request(
            method, f"https://{HOST}/page", headers={"user-agent": CHROME.format(152)}
        )

        assert (answer.status_code, answer.headers["x-a"]) == (status, "b")
        assert seen.upstream.heads[0][0] == method


async def test_certificates_are_verified_as_on_the_ordinary_way(
    start: Start, authority: Authority, tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    for context in (Authority(stranger).server(HOST), authority.server("other.example")):
        async with watching(context) as seen:
            lab = await opened(start, seen)
            answer = await lab.post("hello", headers={"user-agent": CHROME.format(152)})

            assert answer.status_code == 502
            assert "certificate" in answer.text
            assert seen.upstream.bodies == []


async def test_a_service_that_is_away_is_said_to_be(start: Start, authority: Authority) -> None:
    async with watching(authority.server(HOST)) as seen:
        lab = await opened(start, seen)
    answer = await lab.post("hello", headers={"user-agent": CHROME.format(152)})

    assert answer.status_code == 502
    assert HOST in answer.text


async def test_programs_go_the_ordinary_way(start: Start, authority: Authority) -> None:
    async with watching(authority.server(HOST)) as seen:
        lab = await opened(start, seen)
        await lab.post("hello", headers={"user-agent": "codex_cli_rs/0.169.0"})
        await lab.post("hello", headers={"user-agent": CHROME.format(152)})
        await lab.post("hello", headers={"user-agent": FIREFOX})

        assert len(set(seen.ja4)) == 3


async def test_no_two_clients_share_a_connection(start: Start, authority: Authority) -> None:
    async with watching(authority.server(HOST)) as seen:
        lab = await opened(start, seen)
        headers = {"user-agent": CHROME.format(152), "set-cookie": "x"}
        client = lab.http()
        for _ in range(2):
            await client.post(f"https://{HOST}/x", json=prompt("hello"), headers=headers)
        await lab.http().post(f"https://{HOST}/x", json=prompt("hello"), headers=headers)

        assert len(seen.upstream.bodies) == 3
        assert len(seen.hellos) == 2


async def test_cookies_of_one_answer_are_not_sent_with_the_next_request(
    start: Start, authority: Authority
) -> None:
    reply = Reply(headers=(("set-cookie", "session=SECRET-1; Path=/; Secure"),))
    async with watching(authority.server(HOST), reply) as seen:
        lab = await opened(start, seen)
        client = lab.http()
        for _ in range(2):
            answer = await client.post(
                f"https://{HOST}/x", json={}, headers={"user-agent": CHROME.format(152)}
            )
            assert "session=SECRET-1" in answer.headers["set-cookie"]
            client.cookies.clear()
        assert [head[2].get("cookie") for head in seen.upstream.heads] == [None, None]


@pytest.mark.parametrize("name", VISITORS)
async def test_a_site_sees_the_same_browser_with_penstock_and_without(
    start: Start, authority: Authority, tmp_path: Path, name: str
) -> None:
    visitor, commands = VISITORS[name]
    if missing := [command for command in commands if shutil.which(command) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    page = Reply((b"<p>hello",), (("content-type", "text/html"), ("cache-control", "no-store")))
    async with watching(authority.server(HOST), page) as seen:
        lab = await opened(start, seen)
        ways = {"": authority.pem, ":".join(map(str, lab.address)): ca.certificate(lab.state)}
        found: list[set[tuple[str, str]]] = []
        for number, (proxy, trusted) in enumerate(ways.items()):
            before = len(seen.hellos), len(seen.http2), len(seen.upstream.heads)
            folder = tmp_path / str(number)
            folder.mkdir()
            await visitor(Visit(HOST, seen.port, proxy, trusted, folder))
            assert len(seen.upstream.heads) > before[2]
            found.append(set(zip(seen.ja4[before[0] :], seen.http2[before[1] :], strict=False)))
    assert found[0] == found[1]
    assert len(found[0]) == 1


AGENTS = (
    CHROME.format(152),
    CHROME.format(152).replace("X11; Linux x86_64", "Macintosh; Intel Mac OS X 10_15_7"),
    CHROME.format(131).replace("X11; Linux x86_64", "Linux; Android 10; K"),
    FIREFOX,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/26.0 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) Version/18.4 Mobile/15E1 Safari/604.1",
)


def first_words(seen: Seen) -> tuple[str, str]:
    return ja4(seen.hellos[-1], without=PADDING), seen.http2[-1]


async def test_a_site_sees_what_is_recorded_of_each_family(
    start: Start, authority: Authority
) -> None:
    async with watching(authority.server(HOST)) as seen:
        lab = await opened(start, seen)
        direct, through = list[tuple[str, str]](), list[tuple[str, str]]()
        place = f"{HOST}:{seen.port}"
        for agent in AGENTS:
            there = {CurlOpt.RESOLVE: [f"{place}:127.0.0.1"]}
            async with AsyncSession[Response](verify=False, curl_options=there) as session:
                await session.get(f"https://{place}/", impersonate=handshake_of(agent))  # type: ignore[arg-type]
            direct.append(first_words(seen))
            await lab.http().get(f"https://{HOST}/", headers={"user-agent": agent})
            through.append(first_words(seen))

    assert through == direct
    assert len({http2 for _, http2 in direct}) > 2  # Chrome, Firefox and Safari differ


def test_a_hello_is_described_as_others_describe_it() -> None:
    hello = bytes.fromhex(
        "16030100c8010000c40303" + "00" * 32 + "00" + "0004" + "13011302" + "0100" + "0097"
    )
    extensions = (
        b"\x00\x00\x00\x0e\x00\x0c\x00\x00\x09localhost"
        b"\x00\x2b\x00\x03\x02\x03\x04\x00\x0d\x00\x04\x00\x02\x04\x03"
        b"\x00\x10\x00\x0e\x00\x0c\x02h2\x08http/1.1"
    )
    record = hello[:-2] + len(extensions).to_bytes(2) + extensions

    assert ja4(record).startswith("t13d0204h2_")
