"""Gemini's page and the service behind it: it keeps chats, and knows no reply it did not give.

Source: as `proxy_addons.dialects.gemini_web`; written apart from it.
"""

import json
from collections.abc import Iterator
from itertools import accumulate, count
from urllib.parse import parse_qs

from penstock.demo.formats.base import Json, packed, reply, whole
from penstock.demo.pages import page
from penstock.demo.wire import Said

_FRAMES = "application/json; charset=utf-8"
_BY: Json = [
    9,
    None,
    [["type.googleapis.com/assistant.boq.bard.application.BardErrorInfo", [1013]]],
]
_REFUSED: Json = [["wrb.fr", None, None, None, None, _BY]]


PUSH = "content-push.googleapis.com"
"""Where the page puts files."""


def push(method: str, target: str, origin: str) -> Said:
    """The answer of the store of files, which a page of another host may read."""
    allowed = ("origin", origin), ("credentials", "true"), ("methods", "POST")
    named = "push-id, x-tenant-id, content-type, x-goog-upload-header-content-length"
    named += "".join(f", x-goog-upload-{name}" for name in ("command", "offset", "protocol"))
    headers = tuple((f"access-control-allow-{n}", v) for n, v in (*allowed, ("headers", named)))
    if method == "OPTIONS":
        return Said((), "text/plain", 200, headers)
    if "upload_id=" in target:
        return Said((b"/contrib_service/ttl_1d/1790000000aa",), "text/plain", 200, headers)
    url = f"https://{PUSH}/upload/?upload_id=u1&upload_protocol=resumable"
    shown = ("access-control-expose-headers", "x-goog-upload-url")
    return Said((), "text/plain", 200, (*headers, ("x-goog-upload-url", url), shown))


class Gemini:
    """One service with all its chats."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._chats: dict[str, list[tuple[str, str, str]]] = {}
        """Chat -> (reply's id, what was asked, what was said)."""

    def answer(self, method: str, target: str, body: bytes, opening: str) -> Said:
        """The answer to a request."""
        path = target.partition("?")[0]
        if method == "GET" and path == "/":
            return page("Gemini", "gemini")
        fields = parse_qs(body.decode())
        if "f.req" not in fields:
            return whole({"received_bytes": len(body)})
        asked: Json = json.loads(fields["f.req"][0])
        match asked:
            case [None, str(inner)] if path.endswith("/StreamGenerate"):
                return Said((b")]}'\n\n", *self._turn(json.loads(inner), opening)), _FRAMES)
            case [[["hNvQHb", str(inner), *_]]]:
                return Said((b")]}'\n\n", self._history(json.loads(inner)[0])), _FRAMES)
            case _:
                return Said((b")]}'\n\n", _frame([["wrb.fr", None, "[]"]])), _FRAMES)

    def _turn(self, asked: list[list[str]], opening: str) -> Iterator[bytes]:
        prompt, (chat, last) = asked[0][0], asked[2][:2]
        known = self._chats.get(chat, [])
        if (chat or last) and last not in [reply for reply, _, _ in known]:
            yield _frame(_REFUSED)
            return
        chat = chat or f"c_{next(self._ids):016x}"
        id, said = f"r_{next(self._ids):016x}", reply(opening, prompt)
        self._chats[chat] = [*known, (id, prompt, said.text)]
        texts = [*accumulate(said.pieces)]
        for i, text in enumerate(texts, 1):
            ended = i == len(texts)
            candidate: Json = [f"rc_{id[2:]}", [text], *[None] * 6, [2 if ended else 1]]
            inner: list[Json] = [None, [chat, id], None, None, [candidate]]
            inner += [*[None] * 20, f"AwAAAAAAAAAQ{id[2:]}"] if ended else []
            yield _frame([["wrb.fr", None, packed(inner).decode()]])
        yield _frame([["di", 120], ["af.httprm", 120, "1", 9]])
        yield _frame([["e", 5, None, None, 1234]])

    def _history(self, chat: str) -> bytes:
        turns: list[Json] = [
            [[chat, id], None, [[asked]], [[[f"rc_{id[2:]}", [said], *[None] * 6, [2]]]]]
            for id, asked, said in reversed(self._chats.get(chat, []))
        ]
        return _frame([["wrb.fr", "hNvQHb", packed([turns]).decode(), None, None, None, "generic"]])


def _frame(document: Json) -> bytes:
    text = packed(document).decode()
    return f"{len(text.encode('utf-16-le')) // 2 + 2}\n{text}\n".encode()
