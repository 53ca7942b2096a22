"""The calls around a turn of ChatGPT's page, where the turn was answered here.

Source: captures of the page's traffic, read 2026-11-21: the history is a tree of nodes by id.
"""

import json
import re
from dataclasses import replace
from typing import Any

from penstock.errors import CannotExpress
from proxy_addons.dialects.base import Answer, Json, Request
from proxy_addons.dialects.inside import InsideTurn, Thread
from proxy_addons.dialects.json_text import dump, select

_JSON = "application/json"
_HISTORY = re.compile(r"/backend-api/conversation/[^/]+")
_TITLE = re.compile(r"/backend-api/conversation/gen_title/[^/]+")
_STATUS = re.compile(r"/backend-api/conversation/[^/]+/stream_status")


def answer(request: Request, document: Json, thread: Thread) -> Answer | None:
    """See ChatPage.aside."""
    path = request.target.partition("?")[0]
    is_get = request.method == "GET"
    about = document.get("message_id") if isinstance(document, dict) else None
    ours = isinstance(about, str) and thread.at(about)
    if _TITLE.fullmatch(path) and (ours or not thread.is_known):
        return Answer(200, _JSON, dump({"title": (ours or thread.turns[0]).title}))
    if thread.is_known or not is_get:
        return None
    if _STATUS.fullmatch(path):
        return Answer(200, _JSON, dump({"status": "IS_DONE"}))
    return Answer(200, _JSON, _history(thread)) if asks_history(request) else None


def asks_history(request: Request) -> bool:
    """Whether `request` is for a chat's messages."""
    path = request.target.partition("?")[0]
    return request.method == "GET" and bool(_HISTORY.fullmatch(path))


def moved(request: Request, document: Json, thread: Thread) -> Request:
    """See ChatPage.moved."""
    if not isinstance(document, dict):
        return request
    parent = document.get("parent_message_id")
    if not isinstance(parent, str) or not (before := [*thread.before(parent)]):
        return request
    if document.get("action") != "next" or parent == before[0].asked:
        raise CannotExpress("the request repeats a turn that is kept here")
    new = {**document, "parent_message_id": before[-1].parent}
    if not thread.is_known:
        new.pop("conversation_id", None)
    for _, id in select(document, "/messages/*/id"):
        if isinstance(id, str):
            thread.moved[id] = parent
    return replace(request, body=dump(new))


def joined(body: bytes, thread: Thread) -> bytes:
    """A history with the turns of `thread` in it."""
    found: Any = json.loads(body)
    nodes, current = found["mapping"], found["current_node"]
    for turn in thread.turns:
        for node in _nodes(turn):
            nodes.setdefault(node["id"], node)
            nodes[node["parent"]].setdefault("children", []).append(node["id"])
    for turn in reversed(thread.turns):
        if [*thread.before(turn.answer)][-1].parent == current:
            current = turn.answer
            break
    for id, parent in thread.moved.items():
        if id in nodes and parent in nodes:
            old = nodes[nodes[id]["parent"]]
            old["children"] = [child for child in old.get("children", ()) if child != id]
            nodes[id]["parent"] = parent
            nodes[parent]["children"].append(id)
    return dump({**found, "current_node": current})


def _history(thread: Thread) -> bytes:
    first = thread.turns[0]
    root: Json = {"id": first.parent, "message": None, "parent": None, "children": []}
    empty: Json = {
        "title": first.title,
        "create_time": None,
        "conversation_id": first.conversation,
        "mapping": {first.parent: root},
        "current_node": first.parent,
        "moderation_results": [],
        "is_archived": False,
    }
    return joined(json.dumps(empty).encode(), thread)


def _nodes(turn: InsideTurn) -> list[dict[str, Any]]:
    return [
        _node(turn.asked, turn.parent, "user", turn.prompt),
        _node(turn.answer, turn.asked, "assistant", turn.said),
    ]


def _node(id: str, parent: str, role: str, text: str) -> dict[str, Any]:
    message: Json = {
        "id": id,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": None,
        "update_time": None,
        "content": {"content_type": "text", "parts": [text]},
        "status": "finished_successfully",
        "end_turn": True,
        "weight": 1.0,
        "metadata": {},
        "recipient": "all",
        "channel": None,
    }
    return {"id": id, "message": message, "parent": parent, "children": []}
