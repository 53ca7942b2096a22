"""What a verdict does to a request: nothing, another body, or another way."""

from mitmproxy.http import Headers, HTTPFlow, Request

from proxy_addons.contracts import Opened
from proxy_addons.dialects import base

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


def reroute(flow: HTTPFlow, opened: Opened) -> None:
    """Sends the flow to where an internal model's answer waits. Nothing of the request goes there:
    no body, no header, no credential."""
    place = f"{opened.host}:{opened.port}"
    headers = Headers(host=place)
    flow.request = Request.make("GET", f"http://{place}{opened.path}", headers=headers)
