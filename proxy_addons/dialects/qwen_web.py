"""Qwen's page, `POST /api/v2/chat/completions`: messages as in OpenAI's API, with more in them.

Source: the public client `g4f`, one public source, read 2026-11-21.
Captures: tests/proxy_addons/golden/qwen_web/.
Misses: earlier turns and files, which are kept at the service.
"""

import re
from collections.abc import Iterator

from proxy_addons.dialects.base import AnswerWriter, Json, Request
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.messages_page import MessagesPage
from proxy_addons.dialects.openai_chat import dialect as api
from proxy_addons.dialects.page import (
    Speaker,
    Spoken,
    event,
    string,
    uuid,
)
from proxy_addons.dialects.restore import Delta, End
from proxy_addons.dialects.words import WORDS

_WORDS = """
    incremental_output chat_id chat_mode normal parent_id parentId fid childrenIds files chat_type
    t2t t2i search user_action chat feature_config thinking_enabled output_schema phase extra meta
    subChatType sub_chat_type timestamp models version research_mode auto_search
"""


class QwenWeb(MessagesPage):
    """Gives messages their roles."""

    name = "qwen_web"
    words = WORDS | frozenset(_WORDS.split())
    turns_at = re.compile("/api/v2/chat/completions")

    files_at = ("/messages/*/files/*",)

    def error(self, message: str) -> Json:
        """The page shows `details`."""
        return {"success": False, "data": {"code": "Forbidden", "details": message}}

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect. A text is thought before it is answered."""
        yield from api.deltas(event)
        for _, status in select(event, "/choices/*/delta/status"):
            if status == "finished":
                yield End()

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        document, chat = self.document(request), self.conversation(request)
        asked = string(document, "/messages/*/fid", "/messages/*/content")
        id = uuid("qwen answer", chat, asked)
        created: Json = {"response.created": {"chat_id": chat, "response_id": id}}

        def say(text: str, status: str) -> bytes:
            delta: Json = {
                "role": "assistant",
                "content": text,
                "phase": "answer",
                "status": status,
            }
            return event({"choices": [{"delta": delta}], "response_id": id})

        return Speaker(
            Spoken(
                "text/event-stream; charset=utf-8",
                event(created),
                lambda text: say(text, "typing"),
                lambda _: say("", "finished"),
                lambda message: say(f"\n\n{message}", "finished"),
            )
        )


dialect = QwenWeb()
