"""How long a conversation is in tokens, roughly."""

from base64 import b64encode

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


def test_a_file_counts_as_the_text_in_it() -> None:
    text = b64encode(b"x" * 35_000).decode()
    assert said(Media("file", "text/plain", f"data:text/plain;base64,{text}")) > 10_000
    assert said(Media("file", "application/pdf", f"data:application/pdf;base64,{text}")) < 10_000


def test_a_lone_surrogate_can_be_counted() -> None:
    assert said("\ud800") > 0
