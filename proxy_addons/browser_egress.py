"""Requests to sites that look at the handshake, sent with the one of the client's own browser.

Some sites turn away a browser whose TLS and HTTP/2 are not those of a browser. For the services
that the catalogue marks `egress: browser`, what the guard has opened is sent by curl-impersonate,
in the manner of the client's browser family; the flow fetches the answer from a loopback listener,
as it does with answers of internal models, piece by piece.

INVARIANT: only what the guard has opened is sent, to an address that was checked, and certificates
are verified against the same authorities as on the ordinary way.

Source: github.com/lexiforest/curl_cffi 0.17; libcurl's curl_easy_setopt, read 2026-11-28.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mitmproxy.connection import Client
from mitmproxy.http import Headers, HTTPFlow, Request, Response

from penstock.model import Action
from proxy_addons import responses, wording
from proxy_addons.browsers import handshake_of
from proxy_addons.calls import (
    BEFORE_SENDING,
    OF_THE_CONNECTION,
    Call,
    Failing,
    lines,
    prepared,
    reason,
)
from proxy_addons.destinations import Destinations, Refused
from proxy_addons.outages import Outages
from proxy_addons.passage import Passage, passage_of
from proxy_addons.records import Records
from proxy_addons.redirect.gateway import Gateway
from proxy_addons.socket_egress import TOKEN, Opening, SocketEgress, opens_a_socket

if TYPE_CHECKING:
    from curl_cffi import AsyncCurl, Curl

HELD_BYTES = 256 * 1024
"""How much of an answer waits here for a client that reads slowly; then the service waits too."""

_PAUSE = 0x10000001
_CONTINUE = 0


class BrowserEgress:
    """An add-on that comes after the guard: takes over what goes to sites so marked."""

    def __init__(
        self,
        destinations: Destinations,
        roots: Path,
        records: Records,
        outages: Outages,
        language: str,
    ) -> None:
        self._language = language
        self._destinations = destinations
        self._outages = outages
        self._records = records
        self._roots = str(roots)
        self._gateway = Gateway(keeps_open=True)
        self._sockets = SocketEgress(destinations, str(roots))
        self._curls: dict[str, AsyncCurl] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._starting: asyncio.Lock = asyncio.Lock()

    def request(self, flow: HTTPFlow) -> Awaitable[None] | None:
        """Runs when the guard is done with `flow`."""
        endpoint = passage_of(flow).endpoint
        if endpoint is None or endpoint.service.egress != "browser":
            return None
        return self._take_over(flow)

    def client_disconnected(self, client: Client) -> None:
        """What one client's requests shared ends with its connection."""
        if (curls := self._curls.pop(client.id, None)) is not None:
            task = asyncio.ensure_future(_closed(curls))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def aclose(self) -> None:
        """Cuts what is still being answered."""
        await self._gateway.aclose()
        await self._sockets.aclose()
        await asyncio.gather(*(_closed(curls) for curls in self._curls.values()), *self._closing)
        self._curls.clear()

    async def _take_over(self, flow: HTTPFlow) -> None:
        passage, request = passage_of(flow), flow.request
        handshake = handshake_of(request.headers.get("user-agent", ""))
        if (
            not passage.leads_to(request)  # INVARIANT: nothing that the guard has not opened
            or flow.response is not None
            or flow.client_conn.timestamp_end is not None  # gone while it was judged
            or passage.action is Action.REDIRECT
            or request.scheme != "https"
            or not handshake
        ):
            return
        call = Call(
            request.method,
            request.host,
            request.port,
            request.path,
            tuple(request.headers.fields),
            request.raw_content or b"",
            handshake,
        )
        failed = partial(self._failed, passage, request)
        async with self._starting:
            for listener in (self._gateway, self._sockets):
                if not listener.port:  # the other one may have failed
                    await listener.start()
                    self._destinations.internal.add((listener.host, listener.port))
        if passage.is_socket:
            token = self._sockets.offer(Opening(call, failed))
            about = [f for f in request.headers.fields if opens_a_socket(f[0])]
            headers = Headers([*about, (TOKEN.encode(), token.encode())])
            url = f"http://{self._sockets.host}:{self._sockets.port}{request.path}"
            flow.request = Request.make("GET", url, headers=headers)
            passage.open(flow.request)
            return
        fetched = Fetched(call, self._curls_of(flow), self._destinations, self._roots, failed)
        place = f"{self._gateway.host}:{self._gateway.port}"
        url = f"http://{place}{self._gateway.offer(fetched)}"
        flow.request = Request.make("GET", url, headers=Headers(host=place))
        flow.request.http_version = request.http_version
        passage.open(flow.request)

    async def _failed(
        self, passage: Passage, request: Request, why: str, *, is_sent: bool
    ) -> Response:
        if not is_sent:
            self._outages.unreached(passage.host, request.port, why)
            passage.leaving.has_left = False  # what the flow reached was this machine
            if (waiting := self._records.settle(passage.leaving)) is not None:
                await waiting
        said = wording.unanswered(passage.host, why, self._language, is_asked=is_sent)
        return responses.in_own_words(passage, request, 502, said)

    def _curls_of(self, flow: HTTPFlow) -> "AsyncCurl":
        """The connections of one client: no two clients share one."""
        from curl_cffi import AsyncCurl

        known_as = flow.client_conn.id
        if known_as not in self._curls:
            self._curls[known_as] = AsyncCurl(cacert=self._roots)
        return self._curls[known_as]


