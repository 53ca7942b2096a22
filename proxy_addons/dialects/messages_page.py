"""What pages share whose requests hold messages with a role each, as APIs have them."""

from collections.abc import Iterator
from typing import ClassVar

from penstock.model import Turn
from proxy_addons.dialects.base import Json, Request
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.openai_chat import ROLES, said
from proxy_addons.dialects.page import PageDialect, refuse_files, spoken_turns, string


class MessagesPage(PageDialect):
    """Gives messages their roles, and finds the chat by `chat_id`."""

    messages_at: ClassVar[tuple[str, ...]] = ("/messages/*",)
    texts_at: ClassVar[tuple[str, ...]] = ("/content",)
    """Of each message."""
    files_at: ClassVar[tuple[str, ...]] = ()

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, message in select(document, *self.messages_at):
            role = ROLES.get(string(message, "/role"), "other")
            for place, node in select(message, *self.texts_at):
                yield from said(where + place, role, node)

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        return string(self.document(request), "/chat_id")

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect."""
        refuse_files(document, *self.files_at)
        return spoken_turns(self.roles(document))
