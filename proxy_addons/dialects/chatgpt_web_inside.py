"""The calls around a turn of ChatGPT's page, where the turn was answered here.

Source: captures of the page's traffic, read 2026-11-21: the history is a tree of nodes by id.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from proxy_addons.dialects.base import Answer, Json, Request
from proxy_addons.dialects.inside import Calls, InsideTurn, Thread, newest
from proxy_addons.dialects.json_text import dump, select

_STATUS = re.compile(r"/backend-api/conversation/[^/]+/stream_status")


class _ChatGPTCalls(Calls):
    history = re.compile(r"/backend-api/conversation/[^/]+")
    title = re.compile(r"/backend-api/conversation/gen_title/[^/]+")
    parent = "parent_message_id"

    def answer(self, request: Request, document: Json, thread: Thread) -> Answer | None:
        """See Calls."""
        path = request.target.partition("?")[0]
        if request.method == "GET" and not thread.is_known and _STATUS.fullmatch(path):
            return Answer(200, "application/json", dump({"status": "IS_DONE"}))
        return super().answer(request, document, thread)

    def titled(self, document: Json, thread: Thread) -> InsideTurn | None:
        """See Calls."""
        about = document.get("message_id") if isinstance(document, dict) else None
        return thread.at(about) if isinstance(about, str) else None

    def repeats(self, request: Request, document: dict[str, Json]) -> bool:
        """See Calls."""
        return document.get("action") != "next"

    def begin(self, new: dict[str, Json], thread: Thread, first: InsideTurn) -> None:
        """See Calls. The service makes the id of the new chat: this one stays unknown to it."""
        new.pop("conversation_id", None)

    def asked(self, document: Json) -> Iterable[str]:
        """See Calls."""
        return [id for _, id in select(document, "/messages/*/id") if isinstance(id, str)]

    def empty(self, first: InsideTurn) -> Json:
        """See Calls."""
        root: Json = {"id": first.parent, "message": None, "parent": None, "children": []}
        return {
            "title": first.title,
            "create_time": None,
            "conversation_id": first.conversation,
            "mapping": {first.parent: root},
            "current_node": first.parent,
            "moderation_results": [],
            "is_archived": False,
        }

    def joined(self, body: bytes, thread: Thread) -> bytes:
        """See Calls."""
        found: Any = json.loads(body)
        nodes = found["mapping"]
        for turn in thread.turns:
            for node in _nodes(turn):
                nodes.setdefault(node["id"], node)
                nodes[node["parent"]].setdefault("children", []).append(node["id"])
        for id, parent in thread.moved.items():
            if id in nodes and parent in nodes:
                old = nodes[nodes[id]["parent"]]
                old["children"] = [child for child in old.get("children", ()) if child != id]
                nodes[id]["parent"] = parent
                nodes[parent]["children"].append(id)
        return dump({**found, "current_node": newest(thread, found["current_node"])})


calls = _ChatGPTCalls()


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
