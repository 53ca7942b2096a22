"""The request path, rehearsed: the proxy itself on loopback, with a sink in place of the world.

Canaries go its whole way, from CONNECT and TLS through the guard, the catalogue and the dialect to
the detectors in force, and on if nothing holds them; but whatever leaves arrives at the sink. The
policy's decision is replaced: what holds the number is refused, everything else may leave. So what
arrives was not seen. Nothing of a rehearsal is recorded.

Source: RFC 9110, section 9.3.6 (CONNECT); RFC 6455 (WebSockets).
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from cryptography.x509 import DNSName, GeneralNames
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from penstock.errors import ModelUnavailable
from penstock.model import Action, Chat, Finished, Violation
from penstock.settings import ProxySettings, Settings
from proxy_addons import ca
from proxy_addons.canary import DATA_CLASS, Shape
from proxy_addons.contracts import Conversed, Ended, Heard, Noticed, Opened, PolicySource
from proxy_addons.dialects.base import Redirectable
from proxy_addons.dialects.base import Request as Asked
from proxy_addons.dialects.messages import METHOD
from proxy_addons.inspection import Inspection, Job
from proxy_addons.master import Proxy
from proxy_addons.services import Services

ANSWER_S = 30.0
"""How long a canary may take; detectors have their own, shorter deadline."""

type Inspect = Callable[[Job], Awaitable[Inspection]]


class Rehearsal:
    """`async with Rehearsal(...) as rehearsal:` canaries can be sent inside the block."""

    def __init__(
        self,
        settings: Settings,
        services: Services,
        inspect: Inspect,
        policy: PolicySource,
        hosts: Collection[str],
    ) -> None:
        """`hosts`: all that canaries will be addressed to."""
        self._settings = settings
        self._services = services
        self._inspector = _Strict(inspect)
        self._policy = policy
        self._hosts = sorted(hosts)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Starts the sink and the proxy. Raises ConfigError."""
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="penstock-canaries-")))
            self._sink = await stack.enter_async_context(Sink(folder / "sink", self._hosts))
            own = self._settings.proxy
            proxy = ProxySettings(
                listen="127.0.0.1:0",
                max_body_bytes=own.max_body_bytes,
                upstream_ca=ca.certificate(folder / "sink"),
                upstream_map=dict.fromkeys(self._hosts, self._sink.address),
                drain_s=0,
            )
            settings = self._settings.model_copy(update={"state": folder, "proxy": proxy})
            twin = Proxy(
                settings,
                self._services,
                self._inspector,
                _NoRecords(),
                self._policy,
                _NoModels(),
            )
            self._address = await twin.start()
            stack.push_async_callback(twin.stop, 0)
            self._trust = ssl.create_default_context(cafile=str(ca.certificate(folder)))
            # a host in no row is a tunnel: then the sink is who answers
            self._trust.load_verify_locations(ca.certificate(folder / "sink"))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends both."""
        await self._stack.aclose()

    async def passes(self, host: str, shape: Shape) -> bool:
        """Whether `shape`, sent to `host`, arrives there.

        Raises OSError or EOFError if nobody answers, and ValueError for another host than those
        that the sink stands for.
        """
        if host not in self._hosts:
            raise ValueError(f"the sink does not stand for {host}")
        arrived = self._sink.arrived
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection(*self._address)
            try:
                await self._say(host, shape, reader, writer)
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
        return self._sink.arrived > arrived

    async def _say(
        self, host: str, shape: Shape, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        if b" 200 " not in (await _head(reader)).split(b"\r\n")[0]:
            raise OSError("no tunnel")
        await writer.start_tls(self._trust, server_hostname=host)
        if shape.method == METHOD:
            return await _say_on_a_socket(host, shape, reader, writer)
        lines = (
            f"{shape.method} {shape.target} HTTP/1.1",
            f"Host: {host}",
            f"Content-Type: {shape.content_type}",
            f"Content-Length: {len(shape.body)}",
            "User-Agent: penstock-canary",
            "Connection: close",
        )
        writer.write("\r\n".join((*lines, "", "")).encode("latin-1") + shape.body)
        await _head(reader)


class Sink:
    """Serves every name over TLS, counts what arrives, and answers nothing of interest."""

    def __init__(self, folder: Path, hosts: Collection[str]) -> None:
        """Makes an authority of its own in `folder`."""
        self.arrived = 0
        """Requests, and messages on sockets."""
        self.address = ""
        store = ca.open_store(folder)
        found = store.get_cert(NAME, GeneralNames([DNSName(host) for host in hosts]))
        pem = folder / "sink.pem"
        pem.touch(mode=0o600)
        pem.write_bytes(found.cert.to_pem() + _private(found.privatekey))
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(pem)

    async def __aenter__(self) -> Self:
        """Listens on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops."""
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await _head(reader)
            if b"upgrade: websocket" in head.lower():
                await self._hear(head, reader, writer)
            elif head:
                self.arrived += 1
                writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
                await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError, RemoteProtocolError):
            pass
        finally:
            writer.close()

    async def _hear(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        socket = WSConnection(ConnectionType.SERVER)
        socket.receive_data(head)
        while True:
            for event in socket.events():
                match event:
                    case Request():
                        writer.write(socket.send(AcceptConnection()))
                    case TextMessage() | BytesMessage():
                        self.arrived += 1
                        writer.write(socket.send(TextMessage("{}")))
                    case CloseConnection():
                        writer.write(socket.send(event.response()))
                        return
            if not (data := await reader.read(65536)):
                return
            socket.receive_data(data)


NAME = "canary.invalid"
"""The common name of the sink's certificate."""


