"""OpenAI Realtime over a WebSocket, `/v1/realtime`: a session whose messages are events.

Source: wire types of the `openai` Python SDK 3.52 (`openai.types.realtime`), read 2026-11-21.
Captures: tests/proxy_addons/golden/openai_realtime/.
Misses: speech, which is reported as unread; items that are named by an id.
"""

from collections.abc import Iterator

from proxy_addons.dialects.base import Answer, Json, Request
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.messages import METHOD, STAYS_OPEN, TYPE, Message, pack
from proxy_addons.dialects.openai_chat import ROLES, said
from proxy_addons.dialects.openai_chat_answer import error
from proxy_addons.dialects.openai_responses import dialect as responses
from proxy_addons.dialects.restore import Delta, End


class OpenAIRealtime(Generic):
    """Gives instructions and items their roles; tools and settings are swept up as `other`."""

    name = "openai_realtime"
    words = Generic.words | {
        *("session", "item", "event_id", "audio", "session.update", "response.create"),
        *("response.cancel", "conversation.item.create", "input_audio_buffer.append"),
    }

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, text in select(document, "/session/instructions", "/response/instructions"):
            yield where, "system", text
        for where, item in select(document, "/item", "/response/input/*"):
            match item:
                case {"role": str(role), "content": content}:
                    yield from said(f"{where}/content", ROLES.get(role, "other"), content)
                case {"output": output}:
                    yield f"{where}/output", "tool", output
                case {"arguments": arguments}:
                    yield f"{where}/arguments", "assistant", arguments

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect. The events are named as those of the responses API."""
        yield from responses.deltas(event)
        match event:
            case {"type": "response.done"}:
                yield End()

    def refuse(self, request: Request, message: str) -> Answer:
        """The API's own error event; the session goes on."""
        if request.method != METHOD:
            return super().refuse(request, message)
        said = {"type": "error", "event_id": "event_penstock", "error": _error(message)}
        return Answer(STAYS_OPEN, TYPE, pack(Message(dump(said))))


def _error(message: str) -> Json:
    match error(message, "invalid_prompt"):
        case {"error": dict(told)}:
            return {**told, "event_id": None}
        case other:
            return other


dialect = OpenAIRealtime()
"""Reads, refuses and restores; a session has no form for an answer from inside."""
