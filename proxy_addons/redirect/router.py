"""Which of several models suits a conversation: by its task and size, in words that can be shown.

Models say in the settings what they are good at. A rule names the models that may answer; of them
those that are good at the task are asked first, then those that say nothing, then the rest.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from penstock.model import Chat
from penstock.settings import ModelSettings
from proxy_addons.redirect.context import estimated_tokens

LONG_TOKENS = 8_000
"""A longer conversation is a long one."""
_CODE = re.compile(
    r"""^\s*(?:```|~~~|def\s+\w+\(|class\s+\w+[(:{]|import\s+[\w.{*]+|from\s+\S+\s+import\s|\#include\s*<
    |(?:public|private|static|func|fn|async\s+function|function)\s+\w+.*[({]|SELECT\s.+\sFROM\s
    |[\w.\[\]]+\s*=\s*.+;\s*$|[})];?\s*$)""",
    re.MULTILINE | re.VERBOSE,
)
_CODE_LINES = 3
_CODE_TOOLS = re.compile(r"file|edit|patch|shell|bash|grep|exec|terminal|notebook", re.IGNORECASE)
_LOOKED_AT = 20_000
"""Characters of the last turn."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a conversation asks of a model."""

    name: str
    """`routine`, `long`, `hard` or `code`."""
    because: str
    """In a few words, without any of its own."""


def task(chat: Chat) -> Task:
    """What `chat` asks for. Size goes first: who cannot read it cannot answer it."""
    tokens = estimated_tokens(chat)
    if tokens > LONG_TOKENS:
        return Task("long", f"about {tokens} tokens")
    if any(_CODE_TOOLS.search(tool.name) for tool in chat.tools):
        return Task("code", "its tools work on files")
    if _lines_of_code(chat) >= _CODE_LINES:
        return Task("code", "its last message holds source code")
    if chat.tools:
        return Task("hard", "it may call tools")
    if chat.json_schema:
        return Task("hard", "its answer must meet a schema")
    return Task("routine", f"about {tokens} tokens of plain text")


def _lines_of_code(chat: Chat) -> int:
    asked = [turn for turn in chat.turns if turn.role == "user"][-1:]
    text = "\n".join(part for turn in asked for part in turn.parts if isinstance(part, str))
    return len(_CODE.findall(text[:_LOOKED_AT]))


@dataclass(frozen=True, slots=True)
class Route:
    """Models in the order in which they are asked."""

    names: tuple[str, ...]
    because: str
    """Why in this order; empty: it is the rule's own."""


def route(chat: Chat, names: Sequence[str], models: Mapping[str, ModelSettings]) -> Route:
    """The models of `names`, those that suit `chat` first; else in the order of the rule."""
    tasks = {name: models[name].tasks for name in names if name in models}
    if not any(tasks.values()):
        return Route(tuple(names), "")
    found = task(chat)

    def rank(name: str) -> int:
        good_at = tasks.get(name, ())
        return 0 if found.name in good_at else 2 if good_at else 1

    return Route(tuple(sorted(names, key=rank)), f"{found.name}: {found.because}")
