"""Meta AI's page: a GraphQL mutation in a form, `useAbraSendMessageMutation`.

Source: the public clients `meta-ai-api` (2024) and `g4f`, read 2026-11-21; old, so this may have
changed. Captures: tests/proxy_addons/golden/meta_ai/.
Misses: earlier turns, which are kept at the service.
"""

import re
from collections.abc import Iterator

from penstock.model import Turn
from proxy_addons.dialects.base import AnswerWriter, Json, Request
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.nested import Nested
from proxy_addons.dialects.page import PageDialect, Speaker, Spoken, line, string, uuid
from proxy_addons.dialects.words import WORDS

_ASKED = "/variables/message/sensitive_string_value"
_WORDS = """
    variables message sensitive_string_value externalConversationId offlineThreadingId
    suggestedPromptIndex entrypoint icebreaker_type TEXT attachments is_mention doc_id
    server_timestamps fb_api_caller_class RelayModern fb_api_req_friendly_name
    useAbraSendMessageMutation promptPrefix flashVideoRecapInput images qplJoinId av __user __a
    __req __hs dpr __ccg __rev __s __hsi __dyn __csr __comet_req __spin_r __spin_b __spin_t
"""


class MetaAI(Nested, PageDialect):
    """Gives the prompt its role; the form of other operations is `other`."""

    name = "meta_ai"
    words = WORDS | frozenset(_WORDS.split())
    secret_fields = frozenset({"access_token", "lsd", "fb_dtsg", "jazoest"})
    ids = re.compile(rf"{PageDialect.ids.pattern}|\d{{15,20}}")
    levels = 1
    turns_at = re.compile("(?:/api)?/graphql/?")

    def is_turn(self, request: Request) -> bool:
        """See PageDialect: one address serves all operations."""
        return super().is_turn(request) and bool(string(self.document(request), _ASKED))

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, node in select(document, _ASKED):
            yield where, "user", node

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        return string(self.document(request), "/variables/externalConversationId")

    def error(self, message: str) -> Json:
        """GraphQL's own."""
        return {"data": None, "errors": [{"message": message, "severity": "CRITICAL"}]}

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect."""
        return (Turn("user", (string(document, _ASKED),)),)

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        document = self.document(request)
        thread = string(document, "/variables/offlineThreadingId")
        id = uuid("meta", self.conversation(request), thread)

        def said(text: str, *, ended: bool) -> bytes:
            message: Json = {
                "id": id,
                "fetch_id": id,
                "snippet": text,
                "composed_text": {"content": [{"text": text}]},
                "streaming_state": "OVERALL_DONE" if ended else "STREAMING",
            }
            return line({"data": {"node": {"bot_response_message": message}}})

        return Speaker(
            Spoken(
                "application/x-ndjson",
                b"",
                lambda text: said(text, ended=False),
                lambda text: said(text, ended=True),
                lambda message: said(message, ended=True),
                says_all=True,
            )
        )


dialect = MetaAI()
