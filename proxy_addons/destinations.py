"""Where clients may go: public addresses, and what the settings list besides.

A name is resolved here, every address checked, and the connection made to a checked address: what
the name says a moment later does not matter.

Source: IANA special-purpose address registries (RFC 6890) as `ipaddress` knows them; RFC 6052 and
RFC 3056 on IPv4 addresses within IPv6 ones.
"""

import asyncio
import ipaddress
import os
import socket
from collections.abc import Callable, Iterable, Mapping

from penstock.errors import ConfigError
from proxy_addons.names import canonical, plain, split_port

CONNECT_S = 10.0
"""Longest wait for one address to accept a connection."""

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
type _Target = tuple[str, int]
type _Factory = Callable[[], asyncio.BaseProtocol]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(Exception):
    """A destination that clients may not reach. Caught where the client is answered: 403."""


class Destinations:
    """Resolves, checks and connects."""

    def __init__(
        self, allowed: Iterable[str] = (), mapped: Mapping[str, str] | None = None
    ) -> None:
        """`allowed` and `mapped` as in the settings. Raises ConfigError."""
        self._names: set[tuple[str, int | None]] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in allowed:
            self._allow(entry)
        self._mapped: dict[tuple[str, int | None], _Target] = {}
        for asked, target in (mapped or {}).items():
            self._map(asked, target)
        self.own_ports: set[int] = set()
        """Where the proxy itself listens: never a destination."""
        self.internal: set[_Target] = set()
        """Our own services on loopback; not for clients."""

    def refuses(self, host: str, port: int) -> bool:
        """Whether an address in canonical spelling may not be reached. Names: not known yet."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return not (self._listed(host, port) or self._may_reach(address, port))

    def is_itself(self, host: str, port: int) -> bool:
        """Whether a canonical name or address with this port is the proxy's own."""
        if port not in self.own_ports:
            return False
        try:
            return _is_ours(ipaddress.ip_address(host))
        except ValueError:
            return host in ("localhost", socket.gethostname().lower())

    async def connect(
        self, host: str, port: int, factory: _Factory, *, internal: bool = False
    ) -> asyncio.Transport:
        """A connection to the first address of `host` that accepts one.

        `internal`: `host` was not taken from a client, or was checked. Raises Refused or OSError.
        """
        error: OSError = OSError(f"cannot connect to {host}:{port}")
        loop = asyncio.get_running_loop()
        for address in await self.addresses(host, port, internal=internal):
            try:
                async with asyncio.timeout(CONNECT_S):
                    transport, _ = await loop.create_connection(factory, *address)
            except OSError as e:  # TimeoutError is one
                error = OSError(f"cannot connect to {host}:{port}: {_reason(e)}")
            else:
                return transport
        raise error

    async def addresses(self, host: str, port: int, *, internal: bool = False) -> list[_Target]:
        """Where `host` may be reached. Raises Refused if nowhere, OSError if it is unknown."""
        target = self._mapped.get((host, port)) or self._mapped.get((host, None))
        if target is not None:
            return [target]
        if internal and (host, port) in self.internal:
            return [(host, port)]
        try:
            found = [ipaddress.ip_address(host)]
        except ValueError:
            found = await _resolve(host, port)
        listed = self._listed(host, port)
        allowed = [
            a for a in found if (listed and not self._is_own(a, port)) or self._may_reach(a, port)
        ]
        if not allowed:
            raise Refused(f"{host}:{port} is not a destination that may be reached")
        return [(str(a), port) for a in allowed]

    def _may_reach(self, address: Address, port: int) -> bool:
        if self._is_own(address, port):
            return False
        return _is_public(address) or any(address in network for network in self._networks)

    def _is_own(self, address: Address, port: int) -> bool:
        return port in self.own_ports and _is_ours(address)

    def _listed(self, host: str, port: int) -> bool:
        return (host, port) in self._names or (host, None) in self._names

    def _allow(self, entry: str) -> None:
        try:
            if "/" in entry:
                self._networks.append(ipaddress.ip_network(entry))
            else:
                host, port = split_port(entry)
                self._names.add((canonical(host), port))
        except ValueError:
            raise ConfigError(
                f"`proxy.destinations`: `{entry}` is not HOST, HOST:PORT or a network"
            ) from None

    def _map(self, asked: str, target: str) -> None:
        try:
            host, port = split_port(asked)
            to_host, to_port = split_port(target)
            if to_port is None:
                raise ValueError
            self._mapped[canonical(host), port] = (to_host.strip("[]"), to_port)
        except ValueError:
            raise ConfigError(
                f"`proxy.upstream_map`: `{asked}: {target}` is not HOST[:PORT]: HOST:PORT"
            ) from None


async def _resolve(host: str, port: int) -> list[Address]:
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise OSError(f"the name {host} cannot be resolved") from None
    return list(dict.fromkeys(ipaddress.ip_address(plain(str(a[4][0]))) for a in answers))


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast


def _is_ours(address: Address) -> bool:
    """Whether this machine has `address`: only then can a socket be bound to it."""
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return os.strerror(error.errno).lower() if error.errno else "it failed"
