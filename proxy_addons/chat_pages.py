"""Keeps pages and services of one mind about chats of which some turns were answered here.

See `dialects.inside` for what that takes. Nothing here opens a passage: an aside is an answer of
ours, and a request is moved after a verdict has let it through.
"""

from dataclasses import replace

from mitmproxy.http import HTTPFlow

from penstock.errors import CannotExpress
from penstock.model import Action, Chat, Turn
from proxy_addons import carrying, responses, wording
from proxy_addons.decoding import decode
from proxy_addons.dialects import BY_NAME, base
from proxy_addons.dialects.inside import ChatPage, InsideTurn, Thread
from proxy_addons.inside import Inside
from proxy_addons.inspection import Inspection
from proxy_addons.passage import Passage


class ChatPages:
    """The chats of everyone whose requests pass here."""

    def __init__(self, language: str, max_body_bytes: int) -> None:
        self._language = language
        self._max_body_bytes = max_body_bytes
        self._inside = Inside()

    def thread(self, passage: Passage, conversation: str) -> Thread | None:
        """The turns of a chat that were answered here; None if there are none."""
        if not conversation or passage.endpoint is None:
            return None
        service = passage.endpoint.service.service
        return self._inside.find(passage.sender.user, service, conversation)

    def keep(self, passage: Passage, turn: InsideTurn | None) -> None:
        """Keeps a turn that is answered here."""
        if turn is not None and passage.endpoint is not None:
            self._inside.keep(passage.sender.user, passage.endpoint.service.service, turn)

    def after(self, passage: Passage, turn: InsideTurn | None, chat: Chat) -> Chat:
        """`chat` with what was said here before it, so that the internal model knows it."""
        thread = self.thread(passage, turn.conversation) if turn else None
        if turn is None or thread is None:
            return chat
        before = [t for t in thread.before(turn.parent) if not t.is_refusal and t.said]
        said: list[Turn] = []
        for earlier in reversed(before):
            said += Turn("user", (earlier.prompt,)), Turn("assistant", (earlier.said,))
        system = [t for t in chat.turns if t.role == "system"]
        rest = [t for t in chat.turns if t.role != "system"]
        return replace(chat, turns=(*system, *said, *rest))

    def answers(self, flow: HTTPFlow, passage: Passage, conversation: str | None = None) -> bool:
        """Answers what is only about turns that were answered here, and says whether it did. What
        the service answers to other calls about such a chat gets those turns back.

        `conversation`: the chat's id; without it the request has no body.
        """
        if (page := _page(passage)) is None:
            return False
        if conversation is None:
            conversation = page.conversation(_request(flow, b""))
        if (thread := self.thread(passage, conversation)) is None:
            return False
        request = self._decoded(flow)
        if (aside := page.aside(request, thread)) is not None:
            flow.response = responses.answer(aside, Action.REDIRECT)
            return True
        passage.joining = page.join(request, thread)
        if passage.joining is not None:
            flow.request.headers["accept-encoding"] = "identity"
            flow.request.headers.pop("if-none-match", None)
        return False

    def lets_go(self, flow: HTTPFlow, passage: Passage, seen: Inspection) -> bool:
        """Whether the request can go to its service, behind the last turn that one knows. Else
        the person is told why not."""
        page, thread = _page(passage), self.thread(passage, seen.conversation)
        if page is None or thread is None:
            return True
        request = self._decoded(flow)
        try:
            moved = page.moved(request, thread)
        except CannotExpress:
            told = page.refuse(request, wording.kept_inside(self._language))
            flow.response = responses.answer(told)
            return False
        if moved is not request:
            carrying.rewrite(flow.request, moved)
        return True

    def _decoded(self, flow: HTTPFlow) -> base.Request:
        coding = flow.request.headers.get("content-encoding", "")
        body = decode(flow.request.raw_content or b"", coding, self._max_body_bytes)
        return _request(flow, body)


def _request(flow: HTTPFlow, body: bytes) -> base.Request:
    request = flow.request
    content_type = request.headers.get("content-type", "")
    agent = request.headers.get("user-agent", "")
    return base.Request(request.method, request.path, content_type, body, agent)


def _page(passage: Passage) -> ChatPage | None:
    if passage.endpoint is None:
        return None
    dialect = BY_NAME[passage.endpoint.dialect]
    return dialect if isinstance(dialect, ChatPage) else None
