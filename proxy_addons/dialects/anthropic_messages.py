"""Anthropic messages, `POST /v1/messages`, with `/count_tokens` and `/batches`, and its copies.

Source: `anthropic` Python SDK 2.11 (`anthropic.types`), Claude Code 2.1, read 2026-11-21.
Captures: tests/proxy_addons/golden/anthropic_messages/.
Misses: what the service fetches.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from penstock.errors import CannotExpress, CannotRewrite
from penstock.model import Chat, Edit, Prompt
from proxy_addons.dialects.anthropic_messages_answer import Reader, StreamWriter, WholeWriter, error
from proxy_addons.dialects.anthropic_messages_request import read_chat, write_chat
from proxy_addons.dialects.base import (
    Answer,
    AnswerReader,
    AnswerWriter,
    Filter,
    Json,
    Request,
)
from proxy_addons.dialects.json_body import JsonDialect, mentions
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.restore import Delta, End, restorer
from proxy_addons.dialects.words import WORDS

_ANSWERED = ("/messages", ":rawPredict", ":streamRawPredict")
_WORDS = {"server_tool_use", "search_result", "web_search_tool_result", "application/pdf"}
NO_RETRY = (("x-should-retry", "false"),)
"""Keeps the vendor's SDKs from sending a refused prompt twice more."""


class AnthropicMessages(JsonDialect):
    """Tool calls and results have their roles too; thinking is read and never edited."""

    name = "anthropic_messages"
    words = WORDS | _WORDS

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect. A batch holds the same bodies under `requests/*/params`."""
        for where, params in [("", document), *select(document, "/requests/*/params")]:
            for place, system in select(params, "/system", "/system/*/text"):
                if isinstance(system, str):
                    yield where + place, "system", system
            for place, message in select(params, "/messages/*"):
                match message:
                    case {"role": "user" | "assistant" | "system" as role, "content": content}:
                        yield from _said(f"{where}{place}/content", str(role), content)

    def parse(self, request: Request) -> Prompt:
        """See Dialect. The messages come last: the numbers of placeholders in what comes before
        stay what they are while the conversation grows."""
        prompt = super().parse(request)
        said = sorted(prompt.texts, key=lambda text: text.where.startswith("/messages"))
        return Prompt(tuple(said), prompt.unread)

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect. Raises CannotRewrite for an edit of a thinking block: the service signed
        it and refuses it with one letter changed."""
        if edits:
            blocks = _blocks(self.document(request))
            signed = {w for w, block in blocks if isinstance(block, dict) and "signature" in block}
            if any(edit.where.rpartition("/")[0] in signed for edit in edits):
                raise CannotRewrite(
                    "a thinking block is signed by the service and cannot be edited"
                )
        return super().rewrite(request, edits)

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        match self.document(request) if mentions(request, b'"json_schema"') else None:
            case {"output_config": {"format": {"type": "json_schema"}}} | {
                "output_format": {"type": "json_schema"}
            }:
                return restorer(content_type, originals, partial(self.deltas, is_json=True))
            case _:
                return restorer(content_type, originals, self.deltas)

    def deltas(self, event: Json, is_json: bool = False) -> Iterator[Delta | End]:
        """See JsonDialect. Thinking keeps its placeholders: its signature is over them.

        `is_json`: whether the answer was asked for as JSON.
        """
        match event:
            case {"type": "content_block_delta", "index": int(index), "delta": dict(delta)}:
                match delta:
                    case {"type": "text_delta", "text": str(text)}:
                        yield Delta(f"{index}:", "/delta/text", text, is_json)
                    case {"type": "input_json_delta", "partial_json": str(text)}:
                        yield Delta(f"{index}:", "/delta/partial_json", text, is_json=True)
                    case {"type": "thinking_delta"}:
                        yield _left("/delta/thinking")
            case {"type": "content_block_start", "content_block": block}:
                yield from (_left(f"/content_block{at}") for at, _ in select(block, "/thinking"))
            case {"type": "content_block_stop", "index": int(index)}:
                yield End(f"{index}:")
            case {"type": "message_delta" | "message_stop" | "error"}:
                yield End()
            case {"type": "message", "content": [*blocks]}:
                for i, block in enumerate(blocks):
                    yield from (_left(f"/content/{i}{at}") for at, _ in select(block, "/thinking"))

    def refuse(self, request: Request, message: str) -> Answer:
        """The API's own error: its SDKs and Claude Code show the message as it is."""
        return Answer(400, "application/json", dump(error(message)), NO_RETRY)

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        path = request.target.partition("?")[0]
        if not path.endswith(_ANSWERED) or "/count-tokens:" in path:
            raise CannotExpress("only messages have an answer that another model can give")
        return read_chat(self.document(request))

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        match self.document(request):
            case {"stream": True}:
                return StreamWriter(model)
            case _:
                return WholeWriter(model)

    def build_request(self, chat: Chat, model: str) -> Request:
        """See ModelDialect."""
        return Request("POST", "/v1/messages", "application/json", dump(write_chat(chat, model)))

    def read_answer(self, chat: Chat, content_type: str) -> AnswerReader:
        """See ModelDialect."""
        return Reader(content_type)


def _said(where: str, role: str, content: Json) -> Iterator[tuple[str, str, Json]]:
    if isinstance(content, str):
        yield where, role, content
    for place, block in select(content, "/*") if isinstance(content, list) else ():
        match block:
            case {"type": "tool_result", "content": result}:
                yield from _said(f"{where}{place}/content", "tool", result)
            case {"type": "tool_use" | "server_tool_use", "input": arguments}:
                yield f"{where}{place}/input", "assistant", arguments
            case {"type": "document", "source": source}:
                yield from _named(f"{where}{place}", role, block, "/title", "/context")
                match source:
                    case {"type": "text", "data": text}:
                        yield f"{where}{place}/source/data", role, text
                    case {"type": "content", "content": inner}:
                        yield from _said(f"{where}{place}/source/content", role, inner)
            case {"type": "search_result", "content": content}:
                yield from _named(f"{where}{place}", role, block, "/title", "/source")
                yield from _said(f"{where}{place}/content", role, content)
            case {"type": "thinking", "thinking": thought}:
                yield f"{where}{place}/thinking", "other", thought
            case {"text": str(text)}:
                yield f"{where}{place}/text", role, text


def _named(where: str, role: str, block: Json, *names: str) -> Iterator[tuple[str, str, Json]]:
    for place, node in select(block, *names):
        yield where + place, role, node


def _blocks(document: Json) -> Iterator[tuple[str, Json]]:
    """Every content block of every message, in results of tools too."""
    block = "/messages/*/content/*"
    patterns = (block, f"{block}/content/*")
    yield from select(document, *patterns, *(f"/requests/*/params{p}" for p in patterns))


def _left(where: str) -> Delta:
    """A string of an answer that stays as it is."""
    return Delta("", where, "")


dialect = AnthropicMessages()
