"""How much of a model's context a conversation takes."""

from collections.abc import Iterator

from penstock.model import Chat, Media, Part, ToolCall, ToolResult

BYTES_PER_TOKEN = 3.5
"""Of UTF-8. English takes 4 to 5 bytes a token, source code and Chinese about 3.5, so this is
right or somewhat too high; a server that counts more refuses by itself."""

_PER_TURN = 4
_PER_MEDIUM = 1000


def estimated_tokens(chat: Chat) -> int:
    """About how many tokens `chat` takes, without those of its answer."""
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in _texts(chat))
    media = [part for turn in chat.turns for part in turn.parts if isinstance(part, Media)]
    size += sum(_size_of_text(medium) for medium in media)
    return int(size / BYTES_PER_TOKEN) + _PER_TURN * len(chat.turns) + _PER_MEDIUM * len(media) + 1


def _texts(chat: Chat) -> Iterator[str]:
    for turn in chat.turns:
        for part in turn.parts:
            yield from _strings(part)
    for tool in chat.tools:
        yield from (tool.name, tool.description, tool.parameters)
    yield chat.json_schema


def _strings(part: Part) -> Iterator[str]:
    match part:
        case str():
            yield part
        case ToolCall(name=name, arguments=text) | ToolResult(name=name, content=text):
            yield from (name, text)
        case Media():
            pass


def _size_of_text(medium: Media) -> int:
    """Of a file that is text; four characters of base64 are three bytes."""
    is_text = medium.media_type.startswith("text/") and ";base64," in medium.url[:200]
    return len(medium.url) * 3 // 4 if is_text else 0
