"""The calls around a turn of Claude's page, where the turn was answered here.

Source: captures of the page's traffic, read 2026-11-21: the history is a list of messages, each
with the id of the one before it.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from proxy_addons.dialects.base import Json, Request
from proxy_addons.dialects.inside import Calls, InsideTurn, Thread, newest
from proxy_addons.dialects.json_text import dump, select

_CHAT = r"/api/organizations/[^/]+/chat_conversations/[^/]+"
_AGAIN = re.compile(_CHAT + "/retry_completion")


class _ClaudeCalls(Calls):
    history = re.compile(_CHAT)
    title = re.compile(_CHAT + "/title")
    parent = "parent_message_uuid"

    def titled(self, document: Json, thread: Thread) -> InsideTurn | None:
        """See Calls."""
        asked = document.get("message_content") if isinstance(document, dict) else None
        return next((turn for turn in thread.turns if turn.prompt == asked), None)

    def repeats(self, request: Request, document: dict[str, Json]) -> bool:
        """See Calls."""
        return bool(_AGAIN.fullmatch(request.target.partition("?")[0]))

    def begin(self, new: dict[str, Json], thread: Thread, first: InsideTurn) -> None:
        """See Calls. The page made the chat's id: from now on the service knows it too."""
        thread.is_known = True
        new["create_conversation_params"] = json.loads(first.place)

    def asked(self, document: Json) -> Iterable[str]:
        """See Calls."""
        found = select(document, "/turn_message_uuids/human_message_uuid")
        return [id for _, id in found if isinstance(id, str)]

    def empty(self, first: InsideTurn) -> Json:
        """See Calls."""
        return {
            "uuid": first.conversation,
            "name": first.title,
            "summary": "",
            "settings": {},
            "is_starred": False,
            "chat_messages": [],
            "current_leaf_message_uuid": None,
        }

    def joined(self, body: bytes, thread: Thread) -> bytes:
        """See Calls."""
        found: Any = json.loads(body)
        messages, leaf = found["chat_messages"], found["current_leaf_message_uuid"]
        for message in messages:
            id, moved_from = message["uuid"], message["parent_message_uuid"]
            message["parent_message_uuid"] = thread.moved.get(id, moved_from)
        known = {message["uuid"]: i for i, message in enumerate(messages)}
        for turn in thread.turns:
            at = known.get(turn.parent, -1) + 1
            messages[at:at] = _messages(turn)
            known = {message["uuid"]: i for i, message in enumerate(messages)}
        for i, message in enumerate(messages):
            message["index"] = i
        return dump({**found, "current_leaf_message_uuid": newest(thread, leaf or "") or None})


calls = _ClaudeCalls()


def _messages(turn: InsideTurn) -> list[dict[str, Any]]:
    return [
        _message(turn.asked, turn.parent, "human", turn.prompt),
        _message(turn.answer, turn.asked, "assistant", turn.said),
    ]


def _message(id: str, parent: str, sender: str, text: str) -> dict[str, Any]:
    return {
        "uuid": id,
        "parent_message_uuid": parent,
        "sender": sender,
        "text": "",
        "content": [{"type": "text", "text": text, "citations": []}],
        "attachments": [],
        "files": [],
        "sync_sources": [],
        "truncated": False,
    }
