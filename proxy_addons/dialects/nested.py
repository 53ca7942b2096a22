"""A body that holds JSON within strings, a form or a multipart, read as one document.

Pages of Google and Meta post forms whose field is a list, of which one string is a list again;
others post parts that are JSON. Here the whole is one document with plain pointers,
`/f.req/1/0/0`; in the body only the strings that change are written anew, from the inside out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from penstock.model import Edit, Prompt, Text
from proxy_addons.dialects import bodies
from proxy_addons.dialects.base import Json, Request, children
from proxy_addons.dialects.json_body import JsonDialect, Reader, within
from proxy_addons.dialects.json_text import dump, inside, load, substitute
from proxy_addons.dialects.passages import Passage, changes
from proxy_addons.dialects.target import WHERE, read_target, rewrite_target


class Nested(JsonDialect):
    """Reads and edits every string in such a body. See JsonDialect for what a subclass says."""

    levels: int
    """How deep JSON lies in strings of the format itself. What a person wrote may be JSON too, and
    stays the string it is."""
    secret_fields: frozenset[str] = frozenset()
    """Fields that prove to the service who is asking; they are not read."""

    def document(self, request: Request) -> Json:
        """See JsonDialect: the fields or parts, with the JSON in them unwrapped."""
        return self._unwrapped(_reading(request), {})

    def parse(self, request: Request) -> Prompt:
        """See Dialect. Bytes that are no text are unread, and their letters are read."""
        reading = _reading(request)
        passages, unread = self._opened(request, reading)
        texts = tuple(Text(p.where, p.role, p.text) for p in passages)
        return Prompt(texts, tuple(sorted({*unread, *reading.unread})))

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect. Raises ParseError for an edit of what can be read but not written."""
        if not edits:
            return request
        reading = _reading(request)
        new = changes(self._opened(request, reading)[0], edits)
        target = new.pop(WHERE, {})
        assert isinstance(target, dict)  # all places of the target are inside it
        target_new = rewrite_target(request.target, target)
        if reading.is_json:
            text = substitute(request.body.decode(), new, within)
            return replace(request, target=target_new, body=text.encode())
        edited = load(substitute(dump(reading.document).decode(), new, within))
        return replace(request, target=target_new, body=reading.write(edited))

    def _unwrapped(self, reading: bodies.Reading, wrapped: dict[str, None]) -> Json:
        document = reading.document
        if isinstance(document, dict):
            document = {n: v for n, v in document.items() if n not in self.secret_fields}
        return _unwrapped(document, "", wrapped, self.levels)

    def _opened(
        self, request: Request, reading: bodies.Reading
    ) -> tuple[list[Passage], tuple[str, ...]]:
        wrapped: dict[str, None] = {}
        self._unwrapped(reading, wrapped)
        document = self.document(request)
        reader = Reader(self.words, self.sealed, self.ids)
        passages = list(read_target(request.target, self.credentials, self.ids))
        found = reader.read(document, self.roles(document))
        passages += [_placed(passage, wrapped) for passage in found]
        return passages, tuple(sorted(reader.unread))


def _reading(request: Request) -> bodies.Reading:
    reading = bodies.read(request.body, request.content_type)
    if reading.is_json and request.body:
        return replace(reading, document=load(request.body.decode("utf-8", "replace")))
    return reading


def _unwrapped(node: Json, where: str, wrapped: dict[str, None], levels: int) -> Json:
    """`node` with documents in place of the strings that hold them, whose pointers are noted."""
    if isinstance(node, str):
        document = inside(node) if levels else None
        if document is None:
            return node
        wrapped[where] = None
        return _unwrapped(document, where, wrapped, levels - 1)
    if not isinstance(node, dict | list):
        return node
    below = {t: _unwrapped(c, f"{where}/{t}", wrapped, levels) for t, c in children(node)}
    if isinstance(node, list):
        return [*below.values()]
    return dict(zip(node, below.values(), strict=True))


def _placed(passage: Passage, wrapped: Mapping[str, None]) -> Passage:
    """The passage with the places its strings have in the body."""
    pieces = (
        piece._replace(place=(*_split(piece.place[0], wrapped), *piece.place[1:]))
        for piece in passage.pieces
    )
    return passage._replace(pieces=tuple(pieces))


def _split(where: str, wrapped: Mapping[str, None]) -> tuple[str, ...]:
    """A pointer as one step for each string that has to be opened on the way."""
    key = "key:" if where.startswith("key:") else ""
    steps, start, where = [], 0, where.removeprefix("key:")
    for end in (i for i, c in enumerate(where) if c == "/" and i):
        if where[:end] in wrapped:
            steps.append(where[start:end])
            start = end
    return (*steps, key + where[start:])
