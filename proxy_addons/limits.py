"""HTTP from clients, within bounds: heads, bodies, resets and time.

mitmproxy itself sets none of these; see its SECURITY.md on denial of service. The classes here
stand in for its own on the client's side of a connection.

Source: mitmproxy.proxy.layers.http, 12.2; RFC 9110, 9112 and 9113.
"""

import re
import time
from collections.abc import Iterator

from h2.errors import ErrorCodes
from h2.events import Event as H2Event
from h2.events import StreamReset
from mitmproxy.flow import Error
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import CommandGenerator
from mitmproxy.proxy.layers import http
from mitmproxy.proxy.layers.http import ReceiveHttp, _http1, _http2

from proxy_addons import responses
from proxy_addons.failures import OVERLOAD, TOO_LARGE
from proxy_addons.passage import passage_of
from proxy_addons.room import Held, Room

HEAD_BYTES = 64 * 1024
"""Largest request line with headers."""
HEADERS = 200
"""Most headers of a request."""
RESETS = 100
"""Most streams a client may reset within one second."""
HEAD_S = 10.0
"""Longest wait for a head, for a TLS handshake, and for the rest of a refused body."""
BODY_BYTES_S = 1024
"""Slowest body, after `HEAD_S`."""


_INTERIM = re.compile(rb"HTTP/1\.1 1(?!01)\d\d")


class Http(http.HttpLayer):
    """The requests of one client connection."""

    def __init__(
        self, context: Context, mode: http.HTTPMode, max_body_bytes: int, room: Room
    ) -> None:
        super().__init__(context, mode)
        self.max_body_bytes = max_body_bytes
        self._room = room
        self._held: dict[int, Held] = {}
        """By the ids of streams."""

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        if isinstance(event, events.Start):
            server = Http2Server if self.context.client.alpn == b"h2" else Http1Server
            self.connections[self.context.client] = server(self.context.fork())
        yield from super()._handle_event(event)
        for ended in self._held.keys() - self.streams.keys():
            self._held.pop(ended).end()

    def end(self) -> None:
        """The connection is gone, and what it held."""
        for held in self._held.values():
            held.end()

    def make_stream(self, stream_id: int) -> CommandGenerator[None]:
        """A request begins."""
        self.streams[stream_id] = stream = Stream(self.context.fork(), stream_id)
        stream.max_body_bytes = self.max_body_bytes
        stream.held = self._held[stream_id] = Held(self._room)
        yield from self.event_to_child(stream, events.Start())

    def waits_for(self, tls: bool) -> Iterator[tuple[object, int]]:
        """What the client has begun and not finished, and how many bytes of it are there."""
        if tls:
            yield "tls", 0
        client = self.connections.get(self.context.client)
        if isinstance(client, Http1Server) and client.is_unfinished:
            yield "head", 0
        for stream in self.streams.values():
            if stream.client_state == stream.state_consume_request_body:
                yield stream, len(stream.request_body_buf)


class Stream(http.HttpStream):
    """One request and its answer."""

    max_body_bytes = 0
    held: Held

    def handle_event(self, event: events.Event) -> CommandGenerator[None]:
        """Something came. While a refusal is recorded, what still comes of the body is not kept."""
        waits = self._paused is not None and isinstance(event, http.RequestData)
        if not (waits and passage_of(self.flow).is_refused):
            yield from super().handle_event(event)

    def state_wait_for_request_headers(self, event: http.RequestHeaders) -> CommandGenerator[None]:
        """The head is there."""
        yield from super().state_wait_for_request_headers(event)
        passage = passage_of(self.flow)
        if passage.is_socket:
            passage.held = self.held
        if self.client_state == self.state_consume_request_body and self.flow.response:
            yield from self._answer()  # refused by its head alone

    def state_consume_request_body(self, event: events.Event) -> CommandGenerator[None]:
        """More of the body, or its end."""
        if isinstance(event, http.RequestData) and (why := self._overflows(event.data)):
            self.request_body_buf.clear()
            self.held.drop()
            passage_of(self.flow).overflow = why
            yield http.HttpRequestHook(self.flow)
            if not (yield from self.check_killed(True)):
                yield from self._answer()
            return
        yield from super().state_consume_request_body(event)

    def state_stream_response_body(self, event: events.Event) -> CommandGenerator[None]:
        """More of the answer. mitmproxy would hang where a filter raises."""
        try:
            yield from super().state_stream_response_body(event)
        except Exception:
            message, code = "the answer could not be restored", http.ErrorCode.CANCEL
            yield http.SendHttp(
                http.RequestProtocolError(self.stream_id, message, code), self.context.server
            )
            yield from self._break(message, code)

    def check_killed(self, emit_error_hook: bool) -> CommandGenerator[bool]:
        """Whether the request is over already. mitmproxy would keep it until its connection ends,
        which over HTTP/2 goes on."""
        is_killed = yield from super().check_killed(emit_error_hook)
        if is_killed:
            yield http.DropStream(self.stream_id)
        return is_killed

    def handle_protocol_error(
        self, event: http.RequestProtocolError | http.ResponseProtocolError
    ) -> CommandGenerator[None]:
        """What went wrong on the way; while nothing was answered the client hears it from us."""
        waits = self.client_state == self.state_done and (
            self.server_state == self.state_wait_for_response_headers
        )
        if not (waits and isinstance(event, http.ResponseProtocolError)):
            yield from super().handle_protocol_error(event)
            return
        self.flow.error = Error(event.message)
        yield http.HttpErrorHook(self.flow)
        if (yield from self.check_killed(False)):
            return
        if self.flow.response is not None:
            yield from self._answer()
        else:
            yield from self._break(event.message, event.code)

    def _overflows(self, data: bytes) -> str:
        """Why no more of the body is kept, in the words of records; empty if there is room."""
        if len(self.request_body_buf) + len(data) > self.max_body_bytes:
            return TOO_LARGE
        return "" if self.held.takes(len(data)) else OVERLOAD

    def _answer(self) -> CommandGenerator[None]:
        """Sends the refusal now; what still comes of the body is dropped as it comes."""
        response = self.flow.response
        assert response is not None
        body = response.raw_content or b""
        self.client_state = self.server_state = self.state_errored
        self.flow.live = False
        client = self.context.client
        yield http.SendHttp(http.ResponseHeaders(self.stream_id, response, not body), client)
        if body:
            yield http.SendHttp(http.ResponseData(self.stream_id, body), client)
        yield http.SendHttp(http.ResponseEndOfMessage(self.stream_id), client)
        yield http.DropStream(self.stream_id)

    def _break(self, message: str, code: http.ErrorCode) -> CommandGenerator[None]:
        self.client_state = self.server_state = self.state_errored
        self.flow.live = False
        error = http.ResponseProtocolError(self.stream_id, message, code)
        yield http.SendHttp(error, self.context.client)
        yield http.DropStream(self.stream_id)