async def _say_on_a_socket(
    host: str, shape: Shape, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """The message, and then the first thing that is said to it."""
    socket = WSConnection(ConnectionType.CLIENT)
    writer.write(socket.send(Request(host=host, target=shape.target)))
    while data := await reader.read(65536):
        socket.receive_data(data)
        for event in socket.events():
            if isinstance(event, AcceptConnection):
                writer.write(socket.send(_message(shape)))
            elif isinstance(event, _ANSWERS):
                with suppress(LocalProtocolError):
                    writer.write(socket.send(CloseConnection(1000)))
                return
    raise OSError("the socket ended without a word")


_ANSWERS = (TextMessage, BytesMessage, CloseConnection, RejectConnection, RejectData)


def _message(shape: Shape) -> Event:
    try:
        return TextMessage(shape.body.decode())
    except UnicodeDecodeError:
        return BytesMessage(shape.body)


async def _head(reader: asyncio.StreamReader) -> bytes:
    """A head of HTTP/1.1. Raises EOFError."""
    return await reader.readuntil(b"\r\n\r\n")


def _private(key: object) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    assert isinstance(key, RSAPrivateKey)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


class _Strict:
    """What holds the number is refused and everything else allowed, whatever the policy says."""

    def __init__(self, inspect: Inspect) -> None:
        self._inspect = inspect

    async def inspect(self, job: Job) -> Inspection:
        """See Inspector."""
        seen = await self._inspect(job)
        found = any(finding.data_class == DATA_CLASS for finding in seen.verdict.findings)
        action = Action.BLOCK if found else Action.ALLOW
        decision = replace(seen.verdict.decision, action=action)
        return replace(seen, verdict=replace(seen.verdict, decision=decision))


class _NoRecords:
    """What happens in a rehearsal happened to nobody."""

    async def record(self, violation: Violation) -> None:
        """See Recorder."""

    async def answered(
        self,
        violation: Violation,
        finished: Finished,
        at: object,
        asked_model: str = "",
        served_as: str = "",
    ) -> None:
        """See Recorder."""

    async def unsent(self, violation: Violation, at: object, attempt: int = 1) -> None:
        """See Recorder."""

    async def again(self, violation: Violation, at: object, attempt: int) -> None:
        """See Recorder."""

    def held(self, seconds: float, at: object) -> None:
        """See Recorder."""

    def noted(self, kind: Noticed, name: str, at: object) -> None:
        """See Recorder."""


class _NoModels:
    """Nothing is asked of internal models."""

    async def converse(self, chat: Chat, to: object, service: str = "") -> Conversed:
        """See Redirector."""
        raise ModelUnavailable("none in a rehearsal")

    async def open(
        self,
        chat: Chat,
        to: object,
        dialect: Redirectable,
        request: Asked,
        service: str = "",
        heard: Heard | None = None,
        ended: Ended | None = None,
    ) -> Opened:
        """See Redirector."""
        raise ModelUnavailable("none in a rehearsal")

    def drop(self, opened: Opened) -> None:
        """See Redirector."""
