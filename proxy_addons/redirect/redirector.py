"""Turns a prompt that must stay inside into an answer of the company's own model."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from penstock.errors import CannotExpress
from penstock.model import AnswerEvent, Chat, Failed, Finished, TextDelta
from penstock.settings import Settings
from proxy_addons.contracts import Ended, Heard, Told
from proxy_addons.contracts import Opened as Waiting
from proxy_addons.dialects.base import (
    AnswerWriter,
    ModelDialect,
    Passed,
    Redirectable,
    Request,
)
from proxy_addons.dialects.native import NATIVE, Native
from proxy_addons.redirect.answer import ModelAnswer
from proxy_addons.redirect.gateway import Gateway
from proxy_addons.redirect.pool import Asked, ModelHealth, Pool
from proxy_addons.redirect.sentences import broke_off, notice

ANSWERED_BY = "penstock-answered-by"
"""Response header with the internal model's name in the settings, percent-encoded."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer that has begun and waits to be fetched once, within 30 s."""

    host: str
    port: int
    path: str = field(repr=False)
    model: str
    """The internal model that answers, by its name in the settings."""
    answer: "Conversed" = field(repr=False)

    @property
    def routed(self) -> str:
        """Why this model, where several could."""
        return self.answer.routed

    def tell(self, told: Told) -> None:
        """Calls `told` when the answer is complete; never for one that broke off."""
        self.answer.tell(told)


class Redirector:
    """Opens answers at internal models; `start` first, `aclose` last, on one event loop."""

    def __init__(
        self, pool: Pool, gateway: Gateway, organization: str = "", language: str = "en"
    ) -> None:
        self.pool = pool
        self.gateway = gateway
        self._organization = organization
        self._language = language
        self._telling: set[asyncio.Future[None]] = set()

    @classmethod
    def of(cls, settings: Settings, dialect: ModelDialect) -> "Redirector":
        """As `settings` want it; `dialect` is what the model servers speak. Raises ConfigError."""
        pool = Pool(settings.models, dialect, (settings.proxy.listen,))
        return cls(pool, Gateway(), settings.organization, settings.language)

    async def start(self) -> None:
        """Opens the gateway."""
        await self.gateway.start()

    async def aclose(self) -> None:
        """Cuts what is still being answered and closes all connections."""
        await self.gateway.aclose()
        await self.pool.aclose()
        await asyncio.gather(*self._telling, return_exceptions=True)

    async def open(
        self,
        chat: Chat,
        to: Sequence[str],
        dialect: Redirectable,
        request: Request,
        service: str = "",
        heard: Heard | None = None,
        ended: Ended | None = None,
    ) -> Opened:
        """Lets the first model of `to` that can begin its answer, and says where to fetch it.

        `request` is what the client sent to `service` (a name people know), `chat` what it says;
        `heard` is told the text of the answer at its end, also of one that broke off; `ended` is
        given what may end it.
        Raises ModelUnavailable and CannotExpress; then nothing waits to be fetched.
        """
        answer = await self.converse(chat, to, service, self._as_asked(chat, dialect, request))
        try:
            writer = dialect.write_answer(request, answer.served_as)
        except BaseException:
            await answer.aclose()
            raise
        job = _Redirected(answer, writer, heard, ended)
        path = self.gateway.offer(job)
        return Opened(self.gateway.host, self.gateway.port, path, answer.model, answer)

    async def converse(
        self,
        chat: Chat,
        to: Sequence[str],
        service: str = "",
        said: tuple[Native, Request] | None = None,
    ) -> "Conversed":
        """Lets the first model of `to` that can begin its answer, in place of `service`'s.

        `said`: the request that says all of `chat`, in a format that servers may speak.
        Raises ModelUnavailable and CannotExpress.
        """

        def notice(model: str) -> str:
            # a sentence before JSON that a program asked for would only break the program
            return "" if chat.json_schema else self._notice(model, service)

        answer = await self.pool.open(chat, to, Asked(*said, notice) if said else None)
        return self._conversed(answer, notice(answer.served_as))

    def _conversed(self, answer: ModelAnswer, said: str) -> "Conversed":
        return Conversed(answer, said, broke_off(self._language), self._telling)

    @staticmethod
    def _as_asked(
        chat: Chat, dialect: Redirectable, request: Request
    ) -> tuple[Native, Request] | None:
        """The client's own request, where it says all that the model is to know."""
        native = NATIVE.get(dialect.name)
        try:
            return (native, request) if native and dialect.chat(request) == chat else None
        except CannotExpress:
            return None  # what was said before it is kept here

    def drop(self, opened: Waiting) -> None:
        """Stops an answer that will not be fetched."""
        self.gateway.drop(opened.path)

    def health(self) -> tuple[ModelHealth, ...]:
        """How each internal model has been doing."""
        return self.pool.health()

    def _notice(self, model: str, service: str) -> str:
        return notice(self._language, self._organization, model, service) + "\n\n"


