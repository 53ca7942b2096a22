"""The rest of Google's generative APIs: interactions, pictures and films, files, stores, Vertex.

Source: `google-genai` 3.4 (`google.genai.types`, `interactions`), ai.google.dev/api, read
2026-11-28. Captures: tests/proxy_addons/golden/google_api/.
Misses: files that are not text; what a file's name stands for (it is read when it is uploaded).
"""

from proxy_addons.dialects.base import Answer
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


dialect = Endpoints(
    "google_api",
    _ROLES,
    _refusal,
    {"/delta/text": False, "/delta/arguments": True},
    CREDENTIALS,
)
