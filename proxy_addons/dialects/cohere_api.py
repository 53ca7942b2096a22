"""The rest of Cohere's API: the older chat, embeddings, reranking, generation, data sets.

Source: `cohere` Python SDK 7.3, read 2026-11-28. Captures: tests/proxy_addons/golden/cohere_api/.
Misses: pictures and sound.
"""

from proxy_addons.dialects.base import Answer
from proxy_addons.dialects.endpoints import Endpoints
from proxy_addons.dialects.json_text import dump

_ROLES = {
    "/preamble": "system",
    "/message": "user",
    "/chat_history/*/message": "user",
    "/prompt": "user",
    "/text": "user",
    "/texts/*": "user",
    "/query": "user",
    "/inputs/*": "user",
    "/inputs/*/content/*/text": "user",
    "/documents/*": "user",
    "/documents/*/text": "user",
}


def refusal(message: str) -> Answer:
    """The API's own error: its SDK raises it with the message."""
    return Answer(400, "application/json", dump({"message": message}))


dialect = Endpoints("cohere_api", _ROLES, refusal, {"/text": False})