class Http1Server(_http1.Http1Server):
    """HTTP/1.1 from a client."""

    @property
    def is_unfinished(self) -> bool:
        """Whether a head has begun, or the body of a request that was answered early goes on."""
        if self.state == self.read_headers:
            return bool(self.buf)
        return self.state == self.read_body and self.response_done

    def read_headers(self, event: events.ConnectionEvent) -> CommandGenerator[None]:
        """Part of a head."""
        if isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(self.conn)
            return
        yield from super().read_headers(event)
        if self.state == self.read_headers and len(self.buf) > HEAD_BYTES:
            yield from self._end(431)

    def read_body(self, event: events.Event) -> CommandGenerator[None]:
        """Part of a body."""
        try:
            yield from super().read_body(event)
        except NotImplementedError:  # trailers
            yield from self._end(400)
            yield ReceiveHttp(
                http.RequestProtocolError(
                    self.stream_id, "trailers", http.ErrorCode.GENERIC_CLIENT_ERROR
                )
            )

    def wait(self, event: events.Event) -> CommandGenerator[None]:
        """Requests that come before the last one is answered wait their turn, to a limit."""
        yield from super().wait(event)
        if self.state == self.wait and len(self.buf) > HEAD_BYTES:
            yield from self._end(0)

    def _end(self, status: int) -> CommandGenerator[None]:
        if status and self.response is None:
            yield commands.SendData(self.conn, responses.bare(status))
        yield commands.CloseConnection(self.conn)
        self.state = self.done


class Http1Client(_http1.Http1Client):
    """HTTP/1.1 to a service, with what mitmproxy leaves out."""

    def read_headers(self, event: events.ConnectionEvent) -> CommandGenerator[None]:
        """Part of an answer's head. Interim answers (103, …) are not passed on."""
        while self.request and _INTERIM.match(bytes(self.buf)) and self.buf.maybe_extract_lines():
            pass
        yield from super().read_headers(event)

    def read_body(self, event: events.Event) -> CommandGenerator[None]:
        """Part of an answer. Trailers are not passed on; RFC 9110, section 6.5.1, allows it."""
        try:
            yield from super().read_body(event)
        except NotImplementedError:
            assert self.stream_id is not None
            yield ReceiveHttp(http.ResponseEndOfMessage(self.stream_id))
            yield from self.mark_done(response=True)


class Http2Server(_http2.Http2Server):
    """HTTP/2 from a client."""

    _resets = 0
    _second = 0

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        if isinstance(event, http.ResponseProtocolError) and self._may_answer(event.stream_id):
            status = event.code.http_status_code()
            if status is not None:
                response = responses.failed(status, event.message)
                body = response.raw_content or b""
                yield from super()._handle_event(http.ResponseHeaders(event.stream_id, response))
                yield from super()._handle_event(http.ResponseData(event.stream_id, body))
                yield from super()._handle_event(http.ResponseEndOfMessage(event.stream_id))
                return
        yield from super()._handle_event(event)

    def handle_h2_event(self, event: H2Event) -> CommandGenerator[bool]:
        """One frame's meaning."""
        if isinstance(event, StreamReset):
            second = int(time.monotonic())
            self._resets = self._resets + 1 if second == self._second else 1
            self._second = second
            if self._resets > RESETS:
                yield from self.protocol_error("too many resets", ErrorCodes.ENHANCE_YOUR_CALM)
                return True
        return (yield from super().handle_h2_event(event))

    def _may_answer(self, stream_id: int) -> bool:
        if not self.is_open_for_us(stream_id):
            return False
        return not self.h2_conn.streams[stream_id].state_machine.headers_sent


def install() -> None:
    """Has mitmproxy use `Http1Client`, for the whole process."""
    http.Http1Client = Http1Client  # type: ignore[misc]


class Clock:
    """How long a client has been at each thing it has begun."""

    def __init__(self) -> None:
        self._since: dict[object, float] = {}

    def is_over(self, waits: Iterator[tuple[object, int]], now: float) -> bool:
        """Whether any of `waits` (what, bytes so far) goes on for too long."""
        current = dict(waits)
        self._since = {what: self._since.get(what, now) for what in current}
        return any(
            now - since > HEAD_S + current[what] / BODY_BYTES_S
            for what, since in self._since.items()
        )
