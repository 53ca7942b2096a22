"""WebSockets to AI services: whole messages, each of the client's held until it is judged.

mitmproxy's own layer takes messages of any size, inflates without a limit, keeps all it has seen
and passes the words of control frames on. Here a message that no guard let pass goes nowhere, and
what pings and closes of a client carry stays here. Messages are written anew on each side, so that
the bytes of one leg never stand on the other.

Source: RFC 6455 (frames, sections 5.4 and 5.5; close codes, 7.4); RFC 7692 (permessage-deflate);
mitmproxy.proxy.layers.websocket, 12.2.
"""

import asyncio
import inspect
import zlib
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mitmproxy.connection import Connection
from mitmproxy.http import HTTPFlow, Request
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import CommandGenerator
from mitmproxy.proxy.layers import websocket
from mitmproxy.proxy.layers.http import HttpStream
from wsproto.connection import Connection as Frames
from wsproto.connection import ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol
from wsproto.utilities import LocalProtocolError, split_comma_header

from proxy_addons.dialects.messages import Message
from proxy_addons.failures import OVERLOAD, TOO_LARGE
from proxy_addons.lock import unfit
from proxy_addons.passage import passage_of
from proxy_addons.places import log_place
from proxy_addons.room import Held, Room
from proxy_addons.sockets import Said
from proxy_addons.talk import Talk

ANSWER_BYTES = 64 * 1024 * 1024
"""Largest message of a service."""
PIECES = 100_000
"""Most pieces in which one message may arrive: each costs time that others need."""

_Unread = websocket.WebsocketLayer
_EXTENSIONS = "sec-websocket-extensions"


@dataclass(eq=False)
class SocketMessageHook(commands.StartHook):
    """A client's message is complete; what becomes of it stands in `said` afterwards."""

    flow: HTTPFlow
    said: Said
    blocking = True


@dataclass(eq=False)
class SocketSettledHook(commands.StartHook):
    """A client's message that was to pass has left, or could not; see `said.leaving`."""

    flow: HTTPFlow
    said: Said
    blocking = True


@dataclass(eq=False)
class SocketStartHook(commands.StartHook):
    """A socket is open."""

    flow: HTTPFlow
    blocking = True


class IsThere(commands.Command):
    """Whether a connection still takes what is written to it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.is_so = False


class Pour(commands.Command):
    """Lets messages come to the client as they come into being."""

    def __init__(self, flow: HTTPFlow, source: AsyncGenerator[Sequence[Message]]) -> None:
        self.flow = flow
        self.source = source
        self.task: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """The client has gone."""
        if self.task is not None:
            self.task.cancel()


class Poured(events.MessageInjected[Sequence[Message]]):
    """Some of those messages are there."""


def install() -> None:
    """Has mitmproxy use `Socket` for the hosts that are inspected, for the whole process.

    Raises ConfigError if it would not.
    """
    if "websocket.WebsocketLayer(self.context, self.flow)" not in inspect.getsource(HttpStream):
        raise unfit()
    websocket.WebsocketLayer = layer_for  # type: ignore[assignment,misc]


def layer_for(context: Context, flow: HTTPFlow) -> layer.Layer:
    """What carries the messages of `flow`: unread only where the catalogue says so."""
    endpoint = passage_of(flow).endpoint
    if endpoint is None or endpoint.service.websockets == "allow":
        return _Unread(context, flow)
    return Socket(context, flow)


def settle_offer(request: Request) -> None:
    """Leaves the client's offer of permessage-deflate and of nothing else: other extensions
    change bytes in ways that nobody here can undo. Nor is any other protocol offered."""
    request.headers["upgrade"] = "websocket"
    offers = split_comma_header(request.headers.pop(_EXTENSIONS, "").encode("ascii", "replace"))
    kept = [offer for offer in offers if _name(offer) == PerMessageDeflate.name]
    if kept:
        request.headers[_EXTENSIONS] = ", ".join(kept)


def _is_of(connection: Connection, event: events.Event) -> bool:
    return isinstance(event, events.ConnectionEvent) and event.connection == connection


def _name(extension: str) -> str:
    return extension.partition(";")[0].strip()


class Inflate(PerMessageDeflate):
    """permessage-deflate that never makes more than `most_bytes` of one message."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__()
        self._most = self._room = most_bytes

    def frame_inbound_payload_data(
        self, proto: FrameDecoder | FrameProtocol, data: bytes
    ) -> bytes | CloseReason:
        """A piece of a frame, inflated."""
        if not self._inbound_compressed or not self._inbound_is_compressible:
            return data
        assert self._decompressor is not None
        try:
            piece = self._decompressor.decompress(bytes(data), self._room + 1)
        except zlib.error:
            return CloseReason.INVALID_FRAME_PAYLOAD_DATA
        self._room -= len(piece)
        if self._room < 0 or self._decompressor.unconsumed_tail:
            return CloseReason.MESSAGE_TOO_BIG
        return piece

    def frame_inbound_complete(
        self, proto: FrameDecoder | FrameProtocol, fin: bool
    ) -> bytes | CloseReason | None:
        """The end of a frame."""
        if fin and self._inbound_is_compressible:
            self._room = self._most
        return super().frame_inbound_complete(proto, fin)


