"""You.com's page, `GET /api/streamingSearch`: the question and the whole chat are in the address.

Source: the public client `g4f`; old and of low confidence, read 2026-11-21.
Captures: tests/proxy_addons/golden/you_web/.
Misses: files, which are kept at the service and are here by their names.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs

from penstock.errors import CannotExpress
from penstock.model import Chat, Prompt, Turn
from proxy_addons.dialects.base import AnswerWriter, Json, Request
from proxy_addons.dialects.json_text import inside, select
from proxy_addons.dialects.page import PageDialect, Speaker, Spoken, event, string
from proxy_addons.dialects.restore import Delta, End
from proxy_addons.dialects.target import WHERE


class YouWeb(PageDialect):
    """Gives what is in the address the role of the person who asks."""

    name = "you_web"
    method = "GET"
    turns_at = re.compile("/api/streamingSearch")

    def parse(self, request: Request) -> Prompt:
        """See Dialect."""
        prompt = super().parse(request)
        if not self.is_turn(request):
            return prompt
        asked = (replace(t, role="user") if t.where == WHERE else t for t in prompt.texts)
        return replace(prompt, texts=tuple(asked))

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        return _fields(request).get("chatId", "")

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect."""
        for where, text in select(event, "/youChatToken", "/t"):
            if isinstance(text, str):
                yield Delta("text", where, text)

    def chat(self, request: Request) -> Chat:
        """See Redirectable. Earlier turns come with the question."""
        fields = _fields(request)
        if not self.is_turn(request) or not fields.get("q"):
            raise CannotExpress("only a question has an answer another model can give")
        if inside(fields.get("userFiles", "")):
            raise CannotExpress("files are kept at the service")
        turns: list[Turn] = []
        for _, turn in select(inside(fields.get("chat", "")), "/*"):
            for name, role in (("question", "user"), ("answer", "assistant")):
                if text := string(turn, f"/{name}"):
                    turns.append(Turn(role, (text,)))
        turns.append(Turn("user", (fields["q"],)))
        return Chat(tuple(turns), stream=True, model=fields.get("selectedAiModel", ""))

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect: the body says nothing."""
        return ()

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        return Speaker(_SPOKEN)


def _say(text: str) -> bytes:
    return event({"youChatToken": text}, "youChatToken")


_SPOKEN = Spoken(
    "text/event-stream; charset=utf-8",
    b"",
    _say,
    lambda _: event({}, "done"),
    lambda message: _say(f"\n\n{message}") + event({}, "done"),
)


def _fields(request: Request) -> dict[str, str]:
    query = request.target.partition("?")[2]
    return {name: values[0] for name, values in parse_qs(query).items()}


dialect = YouWeb()
