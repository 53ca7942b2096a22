"""The half that all JSON dialects share: every string of a body is read, each can be edited.

A dialect names the parts that have a role. Everything else is swept up as `other`, in passages of
lines `name: value`, one passage for each item of a list: an item that stands in the next request
again is the same text again. Places:

    /messages/0/content     a string with a role, whole
    /messages/0/content#    a string or a subtree that holds JSON, as lines
    /tools/2#               what has no role within one item
    #                       what has no role at the top
    …#data                  a text file that was sent as base64
    ?                       path and query
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from penstock.model import Edit, Prompt, Text
from proxy_addons.dialects import media
from proxy_addons.dialects.base import Filter, Json, Request, children, escape
from proxy_addons.dialects.json_text import decode, encode, inside, load, substitute
from proxy_addons.dialects.passages import Changes, Lines, Passage, Place, changes, whole
from proxy_addons.dialects.restore import Delta, End, restorer
from proxy_addons.dialects.target import WHERE, read_target, rewrite_target
from proxy_addons.dialects.words import SEALED, WORDS

_LEVELS = 4
"""How often JSON may be wrapped in a string of JSON; deeper it is read as it stands."""
_DATA = "data"
_LONG_NUMBER = 10**8
"""From nine digits on a number in a list may be somebody's."""


class JsonDialect:
    """Reads and edits every string in a JSON body. A subclass says which parts have which role."""

    name: str
    words: frozenset[str] = WORDS
    """Member names and whole values that are the wire format's own."""
    sealed: frozenset[str] = SEALED
    """Members the service itself encrypted or signed; not looked at where they hold base64."""
    credentials: frozenset[str] = frozenset()
    """Query parameters that authenticate to the service."""

    def parse(self, request: Request) -> Prompt:
        """See Dialect. An empty body sends nothing."""
        passages, unread = self._read(request)
        return Prompt(tuple(Text(p.where, p.role, p.text) for p in passages), unread)

    def rewrite(self, request: Request, edits: Sequence[Edit]) -> Request:
        """See Dialect. Raises ParseError if two members of an object would get one name."""
        if not edits:
            return request
        new = changes(self._read(request)[0], edits)
        target = new.pop(WHERE, {})
        assert isinstance(target, dict)  # all places of the target are inside it
        text, encoding = decode(request.body, request.content_type)
        return replace(
            request,
            target=rewrite_target(request.target, target),
            body=encode(substitute(text, new, _within), encoding),
        )

    def restore(self, request: Request, content_type: str, originals: Mapping[str, str]) -> Filter:
        """See Dialect."""
        return restorer(content_type, originals, self.deltas)

    def roles(self, document: Json) -> Iterable[tuple[str, str, Json]]:
        """(pointer, role, node) of the parts of a request that have a role, in order.

        A node may be a string or a whole subtree, whose strings then share the role; other
        nodes are ignored. No node may lie within another one.
        """
        return ()

    def deltas(self, event: Json) -> Iterable[Delta | End]:
        """The pieces of longer texts that one event of a streamed answer carries."""
        return ()

    def document(self, request: Request) -> Json:
        """The body of `request`; None if it is empty. Raises ParseError."""
        return load(decode(request.body, request.content_type)[0]) if request.body else None

    def _read(self, request: Request) -> tuple[tuple[Passage, ...], tuple[str, ...]]:
        document = self.document(request)
        reader = _Reader(self.words, self.sealed)
        passages = chain(
            read_target(request.target, self.credentials),
            reader.read(document, self.roles(document)),
        )
        return tuple(passages), tuple(sorted(reader.unread))


