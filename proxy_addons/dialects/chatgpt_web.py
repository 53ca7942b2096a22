"""ChatGPT's page, `POST /backend-api/f/conversation`: signed in or not, and the calls around it.

Source: public clients of the page and captures of its traffic, read 2026-11-21; undocumented, so
every field may be missing. Captures: tests/proxy_addons/golden/chatgpt_web/.
Misses: earlier turns, custom instructions and the instructions of a GPT, which are kept at the
service; answers that the service hands over to a WebSocket.
"""

import re
from collections.abc import Iterator, Mapping

from penstock.errors import CannotExpress
from penstock.model import Media, Turn
from proxy_addons.dialects import media
from proxy_addons.dialects.base import Answer, AnswerWriter, Filter, Json, Request
from proxy_addons.dialects.chatgpt_web_answer import DeltaWriter, Head, SnapshotWriter
from proxy_addons.dialects.chatgpt_web_inside import calls
from proxy_addons.dialects.inside import InsideTurn, Thread
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.page import PageDialect, uuid
from proxy_addons.dialects.restore import Delta, End, restorer
from proxy_addons.dialects.words import WORDS

_CHAT = r"/backend-(?:api|anon)(?:/f)?/conversation"
_OF_A_CHAT = re.compile(rf"{_CHAT}(?:/gen_title)?/([^/]+)(?:/[a-z_]+)?")
_PARTS = "/message/content/parts/"
_ROLES = {"system": "system", "user": "user", "assistant": "assistant", "tool": "tool"}
_WORDS = """
    action messages author create_time content content_type parts attachments mimeType size
    system_hints selected_github_repos conversation_id parent_message_id thinking_effort timezone
    timezone_offset_min conversation_mode kind primary_assistant gizmo_interaction gizmo_id
    history_and_training_disabled supports_buffering supported_encodings client_contextual_info
    next continue variant multimodal_text v1 standard asset_pointer size_bytes width height
    websocket_request_id force_use_sse suggestions paragen_cot_summary_display_override
    client_prepare_state message_id page_height page_width pixel_ratio screen_height screen_width
    time_since_loaded is_dark_mode allow
"""


