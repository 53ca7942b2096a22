"""A service that speaks WebSocket, recording what reaches it, and clients of it through a lab."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event

from proxy_addons.services import Service, Services
from tests.proxy_addons.lab import HOST, Lab, Start
from tests.proxy_addons.wire import Authority

CATALOGUE = Services(
    [
        Service(
            service="lab-api",
            name="Lab API",
            category="api",
            hosts=(HOST,),
            endpoints={
                "WS /v1/responses": "openai_responses_socket",
                "WS /v1/realtime": "openai_realtime",
            },
        )
    ]
)

type Answering = Callable[["SocketService", ServerConnection, str | bytes], Awaitable[None]]


async def echo(_: "SocketService", socket: ServerConnection, message: str | bytes) -> None:
    await socket.send(message)


@dataclass
class SocketService:
    """A service on loopback and the lab before it."""

    lab: Lab
    heard: list[str | bytes] = field(default_factory=list)
    """Messages of clients, as they came."""
    closes: list[int | None] = field(default_factory=list)
    """Close codes of sockets that have ended."""
    reasons: list[str | None] = field(default_factory=list)
    pings: list[bytes] = field(default_factory=list)

    def client(self, path: str = "/socket", **more: Any) -> websockets.connect:
        """A client's socket through the proxy."""
        proxy = f"http://{self.lab.address[0]}:{self.lab.address[1]}"
        return websockets.connect(
            f"wss://{HOST}{path}", ssl=self.lab.trusting(), proxy=proxy, ping_interval=None, **more
        )


@asynccontextmanager
async def serving(
    start: Start, authority: Authority, *rules: Any, answer: Answering = echo, **more: Any
) -> AsyncGenerator[SocketService]:
    """A service that treats each message as `answer` says."""
    compression, host = more.pop("compression", "deflate"), more.pop("host", HOST)
    away = dict.fromkeys(more.pop("away", ()), "127.0.0.1:1")

    class Recording(ServerConnection):
        def process_event(self, event: Event) -> None:
            if isinstance(event, Frame) and event.opcode is Opcode.PING:
                service.pings.append(bytes(event.data))
            super().process_event(event)

    async def handle(socket: ServerConnection) -> None:
        try:
            async for message in socket:
                service.heard.append(message)
                await answer(service, socket, message)
        finally:
            service.closes.append(socket.close_code)
            service.reasons.append(socket.close_reason)

    context = authority.server(host, alpn=("http/1.1",))
    async with websockets.serve(
        handle,
        "127.0.0.1",
        0,
        ssl=context,
        max_size=None,
        ping_interval=None,
        compression=compression,
        create_connection=Recording,
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        more.setdefault("catalogue", CATALOGUE)
        lab = await start(*rules, upstream_map={host: f"127.0.0.1:{port}", **away}, **more)
        service = SocketService(lab)
        yield service


async def said(socket: ClientConnection) -> Any:
    """The next message, as JSON."""
    return json.loads(await socket.recv())
