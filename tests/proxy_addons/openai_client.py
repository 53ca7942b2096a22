"""The real `openai` client, given the bytes our dialects write. Only the network is left out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
from openai import OpenAI

from penstock.model import AnswerEvent, Chat
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Redirectable, Request

REFUSAL = "Card numbers do not leave the company. “Zoë” asks: why?"
MODEL = "acme-internal"


@dataclass
class Answering:
    """Refuses each request, or answers it with `events` as a redirect does."""

    events: Sequence[AnswerEvent] | None
    chats: list[Chat] = field(default_factory=list)
    requests: int = 0

    def client(self) -> OpenAI:
        transport = httpx.MockTransport(self._answer)
        http = httpx.Client(transport=transport)
        return OpenAI(api_key="none", base_url="https://api.openai.com/v1", http_client=http)

    def _answer(self, asked: httpx.Request) -> httpx.Response:
        self.requests += 1
        is_chat = asked.url.path.endswith("/chat/completions")
        dialect = BY_NAME["openai_chat" if is_chat else "openai_responses"]
        assert isinstance(dialect, Redirectable)
        target = asked.url.raw_path.decode()
        request = Request("POST", target, asked.headers["content-type"], asked.content)
        if self.events is None:
            refusal = dialect.refuse(request, REFUSAL)
            headers = {"content-type": refusal.content_type, **dict(refusal.headers)}
            return httpx.Response(refusal.status, headers=headers, content=refusal.body)
        self.chats.append(dialect.chat(request))
        writer = dialect.write_answer(request, MODEL)
        body = b"".join(writer.write(event) for event in self.events)
        headers = {"content-type": writer.content_type}
        return httpx.Response(writer.status, headers=headers, content=body)
