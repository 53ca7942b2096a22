"""Formats that model servers speak themselves, so that a client's request goes to them as it is.

Only the name of the model changes, and what concerns the service alone (who pays, who asks, what it
keeps) is left out. The answer passes event by event; the notice goes before its first word, and
wherever the format repeats the whole text.

Source: /v1/messages and /v1/responses of vLLM 0.27, llama.cpp's server and Ollama 0.40, read
2026-11-28. Captures: tests/proxy_addons/redirect/servers/.
Misses: what such servers do with members they do not know; a request that one of them refuses is
asked again in chat completions.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from penstock.errors import ParseError
from penstock.model import AnswerEvent, Chat, Failed, Finished
from proxy_addons.dialects import sse
from proxy_addons.dialects.base import Json, Passed, Request
from proxy_addons.dialects.json_text import decode, dump, load, put, select

_WITHOUT_COUNTS = "openai_chat"
"""Counts tokens in streams only where it is asked to."""
_REPORTED = "the model's server reported an error"
_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Native:
    """One of them."""

    dialect: str
    target: str
    limit: str
    """The member that bounds the answer."""
    left_out: frozenset[str]
    """Members that are for the service alone."""
    piece: str
    """Where a streamed event has a piece of the answer's text."""
    whole: tuple[str, ...]
    """Patterns of its text, or of parts that hold it, in an unstreamed answer."""
    counts: tuple[str, ...]
    """Patterns of objects with token counts."""
    counted: tuple[str, str]
    """Their members: of the prompt, of the answer."""
    reasons: Mapping[str, str]
    """Why an answer ends -> `length` or `tool_calls`."""
    headers: tuple[tuple[str, str], ...] = ()
    event: str = ""
    """The type of events with pieces; empty: any."""
    repeated: tuple[str, ...] = ()
    """The same as `whole`, in later events of a stream."""

    def request(self, request: Request, chat: Chat, model: str) -> Request | None:
        """`request` as it goes to a server that has `model`; None if it has something that only
        the service knows, so that it has to be told in other words."""
        try:
            document = load(decode(request.body, request.content_type)[0])
        except ParseError:
            return None
        if not isinstance(document, dict) or not _is_plain(document):
            return None
        said = {name: value for name, value in document.items() if name not in self.left_out}
        said |= {"model": model, "stream": chat.stream}
        if chat.stream and self.dialect == _WITHOUT_COUNTS:
            said["stream_options"] = {"include_usage": True}
        if chat.max_tokens is not None:
            said[self.limit] = chat.max_tokens
        return Request("POST", self.target, "application/json", dump(said))

    def reader(self, request: Request, chat: Chat, notice: str) -> "Reader":
        """A reader of the answer to `request`; `notice` is what people read first."""
        asks = b'"include_usage"' in request.body
        return Reader(self, chat, notice, hides=self.dialect == _WITHOUT_COUNTS and not asks)


