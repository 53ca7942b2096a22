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
from proxy_addons.dialects.messages_page import MessagesPage
from proxy_addons.dialects.page import (
    Speaker,
    Spoken,
    event,
    refuse_files,
    spoken_turns,
)
from proxy_addons.dialects.restore import Delta, End
from proxy_addons.dialects.words import WORDS

_WORDS = """
    signature_prompt chat_id params extra features image_generation web_search auto_web_search
    preview_mode flags enable_thinking variables mcp_servers model_item background_tasks
    title_generation tags_generation files current_user_message_id current_user_message_parent_id
"""


class ZaiWeb(MessagesPage):
    """Gives messages and the repeated prompt their roles."""

    name = "zai_web"
    words = WORDS | frozenset(_WORDS.split())
    credentials = frozenset({"token"})
    turns_at = re.compile(r"/api(?:/v2)?/chat/completions")

    files_at = ("/files/*",)

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        yield from super().roles(document)
        for where, node in select(document, "/signature_prompt"):
            yield where, "user", node

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
        """See PageDialect. The prompt counts once."""
        refuse_files(document, *self.files_at)
        return spoken_turns(super().roles(document))

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
