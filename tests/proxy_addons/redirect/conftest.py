"""A model server on loopback that behaves as a test tells it to, byte for byte."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from penstock.settings import ModelSettings

type Behaviour = Callable[[Exchange], Awaitable[None]]


class Exchange:
    """One request to the model server, and the means to answer it."""

    def __init__(
        self, raw: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.raw = raw
        self._reader = reader
        self._writer = writer

    @property
    def head(self) -> str:
        return self.raw.partition(b"\r\n\r\n")[0].decode("ascii").lower()

    @property
    def document(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.raw.partition(b"\r\n\r\n")[2])
        return found

    async def whole(self, status: int, content_type: str, body: bytes, *headers: str) -> None:
        lines = [
            f"HTTP/1.1 {status} x",
            f"content-type: {content_type}",
            f"content-length: {len(body)}",
            *headers,
        ]
        await self.raw_bytes("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def json(self, status: int, document: object) -> None:
        await self.whole(status, "application/json", json.dumps(document).encode())

    async def begin(self, content_type: str = "text/event-stream") -> None:
        await self.raw_bytes(
            b"HTTP/1.1 200 OK\r\ncontent-type: "
            + content_type.encode()
            + b"\r\ntransfer-encoding: chunked\r\n\r\n"
        )

    async def chunk(self, data: bytes) -> None:
        await self.raw_bytes(b"%x\r\n%s\r\n" % (len(data), data))

    async def event(self, document: object) -> None:
        await self.chunk(b"data: " + json.dumps(document).encode() + b"\n\n")

    async def done(self) -> None:
        await self.chunk(b"data: [DONE]\n\n")

    async def end(self) -> None:
        await self.raw_bytes(b"0\r\n\r\n")

    async def raw_bytes(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def reset(self) -> None:
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def close(self) -> None:
        self._writer.close()

    async def client_gone(self) -> None:
        with suppress(OSError):
            await self._reader.read()


class ModelServer:
    """Answers each request as `behaves` does; `requests` holds what arrived."""

    def __init__(self) -> None:
        self.requests: list[Exchange] = []
        self.connections = 0
        self.behaves: Behaviour
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def settings(self, **changes: object) -> ModelSettings:
        return ModelSettings.model_validate(
            {"base_url": self.base_url, "model": "acme-7b", "answer_s": 30, **changes}
        )

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.lower().split(b"\r\n")
                        if line.startswith(b"content-length:")
                    ),
                    0,
                )
                exchange = Exchange(head + await reader.readexactly(length), reader, writer)
                self.requests.append(exchange)
                await self.behaves(exchange)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


@pytest.fixture
async def model_server() -> AsyncIterator[ModelServer]:
    server = ModelServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def second_server() -> AsyncIterator[ModelServer]:
    server = ModelServer()
    await server.start()
    yield server
    await server.stop()
