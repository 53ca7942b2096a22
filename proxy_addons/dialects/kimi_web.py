"""Kimi's page: `ChatService/Chat` in envelopes of Connect, and the older `completion/stream`.

Source: captures of the page's traffic, one public source; the older form by `kimi-free-api` (2024);
https://connectrpc.com/docs/protocol, read 2026-11-21.
Captures: tests/proxy_addons/golden/kimi_web/.
Misses: earlier turns and files, which are kept at the service.
"""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from penstock.errors import ParseError
from penstock.model import Edit, Prompt
from proxy_addons.dialects.base import AnswerWriter, Filter, Json, Request
from proxy_addons.dialects.framing import LIMIT_BYTES, Slice
from proxy_addons.dialects.json_text import dump
from proxy_addons.dialects.messages_page import MessagesPage
from proxy_addons.dialects.page import (
    Speaker,
    Spoken,
    event,
    string,
    uuid,
)
from proxy_addons.dialects.restore import Delta, End, restorer
from proxy_addons.dialects.words import WORDS

_CONNECT = "application/connect+json"
_HEAD, _PACKED, _LAST = 5, 1, 2
_OLD = re.compile("/api/chat/([^/]+)/completion/stream")
_WORDS = """
    chat_id scenario message parent_id blocks message_id options thinking refs use_search
    use_research use_math kimiplus_id kimi extend sidebar history tools kimi_plus_id
    SCENARIO_K2 SCENARIO_K1D5 search_plus
"""


class KimiWeb(MessagesPage):
    """Gives messages their roles, in an envelope or without."""

    name = "kimi_web"
    words = WORDS | frozenset(_WORDS.split())
    messages_at = ("/message", "/messages/*")
    texts_at = ("/blocks/*/text/content", "/content")
    files_at = ("/refs/*",)
    turns_at = re.compile(f"/apiv2/kimi.gateway.chat.v1.ChatService/Chat|{_OLD.pattern}")

    def document(self, request: Request) -> Json:
        """See JsonDialect."""
        return super().document(_opened(request))

    def parse(self, request: Request) -> Prompt:
        """See Dialect."""
        return super().parse(_opened(request))

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect. An envelope that was packed is not packed again."""
        opened = _opened(request)
        new = super().rewrite(opened, edits)
        if new is opened:
            return request
        body = envelope(new.body) if opened is not request else new.body
        return replace(new, content_type=request.content_type, body=body)

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        found = _OLD.fullmatch(request.target.partition("?")[0])
        return found[1] if found else super().conversation(request)

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        framing = Envelopes() if content_type.startswith(_CONNECT) else None
        return restorer(content_type, originals, self.deltas, framing)

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect."""
        match event:
            case {"op": str(how), "block": {"text": {"content": str(text)}}}:
                if how == "set":
                    yield End()
                yield Delta("text", "/block/text/content", text)
            case {"event": "cmpl", "text": str(text)}:
                yield Delta("text", "/text", text)
            case {"done": _} | {"event": "all_done"}:
                yield End()

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        document = self.document(request)
        chat = self.conversation(request)
        asked = string(document, "/message/blocks/*/text/content")
        if not request.content_type.startswith(_CONNECT):
            return Speaker(_OLD_WAY)
        id = uuid("kimi answer", chat, string(document, "/message/parent_id"), asked)
        begun: Json = {
            "op": "set",
            "mask": "message",
            "message": {"id": id, "role": "assistant", "status": "MESSAGE_STATUS_GENERATING"},
        }
        named: Json = {"op": "set", "chat": {"id": chat or uuid("kimi", asked), "name": ""}}
        block: dict[str, Json] = {"id": "1", "text": {"content": ""}}

        def piece(text: str) -> bytes:
            said: Json = {**block, "text": {"content": text}}
            return envelope(dump({"op": "append", "mask": "block.text.content", "block": said}))

        first = envelope(dump({"op": "set", "mask": "block.text", "block": block}))
        end = envelope(dump({"done": {}})) + envelope(b"{}", _LAST)
        return Speaker(
            Spoken(
                _CONNECT,
                envelope(dump(named)) + envelope(dump(begun)) + first,
                piece,
                lambda _: end,
                lambda message: piece(f"\n\n{message}") + end,
            )
        )


_OLD_WAY = Spoken(
    "text/event-stream; charset=utf-8",
    b"",
    lambda text: event({"event": "cmpl", "text": text}),
    lambda _: event({"event": "all_done"}),
    lambda message: (
        event({"event": "cmpl", "text": f"\n\n{message}"}) + event({"event": "all_done"})
    ),
)


def envelope(data: bytes, flags: int = 0) -> bytes:
    """`data` after its flags and length."""
    return bytes([flags]) + len(data).to_bytes(4) + data


def _opened(request: Request) -> Request:
    """The same request without its envelope. Raises ParseError."""
    if not request.content_type.startswith(_CONNECT) or not request.body:
        return request
    body = request.body
    if len(body) < _HEAD or _HEAD + int.from_bytes(body[1:_HEAD]) != len(body):
        raise ParseError("body is not the one envelope its dialect promises")
    data = body[_HEAD:]
    if body[0] & _PACKED:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            data = unpacker.decompress(data, LIMIT_BYTES)
        except zlib.error:
            raise ParseError("the body's envelope is damaged") from None
        if not unpacker.eof or unpacker.unused_data:
            raise ParseError("the body's envelope is damaged, or too large")
    return replace(request, content_type="application/json", body=data)


class Envelopes:
    """Bytes in, one document an envelope out; see framing.Framing."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Slice]:
        """See Framing."""
        self._buffer += data
        found: list[Slice] = []
        while len(self._buffer) >= _HEAD:
            end = _HEAD + int.from_bytes(self._buffer[1:_HEAD])
            if len(self._buffer) < end <= LIMIT_BYTES:
                break
            found.append(_enveloped(self._buffer[:end]))
            self._buffer = self._buffer[end:]
        return found

    def finish(self) -> list[Slice]:
        """See Framing."""
        return [Slice(self._buffer)] if self._buffer else []


@dataclass(frozen=True, slots=True)
class Enveloped(Slice):
    """A document after its flags and length."""

    def put(self, data: bytes) -> bytes:
        """See Frame. The length is counted anew."""
        return envelope(data, self.before[0])


def _enveloped(raw: bytes) -> Slice:
    """Nobody asked for a packed answer; one that comes all the same passes as it is."""
    return Slice(raw) if raw[0] & _PACKED else Enveloped(raw[:_HEAD], raw[_HEAD:])


dialect = KimiWeb()
