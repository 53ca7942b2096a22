"""A form whose fields hold JSON, some of it within strings of JSON, read as one document.

Pages of Google and Meta post so: a field `f.req` is a list, of which one string is a list again.
Here the whole is one document with plain pointers, `/f.req/1/0/0`; in the body only the strings
that change are written anew, from the inside out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from penstock.errors import ParseError
from penstock.model import Edit, Prompt, Text
from proxy_addons.dialects import charsets, form
from proxy_addons.dialects.base import Json, Request, children
from proxy_addons.dialects.json_body import JsonDialect, Reader, within
from proxy_addons.dialects.json_text import inside
from proxy_addons.dialects.passages import Passage, changes
from proxy_addons.dialects.target import WHERE, read_target, rewrite_target


class NestedForm(JsonDialect):
    """Reads and edits every string in such a form. See JsonDialect for what a subclass says."""

    levels: int
    """How deep JSON lies in strings of the format itself. What a person wrote may be JSON too, and
    stays the string it is."""
    secret_fields: frozenset[str] = frozenset()
    """Fields that prove to the service who is asking; they are not read."""

    def document(self, request: Request) -> Json:
        """See JsonDialect: the fields, with the JSON in them unwrapped."""
        return _unwrapped(self._fields(request), "", {}, self.levels)

    def parse(self, request: Request) -> Prompt:
        """See Dialect."""
        passages, unread = self._opened(request)
        return Prompt(tuple(Text(p.where, p.role, p.text) for p in passages), unread)

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect."""
        if not edits:
            return request
        new = changes(self._opened(request)[0], edits)
        target = new.pop(WHERE, {})
        assert isinstance(target, dict)  # all places of the target are inside it
        text = _text(request)
        fields = form.read(text)
        for where, change in new.items():
            name = where.removeprefix("key:/").removeprefix("/").replace("~1", "/")
            name = name.replace("~0", "~")
            value = fields.get(name)
            if where.startswith("key:") or not isinstance(value, str):
                raise ParseError("the fields of this form cannot be edited there")
            fields[name] = change if isinstance(change, str) else within(value, change)
        body = form.write(text, fields).encode()
        return replace(request, target=rewrite_target(request.target, target), body=body)

    def _fields(self, request: Request) -> dict[str, Json]:
        found = form.read(_text(request))
        return {name: value for name, value in found.items() if name not in self.secret_fields}

    def _opened(self, request: Request) -> tuple[list[Passage], tuple[str, ...]]:
        wrapped: dict[str, None] = {}
        _unwrapped(self._fields(request), "", wrapped, self.levels)
        document = self.document(request)
        reader = Reader(self.words, self.sealed, self.ids)
        passages = list(read_target(request.target, self.credentials, self.ids))
        found = reader.read(document, self.roles(document))
        passages += [_placed(passage, wrapped) for passage in found]
        return passages, tuple(sorted(reader.unread))


def _text(request: Request) -> str:
    """The form, which is ASCII by its nature. Raises ParseError."""
    decoded = charsets.decode(request.body, request.content_type, says_text=True)
    if decoded is None or decoded.others:
        raise ParseError("body is not the form its dialect promises")
    return decoded.text


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