class _Reader:
    """Turns one document into passages."""

    def __init__(self, words: frozenset[str], sealed: frozenset[str]) -> None:
        self.unread: set[str] = set()
        self._words = words
        self._sealed = sealed
        self._claimed: set[str] = set()
        self._files: list[tuple[Place, str]] = []

    def read(self, document: Json, roles: Iterable[tuple[str, str, Json]]) -> Iterator[Passage]:
        """Everything in `document`, once.

        Growing lists come last and in their order: the numbers of placeholders then stay what
        they are while a conversation grows.
        """
        items = dict(_items(document))
        spoken: dict[str, list[Passage]] = {}
        for where, role, node in roles:
            if isinstance(node, str | dict | list) and where not in self._claimed:
                self._claimed.add(where)
                item = _item(where, items)
                spoken.setdefault(item, []).extend(self._passages(where, role, node))
        growing = {_root(where) for where in self._claimed if where.count("/") > 1}
        for last in (False, True):
            for where, node in items.items():
                if (_root(where) in growing) is last:
                    yield from spoken.get(where, ())
                    yield from self._passages(where, "other", node, swept=True)

    def _passages(
        self, where: str, role: str, node: Json, swept: bool = False
    ) -> Iterator[Passage]:
        lines = Lines()
        if not isinstance(node, str) or swept:
            self._walk(node, "", None, (), where, lines, claims=swept)
        elif self._is_file(media.of_data_url(node), node, (where,)):
            pass
        elif (inner := inside(node)) is not None:
            self._walk(inner, "", None, (where,), "", lines)
        elif node:
            yield whole(where, role, node, (where,))
        yield from lines.passages(f"{where}#", role)
        for place, text in self._files:
            yield whole("#".join(place), role, text, place)
        self._files.clear()

    def _walk(
        self,
        node: Json,
        name: str,
        siblings: Mapping[str, Json] | None,
        prefix: Place,
        where: str,
        lines: Lines,
        claims: bool = False,
    ) -> None:
        """Adds what is in `node` to `lines`, and its member's name unless that is a known word."""
        if claims and where in self._claimed:
            return
        place = (*prefix, where)
        value, inner = "", node
        if isinstance(node, str):
            value, inner = self._string(name, node, siblings or {}, place)
        elif isinstance(node, int | float):
            value = self._number(name, node)
        name_place = None if name in self._words else (*prefix, f"key:{where}")
        if value or (name and name_place):
            lines.add(name, value, place if value else None, name_place)
        if inner is not node:
            prefix, where, claims = place, "", False
        if isinstance(inner, dict):
            for key, child in inner.items():
                self._walk(child, key, inner, prefix, f"{where}/{escape(key)}", lines, claims)
        elif isinstance(inner, list):
            for i, child in enumerate(inner):
                self._walk(child, "", None, prefix, f"{where}/{i}", lines, claims)

    def _string(
        self, name: str, text: str, siblings: Mapping[str, Json], place: Place
    ) -> tuple[str, Json]:
        """The string as it is to be read, or the document it holds."""
        if text in self._words or (name in self._sealed and media.is_sealed(text)):
            return "", None
        if self._is_file(media.of_member(name, text, siblings), text, place):
            return "", None
        if len(place) <= _LEVELS and (inner := inside(text)) is not None:
            return "", inner
        return text, None

    def _number(self, name: str, number: int | float) -> str:
        if isinstance(number, bool) or (
            abs(number) < _LONG_NUMBER and (not name or name in self._words)
        ):
            return ""
        return str(int(number)) if number == number // 1 else repr(number)

    def _is_file(self, media_type: str, value: str, place: Place) -> bool:
        if not media_type:
            return False
        if (text := media.unwrap(media_type, value)) is None:
            self.unread.add(media.kind(media_type))
        elif text:
            self._files.append(((*place, _DATA), text))
        return True


def _items(document: Json) -> Iterator[tuple[str, Json]]:
    """The top of a document, its members, and the items of members that are lists; what one
    holds that is an item of its own is left out of it."""
    yield "", _shallow(document)
    for token, member in children(document):
        if isinstance(member, list):
            yield f"/{token}", _shallow(member)
            yield from (
                (f"/{token}/{i}", item)
                for i, item in enumerate(member)
                if isinstance(item, dict | list)
            )
        elif isinstance(member, dict):
            yield f"/{token}", member


def _shallow(node: Json) -> Json:
    if isinstance(node, dict):
        return {k: None if isinstance(v, dict | list) else v for k, v in node.items()}
    if isinstance(node, list):
        return [None if isinstance(v, dict | list) else v for v in node]
    return node


def _item(where: str, items: Mapping[str, Json]) -> str:
    tokens = where.split("/")
    return next(
        (item for n in (3, 2) if (item := "/".join(tokens[:n])) in items and len(tokens) >= n), ""
    )


def _root(where: str) -> str:
    return where.split("/", 2)[1] if where else ""


def _within(string: str, new: Changes) -> str:
    """A string that holds a document, with changes inside it."""
    text = new.get(_DATA)
    if isinstance(text, str):
        return media.rewrap(string, text)
    return substitute(string, new, _within)
