"""OpenAI Responses, `POST /v1/responses`: the API of Codex and of the newer SDK examples.

Source: wire types of the `openai` Python SDK 3.52, read 2026-11-21, and the requests of Codex
0.169. Captures: tests/proxy_addons/golden/openai_responses/.
Misses: conversations and stored prompts that are kept at the service and named by an id; sound.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from penstock.errors import CannotExpress, ParseError
from penstock.model import Chat
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import Answer, AnswerWriter, Exchange, Filter, Json, Request
from proxy_addons.dialects.json_body import JsonDialect, mentions
from proxy_addons.dialects.json_text import decode, dump, load, select
from proxy_addons.dialects.openai_chat import ASKS_FOR_JSON, NO_RETRY, ROLES, said
from proxy_addons.dialects.openai_chat_answer import error
from proxy_addons.dialects.openai_responses_answer import StreamWriter, WholeWriter
from proxy_addons.dialects.openai_responses_request import read_chat
from proxy_addons.dialects.restore import Delta, End, restorer

_BY_ASSISTANT = (
    *("arguments", "input", "action", "operation", "code", "queries"),
    *("summary/*/text", "content/*/text"),
)
_BY_TOOL = ("output", "outputs", "results")
_COMPLETED = b"response.completed"
_ENDINGS = (_COMPLETED, b"response.incomplete", b"response.failed", b'"error"')
_LASTING = ("instructions", "tools")
"""What a later message may leave out, since an earlier one said it."""
_MOST_TURNS = 1000
_PARTS = ("content_index", "summary_index", "command_index")


class OpenAIResponses(JsonDialect):
    """Gives instructions and items of the input their roles; tools are swept up as `other`."""

    name = "openai_responses"

    def roles(self, document: Json) -> Iterator[tuple[str, str, Json]]:
        """See JsonDialect."""
        for where, text in select(document, "/instructions"):
            yield from said(where, "system", text)
        for where, text in select(document, "/input", "/prompt/variables/*"):
            if isinstance(text, str):
                yield where, "user", text
        for where, item in select(document, "/input/*"):
            if isinstance(item, dict):
                yield from _item(where, item)

    def deltas(self, event: Json, is_json: bool = False) -> Iterator[Delta | End]:
        """See JsonDialect. `is_json`: whether the answer was asked for as JSON."""
        if not isinstance(event, dict):
            return
        match event:
            case {"type": str(kind), "delta": str(text)} if kind.endswith(".delta"):
                written = "arguments" in kind or (is_json and "output_text" in kind)
                yield Delta(_place(event) + kind, "/delta", text, written)
            case {"type": str(kind)} if kind.endswith(".done"):
                yield End(_place(event))
            case {"type": "response.completed" | "response.failed" | "response.incomplete"}:
                yield End()

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        match self.document(request) if mentions(request, *ASKS_FOR_JSON) else None:
            case {"text": {"format": {"type": "json_object" | "json_schema"}}}:
                return restorer(content_type, originals, partial(self.deltas, is_json=True))
            case _:
                return restorer(content_type, originals, self.deltas)

    def refuse(self, request: Request, message: str) -> Answer:
        """The API's own error, streamed or not: SDKs and Codex show the message as it is."""
        return Answer(400, "application/json", dump(error(message, "invalid_prompt")), NO_RETRY)

    def chat(self, request: Request) -> Chat:
        """See Redirectable."""
        if not request.target.partition("?")[0].endswith("/responses"):
            raise CannotExpress("only the service itself can count or compact a conversation")
        return read_chat(self.document(request))

    # ── chains ──

    def begins(self, message: bytes) -> bool:
        """See Continuing."""
        return True

    def completes(self, message: bytes) -> str | None:
        """See Continuing."""
        if not any(ending in message for ending in _ENDINGS):
            return None
        match read_message(message):
            case {
                "type": "response.completed" | "response.incomplete" | "response.failed",
                "response": {"id": str(known_as)},
            }:
                return known_as
            case {"type": "error"}:
                return ""  # from which nobody goes on
            case _:
                return None

    def ended(self, request: Request, data: bytes) -> tuple[str, bytes] | None:
        """See Chained."""
        is_whole = data[:1] == b"{"
        if not is_whole and _COMPLETED not in data:
            return None
        if read_message(request.body).get("store") is False:
            return None
        if is_whole:
            data = sse.write(dump({"type": "response.completed", "response": read_message(data)}))
        for event in sse.Parser().feed(data):
            if event.data is not None and (known_as := self.completes(event.data)):
                return known_as, event.data
        return None

    def goes_on(self, request: Request) -> str:
        """See Continuing."""
        previous = read_message(request.body).get("previous_response_id")
        return previous if isinstance(previous, str) else ""

    def chat_after(self, request: Request, past: Sequence[Exchange]) -> Chat:
        """See Continuing."""
        if not request.target.partition("?")[0].endswith("/responses"):
            raise CannotExpress("only the service itself can count or compact a conversation")
        return read_chat(unrolled(read_message(request.body), past))

    def write_answer(self, request: Request, model: str) -> AnswerWriter:
        """See Redirectable."""
        match document := self.document(request):
            case {"stream": True}:
                return StreamWriter(document, model, request.at)
            case _:
                return WholeWriter(document, model, request.at)


