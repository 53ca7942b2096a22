"""The words this product is written in. Plain values: no I/O, no clock, no imports of ours.

Offsets everywhere count Unicode code points and are half-open: text[start:end].
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

# ── what is sent ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Text:
    """One string that would leave the company, and where it sits in the request."""

    where: str
    """JSON Pointer (RFC 6901) into the body: `/a/b` a string; `/a/b#` a subtree, or a string that
    holds JSON, as lines `name: value`; `…#data` a text file sent as base64. `?` is path and query,
    `header:x-name` a header.
    Empty for a body that is one text."""
    role: str
    """`system user assistant tool` where the dialect knows, else `other`."""
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything one request would send to an LLM service."""

    texts: tuple[Text, ...]
    unread: tuple[str, ...] = ()
    """Parts that hold something no detector can read, by kind: `image`, `audio`, `file`,
    `tokens`."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who is sending, and to which service."""

    user: str
    """As identified on the wire; never stored as it is (the ledger keeps a keyed hash)."""
    groups: tuple[str, ...] = ()
    service: str = "unknown"
    """Id of a row in `proxy_addons/services.yaml`."""
    category: str = ""
    """The service's category there: `api`, `chat`, `code-assistant`, …"""
    approved: bool = False
    """Whether the company has approved this service."""
    account: str = "unknown"
    """`corporate`, `personal`, `free` or `unknown`."""
    identified_by: str = "address"


# ── what was found and decided ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Finding:
    """Sensitive data at a place. Never carries the value itself."""

    where: str
    start: int
    end: int
    data_class: str
    detector: str
    """`name@version`"""
    confidence: float
    fingerprint: str
    """Keyed hash of the value: tells repeats apart without telling what they are."""
    language: str = ""
    """For `code.source`: the language, Linguist's name in lower case."""
    source: str = ""
    """Of a registered text: the tree it is from and the file's name there."""
    excerpt: str = field(default="", repr=False)
    """Masked, of classes whose evidence is kept; see `penstock.excerpt`."""
    placeholder: bool = False
    """Whether the value is published as an example (a test card, an address at example.com), or is
    an address of a private network."""
    whose: str = ""
    """Of a name: keyed hash that what names the same person in one prompt shares."""
    name: str = field(default="", compare=False)
    """What the rule that found it says it finds, for people. Of rules alone; not recorded."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace code points [start, end) of the text at `where`."""

    where: str
    start: int
    end: int
    replacement: str


class Action(IntEnum):
    """What to do with a request, mildest first; the strictest matching rule wins."""

    ALLOW = 0
    WARN = 1
    REDACT = 2
    REDIRECT = 3
    BLOCK = 4

    @property
    def word(self) -> str:
        """The name used in files, records and on screens: `redact`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy wants done, and the rules that asked for it."""

    action: Action
    """What is done. In monitor mode never more than WARN."""
    rules: tuple[str, ...]
    """Ids of the rules that asked for the strictest action, sorted."""
    asked: Action = Action.ALLOW
    """What those rules asked for; differs from `action` only in monitor mode."""
    tell: str = ""
    """What the person is told, from the first of `rules` that says something."""
    to: tuple[str, ...] = ()
    """For REDIRECT: internal models by name, in order of preference."""
    fallback: Action = Action.BLOCK
    """For REDIRECT when no model answers: BLOCK or REDACT."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with the findings it rests on and the edits that would carry it out."""

    decision: Decision
    findings: tuple[Finding, ...]
    edits: tuple[Edit, ...] = ()
    originals: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Placeholder -> the value it stands for. Memory only, for restoring the answer."""


# ── what is kept ──────────────────────────────────────────────────────────────────────────────


class Outcome(StrEnum):
    """What became of the data, apart from what was done. GDPR art. 4(12) turns on this."""

    PREVENTED = "prevented"
    DISCLOSED = "disclosed"
    PARTIALLY_DISCLOSED = "partially_disclosed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tally:
    """Findings of one class by one detector in one request, counted."""

    data_class: str
    detector: str
    count: int
    confidence: float
    """The highest among them."""
    fingerprints: tuple[str, ...]
    """Distinct values, as keyed hashes, sorted."""
    excerpts: tuple[str, ...] = field(default=(), repr=False)
    """Masked; none where no evidence is kept."""
    sources: tuple[str, ...] = ()
    """Of registered texts: the trees and files they are from, as they were registered; sorted."""
    languages: tuple[str, ...] = ()
    """Of source code; sorted."""


EXCERPTS = 5
"""Most excerpts of one class in one request."""

NEVER_KEPT = ("pci", "secret", "gdpr9", "gdpr10", "phi")
"""Regimes of which nothing is ever kept as evidence, not even masked and encrypted."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What is kept of a decision above ALLOW or of a body that could not be inspected."""

    id: str
    """UUID; the idempotency key of the record."""
    at: datetime
    """Aware, UTC."""
    action: Action
    asked: Action
    outcome: Outcome
    rules: tuple[str, ...]
    policy: str
    policy_sha256: str
    service: str
    host: str
    endpoint: str
    """Method and path without query, ids and names: `POST /v1/chat/completions`."""
    dialect: str
    user: str = field(repr=False)
    """Raw here; the ledger stores only its keyed hash."""
    groups: tuple[str, ...]
    account: str
    identified_by: str
    findings: tuple[Tally, ...]
    received_bytes: int
    """Size of the body as the client sent it, decoded."""
    sent_bytes: int
    """Size of the body that went to the public service; 0 when none did."""
    sent_sha256: str
    """SHA-256 of that body in hex; empty when none went."""
    model: str = ""
    """The internal model that answers, for a redirect."""
    routed: str = ""
    """Why that one, where several could: `code: its tools work on files`."""
    unread: tuple[str, ...] = ()
    """Why something was not inspected: `image`, `timeout`, `content-encoding`, …"""