class Leg(Frames):
    """One side of a socket, and the message that is arriving there."""

    def __init__(self, kind: ConnectionType, conn: Connection, extensions: list[Any]) -> None:
        super().__init__(kind, extensions)
        self.conn = conn
        self._message = bytearray()
        self._pieces = 0
        self._whole = 0

    @property
    def unfinished(self) -> tuple[object, int] | None:
        """Which message has begun and not ended, and how many bytes of it are there."""
        return ((self, self._whole), len(self._message)) if self._pieces else None

    @property
    def is_open(self) -> bool:
        """Whether anything can be sent."""
        return self.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING)

    def takes(self, event: TextMessage | BytesMessage) -> int:
        """A piece of a message arrived; of how many bytes."""
        data = event.data.encode() if isinstance(event.data, str) else event.data
        self._message += data
        self._pieces += 1
        return len(data)

    def whole(self, *, is_text: bool) -> Message:
        """The message that has arrived."""
        message = Message(bytes(self._message), is_text)
        self._message.clear()
        self._pieces = 0
        self._whole += 1
        return message

    def overflows(self, most_bytes: int) -> bool:
        """Whether what has arrived is more than may be kept."""
        return len(self._message) > most_bytes or self._pieces > PIECES

    def write(self, message: Message) -> bytes:
        """A message as one frame."""
        if message.is_text:
            return self.send(TextMessage(message.data.decode("utf-8", "replace")))
        return self.send(BytesMessage(message.data))


