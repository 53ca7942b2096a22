"""Hugging Face's text generation: `/generate`, `/generate_stream`, `/models/MODEL`.

As Text Generation Inference serves it and the Inference API kept it; other tasks are read too.
Source: huggingface/text-generation-inference `docs/openapi.json`, `huggingface_hub` 2.4
(`text_generation`), read 2026-11-28. Captures: tests/proxy_addons/golden/tgi_generate/.
Misses: pictures and sound.
"""

from collections.abc import Iterator

from penstock.errors import CannotExpress
from penstock.model import AnswerEvent, Chat, Failed, Finished, TextDelta, Turn
from proxy_addons.dialects.base import Answer, AnswerWriter, Json, Request
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.openai_chat_request import number, strings, whole
from proxy_addons.dialects.restore import Delta, End

_TUNES = {
    *("max_new_tokens", "temperature", "top_p", "stop", "details", "decoder_input_details"),
    *("do_sample", "repetition_penalty", "frequency_penalty", "seed"),
    *("top_k", "top_n_tokens", "truncate", "typical_p", "watermark", "best_of", "adapter_id"),
}
_REASONS = {"stop": "eos_token", "length": "length", "tool_calls": "eos_token"}
_NO_CALLS = "the model called a tool where only text was asked for"


class TgiGenerate(Generic):
    """One prompt, `inputs`, to go on with."""

    name = "tgi_generate"

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, text in select(document, "/inputs", "/inputs/*"):
            if isinstance(text, str):
                yield where, "user", text

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect. The last event has the whole text besides."""
        match event:
            case {"token": {"text": str(text)}}:
                yield Delta("said", "/token/text", text)
        match event:
            case {"generated_text": str()}:
                yield End()

    def error(self, message: str) -> Answer:
        """See Generic."""
        return Answer(400, "application/json", dump({"error": message, "error_type": "validation"}))

    def chat(self, request: Request) -> Chat:
        """See Redirectable. Only what asks for generated text in so many words."""
        document = self._asked(request)
        parameters = document.get("parameters")
        tunes = parameters if isinstance(parameters, dict) else {}
        generates = "/generate" in request.target or "max_new_tokens" in tunes
        if not isinstance(inputs := document.get("inputs"), str) or not generates:
            raise CannotExpress("only generated text has an answer that another model can give")
        if any(value for name, value in tunes.items() if name not in _TUNES):
            raise CannotExpress("more than the text that follows is asked for")
        return Chat(
            turns=(Turn("user", (inputs,)),),
            stream=_streams(request, document),
            model=request.target.partition("/models/")[2].partition("?")[0],
            max_tokens=whole(tunes.get("max_new_tokens")),
            temperature=number(tunes.get("temperature")),
            top_p=number(tunes.get("top_p")),
            stop=strings(tunes.get("stop")),
        )

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        if _streams(request, self._asked(request)):
            return _Writer("stream")
        return _Writer("object" if "/generate" in request.target else "list")

    def _asked(self, request: Request) -> dict[str, Json]:
        document = self.document(request) if request.body[:1] == b"{" else None
        return document if isinstance(document, dict) else {}


def _streams(request: Request, document: dict[str, Json]) -> bool:
    return "/generate_stream" in request.target or document.get("stream") is True


class _Writer:
    """An object, a list of one, or an event for each piece of the text."""

    def __init__(self, form: str) -> None:
        self.status = 200
        self.content_type = "text/event-stream" if form == "stream" else "application/json"
        self._form = form
        self._said: list[str] = []
        self._index = 0

    def write(self, event: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        match event:
            case TextDelta(text):
                self._said.append(text)
                return self._event(text) if self._form == "stream" else b""
            case Finished():
                return self._finish(event)
            case Failed(message):
                return self._fail(message)
            case _:
                return self._fail(_NO_CALLS)

    def _finish(self, finished: Finished) -> bytes:
        said = "".join(self._said)
        if self._form == "stream":
            details: Json = {
                "finish_reason": _REASONS[finished.reason],
                "generated_tokens": finished.output_tokens,
                "input_length": finished.input_tokens,
                "seed": None,
            }
            return self._event("", said, details)
        whole: Json = {"generated_text": said}
        return dump(whole if self._form == "object" else [whole])

    def _event(self, text: str, generated: str | None = None, details: Json = None) -> bytes:
        self._index += 1
        token: Json = {"id": 0, "text": text, "logprob": 0.0, "special": not text}
        return (
            b"data:"
            + dump(
                {
                    "index": self._index,
                    "token": token,
                    "generated_text": generated,
                    "details": details,
                }
            )
            + b"\n\n"
        )

    def _fail(self, message: str) -> bytes:
        failed = dump({"error": message, "error_type": "generation"})
        if self._form == "stream":
            return b"data:" + failed + b"\n\n"
        self.status = 502
        return failed


dialect = TgiGenerate()
