"""The half that all JSON dialects share: every string of a body is read, each can be edited.

A dialect names the parts that have a role. Everything else is swept up as `other`, in passages of
lines `name: value`, one passage for each item of a list: an item that stands in the next request
again is the same text again. Places:

    /messages/0/content     a string with a role, whole
    /messages/0/content#    a string or a subtree that holds JSON, as lines
    /tools/2#               what has no role within one item
    #                       what has no role at the top
    …#data                  a text file that was sent as base64
    …#document/2            the third text of a PDF, an Office file, an archive …; read only
    ?                       path and query
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from penstock.errors import CannotRewrite
from penstock.model import Edit, Prompt, Text
from proxy_addons.dialects import media
from proxy_addons.dialects.base import Filter, Json, Request, children, escape
from proxy_addons.dialects.json_text import decode, encode, inside, load, substitute
from proxy_addons.dialects.passages import Changes, Lines, Passage, Place, changes, whole
from proxy_addons.dialects.restore import Delta, End, restorer
from proxy_addons.dialects.target import WHERE, read_target, rewrite_target
from proxy_addons.dialects.words import IDS, MADE_HASHES, MADE_IDS, NAMES_AN_ID, SEALED, WORDS

_LEVELS = 4
"""How often JSON may be wrapped in a string of JSON; deeper it is read as it stands."""
DATA = "data"
DOCUMENT = "document/"
_BARE = IDS | {"name"}
"""Names that are left out where nothing has a role: there `name` is a function's or a schema's."""
_LONG_NUMBER = 10**8
"""From nine digits on a number in a list may be somebody's."""


_NOTHING: Mapping[str, Json] = {}


class JsonDialect:
    """Reads and edits every string in a JSON body. A subclass says which parts have which role."""

    name: str
    words: frozenset[str] = WORDS
    """Member names and whole values that are the wire format's own."""
    sealed: frozenset[str] = SEALED
    """Members the service itself encrypted or signed; not looked at where they hold base64."""
    credentials: frozenset[str] = frozenset()
    """Query parameters that authenticate to the service."""
    ids: re.Pattern[str] = MADE_IDS
    """Whole values that are ids made by a machine, where they have no name or one that ends in
    `id`. One in fifty random ids looks like something of a person to some detector, and an id that
    is taken out breaks the chat it names."""

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
            body=encode(substitute(text, new, within), encoding),
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

    def _read(self, request: Request) -> tuple[list[Passage], tuple[str, ...]]:
        document = self.document(request)
        reader = Reader(self.words, self.sealed, self.ids)
        passages = list(read_target(request.target, self.credentials, self.ids))
        passages += reader.read(document, self.roles(document))
        return passages, tuple(sorted(reader.unread))


