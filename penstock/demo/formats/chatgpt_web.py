"""ChatGPT's page and the service behind it: it keeps chats, and knows no message it was not sent.

Source: as `proxy_addons.dialects.chatgpt_web`; written apart from it.
"""

from collections.abc import Iterator
from itertools import count

from penstock.demo.formats.base import EVENT_STREAM, Json, elements, member, packed, reply, whole
from penstock.demo.pages import page
from penstock.demo.wire import Said

_PATH = "/backend-api/conversation/"
_ASKED = ("/backend-api/f/conversation", "/backend-anon/f/conversation")
_ROOT = "client-created-root"
_FILES = "/backend-api/files"
BLOBS = "files.oaiusercontent.com"
"""Where the page puts files."""


def blob(method: str) -> Said:
    """The answer of the store of files, which a page of another host may read."""
    allowed = ("origin", "*"), ("methods", "PUT"), ("headers", "*")
    headers = tuple((f"access-control-allow-{name}", value) for name, value in allowed)
    return Said((), "text/plain", 200 if method == "OPTIONS" else 201, headers)


class ChatGPT:
    """One service with all its chats."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._chats: dict[str, dict[str, dict[str, Json]]] = {}
        """Chat -> message -> what the page reads of it, in order."""

    def answer(self, method: str, target: str, document: Json, opening: str) -> Said:
        """The answer to a request."""
        path = target.partition("?")[0]
        if method == "GET" and path == "/":
            return page("ChatGPT", "chatgpt")
        if method == "POST" and path in _ASKED:
            return self._turn(document, opening)
        if method == "POST" and path.startswith(_FILES):
            return self._file(path.removeprefix(_FILES), document)
        chat = path.removeprefix(_PATH).removeprefix("gen_title/").partition("/")[0]
        if not path.startswith(_PATH) or chat not in self._chats:
            return whole({"detail": "Can't load conversation"}, 404)
        if path.endswith("/stream_status"):
            return whole({"status": "IS_DONE"})
        if "/gen_title/" in path:
            return whole({"title": f"Chat {chat[-4:]}"})
        messages = self._chats[chat]
        return whole(
            {
                "title": f"Chat {chat[-4:]}",
                "conversation_id": chat,
                "mapping": dict(messages),
                "current_node": next(reversed(messages)),
            }
        )

    def _file(self, call: str, document: Json) -> Said:
        if not call:
            id = f"file-{self._id()}"
            url = f"https://{BLOBS}/files/{id}/raw?se=2026&sig=abc"
            return whole({"status": "success", "file_id": id, "upload_url": url})
        if call.endswith("/uploaded"):
            return whole({"status": "success", "download_url": ""})
        done: Json = {"event": "file.processing.completed", "file_id": member(document, "file_id")}
        return Said((packed(done) + b"\n",), EVENT_STREAM)

    def _turn(self, document: Json, opening: str) -> Said:
        asked = next(iter(elements(member(document, "messages"))), None)
        parent = str(member(document, "parent_message_id"))
        chat = member(document, "conversation_id") or f"6921d0aa-0000-4000-8000-{self._id()}"
        messages = self._chats.get(str(chat))
        if messages is None and member(document, "conversation_id"):
            return whole({"detail": {"message": "conversation not found"}}, 404)
        if messages is None:
            messages = self._chats[str(chat)] = {_ROOT: {"id": _ROOT, "message": None}}
        if parent not in messages:
            return whole({"detail": {"message": "parent message not found"}}, 404)
        text = "".join(map(str, elements(member(member(asked, "content"), "parts"))))
        answer = f"3d4e5f60-0000-4000-8000-{self._id()}"
        said = reply(opening, text)
        self._keep(messages, str(member(asked, "id")), parent, "user", text)
        self._keep(messages, answer, str(member(asked, "id")), "assistant", said.text)
        pieces = _events(str(chat), answer, [*said.pieces])
        return Said((*pieces, b"data: [DONE]\n\n"), EVENT_STREAM)

    def _keep(
        self,
        messages: dict[str, dict[str, Json]],
        id: str,
        parent: str,
        role: str,
        text: str,
    ) -> None:
        message: Json = {
            "id": id,
            "author": {"role": role},
            "content": {"content_type": "text", "parts": [text]},
            "status": "finished_successfully",
            "end_turn": True,
            "recipient": "all",
        }
        messages[id] = {"id": id, "message": message, "parent": parent, "children": []}
        elements(messages[parent].setdefault("children", [])).append(id)

    def _id(self) -> str:
        return f"{next(self._ids):012x}"


def _events(chat: str, id: str, pieces: list[str]) -> Iterator[bytes]:
    text = "/message/content/parts/0"
    message: Json = {
        "id": id,
        "author": {"role": "assistant", "name": None, "metadata": {}},
        "create_time": 1790000000.5,
        "content": {"content_type": "text", "parts": [""]},
        "status": "in_progress",
        "end_turn": None,
        "weight": 1.0,
        "metadata": {"message_type": "next", "model_slug": "gpt-demo"},
        "recipient": "all",
        "channel": "final",
    }
    yield b'event: delta_encoding\ndata: "v1"\n\n'
    begun: Json = {"message": message, "conversation_id": chat, "error": None}
    yield _delta({"p": "", "o": "add", "v": begun, "c": 0})
    for i, piece in enumerate(pieces):
        yield _delta({"v": piece} if i else {"p": text, "o": "append", "v": piece})
    end: Json = [
        {"p": "/message/status", "o": "replace", "v": "finished_successfully"},
        {"p": "/message/end_turn", "o": "replace", "v": True},
        {"p": "/message/metadata", "o": "append", "v": {"is_complete": True}},
    ]
    yield _delta({"p": "", "o": "patch", "v": end})
    yield b"data: %s\n\n" % packed({"type": "message_stream_complete", "conversation_id": chat})


def _delta(document: Json) -> bytes:
    return b"event: delta\ndata: %s\n\n" % packed(document)
