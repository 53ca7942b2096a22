"""The proxy: our own mitmproxy master with a fixed list of add-ons, and the door in front of it.

No dumper, no onboarding pages, no scripts, nothing that prints or stores flows.
"""

import asyncio
import errno
import logging
import signal
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mitmproxy import ctx, hooks
from mitmproxy.addons.core import Core
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.certs import CertStore
from mitmproxy.master import Master as MitmproxyMaster
from mitmproxy.options import Options
from mitmproxy.proxy.layers import modes
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.layers.tls import ClientTLSLayer
from mitmproxy.tls import ClientHelloData, TlsData

from penstock import state
from penstock.errors import ConfigError, LedgerError
from penstock.settings import Settings
from proxy_addons import ca, certificates, limits, lock, shortcuts, websocket
from proxy_addons.accounts import Accounts
from proxy_addons.browser_egress import BrowserEgress
from proxy_addons.chats.chats import Chats
from proxy_addons.chats.shelf import Shelf
from proxy_addons.connection import ClientConnection, Hooks
from proxy_addons.contracts import Inspector, PolicySource, Recorder, Redirector
from proxy_addons.destinations import Destinations
from proxy_addons.distrust import Distrust
from proxy_addons.entrance import Entrance
from proxy_addons.guard import Guard
from proxy_addons.identity import Identities, Identity, sender
from proxy_addons.outages import Outages
from proxy_addons.places import log_place
from proxy_addons.records import NOT_INSPECTED, Records
from proxy_addons.room import Room
from proxy_addons.services import Service, Services
from proxy_addons.sockets import Sockets
from proxy_addons.tunnel import Arrival, Ways, admitted

SWEEP_S = 1.0
"""How often slow clients are looked for."""

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: with forward secrecy and authenticated, nothing else."""
_BACKLOG = 1024
_DRAIN_STEP_S = 0.05
_FLUSH_S = 5.0
_TUNNEL_IDLE_S = 1.0
_QUIET = ("mitmproxy", "hpack", "h2", "wsproto")
"""Loggers whose messages may hold headers and bodies."""


class Tls(TlsConfig):
    """mitmproxy's TLS settings with our authority, and without the list it serves on any host."""

    request = None  # type: ignore[assignment]
    running = None  # type: ignore[assignment]

    options: Options

    def __init__(self, store: CertStore) -> None:
        self.certstore = store

    def configure(self, updated: set[str]) -> None:
        """Nothing: the authority is given, and the options do not change."""

    def tls_clienthello(self, tls_clienthello: ClientHelloData) -> None:
        """With the options of its own master; mitmproxy takes those of the last one made."""
        ctx.options = self.options
        super().tls_clienthello(tls_clienthello)

    def tls_start_client(self, tls_start: TlsData) -> None:
        """See above."""
        ctx.options = self.options
        super().tls_start_client(tls_start)

    def tls_start_server(self, tls_start: TlsData) -> None:
        """See above: by these options certificates are verified."""
        ctx.options = self.options
        super().tls_start_server(tls_start)


class Master(MitmproxyMaster):
    """mitmproxy with exactly these add-ons."""

    def __init__(self, settings: Settings, tls: Tls, *addons: object) -> None:
        for name in _QUIET:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        super().__init__(Options(), asyncio.get_running_loop())
        self._legacy_log_events.uninstall()
        tls.options = self.options
        self.addons.add(Core(), Proxyserver(), tls, *addons)
        system = ssl.get_default_verify_paths().capath
        self.options.update(
            server=False,  # `tunnel.py` listens
            connection_strategy="lazy",
            rawtcp=False,
            http3=False,
            upstream_cert=False,
            validate_inbound_headers=True,
            tls_version_client_min="TLS1_2",
            tls_version_server_min="TLS1_2",
            ciphers_client=_CIPHERS,
            ciphers_server=_CIPHERS,
            ssl_verify_upstream_trusted_ca=str(
                ca.roots(settings.state, settings.proxy.upstream_ca)
            ),
            ssl_verify_upstream_trusted_confdir=system,
        )
        # they are final: as plain attributes they are read without a type check each time
        vars(self.options).update({name: option.current() for name, option in self.options.items()})

    @property
    def hooks(self) -> Hooks:
        """What to call for each hook, in the order of the add-ons."""
        return {
            name: calls
            for name in hooks.all_hooks
            if (calls := tuple(c for a in self.addons.chain if (c := getattr(a, name, None))))
        }