class Reader:
    """Turns one document into passages."""

    def __init__(
        self, words: frozenset[str], sealed: frozenset[str], ids: re.Pattern[str] = MADE_IDS
    ) -> None:
        self.unread: set[str] = set()
        self._words = words
        self._sealed = sealed
        self._ids = ids
        self._claimed: set[str] = set()
        self._files: list[tuple[Place, str]] = []

    def read(self, document: Json, roles: Iterable[tuple[str, str, Json]]) -> list[Passage]:
        """Everything in `document`, once.

        Growing lists come last and in their order: the numbers of placeholders then stay what
        they are while a conversation grows.
        """
        members = {f"/{token}": child for token, child in children(document)}
        growing = set()
        spoken: dict[str, list[Passage]] = {}
        for where, role, node in roles:
            if where in self._claimed:
                continue
            self._claimed.add(where)
            _, *tokens = where.split("/", 3)
            item = root = f"/{tokens[0]}" if tokens else ""
            if len(tokens) > 1 and isinstance(members.get(root), list):
                growing.add(root)
                item = f"{root}/{tokens[1]}"
            spoken.setdefault(item, []).extend(self._spoken(where, role, node))
        passages = spoken.get("", [])
        passages += self._swept("", document, deep=False)
        for root in sorted(members, key=growing.__contains__) if growing else members:
            node = members[root]
            passages += spoken.get(root, ())
            if isinstance(node, list):
                passages += self._swept(root, node, deep=False)
                for i, child in enumerate(node):
                    item = f"{root}/{i}"
                    if item in spoken:
                        passages += spoken[item]
                    if isinstance(child, dict | list):
                        passages += self._swept(item, child)
            elif isinstance(node, dict):
                passages += self._swept(root, node)
        return passages

    def _spoken(self, where: str, role: str, node: Json) -> list[Passage]:
        """A part that has a role, or a place of its own."""
        bare = _BARE if role == "other" else IDS
        if isinstance(node, str):
            if (inner := inside(node)) is not None:
                lines = Lines(bare)
                self._walk(inner, (where,), "", lines)
                return self._passages(where, role, lines)
            if not self._is_file(media.of_data_url(node), node, (where,)):
                return [whole(where, role, node, (where,))] if node else []
        lines = Lines(bare)
        if isinstance(node, dict | list):
            self._walk(node, (), where, lines)
        return self._passages(where, role, lines)

    def _swept(self, where: str, node: Json, deep: bool = True) -> list[Passage]:
        """What has no role in one item; unless `deep`, not what is inside its children."""
        if where in self._claimed or (isinstance(node, dict) and self._is_said(where, node)):
            return []
        lines = Lines(_BARE)
        if isinstance(node, dict | list):
            self._walk(node, (), where, lines, deep)
        else:
            self._child("", node, {}, (), where, lines)
        return self._passages(where, "other", lines)

    def _is_said(self, where: str, node: dict[str, Json]) -> bool:
        """Whether nothing is left of an object, as of most messages: the rest is the format's."""
        words, claimed = self._words, self._claimed
        for name, child in node.items():
            is_word = isinstance(child, str) and child in words and name in words
            if not is_word and f"{where}/{name}" not in claimed:
                return False
        return True

    def _passages(self, where: str, role: str, lines: Lines) -> list[Passage]:
        passages = lines.passages(f"{where}#", role)
        if self._files:
            passages += [whole("#".join(place), role, text, place) for place, text in self._files]
            self._files.clear()
        return passages

    def _walk(
        self,
        node: dict[str, Json] | list[Json],
        prefix: Place,
        where: str,
        lines: Lines,
        deep: bool = True,
        above: Mapping[str, Json] = _NOTHING,
    ) -> None:
        """Adds what is in `node`, which stands at `where` in the document `prefix` leads to;
        unless `deep`, not what is inside its children. `above` speaks for its members too."""
        if isinstance(node, dict):
            words = self._words
            for name, child in node.items():
                if name in words and (
                    (isinstance(child, str) and child in words)
                    or child is None
                    or isinstance(child, bool)
                    or not (deep or isinstance(child, str | int | float))
                ):
                    continue
                at = f"{where}/{escape(name)}"
                if prefix or at not in self._claimed:
                    siblings = {**above, **node} if above else node
                    self._child(name, child, siblings, prefix, at, lines, deep)
        elif (file := media.of_bytes(node)) is not None:
            self.unread |= file.unread
            place = (*prefix, f"{where}/0")
            self._files += [((*place, f"{DOCUMENT}{i}"), text) for i, text in enumerate(file.texts)]
        else:
            for i, child in enumerate(node):
                if isinstance(child, int | float) and abs(child) < _LONG_NUMBER:
                    continue  # vectors and tokens come by the hundred thousand
                at = f"{where}/{i}"
                if (deep or not isinstance(child, dict | list)) and (
                    prefix or at not in self._claimed
                ):
                    self._child("", child, {}, prefix, at, lines)

    def _child(
        self,
        name: str,
        node: Json,
        siblings: Mapping[str, Json],
        prefix: Place,
        where: str,
        lines: Lines,
        deep: bool = True,
    ) -> None:
        """Adds one member of an object or item of a list, and its name unless that is a word of
        the format."""
        value, inner = "", node
        if isinstance(node, str):
            value, inner = self._string(name, node, siblings, (*prefix, where))
        elif isinstance(node, int | float):
            value = self._number(name, node)
        known = not name or name in self._words
        if value or not known:
            lines.add(
                name,
                value,
                (*prefix, where) if value else None,
                None if known else (*prefix, f"key:{where}"),
            )
        if inner is not node:
            prefix, where, deep = (*prefix, where), "", True
        if deep and isinstance(inner, dict | list):
            above = _NOTHING
            if name == "source" and "format" in siblings:  # {format: png, source: {bytes: …}}
                above = {"format": siblings["format"]}
            self._walk(inner, prefix, where, lines, above=above)

    def _string(
        self, name: str, text: str, siblings: Mapping[str, Json], place: Place
    ) -> tuple[str, Json]:
        """The string as it is to be read, or the document it holds."""
        if text in self._words or (name in self._sealed and media.is_sealed(text)):
            return "", None
        if self._is_id(name, text):
            return "", None
        if self._is_file(media.of_member(name, text, siblings), text, place):
            return "", None
        if len(place) <= _LEVELS and (inner := inside(text)) is not None:
            return "", inner
        if media.is_call(text):
            self.unread.add("call")
        return text, None

    def _is_id(self, name: str, text: str) -> bool:
        if not self._ids.fullmatch(text) and not (name and MADE_HASHES.fullmatch(text)):
            return False
        return name in IDS or NAMES_AN_ID.search(name) is not None

    def _number(self, name: str, number: int | float) -> str:
        if isinstance(number, bool) or (
            abs(number) < _LONG_NUMBER and (not name or name in self._words)
        ):
            return ""
        return str(int(number)) if number == number // 1 else repr(number)

    def _is_file(self, media_type: str, value: str, place: Place) -> bool:
        if not media_type:
            return False
        if (text := media.unwrap(media_type, value)) is not None:
            if text:
                self._files.append(((*place, DATA), text))
        elif (document := media.document(media_type, value)) is not None:
            self.unread |= document.unread
            for i, text in enumerate(document.texts):
                self._files.append(((*place, f"{DOCUMENT}{i}"), text))
        else:
            self.unread.add(media.kind(media_type))
        return True


def mentions(request: Request, *words: bytes) -> bool:
    """Whether one of `words` stands in the body. It is not parsed: answers are restored where
    others wait, and ten megabytes of JSON take 60 ms."""
    body = request.body
    return b"\0" in body[:4] or any(word in body for word in words)  # UTF-16 is read with care


def within(string: str, new: Changes) -> str:
    """A string that holds a document, with changes inside it. Raises CannotRewrite."""
    if any(place.startswith(DOCUMENT) for place in new):
        raise CannotRewrite("a document cannot be edited")
    text = new.get(DATA)
    if isinstance(text, str):
        return media.rewrap(string, text)
    return substitute(string, new, within)
