"""The door through which redirected answers reach mitmproxy: an HTTP server on loopback.

mitmproxy cannot make up an answer chunk by chunk, but it streams that of any server. A flow to
redirect is therefore sent here, to an address that holds 128 random bits and works once.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from secrets import token_hex
from typing import Any, Protocol

import h11

from proxy_addons.redirect.address import LOOP_HEADER

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 1024 * 1024
"""Of the requests that arrive here. The prompt is known already; bodies are thrown away."""
IDLE_S = 600.0
"""Longest time between two requests on a connection that is kept open."""

_READ = 64 * 1024
_log = logging.getLogger(__name__)


class Job(Protocol):
    """One answer that waits to be fetched."""

    @property
    def status(self) -> int:
        """HTTP status; asked for when the first chunk is there."""
        ...

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Response headers; asked for when the first chunk is there."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body, piece by piece as it comes into being. No piece is empty."""
        ...

    async def aclose(self) -> None:
        """Called once, after the last chunk or instead of the rest."""
        ...


class Gateway:
    """Hands out each job once, at an address nobody can guess."""

    def __init__(
        self, fetch_s: float = 30.0, request_s: float = 10.0, *, keeps_open: bool = False
    ) -> None:
        self._fetch_s = fetch_s
        """A job nobody has fetched by then is dropped."""
        self._request_s = request_s
        """A request must be complete by then."""
        self._keeps_open = keeps_open
        """Whether a connection serves one answer after the other."""
        self._jobs: dict[str, tuple[Job, asyncio.TimerHandle]] = {}
        self._answers: set[asyncio.Task[None]] = set()
        self._closings: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.host, self.port = "127.0.0.1", 0

    @property
    def waiting(self) -> int:
        """Jobs that nobody has fetched yet."""
        return len(self._jobs)

    async def start(self) -> None:
        """Listens on a free port of 127.0.0.1."""
        self._server = await asyncio.start_server(self._accept, self.host, 0, limit=_READ)
        self.port = self._server.sockets[0].getsockname()[1]

    def offer(self, job: Job) -> str:
        """The path at which `job` can be fetched, once."""
        token = token_hex(16)
        timer = asyncio.get_running_loop().call_later(self._fetch_s, self._drop, token)
        self._jobs[token] = job, timer
        return f"/{token}"

    def drop(self, path: str) -> None:
        """Forgets a job that nobody has fetched and stops what is behind it."""
        self._drop(path.removeprefix("/"))

    async def aclose(self) -> None:
        """Stops listening and cuts what is still being answered."""
        if self._server is not None:
            self._server.close()
        for token in list(self._jobs):
            self._drop(token)
        for answer in self._answers:
            answer.cancel()
        await asyncio.gather(*self._answers, *self._closings, return_exceptions=True)

    def _drop(self, token: str) -> None:
        if (job := self._take(token)) is not None:
            _keep(self._closings, job.aclose())

    def _take(self, token: str) -> Job | None:
        job, timer = self._jobs.pop(token, (None, None))
        if timer is not None:
            timer.cancel()
        return job

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _keep(self._answers, self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        try:
            await self._one(http, reader, writer, self._request_s)
            while self._keeps_open and http.our_state is h11.DONE:
                http.start_next_cycle()
                await self._one(http, reader, writer, IDLE_S)
        except _Refuse as e:
            await _send_whole(http, writer, e.status)
        except h11.RemoteProtocolError as e:
            await _send_whole(http, writer, e.error_status_hint)
        except (TimeoutError, OSError):
            pass
        except Exception as e:
            # by name only: the message of an unforeseen error may hold a piece of the answer
            _log.error("a redirected answer was cut by %s", type(e).__name__)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _one(
        self,
        http: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        request_s: float,
    ) -> None:
        async with asyncio.timeout(request_s):
            request = await _request(http, reader)
        job = self._take(request.target.decode("ascii").removeprefix("/"))
        if job is None:
            raise _Refuse(404)
        closes = [] if self._keeps_open else [("connection", "close")]
        try:
            await _until_gone(_answer(http, writer, job, closes), reader)
        finally:
            await job.aclose()


def _keep(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


class _Refuse(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


async def _request(http: h11.Connection, reader: asyncio.StreamReader) -> h11.Request:
    """The request, when its body has been read and thrown away."""
    request: h11.Request | None = None
    body_bytes = 0
    while True:
        match http.next_event():
            case h11.NEED_DATA:
                http.receive_data(await reader.read(_READ))
            case h11.Request() as request:
                if request.method not in (b"GET", b"POST"):
                    raise _Refuse(405)
                if LOOP_HEADER.encode() in dict(request.headers):
                    raise _Refuse(508)
            case h11.Data(data=data):
                body_bytes += len(data)
                if body_bytes > MAX_BODY_BYTES:
                    raise _Refuse(413)
            case h11.EndOfMessage() if request is not None:
                return request
            case _:
                raise ConnectionResetError("the client left before its request was complete")


async def _answer(
    http: h11.Connection, writer: asyncio.StreamWriter, job: Job, closes: list[tuple[str, str]]
) -> None:
    async for chunk in job.chunks():
        head = b"" if _started(http) else _head(http, job.status, job.headers + closes)
        # one write, so that the first event leaves together with the head
        writer.write(head + (http.send(h11.Data(chunk)) or b""))
        await writer.drain()
    if not _started(http):
        writer.write(_head(http, job.status, job.headers + closes))
    writer.write(http.send(h11.EndOfMessage()) or b"")
    await writer.drain()


async def _until_gone(answering: Coroutine[Any, Any, None], reader: asyncio.StreamReader) -> None:
    """Runs `answering` until it is done or the client has closed the connection."""
    answer = asyncio.create_task(answering)
    gone = asyncio.create_task(_end_of(reader))
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        if not answer.done():
            answer.cancel()
        await asyncio.gather(gone, answer, return_exceptions=True)
    if not answer.cancelled():
        answer.result()


async def _end_of(reader: asyncio.StreamReader) -> None:
    while await reader.read(_READ):
        pass


def _started(http: h11.Connection) -> bool:
    return http.our_state not in (h11.IDLE, h11.SEND_RESPONSE)


async def _send_whole(http: h11.Connection, writer: asyncio.StreamWriter, status: int) -> None:
    if _started(http):
        return
    head = _head(http, status, [("content-length", "0"), ("connection", "close")])
    with suppress(OSError):
        writer.write(head + (http.send(h11.EndOfMessage()) or b""))
        await writer.drain()


def _head(http: h11.Connection, status: int, headers: list[tuple[str, str]]) -> bytes:
    return http.send(h11.Response(status_code=status, headers=headers)) or b""
