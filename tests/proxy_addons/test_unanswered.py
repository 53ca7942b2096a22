"""What a client is told when its service cannot be reached, breaks off, or was never meant."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from proxy_addons import passwords
from proxy_addons.services import Service, Services
from tests.proxy_addons.lab import HOST, Start, policy
from tests.proxy_addons.test_unsent import closed
from tests.proxy_addons.wire import Authority

__all__ = ["closed"]

OPENAI = Services(
    [
        Service(
            service="lab-api",
            name="Lab API",
            category="api",
            hosts=(HOST,),
            endpoints={"POST /v1/messages": "openai_chat"},
        )
    ]
)

h1_and_h2 = pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])


@h1_and_h2
async def test_errors_of_the_way_come_in_the_words_of_the_service_s_own(
    start: Start, closed: dict[str, str], http2: bool
) -> None:
    lab = await start(catalogue=OPENAI, upstream_map=closed)
    client = lab.http(http2=http2)
    for _ in range(2):  # the connection of the client stays
        answer = await client.post(f"https://{HOST}/v1/messages", json={"messages": []})
        assert answer.status_code == 502
        error = answer.json()["error"]
        away = f"the service {HOST} cannot be reached now (connection refused)"
        assert error["message"] == f"Not sent: {away}."
        assert set(error) == {"message", "type", "param", "code"}
        assert (error["type"], error["code"]) == ("server_error", None)  # the request was not wrong
        assert "penstock-action" not in answer.headers
        assert "x-should-retry" not in answer.headers
    assert len(lab.proxy._connections) == 1


@h1_and_h2
async def test_a_service_that_breaks_off_is_said_to_have(
    start: Start, authority: Authority, http2: bool
) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    context = authority.server(HOST, alpn=("http/1.1",))
    async with await asyncio.start_server(cut, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        lab = await start(policy("warn"), upstream_map={HOST: f"127.0.0.1:{port}"})
        answer = await lab.post("hello", http2=http2)

    assert answer.status_code == 502
    said = answer.json()
    assert said["error"]["message"].startswith(f"No answer: the connection to {HOST} broke off (")
    assert (said["type"], said["error"]["type"]) == ("error", "api_error")


async def test_who_opens_the_proxy_itself_is_told_what_it_is(start: Start) -> None:
    lab = await start()
    host, port = lab.address
    client = await lab.raw()
    await client.send(
        b"GET / HTTP/1.1\r\nHost: %b:%d\r\nConnection: close\r\n\r\n" % (host.encode(), port)
    )
    page = await client.rest()

    assert page.startswith(b"HTTP/1.1 200 ")
    assert b"This is a proxy" in page
    assert b'name="viewport"' in page
    assert b"color-scheme: light dark" in page
    assert b"https_proxy=http://%b:%d" % (host.encode(), port) in page


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users"
    path.write_text(passwords.line("ada", "pass:wörd", ()) + "\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("target", ["/healthz", "http://%b:%d/healthz"])
async def test_a_load_balancer_learns_whether_the_proxy_serves(
    start: Start, users: Path, method: str, target: str
) -> None:
    lab = await start(users=users)  # it has no name and no password
    host, port = lab.address
    place = host.encode(), port
    ask = target.encode() % (place if "%" in target else ())
    lines = b"%b %b HTTP/1.1\r\nHost: %b:%d\r\nConnection: close\r\n\r\n"
    for is_draining, status in ((False, b"200"), (True, b"503")):
        lab.proxy.guard.is_draining = is_draining
        client = await lab.raw()
        await client.send(lines % (method.encode(), ask, *place))
        head, _, body = (await client.rest()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %b " % status)
        assert b"text/plain" in head
        assert b"penstock-action" not in head
        assert body in ((b"ok\n", b"stopping\n") if method == "GET" else (b"",))
    assert lab.notebook.violations == []


async def test_nobody_else_is_answered_without_a_name(start: Start, users: Path) -> None:
    lab = await start(users=users)
    place = f"{lab.address[0]}:{lab.address[1]}"
    async with httpx.AsyncClient() as client:
        for path in ("/", "/healthz/more", "/healthz?x=1"):
            assert (await client.get(f"http://{place}{path}")).status_code == 407
        assert (await client.post(f"http://{place}/healthz")).status_code == 407
    elsewhere = await lab.raw()
    await elsewhere.send(b"GET http://example.com/healthz HTTP/1.1\r\nHost: example.com\r\n\r\n")
    assert (await elsewhere.response())[0] == 407


@pytest.mark.parametrize("path", ["/metrics", "/proxy.pac", "/favicon.ico", "/healthz/"])
async def test_what_the_proxy_does_not_have_is_not_found(start: Start, path: str) -> None:
    lab = await start()
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://{lab.address[0]}:{lab.address[1]}{path}")
    assert answer.status_code == 404
    assert "/healthz" in answer.text
    assert "penstock-action" not in answer.headers


async def test_only_looking_is_answered_so(start: Start) -> None:
    lab = await start()
    answer = await lab.http().post(f"http://{lab.address[0]}:{lab.address[1]}/", content=b"x")
    assert answer.status_code == 403


async def test_a_host_of_plain_http_that_is_not_there_was_not_blocked(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    lab = await start()
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    answer = await lab.http().get("http://nowhere.invalid/")

    assert answer.status_code == 502
    assert "nowhere.invalid" in answer.json()["error"]["message"]
    assert "penstock-action" not in answer.headers
