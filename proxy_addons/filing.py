"""Answers that give names: to what was uploaded, or to turns that others go on from.

The answer to an upload is read whole before it goes on; others are heard while they pass.
"""

from mitmproxy.http import HTTPFlow, Response

from penstock.errors import UninspectedError
from penstock.model import Decision
from policy.engine import can_redirect
from proxy_addons.chats.chains import MOST_BYTES, Hearing
from proxy_addons.chats.chats import Chats
from proxy_addons.decoding import decode
from proxy_addons.dialects import BY_NAME, handles
from proxy_addons.dialects.base import Chained, Opening, Request
from proxy_addons.dialects.bodies import essence
from proxy_addons.inspection import Inspection
from proxy_addons.passage import Filing, Passage, passage_of
from proxy_addons.places import log_place

_WHOLE = ("", "application/json", "text/plain", "application/xml", "text/xml")


def later(flow: HTTPFlow, passage: Passage, seen: Inspection, decision: Decision) -> None:
    """Has the answer read for the names it gives, as far as they matter later."""
    if seen.upload is not None:
        passage.filing = Filing(seen.upload, decision)
        flow.request.headers["accept-encoding"] = "identity"
    elif passage.policy is not None and can_redirect(passage.policy.policy):
        _hear(flow, passage, seen)


def opens(flow: HTTPFlow, passage: Passage, seen: Inspection, decision: Decision) -> None:
    """Has the answer heard for the id of a chat that stays inside."""
    dialect = BY_NAME[passage.endpoint.dialect] if passage.endpoint is not None else None
    if isinstance(dialect, Opening) and seen.original is not None:
        passage.hearing = Hearing(dialect, seen.original, "", decision)
        flow.request.headers["accept-encoding"] = "identity"


def _hear(flow: HTTPFlow, passage: Passage, seen: Inspection) -> None:
    """A later turn may have to stay inside, and a model is to know what was said before it."""
    dialect = BY_NAME[passage.endpoint.dialect] if passage.endpoint is not None else None
    if not isinstance(dialect, Chained) or isinstance(dialect, Opening):
        return
    asked, request = seen.original, flow.request
    if asked is None:
        coding, kind = (passage.header(b"content-" + name) for name in (b"encoding", b"type"))
        try:
            body = decode(request.raw_content or b"", coding, MOST_BYTES)
        except UninspectedError:  # longer than what is kept
            return
        asked = Request(request.method, request.path, kind, body)
    passage.hearing = Hearing(dialect, asked, seen.goes_on_from)
    request.headers["accept-encoding"] = "identity"


def is_small(response: Response) -> bool:
    """Whether an answer can be held back until all of it is there; streams of events cannot."""
    length = response.headers.get("content-length", "0")
    is_whole = essence(response.headers.get("content-type", "")) in _WHOLE
    return is_whole and length.isdigit() and int(length) <= handles.ANSWER_BYTES


async def file(flow: HTTPFlow, chats: Chats) -> None:
    """Keeps what was uploaded by the names that its answer gives, before the client has them. A
    name that is not kept is one that nobody knows."""
    passage, answer = passage_of(flow), flow.response
    if passage.hearing is not None:
        await passage.hearing.keep(chats.threads, passage.sender)
    if (filing := passage.filing) is None or answer is None or answer.stream:
        return
    try:
        names = _given(answer, passage)
        if 200 <= answer.status_code < 300:
            await chats.file(filing.upload, names, filing.decision, passage.sender)
    except BaseException as e:
        log_place("keeping what was uploaded", e)


def _given(answer: Response, passage: Passage) -> tuple[str, ...]:
    """The names; a person's values are restored in the answer."""
    coding = answer.headers.get("content-encoding", "")
    body = decode(answer.raw_content or b"", coding, handles.ANSWER_BYTES)
    kind = answer.headers.get("content-type", "")
    names = handles.given(kind, body, answer.headers.get("x-goog-upload-url", ""))
    if (restoring := passage.restoring) is not None:
        restore = restoring.dialect.restore(restoring.request, kind, restoring.originals)
        answer.headers.pop("content-encoding", None)
        answer.content = restore.feed(body) + restore.finish()
    return names
