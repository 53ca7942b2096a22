"""What the guard needs of the parts that `penstock.app` gives it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol

from penstock.model import AnswerEvent, Chat, Finished, Violation
from policy.load import LoadedPolicy
from proxy_addons.dialects.base import Redirectable, Request
from proxy_addons.inspection import Inspection, Job

type Noticed = Literal["tunnel", "distrust", "unrecorded"]
"""A connection that passed unread to what may be an AI service; a client that refused our
certificate; a request or message that was refused because no record of it could be kept."""

type PolicySource = Callable[[], LoadedPolicy]
"""The policy in force now; another one after a reload."""

type Told = Callable[[Finished, str], Awaitable[None]]
"""Takes the end of an answer and the name that the model's server knows the model by."""

type Ended = Callable[[bytes], Awaitable[None]]
"""Takes what ends an answer, as the client gets it, before the client does."""

type Heard = Callable[[str], Awaitable[None]]
"""Takes the text of an answer, as far as it was given, before its client knows of its end."""


class Inspector(Protocol):
    """Looks at requests, away from the event loop."""

    async def inspect(self, job: Job) -> Inspection:
        """Raises UninspectedError, ParseError or InspectionError."""
        ...


class Recorder(Protocol):
    """Keeps violations."""

    async def record(self, violation: Violation) -> None:
        """Returns when the record is kept for good. Raises LedgerError."""
        ...

    async def unsent(self, violation: Violation, at: datetime, attempt: int = 1) -> None:
        """Keeps that nothing of the request behind `violation` left. Raises LedgerError."""
        ...

    async def again(self, violation: Violation, at: datetime, attempt: int) -> None:
        """Keeps that it is sent once more, which makes it no second one. Raises LedgerError."""
        ...

    async def answered(
        self,
        violation: Violation,
        finished: Finished,
        at: datetime,
        asked_model: str = "",
        served_as: str = "",
    ) -> None:
        """Keeps what an internal model used for its answer. Raises LedgerError."""
        ...

    def held(self, seconds: float, at: datetime) -> None:
        """Counts a request that waited so long for its verdict."""
        ...

    def noted(self, kind: Noticed, name: str, at: datetime) -> None:
        """Counts what reports say beside violations; `name` is a host, if one matters."""
        ...


class Opened(Protocol):
    """An answer of an internal model that waits to be fetched, once, over plain HTTP."""

    @property
    def host(self) -> str:
        """An address of this machine."""
        ...

    @property
    def port(self) -> int:
        """Where it is served."""
        ...

    @property
    def path(self) -> str:
        """What to ask for."""
        ...

    @property
    def model(self) -> str:
        """The internal model that answers."""
        ...

    @property
    def routed(self) -> str:
        """Why this model, where several could; empty: the rule's order decided."""
        ...

    def tell(self, told: Told) -> None:
        """Calls `told` when the answer is complete; never for one that broke off."""
        ...


class Conversed(Protocol):
    """An answer of an internal model that has begun; whoever has it reads it to its end."""

    @property
    def model(self) -> str:
        """The internal model that answers."""
        ...

    @property
    def routed(self) -> str:
        """Why this model, where several could; empty: the rule's order decided."""
        ...

    @property
    def served_as(self) -> str:
        """The name that its server knows it by."""
        ...

    def __aiter__(self) -> AsyncIterator[AnswerEvent]:
        """Its events, the notice among them."""
        ...

    def tell(self, told: Told) -> None:
        """Calls `told` when the answer is complete; never for one that broke off."""
        ...

    async def aclose(self) -> None:
        """Stops it, or lets its connection go."""
        ...


class Redirector(Protocol):
    """Has internal models answer."""

    async def converse(self, chat: Chat, to: Sequence[str], service: str = "") -> Conversed:
        """The answer of the first model of `to` that begins one, in place of `service`'s.

        Raises ModelUnavailable and CannotExpress.
        """
        ...

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
        """The answer of the first model of `to` that begins one.

        Raises ModelUnavailable and CannotExpress; then nothing waits to be fetched.
        """
        ...

    def drop(self, opened: Opened) -> None:
        """Stops an answer that will not be fetched."""
        ...
