"""Claude's page, `POST /api/organizations/…/chat_conversations/…/completion`, and its other calls.

Source: public clients of the page and captures of its traffic, read 2026-11-21; undocumented, so
every field may be missing. Captures: tests/proxy_addons/golden/claude_web/.
Misses: earlier turns and a project's knowledge, which are kept at the service; what the service
fetches from a drive or a repository.
"""

import re
from collections.abc import Iterator, Mapping

from penstock.errors import CannotExpress
from penstock.model import Part, Turn
from proxy_addons.dialects.anthropic_messages import dialect as api
from proxy_addons.dialects.base import Answer, AnswerWriter, Filter, Json, Request
from proxy_addons.dialects.claude_web_answer import Head, StreamWriter
from proxy_addons.dialects.claude_web_inside import calls
from proxy_addons.dialects.inside import InsideTurn, Thread
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.page import PageDialect, named_files, refuse_files, uuid
from proxy_addons.dialects.restore import Delta, End, restorer
from proxy_addons.dialects.words import WORDS

_CHAT = r"/api/organizations/[^/]+/chat_conversations/([^/]+)"
_OF_A_CHAT = re.compile(_CHAT + r"(?:/.*)?")
_INSTRUCTIONS = ("/custom_system_prompt", "/personalized_styles/*/prompt")
_SAID = ("/prompt", "/message_content", "/attachments/*/extracted_content", "/content")
_WORDS = """
    attachments file_name file_size file_type extracted_content files sync_sources
    personalized_styles parent_message_uuid locale timezone rendering_mode raw messages
    turn_message_uuids human_message_uuid assistant_message_uuid create_conversation_params
    project_uuid is_temporary include_conversation_preferences paprika_mode thinking_mode
    custom_system_prompt message_content recent_titles compass_mode enabled_imagine is_yukon_gold
    uuid isDefault key nameKey summaryKey txt text/plain Default Normal extended normal
    web_search_v0 web_search artifacts_v0 artifacts repl_v0 repl
"""


class ClaudeWeb(PageDialect):
    """Gives the prompt, pasted texts, styles and titles their roles; the rest is `other`."""

    name = "claude_web"
    words = WORDS | frozenset(_WORDS.split())
    turns_at = re.compile(_CHAT + "/(?:retry_)?completion")

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, node in select(document, *_INSTRUCTIONS):
            yield where, "system", node
        for where, node in select(document, *_SAID):
            if isinstance(node, str):
                yield where, "user", node

    def conversation(self, request: Request) -> str:
        """See PageDialect. The page makes the id itself, before the chat begins."""
        found = _OF_A_CHAT.fullmatch(request.target.partition("?")[0])
        return found[1] if found else ""

    def error(self, message: str) -> Json:
        """The page shows the message of an error that says it is for its user."""
        details: Json = {"error_code": "policy", "error_visibility": "user_facing"}
        return {
            "type": "error",
            "error": {"type": "permission_error", "message": message, "details": details},
        }

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect. The events are those of the vendor's API, with more in them."""
        yield from api.deltas(event)

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        return restorer(content_type, originals, self.deltas)

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect. Texts that were pasted stand before the prompt."""
        refuse_files(document, "/sync_sources")
        match document:
            case {"create_conversation_params": {"project_uuid": str(_)}}:
                raise CannotExpress("a project's knowledge is kept at the service")
        system = [text for _, text in select(document, *_INSTRUCTIONS) if isinstance(text, str)]
        parts: list[Part] = [_pasted(text) for _, text in select(document, "/attachments/*")]
        parts += named_files(document, "/files")
        parts += [text for _, text in select(document, "/prompt") if isinstance(text, str)]
        turns = [Turn("system", (text,)) for text in system if text]
        return (*turns, Turn("user", tuple(part for part in parts if part)))

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        asked, answer = self._ids(request)
        return StreamWriter(Head(message=answer, asked=asked, model=model))

    def turn(self, request: Request) -> InsideTurn | None:
        """See ChatPage."""
        if not self.is_turn(request):
            return None
        document = self.document(request)
        said = "\n\n".join(t for _, t in select(document, *_SAID[:3]) if isinstance(t, str))
        begins = dict(select(document, "/create_conversation_params"))
        return InsideTurn(
            self.conversation(request),
            _string(document, "/parent_message_uuid"),
            *self._ids(request),
            prompt=said,
            begins=bool(begins),
            files=self.files(document),
            place=dump(begins.get("/create_conversation_params")).decode(),
        )

    def aside(self, request: Request, thread: Thread) -> Answer | None:
        """See ChatPage."""
        return calls.answer(request, self.document(request), thread)

    def moved(self, request: Request, thread: Thread) -> Request:
        """See ChatPage."""
        return calls.moved(request, self.document(request), thread)

    def join(self, request: Request, thread: Thread) -> Filter | None:
        """See ChatPage."""
        return calls.join(request, thread)

    def _ids(self, request: Request) -> tuple[str, str]:
        """Of the person's message and of its answer."""
        document = self.document(request)
        asked = _string(document, "/turn_message_uuids/human_message_uuid") or uuid(
            "claude", request.target, *map(str, select(document, "/*"))
        )
        answer = _string(document, "/turn_message_uuids/assistant_message_uuid")
        return asked, answer or uuid("claude answer", asked)


def _string(document: Json, pointer: str) -> str:
    return next((text for _, text in select(document, pointer) if isinstance(text, str)), "")


def _pasted(attachment: Json) -> str:
    match attachment:
        case {"extracted_content": str(text), "file_name": str(name)} if name:
            return f"{name}:\n{text}"
        case {"extracted_content": str(text)}:
            return text
        case _:
            raise CannotExpress("an attachment without its text")


dialect = ClaudeWeb()
