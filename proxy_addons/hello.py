"""The server name in the first bytes of a TLS connection.

Source: RFC 8446, sections 4.1.2 (ClientHello) and 5.1 (records); RFC 6066, section 3 (SNI).
"""

MAX_BYTES = 64 * 1024
"""Most bytes a ClientHello may take, records included."""

_HANDSHAKE = 0x16
_CLIENT_HELLO = 1
_SERVER_NAME = 0


class Incomplete(Exception):
    """More bytes are needed."""


def server_name(data: bytes) -> str | None:
    """The name a ClientHello asks for; None if it names none, or if this is not TLS at all.

    Raises Incomplete, or ValueError for a handshake that cannot be read.
    """
    if data[:1] != bytes([_HANDSHAKE]):
        return None
    hello = _Reader(_message(data))
    hello.skip(2 + 32)  # version, random
    hello.skip(hello.number(1))  # session id
    hello.skip(hello.number(2))  # cipher suites
    hello.skip(hello.number(1))  # compression methods
    if hello.is_done:
        return None
    extensions = _Reader(hello.take(hello.number(2)))
    while not extensions.is_done:
        kind, value = extensions.number(2), extensions.take(extensions.number(2))
        if kind == _SERVER_NAME:
            return _host_name(_Reader(value))
    return None


def _message(data: bytes) -> bytes:
    """The ClientHello, put together from the records it may be split over."""
    message, at = b"", 0
    while True:
        if len(message) >= 4:
            if message[0] != _CLIENT_HELLO:
                raise ValueError("not a ClientHello")
            size = int.from_bytes(message[1:4])
            if size > MAX_BYTES:
                raise ValueError("a ClientHello that is too large")
            if len(message) >= 4 + size:
                return message[4 : 4 + size]
        if len(data) < at + 5:
            raise Incomplete
        length = int.from_bytes(data[at + 3 : at + 5])
        if data[at] != _HANDSHAKE or length == 0:
            raise ValueError("not a handshake record")
        if len(data) < at + 5 + length:
            raise Incomplete
        message += data[at + 5 : at + 5 + length]
        at += 5 + length


def _host_name(names: "_Reader") -> str | None:
    names.skip(2)  # size of the list
    while not names.is_done:
        kind, value = names.number(1), names.take(names.number(2))
        if kind == 0:
            return value.decode("ascii")
    return None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_done(self) -> bool:
        return self._at == len(self._data)

    def take(self, size: int) -> bytes:
        if self._at + size > len(self._data):
            raise ValueError("a handshake that ends too early")
        self._at += size
        return self._data[self._at - size : self._at]

    def skip(self, size: int) -> None:
        self.take(size)

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))
