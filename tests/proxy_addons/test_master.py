"""Starting and stopping the proxy, and what it trusts and is trusted by."""

import asyncio
import os
import signal
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from penstock.errors import ConfigError
from penstock.settings import Settings
from policy.load import LoadedPolicy
from proxy_addons import ca
from proxy_addons.master import Proxy, serve
from tests.proxy_addons.lab import CATALOGUE, HOST, Looks, NoModels, Notebook, Start, policy
from tests.proxy_addons.wire import Authority, Client, Reply


def parts(settings: Settings) -> tuple[object, ...]:
    """What a proxy is made of."""
    rules = policy()
    loaded = LoadedPolicy(rules, Path("test.yaml"), "0" * 64)
    return settings, CATALOGUE, Looks(rules), Notebook(), lambda: loaded, NoModels()


def settings(state: Path, **proxy: object) -> Settings:
    proxy.setdefault("listen", "127.0.0.1:0")
    return Settings.model_validate({"state": state, "proxy": proxy})


# ── starting ──


async def test_a_port_in_use_is_a_config_error_with_a_remedy(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        proxy = Proxy(*parts(settings(state, listen=listen)))  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match=rf"{listen}: this port is in use; stop what"):
            await proxy.start()


@pytest.mark.parametrize(
    ("proxy", "message"),
    [
        ({"listen": "0.0.0.0:0"}, r"`proxy\.sources`: with `proxy\.listen: 0\.0\.0\.0:0` others"),
        ({"listen": "[::]:0"}, r"`proxy\.sources`"),
        ({"destinations": ["a b"]}, r"`proxy\.destinations`"),
        ({"upstream_ca": "/no/such/file"}, r"`proxy\.upstream_ca`: /no/such/file: No such file"),
        ({"upstream_ca": __file__}, r"`proxy\.upstream_ca`: .*: no"),
    ],
)
async def test_settings_that_cannot_be_met_are_config_errors(
    state: Path, proxy: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Proxy(*parts(settings(state, **proxy)))  # type: ignore[arg-type]


async def test_an_address_of_another_machine_is_a_config_error(state: Path) -> None:
    config = settings(state, listen="192.0.2.1:0", sources=["192.0.2.0/24"])
    with pytest.raises(ConfigError, match="this machine does not have that address"):
        await Proxy(*parts(config)).start()  # type: ignore[arg-type]


async def test_other_networks_may_use_it_when_they_are_listed(state: Path) -> None:
    config = settings(state, listen="0.0.0.0:0", sources=["10.0.0.0/8", "127.0.0.0/8"])
    proxy = Proxy(*parts(config))  # type: ignore[arg-type]
    assert (await proxy.start())[0] == "0.0.0.0"
    await proxy.stop(0)


async def test_two_proxies_share_a_port(state: Path) -> None:
    first = Proxy(*parts(settings(state)))  # type: ignore[arg-type]
    host, port = await first.start(reuse_port=True)
    second = Proxy(*parts(settings(state, listen=f"{host}:{port}")))  # type: ignore[arg-type]
    await second.start(reuse_port=True)
    await second.stop(0)
    await first.stop(0)


# ── trust ──


async def test_the_ca_is_ours_and_only_ours_to_read(start: Start, state: Path) -> None:
    await start()
    folder = ca.directory(state)
    certificate = x509.load_pem_x509_certificate(ca.certificate(state).read_bytes())

    assert certificate.subject.rfc4514_string() == "O=Penstock,CN=Penstock CA"
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.glob("penstock-ca*"):
        assert path.stat().st_mode & 0o777 == 0o600, path


async def test_a_ca_that_others_can_read_is_a_config_error(tmp_path: Path) -> None:
    state = tmp_path / "state"
    ca.open_store(state)
    key = ca.directory(state) / "penstock-ca.pem"
    key.chmod(0o640)
    with pytest.raises(ConfigError, match=f"run: chmod 600 {key}"):
        ca.open_store(state)


@pytest.mark.parametrize("content", ["", "nonsense"])
async def test_a_damaged_ca_is_a_config_error(tmp_path: Path, content: str) -> None:
    state = tmp_path / "state"
    ca.open_store(state)
    (ca.directory(state) / "penstock-ca.pem").write_text(content)
    with pytest.raises(ConfigError, match="not a CA key with its certificate"):
        ca.open_store(state)


async def test_of_several_that_start_at_once_one_makes_the_ca(tmp_path: Path) -> None:
    state = tmp_path / "state"
    stores = await asyncio.gather(*(asyncio.to_thread(ca.open_store, state) for _ in range(4)))

    assert {s.default_ca.to_pem() for s in stores} == {ca.certificate(state).read_bytes()}


async def test_the_same_ca_is_used_again(tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = ca.open_store(state).default_ca.to_pem()
    assert ca.open_store(state).default_ca.to_pem() == first


async def test_a_service_with_a_certificate_nobody_signed_gets_nothing(
    start: Start, tmp_path: Path
) -> None:
    lab = await start(upstream_ca=Authority(tmp_path).pem)  # another authority than its own
    answer = await lab.post("hello")

    assert answer.status_code == 502
    assert lab.upstream.raw == b""


async def test_a_service_with_another_hosts_certificate_gets_nothing(start: Start) -> None:
    lab = await start(upstream_hosts=("other.example",))
    answer = await lab.post("hello")

    assert answer.status_code == 502
    assert lab.upstream.raw == b""


@pytest.mark.filterwarnings("ignore:.*TLSVersion.* is deprecated:DeprecationWarning")
@pytest.mark.parametrize("side", ["client", "service"])
async def test_old_tls_is_refused(start: Start, side: str) -> None:
    lab = await start()
    if side == "service":
        lab.upstream.context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        lab.upstream.context.maximum_version = ssl.TLSVersion.TLSv1_1
        lab.upstream.context.set_ciphers("ALL:@SECLEVEL=0")
        assert (await lab.post("hello")).status_code == 502
        return
    client = await lab.raw()
    await client.tunnel(f"{HOST}:443")
    context = lab.trusting()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await client.tls(context, HOST)


async def test_no_host_serves_pages_of_mitmproxy(start: Start) -> None:
    lab = await start()
    answer = await lab.http().get("http://mitm.it/")
    assert answer.status_code in (403, 502)


# ── stopping ──


async def test_requests_in_flight_are_finished_and_new_ones_turned_away(start: Start) -> None:
    lab = await start(drain_s=20)
    held = asyncio.Event()
    lab.upstream.reply = Reply((b"one ", b"two"), held=held)
    idle = await lab.raw()
    client = lab.http(http2=True)
    async with client.stream("POST", f"https://{HOST}/v1/messages", content=b"{}") as answer:
        pieces = answer.aiter_bytes()
        assert await anext(pieces) == b"one "
        stopping = asyncio.create_task(lab.proxy.stop(20))
        with pytest.raises(ConnectionError):
            await _connect_for_ever(lab.address)
        late = await client.post(f"https://{HOST}/v1/messages", content=b"{}")
        assert late.status_code == 503
        held.set()
        assert await anext(pieces) == b"two"
    await stopping
    await idle.rest()


async def _connect_for_ever(address: tuple[str, int]) -> None:
    while True:
        await (await Client.connect(address)).close()


async def test_what_takes_too_long_is_cut(start: Start) -> None:
    lab = await start()
    lab.upstream.reply = Reply((b"one ", b"two"), held=asyncio.Event())
    client = await lab.inside()
    await client.send(f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 2\r\n\r\n{{}}".encode())
    await client.reader.readuntil(b"one ")
    await lab.proxy.stop(0)
    assert await client.rest() == b"\r\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_the_server(state: Path, number: signal.Signals) -> None:
    listening: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(
        serve(*parts(settings(state, drain_s=0)), ready=listening.set_result)  # type: ignore[arg-type]
    )
    address = await listening
    client = await Client.connect(address)
    os.kill(os.getpid(), number)
    await running
    await client.rest()
    await client.close()
    with pytest.raises(ConnectionError):
        await Client.connect(address)
