"""An internal model that keeps what it is asked."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Model:
    """Answers every conversation with its number, whole or streamed as it is asked."""

    asked: list[Any] = field(default_factory=list)
    port: int = 0
    reads_tokens: int = 131_072

    @property
    def settings(self) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.port}/v1"
        return {"inside": {"base_url": url, "model": "m", "context_tokens": self.reads_tokens}}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            self.asked.append(json.loads(await reader.readexactly(int(length))))
            message = {"role": "assistant", "content": f"answer {len(self.asked)}"}
            name = "delta" if self.asked[-1]["stream"] else "message"
            choice = {"index": 0, name: message, "finish_reason": "stop"}
            body = json.dumps({"choices": [choice]}).encode()
            kind = b"application/json"
            if name == "delta":
                body, kind = b"data: " + body + b"\n\ndata: [DONE]\n\n", b"text/event-stream"
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: " + kind)
            writer.write(b"\r\n\r\n" + body)
        writer.close()
