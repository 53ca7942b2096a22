"""Puts the values back for their placeholders in an answer, streamed or not.

A streamed answer spells a text in many pieces, and a placeholder may be cut anywhere. When a piece
ends in what may be the beginning of a placeholder, its event waits for the next piece of the same
text, with everything behind it: nothing is reordered, no event is made up, and all others pass at
once and byte for byte. The value goes to the piece in which its placeholder began.

Models also write a placeholder the way Markdown escapes it, `\\[EMAIL\\_1\\]`; that is restored
too. A placeholder that was not given out stays as it is.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from penstock.errors import ParseError
from proxy_addons.dialects import messages
from proxy_addons.dialects.base import Filter, Json, escape
from proxy_addons.dialects.event_stream import CONTENT_TYPE, EventStream
from proxy_addons.dialects.framing import Frame, Framing, JsonLines, JsonObjects
from proxy_addons.dialects.json_text import inside, put
from proxy_addons.dialects.sse import Parser

WAITING = 256
"""Most events that wait for the rest of one placeholder; then they pass as they are."""


@dataclass(frozen=True, slots=True)
class Delta:
    """One piece of a text that a streamed answer spells over several events."""

    channel: str
    """The text it belongs to: pieces with the same channel are read as one."""
    where: str
    """JSON Pointer to the piece in its event."""
    text: str = field(repr=False)
    is_json: bool = False
    """Whether the text is JSON itself: a value is then escaped once more."""


@dataclass(frozen=True, slots=True)
class End:
    """All texts whose channel starts with `prefix` are complete."""

    prefix: str = ""


type Deltas = Callable[[Json], Iterable[Delta | End]]
"""What one document of a streamed answer carries, in order. Strings it does not name are taken
for whole texts."""


def restorer(
    content_type: str,
    originals: Mapping[str, str],
    deltas: Deltas,
    framing: Framing | None = None,
) -> Filter:
    """A filter for an answer of this media type; `originals` maps placeholders to values.

    `framing`: how a service cuts its answer that does not say so by the media type.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if originals and (framing := framing or _framing(media_type)):
        return _Documents(framing, deltas, originals)
    if originals and media_type.startswith("text/"):
        return _PlainText(originals, content_type)
    return _Untouched()


def _framing(media_type: str) -> Framing | None:
    if media_type == "text/event-stream":
        return Parser()
    if media_type.endswith(("ndjson", "jsonl", "json-lines", "jsonlines")):
        return JsonLines()
    if media_type == CONTENT_TYPE:
        return EventStream()
    if media_type.endswith(("/json", "+json")):
        return JsonObjects()
    if media_type == messages.TYPE:
        return messages.Messages()
    return None