def _item(where: str, item: Mapping[str, Json]) -> Iterator[tuple[str, str, Json]]:
    role, kind = item.get("role"), item.get("type")
    if isinstance(role, str):
        yield from said(f"{where}/content", ROLES.get(role, "other"), item.get("content"))
    if kind == "additional_tools":
        yield f"{where}/tools", "other", item.get("tools")
    elif not isinstance(role, str) and isinstance(kind, str):
        for name in _BY_ASSISTANT:
            for place, node in select(dict(item), f"/{name}"):
                yield where + place, "assistant", node
        for name in _BY_TOOL:
            if _is_parts(item.get(name)):
                yield from said(f"{where}/{name}", "tool", item[name])
            elif name in item:
                yield f"{where}/{name}", "tool", item[name]


def unrolled(document: Mapping[str, Json], past: Sequence[Exchange]) -> dict[str, Json]:
    """A request with all that it goes on from, as one that goes on from nothing.

    Raises CannotExpress where a part of that is not in `past`.
    """
    known = {exchange.known_as: exchange for exchange in past}
    items, lasting = input_items(document), {n: document[n] for n in _LASTING if document.get(n)}
    previous = document.get("previous_response_id")
    for _ in range(_MOST_TURNS):
        if not previous:
            break
        if (exchange := known.get(str(previous))) is None:
            raise CannotExpress("a part of the conversation is kept at the service")
        asked = read_message(exchange.asked)
        items = [*input_items(asked), *_output(read_message(exchange.answered)), *items]
        lasting = {n: asked[n] for n in _LASTING if asked.get(n)} | lasting
        previous = asked.get("previous_response_id")
    whole = {k: v for k, v in document.items() if k != "previous_response_id"}
    return whole | lasting | {"input": items}


def read_message(message: bytes) -> dict[str, Json]:
    """A message that is a JSON object; an empty one for any other."""
    try:
        document = load(decode(message)[0])
    except ParseError:
        return {}
    return document if isinstance(document, dict) else {}


def input_items(document: Mapping[str, Json]) -> list[Json]:
    """What a request says, as items."""
    match document.get("input"):
        case str(text):
            return [{"role": "user", "content": text}]
        case [*items]:
            return items
        case _:
            return []


def _output(completed: Mapping[str, Json]) -> Iterator[Json]:
    match completed.get("response"):
        case {"output": [*items]}:
            yield from items


def _is_parts(node: Json) -> bool:
    """Whether `node` is a list of content parts, whose texts are worth a passage each."""
    return isinstance(node, list) and any(
        isinstance(part, dict) and part.get("type") == "input_text" for part in node
    )


def _place(event: dict[str, Json]) -> str:
    """The part of an answer an event belongs to; an item's own events belong to all its parts."""
    part = next((f"{event[name]}/" for name in _PARTS if name in event), "")
    return f"{event.get('output_index', '')}/{part}"


dialect = OpenAIResponses()
