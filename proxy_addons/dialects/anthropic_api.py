"""The rest of Anthropic's API: files, skills, agents' sessions, the old text completions.

Source: `anthropic` Python SDK 2.11 (`anthropic.types`), read 2026-11-28.
Captures: tests/proxy_addons/golden/anthropic_api/.
Misses: files that hold no text.
"""

from proxy_addons.dialects.anthropic_messages import NO_RETRY
from proxy_addons.dialects.anthropic_messages_answer import error
from proxy_addons.dialects.base import Answer
from proxy_addons.dialects.endpoints import Endpoints
from proxy_addons.dialects.json_text import dump

_ROLES = {
    "/system": "system",
    "/system/*/text": "system",
    "/prompt": "user",
    "/content": "user",
    "/events/*/content": "user",
    "/events/*/content/*/text": "user",
}


def _refusal(message: str) -> Answer:
    return Answer(400, "application/json", dump(error(message)), NO_RETRY)


dialect = Endpoints("anthropic_api", _ROLES, _refusal, {"/completion": False})
