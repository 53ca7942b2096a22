"""Passwords that an LDAP directory knows: OpenLDAP's server, over TLS, on loopback."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from penstock.errors import ConfigError
from penstock.settings import DirectorySettings
from proxy_addons.directory import Directory
from proxy_addons.passwords import Unreachable
from tests.proxy_addons.lab import Start
from tests.proxy_addons.test_identity import ask
from tests.proxy_addons.wire import Authority
from tests.reports.servers import free_port

SLAPD = shutil.which("slapd", path="/usr/sbin:/usr/lib/openldap:/usr/libexec")
PEOPLE = "ou=people,dc=acme,dc=example"

_CONFIG = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCACertificateFile {ca}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {certificate}
security {security}
database mdb
suffix "dc=acme,dc=example"
directory {folder}/data
access to attrs=userPassword by anonymous auth
access to * by users read
"""
_PEOPLE = f"""\
dn: dc=acme,dc=example
objectClass: dcObject
objectClass: organization
dc: acme
o: Acme

dn: {PEOPLE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=acme,dc=example
objectClass: organizationalUnit
ou: groups

dn: uid=ada,{PEOPLE}
objectClass: inetOrgPerson
uid: ada
cn: Ada
sn: Lovelace
userPassword: pass:wörd

dn: cn=staff,ou=groups,dc=acme,dc=example
objectClass: groupOfNames
cn: staff
member: uid=ada,{PEOPLE}

dn: cn=lab,ou=groups,dc=acme,dc=example
objectClass: posixGroup
cn: lab
gidNumber: 7
memberUid: ada
"""


@dataclass(frozen=True)
class Ldap:
    """It runs."""

    tls_port: int
    plain_port: int
    ca: Path

    def settings(self, **changes: object) -> DirectorySettings:
        return DirectorySettings.model_validate(
            {
                "url": f"ldaps://localhost:{self.tls_port}",
                "user": f"uid={{}},{PEOPLE}",
                "groups": "ou=groups,dc=acme,dc=example",
                "ca": self.ca,
                **changes,
            }
        )


@pytest.fixture(scope="module")
def ldap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ldap]:
    if SLAPD is None:
        pytest.skip("slapd is not installed")
    folder = tmp_path_factory.mktemp("ldap")
    (folder / "data").mkdir()
    authority = Authority(folder)
    authority.server("localhost")
    config = folder / "slapd.conf"
    certificate = folder / "localhost.pem"
    config.write_text(
        _CONFIG.format(folder=folder, ca=authority.pem, certificate=certificate, security="tls=128")
    )
    slapadd = Path(SLAPD).with_name("slapadd")
    subprocess.run([slapadd, "-f", config], input=_PEOPLE.encode(), check=True, timeout=60)
    tls, plain = free_port(), free_port()
    listens = f"ldaps://127.0.0.1:{tls} ldap://127.0.0.1:{plain}"
    with subprocess.Popen([SLAPD, "-f", config, "-h", listens, "-d", "0"]) as server:
        try:
            for port in (tls, plain):
                _await(port, server)
            yield Ldap(tls, plain, authority.pem)
        finally:
            server.terminate()


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.parametrize("name", ["ada", "Ada"])
def test_who_can_sign_in_there_is_somebody_with_groups(ldap: Ldap, name: str) -> None:
    found = Directory(ldap.settings()).find(name, "pass:wörd")
    assert found is not None
    assert (found.name, found.groups) == ("ada", ("lab", "staff"))


def test_it_is_said_why_nobody_can_sign_in(ldap: Ldap, tmp_path: Path) -> None:
    assert Directory(ldap.settings()).problem() == ""
    starts_tls = ldap.settings(url=f"ldap://localhost:{ldap.plain_port}")
    assert Directory(starts_tls).problem() == ""
    away = ldap.settings(url=f"ldaps://localhost:{free_port()}")
    assert "Connection refused" in Directory(away).problem()
    (tmp_path / "other").mkdir()
    distrusted = ldap.settings(ca=Authority(tmp_path / "other").pem)
    assert "CERTIFICATE_VERIFY_FAILED" in Directory(distrusted).problem()
    misspelt = ldap.settings(user="uid={},,dc=acme")
    assert "invalidDNSyntax" in Directory(misspelt).problem()


def test_without_a_place_for_groups_there_are_none(ldap: Ldap) -> None:
    found = Directory(ldap.settings(groups="")).find("ada", "pass:wörd")
    assert found is not None
    assert found.groups == ()


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ada", "wrong"),
        ("ada", ""),  # servers say yes to that, and mean nobody
        ("", ""),
        ("eve", "pass:wörd"),
        ("ada,ou=people", "pass:wörd"),
        ("*", "pass:wörd"),
        ("ada\0", "pass:wörd"),
        ("a" * 200, "pass:wörd"),
    ],
)
def test_nobody_else_is(ldap: Ldap, name: str, password: str) -> None:
    assert Directory(ldap.settings()).find(name, password) is None


def test_a_plain_port_is_used_with_tls_alone(ldap: Ldap) -> None:
    url = f"ldap://localhost:{ldap.plain_port}"
    assert Directory(ldap.settings(url=url)).find("ada", "pass:wörd") is not None


def test_a_server_that_the_ca_does_not_know_is_told_no_password(ldap: Ldap, tmp_path: Path) -> None:
    other = Authority(tmp_path)
    for url in (ldap.settings().url, f"ldap://localhost:{ldap.plain_port}"):
        with pytest.raises(Unreachable):
            Directory(ldap.settings(ca=other.pem, url=url)).find("ada", "pass:wörd")


async def test_people_of_the_directory_use_the_proxy(start: Start, ldap: Ldap) -> None:
    lab = await start(directory=ldap.settings())
    await ask(lab, ("ada", "pass:wörd"))
    [kept] = lab.notebook.violations
    assert (kept.user, kept.groups, kept.identified_by) == ("ada", ("lab", "staff"), "basic")


async def test_while_it_is_down_nobody_passes(start: Start, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    url = f"ldaps://localhost:{free_port()}"
    user = f"uid={{}},{PEOPLE}"
    lab = await start(directory=DirectorySettings(url=url, user=user, ca=authority.pem))
    with pytest.raises(Exception, match="503"):
        await ask(lab, ("ada", "pass:wörd"))
    answer = await lab.http().get(
        "http://www.elsewhere.example/", headers={"proxy-authorization": "Basic YTpi"}
    )
    assert answer.status_code == 503
    assert lab.upstream.connections == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"url": "http://x"}, "ldaps://HOST"),
        ({"user": "uid=ada"}, "`{}` is missing"),
        ({"ca": Path("/none.pem")}, "no such file"),
    ],
)
def test_wrong_settings_are_told(changes: dict[str, object], says: str) -> None:
    settings = {"url": "ldaps://x.example", "user": "{}@x.example", **changes}
    with pytest.raises(ConfigError, match=says):
        Directory(DirectorySettings.model_validate(settings))
