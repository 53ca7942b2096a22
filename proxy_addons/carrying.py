"""What a verdict does to a request, another body or another way, and then to its answer."""

from urllib.parse import urlsplit

from mitmproxy.http import Headers, HTTPFlow, Request, Response

from penstock.model import Action
from proxy_addons import filing, responses
from proxy_addons.contracts import Opened
from proxy_addons.dialects import BY_NAME, base
from proxy_addons.inspection import Inspection
from proxy_addons.names import canonical
from proxy_addons.passage import Passage, Restoring, passage_of
from proxy_addons.services import Service

_ABOUT_THE_BODY = (
    "content-encoding",
    "transfer-encoding",
    "content-md5",
    "digest",
    "content-digest",
    "repr-digest",
)
_ALLOWED = "access-control-allow-origin"
_ALWAYS_SHOWN = ("content-type", "content-length")
"""Headers that every page may read."""


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
    if response is None:
        return
    if not passage.is_open or passage.action is Action.REDIRECT:
        _let_read(response, passage)
    if not passage.is_open:
        return  # our own answer
    given = {name.lower() for name, _ in response.headers.fields}
    if b"alt-svc" in given:
        del response.headers["alt-svc"]  # another way that would not lead through here
    if passage.action is Action.REDIRECT:
        # the gateway closes; the client's own connection is good for more
        response.headers.pop("connection", None)
    else:
        for name in responses.OURS:
            if name.encode() in given:
                del response.headers[name]
    if passage.action > Action.ALLOW:
        response.headers[responses.ACTION] = passage.action.word
    if passage.filing is not None and filing.is_small(response):
        return  # read whole, see `filing`
    if _is_empty(flow.request, response):
        response.stream = True
        return
    if passage.joining is not None and response.status_code == 200:
        return responses.restoring(response, passage.joining, chunked=flow.request.is_http11)
    content_type = response.headers.get("content-type", "")
    restore: base.Filter | None = None
    if (restoring := passage.restoring) is not None:
        restore = restoring.dialect.restore(restoring.request, content_type, restoring.originals)
    if passage.hearing is not None and response.status_code == 200:
        restore = passage.hearing.around(content_type, restore)
    if restore is None:
        response.stream = True
        return
    responses.restoring(response, restore, chunked=flow.request.is_http11)


def _let_read(response: Response, passage: Passage) -> None:
    """Has a browser let a page of the service read our answer: pages put files at other hosts."""
    origin, asked = passage.header(b"origin"), passage.endpoint
    if asked is None or not _is_own(origin, asked.service) or _ALLOWED in response.headers:
        return
    shown = ", ".join(name for name in response.headers if name not in _ALWAYS_SHOWN)
    response.headers[_ALLOWED] = origin
    response.headers["access-control-allow-credentials"] = "true"
    response.headers["access-control-expose-headers"] = shown
    response.headers["vary"] = "origin"


def _is_own(origin: str, service: Service) -> bool:
    """Whether a page of that origin is one of the service's: any other learns nothing of what was
    kept or refused and what was not."""
    try:
        url = urlsplit(origin)
        return url.scheme == "https" and service.is_at(canonical(url.hostname or ""))
    except ValueError:
        return False


def _is_empty(request: Request, response: Response) -> bool:
    return (
        request.method == "HEAD"
        or response.status_code in (101, 204, 304)
        or response.headers.get("content-length") == "0"
    )
