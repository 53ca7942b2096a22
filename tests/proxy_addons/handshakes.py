"""What a server sees of a client before its first request: TLS and HTTP/2, as sites compare them.

Source: JA4 (github.com/FoxIO-LLC/ja4, technical details), and the order of what a client says of
itself in HTTP/2 that Akamai described: settings, window, priorities, pseudo-headers.
"""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256

import hpack
from hyperframe.frame import (
    ContinuationFrame,
    Frame,
    HeadersFrame,
    PriorityFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from tests.proxy_addons.wire import Reply, Upstream

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@dataclass
class Seen:
    """Handshakes, in order, and the server behind them."""

    upstream: Upstream
    port: int = 0
    hellos: list[bytes] = field(default_factory=list)

    @property
    def ja4(self) -> list[str]:
        return [ja4(hello) for hello in self.hellos]

    @property
    def http2(self) -> list[str]:
        """What each connection of HTTP/2 said of itself."""
        raw = bytes(self.upstream.raw)
        return [http2(PREFACE + part) for part in raw.split(PREFACE)[1:]]


@asynccontextmanager
async def watching(context: ssl.SSLContext, reply: Reply | None = None) -> AsyncIterator[Seen]:
    """A TLS server on loopback whose clients' first words are kept."""
    upstream = Upstream(context)
    if reply is not None:
        upstream.reply = reply
    async with upstream.serving():
        seen = Seen(upstream)

        tasks: set[asyncio.Task[None]] = set()
        writers: list[asyncio.StreamWriter] = []

        async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            writers.append(writer)
            with suppress(OSError, asyncio.IncompleteReadError):
                head = await reader.readexactly(5)
                hello = head + await reader.readexactly(int.from_bytes(head[3:]))
                seen.hellos.append(hello)
                inner, outer = await asyncio.open_connection("127.0.0.1", upstream.port)
                writers.append(outer)
                outer.write(hello)
                await asyncio.gather(_copy(reader, outer), _copy(inner, writer))

        server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
        seen.port = server.sockets[0].getsockname()[1]
        try:
            yield seen
        finally:
            server.close()
            for writer in writers:
                writer.transport.abort()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


PADDING = 21
"""An extension that is there or not by the length of the others; one of them is random."""


def ja4(record: bytes, *, without: int | None = None) -> str:
    """The fingerprint of the ClientHello in a TLS record. `without`: as if one extension were not
    there."""
    hello = record[9:]  # record header, handshake type, length
    at = 2 + 32
    at += 1 + hello[at]
    size = int.from_bytes(hello[at : at + 2])
    ciphers = _words(hello[at + 2 : at + 2 + size])
    at += 2 + size
    at += 1 + hello[at]
    at += 2
    extensions: dict[int, bytes] = {}
    while at < len(hello):
        kind, size = struct.unpack_from(">HH", hello, at)
        extensions[kind] = hello[at + 4 : at + 4 + size]
        at += 4 + size
    known = [kind for kind in extensions if not _is_grease(kind) and kind != without]
    versions = [v for v in _words(extensions[43][1:]) if not _is_grease(v)]
    version = {0x0304: "13", 0x0303: "12"}[max(versions)]
    protocols = extensions.get(16, b"")
    alpn = protocols[3 : 3 + protocols[2]].decode() if protocols else "00"
    signatures = ",".join(f"{s:04x}" for s in _words(extensions[13][2:]))
    hashed = ",".join(sorted(f"{kind:04x}" for kind in known if kind not in (0, 16)))
    return (
        f"t{version}{'d' if 0 in extensions else 'i'}{len(ciphers):02}{len(known):02}"
        f"{alpn[0]}{alpn[-1]}_{_short(','.join(sorted(f'{c:04x}' for c in ciphers)))}"
        f"_{_short(f'{hashed}_{signatures}')}"
    )


def http2(data: bytes) -> str:
    """Settings, window, priorities and the order of pseudo-headers, as one line."""
    at, said, window, priorities = len(PREFACE), "", "00", []
    block = b""
    while at + 9 <= len(data):
        frame, size = Frame.parse_frame_header(memoryview(data[at : at + 9]))
        frame.parse_body(memoryview(data[at + 9 : at + 9 + size]))
        at += 9 + size
        match frame:
            case SettingsFrame() if "ACK" not in frame.flags and not said:
                said = ";".join(f"{k}:{v}" for k, v in frame.settings.items())
            case WindowUpdateFrame() if frame.stream_id == 0:
                window = str(frame.window_increment)
            case PriorityFrame():
                priorities.append(f"{frame.stream_id}:{frame.stream_weight}")
            case HeadersFrame() | ContinuationFrame():
                block += frame.data
                if "END_HEADERS" in frame.flags:
                    break
    names = [name.decode() for name, _ in hpack.Decoder().decode(block, raw=True)]
    order = ",".join(name[1] for name in names if name.startswith(":"))
    return f"{said}|{window}|{','.join(priorities) or '0'}|{order}"


def _words(data: bytes) -> list[int]:
    found = [int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2)]
    return [word for word in found if not _is_grease(word)]


def _is_grease(word: int) -> bool:
    return word & 0x0F0F == 0x0A0A and word >> 8 == word & 0xFF


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
