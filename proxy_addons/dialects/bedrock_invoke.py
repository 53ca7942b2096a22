"""Amazon Bedrock's InvokeModel, `/model/MODEL/invoke`: each vendor's own format inside Amazon's.

Claude's messages can be answered by an internal model; the others (Nova, Titan, Llama, Mistral,
Cohere, AI21, Stability) are read. Signed requests cannot be edited; see `aws_api`.
Source: botocore 1.44 (`bedrock-runtime`), `anthropic` 2.11 (`anthropic.lib.bedrock`), the Bedrock
user guide's model parameters, read 2026-11-28.
Captures: tests/proxy_addons/golden/bedrock_invoke/. Misses: pictures, sound.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace

from penstock.errors import CannotExpress
from penstock.model import AnswerEvent, Chat, Edit, Failed
from proxy_addons.dialects import sse
from proxy_addons.dialects.anthropic_messages import dialect as anthropic
from proxy_addons.dialects.anthropic_messages_answer import StreamWriter, WholeWriter
from proxy_addons.dialects.anthropic_messages_request import read_chat
from proxy_addons.dialects.aws_api import check_unsigned, refusal
from proxy_addons.dialects.base import Answer, AnswerWriter, Json, Request
from proxy_addons.dialects.bedrock_converse import IDS, model_and_operation
from proxy_addons.dialects.bedrock_converse_answer import BROKE_OFF
from proxy_addons.dialects.event_stream import CONTENT_TYPE, event, exception
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.restore import Delta, End

_PROMPTS = (
    *("/prompt", "/inputText", "/message", "/chat_history/*/message", "/texts/*", "/inputs/*"),
    *("/text_prompts/*/text", "/textToImageParams/text", "/query", "/documents/*"),
)
_PIECES = (
    *("/outputText", "/generation", "/outputs/*/text", "/completion", "/text"),
    *("/contentBlockDelta/delta/text", "/choices/*/delta/content", "/choices/*/message/content"),
)
_STREAM = "invoke-with-response-stream"


class BedrockInvoke(Generic):
    """Reads whatever vendor's body it is."""

    name = "bedrock_invoke"
    ids = IDS

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        yield from anthropic.roles(document)
        for where, text in select(document, *_PROMPTS):
            if isinstance(text, str) and text:
                yield where, "user", text

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect."""
        if edits:
            check_unsigned(request)
        return super().rewrite(request, edits)

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect. A vendor's text goes on until something else comes."""
        steps = [*anthropic.deltas(event)]
        for where, text in select(event, *_PIECES):
            if isinstance(text, str):
                steps.append(Delta(where, where, text))
        yield from steps or [End()]

    def error(self, message: str) -> Answer:
        """See Generic."""
        return refusal(message)

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        model, operation = model_and_operation(request)
        document = self.document(request) if request.body[:1] == b"{" else None
        if not isinstance(document, dict) or "anthropic_version" not in document:
            raise CannotExpress("only Claude's messages have a form in other dialects here")
        if operation not in ("invoke", _STREAM):
            raise CannotExpress("only messages have an answer that another model can give")
        return replace(read_chat(document), model=model, stream=operation == _STREAM)

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        if model_and_operation(request)[1] == _STREAM:
            return _Chunks(model)
        return WholeWriter(model)


class _Chunks:
    """Claude's own events, each in a message of Amazon's stream."""

    status = 200
    content_type = CONTENT_TYPE

    def __init__(self, model: str) -> None:
        self._writer = StreamWriter(model)
        self._events = sse.Parser()

    def write(self, event_: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        if isinstance(event_, Failed):
            return exception(BROKE_OFF, event_.message)
        return b"".join(
            event("chunk", {"bytes": base64.b64encode(inner.data or b"").decode()})
            for inner in self._events.feed(self._writer.write(event_))
        )


dialect = BedrockInvoke()