class Socket(layer.Layer):
    """The messages of one WebSocket. INVARIANT: what the hook has not let pass goes nowhere."""

    def __init__(self, context: Context, flow: HTTPFlow) -> None:
        super().__init__(context)
        self._flow = flow
        passage = passage_of(flow)
        self._most_bytes = passage.max_message_bytes
        self._held = passage.held or Held(Room(self._most_bytes))
        self._talk = Talk()
        self._pours: list[Pour] = []

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being judged or answered from inside."""
        return self._paused is None and all(p.task is None or p.task.done() for p in self._pours)

    def waits_for(self) -> Iterator[tuple[object, int]]:
        """The message that the client has begun and not finished. Others wait behind one that is
        judged, which is not the client's fault."""
        if self._paused is None and (unfinished := self._client.unfinished) is not None:
            yield unfinished

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        if isinstance(event, events.Start):
            yield from self._start()
        elif self._flow.live:
            yield from self._relay(event)

    def _start(self) -> CommandGenerator[None]:
        assert self._flow.response is not None
        answer = self._flow.response.headers.get(_EXTENSIONS, "")
        client, server = self.context.client, self.context.server
        try:
            ours = self._agreed(answer, self._most_bytes)
            theirs, agreed = self._agreed(answer, ANSWER_BYTES), True
        except ValueError:
            ours, theirs, agreed = [], [], False
        self._client = Leg(ConnectionType.SERVER, client, ours)
        self._server = Leg(ConnectionType.CLIENT, server, theirs)
        if not agreed:
            # until this returns, what a layer sends goes out as it is, past HTTP and TLS
            yield SocketStartHook(self._flow)
            yield from self._end(CloseReason.MANDATORY_EXT, "")

    def _agreed(self, answer: str, most_bytes: int) -> list[Any]:
        """The extensions of one leg. Raises ValueError for what was not offered."""
        agreed: list[Any] = []
        for extension in filter(None, split_comma_header(answer.encode("ascii", "replace"))):
            if _name(extension) != PerMessageDeflate.name or agreed:
                raise ValueError("an extension that nobody offered")
            deflate = Inflate(most_bytes)
            deflate.finalize(extension)
            agreed.append(deflate)
        return agreed

    def _relay(self, event: events.Event) -> CommandGenerator[None]:
        if isinstance(event, Poured):
            yield from self._send(self._client, event.message)
            return
        assert isinstance(event, events.ConnectionEvent)
        leg = self._client if event.connection == self.context.client else self._server
        try:
            leg.receive_data(event.data if isinstance(event, events.DataReceived) else None)
            arrived = leg.events()
            while self._flow.live and (found := next(arrived, None)) is not None:
                yield from self._event(leg, found)
        except LocalProtocolError as e:
            log_place("a socket", e)
            yield from self._end(CloseReason.PROTOCOL_ERROR, "")

    def _event(self, leg: Leg, event: Event) -> CommandGenerator[None]:
        match event:
            case TextMessage() | BytesMessage():
                size_bytes = leg.takes(event)
                if leg.overflows(self._most_bytes if leg is self._client else ANSWER_BYTES):
                    yield from self._too_large(leg)
                elif leg is self._client and not self._held.takes(size_bytes):
                    yield from self._lost(OVERLOAD, CloseReason.TRY_AGAIN_LATER)
                elif event.message_finished:
                    whole = leg.whole(is_text=isinstance(event, TextMessage))
                    if leg is self._client:
                        yield from self._said(whole)
                        self._held.drop()
                    else:
                        yield from self._send(self._client, self._talk.heard(whole))
            case Ping():
                # answered here: what a ping says is not inspected; the other side gets an empty one
                yield commands.SendData(leg.conn, leg.send(event.response()))
                other = self._server if leg is self._client else self._client
                if other.state is ConnectionState.OPEN:
                    yield commands.SendData(other.conn, other.send(Ping()))
            case CloseConnection(code=CloseReason.MESSAGE_TOO_BIG) if leg.state is (
                ConnectionState.OPEN
            ):
                yield from self._too_large(leg)
            case CloseConnection():
                if leg is self._server:
                    yield from self._send(self._client, self._talk.rest())
                reason = event.reason if leg is self._server else ""
                yield from self._end(event.code, reason or "")

    def _said(self, message: Message) -> CommandGenerator[None]:
        """A message of the client: judged, and only then sent, answered or dropped."""
        said = Said(message, self._talk)
        yield SocketMessageHook(self._flow, said)
        yield from self._send(self._client, said.back)
        if said.pour is not None:
            pour = Pour(self._flow, said.pour)
            self._pours = [p for p in self._pours if p.task and not p.task.done()] + [pour]
            yield pour
        if said.passes is not None:
            yield from self._pass(said, said.passes)
        if said.close is not None:
            yield from self._end(*said.close)

    def _pass(self, said: Said, message: Message) -> CommandGenerator[None]:
        """To the service, which may have gone while the message was judged."""
        waiting = self._paused_event_queue
        for event in [e for e in waiting if _is_of(self._server.conn, e)]:
            waiting.remove(event)
            if self._flow.live:
                yield from self._relay(event)
        yield (there := IsThere(self._server.conn))
        if there.is_so and self._server.state is ConnectionState.OPEN:
            said.leaving.has_left = True
            yield from self._send(self._server, (message,))
        yield SocketSettledHook(self._flow, said)

    def _too_large(self, leg: Leg) -> CommandGenerator[None]:
        if leg is self._client:
            yield from self._lost(TOO_LARGE, CloseReason.MESSAGE_TOO_BIG)
        else:
            yield from self._end(CloseReason.MESSAGE_TOO_BIG, "")

    def _lost(self, why: str, code: int) -> CommandGenerator[None]:
        """A message of the client that was not kept."""
        yield SocketMessageHook(self._flow, Said(None, self._talk, why=why))
        yield from self._end(code, "")

    def _send(self, leg: Leg, found: Sequence[Message]) -> CommandGenerator[None]:
        if found and leg.state is ConnectionState.OPEN:
            yield commands.SendData(leg.conn, b"".join([leg.write(m) for m in found]))

    def _end(self, code: int, reason: str) -> CommandGenerator[None]:
        """Closes both sides; one that was cut is cut on the other side as well."""
        self._flow.live = False
        for pour in self._pours:
            pour.stop()
        for leg, why in ((self._server, ""), (self._client, reason)):
            if leg.is_open and code != CloseReason.ABNORMAL_CLOSURE:
                yield commands.SendData(leg.conn, leg.send(CloseConnection(code, why)))
            yield commands.CloseConnection(leg.conn)
