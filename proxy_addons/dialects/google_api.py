"""The rest of Google's generative APIs: interactions, pictures and films, files, stores, Vertex.

Source: `google-genai` 3.4 (`google.genai.types`, `interactions`), ai.google.dev/api, read
2026-11-28. Captures: tests/proxy_addons/golden/google_api/.
Misses: files that hold no text.
"""

from collections.abc import Sequence
from dataclasses import replace

from penstock.model import Edit, Prompt
from proxy_addons.dialects.base import Answer, Request
from proxy_addons.dialects.endpoints import Endpoints
from proxy_addons.dialects.gemini_generate import CREDENTIALS
from proxy_addons.dialects.gemini_generate_answer import error
from proxy_addons.dialects.json_text import dump

_ROLES = {
    "/system_instruction": "system",
    "/input": "user",
    "/input/*/text": "user",
    "/input/*/content": "user",
    "/input/*/content/*/text": "user",
    "/instances/*/prompt": "user",
    "/instances/*/content": "user",
    "/query": "user",
    "/query/text": "user",
    "/queryInput/text/text": "user",
}


def _refusal(message: str) -> Answer:
    body = dump(error(message, 400, "INVALID_ARGUMENT"))
    return Answer(400, "application/json; charset=UTF-8", body)


class GoogleApi(Endpoints):
    """Reads the bytes of a resumable upload as what they are: SDKs call all of them JSON."""

    def parse(self, request: Request) -> Prompt:
        """See Dialect."""
        return super().parse(_as_bytes(request))

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect."""
        if not edits:
            return request
        edited = super().rewrite(_as_bytes(request), edits)
        return replace(edited, content_type=request.content_type)


def _as_bytes(request: Request) -> Request:
    path, _, query = request.target.partition("?")
    if not path.startswith("/upload/") or "upload_id=" not in query:
        return request
    return replace(request, content_type="")


dialect = GoogleApi(
    "google_api",
    _ROLES,
    _refusal,
    {"/delta/text": False, "/delta/arguments": True},
    CREDENTIALS,
)
