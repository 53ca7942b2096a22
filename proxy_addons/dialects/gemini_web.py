"""Gemini's page: `StreamGenerate` for messages, `batchexecute` for everything else.

Source: the public client `gemini_webapi` and captures of the page's traffic, read 2026-11-21; lists
without names, undocumented. Captures: tests/proxy_addons/golden/gemini_web/.
Misses: earlier turns and the instructions of a Gem, which are kept at the service.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial

from penstock.errors import CannotExpress
from penstock.model import Media, Turn
from proxy_addons.dialects import gemini_web_inside
from proxy_addons.dialects.base import Answer, AnswerWriter, Filter, Json, Request
from proxy_addons.dialects.gemini_web_answer import Frames, Head, StreamWriter
from proxy_addons.dialects.inside import InsideTurn, Joining, Thread
from proxy_addons.dialects.json_text import dump
from proxy_addons.dialects.nested import Nested
from proxy_addons.dialects.page import PageDialect, token
from proxy_addons.dialects.restore import restorer
from proxy_addons.dialects.words import WORDS

_ASKED = "/f.req/1"
_FILES, _CHAT, _PROOF, _GEM, _REQUEST = 3, 2, 3, 19, 59
"""Where things stand: files in the list that the prompt begins; the rest in the request's list."""
_CONTEXT = 9
"""Where the service's own summary of the chat stands, in the list of the chat's ids."""
_SEALED = re.compile(r"[!\w+/=-]+")


class GeminiWeb(Nested, PageDialect):
    """Gives the prompt its role; what the other calls carry is `other`."""

    name = "gemini_web"
    words = WORDS | {"f.req", "generic", "en"}
    secret_fields = frozenset({"at"})
    credentials = frozenset({"f.sid", "bl"})
    levels = 2
    ids = re.compile(rf"{PageDialect.ids.pattern}|(?:c|r|rc)_[0-9a-f]{{16}}")
    turns_at = re.compile(r"(?:/u/\d+)?/_/BardChatUi/data/[\w.]+/StreamGenerate")

    def document(self, request: Request) -> Json:
        """See JsonDialect. Without what the service and its script in the browser have sealed."""
        document = super().document(request)
        asked = _asked(document)
        for node, place in ((asked, _PROOF), (_at(asked, _CHAT), _CONTEXT)):
            if isinstance(node, list) and _SEALED.fullmatch(_string(node, place)):
                node[place] = None
        return document

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        if isinstance(prompt := _at(_asked(document), 0, 0), str):
            yield f"{_ASKED}/0/0", "user", prompt

    def conversation(self, request: Request) -> str:
        """See PageDialect."""
        document = self.document(request)
        if not self.is_turn(request):
            return gemini_web_inside.asked_for(document)
        return _string(_asked(document), _CHAT, 0)

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        return restorer(content_type, originals, self.deltas, Frames())

    def said(self, document: Json) -> tuple[Turn, ...]:
        """See PageDialect."""
        asked = _asked(document)
        if _at(asked, _GEM):
            raise CannotExpress("the instructions of a Gem are kept at the service")
        prompt, files = _string(asked, 0, 0), _at(asked, 0, _FILES) or []
        if not isinstance(files, list):
            raise CannotExpress("files of a kind that only the service knows")
        parts = (*map(_file, files), *((prompt,) if prompt else ()))
        return (Turn("user", parts),) if parts else ()

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        return StreamWriter(self._head(request))

    def turn(self, request: Request) -> InsideTurn | None:
        """See ChatPage. A reply's id stands for its whole turn."""
        if not self.is_turn(request):
            return None
        head, asked = self._head(request), _asked(super().document(request))
        return InsideTurn(
            conversation=head.chat,
            parent=_string(asked, _CHAT, 1),
            asked=head.candidate,
            answer=head.reply,
            prompt=_string(asked, 0, 0),
            begins=not _string(asked, _CHAT, 0),
            files=self.files(self.document(request)),
            place=dump(_at(asked, _CHAT)).decode(),
        )

    def aside(self, request: Request, thread: Thread) -> Answer | None:
        """See ChatPage."""
        return gemini_web_inside.answer(self.document(request), thread)

    def moved(self, request: Request, thread: Thread) -> Request:
        """See ChatPage."""
        return gemini_web_inside.moved(request, _asked(self.document(request)), thread)

    def join(self, request: Request, thread: Thread) -> Filter | None:
        """See ChatPage."""
        if not gemini_web_inside.asked_for(self.document(request)):
            return None
        return Joining(partial(gemini_web_inside.joined, thread=thread))

    def _head(self, request: Request) -> Head:
        asked = _asked(self.document(request))
        chat, last = _string(asked, _CHAT, 0), _string(asked, _CHAT, 1)
        seed = (_string(asked, _REQUEST), chat, last, _string(asked, 0, 0))
        return Head(
            chat=chat or f"c_{token('chat', *seed)[:16]}",
            reply=f"r_{token('reply', *seed)[:16]}",
            candidate=f"rc_{token('candidate', *seed)[:16]}",
        )


def _file(file: Json) -> Media:
    """A file that was uploaded before: `[[name, …], title, …]`."""
    if not (name := _string(file, 0, 0)):
        raise CannotExpress("a file without a name")
    return Media("file", "", "", name)


def _asked(document: Json) -> Json:
    """The list that says what is asked."""
    return _at(document.get("f.req"), 1) if isinstance(document, dict) else None


def _at(node: Json, *places: int) -> Json:
    for place in places:
        if not isinstance(node, list) or len(node) <= place:
            return None
        node = node[place]
    return node


def _string(node: Json, *places: int) -> str:
    found = _at(node, *places)
    return found if isinstance(found, str) else ""


dialect = GeminiWeb()
