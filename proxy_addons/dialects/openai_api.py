"""The rest of OpenAI's API: embeddings, images, audio, files, batches, assistants and threads.

Source: `openai` Python SDK 3.52 (`openai.types`) and the public OpenAPI description, read
2026-11-28. Captures: tests/proxy_addons/golden/openai_api/.
Misses: pictures and sound; prompts sent as token ids, which are reported as unread.
"""

from proxy_addons.dialects.base import Answer
from proxy_addons.dialects.endpoints import Endpoints
from proxy_addons.dialects.json_text import dump
from proxy_addons.dialects.openai_chat import NO_RETRY
from proxy_addons.dialects.openai_chat_answer import error

ROLES = {
    "/instructions": "system",
    "/additional_instructions": "system",
    "/input": "user",
    "/input/*": "user",
    "/input/*/text": "user",
    "/prompt": "user",
    "/query": "user",
    "/queries/*": "user",
    "/documents/*": "user",
    "/documents/*/text": "user",
    "/content": "user",
    "/content/*/text": "user",
    "/messages/*/content": "user",
    "/messages/*/content/*/text": "user",
    "/additional_messages/*/content": "user",
    "/additional_messages/*/content/*/text": "user",
    "/thread/messages/*/content": "user",
    "/thread/messages/*/content/*/text": "user",
    "/items/*/content": "user",
    "/items/*/content/*/text": "user",
    "/tool_outputs/*/output": "tool",
}
SPELLED = {
    "/delta": False,  # of a transcript
    "/delta/content/*/text/value": False,  # of a thread's message
    "/delta/step_details/tool_calls/*/function/arguments": True,
    "/delta/step_details/tool_calls/*/code_interpreter/input": False,
}


def refusal(message: str) -> Answer:
    """The API's own error, for those who never stream one."""
    body = dump(error(message, "content_policy_violation"))
    return Answer(400, "application/json", body, NO_RETRY)


dialect = Endpoints("openai_api", ROLES, refusal, SPELLED)
