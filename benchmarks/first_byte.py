"""How long the first word of a redirected answer takes from the model to the person.

The model of the benchmark thinks for a while and then says the time; clients read the clock when
they have its word. `python -m benchmarks.first_byte` serves such a model, prints its port first.
"""

import asyncio
import json
import re
import time

from benchmarks.load import Http1

THINKS_S = 0.05
_SAID = re.compile(rb"<<(\d+)>>")
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_SECRET = "My card number is 4111 1111 1111 1111, is that a good one?"


def body() -> bytes:
    """A prompt that stays inside, streamed."""
    messages = [{"role": "user", "content": f"{time.monotonic_ns()}: {_SECRET}"}]
    return json.dumps({"model": "gpt-5", "stream": True, "messages": messages}).encode()


class FirstByte(Http1):
    """Prompts one after the other; what `receive` gives is the way of the first word alone."""

    _way_s: float | None = None

    def receive(self) -> list[float]:
        """See Connection."""
        self.read()
        now = time.monotonic_ns()
        if self._way_s is None and (said := _SAID.search(self.buffer)) is not None:
            self._way_s = (now - int(said[1])) / 1e9
        if self.buffer.endswith(b"0\r\n\r\n"):
            if self._way_s is None:
                raise ConnectionError(self.buffer.decode("latin-1"))
            found, self._way_s = self._way_s, None
            self.buffer.clear()
            return [found]
        return []


def _chunk(delta: dict[str, str], reason: str | None = None, end: bytes = b"") -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    event = {"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
    data = b"data: " + json.dumps(event).encode() + b"\n\n" + end
    return b"%x\r\n%s\r\n" % (len(data), data)


async def _model(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            await asyncio.sleep(THINKS_S)
            writer.write(_HEAD + _chunk({"content": f"<<{time.monotonic_ns()}>>"}))
            await asyncio.sleep(THINKS_S / 5)
            writer.write(_chunk({"content": " and more"}) + _chunk({}, "stop", b"data: [DONE]\n\n"))
            writer.write(b"0\r\n\r\n")
    except (asyncio.IncompleteReadError, OSError):
        writer.close()


async def main() -> None:
    """Serves the model."""
    server = await asyncio.start_server(_model, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
