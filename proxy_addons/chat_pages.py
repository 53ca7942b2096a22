"""Keeps pages and services of one mind about chats of which some turns were answered here.

See `dialects.inside` for what that takes. Nothing here opens a passage: an aside is an answer of
ours, and a request is moved after a verdict has let it through.
"""

from dataclasses import replace

from mitmproxy.http import HTTPFlow

from penstock.errors import CannotExpress, InspectionError
from penstock.model import Action, Chat, Media, Turn
from proxy_addons import carrying, responses, wording
from proxy_addons.chats.contents import Contents
from proxy_addons.chats.threads import Threads
from proxy_addons.decoding import decode
from proxy_addons.dialects import PAGES, base, uploads
from proxy_addons.dialects.inside import ChatPage, InsideTurn, Thread
from proxy_addons.inspection import Inspection
from proxy_addons.passage import Passage
from proxy_addons.places import log_place


class ChatPages:
    """The chats of everyone whose requests pass here."""

    def __init__(
        self, threads: Threads, contents: Contents, language: str, max_body_bytes: int
    ) -> None:
        self._threads = threads
        self._contents = contents
        self._language = language
        self._max_body_bytes = max_body_bytes

    async def keep(self, passage: Passage, turn: InsideTurn | None) -> None:
        """Keeps a turn that is answered here."""
        if turn is not None:
            await self._threads.keep(*_whose(passage), turn)

    async def hear(self, passage: Passage, turn: InsideTurn, said: str) -> None:
        """Keeps the answer of a turn that was kept before. The client gets it in any case."""
        try:
            await self._threads.hear(*_whose(passage), turn, said)
        except InspectionError as e:
            log_place("keeping an answer", e)

    async def after(self, passage: Passage, turn: InsideTurn | None, chat: Chat) -> Chat:
        """`chat` with what was said here before it, so that the internal model knows it. Raises
        CannotExpress where a file that was asked about is known no more."""
        thread = await self._thread(passage, turn.conversation) if turn else None
        if turn is None or thread is None:
            return chat
        before = [t for t in thread.before(turn.parent) if not t.is_refusal and t.said]
        said: list[Turn] = []
        for earlier in reversed(before):
            files = (Media("file", "", "", name) for name in earlier.files)
            said += Turn("user", (*files, earlier.prompt)), Turn("assistant", (earlier.said,))
        system = [t for t in chat.turns if t.role == "system"]
        rest = [t for t in chat.turns if t.role != "system"]
        chat = replace(chat, turns=(*system, *said, *rest))
        told = await self._contents.told(passage.sender, uploads.named(chat))
        return uploads.told(chat, told)

    async def answers(
        self, flow: HTTPFlow, passage: Passage, conversation: str | None = None
    ) -> bool:
        """Answers what is only about turns that were answered here, and says whether it did. What
        the service answers to other calls about such a chat gets those turns back.

        `conversation`: the chat's id; without it the request has no body.
        """
        if (page := _page(passage)) is None:
            return False
        if conversation is None:
            conversation = page.conversation(_request(flow, b""))
        try:
            thread = await self._thread(passage, conversation)
        except InspectionError as e:
            if passage.is_judged:
                raise
            log_place("looking for turns", e)  # nothing is said, so nothing can leave
            return False
        if thread is None:
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

    async def lets_go(self, flow: HTTPFlow, passage: Passage, seen: Inspection) -> bool:
        """Whether the request can go to its service, behind the last turn that one knows. Else
        the person is told why not."""
        if (page := _page(passage)) is None:
            return True
        if (thread := await self._thread(passage, seen.conversation)) is None:
            return True
        request, was = self._decoded(flow), replace(thread, moved=dict(thread.moved))
        try:
            moved = page.moved(request, thread)
        except CannotExpress:
            told = page.refuse(request, wording.kept_inside(self._language))
            flow.response = responses.answer(told)
            return False
        if thread != was:
            await self._threads.learn(*_whose(passage), seen.conversation, thread)
        if moved is not request:
            carrying.rewrite(flow.request, moved)
        return True

    async def _thread(self, passage: Passage, conversation: str) -> Thread | None:
        """The turns of a chat that were answered here; None if there are none."""
        return await self._threads.find(*_whose(passage), conversation) if conversation else None

    def _decoded(self, flow: HTTPFlow) -> base.Request:
        coding = flow.request.headers.get("content-encoding", "")
        body = decode(flow.request.raw_content or b"", coding, self._max_body_bytes)
        return _request(flow, body)


def _whose(passage: Passage) -> tuple[str, str]:
    """The person and the service."""
    return passage.sender.user, passage.sender.service


def _request(flow: HTTPFlow, body: bytes) -> base.Request:
    request = flow.request
    content_type = request.headers.get("content-type", "")
    agent = request.headers.get("user-agent", "")
    return base.Request(request.method, request.path, content_type, body, agent)


def _page(passage: Passage) -> ChatPage | None:
    return None if passage.endpoint is None else PAGES.get(passage.endpoint.dialect)
