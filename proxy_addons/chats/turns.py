"""By what a chat is known again over its requests: keyed hashes of its turns.

Programs resend the whole chat with each turn, and drop what is oldest when it gets too long. So a
turn is known together with those before it, as many as it takes to be told from turns of other
chats ("thanks", "you're welcome"), and one of them that is known is enough.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from penstock.model import Finding, Prompt

SPOKEN = frozenset({"user", "assistant", "tool"})
"""Roles whose texts are turns. Instructions and settings are the same in many chats."""
TELLING = 80
"""So many characters tell the turns of one chat from those of others."""
MOST_MARKS = 128
"""The newest turns of one request by which it is looked up."""
_NAMED = ("/conversation", "/conversation/id", "/thread_id")
"""Where a request names the chat that its service keeps."""

type Digest = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Recognized:
    """By what a request's chat is known."""

    marks: tuple[bytes, ...] = ()
    """Oldest turn first; names of the chat last."""
    first_found: int = 0
    """The marks from here on are of turns with findings, or come after one. What was decided is
    known by these only: chats that begin alike part there."""
    traces: tuple[tuple[bytes, bool], ...] = ()
    """For each finding: what it is and in which text, and whether that is in the newest message."""


UNKNOWN = Recognized()


def recognize(
    prompt: Prompt,
    digests: Sequence[bytes],
    findings: Sequence[Finding],
    user: str,
    digest: Digest,
    named: str | None = None,
) -> Recognized:
    """By what the chat of `prompt` is known; `digests` are those of its texts.

    `named`: the name that a page knows it by, empty for a new chat; None for a program, which
    sends its turns. A page sends the newest one alone, which tells nothing of what came before.
    """
    if named is not None:
        marks = (digest(f"chat\0{user}\0{named}"),) if named and user else ()
        return Recognized(marks, 0, _traces(prompt, digests, findings, digest))
    spoken = [row for row in zip(prompt.texts, digests, strict=True) if row[0].role in SPOKEN]
    turns = [list(turn) for _, turn in groupby(spoken, key=lambda row: row[0].role)]
    found_in = {f.where for f in findings}
    hot = [any(text.where in found_in for text, _ in turn) for turn in turns] if findings else []
    first_hot = hot.index(True) if True in hot else len(turns)
    names = [t.text for t in prompt.texts if t.where in _NAMED]
    if (len(turns) < 2 and first_hot == len(turns) and not names) or not user:
        return Recognized(traces=_traces(prompt, digests, findings, digest))
    hashes = ["".join(own.hex() for _, own in turn) for turn in turns]
    sizes = [sum(len(text.text) for text, _ in turn) for turn in turns]
    known_by: list[bytes] = []
    first_found: int | None = None
    for last in range(max(0, len(turns) - MOST_MARKS), len(turns)):
        if (first := _reach(sizes, last)) is None and first_hot > last:
            continue
        if last >= first_hot and first_found is None:
            first_found = len(known_by)
        chain = hashes[first or 0 : last + 1]
        known_by.append(digest("\0".join(("turns", user, *chain))))
    if first_found is None:
        first_found = len(known_by) if findings else max(0, len(known_by) - 1)
    known_by += [digest(f"chat\0{user}\0{name}") for name in names]
    return Recognized(tuple(known_by), first_found, _traces(prompt, digests, findings, digest))


def _reach(sizes: Sequence[int], last: int) -> int | None:
    """The first of the turns up to `last`, two at least, that are telling together."""
    size = sizes[last]
    for first in range(last - 1, -1, -1):
        size += sizes[first]
        if size >= TELLING:
            return first
    return None


def _traces(
    prompt: Prompt, digests: Sequence[bytes], findings: Sequence[Finding], digest: Digest
) -> tuple[tuple[bytes, bool], ...]:
    if not findings:
        return ()
    hashes = {t.where: own.hex() for t, own in zip(prompt.texts, digests, strict=True)}
    spoken = [text.where for text in prompt.texts if text.role in SPOKEN]
    newest = _message(spoken[-1]) if spoken else None
    traces = []
    for finding in findings:
        where = finding.where
        trace = digest(f"{hashes[where]} {finding.data_class} {finding.fingerprint}")
        traces.append((trace, _message(where) == newest))
    return tuple(traces)


def _message(where: str) -> str:
    """The message that a place is in: `/messages/3` of `/messages/3/content/0/text`."""
    return "/".join(where.split("/")[:3])
