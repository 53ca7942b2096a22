"""Who sends, and that nobody passes unasked where passwords are asked for."""

import asyncio
from pathlib import Path

import httpx
import pytest

from penstock.errors import ConfigError
from proxy_addons import passwords
from tests.proxy_addons.lab import HOST, TUNNELLED, Lab, Start

SECRET = "the password is SECRET-42"


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users"
    path.write_text(passwords.line("ada", "pass:wörd", ("staff", "lab")) + "\n")
    path.chmod(0o600)
    return path


async def ask(
    lab: Lab, auth: tuple[str, str] | None = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    """A prompt through a tunnel that was asked for with a password or headers."""
    address = f"http://{lab.address[0]}:{lab.address[1]}"
    proxy = httpx.Proxy(address, auth=auth, headers=headers)
    async with httpx.AsyncClient(
        proxy=proxy, verify=lab.trusting(), trust_env=False, timeout=60
    ) as client:
        body = {"model": "m", "messages": [{"role": "user", "content": SECRET}]}
        return await client.post(f"https://{HOST}/v1/messages", json=body)


async def test_who_has_the_password_is_named_in_the_record(start: Start, users: Path) -> None:
    lab = await start(users=users)
    await ask(lab, ("ada", "pass:wörd"))

    [kept] = lab.notebook.violations
    assert (kept.user, kept.groups, kept.identified_by) == ("ada", ("staff", "lab"), "basic")


@pytest.mark.parametrize(
    "auth", [None, ("ada", "wrong"), ("ada", ""), ("bob", "pass:wörd")], ids=str
)
async def test_without_the_password_nothing_is_opened(
    start: Start, users: Path, auth: tuple[str, str] | None
) -> None:
    lab = await start(users=users)
    with pytest.raises(httpx.ProxyError, match="407"):
        await ask(lab, auth)
    client = await lab.raw()
    assert b" 407 " in await client.tunnel(f"{TUNNELLED}:443")

    assert lab.upstream.connections == 0


async def test_the_refusal_says_how_to_sign_in(start: Start, users: Path) -> None:
    lab = await start(users=users)
    answer = await lab.http().get(f"http://{TUNNELLED}/")

    assert answer.status_code == 407
    assert answer.headers["proxy-authenticate"].startswith("Basic realm=")
    assert lab.upstream.connections == 0


async def test_who_guesses_is_sent_away_without_a_look(start: Start, users: Path) -> None:
    lab = await start(users=users)
    for number in range(passwords.WRONG):
        with pytest.raises(httpx.ProxyError, match="407"):
            await ask(lab, ("ada", f"guess {number}"))
    with pytest.raises(httpx.ProxyError, match="429"):
        await ask(lab, ("ada", "pass:wörd"))

    assert lab.upstream.connections == 0


async def test_a_proxy_in_front_says_who_sends(start: Start, users: Path) -> None:
    lab = await start(users=users, fronts=["127.0.0.0/8"])
    await ask(lab, headers={"x-forwarded-user": "grace"})

    [kept] = lab.notebook.violations
    assert (kept.user, kept.identified_by) == ("grace", "front")


@pytest.mark.parametrize("said", ["", "mallory, grace", "a" * 300])
async def test_a_name_that_may_be_anybodys_is_none(start: Start, said: str) -> None:
    lab = await start(fronts=["127.0.0.0/8"])
    with pytest.raises(httpx.ProxyError, match="407"):
        await ask(lab, headers={"x-forwarded-user": said})

    assert lab.upstream.connections == 0


async def test_the_same_header_from_anybody_else_means_nothing(start: Start) -> None:
    lab = await start(fronts=["10.0.0.0/8"])
    await ask(lab, headers={"x-forwarded-user": "grace"})

    [kept] = lab.notebook.violations
    assert (kept.user, kept.identified_by) == ("127.0.0.1", "address")


async def test_a_machine_is_known_by_its_address(start: Start, users: Path) -> None:
    lab = await start(users=users, addresses={"127.0.0.0/8": "nobody", "127.0.0.1": "build-7"})
    await ask(lab)

    [kept] = lab.notebook.violations
    assert (kept.user, kept.identified_by) == ("build-7", "address-map")


async def test_what_names_the_sender_goes_no_further(start: Start, users: Path) -> None:
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    lab = await start(users=users, fronts=["127.0.0.0/8"], destinations=["127.0.0.1"])
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        headers = {"x-forwarded-user": "grace", "proxy-authorization": "Basic YTpi"}
        await lab.http().get(f"http://127.0.0.1:{port}/", headers=headers)

    assert heard.startswith(b"GET / HTTP/1.1")
    assert b"grace" not in heard
    assert b"YTpi" not in heard


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ada:plain", "users:1: no user; write it with: penstock users line NAME"),
        (":scrypt$$", "users:1: no user"),
        ("# ours\n" + 2 * (passwords.line("ada", "x") + "\n"), "users:3: `ada` is there twice"),
    ],
    ids=["plain", "nameless", "twice"],
)
def test_a_wrong_file_is_told_where_and_what(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "users"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=says):
        passwords.UserFile(path)


def test_a_file_that_anybody_can_read_is_refused(users: Path) -> None:
    users.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 640"):
        passwords.UserFile(users)
