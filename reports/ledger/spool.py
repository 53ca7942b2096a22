"""Where records wait on local disk while the database is away. Every line is fsync'd.

A directory of segments. A process writes to one of its own, which it holds locked; whoever finds a
segment unlocked may move its records into the database and delete it. A record that was moved
twice is kept once, since the ledger knows its id.
"""

import contextlib
import fcntl
import os
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import orjson

from reports.ledger.record import Draft

_DAMAGED = "damaged"


class Spool:
    """Safe for one thread that appends and one that replays."""

    def __init__(
        self,
        directory: Path,
        gather: Callable[[Sequence[Draft]], Sequence[Draft]] = lambda drafts: drafts,
    ) -> None:
        """`gather` makes of the drafts of one segment those that are handed on."""
        self.directory = directory
        self._gather = gather
        self._lock = threading.Lock()
        self._descriptor = -1
        self._size = 0

    def append(self, drafts: Sequence[Draft]) -> None:
        """Return once `drafts` are on disk. Raises OSError, and then none of them is."""
        lines = b"".join(_line(draft) for draft in drafts)
        with self._lock:
            if self._descriptor < 0:
                self._begin()
            try:
                _write_all(self._descriptor, lines)
                os.fsync(self._descriptor)
            except OSError:
                os.ftruncate(self._descriptor, self._size)
                raise
            self._size += len(lines)

    def replay(self, keep: Callable[[Sequence[Draft]], object]) -> int:
        """Hand every spooled record to `keep` and forget it; returns how many.

        Stops at the first exception `keep` raises; nothing is forgotten that it did not take.
        Raises OSError.
        """
        self._release()
        return sum(self._replay(path, keep) for path in self._segments())

    @property
    def waiting_bytes(self) -> int:
        """Size of what has not been moved yet."""
        total = 0
        for path in self._segments():
            with contextlib.suppress(FileNotFoundError):  # just replayed
                total += path.stat().st_size
        return total

    @property
    def damaged(self) -> tuple[Path, ...]:
        """Segments that held lines whose checksum is wrong, kept for a person to look at."""
        return tuple(sorted((self.directory / _DAMAGED).glob("*.jsonl")))

    def close(self) -> None:
        """Let go of the segment, so that another process may replay it."""
        self._release()

    def _segments(self) -> list[Path]:
        return sorted(self.directory.glob("*.jsonl"))

    def _begin(self) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}"
        # Made under another suffix and locked first: nobody may replay it before it is ours.
        made = self.directory / f"{name}.new"
        descriptor = os.open(made, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.rename(made, self.directory / f"{name}.jsonl")
            _sync_directory(self.directory)
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor, self._size = descriptor, 0

    def _release(self) -> None:
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = -1

    def _replay(self, path: Path, keep: Callable[[Sequence[Draft]], object]) -> int:
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return 0  # another process was quicker
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return 0  # its writer lives and will replay it
            if not path.exists():
                return 0
            said, whole = _parse(path.read_bytes())
            drafts = self._gather(said)
            for i in range(0, len(drafts), 200):
                keep(drafts[i : i + 200])
            if whole:
                path.unlink()
            else:
                (self.directory / _DAMAGED).mkdir(mode=0o700, exist_ok=True)
                path.rename(self.directory / _DAMAGED / path.name)
            _sync_directory(self.directory)
            return len(drafts)
        finally:
            os.close(descriptor)


def _line(draft: Draft) -> bytes:
    said = {"id": draft.id, "at": draft.at, "kind": draft.kind, "body": draft.body}
    if draft.sealed:
        said["sealed"] = draft.sealed
    data = orjson.dumps(said)
    return sha256(data).hexdigest().encode() + b" " + data + b"\n"


def _parse(data: bytes) -> tuple[list[Draft], bool]:
    """The drafts, and whether every finished line was whole.

    A last line without its end was cut off by a crash before anybody was told it was kept.
    """
    drafts: list[Draft] = []
    whole = True
    for line in data.split(b"\n")[:-1]:
        checksum, _, text = line.partition(b" ")
        if sha256(text).hexdigest().encode() == checksum:
            drafts.append(Draft(**orjson.loads(text)))
        else:
            whole = False
    return drafts, whole


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