class Reader:
    """Gives an answer on as it comes."""

    def __init__(self, native: Native, chat: Chat, notice: str, *, hides: bool) -> None:
        """`hides`: the client did not ask for the event that has nothing but token counts."""
        self._hides = hides
        self._native = native
        self._chat = chat
        self._notice = notice
        self._events = 0
        self._items: dict[str, int] = {}
        self._place: Json = None
        """The item of the answer whose text begins with it."""
        self._parser: sse.Parser | None = sse.Parser() if chat.stream else None
        self._body = bytearray()
        self._input = self._output = 0
        self._written = 0
        self._reason = ""
        self._over = False

    def feed(self, data: bytes) -> Iterator[AnswerEvent | Passed]:
        """See AnswerReader."""
        if self._parser is None:
            self._body += data
            return
        if not self._body and data.lstrip()[:1] == b"{":  # no stream after all: an error
            self._parser = None
            yield from self.feed(data)
            return
        for event in self._parser.feed(data):
            yield from self._event(event)

    def finish(self) -> Iterator[AnswerEvent | Passed]:
        """See AnswerReader."""
        if self._parser is not None:
            for event in self._parser.finish():
                yield from self._event(event)
        elif not self._over:
            yield from self._answer(bytes(self._body))
        if not self._over:
            yield self._end() if self._reason else Failed("the model's answer broke off")

    def _event(self, event: sse.Event) -> Iterator[AnswerEvent | Passed]:
        if self._over:
            return
        document = _loaded(event.data) if event.data is not None else None
        if not isinstance(document, dict):
            yield Passed(event.raw)
            if event.data is not None and event.data.strip() == b"[DONE]":
                self._reason = self._reason or "stop"
                yield self._end()
            return
        if _is_error(document):
            yield from self._fail()
            return
        self._note(document)
        if self._hides and document.get("choices") == []:
            return
        mended = self._mended(document)
        pieces = list(self._pieces(document))
        said = "".join(text for _, text in pieces)
        self._written += len(said)
        change = next(iter(pieces), None) if self._place is None else self._repeated(document)
        raw = event.put(dump(document)) if mended else event.raw
        if change is not None and self._notice and event.data is not None:
            if self._place is None:
                said = self._notice + said
                self._place = document.get("output_index", 0)
            raw = event.put(self._with_notice(dump(document), change))
        yield Passed(raw, said)
        if document.get("type") in ("message_stop", "response.completed", "response.incomplete"):
            yield self._end()

    def _answer(self, body: bytes) -> Iterator[AnswerEvent | Passed]:
        document = _loaded(body)
        if not isinstance(document, dict) or _is_error(document):
            yield from self._fail()
            return
        self._note(document)
        texts = list(_texts(document, self._native.whole))
        said = "".join(text for _, text in texts)
        self._written += len(said)
        if texts and self._notice:
            body, said = self._with_notice(body, texts[0]), self._notice + said
        self._reason = self._reason or "stop"
        yield Passed(body, said)
        yield self._end()

    def _mended(self, document: dict[str, Json]) -> bool:
        """Puts in what clients of the responses API go by and llama.cpp's server leaves out: where
        in the answer an event belongs. Whether something was missing."""
        if not str(document.get("type")).startswith("response."):
            return False
        missing: dict[str, Json] = {"sequence_number": self._events}
        self._events += 1
        item, response = document.get("item"), document.get("response")
        known_as = item.get("id") if isinstance(item, dict) else document.get("item_id")
        if isinstance(known_as, str):
            missing["output_index"] = self._items.setdefault(known_as, len(self._items))
        if "item_id" in document:
            missing["content_index"] = 0
        missing = {name: value for name, value in missing.items() if name not in document}
        document |= missing
        if isinstance(response, dict) and "output" not in response:
            response["output"] = missing["output"] = []
        return bool(missing)

    def _pieces(self, document: dict[str, Json]) -> Iterator[tuple[str, str]]:
        if self._native.event in ("", document.get("type")):
            yield from _texts(document, (self._native.piece,))

    def _repeated(self, document: dict[str, Json]) -> tuple[str, str] | None:
        """The text that began with the notice, where an event says all of it again."""
        for where, text in _texts(document, self._native.repeated):
            tokens = where.split("/")
            place = int(tokens[3]) if tokens[1] == "response" else document.get("output_index")
            if place == self._place:
                return where, text
        return None

    def _with_notice(self, data: bytes, text: tuple[str, str]) -> bytes:
        return put(data.decode(), {text[0]: self._notice + text[1]}).encode()

    def _note(self, document: dict[str, Json]) -> None:
        prompt, answer = self._native.counted
        for _, counts in select(document, *self._native.counts):
            if isinstance(counts, dict):
                read = sum(_whole(counts.get(name)) for name in (prompt, *_CACHED))
                self._input = read or self._input
                self._output = _whole(counts.get(answer)) or self._output
        for _, reason in select(document, *_REASONS):
            if isinstance(reason, str) and reason not in _NOT_YET:
                self._reason = self._native.reasons.get(reason, "stop")

    def _end(self) -> Finished:
        self._over = True
        if self._input and self._output:
            return Finished(self._reason or "stop", self._input, self._output)
        written = -(-self._written // _CHARACTERS_PER_TOKEN)
        asked = self._input or -(-_characters(self._chat) // _CHARACTERS_PER_TOKEN)
        return Finished(self._reason or "stop", asked, self._output or written, estimated=True)

    def _fail(self) -> Iterator[Failed]:
        self._over = True
        yield Failed(_REPORTED)


def _texts(document: dict[str, Json], patterns: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for where, node in select(document, *patterns):
        match node:
            case {"type": "text" | "output_text", "text": str(text)} if text:
                yield f"{where}/text", text
            case str(text) if text:
                yield where, text


def _is_plain(document: Mapping[str, Json]) -> bool:
    """Whether every tool is one that the client runs itself and every item one that models know."""
    tools = document.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        if not isinstance(tool, dict) or tool.get("type", "function") not in _TOOLS:
            return False
    items = document.get("input")
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, dict) or item.get("type", "message") not in _ITEMS:
            return False
    return True


def _is_error(document: Mapping[str, Json]) -> bool:
    return (
        bool(document.get("error"))
        or document.get("object") == "error"
        or document.get("type") in ("error", "response.failed")
        or ("detail" in document and "type" not in document)
    )


def _whole(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _characters(chat: Chat) -> int:
    return sum(len(part) for turn in chat.turns for part in turn.parts if isinstance(part, str))


def _loaded(data: bytes) -> Json:
    try:
        document: Json = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return document


_TOOLS = ("function", "custom")
_ITEMS = ("message", "function_call", "function_call_output")
_REASONS = (
    *("/choices/*/finish_reason", "/delta/stop_reason", "/stop_reason", "/status"),
    *("/response/status", "/response/incomplete_details/reason"),
)
_CACHED = ("cache_read_input_tokens", "cache_creation_input_tokens")
"""Parts of a prompt that its count leaves out, in Anthropic's format."""
_NOT_YET = ("", "in_progress", "queued")
_WHO = frozenset(
    (
        *("user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key"),
        *("prompt_cache_retention", "client_metadata", "background", "include", "mcp_servers"),
    )
)

NATIVE = {
    native.dialect: native
    for native in (
        Native(
            "openai_chat",
            "/v1/chat/completions",
            "max_tokens",
            _WHO | {"max_completion_tokens", "web_search_options", "prediction"},
            "/choices/*/delta/content",
            ("/choices/*/message/content",),
            ("/usage",),
            ("prompt_tokens", "completion_tokens"),
            {"length": "length", "tool_calls": "tool_calls"},
        ),
        Native(
            "openai_responses",
            "/v1/responses",
            "max_output_tokens",
            _WHO | {"previous_response_id", "conversation", "context_management"},
            "/delta",
            ("/output/*/content/*",),
            ("/usage", "/response/usage"),
            ("input_tokens", "output_tokens"),
            {"incomplete": "length", "max_output_tokens": "length"},
            event="response.output_text.delta",
            repeated=("/text", "/part", "/item/content/*", "/response/output/*/content/*"),
        ),
        Native(
            "anthropic_messages",
            "/v1/messages",
            "max_tokens",
            _WHO
            | {"anthropic_version", "anthropic_beta", "betas", "container"}
            | {"context_management", "inference_geo", "user_profile_id", "speed"},
            "/delta/text",
            ("/content/*",),
            ("/usage", "/message/usage"),
            ("input_tokens", "output_tokens"),
            {"max_tokens": "length", "tool_use": "tool_calls"},
            (("anthropic-version", "2023-06-01"),),
        ),
    )
}
"""By the dialect of the client."""
