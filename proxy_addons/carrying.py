"""What a verdict does to a request, another body or another way, and then to its answer."""

from mitmproxy.http import Headers, HTTPFlow, Request, Response

from penstock.model import Action, Decision
from proxy_addons import responses
from proxy_addons.contracts import Opened
from proxy_addons.decoding import decode
from proxy_addons.dialects import BY_NAME, base, handles
from proxy_addons.dialects.bodies import essence
from proxy_addons.inspection import Inspection
from proxy_addons.passage import Filing, Passage, Restoring, passage_of

_SMALL = handles.ANSWER_BYTES
_ABOUT_THE_BODY = (
    "content-encoding",
    "transfer-encoding",
    "content-md5",
    "digest",
    "content-digest",
    "repr-digest",
)


def rewrite(request: Request, instead: base.Request) -> None:
    """Gives the request the target and body of `instead`; an answer must come unpacked."""
    request.path = instead.target
    request.raw_content = instead.body
    for name in _ABOUT_THE_BODY:
        request.headers.pop(name, None)
    if instead.body or "content-length" in request.headers:
        request.headers["content-length"] = str(len(instead.body))
    if instead.content_type and instead.content_type != request.headers.get("content-type"):
        request.headers["content-type"] = instead.content_type
    request.headers["accept-encoding"] = "identity"


def restore_later(flow: HTTPFlow, passage: Passage, seen: Inspection) -> None:
    """Has a person's values put back into the answer, as far as some were taken out."""
    if passage.endpoint is None or seen.original is None or not seen.verdict.originals:
        return
    dialect = BY_NAME[passage.endpoint.dialect]
    passage.restoring = Restoring(dialect, seen.original, seen.verdict.originals)
    flow.request.headers["accept-encoding"] = "identity"


def reroute(flow: HTTPFlow, opened: Opened) -> None:
    """Sends the flow to where an internal model's answer waits. Nothing of the request goes there:
    no body, no header, no credential."""
    place = f"{opened.host}:{opened.port}"
    headers = Headers(host=place)
    flow.request = Request.make("GET", f"http://{place}{opened.path}", headers=headers)


def let_back(flow: HTTPFlow) -> None:
    """Has the answer stream to the client, marked, with a person's values restored."""
    passage, response = passage_of(flow), flow.response
    if response is None or not passage.is_open:
        return  # our own answer
    given = {name.lower() for name, _ in response.headers.fields}
    if b"alt-svc" in given:
        del response.headers["alt-svc"]  # another way that would not lead through here
    if passage.action is not Action.REDIRECT:
        for name in responses.OURS:
            if name.encode() in given:
                del response.headers[name]
    if passage.action > Action.ALLOW:
        response.headers[responses.ACTION] = passage.action.word
    if passage.filing is not None and _is_small(response):
        return  # read whole, see `names_given`
    if _is_empty(flow.request, response):
        response.stream = True
        return
    if passage.joining is not None and response.status_code == 200:
        return responses.restoring(response, passage.joining, chunked=flow.request.is_http11)
    if (restoring := passage.restoring) is None:
        response.stream = True
        return
    content_type = response.headers.get("content-type", "")
    restore = restoring.dialect.restore(restoring.request, content_type, restoring.originals)
    responses.restoring(response, restore, chunked=flow.request.is_http11)


def file_later(flow: HTTPFlow, passage: Passage, seen: Inspection, decision: Decision) -> None:
    """Has the answer read for the names of what was uploaded, if it was."""
    if seen.upload is not None:
        passage.filing = Filing(seen.upload, decision)
        flow.request.headers["accept-encoding"] = "identity"


def names_given(flow: HTTPFlow, passage: Passage) -> tuple[str, ...]:
    """The names that the answer to an upload gives, which is there as a whole; a person's values
    are restored in it."""
    response = flow.response
    assert response is not None
    body = decode(response.raw_content or b"", response.headers.get("content-encoding", ""), _SMALL)
    content_type = response.headers.get("content-type", "")
    names = handles.given(content_type, body, response.headers.get("x-goog-upload-url", ""))
    if (restoring := passage.restoring) is not None:
        restore = restoring.dialect.restore(restoring.request, content_type, restoring.originals)
        response.headers.pop("content-encoding", None)
        response.content = restore.feed(body) + restore.finish()
    return names


def _is_small(response: Response) -> bool:
    """Whether an answer can be held back until all of it is there; streams of events cannot."""
    length = response.headers.get("content-length", "0")
    kind = essence(response.headers.get("content-type", ""))
    is_whole = kind in ("", "application/json", "text/plain", "application/xml", "text/xml")
    return is_whole and length.isdigit() and int(length) <= _SMALL


def _is_empty(request: Request, response: Response) -> bool:
    return (
        request.method == "HEAD"
        or response.status_code in (101, 204, 304)
        or response.headers.get("content-length") == "0"
    )