class Fetched:
    """An answer of a service, as it arrives. A gateway's Job."""

    def __init__(
        self,
        call: Call,
        curls: "AsyncCurl",
        destinations: Destinations,
        roots: str,
        failed: Failing,
    ) -> None:
        """`failed` is told why there is no answer, and gives the one that the client gets."""
        self._fails = failed
        self._call = call
        self._curls = curls
        self._destinations = destinations
        self._roots = roots
        self._curl: Curl | None = None
        self._pieces: deque[bytes] = deque()
        self._held_bytes = 0
        self._is_paused = False
        self._news = asyncio.Event()
        self._head: list[bytes] = []
        self._has_head = False
        self.status = 502
        self.headers: list[tuple[str, str]] = [("content-type", "application/json")]

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body; the first piece is empty, and comes with the head."""
        try:
            address = (await self._destinations.addresses(self._call.host, self._call.port))[0]
        except (OSError, Refused) as e:
            yield self._failed(await self._fails(str(e), is_sent=False))
            return
        transfer = self._begin(*address)
        transfer.add_done_callback(lambda _: self._news.set())
        told = False
        while not (transfer.done() and not self._pieces):
            await self._news.wait()
            self._news.clear()
            if self._has_head and not told:
                told = True
                yield b""
            while self._pieces:
                piece = self._pieces.popleft()
                self._held_bytes -= len(piece)
                yield piece
                self._go_on()
            if transfer.done():
                break
        if transfer.cancelled() or transfer.exception() is not None:
            if told:
                raise ConnectionResetError("the service broke off")
            error = None if transfer.cancelled() else transfer.exception()
            is_sent = getattr(error, "code", 0) not in BEFORE_SENDING
            why = reason(self._call, error)
            yield self._failed(await self._fails(why, is_sent=is_sent))

    async def aclose(self) -> None:
        """Ends the transfer, done or not."""
        curl, self._curl = self._curl, None
        if curl is not None:
            self._curls.remove_handle(curl)
            curl.close()

    def _failed(self, response: Response) -> bytes:
        self.status = response.status_code
        self.headers = [("content-type", response.headers["content-type"])]
        return response.raw_content or b""

    def _begin(self, address: str, port: int) -> "asyncio.Future[Any]":
        """Starts the transfer."""
        from curl_cffi import CurlOpt

        call = self._call
        self._curl = curl = prepared(call, address, port, self._roots)
        curl.setopt(CurlOpt.PIPEWAIT, 1)  # one connection, as a browser has
        curl.setopt(CurlOpt.HTTP_CONTENT_DECODING, 0)
        curl.setopt(CurlOpt.HTTPHEADER, lines(call))
        if call.method == "HEAD":
            curl.setopt(CurlOpt.NOBODY, 1)
        elif call.body or call.method != "GET":
            curl.setopt(CurlOpt.POSTFIELDS, call.body)
            curl.setopt(CurlOpt.POSTFIELDSIZE, len(call.body))
            curl.setopt(CurlOpt.CUSTOMREQUEST, call.method.encode())
        curl.setopt(CurlOpt.HEADERFUNCTION, self._header)
        curl.setopt(CurlOpt.WRITEFUNCTION, self._write)
        transfer: asyncio.Future[Any] = self._curls.add_handle(curl)
        return transfer

    def _header(self, line: bytes) -> int:
        if line.startswith(b"HTTP/"):
            self._head = [line]
        elif line.strip():
            self._head.append(line)
        elif self._head:
            self._take_head()
        return len(line)

    def _take_head(self) -> None:
        status = int(self._head[0].split(b" ", 2)[1])
        if status < 200:  # interim answers are not passed on
            return
        self.status = status
        self.headers = [
            (name.decode("latin-1").lower(), value.strip().decode("latin-1"))
            for name, _, value in (line.partition(b":") for line in self._head[1:])
            if name.lower().decode("latin-1") not in OF_THE_CONNECTION
        ]
        if self._call.method == "HEAD":
            self.headers = [(n, v) for n, v in self.headers if n != "content-length"]
        self._has_head = True
        self._news.set()

    def _write(self, data: bytes) -> int:
        if self._held_bytes > HELD_BYTES:
            self._is_paused = True
            return _PAUSE
        self._pieces.append(data)
        self._held_bytes += len(data)
        self._news.set()
        return len(data)

    def _go_on(self) -> None:
        if self._is_paused and self._held_bytes <= HELD_BYTES and self._curl is not None:
            self._is_paused = False
            self._curl.pause(_CONTINUE)


async def _closed(curls: "AsyncCurl") -> None:
    await curls.close()  # type: ignore[no-untyped-call]
