"""The service behind the proxies: answers every request alike, HTTP/1.1 and HTTP/2 over TLS.

And a plain port that sends 400 bytes back for each 2000 bytes, for the tunnels.
"""

import asyncio
import sys
from pathlib import Path

from benchmarks import frames
from penstock.demo.authority import Authority

HOST = "api.openai.com"
ANSWER = (
    b'{"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"gpt-5",'
    b'"choices":[{"index":0,"message":{"role":"assistant","content":"Yes, gladly. Here is what I '
    b'would change, and why it may help the people who read it first thing in the morning."},'
    b'"finish_reason":"stop"}],"usage":{"prompt_tokens":420,"completion_tokens":24,'
    b'"total_tokens":444}}'
)
_HTTP1 = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
    len(ANSWER),
    ANSWER,
)
_HEADERS = [
    (b":status", b"200"),
    (b"content-type", b"application/json"),
    (b"content-length", b"%d" % len(ANSWER)),
]
ASKED = 2000
"""Bytes of one question through a tunnel."""
TOLD = b"t" * 400


class Http1(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = bytearray()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (head := self.buffer.find(b"\r\n\r\n")) >= 0:
            at = self.buffer.lower().find(b"content-length:", 0, head)
            size = int(self.buffer[at + 15 : self.buffer.find(b"\r\n", at)]) if at >= 0 else 0
            if len(self.buffer) < head + 4 + size:
                return
            del self.buffer[: head + 4 + size]
            self.transport.write(_HTTP1)


class Http2(Http1):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.greeted = False
        self.transport.write(frames.opening())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.greeted:
            if len(self.buffer) < len(frames.PREFACE):
                return
            del self.buffer[: len(frames.PREFACE)]
            self.greeted = True
        out = []
        for kind, flags, stream, payload in frames.frames(self.buffer):
            if kind == frames.SETTINGS and not flags & frames.ACK:
                out.append(frames.frame(frames.SETTINGS, frames.ACK, 0))
            elif kind == frames.PING and not flags & frames.ACK:
                out.append(frames.frame(frames.PING, frames.ACK, 0, payload))
            if kind in (frames.DATA, frames.HEADERS) and flags & frames.END_STREAM:
                out.append(frames.message(stream, _HEADERS, ANSWER))
        if out:
            self.transport.write(b"".join(out))


class Either(asyncio.Protocol):
    """What the TLS handshake agreed on."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        chosen = transport.get_extra_info("ssl_object").selected_alpn_protocol()
        protocol = Http2() if chosen == "h2" else Http1()
        assert isinstance(transport, asyncio.Transport)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)


class Echo(Http1):
    received = 0

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        while self.received >= ASKED:
            self.received -= ASKED
            self.transport.write(TOLD)


async def main(ca: str) -> None:
    """Writes the certificate of the CA to the file `ca`, prints the two ports, and serves."""
    authority = Authority()
    Path(ca).write_bytes(authority.pem)
    tls = authority.server_context([HOST], ["h2", "http/1.1"])
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(Either, "127.0.0.1", 0, ssl=tls, backlog=512),
        await loop.create_server(Echo, "127.0.0.1", 0, backlog=512),
    ]
    print(*(s.sockets[0].getsockname()[1] for s in servers), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
