"""Claude's page and the service behind it: it keeps chats, and knows no message it was not sent.

Source: as `proxy_addons.dialects.claude_web`; written apart from it.
"""

import re
from itertools import count

from penstock.demo.formats.base import (
    EVENT_STREAM,
    Json,
    member,
    named_events,
    reply,
    whole,
)
from penstock.demo.pages import page
from penstock.demo.wire import Said

_PATH = re.compile(r"/api/organizations/[\w-]+/chat_conversations/([\w-]+)(?:/(\w+))?")
_ROOT = "00000000-0000-4000-8000-000000000000"


class Claude:
    """One service with all its chats."""

    def __init__(self) -> None:
        self._chats: dict[str, list[Json]] = {}
        self._files = count(1)

    def answer(self, method: str, target: str, document: Json, opening: str) -> Said:
        """The answer to a request."""
        path = target.partition("?")[0]
        if method == "GET" and path == "/":
            return page("Claude", "claude")
        if method == "POST" and path.endswith("/wiggle/upload-file"):
            id = f"5d4e5f60-0000-4000-8000-{next(self._files):012x}"
            return whole({"success": True, "file_uuid": id})
        if (found := _PATH.fullmatch(path)) is None:
            return whole(_error("no such endpoint"), 404)
        chat, call = found[1], found[2]
        if call == "completion":
            return self._turn(chat, document, opening)
        if chat not in self._chats:
            return whole(_error("Conversation not found"), 404)
        if call == "title":
            return whole({"title": f"Chat {chat[-4:]}"})
        messages = self._chats[chat]
        return whole(
            {
                "uuid": chat,
                "name": f"Chat {chat[-4:]}",
                "chat_messages": messages,
                "current_leaf_message_uuid": member(messages[-1], "uuid") if messages else None,
            }
        )

    def _turn(self, chat: str, document: Json, opening: str) -> Said:
        if member(document, "create_conversation_params"):
            self._chats.setdefault(chat, [])
        if (messages := self._chats.get(chat)) is None:
            return whole(_error("Conversation not found"), 404)
        parent = member(document, "parent_message_uuid")
        if parent not in (_ROOT, *(member(message, "uuid") for message in messages)):
            return whole(_error("Parent message not found"), 400)
        text = str(member(document, "prompt"))
        ids = member(document, "turn_message_uuids")
        asked, answer = (member(ids, f"{who}_message_uuid") for who in ("human", "assistant"))
        said = reply(opening, text)
        messages.append(_message(asked, parent, "human", text))
        messages.append(_message(answer, asked, "assistant", said.text))
        begun: Json = {"uuid": answer, "parent_uuid": asked, "role": "assistant", "content": []}
        block: Json = {"type": "text", "text": "", "citations": []}
        events: list[dict[str, Json]] = [
            {"type": "message_start", "message": begun},
            {"type": "content_block_start", "index": 0, "content_block": block},
        ]
        for piece in said.pieces:
            delta: Json = {"type": "text_delta", "text": piece}
            events.append({"type": "content_block_delta", "index": 0, "delta": delta})
        events += [
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
            {"type": "message_limit", "message_limit": {"type": "within_limit"}},
            {"type": "message_stop"},
        ]
        return Said(named_events(events), EVENT_STREAM)


def _message(id: Json, parent: Json, sender: str, text: str) -> Json:
    content: Json = [{"type": "text", "text": text}]
    return {"uuid": id, "parent_message_uuid": parent, "sender": sender, "content": content}


def _error(message: str) -> Json:
    details: Json = {"error_visibility": "user_facing"}
    kind = "not_found_error"
    return {"type": "error", "error": {"type": kind, "message": message, "details": details}}
