"""One request, looked at: bytes in, everything the guard needs to act on it out.

Runs inside a detector process (`proxy_addons.zygote`); the proxy process only moves the values.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from time import time

from detectors import documents
from penstock import model
from penstock.errors import CannotExpress, CannotRewrite, InspectionError, ParseError
from penstock.model import Action, Chat, Decision, Finding, Media, Sender, Text, Verdict
from penstock.pipeline import Scanner, inspect
from policy.engine import can_redirect, to_redact
from policy.schema import Policy
from proxy_addons import uploaded, wording
from proxy_addons.chats import files
from proxy_addons.chats.files import Filed, Referred, Uploading
from proxy_addons.chats.known import NOTHING, Known
from proxy_addons.chats.pieces import Piece, across, together
from proxy_addons.chats.turns import UNKNOWN, Recognized, recognize
from proxy_addons.decoding import decode
from proxy_addons.dialects import BY_NAME, CHAINED, PAGES, handles, uploads
from proxy_addons.dialects.base import (
    Answer,
    Continuing,
    Dialect,
    Exchange,
    Opening,
    Redirectable,
    Request,
)
from proxy_addons.dialects.inside import InsideTurn
from proxy_addons.dialects.upload_steps import WHOLE, Begun, Extent


@dataclass(frozen=True, slots=True)
class Job:
    """One request to look at, as it came in."""

    service: str
    """Id of a row in `proxy_addons/services.yaml`."""
    dialect: str
    """Name of the wire format that reads this endpoint."""
    method: str
    target: str
    """Path and query as on the request line."""
    content_type: str
    content_encoding: str
    """The header's value, all layers: `gzip, br`; empty when there is none."""
    body: bytes = field(repr=False)
    """As received, still encoded."""
    user_agent: str
    sender: Sender
    max_body_bytes: int
    """Largest decoded body that is looked at."""
    given: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Placeholder -> value of what was taken out on this socket before."""
    past: tuple[Exchange, ...] | None = field(default=None, repr=False)
    """What was said before, on this socket or in this chain, once that was asked for."""
    kept: Decision | None = None
    """The decision by which this conversation stays inside, if a part of it did."""
    authorization: str = ""
    """The scheme of the `Authorization` header, as `Request` has it."""
    named: Mapping[str, str] = field(default_factory=dict)
    """Placeholder -> keyed hash of a value taken out of this chat before, in hex."""
    files: tuple[Filed, ...] = ()
    """What is known of files that it refers to."""
    notes: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Name and value of the headers to look at, see `heads`."""
    is_again: bool = False
    """Whether it was looked at before, without what is known of its chat."""
    extent: Extent = WHOLE
    """Which part of its file an upload holds."""
    rest: tuple[Begun, tuple[str, ...]] | None = field(default=None, repr=False)
    """What other requests of an upload said and brought that is complete with this one."""
    found: frozenset[tuple[str, str]] = frozenset()
    """Class and fingerprint of what was found in these, and in this one by itself."""
    pieces: tuple[Piece, ...] = ()
    """The ends of other pieces of the upload that it is a part of."""
    contents: Mapping[str, tuple[str, Media]] | None = field(default=None, repr=False)
    """By name, what is called so and says what, once the files of a conversation were asked for."""

    @property
    def size_bytes(self) -> int:
        """Of all that is read."""
        return len(self.body) + (sum(map(len, self.rest[1])) if self.rest else 0)


_HEADER = "header:"
"""How the places of headers begin."""


def time_for(limit_s: float, size_bytes: int) -> float:
    """How long an inspection may take: `detection.limit_s` for each megabyte, and at least once."""
    return limit_s * max(1.0, size_bytes / 1_000_000)