class Conversed:
    """A model's answer as people get to see it: with the notice, without its server's errors."""

    def __init__(
        self,
        answer: ModelAnswer,
        said_first: str,
        broke_off: str,
        telling: set[asyncio.Future[None]],
    ) -> None:
        self.model = answer.model
        self.served_as = answer.served_as
        self.routed = answer.routed
        self._answer = answer
        self._said_first = said_first
        self._broke_off = broke_off
        self._told: Told | None = None
        self._telling = telling
        self.content_type = answer.content_type
        self.is_written = False
        """Whether it comes in the client's format; known with its first event."""

    def tell(self, told: Told) -> None:
        """Calls `told` when the answer is complete; never for one that broke off."""
        self._told = told

    async def __aiter__(self) -> AsyncIterator[AnswerEvent]:
        """Its events, for those who write it."""
        async for event in self.pieces():
            if not isinstance(event, Passed):
                yield event

    async def pieces(self) -> AsyncIterator[AnswerEvent | Passed]:
        """Its events and what is written already."""
        async for event in self._answer:
            match event:
                case Passed():
                    self.is_written = True
                case TextDelta(text=text) if text and self._said_first:
                    event, self._said_first = TextDelta(self._said_first + text), ""
                case Failed():
                    # whatever the server said of itself is not for the client
                    event = Failed(self._broke_off)
                case Finished() if self._told is not None:
                    self._start(self._told(event, self.served_as))
            yield event

    def _start(self, telling: Awaitable[None]) -> None:
        """The client does not wait for it, and may be gone before it is done."""
        task = asyncio.ensure_future(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def aclose(self) -> None:
        """See ModelAnswer."""
        await self._answer.aclose()


class _Redirected:
    """A model's answer, written event by event in the dialect of the client. A gateway's Job."""

    def __init__(
        self,
        answer: Conversed,
        writer: AnswerWriter,
        heard: Heard | None,
        ended: Ended | None = None,
    ) -> None:
        self._ended = ended
        self._answer = answer
        self._writer = writer
        self._heard = heard
        self._said: list[str] = []

    @property
    def status(self) -> int:
        return 200 if self._answer.is_written else self._writer.status

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [
            ("content-type", self._content_type),
            ("cache-control", "no-store"),
            (ANSWERED_BY, quote(self._answer.model)),
        ]

    @property
    def _content_type(self) -> str:
        answer = self._answer
        return answer.content_type if answer.is_written else self._writer.content_type

    async def chunks(self) -> AsyncIterator[bytes]:
        async for event in self._answer.pieces():
            match event:
                case TextDelta() | Passed() if self._heard:
                    self._said.append(event.text)
                case Finished() | Failed():
                    await self._tell()
            if isinstance(event, Finished) and self._answer.is_written:
                continue
            data = event.data if isinstance(event, Passed) else self._writer.write(event)
            if self._ended is not None and isinstance(event, Passed | Finished):
                await self._ended(data)
            if data:
                yield data

    async def aclose(self) -> None:
        try:
            await self._tell()
        finally:
            await self._answer.aclose()

    async def _tell(self) -> None:
        heard, self._heard = self._heard, None
        if heard is not None and self._said:
            await heard("".join(self._said))
