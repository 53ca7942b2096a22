"""A year of made-up violations, so that reports and charts have something to show.

About 223 a month, which the Netskope Cloud and Threat Report 2026 gives as the average of an
organisation, and one month of 2,100, its upper quartile: a team that pastes a code base. The mix of
services and kinds is invented. The first months run in monitor mode, as a careful roll-out does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from random import Random
from uuid import UUID

from penstock.model import Action, Outcome, Tally, Violation

MONTHS = 12
USUAL = 223
UNUSUAL = 2100
PROMPTS = 18_000
"""Inspected requests a month, by the same report."""

_UNUSUAL_MONTH = 7
_MONITORED_MONTHS = 3
_PEOPLE = 140
_PASTERS = 12


@dataclass(frozen=True, slots=True)
class _Kind:
    """One sort of violation."""

    weight: int
    rule: str
    asked: Action
    classes: tuple[str, ...]
    detector: str
    repeats: int
    """Values of one class in one prompt, at most."""


_CODE = _Kind(36, "source-code-stays-inside", Action.REDIRECT, ("code.source",), "source_code@1", 1)
_KINDS = (
    _CODE,
    _Kind(
        30,
        "personal-data-is-masked",
        Action.REDACT,
        ("pii.email", "pii.phone", "fin.iban", "pii.person", "pii.address"),
        "rules@1",
        6,
    ),
    _Kind(
        14,
        "credentials-never-leave",
        Action.BLOCK,
        ("secret.aws_access_key", "secret.password", "secret.private_key", "secret.github_token"),
        "rules@1",
        2,
    ),
    _Kind(
        10,
        "special-categories-stay-inside",
        Action.REDIRECT,
        ("gdpr9.health", "phi.condition", "gdpr9.union"),
        "health_of_a_person@1",
        3,
    ),
    _Kind(5, "cards-never-leave", Action.BLOCK, ("pci.card_number",), "rules@1", 4),
    _Kind(5, "uninspected", Action.BLOCK, (), "", 0),
)


@dataclass(frozen=True, slots=True)
class _Place:
    weight: int
    service: str
    host: str
    endpoint: str
    dialect: str
    accounts: tuple[str, ...]


_WEB = ("personal", "free", "free", "corporate")
_API = ("corporate",)
_PLACES = (
    _Place(45, "chatgpt", "chatgpt.com", "POST /backend-api/conversation", "generic", _WEB),
    _Place(
        12, "gemini", "gemini.google.com", "POST /_/BardChatUi/data/batchexecute", "generic", _WEB
    ),
    _Place(10, "claude", "claude.ai", "POST /api/organizations/*", "generic", _WEB),
    _Place(8, "copilot", "copilot.microsoft.com", "POST /c/api/chat", "generic", _WEB),
    _Place(4, "deepseek", "chat.deepseek.com", "POST /api/v0/chat/completion", "generic", _WEB),
    _Place(10, "openai-api", "api.openai.com", "POST /v1/chat/completions", "openai_chat", _API),
    _Place(
        8, "anthropic-api", "api.anthropic.com", "POST /v1/messages", "anthropic_messages", _API
    ),
    _Place(
        3,
        "gemini-api",
        "generativelanguage.googleapis.com",
        "POST /*/models/*:generateContent",
        "gemini_generate",
        _API,
    ),
)
_GROUPS = ("engineering", "sales", "support", "finance", "people", "legal", "research")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One inspected request of the year, of which most violate nothing."""

    at: datetime
    service: str
    account: str
    size_bytes: int


def violations(until: datetime, policy: str, policy_sha256: str) -> Iterator[Violation]:
    """The violations of the twelve months that end with the one of `until` (aware), oldest first;
    none later than `until`. The same for the same arguments."""
    random = Random(f"violations {until:%Y-%m}")
    for number, (start, end) in enumerate(_months(until)):
        usual = round(USUAL * random.uniform(0.8, 1.2))
        extra = UNUSUAL - usual if number == _UNUSUAL_MONTH else 0
        moments = [(_moment(random, start, end), False) for _ in range(usual)]
        # the team pastes for two weeks in the middle of the month
        fortnight = start + timedelta(days=8), start + timedelta(days=22)
        moments += [(_moment(random, *fortnight), True) for _ in range(extra)]
        for at, pasted in sorted(moments):
            violation = _violation(
                random, at, number < _MONITORED_MONTHS, pasted, policy, policy_sha256
            )
            if at <= until:
                yield violation


