"""The calls around a turn of Gemini's page, where the turn was answered here.

Source: the public client `gemini_webapi` 2.1, read 2026-11-21: the call `hNvQHb` gives the turns of
a chat, the newest first.
"""

import json
from dataclasses import replace
from typing import Any

from proxy_addons.dialects import form
from proxy_addons.dialects.base import Answer, Json, Request
from proxy_addons.dialects.gemini_web_answer import GUARD, Frames, frame
from proxy_addons.dialects.inside import InsideTurn, Thread
from proxy_addons.dialects.json_text import dump

HISTORY = "hNvQHb"
_CONTENT_TYPE = "application/json; charset=utf-8"


def asked_for(document: Json) -> str:
    """The chat whose history is asked for; empty if none is."""
    match document:
        case {"f.req": [[[str(call), [str(chat), *_], *_]]]} if call == HISTORY:
            return chat
        case _:
            return ""


def answer(document: Json, thread: Thread) -> Answer | None:
    """See ChatPage.aside."""
    if thread.is_known or not asked_for(document):
        return None
    empty: Json = [["wrb.fr", HISTORY, "[[]]", None, None, None, "generic"]]
    return Answer(200, _CONTENT_TYPE, joined(GUARD + frame(empty), thread))


def moved(request: Request, asked: Json, thread: Thread) -> Request:
    """See ChatPage.moved. `asked`: the list that says what is asked."""
    match asked:
        case [_, _, [str(_), str(last), *_], *_] if before := [*thread.before(last)]:
            pass
        case _:
            return request
    text = request.body.decode("ascii")
    fields = form.read(text)
    outer: Any = json.loads(str(fields["f.req"]))
    inner: Any = json.loads(outer[1])
    inner[2] = json.loads(before[-1].place)
    outer[1] = dump(inner).decode()
    fields["f.req"] = dump(outer).decode()
    return replace(request, body=form.write(text, fields).encode())


def joined(body: bytes, thread: Thread) -> bytes:
    """A history with the turns of `thread` in it, each after the one it followed."""
    frames = Frames()
    found = [*frames.feed(body), *frames.finish()]
    return b"".join(
        f.put(_with_turns(f.data, thread)) if f.data and HISTORY.encode() in f.data else f.raw
        for f in found
    )


def _with_turns(data: bytes, thread: Thread) -> bytes:
    document: Any = json.loads(data)
    for part in document:
        if part[:2] == ["wrb.fr", HISTORY] and part[2]:
            inner = json.loads(part[2])
            for turn in thread.turns:
                replies = [known[0][1] for known in inner[0]]
                at = replies.index(turn.parent) if turn.parent in replies else len(replies)
                inner[0].insert(at, _as_listed(turn))
            part[2] = dump(inner).decode()
    return dump(document)


def _as_listed(turn: InsideTurn) -> Json:
    candidate: Json = [f"rc_{turn.answer[2:]}", [turn.said], *[None] * 6, [2]]
    return [[turn.conversation, turn.answer], None, [[turn.prompt]], [[candidate]]]