class Proxy:
    """One listening proxy."""

    def __init__(
        self,
        settings: Settings,
        services: Services,
        inspector: Inspector,
        recorder: Recorder,
        policy: PolicySource,
        redirector: Redirector,
        shelf: Shelf | None = None,
        tunnelled: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Without a shelf, chats are remembered by this process alone. Raises ConfigError for
        settings that cannot be met."""
        limits.install()
        shortcuts.install()
        websocket.install()
        lock.install()
        proxy = settings.proxy
        self._settings = settings
        host, _, port = proxy.listen.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        sources = admitted(proxy.listen, proxy.sources)
        self._destinations = Destinations(proxy.destinations, proxy.upstream_map)
        self._identities = Identities(proxy, settings.directory)
        self._tls = (
            certificates.listening(proxy.certificate, proxy.client_ca)
            if proxy.certificate is not None
            else None
        )
        accounts = Accounts(settings.accounts)
        services = Services((*services, *accounts.sign_in()))
        entrance = Entrance(
            services, self._destinations, self._identities, accounts, proxy.max_body_bytes
        )
        key = state.key(settings.state, "fingerprints")
        self._chats = Chats(inspector, settings.detection.limit_s, shelf, key)
        self._records = Records(recorder, policy, self._chats.retries)
        self.guard = Guard(
            settings, entrance, self._destinations, self._chats, self._records, redirector
        )
        sockets = Sockets(settings, self._chats, self._records, redirector)
        tls = Tls(ca.open_store(settings.state))
        outages = Outages()
        self._egress = BrowserEgress(
            self._destinations,
            ca.roots(settings.state, proxy.upstream_ca),
            self._records,
            outages,
            settings.language,
        )
        self.master = Master(
            settings, tls, outages, Distrust(self._records), self.guard, self._egress, sockets
        )
        self._hooks = self.master.hooks
        self._ways = Ways(
            services,
            self._destinations,
            sources,
            self._identities,
            self._decrypt,
            self._disguised,
            tunnelled,
        )
        self._room = Room(max(proxy.max_held_bytes, proxy.max_body_bytes))
        self._connections: dict[asyncio.Task[None], ClientConnection] = {}
        self._server: asyncio.Server | None = None

    async def start(self, *, reuse_port: bool = False) -> tuple[str, int]:
        """Listens; returns the address. Raises ConfigError if it cannot."""
        loop = asyncio.get_running_loop()
        listen = self._settings.proxy.listen
        try:
            self._server = await loop.create_server(
                lambda: Arrival(self._ways),
                self._host,
                self._port,
                reuse_port=reuse_port or None,
                backlog=_BACKLOG,
                ssl=self._tls,
                ssl_handshake_timeout=limits.HEAD_S if self._tls is not None else None,
            )
        except OSError as e:
            raise ConfigError(f"`proxy.listen`: {listen}: {_why_not(e)}") from None
        addresses = [s.getsockname() for s in self._server.sockets]
        self._destinations.own_ports = {a[1] for a in addresses}
        self._sweeper = loop.create_task(self._sweep())
        return str(addresses[0][0]), int(addresses[0][1])

    async def stop(self, drain_s: float) -> None:
        """Accepts no more, lets requests in flight finish for so long, closes the rest."""
        assert self._server is not None
        self._server.close()
        self.guard.is_draining = True
        loop = asyncio.get_running_loop()
        deadline = loop.time() + drain_s
        while self._close_idle(loop.time()) and loop.time() < deadline:
            await asyncio.sleep(_DRAIN_STEP_S)
        self._sweeper.cancel()
        self._identities.close()
        self._ways.close()
        for connection in self._connections.values():
            connection.close()
        if self._connections:
            await asyncio.wait(self._connections, timeout=_FLUSH_S)
        if self._ways.tasks:
            await asyncio.wait(self._ways.tasks, timeout=_FLUSH_S)
        await self._egress.aclose()
        self._chats.close()

    def _close_idle(self, now: float) -> bool:
        """Whether something is still going on."""
        for connection in self._connections.values():
            if not connection.busy:
                connection.close()
        self._ways.close(now - _TUNNEL_IDLE_S)
        return bool(self._connections or self._ways.tunnels)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            now = asyncio.get_running_loop().time()
            for connection in list(self._connections.values()):
                try:
                    connection.close_if_slow(now)
                except Exception as e:
                    log_place("looking for slow clients", e)
                    connection.close()

    # ── connections that are decrypted ──

    def _decrypt(
        self,
        transport: asyncio.Transport,
        data: bytes,
        target: tuple[str, int] | None,
        who: Identity | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        reader.feed_data(data)
        connection = ClientConnection(
            reader, writer, self.master.options, self._hooks, self._destinations
        )
        if who is not None:
            self._identities.bind(connection.client, who)
        self._stack(connection, target, is_tls=data[:1] == b"\x16")
        task = loop.create_task(_run(connection, writer))
        self._connections[task] = connection
        task.add_done_callback(self._connections.pop)

    def _stack(
        self, connection: ClientConnection, target: tuple[str, int] | None, *, is_tls: bool
    ) -> None:
        """mitmproxy's layers for this connection, fixed: HTTP, within TLS or not, nothing else."""
        context = connection.layer.context
        within = self._settings.proxy.max_body_bytes, self._room
        if target is None:
            connection.http = limits.Http(context, HTTPMode.regular, *within)
            connection.layer = connection.http
            return
        context.server.address = target
        context.server.tls = is_tls
        modes.TransparentProxy(context)  # some layers look at what is above them
        if is_tls:
            tls = ClientTLSLayer(context)
            tls.child_layer = limits.Http(context, HTTPMode.transparent, *within)
            connection.layer, connection.http = tls, tls.child_layer
        else:
            connection.http = limits.Http(context, HTTPMode.transparent, *within)
            connection.layer = connection.http

    async def _disguised(self, who: Identity, service: Service) -> None:
        endpoint = service.endpoint("CONNECT", "/")
        try:
            await self._records.keep(
                NOT_INSPECTED,
                endpoint,
                sender(who, service),
                service.hosts[0],
                unread=("host-mismatch",),
            )
        except LedgerError as e:
            log_place("recording", e)


async def serve(
    settings: Settings,
    services: Services,
    inspector: Inspector,
    recorder: Recorder,
    policy: PolicySource,
    redirector: Redirector,
    shelf: Shelf | None = None,
    *,
    reuse_port: bool = False,
    ready: Callable[[tuple[str, int]], None] = lambda _: None,
    tunnelled: Callable[[str], None] = lambda _: None,
) -> None:
    """Runs the proxy until SIGTERM or SIGINT, then lets requests in flight finish.

    `ready` gets the address once it listens, `tunnelled` the host of each blind tunnel. Raises
    ConfigError if it cannot listen.
    """
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_stray)
    proxy = Proxy(settings, services, inspector, recorder, policy, redirector, shelf, tunnelled)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        ready(await proxy.start(reuse_port=reuse_port))
        await stopping.wait()
        await proxy.stop(settings.proxy.drain_s)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _run(connection: ClientConnection, writer: asyncio.StreamWriter) -> None:
    try:
        await connection.handle_client()
    except Exception as e:
        log_place("a connection", e)
    finally:
        connection.http.end()
        writer.close()
        with suppress(OSError):
            async with asyncio.timeout(_FLUSH_S):
                await writer.wait_closed()


def _log_stray(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if isinstance(error, BaseException):
        log_place("a background task", error)


def _why_not(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "this port is in use; stop what listens there or choose another one"
        case errno.EACCES:
            return "this port needs privileges; choose one above 1023"
        case errno.EADDRNOTAVAIL | None:
            return "this machine does not have that address"
        case _:
            return error.strerror or "cannot listen there"
