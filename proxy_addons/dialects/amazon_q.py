"""Amazon Q Developer and Kiro, `POST /` with the operation in a header: prompts with their editor.

Requests carry a token and no signature, so they can be edited. Answers are a binary event stream.

Source: github.com/aws/amazon-q-developer-cli@15cc8f3 (its generated clients), read 2026-11-21.
Captures: tests/proxy_addons/golden/amazon_q/. Misses: files that are put into S3 beforehand.
"""

from collections.abc import Iterator

from penstock.errors import CannotExpress
from penstock.model import AnswerEvent, Chat, Failed, Finished, TextDelta, Turn
from proxy_addons.dialects.base import Answer, AnswerWriter, Json, Request
from proxy_addons.dialects.event_stream import CONTENT_TYPE, event
from proxy_addons.dialects.json_body import JsonDialect
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.page import token
from proxy_addons.dialects.restore import Delta, End

_CONTEXT = "userInputMessage/userInputMessageContext"
_BY_USER = (
    "userInputMessage/content",
    f"{_CONTEXT}/editorState/document/text",
    f"{_CONTEXT}/editorState/relevantDocuments/*/text",
    f"{_CONTEXT}/additionalContext/*/text",
    f"{_CONTEXT}/shellState/shellHistory/*/command",
)
_BY_TOOL = (
    f"{_CONTEXT}/toolResults/*/content/*/text",
    f"{_CONTEXT}/toolResults/*/content/*/json",
    f"{_CONTEXT}/shellState/shellHistory/*/stdout",
    f"{_CONTEXT}/shellState/shellHistory/*/stderr",
)
_TURNS = ("/conversationState/history/*", "/conversationState/currentMessage")
_COMPLETION = ("/fileContext/leftFileContent", "/fileContext/rightFileContent")


class AmazonQ(JsonDialect):
    """Gives the conversation its roles, and the code around a cursor."""

    name = "amazon_q"

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, turn in select(document, *_TURNS):
            for role, places in (("user", _BY_USER), ("tool", _BY_TOOL)):
                for place, node in select(turn, *(f"/{p}" for p in places)):
                    yield where + place, role, node
            for place, text in select(turn, "/assistantResponseMessage/content"):
                yield where + place, "assistant", text
        for where, text in select(document, *_COMPLETION, "/supplementalContexts/*/content"):
            yield where, "user", text

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect."""
        match event:
            case {"toolUseId": str(known_as), "input": str(text), **more}:
                yield Delta(f"call/{known_as}", "/input", text, is_json=True)
                if more.get("stop"):
                    yield End(f"call/{known_as}")
            case {"content": str(text)}:
                yield Delta("content", "/content", text)

    def refuse(self, request: Request, message: str) -> Answer:
        """The API's own error, which the clients show and do not try again."""
        said: Json = {"__type": "ValidationException", "message": message}
        return Answer(400, "application/x-amz-json-1.0", dump(said))

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        document = self.document(request)
        turns = []
        for where, role, text in self.roles(document):
            if not where.startswith("/conversationState/") or role == "tool":
                raise CannotExpress("the request has a part that no other model knows")
            if isinstance(text, str) and text:
                turns.append(Turn(role, (text,)))
        if not turns:
            raise CannotExpress("the request has no conversation")
        for _, tools in select(document, f"/conversationState/currentMessage/{_CONTEXT}/tools"):
            if tools:
                raise CannotExpress("the tools of an editor have no form in another model")
        return Chat(tuple(turns), stream=True, model="")

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        return _Writer(token(request.body.decode("utf-8", "replace")))


class _Writer:
    """Events of a binary stream: who answers, then what is said, piece by piece."""

    status = 200
    content_type = CONTENT_TYPE

    def __init__(self, known_as: str) -> None:
        self._known_as = known_as
        self._begun = False

    def write(self, event_: AnswerEvent) -> bytes:
        """See AnswerWriter."""
        begin = b""
        if not self._begun:
            self._begun = True
            ids: Json = {"conversationId": self._known_as, "utteranceId": self._known_as}
            begin = event("messageMetadataEvent", ids)
        match event_:
            case TextDelta(text):
                return begin + event("assistantResponseEvent", {"content": text})
            case Failed(message):
                said: Json = {"reason": "INTERNAL", "message": message}
                return begin + event("invalidStateEvent", said)
            case Finished():
                return begin
            case _:  # no tool was offered
                return begin


dialect = AmazonQ()
