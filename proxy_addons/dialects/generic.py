"""Any request at all: every string of JSON, forms, multipart bodies, lines, text and bytes.

For the endpoints of AI services whose format nobody wrote a dialect for. Nothing has a role here.
Captures: tests/proxy_addons/golden/generic/. Misses: what is encrypted, compressed inside the
body, or an image: such bytes are reported as unread.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace

from penstock.model import Edit, Prompt
from proxy_addons.dialects import bodies, messages, remote_calls
from proxy_addons.dialects.base import Answer, Filter, Request
from proxy_addons.dialects.json_body import JsonDialect
from proxy_addons.dialects.json_text import dump, load
from proxy_addons.dialects.restore import restorer
from proxy_addons.dialects.words import WORDS

REFUSED = 1008
"""Closes a socket whose message goes against a policy. Source: RFC 6455, section 7.4.1."""

_JSON = "application/json"
_PAGE = """<!doctype html>
<html lang="">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.125rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 10vh auto;
padding: 0 1rem; overflow-wrap: break-word }}
</style>
<main>
<h1>{title}</h1>
<p>{reason}</p>
</main>
</html>
"""


class Generic(JsonDialect):
    """Reads a body as the JSON document that holds its texts, and edits it there."""

    name = "generic"
    words = WORDS | {"headers", "decoded", "packed", "runs"}

    def parse(self, request: Request) -> Prompt:
        """See Dialect. Bytes that are no text are unread, and their letters are read."""
        reading = bodies.read(request.body, request.content_type)
        prompt = super().parse(_as_json(request, reading))
        return replace(prompt, unread=tuple(sorted({*prompt.unread, *reading.unread})))

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect. Raises CannotRewrite for an edit of what can be read but not written."""
        if not edits:
            return request
        reading = bodies.read(request.body, request.content_type)
        edited = super().rewrite(_as_json(request, reading), edits)
        if reading.is_json or not request.body:
            return replace(edited, content_type=request.content_type)
        new = load(edited.body.decode())
        return replace(request, target=edited.target, body=reading.write(new))

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        if (framing := remote_calls.framing(bodies.essence(content_type))) is not None:
            return restorer(content_type, originals, remote_calls.spelled, framing)
        return super().restore(request, content_type, originals)

    def refuse(self, request: Request, message: str) -> Answer:
        """A page where a person's browser opens one, a line where nothing was posted, else JSON.

        Status 400 is not tried again, and no program takes it for a sign-in that failed. A socket
        is closed, with the beginning of the message as its reason.
        """
        if request.method == messages.METHOD:
            return Answer(REFUSED, "text/plain; charset=utf-8", messages.reason(message))
        if (call := remote_calls.refusal(request.content_type, message)) is not None:
            return call
        if request.body or request.method not in ("GET", "HEAD"):
            return self.error(message)
        if "mozilla/" not in request.user_agent.lower():
            return Answer(400, "text/plain; charset=utf-8", f"{message}\n".encode())
        title, _, reason = html.escape(message).partition(": ")
        page = _PAGE.format(title=title, reason=reason[:1].upper() + reason[1:])
        return Answer(400, "text/html; charset=utf-8", page.encode())

    def error(self, message: str) -> Answer:
        """What a program is told."""
        return Answer(400, _JSON, dump({"error": {"message": message, "type": "policy"}}))


def _as_json(request: Request, reading: bodies.Reading) -> Request:
    """The same request with its texts in a JSON body."""
    body = request.body if reading.is_json else dump(reading.document)
    return replace(request, content_type=_JSON, body=body if request.body else b"")


dialect = Generic()
