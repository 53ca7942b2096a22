"""Where clients may go, and that no spelling or resolver gets them further."""

import asyncio
import socket

import pytest

from penstock.errors import ConfigError
from proxy_addons.destinations import Destinations, Refused
from tests.proxy_addons.lab import Start

PRIVATE = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "0.0.0.0",
    "10.0.0.5",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[fe80::1]",
    "[fd00::1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[ff02::1]",
    "localhost",
    "LOCALHOST.",
]


@pytest.mark.parametrize("host", PRIVATE)
async def test_a_tunnel_to_the_inside_gets_403(start: Start, host: str) -> None:
    lab = await start()
    client = await lab.raw()
    assert await client.tunnel(f"{host}:443") == b"HTTP/1.1 403 Forbidden"


@pytest.mark.parametrize("host", PRIVATE)
async def test_a_request_to_the_inside_gets_403(start: Start, host: str) -> None:
    lab = await start()
    client = await lab.raw()
    await client.send(f"GET http://{host}:8000/ HTTP/1.1\r\nHost: {host}:8000\r\n\r\n".encode())
    assert (await client.response())[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]"])
async def test_the_proxy_is_no_destination_even_where_its_address_is(
    start: Start, host: str
) -> None:
    lab = await start(destinations=["127.0.0.0/8", "localhost", "127.0.0.1"])
    client = await lab.raw()
    assert await client.tunnel(f"{host}:{lab.address[1]}") == b"HTTP/1.1 403 Forbidden"


@pytest.mark.parametrize(
    ("listed", "host", "port", "reached"),
    [
        ("10.0.0.5", "10.0.0.5", 80, True),
        ("10.0.0.5:80", "10.0.0.5", 80, True),
        ("10.0.0.5:80", "10.0.0.5", 81, False),
        ("10.0.0.0/8", "10.9.9.9", 443, True),
        ("10.0.0.0/8", "11.0.0.1", 443, True),
        ("10.0.0.0/8", "192.168.0.1", 443, False),
        ("fd00::/8", "fd00::1", 443, True),
        ("[fd00::1]:443", "fd00::1", 443, True),
        ("[fd00::1]:443", "fd00::1", 80, False),
    ],
)
async def test_the_settings_list_further_destinations(
    listed: str, host: str, port: int, reached: bool
) -> None:
    destinations = Destinations([listed])
    assert destinations.refuses(host, port) is not reached
    if reached:
        assert await destinations.addresses(host, port) == [(host, port)]
    else:
        with pytest.raises(Refused):
            await destinations.addresses(host, port)


class Resolver:
    """Answers each question differently, as a rebinding name server does."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)

    async def __call__(self, host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        found = self.answers.pop(0)
        if not found:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in found]


async def test_a_name_with_addresses_inside_and_outside_leads_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", Resolver(("127.0.0.1", "93.184.216.34", "10.0.0.1")))
    assert await Destinations().addresses("mixed.example", 443) == [("93.184.216.34", 443)]


async def test_a_name_that_changes_its_mind_is_connected_where_it_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    reached = []

    async def connect(_: object, host: str, port: int) -> tuple[object, object]:
        reached.append((host, port))
        return object(), object()

    monkeypatch.setattr(loop, "getaddrinfo", Resolver(("93.184.216.34",), ("127.0.0.1",)))
    monkeypatch.setattr(loop, "create_connection", connect)
    await Destinations().connect("rebinding.example", 443, asyncio.Protocol)
    with pytest.raises(Refused):
        await Destinations().connect("rebinding.example", 443, asyncio.Protocol)

    assert reached == [("93.184.216.34", 443)]


async def test_the_next_address_is_tried_when_one_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    tried = []

    async def connect(_: object, host: str, port: int) -> tuple[object, object]:
        tried.append(host)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(loop, "getaddrinfo", Resolver(("93.184.216.34", "93.184.216.35")))
    monkeypatch.setattr(loop, "create_connection", connect)
    with pytest.raises(OSError, match=r"cannot connect to two\.example:443: connection refused"):
        await Destinations().connect("two.example", 443, asyncio.Protocol)
    assert tried == ["93.184.216.34", "93.184.216.35"]


async def test_an_unknown_name_gets_502(start: Start) -> None:
    lab = await start()
    client = await lab.raw()
    assert await client.tunnel("no-such-host.invalid:443") == b"HTTP/1.1 502 Bad Gateway"


async def test_a_mapped_name_leads_to_its_target_and_only_that_name() -> None:
    mapped = {"api.example": "127.0.0.1:9443", "other.example:8443": "localhost:1"}
    destinations = Destinations(mapped=mapped)

    assert await destinations.addresses("api.example", 443) == [("127.0.0.1", 9443)]
    assert await destinations.addresses("other.example", 8443) == [("localhost", 1)]
    with pytest.raises(Refused):
        await destinations.addresses("127.0.0.1", 9443)


@pytest.mark.parametrize("entry", ["exa mple", "10.0.0.0/99", "a.example:http", "a.example:0", ""])
def test_a_wrong_destination_is_a_config_error(entry: str) -> None:
    with pytest.raises(ConfigError, match=r"proxy\.destinations"):
        Destinations([entry])


@pytest.mark.parametrize(
    ("asked", "target"), [("a b", "127.0.0.1:1"), ("a.example", "127.0.0.1"), ("a.example", "")]
)
def test_a_wrong_mapping_is_a_config_error(asked: str, target: str) -> None:
    with pytest.raises(ConfigError, match=r"proxy\.upstream_map"):
        Destinations(mapped={asked: target})
