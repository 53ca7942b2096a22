"""People who show a certificate: to this proxy, or to one in front that says whose it is."""

import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest

from penstock.errors import ConfigError
from proxy_addons import certificates
from tests.proxy_addons.lab import HOST, TUNNELLED, Lab, Start
from tests.proxy_addons.wire import Authority

PROMPT = {"model": "m", "messages": [{"role": "user", "content": "the password is SECRET-42"}]}


class Keys:
    """A company's CA, its proxy's certificate and Ada's."""

    def __init__(self, folder: Path) -> None:
        self.ca = Authority(folder)
        self.ca.server("localhost")
        self.proxy = folder / "localhost.pem"
        self.ada = self.ca.person("Ada Lovelace", "staff")

    def trusting(self, shown: Path | None) -> ssl.SSLContext:
        """A client of the proxy, with a certificate or without."""
        context = ssl.create_default_context(cafile=self.ca.pem)
        if shown is not None:
            context.load_cert_chain(shown)
        return context


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


async def begin(start: Start, keys: Keys, **more: Any) -> Lab:
    return await start(certificate=keys.proxy, client_ca=keys.ca.pem, **more)


async def ask(
    lab: Lab, tls: ssl.SSLContext, url: str = f"https://{HOST}/v1/messages"
) -> httpx.Response:
    proxy = httpx.Proxy(f"https://localhost:{lab.address[1]}", ssl_context=tls)
    async with httpx.AsyncClient(proxy=proxy, verify=lab.trusting(), trust_env=False) as client:
        return await client.post(url, json=PROMPT)


async def test_who_shows_a_certificate_is_its_subject(start: Start, keys: Keys) -> None:
    lab = await begin(start, keys)
    assert (await ask(lab, keys.trusting(keys.ada))).status_code == 400

    [kept] = lab.notebook.violations
    assert (kept.user, kept.groups) == ("Ada Lovelace", ("staff",))
    assert kept.identified_by == "certificate"


async def test_without_one_nothing_is_opened(start: Start, keys: Keys) -> None:
    lab = await begin(start, keys)
    for url in (f"https://{HOST}/v1/messages", f"https://{TUNNELLED}/"):
        with pytest.raises(httpx.ProxyError, match="403"):
            await ask(lab, keys.trusting(None), url)
    answer = await ask(lab, keys.trusting(None), f"http://{TUNNELLED}/")
    assert answer.status_code == 403
    assert "asks for a certificate" in answer.text
    assert lab.upstream.connections == 0


async def test_one_of_another_ca_is_none(start: Start, keys: Keys, tmp_path: Path) -> None:
    lab = await begin(start, keys)
    other = Authority(tmp_path).person("Ada Lovelace", "staff")
    with pytest.raises((httpx.TransportError, ssl.SSLError)):
        await ask(lab, keys.trusting(other))
    assert lab.upstream.connections == 0


async def test_what_is_no_tls_gets_no_answer(start: Start, keys: Keys) -> None:
    lab = await begin(start, keys)
    client = await lab.raw()
    await client.send(f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    assert b" 200 " not in await client.rest()


async def test_tls_to_the_proxy_alone_names_nobody(start: Start, keys: Keys) -> None:
    lab = await start(certificate=keys.proxy)
    await ask(lab, keys.trusting(None))
    [kept] = lab.notebook.violations
    assert kept.identified_by == "address"


SUBJECT = 'Hash=1f;Subject="CN=Ada Lovelace,OU=staff,O=Acme\\, Inc.";URI=spiffe://acme'


@pytest.mark.parametrize(
    ("header", "said", "user", "groups"),
    [
        ("X-Forwarded-Client-Cert", SUBJECT, "Ada Lovelace", ("staff",)),
        ("X-Forwarded-User", "CN=Ada Lovelace,OU=staff,O=Acme", "Ada Lovelace", ("staff",)),
        ("X-Forwarded-User", "/C=DE/O=Acme/OU=staff/CN=ada", "ada", ("staff",)),
        ("X-Forwarded-User", r"CN=Lovelace\2C Ada,O=Acme", "Lovelace, Ada", ()),
        ("X-Forwarded-User", "ada", "ada", ()),
    ],
)
async def test_a_proxy_in_front_says_whose_certificate_it_saw(
    start: Start, header: str, said: str, user: str, groups: tuple[str, ...]
) -> None:
    lab = await start(fronts=["127.0.0.0/8"], user_header=header)
    proxy = httpx.Proxy(f"http://127.0.0.1:{lab.address[1]}", headers={header: said})
    async with httpx.AsyncClient(proxy=proxy, verify=lab.trusting(), trust_env=False) as client:
        await client.post(f"https://{HOST}/v1/messages", json=PROMPT)
    [kept] = lab.notebook.violations
    assert (kept.user, kept.groups, kept.identified_by) == (user, groups, "front")


@pytest.mark.parametrize(
    "said",
    [f'Subject="CN=eve",{SUBJECT}', f'{SUBJECT},Subject="CN=eve"', 'Subject=""', "CN=ada,CN=eve"],
    ids=["first", "last", "nobody", "two names"],
)
def test_a_header_that_says_two_things_says_nothing(said: str) -> None:
    assert certificates.of_header(said) == ("", ()) or certificates.of_header(said)[0] == ""  # type: ignore[index]


def test_a_mail_address_is_the_better_name() -> None:
    subject = ((("organizationalUnitName", "staff"),), (("commonName", "Ada"),))
    names = (("DNS", "ada.example"), ("email", "ada@acme.example"))
    found = certificates.of_peer({"subject": subject, "subjectAltName": names})
    assert found == ("ada@acme.example", ("staff",))


async def test_settings_that_cannot_be_met_are_told(start: Start, keys: Keys) -> None:
    with pytest.raises(ConfigError, match="where the proxy has one"):
        await start(client_ca=keys.ca.pem)
    with pytest.raises(ConfigError, match=r"`proxy\.certificate`: .*ca\.pem"):
        await start(certificate=keys.ca.pem)
    with pytest.raises(ConfigError, match=r"`proxy\.client_ca`: .*no such file"):
        await start(certificate=keys.proxy, client_ca=keys.proxy.parent / "none.pem")
