"""One answer of an internal model, while it is being given."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

import httpx

from penstock.model import AnswerEvent, Failed, Finished
from proxy_addons.dialects.base import AnswerReader, Passed

MAX_BYTES = 64 * 1024 * 1024
"""A body longer than this is no answer to anybody's question."""

LINGER_S = 0.2
"""How long the end of the body may take after the answer ended, to keep the connection."""


class ModelAnswer:
    """Iterates over the events of one answer; the last one is Finished or Failed, always.

    Nothing is read ahead: a client that reads slowly slows the model down. Call `aclose` at the
    end, or to stop the model in the middle.
    """

    def __init__(
        self,
        model: str,
        served_as: str,
        response: httpx.Response,
        reader: AnswerReader,
        ended: Callable[[Finished | Failed], None] = lambda _: None,
        released: Callable[[], None] = lambda: None,
    ) -> None:
        self.content_type = response.headers.get("content-type", "")
        """As its server says."""
        self.model = model
        """The internal model by its name in the settings."""
        self.served_as = served_as
        """The name that its server knows it by."""
        self.routed = ""
        """Why this model, where several could."""
        self._released = released
        self._is_released = False
        self._response = response
        self._body = response.aiter_raw()
        self._reader = reader
        self._ended = ended
        self._read_bytes = 0
        self._body_over = False
        self._ready: deque[AnswerEvent | Passed] = deque()
        self._over = False

    def __aiter__(self) -> AsyncIterator[AnswerEvent | Passed]:
        """Itself: an answer is given once."""
        return self

    async def __anext__(self) -> AnswerEvent | Passed:
        """The next event, as soon as the model server sent what makes it complete."""
        if self._over:
            raise StopAsyncIteration
        event = await self.peek()
        self._ready.popleft()
        if isinstance(event, Finished | Failed):
            self._over = True
            self._ended(event)
        return event

    async def peek(self) -> AnswerEvent | Passed:
        """The next event, which stays the next one."""
        while not self._ready:
            self._ready.extend(await self._read())
        return self._ready[0]

    async def _read(self) -> list[AnswerEvent | Passed]:
        try:
            data = await anext(self._body)
        except StopAsyncIteration:
            self._body_over = True
            return list(self._reader.finish()) or [Failed("the answer ended without an end")]
        except httpx.TimeoutException:
            return [Failed("the model fell silent")]
        except (httpx.HTTPError, httpx.StreamError):
            return [Failed("the connection to the model broke")]
        self._read_bytes += len(data)
        if self._read_bytes > MAX_BYTES:
            return [Failed("the answer is too long")]
        return list(self._reader.feed(data))

    async def aclose(self) -> None:
        """Lets the connection go: back to the pool when the body has ended, else cut."""
        if not self._is_released:
            self._is_released = True
            self._released()
        try:
            if self._over and not self._body_over:
                async with asyncio.timeout(LINGER_S):
                    async for _ in self._body:
                        pass
        except (TimeoutError, httpx.HTTPError, httpx.StreamError):
            pass
        finally:
            self._over = True
            await self._response.aclose()
