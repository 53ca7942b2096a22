"""How long a conversation is in tokens, roughly."""

from penstock.model import Chat, Media, Tool, ToolCall, ToolResult, Turn
from proxy_addons.redirect.context import estimated_tokens


def chat(*turns: Turn, tools: tuple[Tool, ...] = ()) -> Chat:
    return Chat(turns=turns, stream=False, model="gpt-x", tools=tools)


def said(*parts: str | Media | ToolCall | ToolResult) -> int:
    return estimated_tokens(chat(Turn("user", parts)))


def test_english_is_not_underestimated() -> None:
    # 9 words, 10 tokens in the tokenizers of all current models
    assert said("The quick brown fox jumps over the lazy dog.") >= 10


def test_every_part_counts() -> None:
    long = "x" * 3500

    assert said(long) > 1000
    assert said(ToolCall("1", "f", long)) > 1000
    assert said(ToolResult("1", "f", long)) > 1000
    assert said(Media("image", "image/png", "data:")) > 1000
    assert estimated_tokens(chat(Turn("user", ("hi",)), tools=(Tool("f", long, "{}"),))) > 1000


def test_a_lone_surrogate_can_be_counted() -> None:
    assert said("\ud800") > 0
