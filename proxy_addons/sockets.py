"""What becomes of each message of a client on a WebSocket: the guard's work, message by message.

A message stays held, and with it all behind it, until its verdict is recorded and carried out:
passed, rewritten, answered by an internal model or refused in the service's own words. A message
that is left as it was made closes the socket.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter
from typing import Any

from mitmproxy.http import HTTPFlow

from penstock.errors import (
    CannotExpress,
    InspectionError,
    LedgerError,
    ModelUnavailable,
    UninspectedError,
)
from penstock.model import Action, Decision, Finished, Outcome, Violation
from penstock.settings import Settings
from policy.engine import decide_failed
from proxy_addons import judging
from proxy_addons.chats.chats import Chats
from proxy_addons.contracts import Conversed, Redirector
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import (
    Answer,
    AnswerWriter,
    Dialect,
    Redirectable,
)
from proxy_addons.dialects.messages import METHOD, STAYS_OPEN, Message, reason, unpack
from proxy_addons.failures import TOO_LARGE, failure, stopping
from proxy_addons.inspection import Inspection, Job
from proxy_addons.passage import Leaving, Passage, passage_of
from proxy_addons.places import log_place
from proxy_addons.records import Records
from proxy_addons.talk import Talk

_FAILED, _REFUSED, _TOO_BIG = 1011, 1008, 1009
_CODES = {413: _TOO_BIG, 503: _FAILED}
_TEXT, _BINARY = "text/plain; charset=utf-8", "application/octet-stream"


@dataclass(slots=True)
class Said:
    """A message of the client and what is to become of it. INVARIANT: by itself, nothing passes
    and the socket ends."""

    message: Message | None
    """None: it was not kept."""
    talk: Talk
    why: str = TOO_LARGE
    """Then: why, in the words of records."""
    passes: Message | None = None
    """What goes to the service."""
    back: Sequence[Message] = ()
    """What goes to the client at once."""
    pour: AsyncGenerator[Sequence[Message]] | None = None
    """What comes to the client little by little."""
    close: tuple[int, str] | None = field(default=(_FAILED, ""))
    leaving: Leaving = field(default_factory=Leaving)

    def let_pass(self, message: Message) -> None:
        """To the service."""
        self.passes, self.close = message, None


class Sockets:
    """Asks for a verdict on every message of a client and carries it out."""

    def __init__(
        self, settings: Settings, chats: Chats, records: Records, redirector: Redirector
    ) -> None:
        self._chats = chats
        self._records = records
        self._redirector = redirector
        self._language = settings.language
        self._redirect_s = 1 + sum(m.connect_s + m.answer_s for m in settings.models.values())

    def websocket_message(self, flow: HTTPFlow) -> None:
        """Of messages that pass unread nothing is kept; mitmproxy would keep them all."""
        if flow.websocket is not None:
            flow.websocket.messages.clear()

    async def socket_message(self, flow: HTTPFlow, said: Said) -> None:
        """INVARIANT: closed until a verdict is recorded; whatever is raised, it stays closed."""
        passage = passage_of(flow)
        judged, began = _Judged(flow, passage, said), perf_counter()
        try:
            if said.message is None:
                raise UninspectedError(said.why)
            await self._judge(judged, said.message)
        except BaseException as e:
            await self._fail(judged, e)
        if said.pour is None:
            self._records.held(passage, began)

    def socket_settled(self, flow: HTTPFlow, said: Said) -> Awaitable[None] | None:
        """A message that was to pass has left, or could not."""
        return self._records.settle(said.leaving)

    async def _judge(self, judged: "_Judged", message: Message) -> None:
        talk, passage = judged.said.talk, judged.passage
        passage.policy = self._records.policy()
        job = judged.job(message)
        if talk.kept is not None and talk.stays_inside(message):
            job = replace(job, kept=talk.kept, past=tuple(talk.past))
        seen = await self._chats.look(job)
        if seen.asks_for_past:
            with stopping(seen.verdict.decision):
                job = replace(job, past=tuple(talk.past), is_again=True)
                seen = await self._chats.look(job)
        judged.is_done = True
        await self._carry_out(judged, message, seen, seen.verdict.decision)

    async def _carry_out(
        self, judged: "_Judged", message: Message, seen: Inspection, decision: Decision
    ) -> None:
        said = judged.said
        match decision.action:
            case Action.ALLOW if owed := said.talk.owed(judged.dialect, message):
                said.back, said.close = owed, None
            case Action.ALLOW:
                if seen.known.chat or seen.verdict.originals:
                    service = judged.passage.sender.service
                    await self._chats.remember(seen, decision, service)
                _restore(judged, seen)
                judged.lets_pass(message, message)
            case Action.WARN:
                outcome = Outcome.DISCLOSED if seen.verdict.findings else Outcome.UNKNOWN
                await self._keep(judged, decision, seen=seen, sent=message.data, outcome=outcome)
                _restore(judged, seen)
                judged.lets_pass(message, message)
            case Action.REDACT:
                if seen.request is None or seen.original is None:
                    raise InspectionError("a redaction without a message to send")
                await self._keep(judged, decision, seen=seen, sent=seen.request.body)
                originals = seen.verdict.originals
                said.back = said.talk.restores(judged.dialect, seen.original, originals)
                judged.lets_pass(message, Message(seen.request.body, message.is_text))
            case Action.REDIRECT:
                await self._redirect(judged, message, seen, decision)
            case Action.BLOCK:
                await self._keep(judged, decision, seen=seen)
                _refuse(said, seen.refusal)

    async def _redirect(
        self, judged: "_Judged", message: Message, seen: Inspection, decision: Decision
    ) -> None:
        try:
            writer, opened = await self._ask_model(judged, seen, decision)
        except (ModelUnavailable, CannotExpress, TimeoutError):
            fallback = replace(decision, action=max(decision.fallback, Action.REDACT))
            return await self._carry_out(judged, message, seen, fallback)
        try:
            model = opened.model if opened else ""
            routed = opened.routed if opened else ""
            kept = await self._keep(judged, decision, seen=seen, model=model, routed=routed)
        except (LedgerError, InspectionError):
            if opened is not None:
                await opened.aclose()
            raise
        if opened is not None and seen.chat is not None and kept is not None:
            opened.tell(partial(self._records.answered, kept, seen.chat.model))
        said = judged.said
        said.talk.kept = decision
        said.talk.asks(judged.dialect, message)
        said.close = None
        if opened is None:  # known before the next message is looked at, which goes on from here
            said.back = _inside(said.talk, writer.write(Finished("stop", 0, 0)))
        else:
            said.pour = _written(said.talk, writer, opened)

    async def _ask_model(
        self, judged: "_Judged", seen: Inspection, decision: Decision
    ) -> tuple[AnswerWriter, Conversed | None]:
        dialect = judged.dialect
        if seen.chat is None or seen.original is None:
            raise InspectionError("a redirect without a conversation")
        if not isinstance(dialect, Redirectable):
            raise CannotExpress(f"answers in {dialect.name} cannot be written")
        if seen.chat.max_tokens == 0:  # nothing is asked yet, the service is only to get ready
            return dialect.write_answer(seen.original, seen.chat.model), None
        async with asyncio.timeout(self._redirect_s):
            service = judged.service
            opened = await self._redirector.converse(seen.chat, decision.to, service)
        try:
            return dialect.write_answer(seen.original, opened.served_as), opened
        except BaseException:
            await opened.aclose()
            raise

    async def _fail(self, judged: "_Judged", error: BaseException) -> None:
        """Closed, or let through unread where the policy says so; recorded either way."""
        said, message = judged.said, judged.said.message
        failed = failure(error, self._language)
        said.passes, said.pour, said.back = None, None, ()
        said.close = _CODES.get(failed.status, _REFUSED), reason(failed.message).decode()
        if not isinstance(error, UninspectedError):
            log_place("inspecting a message", error)
        size = len(message.data) if message is not None else 0
        if (waiting := self._records.settle(said.leaving)) is not None:
            await waiting
        if said.leaving.is_recorded:
            return
        try:
            decision = decide_failed((judged.passage.policy or self._records.policy()).policy)
            if judged.is_done or failed.is_judged or message is None:
                decision = replace(decision, action=Action.BLOCK)
            if decision.action is Action.BLOCK or message is None:
                await self._keep(judged, decision, received_bytes=size, unread=(failed.reason,))
                return
            await self._keep(
                judged,
                decision,
                received_bytes=size,
                sent=message.data,
                outcome=Outcome.UNKNOWN,
                unread=(failed.reason,),
            )
        except BaseException as e:
            return log_place("recording", e)
        judged.lets_pass(message, message)

    async def _keep(
        self,
        judged: "_Judged",
        decision: Decision,
        seen: Inspection | None = None,
        **more: Any,
    ) -> Violation | None:
        return await judging.keep(
            self._records,
            self._chats,
            judged.passage,
            decision,
            seen,
            judged.said.leaving,
            **more,
        )


@dataclass(slots=True)
class _Judged:
    """One message on its way to a verdict."""

    flow: HTTPFlow
    passage: Passage
    said: Said
    is_done: bool = False
    """There is a verdict: whatever fails from here on, the message does not pass unread."""

    @property
    def dialect(self) -> Dialect:
        if self.passage.endpoint is None:
            raise InspectionError("a host that is not inspected")
        return BY_NAME[self.passage.endpoint.dialect]

    @property
    def service(self) -> str:
        return self.passage.endpoint.service.name if self.passage.endpoint else ""

    def job(self, message: Message) -> Job:
        """The look at `message` that decides."""
        request = self.flow.request
        return judging.job(
            self.passage,
            request,
            message.data,
            method=METHOD,
            # the query was read when the socket was opened
            target=request.path.partition("?")[0],
            content_type=_TEXT if message.is_text else _BINARY,
            content_encoding="",
            max_body_bytes=self.passage.max_message_bytes,
            given=dict(self.said.talk.originals),
            notes=(),  # nor do its headers come again
        )

    def lets_pass(self, asked: Message, instead: Message) -> None:
        """`instead` goes to the service; `asked` is what the client wrote."""
        self.said.talk.asks(self.dialect, asked)
        self.said.let_pass(instead)


def _restore(judged: _Judged, seen: Inspection) -> None:
    """A message that goes as it is may be about what was taken out before it came."""
    talk, originals = judged.said.talk, seen.verdict.originals
    if seen.original is not None and not originals.items() <= talk.originals.items():
        judged.said.back = talk.restores(judged.dialect, seen.original, originals)


def _refuse(said: Said, refusal: Answer | None) -> None:
    """The client is told why in the service's own words, or the socket is closed with a reason."""
    if refusal is None:
        said.close = _REFUSED, ""
    elif refusal.status == STAYS_OPEN:
        said.back, said.close = unpack(refusal.body), None
        said.talk.owes(refusal.later)
    else:
        code = refusal.status if refusal.status >= 1000 else _REFUSED
        said.close = code, refusal.body.decode() if refusal.status >= 1000 else ""


async def _written(
    talk: Talk, writer: AnswerWriter, opened: Conversed
) -> AsyncGenerator[Sequence[Message]]:
    """The messages of a model's answer, as it comes into being."""
    try:
        async for event in opened:
            if written := _inside(talk, writer.write(event)):
                yield written
    finally:
        await opened.aclose()


def _inside(talk: Talk, written: bytes) -> Sequence[Message]:
    found = unpack(written)
    for message in found:
        talk.answers(message, inside=True)
    return found
