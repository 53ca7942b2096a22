"""A laboratory: the real proxy in this process, real TLS on both sides, records in a list."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from detectors.base import Detector, Match
from penstock.errors import InspectionError, ModelUnavailable
from penstock.model import Chat, Finished, Violation
from penstock.pipeline import Scanner
from policy.schema import Policy, Rule, When
from proxy_addons import ca
from proxy_addons.contracts import Conversed, Noticed, Opened
from proxy_addons.dialects.base import Redirectable, Request
from proxy_addons.inspection import Inspection, Job, run
from proxy_addons.master import Proxy
from proxy_addons.services import Service, Services
from tests.proxy_addons.wire import Client, Upstream

HOST = "api.lab.example"
OTHER = "chat.lab.example"
TUNNELLED = "www.elsewhere.example"
HOSTS = (HOST, OTHER, TUNNELLED, "cdn.elsewhere.example")

CATALOGUE = Services(
    [
        Service(
            service="lab-api",
            name="Lab API",
            category="api",
            hosts=(HOST,),
            endpoints={"POST /v1/messages": "anthropic_messages"},
        ),
        Service(
            service="lab-chat",
            name="Lab Chat",
            category="chat",
            hosts=(OTHER,),
            websockets="allow",
            approved=True,
        ),
    ]
)


def _secrets(text: str) -> Iterable[Match]:
    for found in re.finditer(r"SECRET-\d+", text):
        yield Match("secret.password", found.start(), found.end(), 1.0)


SCANNER = Scanner(
    (Detector("lab", 1, frozenset({"secret.password"}), _secrets, (), ()),), (), b"key"
)


def policy(then: str = "block", **more: Any) -> Policy:
    """One rule about secrets."""
    on_error = more.pop("on_error", "block")
    rule = Rule.model_validate(
        {"id": "secrets", "why": "a test", "when": When(data=("secret.*",)), "then": then, **more}
    )
    return Policy(name="test", on_error=on_error, rules=(rule,), examples=())


@dataclass
class Looks:
    """Inspects in this process, with the code that detector processes run."""

    policy: Policy
    jobs: list[Job] = field(default_factory=list)
    waits_for: int = 0
    """Looks that begin before one of them ends."""

    async def inspect(self, job: Job) -> Inspection:
        self.jobs.append(job)
        while len(self.jobs) < self.waits_for:
            await asyncio.sleep(0)
        return run(job, SCANNER, self.policy, "en")


@dataclass
class LooksOnce(Looks):
    """Fails where it is to look again."""

    fault: BaseException = field(default_factory=lambda: InspectionError("hung"))

    async def inspect(self, job: Job) -> Inspection:
        if job.is_again:
            raise self.fault
        return await super().inspect(job)


@dataclass
class Notebook:
    """Keeps violations; `before` runs before each is kept."""

    violations: list[Violation] = field(default_factory=list)
    answers: list[tuple[Violation, Finished, str, str]] = field(default_factory=list)
    unsents: list[Violation] = field(default_factory=list)
    agains: list[tuple[Violation, int]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    notes: list[tuple[Noticed, str]] = field(default_factory=list)
    before: Callable[[Violation], Awaitable[None] | None] = lambda _: None

    async def record(self, violation: Violation) -> None:
        if (waiting := self.before(violation)) is not None:
            await waiting
        self.violations.append(violation)

    async def unsent(self, violation: Violation, at: datetime, attempt: int = 1) -> None:
        self.unsents.append(violation)

    async def again(self, violation: Violation, at: datetime, attempt: int) -> None:
        self.agains.append((violation, attempt))

    def held(self, seconds: float, at: datetime) -> None:
        self.waits.append(seconds)

    def noted(self, kind: Noticed, name: str, at: datetime) -> None:
        self.notes.append((kind, name))

    async def answered(
        self,
        violation: Violation,
        finished: Finished,
        at: datetime,
        asked_model: str = "",
        served_as: str = "",
    ) -> None:
        self.answers.append((violation, finished, asked_model, served_as))


@dataclass
class NoModels:
    """An installation without internal models."""

    async def open(
        self,
        chat: Chat,
        to: Sequence[str],
        dialect: Redirectable,
        request: Request,
        service: str = "",
        heard: object = None,
        ended: object = None,
    ) -> Opened:
        raise ModelUnavailable("none")

    async def converse(self, chat: Chat, to: Sequence[str], service: str = "") -> Conversed:
        raise ModelUnavailable("none")

    def drop(self, opened: Opened) -> None:
        raise AssertionError("nothing was opened")


class _Http2First(ssl.SSLContext):
    """httpx would rather have HTTP/1.1, whatever it is told."""

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        super().set_alpn_protocols(sorted(alpn_protocols))


@dataclass
class Lab:
    """A running proxy before a recording service."""

    address: tuple[str, int]
    proxy: Proxy
    upstream: Upstream
    notebook: Notebook
    state: Path
    stack: AsyncExitStack

    def trusting(self) -> ssl.SSLContext:
        """A client's TLS context that trusts the proxy's CA."""
        context = _Http2First(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(ca.certificate(self.state))
        return context

    def http(self, *, http2: bool = False) -> httpx.AsyncClient:
        """A client that goes through the proxy; closed with the lab."""
        client = httpx.AsyncClient(
            proxy=f"http://{self.address[0]}:{self.address[1]}",
            verify=self.trusting(),
            http2=http2,
            timeout=60,
            trust_env=False,
        )
        self.stack.push_async_callback(client.aclose)
        return client

    async def raw(self) -> Client:
        """A bare connection to the proxy; closed with the lab."""
        client = await Client.connect(self.address)
        self.stack.push_async_callback(client.close)
        return client

    async def inside(
        self, host: str = HOST, name: str | None = None, *, alpn: str = "http/1.1"
    ) -> Client:
        """A bare connection within TLS within a tunnel to `host`."""
        client = await self.raw()
        assert await client.tunnel(f"{host}:443") == b"HTTP/1.1 200 Connection established"
        context = self.trusting()
        context.set_alpn_protocols([alpn])
        await client.tls(context, name or host)
        return client

    async def post(self, text: str, *, http2: bool = False, **more: Any) -> httpx.Response:
        """A prompt to the service that is inspected."""
        more.setdefault("json", {"model": "m", "messages": [{"role": "user", "content": text}]})
        return await self.http(http2=http2).post(f"https://{HOST}/v1/messages", **more)


type Start = Callable[..., Awaitable[Lab]]
