"""WebSockets to sites that look at the handshake: curl-impersonate opens them, frames pass here.

The flow opens its socket at a loopback listener, which opens the one to the site and hands frames
on as they come. What the site compressed is unpacked by libcurl; messages to it go uncompressed.

Source: libcurl's curl_ws_send and curl_ws_recv, read 2026-11-29; RFC 6455, sections 1.3 and 5.2.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha1
from secrets import token_hex
from typing import TYPE_CHECKING

from mitmproxy.net.http import http1
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage

from proxy_addons.calls import BEFORE_SENDING, Call, Failing, lines, prepared, reason
from proxy_addons.destinations import Destinations, Refused

if TYPE_CHECKING:
    from curl_cffi import Curl

TOKEN = "penstock-socket"
"""Request header by which the listener knows which socket is meant; nobody can guess its value."""
HEAD_S = 10.0
"""How long the flow may take to ask for its socket."""
OPEN_S = 30.0
"""How long a site may take to open it."""
MOST_OPENING = 16
"""At a time: others wait."""

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_OURS = ("sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", TOKEN)
_OF_THE_SOCKET = ("sec-websocket-accept", "sec-websocket-extensions")
_OF_A_BODY = ("connection", "transfer-encoding", "content-encoding", "content-length")
_READ = 64 * 1024
_NOT_YET, _NOT_UPGRADED = 81, 22
_NO_PONGS, _DEFLATE = 2, 4
_TEXT, _BINARY, _GOES_ON, _CLOSE, _PING, _PONG = 1, 2, 4, 8, 16, 64
"""libcurl's flags of a frame."""
_OPCODES = {_TEXT: 0x1, _BINARY: 0x2, _CLOSE: 0x8, _PING: 0x9, _PONG: 0xA}
_NO_CODE = 1005
"""What a close without a code is said to have (RFC 6455, section 7.4.1)."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A socket that the guard has let the client open."""

    call: Call
    failed: Failing


def opens_a_socket(name: bytes) -> bool:
    """Whether a request header is about its socket: all else goes to the site alone."""
    return name.lower().startswith((b"sec-websocket-", b"connection", b"upgrade"))


class SocketEgress:
    """The listener, and the sockets that are open."""

    def __init__(self, destinations: Destinations, roots: str) -> None:
        self._destinations = destinations
        self._roots = roots
        self._waiting: dict[str, Opening] = {}
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._threads = ThreadPoolExecutor(MOST_OPENING, "sockets")
        self.host, self.port = "127.0.0.1", 0

    async def start(self) -> None:
        """Listens on a free port of 127.0.0.1."""
        self._server = await asyncio.start_server(self._accept, self.host, 0, limit=_READ)
        self.port = self._server.sockets[0].getsockname()[1]

    def offer(self, opening: Opening) -> str:
        """The value of TOKEN with which it is opened, once."""
        token = token_hex(16)
        self._waiting[token] = opening
        asyncio.get_running_loop().call_later(HEAD_S, self._waiting.pop, token, None)
        return token

    async def aclose(self) -> None:
        """Cuts all of them."""
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HEAD_S):
                head = _fields(await reader.readuntil(b"\r\n\r\n"))
            opening = self._waiting.pop(head.get(TOKEN, ""), None)
            if opening is None:
                return
            curl, answer = await self._opened(opening, head)
            writer.write(answer)
            if curl is not None:
                try:
                    await _exchanged(curl, reader, writer)
                finally:
                    curl.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _opened(self, opening: Opening, asked: dict[str, str]) -> tuple["Curl | None", bytes]:
        """The socket to the site, if there is one, and the head of the answer."""
        from curl_cffi import CurlError, CurlOpt

        call, answer = opening.call, list[bytes]()
        try:
            address, port = (await self._destinations.addresses(call.host, call.port))[0]
        except (OSError, Refused) as e:
            return None, await _failed(opening, str(e), is_sent=False)
        curl = self._prepared(call, address, port, "sec-websocket-extensions" in asked, answer)
        opens = asyncio.get_running_loop().run_in_executor(self._threads, curl.perform)
        try:
            await asyncio.shield(opens)
        except asyncio.CancelledError:
            opens.add_done_callback(lambda _: curl.close())
            raise
        except CurlError as e:
            curl.close()
            if e.code == _NOT_UPGRADED and answer:
                ends = b"content-length: 0\r\nconnection: close\r\n"
                return None, _head(answer, _OF_A_BODY, ends)
            is_sent = e.code not in BEFORE_SENDING
            return None, await _failed(opening, reason(call, e), is_sent=is_sent)
        curl.setopt(CurlOpt.TIMEOUT_MS, 0)
        accept = b64encode(sha1(asked.get("sec-websocket-key", "").encode() + _GUID).digest())
        return curl, _head(answer, _OF_THE_SOCKET, b"sec-websocket-accept: " + accept + b"\r\n")

    def _prepared(
        self, call: Call, address: str, port: int, packs: bool, answer: list[bytes]
    ) -> "Curl":
        from curl_cffi import CurlOpt

        def header(line: bytes) -> int:
            if line.startswith(b"HTTP/"):
                answer.clear()
            answer.append(line)
            return len(line)

        curl = prepared(call, address, port, self._roots, "wss")
        curl.setopt(CurlOpt.CONNECT_ONLY, 2)
        curl.setopt(CurlOpt.TIMEOUT_MS, int(OPEN_S * 1000))
        curl.setopt(CurlOpt.WS_OPTIONS, _NO_PONGS | _DEFLATE * packs)
        curl.setopt(CurlOpt.HTTPHEADER, [h for h in lines(call) if _name(h) not in _OURS])
        curl.setopt(CurlOpt.HEADERFUNCTION, header)
        return curl


