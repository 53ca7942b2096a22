"""What requests and messages have in common on their way to a verdict: the job, and the record."""

from dataclasses import replace
from functools import partial
from typing import Any

from mitmproxy.http import Request

from penstock.errors import ConversationTooLong, InspectionError, LedgerError
from penstock.model import Decision, Violation
from proxy_addons import heads, wording
from proxy_addons.chats.chats import Chats
from proxy_addons.dialects import BY_NAME
from proxy_addons.inspection import Inspection, Job
from proxy_addons.passage import Leaving, Passage
from proxy_addons.records import Records
from proxy_addons.services import Endpoint


def job(passage: Passage, request: Request, body: bytes, **told: Any) -> Job:
    """The look at `body` that decides; `told` replaces what the request's head says."""
    endpoint = passage.endpoint
    if endpoint is None:
        raise InspectionError("a host that is not inspected")
    asked: dict[str, Any] = {
        "method": request.method,
        "target": request.path,
        "content_type": passage.header(b"content-type"),
        "content_encoding": passage.header(b"content-encoding"),
        "user_agent": passage.header(b"user-agent"),
        # some are gone: who sends is said by headers that stay here
        "extent": heads.extent(passage.head),
        "notes": tuple(n for n in heads.notes(passage.head) if n[0] in request.headers),
    }
    return Job(
        service=endpoint.service.service,
        dialect=endpoint.dialect,
        body=body,
        sender=passage.sender,
        **(asked | told),
    )


async def keep(
    records: Records,
    chats: Chats,
    passage: Passage,
    decision: Decision,
    seen: Inspection | None,
    leaving: Leaving,
    **more: Any,
) -> Violation | None:
    """Records what `passage` came to, see `Chats.keep`. Raises LedgerError.

    Whether what is `sent` has left is known later, see `Records.settle`.
    """
    if passage.endpoint is None:
        raise LedgerError("a record about a host that is not inspected")
    sends = leaving if "sent" in more else None
    keeping = partial(
        records.keep,
        decision,
        passage.endpoint,
        passage.sender,
        passage.host,
        policy=passage.policy,
        **more,
    )

    async def record(**what: Any) -> Violation:
        kept = await keeping(**what)
        leaving.is_recorded = True
        if sends is not None:
            sends.kept = kept
        return kept

    if seen is None:
        return await record()
    return await chats.keep(record, seen, decision, passage.sender.service, sends)


def told_why(
    seen: Inspection, endpoint: Endpoint | None, error: Exception, language: str
) -> Inspection:
    """With a refusal that says why nobody answered, where the person can do something about it."""
    if endpoint is None or seen.original is None or not isinstance(error, ConversationTooLong):
        return seen
    told = wording.too_long(language)
    turn = replace(seen.turn, said=told) if seen.turn is not None else None
    return replace(seen, refusal=BY_NAME[endpoint.dialect].refuse(seen.original, told), turn=turn)
