"""The loopback door: each answer is handed out once, as it comes into being."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from proxy_addons.redirect.gateway import Gateway


class ScriptedJob:
    """An answer whose chunks a test hands over one by one."""

    def __init__(self, *chunks: bytes, endless: bool = False) -> None:
        self.status = 200
        self.headers = [("content-type", "text/event-stream"), ("penstock-answered-by", "acme")]
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.closed = asyncio.Event()
        for chunk in chunks:
            self.queue.put_nowait(chunk)
        if not endless:
            self.queue.put_nowait(None)

    async def chunks(self) -> AsyncIterator[bytes]:
        while (chunk := await self.queue.get()) is not None:
            yield chunk

    async def aclose(self) -> None:
        assert not self.closed.is_set()
        self.closed.set()


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway(fetch_s=5, request_s=5)
    await gateway.start()
    yield gateway
    await gateway.aclose()


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def head(self) -> str:
        return (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()

    async def chunk(self) -> bytes:
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        return (await self.reader.readexactly(size + 2))[:-2]

    async def rest(self) -> bytes:
        return await self.reader.read()


class Clients:
    """Opens connections to a gateway and closes them after the test."""

    def __init__(self) -> None:
        self.all: list[Client] = []

    async def send(self, gateway: Gateway, raw: bytes) -> Client:
        client = Client(*await asyncio.open_connection(gateway.host, gateway.port))
        self.all.append(client)
        client.writer.write(raw)
        return client

    async def ask(self, gateway: Gateway, path: str, body: bytes = b"") -> Client:
        head = f"POST {path} HTTP/1.1\r\nhost: gateway\r\ncontent-length: {len(body)}\r\n\r\n"
        return await self.send(gateway, head.encode() + body)


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    clients = Clients()
    yield clients
    for client in clients.all:
        client.writer.close()
        with suppress(OSError):
            await client.writer.wait_closed()


async def test_a_job_is_streamed_with_its_status_and_headers(
    gateway: Gateway, clients: Clients
) -> None:
    job = ScriptedJob(b"one", b"two")

    client = await clients.ask(gateway, gateway.offer(job))

    head = await client.head()
    assert head.startswith("http/1.1 200 ")
    assert "content-type: text/event-stream" in head
    assert "penstock-answered-by: acme" in head
    assert "transfer-encoding: chunked" in head
    assert await client.rest() == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
    await job.closed.wait()


async def test_each_chunk_arrives_before_the_next_one_exists(
    gateway: Gateway, clients: Clients
) -> None:
    job = ScriptedJob(endless=True)
    client = await clients.ask(gateway, gateway.offer(job))
    await job.queue.put(b"first")
    await client.head()

    for said in (b"first", b"second", b"third"):
        assert await client.chunk() == said
        await job.queue.put(b"second" if said == b"first" else b"third")
    await job.queue.put(None)


async def test_a_job_is_handed_out_once(gateway: Gateway, clients: Clients) -> None:
    path = gateway.offer(ScriptedJob(b"once"))
    await (await clients.ask(gateway, path)).rest()

    assert (await (await clients.ask(gateway, path)).head()).startswith("http/1.1 404 ")


@pytest.mark.parametrize("path", ["/", "/0123456789abcdef0123456789abcdef", "/../x", "/?x=1"])
async def test_an_unknown_path_is_not_found(gateway: Gateway, path: str, clients: Clients) -> None:
    gateway.offer(ScriptedJob())

    assert (await (await clients.ask(gateway, path)).head()).startswith("http/1.1 404 ")
    assert gateway.waiting == 1


async def test_paths_are_long_and_never_the_same(gateway: Gateway) -> None:
    paths = {gateway.offer(ScriptedJob()) for _ in range(100)}

    assert len(paths) == 100
    assert {len(path) for path in paths} == {33}


async def test_the_body_of_the_request_is_thrown_away(gateway: Gateway, clients: Clients) -> None:
    client = await clients.ask(gateway, gateway.offer(ScriptedJob(b"ok")), body=b"x" * 300_000)

    assert (await client.head()).startswith("http/1.1 200 ")
    assert b"ok" in await client.rest()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"PUT /x HTTP/1.1\r\nhost: g\r\n\r\n", 405),
        (b"POST /x HTTP/1.1\r\nhost: g\r\npenstock-redirected: 1\r\n\r\n", 508),
        (b"POST /x HTTP/1.1\r\nhost: g\r\ncontent-length: 2000000\r\n\r\n" + b"x" * 1_048_577, 413),
        (b"POST /x HTTP/1.1\r\nhost: g\r\nx: " + b"y" * 66_000, 431),
        (b"\x16\x03\x01 no http at all\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
    ],
)
async def test_what_is_no_plain_request_is_refused(
    gateway: Gateway, raw: bytes, status: int, clients: Clients
) -> None:
    client = await clients.send(gateway, raw)

    assert (await client.head()).startswith(f"http/1.1 {status} ")


async def test_a_job_nobody_fetches_expires(clients: Clients) -> None:
    gateway = Gateway(fetch_s=0.01)
    await gateway.start()
    job = ScriptedJob(endless=True)
    path = gateway.offer(job)

    await job.closed.wait()

    assert gateway.waiting == 0
    assert (await (await clients.ask(gateway, path)).head()).startswith("http/1.1 404 ")
    await gateway.aclose()


async def test_a_job_can_be_dropped_before_it_is_fetched(gateway: Gateway) -> None:
    job = ScriptedJob(endless=True)
    path = gateway.offer(job)

    gateway.drop(path)
    gateway.drop(path)

    await job.closed.wait()
    assert gateway.waiting == 0


@pytest.mark.parametrize("said", [(), (b"something",)])
async def test_a_client_that_leaves_stops_the_answer(
    gateway: Gateway, said: tuple[bytes, ...], clients: Clients
) -> None:
    job = ScriptedJob(*said, endless=True)
    client = await clients.ask(gateway, gateway.offer(job))
    for chunk in said:
        await client.head()
        assert await client.chunk() == chunk

    client.writer.close()

    await job.closed.wait()


async def test_a_request_that_never_ends_is_cut(clients: Clients) -> None:
    gateway = Gateway(request_s=0.3)
    await gateway.start()
    client = await clients.send(gateway, b"POST /x HTTP/1.1\r\nhost: g\r\n")

    assert await client.rest() == b""
    await gateway.aclose()


async def test_an_error_in_the_answer_cuts_it_and_says_nothing_of_its_content(
    gateway: Gateway, caplog: pytest.LogCaptureFixture, clients: Clients
) -> None:
    class BrokenJob(ScriptedJob):
        async def chunks(self) -> AsyncIterator[bytes]:
            yield b"begun"
            raise ValueError("my card is 4111")

    job = BrokenJob()
    client = await clients.ask(gateway, gateway.offer(job))
    await client.head()

    assert await client.rest() == b"5\r\nbegun\r\n"
    await job.closed.wait()
    assert "ValueError" in caplog.text
    assert "my card" not in caplog.text


async def test_closing_the_gateway_ends_everything(clients: Clients) -> None:
    gateway = Gateway()
    await gateway.start()
    waiting, running = ScriptedJob(endless=True), ScriptedJob(b"x", endless=True)
    gateway.offer(waiting)
    client = await clients.ask(gateway, gateway.offer(running))
    await client.head()

    await gateway.aclose()

    assert waiting.closed.is_set()
    assert running.closed.is_set()
    with pytest.raises(OSError, match=r"."):
        await asyncio.open_connection(gateway.host, gateway.port)
