"""The calls around a turn of Claude's page, where the turn was answered here.

Source: captures of the page's traffic, read 2026-11-21: the history is a list of messages, each
with the id of the one before it.
"""

import json
import re
from dataclasses import replace
from typing import Any

from penstock.errors import CannotExpress
from proxy_addons.dialects.base import Answer, Json, Request
from proxy_addons.dialects.inside import InsideTurn, Thread
from proxy_addons.dialects.json_text import dump

_JSON = "application/json"
_CHAT = r"/api/organizations/[^/]+/chat_conversations/[^/]+"
_HISTORY, _TITLE, _AGAIN = (
    re.compile(_CHAT + call) for call in ("", "/title", "/retry_completion")
)


def answer(request: Request, document: Json, thread: Thread) -> Answer | None:
    """See ChatPage.aside."""
    path = request.target.partition("?")[0]
    if _TITLE.fullmatch(path):
        asked = document.get("message_content") if isinstance(document, dict) else None
        turn = next((t for t in thread.turns if t.prompt == asked), None)
        if turn is not None or not thread.is_known:
            return Answer(200, _JSON, dump({"title": (turn or thread.turns[0]).title}))
    if asks_history(request) and not thread.is_known:
        return Answer(200, _JSON, _history(thread))
    return None


def asks_history(request: Request) -> bool:
    """Whether `request` is for a chat's messages."""
    path = request.target.partition("?")[0]
    return request.method == "GET" and bool(_HISTORY.fullmatch(path))


def moved(request: Request, document: Json, thread: Thread) -> Request:
    """See ChatPage.moved. The first message that gets through begins the chat."""
    if not isinstance(document, dict):
        return request
    parent = document.get("parent_message_uuid")
    before = [*thread.before(parent)] if isinstance(parent, str) else []
    if not before:
        return request
    if _AGAIN.fullmatch(request.target.partition("?")[0]) or parent == before[0].asked:
        raise CannotExpress("the request repeats a turn that is kept here")
    new = {**document, "parent_message_uuid": before[-1].parent}
    if not thread.is_known:
        thread.is_known = True
        new["create_conversation_params"] = json.loads(before[-1].place)
    match document:
        case {"turn_message_uuids": {"human_message_uuid": str(asked)}}:
            thread.moved[asked] = str(parent)
    return replace(request, body=dump(new))


def joined(body: bytes, thread: Thread) -> bytes:
    """A history with the turns of `thread` in it."""
    found: Any = json.loads(body)
    messages, leaf = found["chat_messages"], found["current_leaf_message_uuid"]
    for message in messages:
        id, moved_from = message["uuid"], message["parent_message_uuid"]
        message["parent_message_uuid"] = thread.moved.get(id, moved_from)
    for turn in reversed(thread.turns):
        if not leaf or [*thread.before(turn.answer)][-1].parent == leaf:
            leaf = turn.answer
            break
    known = {message["uuid"]: i for i, message in enumerate(messages)}
    for turn in thread.turns:
        at = known.get(turn.parent, -1) + 1
        messages[at:at] = _messages(turn)
        known = {message["uuid"]: i for i, message in enumerate(messages)}
    for i, message in enumerate(messages):
        message["index"] = i
    return dump({**found, "current_leaf_message_uuid": leaf})


def _history(thread: Thread) -> bytes:
    first = thread.turns[0]
    empty = {
        "uuid": first.conversation,
        "name": first.title,
        "summary": "",
        "settings": {},
        "is_starred": False,
        "chat_messages": [],
        "current_leaf_message_uuid": None,
    }
    return joined(json.dumps(empty).encode(), thread)


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
