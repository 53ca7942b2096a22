"""Which connections are decrypted: those to hosts of the catalogue. All others are blind tunnels.

A client that connects says where it wants to go. A tunnel to any other host is joined here, byte
for byte, and mitmproxy never sees it; only the server name of its TLS handshake is read, so that
no service is reached under another host's name.

Source: RFC 9110, section 9.3.6 (CONNECT).
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from penstock.errors import ConfigError
from proxy_addons import responses
from proxy_addons.destinations import Destinations, Refused
from proxy_addons.hello import MAX_BYTES, Incomplete, server_name
from proxy_addons.identity import Identities, Identity, NotIdentified, fields
from proxy_addons.limits import HEAD_BYTES, HEAD_S
from proxy_addons.names import canonical, plain, split_port
from proxy_addons.places import log_place
from proxy_addons.services import Service, Services

_CONNECT = b"CONNECT "
_OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_UNRECOGNIZED_NAME = b"\x15\x03\x01\x00\x02\x02\x70"  # a fatal TLS alert, RFC 6066
_KEEP_ALIVE_S = 60


class Sources:
    """The client addresses that may use the proxy."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        """Raises ConfigError for what is no network."""
        try:
            self._networks = [ip_network(network, strict=False) for network in networks]
        except ValueError as e:
            raise ConfigError(f"`proxy.sources`: {e}") from None
        self.include = lru_cache(4096)(self._include)

    @property
    def are_local(self) -> bool:
        """Whether only this machine may use the proxy."""
        return all(network.is_loopback for network in self._networks)

    def _include(self, address: str) -> bool:
        found = ip_address(plain(address))
        return any(found in network for network in self._networks)


def admitted(listen: str, networks: tuple[str, ...]) -> Sources:
    """Who may use a proxy that listens on `listen`. Raises ConfigError where others than this
    machine could connect and it is not said who of them may."""
    sources = Sources(networks)
    if sources.are_local and not _is_local(listen.rpartition(":")[0].strip("[]")):
        raise ConfigError(
            f"`proxy.sources`: with `proxy.listen: {listen}` others could connect; list the "
            "networks that may use the proxy"
        )
    return sources


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(slots=True)
class Ways:
    """Where arriving connections can go."""

    services: Services
    destinations: Destinations
    sources: Sources
    identities: Identities
    decrypt: Callable[[asyncio.Transport, bytes, tuple[str, int] | None, Identity | None], None]
    """Hands a connection over: its transport, what has arrived, for CONNECT the target and who
    asked for it."""
    disguised: Callable[[Identity, Service], Coroutine[Any, Any, None]]
    """Records that somebody asked for a service under another host's name."""
    tunnelled: Callable[[str], None] = lambda _: None
    """Told the host of each blind tunnel."""
    arrivals: "set[Arrival]" = field(default_factory=set)
    tunnels: "set[End]" = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def close(self, moved_before: float = float("inf")) -> None:
        """Ends what has not yet arrived, and the tunnels in which nothing moves any more."""
        for arrival in list(self.arrivals):
            arrival.close()
        for tunnel in list(self.tunnels):
            if tunnel.moved_at < moved_before:
                tunnel.close()


