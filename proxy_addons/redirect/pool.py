"""The internal models: which of them answers a conversation, and how each has been doing.

A request to a model is built from scratch out of the conversation: no header, cookie or
credential of the client goes with it. Environment proxies and redirects are not followed, so it
goes where the settings say and nowhere else.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from secrets import token_hex

import httpx

from penstock.errors import ConversationTooLong, ModelUnavailable
from penstock.model import Chat, Failed, Finished
from penstock.settings import ModelSettings
from proxy_addons.dialects.base import AnswerReader, ModelDialect, Request
from proxy_addons.dialects.native import Native
from proxy_addons.redirect.address import LOOP_HEADER, checked
from proxy_addons.redirect.answer import ModelAnswer
from proxy_addons.redirect.breaker import Breaker
from proxy_addons.redirect.context import estimated_tokens
from proxy_addons.redirect.listing import listing_problem
from proxy_addons.redirect.router import route

logger = logging.getLogger(__name__)

KEEPALIVE_S = 3.0
"""Idle connections are dropped before the servers' usual 5 s, so that none is found closed."""

LIST_S = 3.0
"""Longest wait for a server's list of its models."""

_NONCE = token_hex(8)
_MEDIA_TYPES = ("text/event-stream", "application/json")
_AT_FAULT = frozenset({401, 403, 404, 408, 429})
"""Statuses below 500 that say something about the server rather than about this prompt."""
_NOT_IN_THIS_FORMAT = frozenset({400, 404, 405, 415, 422, 500, 501})
"""What a server answers that does not know an endpoint, or not all that a request asks for."""
CUT_FROM_TOKENS = 2_000
"""Shorter conversations are estimated too roughly to tell whether a server left out some of it."""
_CUTS = (
    "the internal model `%s` read %d tokens of a conversation of about %d: its server seems to cut "
    "what is too long for it; set `models.%s.context_tokens` to what it reads"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A client's own request, for servers that speak its format."""

    native: Native
    request: Request
    notice: Callable[[str], str]
    """What people read first, by the name the model's server knows it by."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One way to put a conversation to a server."""

    request: Request
    reads: Callable[[str], AnswerReader]
    """A reader of the answer, by its content type."""
    headers: tuple[tuple[str, str], ...] = ()
    is_native: bool = False


@dataclass(frozen=True, slots=True)
class ModelHealth:
    """How an internal model has been doing."""

    name: str
    model: str
    """As the server knows it."""
    base_url: str
    resting: bool
    """Whether its breaker is open: it failed repeatedly and is asked only now and then."""
    last_failure: str
    """Empty when the last attempt succeeded or there was none."""


class InternalModel:
    """One model server."""

    def __init__(
        self, name: str, settings: ModelSettings, dialect: ModelDialect, listens: Iterable[str]
    ) -> None:
        checked(name, settings.base_url, listens)
        self.name = name
        self.settings = settings
        self.breaker = Breaker()
        self.last_failure = ""
        self._cuts = False
        self._taken = 0
        self._dialect = dialect
        self._base_url = settings.base_url.rstrip("/")
        self._transport = httpx.AsyncHTTPTransport(
            verify=ssl.create_default_context(),  # the system's store, where company CAs are
            trust_env=False,
            limits=httpx.Limits(max_connections=settings.concurrent, keepalive_expiry=KEEPALIVE_S),
        )
        self._timeout = httpx.Timeout(
            settings.answer_s, connect=settings.connect_s, pool=settings.wait_s
        ).as_dict()

    async def ask(self, chat: Chat, asked: Asked | None = None) -> ModelAnswer:
        """The model's answer, of which the first event is there. Raises ModelUnavailable, and
        CannotExpress when the conversation has no form in the server's dialect.

        `asked`: the request that says it, for a server that speaks the client's format.
        """
        attempts = list(self._attempts(self._fitted(chat), asked))
        if self._taken >= self.settings.concurrent + self.settings.waiting:
            raise ModelUnavailable(f"`{self.name}` is busy, and enough prompts wait for it")
        if not self.breaker.admit():
            raise ModelUnavailable(f"`{self.name}` failed repeatedly and is given a short rest")
        self._taken += 1
        try:
            return await self._begun(attempts, chat)
        except BaseException:
            self._released()
            raise

    def _attempts(self, chat: Chat, asked: Asked | None) -> Iterator[_Attempt]:
        """The client's format first, where the server speaks it and takes the request."""
        model = self.settings.model
        if asked is not None and asked.native.dialect in self.settings.dialects:
            native = asked.native
            if (request := native.request(asked.request, chat, model)) is not None:
                notice = asked.notice(model)
                reads = lambda _: native.reader(asked.request, chat, notice)  # noqa: E731
                yield _Attempt(request, reads, native.headers, is_native=True)
        request = self._dialect.build_request(chat, model)
        yield _Attempt(request, partial(self._dialect.read_answer, chat))

    def _released(self) -> None:
        self._taken -= 1

    async def _begun(self, attempts: Sequence[_Attempt], chat: Chat) -> ModelAnswer:
        try:
            async with asyncio.timeout(self.settings.answer_s):
                for attempt in attempts[:-1]:
                    with suppress(_Refused):
                        return await self._send(attempt, chat)
                return await self._send(attempts[-1], chat)
        except _Unanswered as e:
            if e.at_fault:
                self._settle(e.reason)
            else:
                self.breaker.undecided()
            raise ModelUnavailable(e.reason) from None
        except TimeoutError:
            reason = f"`{self.name}` gave no answer within {self.settings.answer_s:g} s"
            self._settle(reason)
            raise ModelUnavailable(reason) from None
        except BaseException:
            self.breaker.undecided()
            raise

    def _fitted(self, chat: Chat) -> Chat:
        limit = self.settings.context_tokens
        needed = estimated_tokens(chat)
        if needed >= limit:
            raise ConversationTooLong(
                f"the conversation is too long for `{self.name}`: about {needed} tokens, "
                f"it reads {limit}"
            )
        # servers refuse a request for more than is left, and clients ask for what the public
        # model could give
        if chat.max_tokens is not None and chat.max_tokens > limit - needed:
            return replace(chat, max_tokens=limit - needed)
        return chat

    async def _send(self, attempt: _Attempt, chat: Chat) -> ModelAnswer:
        request = self._http(attempt.request, chat.stream, attempt.headers)
        try:
            response = await self._transport.handle_async_request(request)
        except httpx.PoolTimeout:
            raise _Unanswered(f"`{self.name}` is busy", at_fault=False) from None
        except (httpx.ConnectTimeout, httpx.ConnectError):
            raise _Unanswered(f"`{self.name}` cannot be reached") from None
        except httpx.TimeoutException:
            raise _Unanswered(f"`{self.name}` fell silent") from None
        except httpx.HTTPError:
            raise _Unanswered(f"`{self.name}` broke the connection") from None
        try:
            return await self._opened(response, attempt, estimated_tokens(chat))
        except BaseException:
            await response.aclose()
            raise

    async def _opened(
        self, response: httpx.Response, attempt: _Attempt, about_tokens: int
    ) -> ModelAnswer:
        status = response.status_code
        if attempt.is_native and status in _NOT_IN_THIS_FORMAT:
            raise _Refused(f"`{self.name}` answered {status}")
        if not 200 <= status < 300:
            at_fault = status >= 500 or status < 400 or status in _AT_FAULT
            raise _Unanswered(f"`{self.name}` answered {status}", at_fault)
        content_type = response.headers.get("content-type", "")
        if (
            content_type.partition(";")[0].strip().lower() not in _MEDIA_TYPES
            or response.headers.get("content-encoding", "identity") != "identity"
        ):
            raise _Unanswered(f"`{self.name}` answered something that is no chat completion")
        answer = ModelAnswer(
            self.name,
            self.settings.model,
            response,
            attempt.reads(content_type),
            partial(self._ended, about_tokens),
            self._released,
        )
        if isinstance(await answer.peek(), Failed):
            raise _Unanswered(f"`{self.name}` answered something that is no chat completion")
        self._settle(None)
        return answer

    def _http(
        self, request: Request, stream: bool, more: Iterable[tuple[str, str]] = ()
    ) -> httpx.Request:
        headers = {
            "content-type": request.content_type,
            "accept": "text/event-stream" if stream else "application/json",
            "accept-encoding": "identity",
            "user-agent": "penstock",
            LOOP_HEADER: _NONCE,
            **dict(more),
        }
        if self.settings.api_key is not None:
            headers["authorization"] = f"Bearer {self.settings.api_key.get_secret_value()}"
        return httpx.Request(
            request.method,
            self._base_url + request.target.removeprefix("/v1"),
            headers=headers,
            content=request.body,
            extensions={"timeout": self._timeout},
        )

    def _settle(self, failure: str | None) -> None:
        self.last_failure = failure or ""
        was_open = self.breaker.is_open
        if failure is None:
            self.breaker.succeeded()
        else:
            self.breaker.failed()
        if was_open is not self.breaker.is_open:  # why not is in no log: a server may quote prompts
            does = "answers again" if was_open else "does not answer and is left alone for a moment"
            logger.warning("the internal model `%s` %s", self.name, does)

    def _ended(self, about_tokens: int, last: Finished | Failed) -> None:
        if isinstance(last, Failed):
            self._settle(f"`{self.name}` broke off: {last.message}")
        elif about_tokens > CUT_FROM_TOKENS and last.input_tokens * 4 < about_tokens:
            self._tell_that_it_cuts(last.input_tokens, about_tokens)

    def _tell_that_it_cuts(self, read: int, about_tokens: int) -> None:
        if not self._cuts:  # it is said once
            self._cuts = True
            logger.warning(_CUTS, self.name, read, about_tokens, self.name)

    async def problem(self) -> str:
        """What is wrong with this model right now, for `penstock doctor`; empty: nothing seen."""
        try:
            async with asyncio.timeout(self.settings.connect_s + LIST_S):
                status, body = await self._list()
        except (TimeoutError, httpx.HTTPError):
            return f"`{self.name}` cannot be reached at {self.settings.base_url}"
        if status in (401, 403):
            return f"`{self.name}` refuses the API key ({status})"
        return listing_problem(self.name, self.settings, body)

    async def _list(self) -> tuple[int, bytes]:
        request = Request("GET", "/v1/models", "application/json", b"")
        response = await self._transport.handle_async_request(self._http(request, stream=False))
        try:
            return response.status_code, await response.aread()
        finally:
            await response.aclose()

    @property
    def health(self) -> ModelHealth:
        """See ModelHealth."""
        return ModelHealth(
            self.name,
            self.settings.model,
            self.settings.base_url,
            self.breaker.is_open,
            self.last_failure,
        )

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._transport.aclose()


class Pool:
    """All internal models of an installation, by the names that policies use."""

    def __init__(
        self,
        models: Mapping[str, ModelSettings],
        dialect: ModelDialect,
        listens: Iterable[str] = (),
    ) -> None:
        """`listens`: the HOST:PORT this product listens on. Raises ConfigError."""
        own = tuple(listens)
        self.models = {
            name: InternalModel(name, settings, dialect, own) for name, settings in models.items()
        }

    async def open(
        self, chat: Chat, names: Sequence[str], asked: Asked | None = None
    ) -> ModelAnswer:
        """The answer of the first model of `names` that gives one; see `router` for their order.

        Raises ModelUnavailable with the reason of each, ConversationTooLong where all have that
        one, and CannotExpress.
        """
        reasons: list[str] = []
        is_too_long = bool(names)
        routed = route(chat, names, {n: m.settings for n, m in self.models.items()})
        for name in routed.names:
            model = self.models.get(name)
            if model is None:
                reasons.append(f"`{name}` is not in the settings under `models`")
                is_too_long = False
                continue
            try:
                answer = await model.ask(chat, asked)
                answer.routed = routed.because
                return answer
            except ModelUnavailable as e:
                reasons.append(str(e))
                is_too_long = is_too_long and isinstance(e, ConversationTooLong)
        error = ConversationTooLong if is_too_long else ModelUnavailable
        raise error("; ".join(reasons) or "no internal model is named")

    def health(self) -> tuple[ModelHealth, ...]:
        """How each model has been doing, in the order of the settings."""
        return tuple(model.health for model in self.models.values())

    async def aclose(self) -> None:
        """Closes every connection to every model."""
        for model in self.models.values():
            await model.aclose()


class _Refused(Exception):
    """Not in this format; perhaps in another one."""


class _Unanswered(Exception):
    def __init__(self, reason: str, at_fault: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at_fault = at_fault
