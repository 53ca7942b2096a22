"""One decrypted client connection: mitmproxy's layers decide, this class does the I/O.

It replaces two of mitmproxy's habits. An exception in a hook or a layer ends the connection there
(mitmproxy logs it and forwards the request, or leaves the client hanging), and what is logged of
it is where it happened, never what was in it. And hooks that need no waiting run in place, without
a task each.

Source: mitmproxy.proxy.server.ConnectionHandler, 12.2.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import fields
from functools import cache
from itertools import chain
from typing import Any

from mitmproxy.connection import Connection, ConnectionState
from mitmproxy.flow import Flow
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events, server, server_hooks
from mitmproxy.proxy.layers.tls import ClientTLSLayer
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.proxy.server import ConnectionIO
from mitmproxy.proxy.tunnel import TunnelState

from proxy_addons.destinations import Destinations, Refused
from proxy_addons.limits import Clock, Http
from proxy_addons.places import log_place
from proxy_addons.websocket import IsThere, Pour, Poured, Socket, SocketMessageHook

type Hooks = Mapping[str, tuple[Callable[..., Awaitable[None] | None], ...]]
"""What to call for each hook, by its name."""

_MODE = ProxyMode.parse("regular")


class ClientConnection(server.LiveConnectionHandler):
    """Moves bytes between a client, the layers and the services."""

    http: Http

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        options: Options,
        hooks: Hooks,
        destinations: Destinations,
    ) -> None:
        super().__init__(reader, writer, options, _MODE)
        self._hooks = hooks
        self._destinations = destinations
        self._clock = Clock()
        self._judging: asyncio.Task[bool] | None = None
        self._unsent: dict[Connection, list[bytes]] = {}
        self._is_flushing = False

    @property
    def busy(self) -> bool:
        """Whether a request is being received, judged or answered."""
        return any(
            not (isinstance(stream.child_layer, Socket) and stream.child_layer.is_idle)
            for stream in self.http.streams.values()
        )

    def close(self) -> None:
        """Ends the connection and, with it, those to the services."""
        transport = self.transports.get(self.client)
        if transport is not None and transport.handler is not None:
            transport.handler.cancel("closed")

    def close_if_slow(self, now: float) -> None:
        """Ends the connection of a client that takes too long to say what it wants."""
        tls = isinstance(self.layer, ClientTLSLayer) and (
            self.layer.tunnel_state is TunnelState.ESTABLISHING
        )
        layers = [stream.child_layer for stream in self.http.streams.values()]
        sockets = (layer.waits_for() for layer in layers if isinstance(layer, Socket))
        if self._clock.is_over(chain(self.http.waits_for(tls), *sockets), now):
            self.close()

    # ── what the layers want done ──

    async def server_event(self, event: events.Event) -> None:
        """Lets the layers see `event` and does what they want. Without an await in between."""
        self.timeout_watchdog.register_activity()
        todo = [event]
        try:
            for event in todo:
                for command in self.layer.handle_event(event):
                    match command:
                        case commands.SendData():
                            self._unsent.setdefault(command.connection, []).append(command.data)
                        case commands.StartHook():
                            if self._has_run(command) and command.blocking:
                                todo.append(events.HookCompleted(command))
                        case commands.Log():
                            pass  # may hold headers and bodies
                        case _:
                            self._flush()
                            self._do(command)
            if self.client.alpn != b"h2":
                self._flush()
            elif self._unsent and not self._is_flushing:
                self._is_flushing = True
                asyncio.get_running_loop().call_soon(self._flush)
        except BaseException as e:
            log_place("a layer", e)
            self.close()

    def _flush(self) -> None:
        """One write, not one per piece. For clients that ask several things at once it waits for
        the others that the loop has ready: what is sent together costs both sides less."""
        self._is_flushing = False
        for connection, pieces in self._unsent.items():
            transport = self.transports.get(connection)
            if transport is not None:
                writer = transport.writer
                assert writer is not None
                if not writer.is_closing():
                    writer.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        self._unsent.clear()

    def _do(self, command: commands.Command) -> None:
        match command:
            case commands.OpenConnection():
                task = asyncio.create_task(self.open_connection(command))
                self.transports[command.connection] = ConnectionIO(handler=task)
            case IsThere():
                there = self.transports.get(command.connection)
                writer = there.writer if there is not None else None
                command.is_so = writer is not None and not writer.is_closing()
            case Pour():
                command.task = asyncio.create_task(self._pour(command))
            case commands.RequestWakeup():
                self.wakeup_timer.add(asyncio.create_task(self.wakeup(command)))
            case commands.CloseConnection() if command.connection in self.transports:
                half = isinstance(command, commands.CloseTcpConnection) and command.half_close
                self.close_connection(command.connection, half)
            case commands.ConnectionCommand():
                pass  # closed already

    async def _pour(self, pour: Pour) -> None:
        """Hands on what a source gives, as it gives it."""
        try:
            async with aclosing(pour.source) as source:
                async for found in source:
                    await self.server_event(Poured(pour.flow, found))
                    await self.drain_writers()
        except Exception as e:
            log_place("an answer on a socket", e)
            self.close()

    async def drain_writers(self) -> None:
        """Nothing more is read while others are slow, or while a message is judged."""
        self._flush()
        await super().drain_writers()  # type: ignore[no-untyped-call]
        if self._judging is not None:
            await asyncio.wait({self._judging})

    # ── hooks ──

    def _has_run(self, hook: commands.StartHook) -> bool:
        """Whether `hook` is done; otherwise a task goes on with it."""
        calls = self._hooks.get(hook.name)
        if calls is None:
            return True
        kind: Any = type(hook)
        args = _arguments(kind)(hook)
        waiting = [w for call in calls if (w := call(*args)) is not None]
        if not waiting:
            return True
        begun: list[bool] = []
        work = self._finish(hook, waiting, begun)
        # it begins at once: most of what hooks do before they wait is to hand a job over
        task = asyncio.Task(work, loop=asyncio.get_running_loop(), eager_start=True)
        if task.done():
            return task.result()
        begun.append(True)
        _RUNNING.add(task)
        task.add_done_callback(_RUNNING.discard)
        if isinstance(hook, SocketMessageHook):
            self._judging = task
        return False

    async def _finish(
        self, hook: commands.StartHook, waiting: list[Awaitable[None]], begun: list[bool]
    ) -> bool:
        """Whether it went well. The layers hear of it from here if it was not done at once."""
        try:
            with self.timeout_watchdog.disarm():
                for awaitable in waiting:
                    await awaitable
        except BaseException as e:
            # INVARIANT: what escapes a hook never lets a request go on
            log_place(f"hook {hook.name}", e)
            for arg in hook.args():
                if isinstance(arg, Flow) and arg.killable:
                    arg.kill()
            self.close()
            return False
        if hook.blocking and begun:
            await self.server_event(events.HookCompleted(hook))
        return True

    async def handle_hook(self, hook: commands.StartHook) -> None:
        """For the hooks that the base class starts: connections that come and go."""
        for call in self._hooks.get(hook.name, ()):
            if (waiting := call(*hook.args())) is not None:
                await waiting

    # ── connections to services ──

    async def open_connection(self, command: commands.OpenConnection) -> None:
        """Connects to where the service's name really leads, and only there."""
        connection = command.connection
        assert connection.address is not None
        connection.timestamp_start = time.time()
        try:
            reader, writer = await self._dial(*connection.address[:2])
        except (OSError, Refused) as e:
            connection.error = str(e) or type(e).__name__
            await self.server_event(events.OpenConnectionCompleted(command, connection.error))
            self.transports.pop(connection, None)
            return
        connection.timestamp_tcp_setup = time.time()
        connection.state = ConnectionState.OPEN
        connection.peername = writer.get_extra_info("peername")
        connection.sockname = writer.get_extra_info("sockname")
        task = asyncio.current_task()
        self.transports[connection] = ConnectionIO(handler=task, reader=reader, writer=writer)
        await self.server_event(events.OpenConnectionCompleted(command, None))
        try:
            await self.handle_connection(connection)
        finally:
            connection.timestamp_end = time.time()
            data = server_hooks.ServerConnectionHookData(client=self.client, server=connection)
            await self.handle_hook(server_hooks.ServerDisconnectedHook(data))

    async def _dial(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport = await self._destinations.connect(host, port, lambda: protocol, internal=True)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    def log(self, message: str, level: int = 0, exc_info: Any = None) -> None:
        """Nothing: mitmproxy's messages may hold headers and bodies."""


@cache
def _arguments(kind: Any) -> Callable[[commands.StartHook], list[Any]]:
    """What takes the arguments out of a hook. Its own `args` looks for their names each time."""
    names = [field.name for field in fields(kind)]
    return lambda hook: [getattr(hook, name) for name in names]


_RUNNING: set[asyncio.Task[bool]] = set()
"""The loop itself keeps no task alive."""
