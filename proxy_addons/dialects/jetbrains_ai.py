"""JetBrains AI Assistant and Junie, `POST /user/v5/llm/chat/stream/v7`.

Source: two public clients of the service, whose requests and events agree (`/v7`, `/v8`), read
2026-11-21. Captures: tests/proxy_addons/golden/jetbrains_ai/.
Misses: what an editor's own local model completes, which goes nowhere.
"""

import re
from collections.abc import Iterator

from penstock.errors import CannotExpress
from penstock.model import Turn
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import AnswerWriter, Json, Request
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.page import PageDialect, Speaker, Spoken, event, spoken_turns
from proxy_addons.dialects.restore import Delta, End

_ROLES = {
    "system_message": "system",
    "user_message": "user",
    "assistant_message": "assistant",
    "function_message": "tool",
}
_STREAM = "text/event-stream"


class JetBrainsAi(PageDialect):
    """Messages that name their role by their type; an answer is a stream of typed events."""

    name = "jetbrains_ai"
    words = PageDialect.words | _ROLES.keys() | {"chat", "profile", "functionName", "fqdn", "value"}
    turns_at = re.compile(r"/user/v\d+/llm/chat/stream/v\d+")

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, message in select(document, "/chat/messages/*"):
            if not isinstance(message, dict):
                continue
            kind = message.get("type")
            role = _ROLES.get(kind, "other") if isinstance(kind, str) else "other"
            if "content" in message:
                yield f"{where}/content", role, message["content"]
            if "functionCall" in message:
                yield f"{where}/functionCall", "assistant", message["functionCall"]

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect."""
        match event:
            case {"type": "Content" | "FunctionCall" as kind, "content": str(text)}:
                yield Delta(str(kind), "/content", text, is_json=kind == "FunctionCall")
            case {"type": "FinishMetadata"}:
                yield End()

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect. The whole chat comes again each time."""
        for _, parameter in select(document, "/parameters/data/*/fqdn"):
            if parameter == "llm.parameters.functions":
                raise CannotExpress("the functions of an editor have no form in another model")
        roles = list(self.roles(document))
        if any(role not in ("system", "user", "assistant") for _, role, _ in roles):
            raise CannotExpress("what a function returned has no form in another model")
        return spoken_turns(roles)

    def model(self, document: Json) -> str:
        """See PageDialect."""
        match document:
            case {"profile": str(name)}:
                return name
            case _:
                return ""

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        end = event({"type": "FinishMetadata", "reason": "stop"}) + sse.write(b"end")
        return Speaker(
            Spoken(_STREAM, b"", _piece, lambda _: end, lambda message: _piece(message) + end)
        )


def _piece(text: str) -> bytes:
    return event({"type": "Content", "content": text})


dialect = JetBrainsAi()
