"""Amazon Bedrock's Converse, `POST /model/MODEL/converse` and `/converse-stream`.

Signed requests cannot be edited; see `aws_api`. Source: botocore 1.44 (`bedrock-runtime`), read
2026-11-28. Captures: tests/proxy_addons/golden/bedrock_converse/.
Misses: what is kept in S3 or as a stored prompt; files that hold no text.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from penstock.errors import CannotExpress
from penstock.model import Chat, Edit
from proxy_addons.dialects.aws_api import check_unsigned, refusal
from proxy_addons.dialects.base import Answer, AnswerWriter, Json, Request
from proxy_addons.dialects.bedrock_converse_answer import StreamWriter, WholeWriter
from proxy_addons.dialects.bedrock_converse_request import read_chat
from proxy_addons.dialects.json_body import JsonDialect
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.restore import Delta, End
from proxy_addons.dialects.words import MADE_IDS

_TEXTS = (
    "/text",
    "/guardContent/text/text",
    "/document/name",
    "/document/context",
    "/document/source/text",
    "/document/source/content/*/text",
    "/searchResult/title",
    "/searchResult/content/*/text",
)
IDS = re.compile(rf"{MADE_IDS.pattern}|converse-stream|invoke-with-response-stream|count-tokens")
"""Last segments of paths look like somebody's words."""
_RESULT = "/toolResult/content/*"


class BedrockConverse(JsonDialect):
    """Messages of blocks, each named by its only member."""

    name = "bedrock_converse"
    ids = IDS

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect. `/count-tokens` wraps the same body in `input/converse`."""
        for where, body in [("", document), *select(document, "/input/converse")]:
            for place, text in select(body, "/system/*/text", "/system/*/guardContent/text/text"):
                yield where + place, "system", text
            for place, text in select(body, "/promptVariables/*/text"):
                yield where + place, "user", text
            for place, message in select(body, "/messages/*"):
                match message:
                    case {"role": "user" | "assistant" as role}:
                        for at, block in select(message, "/content/*"):
                            yield from _said(where + place + at, str(role), block)

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect."""
        if edits:
            check_unsigned(request)
        return super().rewrite(request, edits)

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect. Reasoning is signed and stays as it is."""
        match event:
            case {"contentBlockIndex": int(index), "delta": dict(delta)}:
                match delta:
                    case {"text": str(text)}:
                        yield Delta(f"{index}:", "/delta/text", text)
                    case {"toolUse": {"input": str(text)}}:
                        yield Delta(f"{index}:", "/delta/toolUse/input", text, is_json=True)
                    case {"reasoningContent": {"text": str()}}:
                        yield Delta("", "/delta/reasoningContent/text", "")
            case {"contentBlockIndex": int(index)}:
                yield End(f"{index}:")
            case {"stopReason": _} | {"message": _}:
                yield End()

    def refuse(self, request: Request, message: str) -> Answer:
        """The API's own error, streamed or not: boto3 raises it once, with the message."""
        return refusal(message)

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        model, operation = model_and_operation(request)
        if operation not in ("converse", "converse-stream"):
            raise CannotExpress("only a conversation has an answer that another model can give")
        return read_chat(self.document(request), model, operation == "converse-stream")

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable. The API's answers do not name a model."""
        streams = model_and_operation(request)[1] == "converse-stream"
        return StreamWriter() if streams else WholeWriter()


def model_and_operation(request: Request) -> tuple[str, str]:
    """The model and what is wanted of it, of `/model/MODEL/OPERATION`."""
    path = request.target.partition("?")[0]
    model, _, operation = path.rpartition("/")
    return unquote(model.partition("/model/")[2]), operation


def _said(where: str, role: str, block: Json) -> Iterator[tuple[str, str, Json]]:
    for place, text in select(block, *_TEXTS):
        yield where + place, role, text
    for place, node in select(block, "/toolUse/input"):
        yield where + place, "assistant", node
    results = (f"{_RESULT}/json", *(f"{_RESULT}{at}" for at in _TEXTS))
    for place, node in select(block, *results):
        yield where + place, "tool", node
    for place, node in select(block, "/reasoningContent/reasoningText/text"):
        yield where + place, "other", node


dialect = BedrockConverse()
