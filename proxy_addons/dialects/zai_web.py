"""Z.ai's page, `POST /api/v2/chat/completions`: the prompt stands in it twice.

Source: the public client `g4f`, one public source, read 2026-11-21.
Captures: tests/proxy_addons/golden/zai_web/.
Misses: files, which are kept at the service.
"""

import re
from collections.abc import Iterator

from penstock.model import Turn
from proxy_addons.dialects.base import AnswerWriter, Json, Request
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.openai_chat import ROLES, said
from proxy_addons.dialects.page import (
    PageDialect,
    Speaker,
    Spoken,
    event,
    refuse_files,
    spoken_turns,
    string,
)
from proxy_addons.dialects.restore import Delta, End
from proxy_addons.dialects.words import WORDS

_WORDS = """
    signature_prompt chat_id params extra features image_generation web_search auto_web_search
    preview_mode flags enable_thinking variables mcp_servers model_item background_tasks
    title_generation tags_generation files current_user_message_id current_user_message_parent_id
"""


class ZaiWeb(PageDialect):
    """Gives messages and the repeated prompt their roles."""

    name = "zai_web"
    words = WORDS | frozenset(_WORDS.split())
    credentials = frozenset({"token"})
    turns_at = re.compile(r"/api(?:/v2)?/chat/completions")

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, message in select(document, "/messages/*"):
            role = ROLES.get(string(message, "/role"), "other")
            for place, node in select(message, "/content"):
                yield from said(where + place, role, node)
        for where, node in select(document, "/signature_prompt"):
            yield where, "user", node

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        return string(self.document(request), "/chat_id")

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect."""
        match event:
            case {"data": {"delta_content": str(text), "phase": phase}}:
                yield Delta(f"{phase}", "/data/delta_content", text)
            case {"data": {"delta_content": str(text)}}:
                yield Delta("", "/data/delta_content", text)
        match event:
            case {"data": {"done": True}}:
                yield End()

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect."""
        refuse_files(document, "/files/*")
        roles = self.roles(document)
        return spoken_turns((w, r, t) for w, r, t in roles if w != "/signature_prompt")

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""

        def say(text: str, phase: str) -> bytes:
            data: Json = {"delta_content": text, "phase": phase, "done": phase == "done"}
            return event({"type": "chat:completion", "data": data})

        return Speaker(
            Spoken(
                "text/event-stream; charset=utf-8",
                b"",
                lambda text: say(text, "answer"),
                lambda _: say("", "done"),
                lambda message: say(f"\n\n{message}", "answer") + say("", "done"),
            )
        )


dialect = ZaiWeb()
