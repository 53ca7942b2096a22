"""Turns of pages' chats that were answered here, for all proxy processes, sealed.

To give a page back what its service does not know, its words have to be kept. Each note is
encrypted with a key made of the installation's and of what only a request of that person for that
chat says: who, where, and the id of the chat, which is kept nowhere. Whoever has the shelf and the
installation's key cannot read a note without it. Notes are only added; a thread is what they say,
one after the other.

Source: NIST SP 800-38D (AES-GCM).
"""

import json
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from secrets import token_bytes
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from penstock.errors import InspectionError
from penstock.model import Decision
from proxy_addons.chats.known import written
from proxy_addons.chats.shelf import Kind, Shelf
from proxy_addons.dialects.inside import InsideTurn, Thread

_NONCE_BYTES = 12


class Away(Protocol):
    """Has something done with the shelf, elsewhere than in the event loop: a megabyte takes some
    15 ms to be sealed or opened."""

    def __call__[T](self, call: Callable[[Shelf], T], /) -> Awaitable[T]:
        """What `call` gives. Raises what it raises."""
        ...


class Threads:
    """Threads by person, service and chat. Every method raises InspectionError."""

    def __init__(self, away: Away, key: bytes) -> None:
        """`key`: the installation's, 32 bytes or more."""
        self._away = away
        self._key = key

    async def find(self, user: str, service: str, conversation: str) -> Thread | None:
        """The turns of a chat that were answered here; None if there are none."""
        notes = await self.notes(user, service, conversation)
        return gathered(notes) if notes else None

    async def keep(self, user: str, service: str, turn: InsideTurn) -> None:
        """Adds a turn. One that comes again, tried once more, takes the place of the first."""
        await self._note(user, service, turn.conversation, {"turn": asdict(turn)})

    async def hear(self, user: str, service: str, turn: InsideTurn, said: str) -> None:
        """Adds the answer of a turn that was kept without it."""
        note = {"asked": turn.asked, "said": said}
        await self._note(user, service, turn.conversation, note)

    async def learn(self, user: str, service: str, conversation: str, thread: Thread) -> None:
        """Adds what was moved in `thread`, and whether its service knows the chat now."""
        note = {"moved": thread.moved, "is_known": thread.is_known}
        await self._note(user, service, conversation, note)

    async def notes(self, user: str, service: str, place: str) -> list[Any]:
        """Notes on something else than a thread, the first one first."""
        seal = self._seal(user, service, place)
        return await self._away(lambda shelf: [*map(seal.opened, shelf.notes(seal.name))])

    async def write(self, user: str, service: str, place: str, note: object, kind: Kind) -> None:
        """Adds such a note."""
        seal = self._seal(user, service, place)
        await self._away(lambda shelf: shelf.note(seal.name, seal.closed(note), kind))

    async def stay(self, user: str, service: str, place: str, decision: Decision) -> None:
        """Has it known by what decision a place stays inside, longer than its notes are kept."""
        name, kept = self._seal(user, service, place).name, ("kept", b"", written(decision))
        await self._away(lambda shelf: shelf.learn(b"", (name,), (kept,)))

    async def kept(self, user: str, service: str, place: str) -> Decision | None:
        """That decision, if there is one."""
        name = self._seal(user, service, place).name
        return (await self._away(lambda shelf: shelf.find((name,)))).kept

    async def _note(self, user: str, service: str, conversation: str, note: object) -> None:
        await self.write(user, service, conversation, note, "turns")

    def _seal(self, *about: str) -> "_Seal":
        said = json.dumps(about).encode()
        name, key = (
            blake2b(said, key=self._key[:64], digest_size=size, person=purpose).digest()
            for size, purpose in ((16, b"thread name"), (32, b"thread notes"))
        )
        return _Seal(name, key)


@dataclass(frozen=True, slots=True)
class _Seal:
    """Where the notes of one thread are, and what opens them."""

    name: bytes
    key: bytes = field(repr=False)

    def closed(self, note: object) -> bytes:
        nonce = token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(
            nonce, json.dumps(note, default=_as_text).encode(), self.name
        )

    def opened(self, row: bytes) -> Any:
        nonce, sealed = row[:_NONCE_BYTES], row[_NONCE_BYTES:]
        try:
            return json.loads(AESGCM(self.key).decrypt(nonce, sealed, self.name))
        except (InvalidTag, ValueError):
            raise InspectionError("what is kept of a chat cannot be opened") from None


def _as_text(data: object) -> str:
    """Bytes within a note, as base64."""
    if not isinstance(data, bytes):
        raise TypeError
    return b64encode(data).decode()


def gathered(notes: Iterable[Any]) -> Thread:
    """The thread that notes tell of, the first one first. Raises InspectionError."""
    thread: Thread | None = None
    try:
        for note in notes:
            match note:
                case {"turn": dict(fields)}:
                    turn = InsideTurn(**fields)
                    thread = thread or Thread(is_known=not turn.begins)
                    thread.turns = [t for t in thread.turns if t.asked != turn.asked] + [turn]
                case {"asked": str(asked), "said": str(said)} if thread:
                    if (heard := thread.at(asked)) is not None:
                        heard.said = said
                case {"moved": dict(moved), "is_known": bool(is_known)} if thread:
                    thread.moved |= moved
                    thread.is_known = thread.is_known or is_known
                case _:
                    raise ValueError
    except (ValueError, TypeError):
        raise InspectionError("what is kept of a chat makes no sense") from None
    return thread or Thread()
