"""HTTP/1.1 and HTTP/2 for a server that keeps every byte it was sent."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import h2.config
import h2.connection
import h2.events
import h11

_READ = 64 * 1024

_UPKEEP = (
    h2.events.ConnectionTerminated,
    h2.events.PingAckReceived,
    h2.events.PingReceived,
    h2.events.SettingsAcknowledged,
    h2.events.StreamReset,
    h2.events.WindowUpdated,
)
"""What a connection of HTTP/2 says about itself, at any time, also long after its requests."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. Each of `pieces` goes out by itself."""

    pieces: tuple[bytes, ...]
    content_type: str = "application/json"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    wire: bytearray
    """What arrives is added to it."""
    take: Callable[[str, str, list[tuple[str, str]], bytes], Said]
    """Method, target, headers and body of a request -> its answer."""
    before_piece: Callable[[], Awaitable[None]]


async def speak_http1(line: Line) -> None:
    """Answers requests one after the other until the client has had enough."""
    http = h11.Connection(h11.SERVER, max_incomplete_event_size=1024 * 1024)
    request: h11.Request | None = None
    body = bytearray()
    while True:
        match http.next_event():
            case h11.NEED_DATA:
                if http.they_are_waiting_for_100_continue:
                    go_on = h11.InformationalResponse(status_code=100, headers=[])
                    line.writer.write(http.send(go_on) or b"")
                data = await line.reader.read(_READ)
                line.wire.extend(data)
                http.receive_data(data)
            case h11.Request() as request:
                body.clear()
            case h11.Data(data=data):
                body += data
            case h11.EndOfMessage() if request is not None:
                headers = [(n.decode(), v.decode("latin-1")) for n, v in request.headers]
                method, target = request.method.decode(), request.target.decode()
                await _answer1(http, line, line.take(method, target, headers, bytes(body)))
                if http.our_state is not h11.DONE:
                    return
                http.start_next_cycle()
            case _:
                return


async def _answer1(http: h11.Connection, line: Line, said: Said) -> None:
    headers = [("content-type", said.content_type), *said.headers]
    if len(said.pieces) < 2:
        headers.append(("content-length", str(sum(map(len, said.pieces)))))
    line.writer.write(http.send(h11.Response(status_code=said.status, headers=headers)) or b"")
    for piece in said.pieces:
        await line.before_piece()
        line.writer.write(http.send(h11.Data(piece)) or b"")
        await line.writer.drain()
    line.writer.write(http.send(h11.EndOfMessage()) or b"")
    await line.writer.drain()


async def speak_http2(line: Line) -> None:
    """Answers requests side by side until the client closes the connection.

    Besides the frames `wire` gets each request's headers in clear, which HPACK hides. It does not
    get what only keeps a connection going: that would count as sent by whoever is looking then.
    """
    config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
    http = h2.connection.H2Connection(config)
    http.initiate_connection()
    line.writer.write(http.data_to_send())
    requests: dict[int, tuple[list[tuple[str, str]], bytearray]] = {}
    answers: set[asyncio.Task[None]] = set()
    room = asyncio.Event()
    try:
        while data := await line.reader.read(_READ):
            events = []
            try:
                events = http.receive_data(data)
            finally:
                if not _is_upkeep(events):
                    line.wire.extend(data)
            for event in events:
                match event:
                    case h2.events.RequestReceived(stream_id=stream, headers=fields):
                        headers = [(str(name), str(value)) for name, value in fields or ()]
                        line.wire.extend("".join(f"{n}: {v}\n" for n, v in headers).encode())
                        requests[stream] = headers, bytearray()
                    case h2.events.DataReceived(stream_id=stream, data=piece):
                        requests[stream][1].extend(piece)
                        http.acknowledge_received_data(event.flow_controlled_length, stream)
                    case h2.events.StreamEnded(stream_id=stream):
                        headers, body = requests.pop(stream)
                        of = dict(headers)
                        said = line.take(of[":method"], of[":path"], headers, bytes(body))
                        answers.add(asyncio.create_task(_answer2(http, stream, line, said, room)))
                    case h2.events.StreamReset(stream_id=stream):
                        requests.pop(stream, None)
            room.set()
            line.writer.write(http.data_to_send())
            await line.writer.drain()
    finally:
        for answer in answers:
            answer.cancel()
        await asyncio.gather(*answers, return_exceptions=True)


def _is_upkeep(events: Sequence[h2.events.Event]) -> bool:
    return bool(events) and all(isinstance(event, _UPKEEP) for event in events)


async def _answer2(
    http: h2.connection.H2Connection, stream: int, line: Line, said: Said, room: asyncio.Event
) -> None:
    fields = [(":status", str(said.status)), ("content-type", said.content_type), *said.headers]
    http.send_headers(stream, fields)
    for piece in said.pieces:
        await line.before_piece()
        rest = piece
        while rest:
            free = min(http.local_flow_control_window(stream), http.max_outbound_frame_size)
            if free <= 0:
                room.clear()
                await room.wait()
                continue
            http.send_data(stream, rest[:free])
            rest = rest[free:]
            line.writer.write(http.data_to_send())
            await line.writer.drain()
    http.end_stream(stream)
    line.writer.write(http.data_to_send())
    await line.writer.drain()
