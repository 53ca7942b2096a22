"""Perplexity's page, `POST /rest/sse/perplexity_ask`. The question stands in it twice.

Source: public clients of the page (`helallao/perplexity-ai`, `g4f`), read 2026-11-21.
Captures: tests/proxy_addons/golden/perplexity_web/.
Misses: earlier questions, which are kept at the service; files, which are here by their addresses;
how the page shows an error, which no public source tells.
"""

import re
from collections.abc import Iterator

from penstock.model import Turn
from proxy_addons.dialects.base import AnswerWriter, Json, Request
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.page import (
    PageDialect,
    Speaker,
    Spoken,
    event,
    refuse_files,
    string,
    uuid,
)
from proxy_addons.dialects.restore import Delta, End
from proxy_addons.dialects.words import WORDS

_ASKED = ("/query_str", "/params/dsl_query")
_CHUNK = re.compile(r"/chunks/\d+")
_WORDS = """
    query_str params dsl_query attachments mode concise copilot model_preference search_focus
    internet writing sources web scholar social frontend_uuid frontend_context_uuid
    last_backend_uuid read_write_token is_incognito language timezone version
    use_schematized_api supported_block_use_cases prompt_source query_source home followup
    turbo search_recency_filter is_related_query send_back_text_in_streaming_api
"""


class PerplexityWeb(PageDialect):
    """Gives the question its role in both places."""

    name = "perplexity_web"
    words = WORDS | frozenset(_WORDS.split())
    turns_at = re.compile("/rest/sse/perplexity_ask")

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, node in select(document, *_ASKED):
            yield where, "user", node

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        return string(self.document(request), "/params/frontend_context_uuid")

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect. Chunks come one by one, or all there are in a list."""
        for at, block in select(event, "/blocks/*"):
            chunks = [*select(block, "/markdown_block/chunks/*")]
            for place, patch in select(block, "/diff_block/patches/*"):
                match patch:
                    case {"op": "add", "path": str(path), "value": str(text)} if _CHUNK.fullmatch(
                        path
                    ):
                        yield Delta("chunks", f"{at}{place}/value", text)
                chunks += [(place + w, n) for w, n in select(patch, "/value/chunks/*")]
            if chunks:
                yield End()
            for place, chunk in chunks:
                if isinstance(chunk, str):
                    yield Delta("chunks", at + place, chunk)
        match event:
            case {"final": True}:
                yield End()

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect."""
        refuse_files(document, "/params/attachments")
        asked = string(document, *_ASKED)
        return (Turn("user", (asked,)),) if asked else ()

    def model(self, document: Json) -> str:
        """See PageDialect."""
        return string(document, "/params/model_preference")

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        document = self.document(request)
        context = string(document, "/params/frontend_context_uuid")
        id = string(document, "/params/frontend_uuid") or uuid("perplexity", context)
        asked = string(document, *_ASKED)

        def said(text: str, *, ended: bool) -> bytes:
            answer: Json = {
                "answer": text,
                "chunks": [text],
                "chunk_starting_offset": 0,
                "progress": "DONE" if ended else "IN_PROGRESS",
            }
            document: Json = {
                "backend_uuid": id,
                "context_uuid": context,
                "uuid": id,
                "frontend_context_uuid": context,
                "display_model": model,
                "query_str": asked,
                "thread_title": asked[:60],
                "status": "COMPLETED" if ended else "PENDING",
                "text_completed": ended,
                "final": ended,
                "final_sse_message": ended,
                "blocks": [{"intended_usage": "ask_text", "markdown_block": answer}],
            }
            return event(document, "message")

        return Speaker(
            Spoken(
                "text/event-stream; charset=utf-8",
                b"",
                lambda text: said(text, ended=False),
                lambda text: said(text, ended=True) + event({}, "end_of_stream"),
                lambda message: said(message, ended=True) + event({}, "end_of_stream"),
                says_all=True,
            )
        )


dialect = PerplexityWeb()
