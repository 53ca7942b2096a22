"""Requests that two parsers may read differently: no service gets a body nobody looked at.

The service reads with h11, the proxy with mitmproxy: where they disagree, the test would show it.
"""

import asyncio
import random

from tests.proxy_addons.lab import HOST, Looks, Start, policy
from tests.proxy_addons.wire import Client

LINES = [
    "Content-Length: {n}",
    "Content-Length: {n}",
    "content-length: 0",
    "Content-Length: 1",
    "Content-Length:{n}",
    "Content-Length:\t{n}",
    "Content-Length : {n}",
    "Content-Length: {n}, {n}",
    "Content-Length: 0{n}",
    "Content-Length: +{n}",
    "Content-Length: -1",
    "Content-Length: 0x10",
    "Content-Length: {n} ",
    "Content_Length: {n}",
    "Transfer-Encoding: chunked",
    "transfer-encoding: Chunked",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: x",
    "Transfer-Encoding:\x0bchunked",
    "Transfer-Encoding: chunked;q=1",
    " Transfer-Encoding: chunked",
    "X: y\r\n Transfer-Encoding: chunked",
    "X: y\n Content-Length: {n}",
    "X: y\nTransfer-Encoding: chunked",
    "X\r: y",
    "Connection: close",
    "Connection: Content-Length",
    "Connection: keep-alive, Transfer-Encoding",
    "Expect: 100-continue",
    "Upgrade: h2c",
    "Content-Encoding: gzip",
    "Trailer: X",
]
METHODS = ["POST", "POST", "PUT", "GET", "HEAD", "DELETE", "PATCH", "post", "OPTIONS"]
VERSIONS = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/0.9"]
HIDDEN = f"POST /hidden HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 9\r\n\r\nSECRET-42"


def _request(chance: random.Random) -> bytes:
    text = chance.choice(
        ["", "{}", HIDDEN, f"{len(HIDDEN):x}\r\n{HIDDEN}\r\n0\r\n\r\n", "0\r\n\r\n"]
    )
    body = text + chance.choice(["", "", HIDDEN])
    lines = [line.format(n=len(text)) for line in chance.sample(LINES, chance.randrange(4))]
    lines.insert(chance.randrange(len(lines) + 1), f"Host: {HOST}")
    head = f"{chance.choice(METHODS)} /v1/x {chance.choice(VERSIONS)}"
    return "\r\n".join([head, *lines, "", body]).encode("latin-1")


async def test_no_service_gets_a_body_that_nobody_looked_at(start: Start) -> None:
    looks = Looks(policy())
    lab = await start(inspector=looks)
    chance = random.Random(20260101)
    for _ in range(150):
        client = await lab.inside()
        await _say(client, _request(chance), chance)
        await client.close()
    seen = {job.body for job in looks.jobs}

    assert len(lab.upstream.bodies) > 20  # some were requests
    assert len(looks.jobs) > 20
    assert all(body in seen for body in lab.upstream.bodies if body)
    assert b"SECRET" not in lab.upstream.raw


async def _say(client: Client, data: bytes, chance: random.Random) -> None:
    """All of it, in two writes; then whatever the answer is, until nothing more comes."""
    cut = chance.randrange(len(data) + 1)
    try:
        await client.send(data[:cut])
        await client.send(data[cut:])
        async with asyncio.timeout(0.2):
            await client.reader.readuntil(b"\r\n\r\n")
    except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
        pass