@dataclass(frozen=True, slots=True)
class Examples:
    """Asks a worker, in place of a job, whether the examples of its policy hold."""

    size_bytes: int = 0
    """Nothing; a queue counts it."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What is wrong with a policy by its own examples, one line each; empty when they hold."""

    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a look at a request came to, with all that acting on it takes."""

    verdict: Verdict
    """Its action is one that can be carried out: a redirect that this request has no form for
    has already become the rule's fallback, and what cannot be redacted goes to the models the
    rule names, or nowhere."""
    received_bytes: int
    """Size of the decoded body."""
    unread: tuple[str, ...] = ()
    """Kinds of parts that no detector can read: `image`, `audio`, `file`."""
    original: Request | None = field(default=None, repr=False)
    """For REDACT and REDIRECT: the request as the person sent it, decoded; what `restore` and
    `write_answer` of its dialect ask for."""
    request: Request | None = field(default=None, repr=False)
    """For REDACT, and for REDIRECT that falls back to it: the request to send instead, decoded."""
    chat: Chat | None = field(default=None, repr=False)
    """For REDIRECT: the conversation for the internal model."""
    refusal: Answer | None = field(default=None, repr=False)
    """For BLOCK and REDIRECT: the answer that tells the person why nothing was sent."""
    conversation: str = ""
    """The chat that the request is about, where its service keeps chats and the dialect knows."""
    turn: InsideTurn | None = field(default=None, repr=False)
    """For BLOCK and REDIRECT: the turn it brings to such a chat, with the refusal as its answer."""
    recognized: Recognized = UNKNOWN
    """By what its chat is known again."""
    known: Known = NOTHING
    """What is known of that chat."""
    named: Mapping[str, str] = field(default_factory=dict)
    """For REDACT, and for REDIRECT that falls back to it: placeholder -> keyed hash, in hex."""
    refers: tuple[Referred, ...] = ()
    """The files that it refers to."""
    upload: Uploading | None = None
    """What it uploads."""
    files: tuple[Filed, ...] = ()
    """What is known of these, and was part of the decision."""
    goes_on_from: str = ""
    """The answer that a request goes on from by its name alone."""
    asks_for_past: bool = False
    """For REDIRECT: the job is to come again, with what was said before."""
    opening: Request | None = field(default=None, repr=False)
    """For REDIRECT: what goes to the service so that it gives the chat an id, by which a later call
    asks for the answer. Nothing of what the person says is in it."""
    needs: tuple[str, ...] = field(default=(), repr=False)
    """For REDIRECT: the job is to come again, with what these files say."""


def run(
    job: Job, scanner: Scanner, policy: Policy, language: str, most_bytes: int | None = None
) -> Inspection:
    """Decode, read, detect, decide and prepare.

    `most_bytes` bounds the decoded body further than the job does. Raises UninspectedError (its
    message is a reason code of `decoding`), ParseError, and InspectionError when a redaction did
    not take out what it should. What else escapes is a defect of a detector or a dialect.
    """
    with documents.once():
        return _run(job, scanner, policy, language, most_bytes or job.max_body_bytes)


def _run(job: Job, scanner: Scanner, policy: Policy, language: str, most_bytes: int) -> Inspection:
    most = min(job.max_body_bytes, most_bytes)
    body = decode(job.body, job.content_encoding, most)
    request = Request(
        job.method,
        job.target,
        job.content_type,
        body,
        job.user_agent,
        job.authorization,
        at=int(time()),
    )
    dialect = BY_NAME[job.dialect]
    prompt = dialect.parse(request)
    if job.notes:
        said = tuple(Text(f"{_HEADER}{name}", "other", value) for name, value in job.notes)
        prompt = replace(prompt, texts=(*prompt.texts, *said))
    if job.files:
        prompt = replace(prompt, unread=_with_files(prompt.unread, job.files))
    piece = uploaded.piece(request, job.extent)
    earlier = tuple(f for file in job.files for f in file.findings)
    if piece is not None and job.pieces:
        earlier += tuple(across(piece, job.pieces, scanner))
    if job.rest is not None:
        about = job.service, job.dialect, job.extent
        known = {*job.found, *((f.data_class, f.fingerprint) for f in earlier)}
        data = uploaded.whole(request, *about, job.rest[1])
        earlier += tuple(together(data, known, scanner))
    digests = [scanner.digest(text.text) for text in prompt.texts]
    sent = handles.upload(request)
    apart = scanner.digest(f"uploads\0{job.sender.user}") if sent is not None else b""
    before = job.given, job.named, earlier, digests, apart
    verdict = inspect(prompt, job.sender, scanner, policy, *before)
    own = verdict.findings[: len(verdict.findings) - len(earlier)]
    if job.kept is not None and policy.mode == "enforce":
        verdict = replace(verdict, decision=_inside(verdict.decision, job.kept))
    page = PAGES.get(job.dialect)
    chat = page.conversation(request) if page is not None else None
    recognized = recognize(prompt, digests, own, job.sender.user, scanner.digest, chat)
    seen = Inspection(
        verdict, len(body), prompt.unread, conversation=chat or "", recognized=recognized
    )
    seen = _with_names(dialect, request, seen, sent, job, scanner)
    if piece is not None and seen.upload is not None:
        seen = replace(seen, upload=replace(seen.upload, piece=piece))
    chained = CHAINED.get(job.dialect)
    if chained is not None and (earlier_answer := chained.goes_on(request)):
        seen = replace(seen, goes_on_from=earlier_answer)
    if verdict.originals:
        hashes = {p: scanner.digest(value).hex() for p, value in verdict.originals.items()}
        seen = replace(seen, named=hashes)
    upload = seen.upload
    if upload is not None and verdict.decision.action < Action.BLOCK and can_redirect(policy):
        step = job.service, job.dialect, job.extent, job.rest
        seen = replace(seen, upload=uploaded.with_file(upload, request, *step))
    if verdict.decision.action <= Action.WARN:
        return _with_values(seen, request, job.given)
    concerned = to_redact(policy, job.sender, verdict.findings)
    if seen.upload is not None:
        left = tuple(f for f in own if f not in concerned)
        upload = replace(seen.upload, findings=left, originals=verdict.originals)
        seen = replace(seen, upload=upload)
    seen = _redacted(dialect, request, seen, concerned, scanner)
    seen = _opened(dialect, request, seen, concerned, scanner, language)
    seen = _converse(dialect, request, seen, job)
    if seen.asks_for_past or seen.needs:
        return seen
    decision = seen.verdict.decision
    if decision.action is not Action.BLOCK:
        seen = replace(seen, original=request)
    if Action.BLOCK in _possible(decision) or decision.action is Action.REDIRECT:
        told = wording.refused(
            ((f.data_class, f.name) for f in concerned),
            prompt.unread,
            decision.tell,
            language,
            is_file=sent is not None,
        )
        seen = replace(seen, refusal=dialect.refuse(request, told))
        if page is not None and (turn := page.turn(request)) is not None:
            seen = replace(seen, turn=replace(turn, said=told, is_refusal=True))
    return seen


def _with_files(unread: tuple[str, ...], known: tuple[Filed, ...]) -> tuple[str, ...]:
    """What cannot be read in a request and in the files it refers to."""
    if not any(file.unread for file in known):
        return unread
    return tuple(sorted({*unread, *(kind for file in known for kind in file.unread)}))


def _with_names(
    dialect: Dialect,
    request: Request,
    seen: Inspection,
    sent: handles.Upload | None,
    job: Job,
    scanner: Scanner,
) -> Inspection:
    """With the names in it that stand for files, or those that its own file goes by."""
    names = dict[str, str]()
    for where, name in handles.referred(dialect, request):
        names.setdefault(name, where)  # a picture is named where it is shown as well
    if sent is None and not names:
        return seen
    key = scanner.digest(f"files\0{job.service}")
    if sent is not None:
        marks = tuple(files.mark(key, name) for name in sent.names)
        brings = sent.brings and not job.extent.is_start
        counts = sent.counts and not job.extent.is_start and job.extent.starts == 0
        upload = Uploading(key, marks, brings, counts, seen.verdict.findings, seen.unread)
        seen = replace(seen, upload=upload)
    if not names:
        return seen
    refers = tuple(Referred(where, files.mark(key, name)) for name, where in names.items())
    return replace(seen, refers=refers)


def _inside(decision: Decision, kept: Decision) -> Decision:
    """The decision on a part of a chat that stays inside: its history goes nowhere else."""
    if decision.action is Action.BLOCK:
        return decision
    if decision.action < Action.REDIRECT:
        decision = kept
    return replace(decision, fallback=Action.BLOCK)


def _with_values(seen: Inspection, request: Request, given: Mapping[str, str]) -> Inspection:
    """With the way back for values that were taken out of the chat before."""
    if not given:
        return seen
    return replace(seen, original=request, verdict=replace(seen.verdict, originals=given))


def _possible(decision: model.Decision) -> tuple[Action, ...]:
    if decision.action is Action.REDIRECT:
        return decision.action, decision.fallback
    return (decision.action,)


def _redacted(
    dialect: Dialect,
    request: Request,
    seen: Inspection,
    concerned: Iterable[Finding],
    scanner: Scanner,
) -> Inspection:
    """With the request to send instead, or with something stricter where it cannot be edited."""
    decision = seen.verdict.decision
    if Action.REDACT not in _possible(decision):
        return seen
    try:
        if any(finding.where.endswith("#file") for finding in concerned):
            raise CannotRewrite("a file that is at the service already cannot be edited")
        if any(finding.where.startswith(_HEADER) for finding in concerned):
            raise CannotRewrite("headers are sent as they are or not at all")
        rewritten = dialect.rewrite(request, seen.verdict.edits)
    except ParseError:
        stricter = Action.REDIRECT if decision.to else Action.BLOCK
        decision = replace(decision, action=stricter, fallback=Action.BLOCK)
        return replace(seen, verdict=replace(seen.verdict, decision=decision))
    _verify(dialect, rewritten, concerned, scanner)
    return replace(seen, request=rewritten)


def _opened(
    dialect: Dialect,
    request: Request,
    seen: Inspection,
    concerned: Iterable[Finding],
    scanner: Scanner,
    language: str,
) -> Inspection:
    """With what begins a chat at the service that is answered here."""
    if seen.verdict.decision.action is not Action.REDIRECT or not isinstance(dialect, Opening):
        return seen
    if any(finding.where.startswith(_HEADER) for finding in concerned):
        return seen
    try:
        opening = dialect.opening(request, wording.elsewhere(language))
    except CannotExpress:
        return seen
    if opening is not None:
        _verify(dialect, opening, concerned, scanner)
    return replace(seen, opening=opening)


def _converse(dialect: Dialect, request: Request, seen: Inspection, job: Job) -> Inspection:
    """With the conversation of a redirect, or with the fallback where there is no form for it. A
    file that can stay here needs none."""
    decision = seen.verdict.decision
    if decision.action is not Action.REDIRECT or seen.opening is not None:
        return seen
    if seen.upload is not None and seen.upload.can_stay:
        return replace(seen, upload=replace(seen.upload, findings=seen.verdict.findings))
    if isinstance(dialect, Redirectable):
        try:
            if isinstance(dialect, Continuing) and dialect.goes_on(request):
                if job.past is None:
                    return replace(seen, asks_for_past=True)
                chat = dialect.chat_after(request, job.past)
            else:
                chat = dialect.chat(request)
            if (names := uploads.named(chat)) and job.contents is None:
                return replace(seen, needs=names)
            return replace(seen, chat=uploads.told(chat, job.contents or {}))
        except CannotExpress:
            pass
    decision = replace(decision, action=decision.fallback)
    return replace(seen, verdict=replace(seen.verdict, decision=decision))


def _verify(
    dialect: Dialect, rewritten: Request, redacted: Iterable[Finding], scanner: Scanner
) -> None:
    """INVARIANT: no value that was to be taken out is found again in what would be sent."""
    gone: dict[tuple[str, str], float] = {}
    for finding in redacted:
        value = finding.data_class, finding.fingerprint
        gone[value] = min(gone.get(value, 1.0), finding.confidence)
    for finding in scanner.scan(dialect.parse(rewritten)):
        # less sure than every redacted find of this value: a rule left such finds alone before
        if finding.confidence >= gone.get((finding.data_class, finding.fingerprint), 2.0):
            raise InspectionError("a redacted value was still there after rewriting")
