"""A small HTTP server on loopback that keeps every byte it was sent."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import h2.exceptions
import h11

from penstock.demo.wire import Line, Said, speak_http1, speak_http2


@dataclass(frozen=True, slots=True)
class Received:
    """One complete request."""

    host: str
    """As the client named it in the TLS handshake; without TLS, in the `Host` header."""
    method: str
    target: str
    headers: dict[str, str] = field(repr=False)
    """Names in lower case; of a repeated one the last."""
    body: bytes = field(repr=False)
    """Without transfer-encoding, with content-encoding."""


type Handler = Callable[[Received], Said]


async def at_once() -> None:
    """Does not hold an answer back."""


class Server:
    """Listens on a free port of 127.0.0.1 and answers with what `handle` makes of a request."""

    def __init__(
        self,
        handle: Handler,
        tls: ssl.SSLContext | None = None,
        before_piece: Callable[[], Awaitable[None]] = at_once,
    ) -> None:
        """`before_piece` is awaited before each piece of an answer goes out."""
        self.requests: list[Received] = []
        """Complete requests, in order of arrival."""
        self.wire: dict[str, bytearray] = {}
        """By host: every byte of requests that arrived after the handshake, complete or not."""
        self.port = 0
        self._handle = handle
        self._before_piece = before_piece
        self._tls = tls
        self._names: dict[ssl.SSLObject, str] = {}
        self._connections: set[asyncio.Task[None]] = set()
        if tls is not None:
            tls.sni_callback = self._named

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`"""
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Opens the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def aclose(self) -> None:
        """Closes the port and every connection."""
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _named(
        self, tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext
    ) -> None:
        if isinstance(tls, ssl.SSLObject):
            self._names[tls] = name or ""

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tls = writer.get_extra_info("ssl_object")
        host = self._names.pop(tls, "") if tls is not None else ""
        wire = self.wire.setdefault(host, bytearray())

        def take(method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> Said:
            fields = dict(headers)
            named = host or fields.get("host", "").rpartition(":")[0]
            received = Received(named, method, target, fields, body)
            self.requests.append(received)
            return self._handle(received)

        line = Line(reader, writer, wire, take, self._before_piece)
        speak = speak_http2 if tls and tls.selected_alpn_protocol() == "h2" else speak_http1
        try:
            await speak(line)
        except (OSError, h11.RemoteProtocolError, h2.exceptions.ProtocolError):
            pass  # the client broke off; what arrived is kept
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
