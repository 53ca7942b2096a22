"""Who is sending: from the connection a request came on, never from a header anyone can write.

In this order: what a trusted front proxy says, a certificate, the address map, a password. Where
passwords or certificates are asked for, nobody passes without one of the four; where they are not,
the address is the name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from weakref import WeakKeyDictionary

from mitmproxy.connection import Client

from penstock.errors import ConfigError
from penstock.model import Sender
from penstock.settings import DirectorySettings, ProxySettings
from proxy_addons import certificates
from proxy_addons.names import plain
from proxy_addons.passwords import Guesses, Passwords, Source, Unreachable, UserFile
from proxy_addons.services import Service

_MOST = 256
"""Longest name that is taken from a front proxy."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, and how we know."""

    user: str
    groups: tuple[str, ...] = ()
    identified_by: str = "address"
    """`front`, `certificate`, `address-map`, `basic` or `address`."""


class NotIdentified(Exception):
    """Nobody we know. `status` is 407, 403 where only a certificate helps, 429 after too many
    attempts, 503 while nobody can be asked."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Identities:
    """Tells who is at the other end of a connection."""

    def __init__(self, proxy: ProxySettings, directory: DirectorySettings) -> None:
        """Raises ConfigError for settings or a file that is wrong."""
        if proxy.client_ca is not None and proxy.certificate is None:
            raise ConfigError(
                "`proxy.client_ca`: clients show certificates where the proxy has one"
            )
        self._fronts = [_network(n, "proxy.fronts") for n in proxy.fronts]
        self._header = proxy.user_header.lower().encode()
        named = ((_network(n, "proxy.addresses"), user) for n, user in proxy.addresses.items())
        self._addresses = sorted(named, key=lambda row: -row[0].prefixlen)
        sources: list[Source] = [UserFile(proxy.users)] if proxy.users is not None else []
        if directory.url:
            from proxy_addons.directory import Directory

            sources.append(Directory(directory))
        self._passwords = Passwords(sources) if sources else None
        self._are_certified = proxy.client_ca is not None
        self._known: WeakKeyDictionary[Client, Identity] = WeakKeyDictionary()
        self._at = lru_cache(4096)(self._by_address)

    @property
    def concerns(self) -> tuple[bytes, ...]:
        """Headers that are for us, and go no further."""
        return (b"proxy-authorization", *((self._header,) if self._fronts else ()))

    def bind(self, client: Client, identity: Identity) -> None:
        """All requests of this connection are of `identity`: its CONNECT said so."""
        self._known[client] = identity

    def bound(self, client: Client) -> Identity | None:
        """Who the connection belongs to; None: each request says who sends it."""
        return self._known.get(client)

    def certified(self, address: str, certificate: Mapping[str, Any] | None) -> Identity | None:
        """Who shows a certificate that was checked; one of a front proxy says nothing of people."""
        if not certificate or self._is_front(address):
            return None
        name, groups = certificates.of_peer(certificate)
        return Identity(name, groups, "certificate") if _is_name(name) else None

    def at_once(
        self, address: str, head: Mapping[bytes, bytes], certified: Identity | None = None
    ) -> Identity | None:
        """Who it is, where no password has to be checked. Raises NotIdentified."""
        if (said := head.get(self._header)) is not None and self._is_front(address):
            return _said(said)
        if (known := certified or self._at(address)) is not None:
            return known
        if self._passwords is None and self._are_certified:
            raise NotIdentified(403, "this proxy asks for a certificate")
        return Identity(plain(address)) if self._passwords is None else None

    def _is_front(self, address: str) -> bool:
        if not self._fronts:
            return False
        found = ip_address(plain(address))
        return any(found in front for front in self._fronts)

    async def identify(self, address: str, head: Mapping[bytes, bytes]) -> Identity:
        """Who it is, by whatever way. Raises NotIdentified."""
        if (known := self.at_once(address, head)) is not None:
            return known
        assert self._passwords is not None
        given = head.get(b"proxy-authorization")
        if given is None:
            raise NotIdentified(407, "this proxy asks for a name and a password")
        try:
            user = await self._passwords.check(given, plain(address))
        except Guesses:
            raise NotIdentified(429, "too many wrong passwords; wait a minute") from None
        except Unreachable:
            raise NotIdentified(503, "nobody can be identified now") from None
        if user is None:
            raise NotIdentified(407, "the name or the password is wrong")
        return Identity(user.name, user.groups, "basic")

    def close(self) -> None:
        """Ends what checks passwords."""
        if self._passwords is not None:
            self._passwords.close()

    def _by_address(self, address: str) -> Identity | None:
        found = ip_address(plain(address))
        for network, user in self._addresses:
            if found in network:
                return Identity(user, (), "address-map")
        return None


def sender(identity: Identity, service: Service, account: str = "unknown") -> Sender:
    """The sender of a request of `identity` to `service`."""
    return _sender(identity, service.service, service.category, service.approved, account)


@lru_cache(4096)
def _sender(
    identity: Identity, service: str, category: str, approved: bool, account: str
) -> Sender:
    return Sender(
        user=identity.user,
        groups=identity.groups,
        service=service,
        category=category,
        approved=approved,
        account=account,
        identified_by=identity.identified_by,
    )


def fields(head: str) -> dict[bytes, bytes]:
    """The headers of a CONNECT by lower-case name; of two of one name neither counts."""
    found: dict[bytes, bytes] = {}
    twice = set()
    for row in head.split("\r\n")[1:]:
        name, _, value = row.partition(":")
        key = name.lower().encode("latin-1")
        if key in found:
            twice.add(key)
        found[key] = value.strip(" \t").encode("latin-1")
    return {name: value for name, value in found.items() if name not in twice}


def _said(value: bytes) -> Identity:
    try:
        name = value.decode("utf-8").strip()
    except UnicodeDecodeError:
        name = ""
    groups: tuple[str, ...] = ()
    if (subject := certificates.of_header(name)) is not None:
        name, groups = subject
    elif "," in name:  # the header came twice, and the first one may be the client's own
        name = ""
    if not _is_name(name):
        raise NotIdentified(407, "the proxy in front of this one names nobody")
    return Identity(name, groups, "front")


def _is_name(name: str) -> bool:
    return 0 < len(name) <= _MOST and name.isprintable()


def _network(written: str, setting: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(written, strict=False)
    except ValueError as e:
        raise ConfigError(f"`{setting}`: {e}") from None
