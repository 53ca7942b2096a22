"""What an API has besides its chats: everything is read, refusals are in the API's own words.

Embeddings, images, speech, files, batches, threads and what will be invented tomorrow differ only
in where the person's words stand and how an error looks. So a module is a table here, not a class.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from penstock.model import Prompt
from proxy_addons.dialects.base import Answer, Json, Request
from proxy_addons.dialects.generic import Generic
from proxy_addons.dialects.json_text import select
from proxy_addons.dialects.restore import Delta, End

TOKENS = "tokens"
"""In `Prompt.unread`: text that comes as the numbers of a tokenizer."""


class Endpoints(Generic):
    """Reads any request; gives the named parts their roles."""

    def __init__(
        self,
        name: str,
        roles: Mapping[str, str],
        error: Callable[[str], Answer],
        spelled: Mapping[str, bool] | None = None,
        credentials: frozenset[str] = frozenset(),
    ) -> None:
        """`roles`: pattern of pointers -> role, `tokens` for what may be token ids as well.
        `spelled`: pattern of the pieces of a streamed text in its events -> whether it is JSON.
        """
        self.name = name
        self.credentials = credentials
        self._roles = roles
        self._error = error
        self._spelled = spelled or {}

    def parse(self, request: Request) -> Prompt:
        """See Dialect."""
        prompt = super().parse(request)
        if not has_tokens(self._json(request)):
            return prompt
        return replace(prompt, unread=tuple(sorted({*prompt.unread, TOKENS})))

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        claimed: list[str] = []
        for pattern, role in self._roles.items():
            for where, node in select(document, pattern):
                if isinstance(node, str) and node:
                    claimed.append(where)
                    yield where, role, node

    def deltas(self, event: Json) -> Iterator[Delta | End]:
        """See JsonDialect. A text goes on as long as nothing else comes."""
        ended = not (isinstance(event, dict) and event.keys() == {"type"})  # a ping ends nothing
        for pattern, is_json in self._spelled.items():
            for where, piece in select(event, pattern):
                if isinstance(piece, str):
                    ended = False
                    yield Delta(where, where, piece, is_json)
        if ended:
            yield End()

    def error(self, message: str) -> Answer:
        """See Generic."""
        return self._error(message)

    def _json(self, request: Request) -> Json:
        return self.document(request) if request.body[:1] == b"{" else None


def has_tokens(document: Json) -> bool:
    """Whether a prompt in `document` is a list of token ids, or a list of such lists."""
    for _, node in select(document, "/prompt", "/input", "/context", "/body/input"):
        for part in (node, *(node if isinstance(node, list) else ())):
            if isinstance(part, list) and part and isinstance(part[0], int):
                return True
    return False
