"""Shortcuts through mitmproxy: the same answers to what it asks itself for every request, sooner.

A look at one header calls two functions for each header there is, and there are twenty looks;
connections are compared by their ids, which each has of its own; every layer of a stream gets a
server made that is thrown away at once; what it makes itself is checked to be of the right kind;
what TLS has written is read until there is an error, which says that it was all; and HTTP/2 tells
of every header to a log that nobody keeps.

Source: mitmproxy.coretypes.multidict, .http, .connection, .hooks and .proxy, 12.2; hpack 4.1;
OpenSSL, BIO_s_mem.
"""

import logging

import mitmproxy.version
from hpack import hpack, table
from mitmproxy.connection import Connection
from mitmproxy.hooks import Hook
from mitmproxy.http import Headers, MessageData
from mitmproxy.proxy.commands import SendData, StartHook
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.events import CommandCompleted
from mitmproxy.proxy.layer import CommandGenerator
from mitmproxy.proxy.layers.tls import TLSLayer
from OpenSSL import SSL

_WRITTEN_FOR = "12.2."
"""How the versions begin whose functions these stand for."""
_RECORDS = 65535


def install() -> None:
    """For the whole process. In another mitmproxy none: its own functions may have more to do."""
    if not mitmproxy.version.VERSION.startswith(_WRITTEN_FOR):
        return
    Headers.get_all = _all  # type: ignore[method-assign]
    Headers.get = _get  # type: ignore[assignment,method-assign]
    Headers.__getitem__ = _item  # type: ignore[assignment,method-assign]
    Headers.__contains__ = _is_there  # type: ignore[assignment,method-assign]
    Connection.__eq__ = object.__eq__  # type: ignore[method-assign]
    Connection.__hash__ = object.__hash__  # type: ignore[method-assign]
    Context.fork = _fork  # type: ignore[method-assign]
    for kind in (Hook, StartHook, CommandCompleted):
        kind.__new__ = _made  # type: ignore[assignment,method-assign]
    TLSLayer.tls_interact = _written  # type: ignore[method-assign]
    MessageData.__post_init__ = _trust  # type: ignore[method-assign]
    hpack.log = table.log = _Silent("")


class _Silent(logging.Logger):
    def debug(self, *_: object, **__: object) -> None:
        pass


def _all(self: Headers, name: str | bytes) -> list[str]:
    wanted = (name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name).lower()
    size = len(wanted)
    return [
        value.decode("utf-8", "surrogateescape")
        for field, value in self.fields
        if len(field) == size and field.lower() == wanted
    ]


def _get[T](self: Headers, name: str | bytes, default: T | None = None) -> str | T | None:
    found = _all(self, name)
    return ", ".join(found) if found else default


def _item(self: Headers, name: str | bytes) -> str:
    if not (found := _all(self, name)):
        raise KeyError(name)
    return ", ".join(found)


def _is_there(self: Headers, name: object) -> bool:
    return isinstance(name, str | bytes) and bool(_all(self, name))


def _fork(self: Context) -> Context:
    forked = Context.__new__(Context)
    forked.client, forked.server, forked.options = self.client, self.server, self.options
    forked.layers = self.layers.copy()
    return forked


def _written(self: TLSLayer) -> CommandGenerator[None]:
    """A buffer in memory gives all it has, up to what is asked for."""
    size = _RECORDS
    while size == _RECORDS:
        try:
            data = self.tls.bio_read(_RECORDS)
        except SSL.WantReadError:
            return
        size = len(data)
        yield SendData(self.conn, data)


def _made(kind: type, *_: object, **__: object) -> object:
    return object.__new__(kind)


def _trust(_: MessageData) -> None:
    pass