def prompts(until: datetime) -> Iterator[Prompt]:
    """What was inspected in the same twelve months."""
    random = Random(f"prompts {until:%Y-%m}")
    for start, end in _months(until):
        for _ in range(PROMPTS):
            at, place = _moment(random, start, end), _one(random, _PLACES)
            account, size = random.choice(place.accounts), _size(random)
            if at <= until:
                yield Prompt(at, place.service, account, size)


def _violation(
    random: Random, at: datetime, monitored: bool, pasted: bool, policy: str, sha256: str
) -> Violation:
    kind = _CODE if pasted else _one(random, _KINDS)
    place = _PLACES[0] if pasted else _one(random, _PLACES)
    # web pages speak formats in which only the service itself can answer
    fits = kind.asked is not Action.REDIRECT or place.dialect != "generic"
    asked = kind.asked
    action = Action.WARN if monitored and kind.classes else (asked if fits else Action.BLOCK)
    person = random.randrange(_PASTERS if pasted else _PEOPLE)
    received = _size(random)
    sent = {Action.WARN: received, Action.REDACT: round(received * 0.97)}.get(action, 0)
    return Violation(
        id=str(UUID(int=random.getrandbits(128), version=4)),
        at=at,
        action=action,
        asked=asked,
        outcome=Outcome.DISCLOSED if action is Action.WARN else Outcome.PREVENTED,
        rules=(kind.rule,),
        policy=policy,
        policy_sha256=sha256,
        service=place.service,
        host=place.host,
        endpoint=place.endpoint,
        dialect=place.dialect,
        user=f"person-{person:03d}@demo.example",
        groups=("engineering",) if pasted else (_GROUPS[person % len(_GROUPS)],),
        account=random.choice(place.accounts),
        identified_by="proxy-authorization",
        findings=_tallies(random, kind),
        received_bytes=received,
        sent_bytes=sent,
        sent_sha256=f"{random.getrandbits(256):064x}" if sent else "",
        model="internal" if action is Action.REDIRECT else "",
        unread=() if kind.classes else ("image",),
    )


def _tallies(random: Random, kind: _Kind) -> tuple[Tally, ...]:
    if not kind.classes:
        return ()
    chosen = random.sample(kind.classes, k=min(len(kind.classes), random.choice((1, 1, 1, 2))))
    found = []
    for data_class in sorted(chosen):
        count = random.randint(1, kind.repeats)
        # some values turn up again and again, as a team's shared mailbox or test key does
        values = {random.randrange(60) if random.random() < 0.3 else random.getrandbits(64)}
        values |= {random.getrandbits(64) for _ in range(count - 1)}
        prints = tuple(
            sorted(f"{Random(f'{data_class} {v}').getrandbits(128):032x}" for v in values)
        )
        confidence = round(random.uniform(0.7, 0.99), 2)
        found.append(Tally(data_class, kind.detector, count, confidence, prints))
    return tuple(found)


def _fingerprint(value: str) -> str:
    return blake2b(value.encode(), digest_size=16).hexdigest()


def _months(until: datetime) -> Iterator[tuple[datetime, datetime]]:
    last = until.astimezone(UTC)
    for back in range(MONTHS - 1, -1, -1):
        yield _month_start(last, -back), _month_start(last, 1 - back)


def _month_start(at: datetime, months: int) -> datetime:
    years, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return datetime(years, month + 1, 1, tzinfo=UTC)


def _moment(random: Random, start: datetime, end: datetime) -> datetime:
    """Somewhen in [start, end), mostly in office hours."""
    while True:
        day = start + timedelta(days=random.randrange((end - start).days))
        if day.weekday() < 5 or random.random() < 0.1:
            break
    hour = min(max(random.gauss(12.5, 2.8), 0), 23.9)
    return day + timedelta(hours=hour, microseconds=random.randrange(10**6))


def _size(random: Random) -> int:
    return min(round(random.lognormvariate(7.4, 1.1)) + 120, 400_000)


def _one[T: (_Kind, _Place)](random: Random, choices: tuple[T, ...]) -> T:
    return random.choices(choices, [c.weight for c in choices])[0]
