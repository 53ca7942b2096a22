"""Grok's page, `POST /rest/app-chat/conversations/…`, and the one inside X.

Source: the public client `g4f` and captures of the page's traffic, read 2026-11-21; what X sends is
older. Captures: tests/proxy_addons/golden/grok_web/.
Misses: earlier turns and files, which are kept at the service.
"""

import re
from collections.abc import Iterator

from penstock.model import Turn
from proxy_addons.dialects.base import AnswerWriter, Json, Request
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.page import (
    PageDialect,
    Speaker,
    Spoken,
    line,
    refuse_files,
    spoken_turns,
    string,
    uuid,
)
from proxy_addons.dialects.restore import Delta, End
from proxy_addons.dialects.words import WORDS

_NEW = "/rest/app-chat/conversations/new"
_OF_A_CHAT = re.compile("/rest/app-chat/conversations/([^/]+)/responses")
_X = re.compile("(?:/2/grok)?/add_response.json")
_ATTACHED = ("/fileAttachments/*", "/imageAttachments/*", "/responses/*/fileAttachments/*")
_WORDS = """
    message modelName modeId fileAttachments imageAttachments temporary disableSearch
    enableImageGeneration customPersonality parentResponseId toolOverrides isReasoning
    deviceEnvInfo responses sender conversationId grokModelOptionId systemPromptName
    returnImageBytes returnRawGrokInXaiRequest enableImageStreaming imageGenerationCount
    forceConcise forceSideBySide sendFinalMetadata disableTextFollowUps disableMemory
    enableSideBySide isAsyncChat darkModeEnabled devicePixelRatio screenWidth screenHeight
    viewportWidth viewportHeight responseMetadata requestModelDetails modelId fileName fileMimeType
"""


class GrokWeb(PageDialect):
    """Gives messages and the wanted personality their roles."""

    name = "grok_web"
    words = WORDS | frozenset(_WORDS.split())
    ids = re.compile(rf"{PageDialect.ids.pattern}|\d{{15,20}}")
    turns_at = re.compile(f"{_NEW}|{_OF_A_CHAT.pattern}|{_X.pattern}")

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, node in select(document, "/customPersonality"):
            yield where, "system", node
        for where, node in select(document, "/message"):
            yield where, "user", node
        for where, response in select(document, "/responses/*"):
            match response:
                case {"sender": 2, "message": message}:
                    yield f"{where}/message", "assistant", message
                case {"message": message}:
                    yield f"{where}/message", "user", message

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        found = _OF_A_CHAT.fullmatch(request.target.partition("?")[0])
        return found[1] if found else string(self.document(request), "/conversationId")

    def error(self, message: str) -> Json:
        """The page shows the message of an error."""
        return {"error": {"code": 8, "message": message, "details": []}}

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect."""
        for where, node in select(event, "/result/response", "/result"):
            match node:
                case {"token": str(text), "isThinking": True}:
                    yield Delta("thought", f"{where}/token", text)
                case {"token": str(text)}:
                    yield Delta("", f"{where}/token", text)
                case {"message": str(text), "sender": "ASSISTANT"}:
                    yield Delta("", f"{where}/message", text)
                case {"modelResponse": _} | {"isSoftStop": True}:
                    yield End()

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect."""
        refuse_files(document, *_ATTACHED)
        return spoken_turns(self.roles(document))

    def model(self, document: Json) -> str:
        """See PageDialect."""
        return string(document, "/modelName", "/modeId", "/grokModelOptionId")

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        path, document = request.target.partition("?")[0], self.document(request)
        if _X.fullmatch(path):
            return _of_x()
        asked, chat = string(document, "/message"), self.conversation(request)
        id = uuid("grok answer", chat, string(document, "/parentResponseId"), asked)
        is_new = path == _NEW
        chat = chat or uuid("grok", asked)
        title = " ".join(asked.split()[:6])[:60]
        begun: Json = {"conversation": {"conversationId": chat, "title": title}}

        def said(response: dict[str, Json]) -> bytes:
            return line({"result": {"response": response} if is_new else response})

        def piece(text: str) -> bytes:
            return said(
                {
                    "token": text,
                    "isThinking": False,
                    "isSoftStop": False,
                    "responseId": id,
                    "messageTag": "final",
                }
            )

        def end(text: str) -> bytes:
            message: Json = {
                "responseId": id,
                "message": text,
                "sender": "assistant",
                "model": model,
                "partial": False,
            }
            titled = line({"result": {"title": {"newTitle": title}}}) if is_new else b""
            return said({"modelResponse": message}) + titled

        return Speaker(
            Spoken(
                "application/json",
                line({"result": begun}) if is_new else b"",
                piece,
                end,
                lambda message: line(self.error(message)),
            )
        )


def _of_x() -> Speaker:
    def piece(text: str) -> bytes:
        return line({"result": {"sender": "ASSISTANT", "message": text, "messageTag": "final"}})

    ended = line({"result": {"sender": "ASSISTANT", "isSoftStop": True}})
    return Speaker(
        Spoken(
            "application/x-ndjson",
            b"",
            piece,
            lambda _: ended,
            lambda message: piece(f"\n\n{message}") + ended,
        )
    )


dialect = GrokWeb()
