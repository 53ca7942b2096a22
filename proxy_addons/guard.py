"""The request path: nothing leaves for an AI service before the guard has opened its passage.

Every way through `request` ends in one of three: opened after a recorded verdict, answered here, or
refused because something failed. `lock.py` holds what is not opened, whatever happens here.

Source: mitmproxy event hooks, https://docs.mitmproxy.org/stable/api/events.html.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

from mitmproxy.flow import Flow
from mitmproxy.http import HTTPFlow

from penstock.errors import (
    CannotExpress,
    InspectionError,
    LedgerError,
    ModelUnavailable,
    ParseError,
    UninspectedError,
)
from penstock.model import Action, Decision, Outcome, Violation
from penstock.settings import Settings
from policy.engine import decide_failed
from proxy_addons import carrying, filing, heads, judging, responses, wording
from proxy_addons.chat_pages import ChatPages
from proxy_addons.chats.answers import Answers
from proxy_addons.chats.chats import Chats
from proxy_addons.contracts import Opened, Redirector
from proxy_addons.destinations import Destinations, Refused
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Redirectable, Request
from proxy_addons.dialects.inside import InsideTurn
from proxy_addons.entrance import Entrance, Turned
from proxy_addons.failures import TRAILERS, failure
from proxy_addons.identity import NotIdentified
from proxy_addons.inspection import Inspection, Job
from proxy_addons.kept_files import KeptFiles
from proxy_addons.passage import Passage, begin, by_name, passage_of
from proxy_addons.places import log_place
from proxy_addons.records import NOT_INSPECTED, Records


class Guard:
    """Asks for a verdict on every request to an AI service and carries it out."""

    def __init__(
        self,
        settings: Settings,
        entrance: Entrance,
        destinations: Destinations,
        chats: Chats,
        records: Records,
        redirector: Redirector,
    ) -> None:
        self._entrance = entrance
        self._destinations = destinations
        self._chats = chats
        self._answers = Answers(chats, chats.threads)
        self._records = records
        self._redirector = redirector
        self._files = KeptFiles(chats, settings.language)
        self._language = settings.language
        self._max_body_bytes = settings.proxy.max_body_bytes
        about = chats.threads, chats.contents, self._language, self._max_body_bytes
        self._pages = ChatPages(*about)
        self._redirect_s = 1 + sum(m.connect_s + m.answer_s for m in settings.models.values())
        self._locked = responses.refusal(503, wording.unchecked(self._language))
        self.is_draining = False
        """Set when the proxy stops: requests that begin now are told to come back."""

    # ── hooks ──

    def requestheaders(self, flow: HTTPFlow) -> Awaitable[None] | None:
        """INVARIANT: a passage begins closed."""
        passage = begin(flow)
        known = self._entrance.identities.bound(flow.client_conn)
        if known is None:
            return self._introduce(flow, passage)
        passage.who = known
        return self._enter(flow, passage)

    async def _introduce(self, flow: HTTPFlow, passage: Passage) -> None:
        """A request that came through no tunnel says itself who sends it."""
        if self._entrance.asks_for_health(flow.request):
            return await self._turn_away(flow, passage, Turned(200, ""))
        address, head = flow.client_conn.peername[0], by_name(flow.request.headers)
        try:
            passage.who = await self._entrance.identities.identify(address, head)
        except NotIdentified as e:
            return await self._turn_away(flow, passage, Turned(e.status, str(e)))
        if (waiting := self._enter(flow, passage)) is not None:
            await waiting

    def _enter(self, flow: HTTPFlow, passage: Passage) -> Awaitable[None] | None:
        try:
            turned = self._entrance.check(flow, passage)
        except BaseException as e:
            log_place("reading a head", e)
            turned = Turned(503, wording.unchecked(self._language))
        if self.is_draining and turned is None:
            turned = Turned(503, "the proxy is being restarted; please try again")
        if turned is not None:
            return self._turn_away(flow, passage, turned)
        if passage.endpoint is None:
            return self._let_by(flow, passage)
        if passage.is_socket:
            passage.max_message_bytes = self._max_body_bytes
        return None

    async def request(self, flow: HTTPFlow) -> None:
        """INVARIANT: refused until a verdict is recorded; whatever is raised, it stays refused."""
        passage = passage_of(flow)
        if passage.is_open or passage.is_refused:
            return
        passage.is_refused, flow.response = True, self._locked
        began = perf_counter()
        try:
            await self._judge(flow, passage)
        except BaseException as e:
            await self._fail(flow, passage, e)
        self._records.held(passage, began)

    def responseheaders(self, flow: HTTPFlow) -> Awaitable[None] | None:
        """Answers stream, and some get a person's values back on the way."""
        try:
            carrying.let_back(flow)
        except BaseException as e:
            log_place("answering", e)
            flow.kill()
        return self._records.settle(passage_of(flow).leaving)

    def error(self, flow: HTTPFlow) -> Awaitable[None] | None:
        """A request gets no answer of the service; what is said instead is ours."""
        passage = passage_of(flow)
        if passage.is_open and flow.response is None and flow.error is not None:
            host, port = passage.host, flow.request.port
            why = flow.error.msg.removeprefix(f"cannot connect to {host}:{port}: ")
            said = wording.unanswered(host, why, self._language, is_asked=passage.leaving.has_left)
            if passage.action is Action.REDIRECT:
                said = wording.unchecked(self._language)  # it was not the service that failed
            self._answer(flow, passage, 502, said)
        return self._records.settle(passage.leaving)

    def response(self, flow: HTTPFlow) -> Awaitable[None] | None:
        """What was uploaded gets its name, and what others go on from."""
        return filing.file(flow, self._chats) if passage_of(flow).gives_names else None

    def http_connect(self, flow: HTTPFlow) -> None:
        """Tunnels are opened in `tunnel.py`, at the start of a connection only."""
        flow.response = responses.error(400, "open a new connection to the proxy for CONNECT")

    def tcp_start(self, flow: Flow) -> None:
        """Bytes that are not HTTP have no way through."""
        flow.kill()

    udp_start = tcp_start

    # ── before the body ──

    async def _turn_away(self, flow: HTTPFlow, passage: Passage, turned: Turned) -> None:
        passage.is_refused, flow.response = True, self._locked
        flow.request.headers.pop("expect", None)
        if turned.reason:
            try:
                await self._keep(passage, NOT_INSPECTED, unread=(turned.reason,))
            except LedgerError as e:
                return log_place("recording", e)
        if turned.status == 200:
            flow.response = responses.itself(flow.request, serves=not self.is_draining)
            return
        if turned.status == 502:  # nothing was stopped
            return self._answer(flow, passage, 502, turned.message)
        message = turned.message or wording.unreadable(turned.reason, self._language)
        self._refuse(flow, passage, turned.status, message)

    async def _let_by(self, flow: HTTPFlow, passage: Passage) -> None:
        """An ordinary request over plain HTTP to a host that is not inspected."""
        try:
            await self._destinations.addresses(flow.request.host, flow.request.port)
        except Refused as e:
            return await self._turn_away(flow, passage, Turned(403, str(e)))
        except OSError as e:
            return await self._turn_away(flow, passage, Turned(502, str(e)))
        passage.open(flow.request)
        flow.request.stream = True

    # ── verdicts ──

    async def _judge(self, flow: HTTPFlow, passage: Passage) -> None:
        if passage.overflow:
            raise UninspectedError(passage.overflow)
        if flow.request.trailers:
            raise UninspectedError(TRAILERS)
        body = flow.request.raw_content or b""
        if await self._files.answers(flow, passage, body):
            return None
        if not body and await self._pages.answers(flow, passage):
            return None
        job = self._job(flow, passage, body)
        if not body and not job.notes and "?" not in job.target and not heads.tells(job.target):
            return _open(flow, passage)
        passage.policy = self._records.policy()
        seen = await self._answers.look(job)
        passage.is_judged = True
        if body and await self._pages.answers(flow, passage, seen.conversation):
            if seen.verdict.decision.action > Action.ALLOW:
                await self._keep(passage, seen.verdict.decision, seen=seen)
            return None
        await self._carry_out(flow, passage, seen, seen.verdict.decision)

    async def _carry_out(
        self, flow: HTTPFlow, passage: Passage, seen: Inspection, decision: Decision
    ) -> None:
        match decision.action:
            case Action.ALLOW | Action.WARN if not await self._pages.lets_go(flow, passage, seen):
                await self._stays(passage, seen, decision)
            case Action.ALLOW:
                if seen.known.chat or seen.verdict.originals:
                    await self._chats.remember(seen, decision, passage.sender.service)
                _let_go(flow, passage, seen, decision)
            case Action.WARN:
                outcome = Outcome.DISCLOSED if seen.verdict.findings else Outcome.UNKNOWN
                sent = flow.request.raw_content or b""
                await self._keep(passage, decision, seen=seen, sent=sent, outcome=outcome)
                _let_go(flow, passage, seen, decision)
            case Action.REDACT:
                await self._redact(flow, passage, seen, decision)
            case Action.REDIRECT:
                await self._redirect(flow, passage, seen, decision)
            case Action.BLOCK:
                if seen.refusal is not None:
                    await self._pages.keep(passage, seen.turn)
                await self._keep(passage, decision, seen=seen)
                if seen.refusal is not None:
                    flow.response = responses.answer(seen.refusal)

    async def _stays(self, passage: Passage, seen: Inspection, decision: Decision) -> None:
        """What its chat keeps here is recorded if it would have been otherwise."""
        if decision.action > Action.ALLOW:
            await self._keep(passage, replace(decision, action=Action.BLOCK), seen=seen)

    async def _redact(
        self, flow: HTTPFlow, passage: Passage, seen: Inspection, decision: Decision
    ) -> None:
        if seen.request is None or seen.original is None or passage.endpoint is None:
            raise InspectionError("a redaction without a request to send")
        carrying.rewrite(flow.request, seen.request)
        if not await self._pages.lets_go(flow, passage, seen):
            return await self._stays(passage, seen, decision)
        sent = flow.request.raw_content or b""
        await self._keep(passage, decision, seen=seen, sent=sent)
        _let_go(flow, passage, seen, decision)

    async def _redirect(
        self, flow: HTTPFlow, passage: Passage, seen: Inspection, decision: Decision
    ) -> None:
        turn = replace(seen.turn, said="", is_refusal=False) if seen.turn else None
        try:
            if seen.opening is not None:
                return await self._open_chat(flow, passage, seen, seen.opening, decision)
            if seen.chat is None and seen.upload is not None:
                return await self._files.keep(flow, passage, seen, decision, self._keep)
            opened = await self._ask_model(passage, seen, decision, turn)
        except (ModelUnavailable, CannotExpress, TimeoutError) as e:
            seen = judging.told_why(seen, passage.endpoint, e, self._language)
            fallback = replace(decision, action=max(decision.fallback, Action.REDACT))
            return await self._carry_out(flow, passage, seen, fallback)
        try:
            await self._pages.keep(passage, turn)
            model, routed = opened.model, opened.routed
            kept = await self._keep(passage, decision, seen=seen, model=model, routed=routed)
        except (LedgerError, InspectionError):
            self._redirector.drop(opened)
            raise
        if kept is not None:
            asked = seen.chat.model if seen.chat else ""
            opened.tell(partial(self._records.answered, kept, asked))
        self._destinations.internal.add((opened.host, opened.port))
        carrying.reroute(flow, opened)
        _open(flow, passage, decision.action)

    async def _open_chat(
        self,
        flow: HTTPFlow,
        passage: Passage,
        seen: Inspection,
        opening: Request,
        decision: Decision,
    ) -> None:
        """The service gives an id to a chat of which it gets no word."""
        carrying.rewrite(flow.request, opening)
        await self._keep(passage, decision, seen=seen, sent=opening.body)
        filing.opens(flow, passage, seen, decision)
        _open(flow, passage, decision.action)

    async def _ask_model(
        self, passage: Passage, seen: Inspection, decision: Decision, turn: InsideTurn | None
    ) -> Opened:
        endpoint = passage.endpoint
        if endpoint is None or seen.chat is None or seen.original is None:
            raise InspectionError("a redirect without a conversation")
        dialect = BY_NAME[endpoint.dialect]
        if not isinstance(dialect, Redirectable):
            raise CannotExpress(f"answers in {dialect.name} cannot be written")
        chat = await self._pages.after(passage, turn, seen.chat)
        heard = partial(self._pages.hear, passage, turn) if turn else None
        ended = self._answers.keeps(dialect, seen, passage.sender, decision)
        async with asyncio.timeout(self._redirect_s):
            return await self._redirector.open(
                chat, decision.to, dialect, seen.original, endpoint.service.name, heard, ended
            )

    # ── failures ──

    async def _fail(self, flow: HTTPFlow, passage: Passage, error: BaseException) -> None:
        """Refused, or let through unread where the policy says so; recorded either way."""
        failed = failure(error, self._language)
        self._refuse(flow, passage, failed.status, failed.message)
        if not isinstance(error, UninspectedError | ParseError):
            log_place("inspecting a request", error)
        if isinstance(error, LedgerError) or passage.leaving.is_recorded:
            return
        try:
            decision = decide_failed((passage.policy or self._records.policy()).policy)
            body = flow.request.raw_content or b""
            # what has a verdict, or what is not whole, does not pass unread whatever the policy
            is_judged = passage.is_judged or failed.is_judged
            if is_judged or passage.overflow or flow.request.trailers:
                decision = replace(decision, action=Action.BLOCK)
            about: dict[str, Any] = {"received_bytes": len(body), "unread": (failed.reason,)}
            if decision.action is Action.BLOCK:
                await self._keep(passage, decision, **about)
                return
            await self._keep(passage, decision, sent=body, outcome=Outcome.UNKNOWN, **about)
        except BaseException as e:
            return log_place("recording", e)
        _open(flow, passage, decision.action)

    # ── steps ──

    def _refuse(self, flow: HTTPFlow, passage: Passage, status: int, message: str) -> None:
        passage.is_refused = True
        self._answer(flow, passage, status, message)
        if flow.response is not None:
            flow.response.headers[responses.ACTION] = Action.BLOCK.word

    def _answer(self, flow: HTTPFlow, passage: Passage, status: int, message: str) -> None:
        """What a client gets in place of an answer, as its service would say it."""
        flow.response = responses.error(status, message)
        if passage.endpoint is None or (passage.is_socket and not passage.is_refused):
            return
        flow.response = responses.in_own_words(passage, flow.request, status, message)

    async def _keep(
        self, passage: Passage, decision: Decision, seen: Inspection | None = None, **more: Any
    ) -> Violation | None:
        return await judging.keep(
            self._records, self._chats, passage, decision, seen, passage.leaving, **more
        )

    def _job(self, flow: HTTPFlow, passage: Passage, body: bytes) -> Job:
        return judging.job(
            passage,
            flow.request,
            body,
            max_body_bytes=self._max_body_bytes,
            authorization=_scheme(passage.header(b"authorization")),
        )


def _scheme(authorization: str) -> str:
    """How the client proves who it is, without the proof."""
    scheme, space, _ = authorization.strip().partition(" ")
    return scheme.lower() if space else ""


def _let_go(flow: HTTPFlow, passage: Passage, seen: Inspection, decision: Decision) -> None:
    carrying.restore_later(flow, passage, seen)
    filing.later(flow, passage, seen, decision)
    _open(flow, passage, decision.action)


def _open(flow: HTTPFlow, passage: Passage, action: Action = Action.ALLOW) -> None:
    """The only way out."""
    passage.is_refused, passage.action = False, action
    passage.open(flow.request)
    flow.response = None