class ChatGPTWeb(PageDialect):
    """Gives the parts of messages their roles; what describes the browser is `other`."""

    name = "chatgpt_web"
    words = WORDS | frozenset(_WORDS.split())
    turns_at = re.compile(_CHAT)

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, message in select(document, "/messages/*"):
            role = _role(message)
            for place, node in select(message, "/content/parts/*", "/content/text"):
                if isinstance(node, str):
                    yield where + place, role, node

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        found = _OF_A_CHAT.fullmatch(request.target.partition("?")[0])
        if found and found[1] != "prepare":
            return found[1]
        return _string(self.document(request), "conversation_id")

    def error(self, message: str) -> Json:
        """The page shows `detail`."""
        return {"detail": message}

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        return restorer(content_type, originals, _Deltas())

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect."""
        match document:
            case {"conversation_mode": {"kind": "gizmo_interaction"}}:
                raise CannotExpress("the instructions of a GPT are kept at the service")
        found = tuple(_turn(message) for _, message in select(document, "/messages/*"))
        return tuple(turn for turn in found if turn.parts)

    def turn(self, request: Request) -> InsideTurn | None:
        """See ChatPage."""
        if not self.is_turn(request):
            return None
        document = self.document(request)
        head = _head(document, "")
        texts = [text for _, text in select(document, "/messages/*/content/parts/*")]
        return InsideTurn(
            head.conversation,
            _string(document, "parent_message_id"),
            head.asked,
            head.message,
            "\n".join(text for text in texts if isinstance(text, str)),
            begins=not _string(document, "conversation_id"),
            files=self.files(document),
        )

    def aside(self, request: Request, thread: Thread) -> Answer | None:
        """See ChatPage."""
        return calls.answer(request, self.document(request), thread)

    def moved(self, request: Request, thread: Thread) -> Request:
        """See ChatPage."""
        return calls.moved(request, self.document(request), thread)

    def join(self, request: Request, thread: Thread) -> Filter | None:
        """See ChatPage."""
        return calls.join(request, thread)

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        document = self.document(request)
        head = _head(document, model, request.at)
        if any(v == "v1" for _, v in select(document, "/supported_encodings/*")):
            return DeltaWriter(head)
        return SnapshotWriter(head)


def _role(message: Json) -> str:
    match message:
        case {"author": {"role": str(role)}}:
            return _ROLES.get(role, "other")
        case _:
            return "other"


def _turn(message: Json) -> Turn:
    match message:
        case {
            "author": {"role": "user" | "system" | "assistant" as role},
            "content": {"parts": [*parts]},
        }:
            attached = next((a for _, a in select(message, "/metadata/attachments")), None) or []
            if not isinstance(attached, list):
                raise CannotExpress("files of a kind that only the service knows")
            files = [_file(attachment) for attachment in attached]
            known = {file.known_as for file in files}
            said = [part for part in map(_part, parts) if part]
            more = [p for p in said if not isinstance(p, Media) or p.known_as not in known]
            return Turn(role, (*files, *more))
        case _:
            raise CannotExpress("a message of a kind that only the service knows")


def _file(attachment: Json) -> Media:
    """A file that was uploaded before."""
    kind = _string(attachment, "mimeType") or _string(attachment, "mime_type")
    if not (name := _string(attachment, "id")):
        raise CannotExpress("a file without a name")
    return Media(media.kind(kind), kind, "", name)


def _part(part: Json) -> str | Media:
    match part:
        case str():
            return part
        case {"content_type": "image_asset_pointer", "asset_pointer": str(place)}:
            return Media("image", "", "", place.partition("://")[2])
        case _:
            raise CannotExpress("a part of a kind that only the service knows")


def _head(document: Json, model: str, came: int = 0) -> Head:
    message = next((m for _, m in select(document, "/messages/*")), None)
    said = next((p for _, p in select(message, "/content/parts/*") if isinstance(p, str)), "")
    asked = _string(message, "id")
    at = message.get("create_time") if isinstance(message, dict) else None
    conversation = _string(document, "conversation_id")
    return Head(
        conversation=conversation or uuid("chatgpt", asked),
        message=uuid("chatgpt answer", conversation, asked),
        asked=asked,
        model=model,
        created=at if isinstance(at, int | float) and not isinstance(at, bool) else came,
        title="" if conversation else " ".join(said.split()[:6])[:60],
    )


def _string(node: Json, name: str) -> str:
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, str) else ""


class _Deltas:
    """Knows which text a delta goes on: path and operation are said once and then hold."""

    def __init__(self) -> None:
        self._path, self._operation, self._message = "", "", "0"

    def __call__(self, event: Json) -> Iterator[Delta | End]:
        """See restore.Deltas."""
        if not isinstance(event, dict):
            return
        if "type" in event:
            if event["type"] in ("message_stream_complete", "stream_handoff"):
                yield End()
        elif "v" in event:
            if isinstance(counter := event.get("c"), int):
                self._message = str(counter)
            self._path = _string(event, "p") if "p" in event else self._path
            self._operation = _string(event, "o") or self._operation
            yield from self._change("/v", self._path, self._operation, event["v"])

    def _change(self, where: str, path: str, operation: str, value: Json) -> Iterator[Delta | End]:
        """`where`: in the event; `path`: in the message."""
        channel = f"{self._message} {path}"
        match operation, value:
            case "append", str(text):
                yield Delta(channel, where, text)
            case "replace" | "truncate" | "remove", _:
                yield End(channel)
            case "patch", [*changes]:
                for i, change in enumerate(changes):
                    if isinstance(change, dict):
                        below, how = path + _string(change, "p"), _string(change, "o")
                        yield from self._change(f"{where}/{i}/v", below, how, change.get("v"))
            case "add", _:
                yield End(f"{self._message} ")
                for place, part in select(value, f"{_PARTS}*"):
                    if isinstance(part, str):
                        yield Delta(f"{self._message} {place}", where + place, part)


dialect = ChatGPTWeb()
