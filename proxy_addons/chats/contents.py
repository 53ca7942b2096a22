"""What uploaded files say, for models that are asked about them by name, and files that stayed.

Sealed like turns, see `threads`: whoever names the file, as the person who uploaded it, at the same
service, has what opens it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from penstock.errors import InspectionError
from penstock.model import Media, Sender
from proxy_addons.chats.pieces import Piece
from proxy_addons.chats.shelf import Kind
from proxy_addons.chats.threads import Threads
from proxy_addons.dialects.uploads import File, Stored


class Contents:
    """Files of everyone whose requests pass here. Every method raises InspectionError."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    async def keep(self, sender: Sender, names: Iterable[str], file: File) -> None:
        """Keeps what a file at the service says, by the names that it got there."""
        for name in names:
            await self._write(sender, name, {"file": asdict(file)}, "passed")

    async def store(self, sender: Sender, stored: Stored) -> None:
        """Keeps a file that is not at the service."""
        note = {"file": asdict(stored.file), "stored": _about(stored)}
        await self._write(sender, stored.id, note, "files")

    async def forget(self, sender: Sender, name: str) -> None:
        """Has a file known no more."""
        await self._write(sender, name, {}, "files")

    async def told(self, sender: Sender, names: Iterable[str]) -> Mapping[str, tuple[str, Media]]:
        """For each name that is known: what the person calls the file, and the file."""
        found: dict[str, tuple[str, Media]] = {}
        for name in names:
            note = await self._note(sender, name)
            file = _file(note) if note is not None else None
            if file is not None and file.told is not None:
                found[name] = file.name, file.told
        return found

    async def stored(self, sender: Sender, name: str) -> Stored | None:
        """The file of that name that is not at the service, if there is one."""
        note = await self._note(sender, name)
        if note is None or "stored" not in note:
            return None
        try:
            return Stored(file=_file(note), **note["stored"])
        except TypeError:
            raise InspectionError("what is kept of a file makes no sense") from None

    async def pieces(self, sender: Sender, upload: str) -> tuple[Piece, ...]:
        """The ends of those that have come of the upload that they all name, the newest last."""
        notes = await self._threads.notes(sender.user, sender.service, f"upload {upload}")
        return tuple(Piece(upload, note["head"], note["tail"]) for note in notes)

    async def keep_piece(self, sender: Sender, piece: Piece) -> None:
        """Keeps the ends of one."""
        note = {"head": piece.head, "tail": piece.tail}
        place = f"upload {piece.upload}"
        await self._threads.write(sender.user, sender.service, place, note, "pieces")

    async def _note(self, sender: Sender, name: str) -> dict[str, Any] | None:
        notes = await self._threads.notes(sender.user, sender.service, _place(name))
        return (notes[-1] or None) if notes else None

    async def _write(self, sender: Sender, name: str, note: object, kind: Kind) -> None:
        await self._threads.write(sender.user, sender.service, _place(name), note, kind)


def _place(name: str) -> str:
    return f"file {name}"


def _about(stored: Stored) -> dict[str, object]:
    return {"id": stored.id, "at": stored.at, "root": stored.root}


def _file(note: Mapping[str, Any]) -> File:
    try:
        file = File(**note["file"])
        return file if file.told is None else replace(file, told=Media(**note["file"]["told"]))
    except (LookupError, TypeError):
        raise InspectionError("what is kept of a file makes no sense") from None
