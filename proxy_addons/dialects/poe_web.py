"""Poe's page, `POST /api/gql_POST`: read and refused, never changed.

A header signs the body, so that the service takes no other; and the answer comes over a WebSocket,
so that no model can answer in its place.
Source: the public client `poe-api-wrapper` (2025), one public source, read 2026-11-21.
Captures: tests/proxy_addons/golden/poe_web/.
"""

import re
from collections.abc import Iterator, Sequence

from penstock.errors import ParseError
from penstock.model import Edit
from proxy_addons.dialects.base import Answer, Json, Request
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.page import ERROR

_WORDS = """
    queryName variables chatId bot query source clientNonce sdid attachments extensions hash
    existingMessageAttachmentsIds messagePointsDisplayPrice sourceType chat_input
    chatInputMetadata useVoiceRecord SendMessageMutation shouldFetchChat referencedMessageId
"""


class PoeWeb(Generic):
    """Gives the prompt its role."""

    name = "poe_web"
    words = Generic.words | frozenset(_WORDS.split())
    ids = re.compile(r"[0-9a-f]{32,64}")

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, node in select(document, "/variables/query"):
            if isinstance(node, str):
                yield where, "user", node

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect. Raises ParseError for any edit."""
        if edits:
            raise ParseError("the body is signed by the page and cannot be edited")
        return request

    def refuse(self, request: Request, message: str) -> Answer:
        """GraphQL's own error."""
        said: Json = {"data": None, "errors": [{"message": message}], "message": message}
        return Answer(ERROR, "application/json", dump(said))


dialect = PoeWeb()