class _Forms:
    """Finds placeholders, in each way they may be written, in text that may go on."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._lengths = sorted({len(form) for form in values}, reverse=True)
        self._beginnings = {form[:n] for form in values for n in range(1, len(form))}
        first = "".join(re.escape(c) for c in sorted({form[0] for form in values}))
        self._first = re.compile(f"[{first}]")

    def find(self, text: str, ended: bool) -> tuple[list[tuple[int, int, str]], int]:
        """(start, end, value) of each placeholder in `text`, and from where on the text may be
        the beginning of one; the length of `text` if it `ended`."""
        hits: list[tuple[int, int, str]] = []
        at = 0
        while match := self._first.search(text, at):
            start = match.start()
            if not ended and text[start : start + self._lengths[0]] in self._beginnings:
                return hits, start
            at = start + 1
            for length in self._lengths:
                if (value := self._values.get(text[start : start + length])) is not None:
                    at = start + length
                    hits.append((start, at, value))
                    break
        return hits, len(text)

    def restored(self, text: str) -> str:
        """A whole text with its values."""
        hits, _ = self.find(text, ended=True)
        return _stretch(text, hits, 0, len(text)) if hits else text


def _stretch(text: str, hits: Iterable[tuple[int, int, str]], start: int, end: int) -> str:
    """`text[start:end]`, with the values of the placeholders that begin in it and without the
    rest of one that began before."""
    parts: list[str] = []
    at = start
    for hit_start, hit_end, value in hits:
        if hit_end <= start or end <= hit_start:
            continue
        if hit_start >= start:
            parts += text[at:hit_start], value
        at = max(at, min(hit_end, end))
    return "".join((*parts, text[at:end]))


def _spellings(placeholder: str) -> Iterator[str]:
    for characters in ("", "[]", "_", "[]_"):
        yield "".join(f"\\{c}" if c in characters else c for c in placeholder)


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


class _Waiting:
    """A frame on its way to the client, and the new strings in it."""

    __slots__ = ("frame", "plain", "text", "unsettled", "values")

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.text = ""
        self.plain = ""
        """What the client gets of a document that is not JSON, where it differs."""
        self.values: dict[str, str] = {}
        self.unsettled = 0

    def bytes(self) -> bytes:
        """What the client gets."""
        if self.plain:
            return self.frame.put(self.plain.encode())
        if not self.values:
            return self.frame.raw
        try:
            return self.frame.put(put(self.text, self.values).encode())
        except ParseError:  # two names became one
            return self.frame.raw


@dataclass(slots=True)
class _Fragment:
    """A piece of a text that is not settled yet: what is, and what waits for the next piece."""

    waiting: _Waiting
    where: str
    text: str
    rest: str
    settled: str = ""


class _Documents:
    """An answer made of JSON documents."""

    def __init__(self, framing: Framing, deltas: Deltas, originals: Mapping[str, str]) -> None:
        forms = {s: v for p, v in originals.items() for s in _spellings(p)}
        self._plain = _Forms(forms)
        self._json = _Forms({_in_json(s): _in_json(v) for s, v in forms.items()})
        self._framing = framing
        self._deltas = deltas
        self._queue: deque[_Waiting] = deque()
        self._open: dict[str, tuple[_Forms, list[_Fragment]]] = {}

    def feed(self, data: bytes) -> bytes:
        """See Filter."""
        for frame in self._framing.feed(data):
            self._take(frame)
        return self._release()

    def finish(self) -> bytes:
        """See Filter."""
        for frame in self._framing.finish():
            self._take(frame)
        self._close("")
        return self._release()

    def _take(self, frame: Frame) -> None:
        waiting = _Waiting(frame)
        self._queue.append(waiting)
        if frame.data is None:
            return
        try:
            waiting.text = frame.data.decode()
            document: Json = json.loads(waiting.text)
            strings = list(_strings(document, ""))
        except (ValueError, RecursionError):
            # `[DONE]`, a plain text, or nothing we know
            if (restored := self._plain.restored(waiting.text)) != waiting.text:
                waiting.plain = restored
            return
        spelled = set()
        for step in self._deltas(document):
            if isinstance(step, End):
                self._close(step.prefix)
            else:
                spelled.add(step.where)
                self._add(waiting, step)
        for where, text in strings:
            if where not in spelled and (new := self._whole(text)) != text:
                waiting.values[where] = new
        if len(self._queue) > WAITING:
            self._close("")

    def _whole(self, text: str) -> str:
        restored = self._plain.restored(text)
        if restored != text and inside(text) is not None:
            return self._json.restored(text)
        return restored

    def _add(self, waiting: _Waiting, delta: Delta) -> None:
        forms, fragments = self._open.setdefault(
            delta.channel, (self._json if delta.is_json else self._plain, [])
        )
        fragments.append(_Fragment(waiting, delta.where, delta.text, delta.text))
        waiting.unsettled += 1
        _settle(forms, fragments, ended=False)

    def _close(self, prefix: str) -> None:
        for channel in [c for c in self._open if c.startswith(prefix)]:
            _settle(*self._open.pop(channel), ended=True)

    def _release(self) -> bytes:
        ready = []
        while self._queue and not self._queue[0].unsettled:
            ready.append(self._queue.popleft().bytes())
        return b"".join(ready)


def _settle(forms: _Forms, fragments: list[_Fragment], ended: bool) -> None:
    """Restores what the fragments spell together, up to what may still become a placeholder."""
    text = "".join(f.rest for f in fragments)
    hits, sure = forms.find(text, ended)
    at = 0
    for fragment in fragments:
        start, at = at, at + len(fragment.rest)
        fragment.settled += _stretch(text, hits, start, max(start, min(at, sure)))
        fragment.rest = text[max(start, sure) : at]
        if not fragment.rest:
            fragment.waiting.unsettled -= 1
            if fragment.settled != fragment.text:
                fragment.waiting.values[fragment.where] = fragment.settled
    fragments[:] = [f for f in fragments if f.rest]


def _strings(node: Json, where: str) -> Iterator[tuple[str, str]]:
    """Every string in a document and every member's name, placed as `json_text.tokens` does."""
    if isinstance(node, str):
        yield where, node
    elif isinstance(node, list):
        for i, child in enumerate(node):
            yield from _strings(child, f"{where}/{i}")
    elif isinstance(node, dict):
        for key, child in node.items():
            pointer = f"{where}/{escape(key)}"
            yield f"key:{pointer}", key
            yield from _strings(child, pointer)


class _PlainText:
    """An answer that is one text, in any charset that spells ASCII as ASCII."""

    def __init__(self, originals: Mapping[str, str], content_type: str) -> None:
        # bytes are looked at as Latin-1: every byte is one character, none is ever lost
        self._forms = _Forms(
            {
                spelling.encode().decode("latin-1"): value.encode("utf-8", "replace").decode(
                    "latin-1"
                )
                for placeholder, value in originals.items()
                for spelling in _spellings(placeholder)
            }
        )
        self._rest = ""

    def feed(self, data: bytes) -> bytes:
        """See Filter."""
        return self._pass(data.decode("latin-1"), ended=False)

    def finish(self) -> bytes:
        """See Filter."""
        return self._pass("", ended=True)

    def _pass(self, data: str, ended: bool) -> bytes:
        text = self._rest + data
        hits, sure = self._forms.find(text, ended)
        self._rest = text[sure:]
        return _stretch(text, hits, 0, sure).encode("latin-1")


class _Untouched:
    """An answer in which there is nothing to restore."""

    def feed(self, data: bytes) -> bytes:
        """See Filter."""
        return data

    def finish(self) -> bytes:
        """See Filter."""
        return b""
