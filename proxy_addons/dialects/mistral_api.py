"""The rest of Mistral's API: conversations with agents, embeddings, files, OCR, moderations.

Source: `mistralai` Python SDK 3.7 (`mistralai.client.models`), read 2026-11-28.
Captures: tests/proxy_addons/golden/mistral_api/.
Misses: pictures, sound and files that are not text; earlier turns that are kept at the service.
"""

from proxy_addons.dialects.base import Answer
from proxy_addons.dialects.endpoints import Endpoints
from proxy_addons.dialects.json_text import dump
from proxy_addons.dialects.openai_api import ROLES

_ROLES = {
    **ROLES,
    "/inputs": "user",
    "/inputs/*": "user",
    "/inputs/*/content": "user",
    "/inputs/*/content/*/text": "user",
    "/inputs/*/result": "tool",
}
_SPELLED = {"/content": False, "/content/text": False, "/arguments": True, "/delta": False}


def refusal(message: str) -> Answer:
    """The API's own error, as its SDK shows it."""
    error = {
        "object": "error",
        "message": message,
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
    return Answer(400, "application/json", dump({**error}))


dialect = Endpoints("mistral_api", _ROLES, refusal, _SPELLED)
