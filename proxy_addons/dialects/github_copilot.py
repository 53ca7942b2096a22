"""GitHub Copilot: four formats of others on one host, and refusals that editors show.

An editor hides what an error says behind a sentence of its own; an answer it shows. So what is
refused is said in one, and where code is completed the completion is empty.
Source: microsoft/vscode-copilot-chat@31acd00, github.com/ericc-ch/copilot-api@0ea08fe, read
2026-11-21. Captures: tests/proxy_addons/golden/github_copilot/.
Misses: what a repository's index holds at the service; embeddings, which are read as OpenAI's.
"""

from collections.abc import Mapping, Sequence

from penstock.errors import CannotExpress
from penstock.model import Chat, Edit, Finished, Prompt, TextDelta
from proxy_addons.dialects import (
    anthropic_messages,
    openai_chat,
    openai_completions,
    openai_responses,
)
from proxy_addons.dialects.base import Answer, AnswerWriter, Filter, Redirectable, Request

_BY_ENDING: dict[str, Redirectable] = {
    "/chat/completions": openai_chat.dialect,
    "/responses": openai_responses.dialect,
    "/messages": anthropic_messages.dialect,
    "/completions": openai_completions.dialect,
}


class GitHubCopilot:
    """Each request in the format that its path names."""

    name = "github_copilot"

    def parse(self, request: Request) -> Prompt:
        """See Dialect."""
        return _of(request).parse(request)

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect."""
        return _of(request).rewrite(request, edits)

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        return _of(request).restore(request, content_type, originals)

    def refuse(self, request: Request, message: str) -> Answer:
        """An answer that says it, in the mode that was asked for."""
        try:
            self.chat(request)
        except CannotExpress:
            return _of(request).refuse(request, message)
        writer = self.write_answer(request, "")
        # nobody wants a sentence in the middle of their code
        completes = _of(request) is openai_completions.dialect
        said = writer.write(TextDelta("" if completes else message))
        said += writer.write(Finished("stop", 0, 0))
        return Answer(writer.status, writer.content_type, said)

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        return _of(request).chat(request)

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        return _of(request).write_answer(request, model)


def _of(request: Request) -> Redirectable:
    path = request.target.partition("?")[0]
    return next(
        (dialect for ending, dialect in _BY_ENDING.items() if path.endswith(ending)),
        openai_chat.dialect,
    )


dialect = GitHubCopilot()
"""Reads, rewrites, refuses, restores and answers."""
