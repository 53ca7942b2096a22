"""Qwen's page, `POST /api/v2/chat/completions`: messages as in OpenAI's API, with more in them.

Source: the public client `g4f`, one public source, read 2026-11-21.
Captures: tests/proxy_addons/golden/qwen_web/.
Misses: earlier turns and files, which are kept at the service.
"""

import re
from collections.abc import Iterator

from penstock.model import Turn
from proxy_addons.dialects.base import AnswerWriter, Json, Request
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.openai_chat import ROLES, said
from proxy_addons.dialects.openai_chat import dialect as api
from proxy_addons.dialects.page import (
    PageDialect,
    Speaker,
    Spoken,
    event,
    refuse_files,
    spoken_turns,
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


class QwenWeb(PageDialect):
    """Gives messages their roles."""

    name = "qwen_web"
    words = WORDS | frozenset(_WORDS.split())
    turns_at = re.compile("/api/v2/chat/completions")

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, message in select(document, "/messages/*"):
            role = ROLES.get(string(message, "/role"), "other")
            for place, node in select(message, "/content"):
                yield from said(where + place, role, node)

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        return string(self.document(request), "/chat_id")

    def error(self, message: str) -> Json:
        """The page shows `details`."""
        return {"success": False, "data": {"code": "Forbidden", "details": message}}

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect. A text is thought before it is answered."""
        yield from api.deltas(event)
        for _, status in select(event, "/choices/*/delta/status"):
            if status == "finished":
                yield End()

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect."""
        refuse_files(document, "/messages/*/files/*")
        return spoken_turns(self.roles(document))

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
