"""OpenAI Chat Completions, `POST /v1/chat/completions`, and the many services that copy it.

Source: wire types of the `openai` Python SDK 3.52 and the public OpenAPI description of the API,
read 2026-11-21. Captures: tests/proxy_addons/golden/openai_chat/.
Misses: sound and files that hold no text.
"""

from collections.abc import Iterator, Mapping
from functools import partial

from penstock.model import Chat
from proxy_addons.dialects.base import Answer, AnswerReader, AnswerWriter, Filter, Json, Request
from proxy_addons.dialects.json_body import JsonDialect, mentions
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.openai_chat_answer import Reader, StreamWriter, WholeWriter, error
from proxy_addons.dialects.openai_chat_request import read_chat, write_chat
from proxy_addons.dialects.restore import Delta, End, restorer

ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
ROLES |= {"tool": "tool", "function": "tool"}
_PLAIN = {"role", "content"}
"""Most messages have nothing else."""
ASKS_FOR_JSON = (b'"json_object"', b'"json_schema"')
"""What stands in a request that wants JSON."""
NO_RETRY = (("x-should-retry", "false"),)
"""The SDKs would otherwise send a refused prompt twice more."""


class OpenAIChat(JsonDialect):
    """Gives `messages` their roles; tools, schemas and unknown fields are swept up as `other`."""

    name = "openai_chat"

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        messages = document.get("messages") if isinstance(document, dict) else None
        for i, message in enumerate(messages if isinstance(messages, list) else ()):
            if not isinstance(message, dict):
                continue
            role = message.get("role")
            role = ROLES.get(role, "other") if isinstance(role, str) else "other"
            where = f"/messages/{i}"
            yield from said(f"{where}/content", role, message.get("content"))
            if role == "assistant" and message.keys() - _PLAIN:
                for place, node in select(
                    message,
                    "/refusal",
                    "/tool_calls/*/function/arguments",
                    "/tool_calls/*/custom/input",
                    "/function_call/arguments",
                ):
                    yield where + place, role, node
        for where, node in select(document, "/prediction/content"):
            yield from said(where, "user", node)

    def deltas(self, event: Json, is_json: bool = False) -> Iterator[Delta | End]:
        """See JsonDialect. `is_json`: whether the answer was asked for as JSON."""
        for where, choice in select(event, "/choices/*"):
            if not isinstance(choice, dict):
                continue
            delta, channel = choice.get("delta"), f"{choice.get('index')}/"
            for name, text in delta.items() if isinstance(delta, dict) else ():
                if isinstance(text, str) and name != "role":
                    yield Delta(f"{channel}{name}", f"{where}/delta/{name}", text, is_json)
            yield from _calls(f"{where}/delta", channel, delta)
            if choice.get("finish_reason"):
                yield End(channel)

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        match self.document(request) if mentions(request, *ASKS_FOR_JSON) else None:
            case {"response_format": {"type": "json_object" | "json_schema"}}:
                return restorer(content_type, originals, partial(self.deltas, is_json=True))
            case _:
                return restorer(content_type, originals, self.deltas)

    def refuse(self, request: Request, message: str) -> Answer:
        """The API's own error, streamed or not: its SDKs raise it with the message as it is."""
        return Answer(
            400, "application/json", dump(error(message, "content_policy_violation")), NO_RETRY
        )

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        return read_chat(self.document(request))

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        match self.document(request):
            case {"stream": True, "stream_options": {"include_usage": True}}:
                return StreamWriter(model, with_usage=True, at=request.at)
            case {"stream": True}:
                return StreamWriter(model, with_usage=False, at=request.at)
            case _:
                return WholeWriter(model, request.at)

    def build_request(self, chat: Chat, model: str) -> Request:
        """See ModelDialect."""
        body = dump(write_chat(chat, model))
        return Request("POST", "/v1/chat/completions", "application/json", body)

    def read_answer(self, chat: Chat, content_type: str) -> AnswerReader:
        """See ModelDialect."""
        return Reader(chat)


def said(where: str, role: str, content: Json) -> Iterator[tuple[str, str, Json]]:
    """The texts of a message's content, a string or a list of parts."""
    if isinstance(content, str):
        yield where, role, content
    elif isinstance(content, list):
        for place, text in select(content, "/*/text", "/*/refusal"):
            yield where + place, role, text


def _calls(where: str, channel: str, delta: Json) -> Iterator[Delta | End]:
    for place, call in select(delta, "/tool_calls/*"):
        if not isinstance(call, dict):
            continue
        index = call.get("index", 0)
        yield End(f"{channel}content")
        match call:
            case {"function": {"arguments": str(text)}}:
                at = f"{where}{place}/function/arguments"
                yield Delta(f"{channel}call/{index}", at, text, is_json=True)
            case {"custom": {"input": str(text)}}:
                yield Delta(f"{channel}call/{index}", f"{where}{place}/custom/input", text)
    match delta:
        case {"function_call": {"arguments": str(text)}}:
            yield Delta(f"{channel}function", f"{where}/function_call/arguments", text, True)
        case {"audio": {"transcript": str(text)}}:
            yield Delta(f"{channel}audio", f"{where}/audio/transcript", text)


dialect = OpenAIChat()
