"""Mistral's chat, agents' and fill-in-the-middle completions: OpenAI's chat with other errors.

Source: `mistralai` Python SDK 3.7 (`mistralai.client.models`), read 2026-11-28.
Captures: tests/proxy_addons/golden/mistral_chat/.
Misses: documents that the service fetches, what an agent's id stands for.
"""

from collections.abc import Iterator

from penstock.errors import CannotExpress
from penstock.model import AnswerEvent, CallDelta, CallStarted, Chat, Finished
from proxy_addons.dialects.base import Answer, AnswerWriter, Json, Request
from proxy_addons.dialects.collected import Collected
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.mistral_api import refusal
from proxy_addons.dialects.openai_chat import OpenAIChat
from proxy_addons.dialects.openai_chat_answer import StreamWriter, WholeWriter
from proxy_addons.dialects.openai_chat_request import read_chat
from proxy_addons.dialects.restore import Delta, End

_TUNES = ("prompt_mode", "guardrails")
"""Members that say how to answer and nothing to the model."""


class MistralChat(OpenAIChat):
    """Pieces of an answer may be lists of parts; counts come unasked."""

    name = "mistral_chat"

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        yield from super().roles(document)
        for where, text in select(document, "/prompt", "/suffix"):
            yield where, "user", text

    def deltas(self, event: Json, is_json: bool = False) -> Iterator[Delta | End]:
        """See OpenAIChat."""
        for where, part in select(event, "/choices/*/delta/content/*"):
            for at, text in select(part, "/text", "/thinking/*/text"):
                if isinstance(text, str):
                    index = where.split("/")[2]
                    channel = f"{index}/content" if at == "/text" else f"{index}/thinking"
                    yield Delta(channel, where + at, text, is_json and at == "/text")
        yield from super().deltas(event, is_json)

    def refuse(self, request: Request, message: str) -> Answer:
        """The API's own error, streamed or not: its SDK raises it with the body."""
        return refusal(message)

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        document = self.document(request)
        if not isinstance(document, dict) or document.get("agent_id"):
            raise CannotExpress("what an agent is told is kept at the service")
        said = {name: value for name, value in document.items() if name not in _TUNES}
        if said.get("tool_choice") == "any":
            said["tool_choice"] = "required"
        return read_chat(said)

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        match self.document(request):
            case {"stream": True}:
                return _StreamWriter(model, request.at)
            case _:
                return WholeWriter(model, request.at)


class _StreamWriter(StreamWriter):
    """Calls are whole in one chunk: the SDK takes no pieces of one."""

    def __init__(self, model: str, at: int) -> None:
        super().__init__(model, with_usage=True, at=at)
        self._collected = Collected()

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case CallStarted() | CallDelta():
                self._collected.take(event)
                return b""
            case Finished() if calls := self._collected.calls:
                written: list[Json] = [
                    {
                        "id": call.id,
                        "index": index,
                        "type": "function",
                        "function": {"name": call.name, "arguments": call.arguments},
                    }
                    for index, call in enumerate(calls)
                ]
                return self._begin() + self._delta({"tool_calls": written}) + super().write(event)
            case _:
                return super().write(event)


dialect = MistralChat()
