"""OpenAI's older completions, `POST /v1/completions`, and its copies; also of code editors.

Source: wire types of the `openai` Python SDK 3.52 (`openai.types.completion`), read 2026-11-28;
GitHub Copilot's `extra.context`. Captures: tests/proxy_addons/golden/openai_completions/.
Misses: prompts sent as token ids, which are reported as unread.
"""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

from penstock.errors import CannotExpress
from penstock.model import AnswerEvent, Chat, Failed, Finished, Prompt, TextDelta, Turn
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import Answer, AnswerWriter, Json, Request
from proxy_addons.dialects.endpoints import TOKENS, has_tokens
from proxy_addons.dialects.json_body import JsonDialect
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.openai_api import refusal
from proxy_addons.dialects.openai_chat_answer import error, usage
from proxy_addons.dialects.openai_chat_request import number, string, strings, whole
from proxy_addons.dialects.restore import Delta, End

_SAYS_NOTHING = {
    *("model", "prompt", "stop", "user", "stream_options", "logit_bias", "metadata", "provider"),
    *("service_tier", "safety_identifier", "prompt_cache_key"),
}
_NO_CALLS = "the model called a tool where only text was asked for"


class OpenAICompletions(JsonDialect):
    """A prompt to go on with; what stands behind the gap of a fill-in has no other form."""

    name = "openai_completions"

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        patterns = ("/prompt", "/prompt/*", "/suffix", "/extra/context/*")
        for where, text in select(document, *patterns):
            if isinstance(text, str):
                yield where, "user", text

    def parse(self, request: Request) -> Prompt:
        """See Dialect."""
        prompt = super().parse(request)
        if not has_tokens(self.document(request)):
            return prompt
        return replace(prompt, unread=tuple(sorted({*prompt.unread, TOKENS})))

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect."""
        for where, choice in select(event, "/choices/*"):
            match choice:
                case {"text": str(text), "index": index}:
                    yield Delta(f"{index}/", f"{where}/text", text)
            match choice:
                case {"finish_reason": str(), "index": index}:
                    yield End(f"{index}/")

    def refuse(self, request: Request, message: str) -> Answer:
        """The API's own error, streamed or not."""
        return refusal(message)

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        document = self.document(request)
        match document:
            case {"prompt": [str(prompt)] | str(prompt), **rest} if not rest.get("suffix"):
                pass
            case _:
                raise CannotExpress("only one prompt in text can be gone on with")
        for name, value in rest.items():
            if name not in _SAYS_NOTHING and isinstance(value, dict | list | str) and value:
                raise CannotExpress("the request has a field that no other model knows")
        if rest.get("echo") or rest.get("logprobs") or (whole(rest.get("n")) or 1) > 1:
            raise CannotExpress("more than the text that follows is asked for")
        return Chat(
            turns=(Turn("user", (str(prompt),)),),
            stream=rest.get("stream") is True,
            model=string(rest.get("model")),
            max_tokens=whole(rest.get("max_tokens")),
            temperature=number(rest.get("temperature")),
            top_p=number(rest.get("top_p")),
            stop=strings(rest.get("stop")),
        )

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        match self.document(request):
            case {"stream": True, "stream_options": {"include_usage": True}}:
                return _Writer(model, is_stream=True, with_usage=True, at=request.at)
            case {"stream": True}:
                return _Writer(model, is_stream=True, with_usage=False, at=request.at)
            case _:
                return _Writer(model, is_stream=False, with_usage=True, at=request.at)


class _Writer:
    """One object, or one for each piece of the text and `[DONE]`."""

    def __init__(self, model: str, is_stream: bool, with_usage: bool, at: int) -> None:
        self._at = at
        self.status = 200
        self.content_type = "text/event-stream; charset=utf-8" if is_stream else "application/json"
        self._is_stream = is_stream
        self._with_usage = with_usage
        self._model = model
        self._id = f"cmpl-{uuid4().hex}"
        self._said: list[str] = []

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case TextDelta(text) if self._is_stream:
                return sse.write(self._object(text))
            case TextDelta(text):
                self._said.append(text)
            case Failed(message):
                return self._fail(message)
            case Finished(reason):
                last = self._object("".join(self._said), reason, event)
                return sse.write(last) + sse.write(b"[DONE]") if self._is_stream else last
            case _:
                return self._fail(_NO_CALLS)
        return b""

    def _fail(self, message: str) -> bytes:
        failed = dump(error(message, "server_error", "server_error"))
        if self._is_stream:
            return sse.write(failed)
        self.status = 502
        return failed

    def _object(
        self, text: str, reason: str | None = None, finished: Finished | None = None
    ) -> bytes:
        choice: Json = {"text": text, "index": 0, "logprobs": None, "finish_reason": reason}
        document: dict[str, Json] = {
            "id": self._id,
            "object": "text_completion",
            "created": self._at,
            "model": self._model,
            "choices": [choice],
        }
        if finished and self._with_usage:
            document["usage"] = usage(finished)
        return dump(document)


dialect = OpenAICompletions()
