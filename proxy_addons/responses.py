"""Answers on the wire: our own, and those of services on their way back."""

import html
import json
from collections.abc import Callable
from dataclasses import replace

from mitmproxy.http import Headers, Request, Response
from mitmproxy.net.http import http1
from mitmproxy.net.http.status_codes import RESPONSES

from penstock.model import Action
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Answer, Dialect, Filter
from proxy_addons.dialects.base import Request as Asked
from proxy_addons.passage import Passage
from proxy_addons.places import log_place
from proxy_addons.redirect.redirector import ANSWERED_BY
from proxy_addons.unpacking import Unpacker

ACTION = "penstock-action"
"""Response header of every answer that was acted on: `warn`, `redact`, `redirect` or `block`."""

HEALTH = "/healthz"
"""Where a load balancer asks the proxy itself whether it serves."""

_ABOUT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Penstock</title>
<meta name="viewport" content="width=device-width">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 10vh auto; padding: 0 1rem;
overflow-wrap: break-word }}
</style>
<main>
<h1>This is a proxy</h1>
<p>Penstock stands between this company and public AI services. There is nothing to see at this
address; programs send their requests through it.</p>
<ul>
<li>Browser or system: HTTP and HTTPS proxy <code>{place}</code></li>
<li>Command line: <code>export https_proxy=http://{place}</code></li>
</ul>
<p>Programs have to trust the proxy's certificate authority; whoever runs it has the file
(<code>penstock ca export</code>) and the commands (<code>penstock ca env</code>).</p>
</main>
</html>
"""

_PLAIN = "text/plain"
_NOT_HERE = f"""\
There is nothing here: this is a proxy. / says how to use it, {HEALTH} whether it serves.
Figures: penstock ledger stats, penstock report. A PAC file belongs on a web server of yours.
"""

OURS = (ACTION, ANSWERED_BY)
"""Response headers that services may not send."""

_AS_SHARED = ("gemini_generate", "google_api")
"""Dialects whose errors repeat the status: `error` has it too, `refuse` only that of a refusal."""

_GOOGLE = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    413: "INVALID_ARGUMENT",
    503: "UNAVAILABLE",
}


OVERLOADED = 529
"""What Anthropic says when there is too much at a time, and its clients know; to those of others it
is 503."""


def error(status: int, message: str) -> Response:
    """An error in the shape that the SDKs of OpenAI, Anthropic and Google all show."""
    status = _known(status)
    said = {
        "type": "error",
        "error": {
            "type": "penstock_error",
            "code": status,
            "status": _GOOGLE.get(status, RESPONSES.get(status, "")),
            "message": message,
        },
    }
    body = json.dumps(said, ensure_ascii=False).encode()
    headers = Headers(content_type="application/json", content_length=str(len(body)))
    if status == 503:
        headers["retry-after"] = "1"
    if status == 407:
        headers["proxy-authenticate"] = 'Basic realm="Penstock", charset="UTF-8"'
    return Response.make(status, body, headers)


def refusal(status: int, message: str) -> Response:
    """An error for a request that was stopped."""
    response = error(status, message)
    response.headers[ACTION] = Action.BLOCK.word
    return response


def in_own_words(passage: Passage, request: Request, status: int, message: str) -> Response:
    """An error as clients of the service that `passage` leads to know it."""
    if passage.endpoint is None:
        return error(status, message)
    content_type, agent = passage.header(b"content-type"), passage.header(b"user-agent")
    asked = Asked(request.method, request.path, content_type, b"", agent)
    try:
        return worded(BY_NAME[passage.endpoint.dialect], asked, status, message)
    except Exception as e:
        log_place("wording a refusal", e)
        return error(status, message)


def worded(dialect: Dialect, request: Asked, status: int, message: str) -> Response:
    """An error in the words of `dialect`, so that its clients show it. `request` has no body."""
    if dialect.name in _AS_SHARED:
        return error(status, message)
    told = dialect.refuse(request, message)
    if told.status >= 400:
        headers = [h for h in told.headers if status < 500 or h[0] != "x-should-retry"]
        status, body = (status, told.body) if status < 500 else _as_failure(told.body, status)
        told = replace(told, status=status, headers=tuple(headers), body=body)
    response = answer(told)
    del response.headers[ACTION]
    if status in (503, OVERLOADED):
        response.headers["retry-after"] = "1"
    return response


def _as_failure(body: bytes, status: int) -> tuple[int, bytes]:
    """A refusal's status and body, saying that the way to the service failed and not that the
    request was wrong: clients and whoever counts their errors tell the two apart by these."""
    try:
        said = json.loads(body)
        error = said["error"]
        is_blamed = error["type"] == "invalid_request_error"
    except (ValueError, LookupError, TypeError):
        return _known(status), body
    if not is_blamed:
        return _known(status), body
    # as OpenAI and, without a code, Anthropic say it of themselves
    if "code" in error:
        status = _known(status)
        error |= {"type": "server_error", "code": None}
    else:
        error["type"] = "overloaded_error" if status == OVERLOADED else "api_error"
    return status, json.dumps(said, ensure_ascii=False).encode()


def _known(status: int) -> int:
    """A status that is none of one service alone."""
    return 503 if status == OVERLOADED else status


def answer(prepared: Answer, action: Action = Action.BLOCK) -> Response:
    """What a dialect says in place of the service."""
    headers = Headers([(k.encode(), v.encode()) for k, v in prepared.headers])
    headers["content-type"] = prepared.content_type
    headers["content-length"] = str(len(prepared.body))
    headers[ACTION] = action.word
    return Response.make(prepared.status, prepared.body, headers)


def itself(request: Request, *, serves: bool) -> Response:
    """For who looks at the proxy itself: a page at `/`, at `HEALTH` whether it `serves`."""
    match request.path.partition("?")[0]:
        case "/":
            place = html.escape(f"{request.pretty_host}:{request.port}")
            status, text, kind = 200, _ABOUT.format(place=place), "text/html"
        case path if path == HEALTH:
            status, text, kind = (200, "ok\n", _PLAIN) if serves else (503, "stopping\n", _PLAIN)
        case _:
            status, text, kind = 404, _NOT_HERE, _PLAIN
    headers = Headers(content_type=f"{kind}; charset=utf-8", cache_control="no-store")
    response = Response.make(status, text.encode(), headers)
    if request.method == "HEAD":
        response.raw_content = b""  # its length stays in the head
    return response


def failed(status: int, message: str) -> Response:
    """An error of the connection itself; of a bad request nothing is repeated."""
    return error(status, message if status >= 500 else RESPONSES.get(status, "Bad Request"))


def bare(status_code: int, message: str = "") -> bytes:
    """The same as bytes of HTTP/1.1, for a connection that ends with it."""
    response = failed(status_code, message)
    response.headers["connection"] = "close"
    return http1.assemble_response(response)  # type: ignore[no-any-return]


def restoring(response: Response, restore: Filter, *, chunked: bool) -> None:
    """Lets the answer's body pass through `restore`, piece by piece, and fits its headers to that.

    `chunked`: the client is one of HTTP/1.1, where a body of unknown length needs it.
    Raises UninspectedError for a content coding that nobody asked for and we cannot undo.
    """
    unpacker = Unpacker(response.headers.get("content-encoding", ""))
    response.headers.pop("content-encoding", None)
    response.headers.pop("content-length", None)
    for name in ("etag", "content-md5", "digest", "content-digest", "repr-digest", "accept-ranges"):
        response.headers.pop(name, None)  # about other bytes than these
    if chunked:
        response.headers["transfer-encoding"] = "chunked"
    response.stream = _through(unpacker, restore)


def _through(unpacker: Unpacker, restore: Filter) -> Callable[[bytes], list[bytes]]:
    def step(data: bytes) -> list[bytes]:
        if data:
            pieces = [restore.feed(piece) for piece in unpacker.feed(data)]
        else:  # mitmproxy's sign for the end
            pieces = [restore.feed(piece) for piece in unpacker.finish()]
            pieces.append(restore.finish())
        return [piece for piece in pieces if piece]

    return step
