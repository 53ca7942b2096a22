"""DeepSeek's page, `POST /api/v0/chat/completion`.

Source: the public client `g4f` and captures of the page's traffic, read 2026-11-21.
Captures: tests/proxy_addons/golden/deepseek_web/.
Misses: earlier turns, which are kept at the service.
"""

import re
from collections.abc import Iterator, Mapping

from penstock.model import Turn
from proxy_addons.dialects.base import AnswerWriter, Filter, Json, Request
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.page import (
    PageDialect,
    Speaker,
    Spoken,
    event,
    named_files,
    string,
)
from proxy_addons.dialects.restore import Delta, End, restorer
from proxy_addons.dialects.words import WORDS

_WORDS = """
    chat_session_id parent_message_id prompt ref_file_ids thinking_enabled search_enabled
    model_type preempt default challenge_response
"""
_CONTENT = "response/fragments/-1/content"


class DeepSeekWeb(PageDialect):
    """Gives the prompt its role."""

    name = "deepseek_web"
    words = WORDS | frozenset(_WORDS.split())
    turns_at = re.compile("/api/v0/chat/(?:completion|edit_message|regenerate|continue)")

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, node in select(document, "/prompt"):
            yield where, "user", node

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        return string(self.document(request), "/chat_session_id")

    def error(self, message: str) -> Json:
        """The page shows `biz_msg`."""
        return {
            "code": 0,
            "msg": message,
            "data": {"biz_code": 1, "biz_msg": message, "biz_data": None},
        }

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        return restorer(content_type, originals, _Deltas())

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect."""
        asked = string(document, "/prompt")
        parts = (*named_files(document, "/ref_file_ids"), *((asked,) if asked else ()))
        return (Turn("user", parts),) if parts else ()

    def model(self, document: Json) -> str:
        """See PageDialect."""
        return string(document, "/model_type")

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable. The page counts messages, the one before ours being `parent`."""
        parent = next((n for _, n in select(self.document(request), "/parent_message_id")), None)
        asked = parent + 1 if isinstance(parent, int) else 1
        response: Json = {
            "message_id": asked + 1,
            "parent_id": asked,
            "model": model,
            "role": "ASSISTANT",
            "status": "WIP",
            "fragments": [{"id": 1, "type": "RESPONSE", "content": ""}],
        }
        ids: Json = {"request_message_id": asked, "response_message_id": asked + 1}
        ended = event({"p": "response/status", "o": "SET", "v": "FINISHED"}) + event({}, "close")

        def piece(text: str) -> bytes:
            return event({"p": _CONTENT, "o": "APPEND", "v": text})

        return Speaker(
            Spoken(
                "text/event-stream; charset=utf-8",
                event(ids, "ready") + event({"v": {"response": response}}),
                piece,
                lambda _: ended,
                lambda message: piece(f"\n\n{message}") + ended,
            )
        )


class _Deltas:
    """Knows which text a piece goes on: path and operation are said once and then hold."""

    def __init__(self) -> None:
        self._path = ""

    def __call__(self, event: Json) -> Iterator[Delta | End]:
        """See restore.Deltas."""
        match event:
            case {"p": "response/status"}:
                yield End()
            case {"p": str(path)}:
                self._path = path
        for where, fragment in select(event, "/v/response/fragments/*", "/v/*"):
            match fragment:
                case {"type": str(_), "content": str(text)}:
                    yield End()
                    yield Delta(_CONTENT, f"{where}/content", text)
        match event:
            case {"v": str(text)} if self._path.endswith("content"):
                yield Delta(self._path, "/v", text)


dialect = DeepSeekWeb()