class Arrival(asyncio.Protocol):
    """A client connection until it is known where it goes."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._data = bytearray()
        self._next = self._read_head
        self._target = ("", 0)
        self._who: Identity | None = None
        self._far: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    # ── asyncio ──

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ways.arrivals.add(self)
        self._address = str(transport.get_extra_info("peername")[0])
        shown = transport.get_extra_info("peercert")
        self._who = self._ways.identities.certified(self._address, shown)
        self._timer = asyncio.get_running_loop().call_later(HEAD_S, transport.abort)
        if not self._ways.sources.include(self._address):
            self._refuse(403, f"{self._address} may not use this proxy")

    def data_received(self, data: bytes) -> None:
        """More of its first words."""
        self._data += data
        if not self._transport.is_closing():
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone before anything came of it."""
        self._leave()
        if self._task is not None:
            self._task.cancel()
        if self._far is not None:
            self._far.close()

    # ── what it wants ──

    def _read_head(self) -> None:
        if not _CONNECT.startswith(self._data[: len(_CONNECT)]):
            return self._hand_over(None)  # an ordinary request
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            if len(self._data) > HEAD_BYTES:
                self._refuse(431, "the head of this request is too large")
            return None
        head = self._data[:end].decode("latin-1")
        del self._data[: end + 4]
        try:
            _, authority, version = head.partition("\r\n")[0].split(" ")
            name, port = split_port(authority)
            host = canonical(name)
        except ValueError:
            return self._refuse(400, "CONNECT needs a host and a port")
        if port is None or not version.startswith("HTTP/1."):
            return self._refuse(400, "CONNECT needs a host and a port")
        self._target = (host, port)
        said = fields(head)
        try:
            identities = self._ways.identities
            self._who = identities.at_once(self._address, said, self._who)
        except NotIdentified as e:
            return self._refuse(e.status, str(e))
        if self._who is None:
            self._transport.pause_reading()
            self._next = self._await_far
            self._task = self._start(self._identify(said))
            return None
        return self._admit()

    async def _identify(self, said: Mapping[bytes, bytes]) -> None:
        try:
            self._who = await self._ways.identities.identify(self._address, said)
        except NotIdentified as e:
            return self._refuse(e.status, str(e))
        except Exception as e:
            log_place("identifying a client", e)
            return self._refuse(503, "nobody can be identified now")
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self._admit()

    def _admit(self) -> None:
        if self._ways.services.at(self._target[0]) is not None:
            self._transport.write(_OPENED)
            self._next = self._await_first_words
        else:
            self._transport.pause_reading()
            self._next = self._await_far
            self._task = self._start(self._open_tunnel())
        if self._data:
            self._next()

    def _await_first_words(self) -> None:
        self._hand_over(self._target)

    def _await_far(self) -> None:
        pass

    def close(self) -> None:
        """Ends it."""
        self._transport.close()

    def _leave(self) -> None:
        self._timer.cancel()
        self._ways.arrivals.discard(self)

    def _hand_over(self, target: tuple[str, int] | None) -> None:
        self._leave()
        self._ways.decrypt(self._transport, bytes(self._data), target, self._who)

    def _refuse(self, status: int, message: str) -> None:
        self._timer.cancel()
        self._transport.write(responses.bare(status, message))
        self._transport.close()

    # ── tunnels ──

    async def _open_tunnel(self) -> None:
        host, port = self._target
        try:
            await self._ways.destinations.connect(host, port, self._far_end)
        except Refused as e:
            self._refuse(403, str(e))
        except OSError as e:
            self._refuse(502, str(e))

    def _far_end(self) -> "End":
        return End(self._transport, self._ways.tunnels, self._reached)

    def _reached(self, far: asyncio.Transport) -> None:
        self._timer.cancel()
        self._far = far
        self._next = self._check_name
        _keep_alive(self._transport)
        self._transport.write(_OPENED)
        self._transport.resume_reading()
        if self._data:
            self._next()

    def _check_name(self) -> None:
        assert self._far is not None
        service = None
        try:
            name = server_name(bytes(self._data))
            if name:
                service = self._ways.services.at(canonical(name))
        except Incomplete:
            if len(self._data) > MAX_BYTES:
                self._transport.abort()
            return
        except ValueError:
            return self._transport.abort()
        if service is not None:
            # the alert first: its record may take a moment, and nothing is waiting for it
            self._transport.write(_UNRECOGNIZED_NAME)
            self._transport.close()
            assert self._who is not None
            self._start(self._ways.disguised(self._who, service))
            return
        self._ways.tunnelled(name or self._target[0])
        self._leave()
        far, self._far = self._far, None
        near = End(far, self._ways.tunnels)
        self._transport.set_protocol(near)
        near.connection_made(self._transport)
        far.write(self._data)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._ways.tasks.add(task)
        task.add_done_callback(self._ways.tasks.discard)
        return task


class End(asyncio.Protocol):
    """One end of a blind tunnel: what arrives here leaves at the other."""

    def __init__(
        self,
        other: asyncio.Transport,
        tunnels: "set[End]",
        made: Callable[[asyncio.Transport], None] = lambda _: None,
    ) -> None:
        self._other = other
        self._tunnels = tunnels
        self._made = made
        self.moved_at = 0.0
        """Loop time of the last bytes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """This end is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._time = asyncio.get_running_loop().time
        self.moved_at = self._time()
        self._tunnels.add(self)
        _keep_alive(transport)
        self._made(transport)

    def data_received(self, data: bytes) -> None:
        """Bytes for the other end."""
        self._other.write(data)
        self.moved_at = self._time()

    def pause_writing(self) -> None:
        """This end cannot take more."""
        self._other.pause_reading()

    def resume_writing(self) -> None:
        """It can again."""
        self._other.resume_reading()

    def eof_received(self) -> bool:
        """No more from here; the other direction may go on."""
        if self._other.can_write_eof() and not self._other.is_closing():
            self._other.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """This end has gone."""
        self._tunnels.discard(self)
        self._other.close()

    def close(self) -> None:
        """Ends the tunnel."""
        self._transport.close()


def _keep_alive(transport: asyncio.BaseTransport) -> None:
    """So that a peer that is gone without a word is noticed."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEP_ALIVE_S)
