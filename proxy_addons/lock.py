"""The second lock: no connection to a service for a request that the guard has not opened.

The guard is a hook, and what happens to a request after a hook failed is not ours to say. This is
the one place every request passes on its way out, on new and reused connections alike.

Source: mitmproxy.proxy.layers.http.HttpStream.make_server_connection, 12.2.
"""

import inspect
import logging

import mitmproxy.version
from mitmproxy.connection import Client, ConnectionState
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import CommandGenerator
from mitmproxy.proxy.layers import http
from mitmproxy.proxy.layers.http import HttpStream, _http1

from penstock.errors import ConfigError
from proxy_addons import responses
from proxy_addons.passage import passage_of

logger = logging.getLogger(__name__)

_PROBE = "lock.invalid"
_original = HttpStream.make_server_connection


def install() -> None:
    """Locks mitmproxy, for the whole process. Raises ConfigError if it does not hold."""
    if HttpStream.make_server_connection is not _locked:
        if inspect.getsource(HttpStream).count("GetHttpConnection(") != 1:
            raise unfit()
        HttpStream.make_server_connection = _locked  # type: ignore[method-assign]
        _http1.make_error_response = responses.bare
    if not _holds():
        raise unfit()


def _locked(self: HttpStream) -> CommandGenerator[bool]:
    passage = passage_of(self.flow)
    if passage.leads_to(self.flow.request):
        # where this fails, it says so to the hook `error` before it returns
        passage.leaving.has_left = yield from _original(self)
        return passage.leaving.has_left
    if self.flow.request.host != _PROBE:
        logger.error("the second lock held: a request to %s was not opened", self.flow.request.host)
    error = http.ResponseProtocolError(
        self.stream_id, "this request was not checked", http.ErrorCode.CONNECT_FAILED
    )
    yield from self.handle_protocol_error(error)
    return False


def _holds() -> bool:
    """Drives mitmproxy's own layer with a request that nobody opens: nothing may leave."""
    options = Options()
    for name, value in _OPTIONS.items():
        options.add_option(name, type(value), value, "")
    client = Client(peername=("", 0), sockname=("", 0), state=ConnectionState.OPEN)
    layer = http.HttpLayer(Context(client, options), http.HTTPMode.regular)
    todo: list[events.Event] = [
        events.Start(),
        events.DataReceived(client, f"GET http://{_PROBE}/ HTTP/1.1\r\n\r\n".encode()),
    ]
    answered = False
    for event in todo:
        for command in layer.handle_event(event):
            if isinstance(command, commands.OpenConnection):
                return False
            if isinstance(command, commands.StartHook):
                todo.append(events.HookCompleted(command))
            answered |= isinstance(command, commands.SendData)
    return answered


_OPTIONS: dict[str, bool | str] = {
    "validate_inbound_headers": True,
    "store_streamed_bodies": False,
    "stream_large_bodies": "",
    "body_size_limit": "",
    "keep_host_header": False,
}


def unfit() -> ConfigError:
    """What is said of a mitmproxy in which a lock of ours has no place."""
    return ConfigError(
        f"mitmproxy {mitmproxy.version.VERSION} does not fit this version of Penstock: requests "
        "could leave unchecked; install the versions of `requirements.lock`"
    )