def tally(findings: Iterable[Finding]) -> tuple[Tally, ...]:
    """Findings counted by class and detector, in that order."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.data_class, finding.detector), []).append(finding)
    return tuple(
        Tally(
            data_class=data_class,
            detector=detector,
            count=len(found),
            confidence=max(f.confidence for f in found),
            fingerprints=tuple(sorted({f.fingerprint for f in found})),
            excerpts=tuple(dict.fromkeys(f.excerpt for f in found if f.excerpt))[:EXCERPTS],
            sources=tuple(sorted({f.source for f in found if f.source})),
            languages=tuple(sorted({f.language for f in found if f.language})),
        )
        for (data_class, detector), found in sorted(groups.items())
    )


# ── what a redirect carries: one conversation and one answer, in nobody's wire format ──────────


@dataclass(frozen=True, slots=True)
class Media:
    """A part that is not text."""

    kind: str
    """`image`, `audio` or `file`."""
    media_type: str
    url: str = field(repr=False)
    """`https:` or `data:` URL; empty where only its name is known yet."""
    known_as: str = ""
    """The name that stands for it, if it was uploaded before."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model made."""

    id: str
    name: str
    arguments: str = field(repr=False)
    """JSON text of an object."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call returned."""

    id: str
    name: str
    """May be empty: not every dialect repeats it."""
    content: str = field(repr=False)


type Part = str | Media | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: str
    """`system`, `user` or `assistant`. Tool results sit in `user` turns."""
    parts: tuple[Part, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may call."""

    name: str
    description: str = field(repr=False)
    parameters: str = field(repr=False)
    """JSON Schema as JSON text."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A request for an answer, independent of any wire format."""

    turns: tuple[Turn, ...]
    stream: bool
    model: str
    """The model the client asked for."""
    tools: tuple[Tool, ...] = ()
    tool_choice: str = "auto"
    """`auto`, `none`, `required`, or the name of one tool."""
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    json_schema: str = ""
    """JSON text of a schema the answer must meet; `{}` for any JSON; empty for free text."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text of the answer."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallStarted:
    """The answer begins to call a tool; `index` counts the calls of one answer from 0."""

    index: int
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CallDelta:
    """More of the JSON text of a call's arguments."""

    index: int
    arguments: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is complete."""

    reason: str
    """`stop`, `length` or `tool_calls`."""
    input_tokens: int
    output_tokens: int
    estimated: bool = False
    """Whether the counts are our estimate because the model server gave none."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer broke off; `message` may be shown to the person."""

    message: str


type AnswerEvent = TextDelta | CallStarted | CallDelta | Finished | Failed
