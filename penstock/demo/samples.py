"""One sample prompt for each action, sent through the proxy, and whether it really happened.

Judged by the bytes that reached the stand-ins, not by what the proxy says about itself.
"""

import json
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import httpx

from penstock.demo import clients
from penstock.demo.clients import Sending
from penstock.demo.running import RunningProxy
from penstock.demo.standins import MODEL_SAYS, SERVICE_SAYS, StandIns
from penstock.model import Action

ANSWER_S = 60.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A prompt and what is to become of it."""

    action: Action
    prompt: str
    values: tuple[str, ...] = ()
    """What must not reach a provider."""


SAMPLES = (
    Sample(Action.ALLOW, "What is the capital of France?"),
    Sample(
        Action.REDACT,
        "Write a friendly reminder to erika.mustermann@kunde-gmbh.de: the invoice is to be paid to "
        "DE89 3704 0044 0532 0130 00.",
        ("erika.mustermann@kunde-gmbh.de", "DE89 3704 0044 0532 0130 00"),
    ),
    Sample(
        Action.REDIRECT,
        "Find the bug:\n"
        "def total(items: list[Item]) -> Decimal:\n"
        "    subtotal = sum(item.price * item.quantity for item in items)\n"
        '    if subtotal > Decimal("100"):\n'
        '        return subtotal * Decimal("0.95")\n'
        "    return subtotal\n",
        ("subtotal = sum", "item.quantity"),
    ),
    Sample(
        Action.BLOCK,
        "Why is my payment with card 4111 1111 1111 1111 declined?",
        ("4111 1111 1111 1111",),
    ),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one sample at one service."""

    sample: Sample
    sending: Sending
    status: int
    saw: str = field(repr=False)
    """What the person at the client read."""
    headers: dict[str, str] = field(repr=False)
    received: tuple[bytes, ...] = field(repr=False)
    """Bodies that reached the provider."""
    wire: bytes = field(repr=False)
    """All that reached the provider inside TLS, heads included."""
    model_received: tuple[bytes, ...] = field(repr=False)
    """Bodies that reached the internal model."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What did not happen as it should have; nothing when all is well."""
        return tuple(_PROBLEMS[self.sample.action](self))


async def trials(proxy: RunningProxy, standins: StandIns) -> AsyncIterator[Trial]:
    """Every sample sent to every service, through the proxy."""
    trust = ssl.create_default_context(cafile=proxy.ca)
    async with httpx.AsyncClient(
        proxy=f"http://{proxy.address}", verify=trust, trust_env=False, timeout=ANSWER_S
    ) as client:
        for sample in SAMPLES:
            for to_service in clients.ALL:
                yield await _try(client, standins, sample, to_service(sample.prompt))


async def _try(
    client: httpx.AsyncClient, standins: StandIns, sample: Sample, sending: Sending
) -> Trial:
    requests, size = len(standins.received(sending.host)), len(standins.wire(sending.host))
    asked = len(standins.model_received)
    answer = await client.post(
        f"https://{sending.host}{sending.target}", headers=sending.headers, content=sending.body
    )
    return Trial(
        sample,
        sending,
        answer.status_code,
        clients.heard(answer.headers.get("content-type", ""), answer.content),
        dict(answer.headers),
        tuple(r.body for r in standins.received(sending.host)[requests:]),
        standins.wire(sending.host)[size:],
        tuple(r.body for r in standins.model_received[asked:]),
    )


def _allowed(t: Trial) -> Iterator[str]:
    if t.received != (t.sending.body,):
        yield "the provider did not receive exactly what was sent"
    if t.saw != SERVICE_SAYS + t.sample.prompt:
        yield "the client did not get the provider's answer"


def _redacted(t: Trial) -> Iterator[str]:
    yield from _nothing_sensitive(t)
    if len(t.received) != 1 or b"[EMAIL_1]" not in t.received[0]:
        yield "the provider did not receive one request with placeholders"
    if t.saw != SERVICE_SAYS + t.sample.prompt:
        yield "the client did not get the answer with the original values"


def _redirected(t: Trial) -> Iterator[str]:
    yield from _nothing_sensitive(t)
    yield from _nothing_at_all(t)
    asked = [_texts(body) for body in t.model_received]
    if len(asked) != 1 or any(value not in asked[0] for value in t.sample.values):
        yield "the internal model did not receive the prompt"
    if not t.saw.endswith(MODEL_SAYS + t.sample.prompt) or t.saw.startswith(MODEL_SAYS):
        yield "the client did not get the internal model's answer, marked as such"


def _blocked(t: Trial) -> Iterator[str]:
    yield from _nothing_sensitive(t)
    yield from _nothing_at_all(t)
    if t.model_received:
        yield "the internal model was asked"
    if not t.saw or SERVICE_SAYS in t.saw:
        yield "the client was not told why"


def _nothing_sensitive(t: Trial) -> Iterator[str]:
    escaped = (json.dumps(value)[1:-1] for value in t.sample.values)
    if any(value.encode() in t.wire for value in (*t.sample.values, *escaped)):
        yield "sensitive data reached the provider"


def _nothing_at_all(t: Trial) -> Iterator[str]:
    if t.wire:
        yield "the provider received something"


def _texts(body: bytes) -> str:
    return body.decode().replace("\\n", "\n").replace('\\"', '"')


_PROBLEMS = {
    Action.ALLOW: _allowed,
    Action.REDACT: _redacted,
    Action.REDIRECT: _redirected,
    Action.BLOCK: _blocked,
}
