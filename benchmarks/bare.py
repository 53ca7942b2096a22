"""The least a CONNECT tunnel can be in Python: two transports joined, nothing looked at."""

import asyncio


class _End(asyncio.Protocol):
    other: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert self.other is not None
        self.other.write(data)

    def pause_writing(self) -> None:
        assert self.other is not None
        self.other.pause_reading()

    def resume_writing(self) -> None:
        assert self.other is not None
        self.other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.other is not None:
            self.other.close()


class _Client(_End):
    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.write(data)
            return
        host, port = data.split(b" ")[1].decode().rsplit(":", 1)
        self.task = asyncio.ensure_future(self.join(host, int(port)))

    async def join(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self.other, end = await loop.create_connection(_End, host, port)
        end.other = self.transport
        self.transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Client, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
