"""A client that is cheap beside what it measures: plain sockets, one thread, closed loop.

Every connection goes through a proxy with CONNECT. Each sends its next request as soon as the
answer to the last one is whole.
"""

import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks import frames
from benchmarks.upstream import ASKED, HOST, TOLD

_PATH = "/v1/chat/completions"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

type Body = Callable[[], bytes]


@dataclass(slots=True)
class Sample:
    """What one stretch of load came to."""

    seconds: float
    latencies_s: list[float] = field(repr=False)

    @property
    def per_s(self) -> float:
        return len(self.latencies_s) / self.seconds

    def percentile_ms(self, percent: float) -> float:
        ordered = sorted(self.latencies_s)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Connection(Protocol):
    """One connection with one or several requests under way."""

    slots: int

    def fileno(self) -> int: ...

    def send(self) -> None:
        """One more request."""

    def receive(self) -> list[float]:
        """Latencies of the answers that what has arrived completes."""
        ...

    def close(self) -> None: ...


def run(connections: Sequence[Connection], seconds: float) -> Sample:
    """Load for so long, then until the last answer."""
    poll = select.epoll()
    by_fd = {c.fileno(): c for c in connections}
    latencies: list[float] = []
    begin = time.perf_counter()
    for connection in connections:
        poll.register(connection.fileno(), select.EPOLLIN)
        for _ in range(connection.slots):
            connection.send()
    under_way = sum(c.slots for c in connections)
    end = begin + seconds
    while under_way:
        ready = poll.poll(30)
        if not ready:
            raise TimeoutError("no answer within 30 s")
        for fd, _ in ready:
            connection = by_fd[fd]
            done = connection.receive()
            latencies += done
            for _ in done:
                if time.perf_counter() < end:
                    connection.send()
                else:
                    under_way -= 1
    poll.close()
    return Sample(time.perf_counter() - begin, latencies)


def dial(proxy: int, target: str) -> socket.socket:
    """A tunnel to `target` through the proxy at port `proxy`."""
    sock = socket.create_connection(("127.0.0.1", proxy), timeout=30)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += sock.recv(1)
        if not answer:
            raise ConnectionError(f"the proxy at port {proxy} closed the connection")
    if b" 200 " not in answer.partition(b"\r\n")[0]:
        raise ConnectionError(answer.decode("latin-1"))
    return sock


def dial_tls(proxy: int, target: str, protocol: str) -> ssl.SSLSocket:
    """The same with TLS to HOST inside."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # what it costs to verify is not measured here
    context.set_alpn_protocols([protocol])
    sock = context.wrap_socket(dial(proxy, target), server_hostname=HOST)
    if sock.selected_alpn_protocol() != protocol:
        raise ConnectionError(f"the proxy at port {proxy} does not speak {protocol}")
    return sock


class _Tls:
    slots = 1

    def __init__(self, sock: ssl.SSLSocket, body: Body) -> None:
        self.sock = sock
        self.body = body
        self.buffer = bytearray()

    def fileno(self) -> int:
        return self.sock.fileno()

    def close(self) -> None:
        self.sock.close()

    def read(self) -> None:
        while True:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError("the proxy closed the connection")
            self.buffer += data
            if not self.sock.pending():
                return


class Http1(_Tls):
    """One request at a time."""

    def send(self) -> None:
        body = self.body()
        head = (
            f"POST {_PATH} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
            "Authorization: Bearer benchmark\r\nUser-Agent: penstock-benchmark\r\nAccept: */*\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self.began = time.perf_counter()
        self.sock.sendall(head.encode() + body)

    def receive(self) -> list[float]:
        self.read()
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return []
        length = _LENGTH.search(self.buffer, 0, head)
        if length is None:
            whole = self.buffer.endswith(b"0\r\n\r\n")
        else:
            whole = len(self.buffer) >= head + 4 + int(length[1])
        if not whole:
            return []
        if not self.buffer.startswith(b"HTTP/1.1 200 "):
            raise ConnectionError(self.buffer.decode("latin-1"))
        self.buffer.clear()
        return [time.perf_counter() - self.began]


class Http2(_Tls):
    """Eight at a time."""

    slots = 8

    def __init__(self, sock: ssl.SSLSocket, body: Body) -> None:
        super().__init__(sock, body)
        self.stream = -1
        self.began: dict[int, float] = {}
        sock.sendall(frames.PREFACE + frames.opening())

    def send(self) -> None:
        body = self.body()
        headers = [
            (b":method", b"POST"),
            (b":scheme", b"https"),
            (b":authority", HOST.encode()),
            (b":path", _PATH.encode()),
            (b"content-type", b"application/json"),
            (b"authorization", b"Bearer benchmark"),
            (b"user-agent", b"penstock-benchmark"),
            (b"accept", b"*/*"),
            (b"content-length", b"%d" % len(body)),
        ]
        self.stream += 2
        self.began[self.stream] = time.perf_counter()
        self.sock.sendall(frames.message(self.stream, headers, body))

    def receive(self) -> list[float]:
        self.read()
        done = []
        for kind, flags, stream, payload in frames.frames(self.buffer):
            if kind == frames.SETTINGS and not flags & frames.ACK:
                self.sock.sendall(frames.frame(frames.SETTINGS, frames.ACK, 0))
            elif kind == frames.PING and not flags & frames.ACK:
                self.sock.sendall(frames.frame(frames.PING, frames.ACK, 0, payload))
            elif kind in (frames.RST, frames.GOAWAY):
                raise ConnectionError("the proxy ended a stream")
            elif kind == frames.HEADERS and not payload.startswith(frames.OK):
                raise ConnectionError("the proxy did not let a request pass")
            if kind in (frames.HEADERS, frames.DATA) and flags & frames.END_STREAM:
                done.append(time.perf_counter() - self.began.pop(stream))
        return done


class Raw:
    """Questions and answers through a blind tunnel."""

    slots = 1
    _question = b"q" * ASKED

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.missing = 0

    def fileno(self) -> int:
        return self.sock.fileno()

    def close(self) -> None:
        self.sock.close()

    def send(self) -> None:
        self.missing = len(TOLD)
        self.began = time.perf_counter()
        self.sock.sendall(self._question)

    def receive(self) -> list[float]:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError("the tunnel was closed")
        self.missing -= len(data)
        return [] if self.missing else [time.perf_counter() - self.began]