async def _failed(opening: Opening, why: str, *, is_sent: bool) -> bytes:
    response = await opening.failed(why, is_sent=is_sent)
    response.headers["connection"] = "close"
    return http1.assemble_response(response)  # type: ignore[no-any-return]


async def _exchanged(
    curl: "Curl", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Hands frames on, both ways, until one side is gone."""
    from curl_cffi import CurlInfo

    descriptor = curl.getinfo(CurlInfo.ACTIVESOCKET)
    assert isinstance(descriptor, int)
    ways = [
        asyncio.create_task(_up(curl, descriptor, reader)),
        asyncio.create_task(_down(curl, descriptor, writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _up(curl: "Curl", descriptor: int, reader: asyncio.StreamReader) -> None:
    """Frames to the site, as they come."""
    frames = Connection(ConnectionType.SERVER)
    while data := await reader.read(_READ):
        frames.receive_data(data)
        for event in frames.events():
            flags, payload = _told(event)
            if flags:
                await _sent(curl, descriptor, payload, flags)
            if flags == _CLOSE:
                return


async def _sent(curl: "Curl", descriptor: int, payload: bytes, flags: int) -> None:
    """All of one frame."""
    from curl_cffi import CurlError

    loop, left, is_begun = asyncio.get_running_loop(), memoryview(payload), False
    while left or not is_begun:
        try:
            left = left[curl.ws_send(left, flags) :]
            is_begun = True
        except CurlError as e:
            if e.code != _NOT_YET:
                raise ConnectionResetError("the site is gone") from None
            await _when(partial(loop.add_writer, descriptor), loop.remove_writer, descriptor)


def _told(event: Event) -> tuple[int, bytes]:
    """An event as libcurl's flags and a payload; no flags: it is not to be sent."""
    match event:
        case TextMessage() | BytesMessage():
            data = event.data.encode() if isinstance(event.data, str) else bytes(event.data)
            kind = _TEXT if isinstance(event, TextMessage) else _BINARY
            return kind | (0 if event.message_finished else _GOES_ON), data
        case CloseConnection():
            reason = (event.reason or "").encode()
            return _CLOSE, event.code.to_bytes(2) + reason if event.code != _NO_CODE else b""
        case Pong():
            return _PONG, bytes(event.payload)
        case Ping():
            return _PING, bytes(event.payload)
        case _:
            return 0, b""


async def _down(curl: "Curl", descriptor: int, writer: asyncio.StreamWriter) -> None:
    """Pieces of frames of the site, as frames."""
    from curl_cffi import CurlError

    loop = asyncio.get_running_loop()
    goes_on, control = False, b""
    while True:
        try:
            data, about = curl.ws_recv()
        except CurlError as e:
            if e.code != _NOT_YET:
                return
            await _when(partial(loop.add_reader, descriptor), loop.remove_reader, descriptor)
            continue
        ends = about.bytesleft == 0 and not about.flags & _GOES_ON
        kind = next((code for flag, code in _OPCODES.items() if about.flags & flag), 0)
        if kind >= 8:  # between the pieces of a message, and never in pieces itself
            control += data
            if ends:
                writer.write(_frame(kind, control, ends=True))
                control = b""
        else:
            writer.write(_frame(0 if goes_on else kind, data, ends=ends))
            goes_on = not ends
        await writer.drain()


async def _when(
    add: Callable[[Callable[[], None]], None], remove: Callable[[int], bool], descriptor: int
) -> None:
    """Waits until a descriptor can be written to, or read from."""
    ready = asyncio.Event()
    add(ready.set)
    try:
        await ready.wait()
    finally:
        remove(descriptor)


def _frame(opcode: int, data: bytes, *, ends: bool) -> bytes:
    size = len(data)
    if size < 126:
        length = bytes([size])
    elif size < 1 << 16:
        length = b"\x7e" + size.to_bytes(2)
    else:
        length = b"\x7f" + size.to_bytes(8)
    return bytes([0x80 * ends | opcode]) + length + data


def _fields(head: bytes) -> dict[str, str]:
    """The headers of a request as the flow writes it, by their names."""
    rows = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in rows if name}


def _head(answer: list[bytes], without: tuple[str, ...], more: bytes) -> bytes:
    """The head of the site's answer, with what is about this connection."""
    first, *rest = answer
    kept = [line for line in rest if line.strip() and _name(line) not in without]
    return first + b"".join(kept) + more + b"\r\n"


def _name(line: bytes) -> str:
    return line.partition(b":")[0].strip().lower().decode("latin-1")
