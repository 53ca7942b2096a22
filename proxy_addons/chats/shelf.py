"""Where chats are remembered: a file in the state directory that all proxy processes share.

It holds keyed hashes and decisions, and sealed notes (see `threads`). Rows are only added and never
changed, so that processes need not agree; a chat that is not seen for a month is forgotten, notes
half a day after the newest of their thread, and the oldest go first when there are too many. What
stays inside is counted apart: nothing that is let through, however much, has it forgotten.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_bytes
from typing import Literal, Protocol

from penstock.errors import ConfigError, InspectionError
from penstock.model import Decision
from proxy_addons.chats.known import NOTHING, Known, inside

KEEP_DAYS = 30
MOST_CHATS = 50_000
MOST_INSIDE = 200_000
"""Chats that stay inside, and files that do. They are few and small, and to forget one is to let
out what goes on from it."""
MOST_FACTS = 5_000
"""Of one chat."""
ALWAYS_KEPT = frozenset(("kept", "unread"))
"""What keeps a chat inside, or a file out, has a place whatever else is known of it."""
NOTES_S = 12 * 3600.0
"""How long notes are kept after the newest one of their thread."""
type Kind = Literal["turns", "files", "passed", "parts", "pieces"]
"""Notes on what was answered here, on files that are here, on turns and files that a service has as
well, on what uploads have brought before they are complete, and on the ends of their pieces."""
_MB = 1024 * 1024
MOST_NOTES_BYTES: Mapping[Kind, int] = {
    "turns": 64 * _MB,
    "files": 128 * _MB,
    "passed": 64 * _MB,
    "parts": 64 * _MB,
    "pieces": 16 * _MB,
}
"""Of all notes of one kind together, and an eighth more before they are counted again: that takes
a moment in which nothing else is looked up."""
_SWEEP_EVERY = 500
_WAIT_S = 2.0

type Fact = tuple[str, bytes, str]
"""`kept`, `told` or `named`, or what `files` keeps; its key; its value."""

_TABLES = """
CREATE TABLE IF NOT EXISTS chats (chat BLOB PRIMARY KEY, at REAL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS chats_at ON chats (at);
CREATE TABLE IF NOT EXISTS marks (mark BLOB PRIMARY KEY, chat BLOB) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS marks_chat ON marks (chat);
CREATE TABLE IF NOT EXISTS facts (
    chat BLOB, kind TEXT, key BLOB, value TEXT, PRIMARY KEY (chat, kind, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (
    id INTEGER PRIMARY KEY, thread BLOB, at REAL, row BLOB, kind TEXT DEFAULT 'turns'
);
CREATE INDEX IF NOT EXISTS notes_thread ON notes (thread, id);
CREATE TABLE IF NOT EXISTS waiting (mark BLOB PRIMARY KEY, until REAL, value BLOB) WITHOUT ROWID;
"""
_NEWEST_FIRST = (
    "SELECT thread, sum(length(row)) FROM notes WHERE kind = ? GROUP BY thread "
    "ORDER BY max(at) DESC, max(id) DESC"
)
_IS_INSIDE = "EXISTS (SELECT 1 FROM facts WHERE facts.chat = chats.chat AND kind = 'kept')"


class Shelf(Protocol):
    """Remembers chats. Called in a thread of its own; raises InspectionError if it cannot."""

    def find(self, marks: Sequence[bytes]) -> Known:
        """What is known of the chat with any of `marks`; of several, the last one's name."""
        ...

    def learn(self, chat: bytes, marks: Iterable[bytes], facts: Iterable[Fact]) -> bytes:
        """Adds to what is known of `chat`, or of a new one if that is empty. Its name."""
        ...

    def notes(self, thread: bytes) -> list[bytes]:
        """The notes on a thread, the first one first."""
        ...

    def note(self, thread: bytes, row: bytes, kind: Kind) -> None:
        """Adds a note to a thread."""
        ...

    def leave(self, mark: bytes, value: bytes, seconds: float) -> None:
        """Puts something down for so long, in place of what is there."""
        ...

    def take(self, mark: bytes) -> bytes | None:
        """What was put down there, for the first one who asks."""
        ...

    def close(self) -> None:
        """Lets go of what it holds."""
        ...


class FileShelf:
    """The shelf of one machine."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.time) -> None:
        """Without a path it lasts as long as this process. Raises ConfigError."""
        self._clock = clock
        self._writes = self._notes = 0
        self._notes_bytes: dict[Kind, int] = dict.fromkeys(MOST_NOTES_BYTES, 0)
        try:
            self._db = sqlite3.connect(
                path or ":memory:",
                timeout=_WAIT_S,
                isolation_level=None,
                check_same_thread=False,
            )
            if path is not None:
                path.chmod(0o600)
                self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_TABLES)
            self._add_kind()
        except (sqlite3.Error, OSError) as e:
            raise ConfigError(f"{path}: chats cannot be remembered: {e}") from None

    def _add_kind(self) -> None:
        """A file of before there were kinds gets them; of several processes, the first one does
        it."""
        if self._has_kind():
            return
        with self._at_once():
            if not self._has_kind():
                self._db.execute("ALTER TABLE notes ADD COLUMN kind TEXT DEFAULT 'turns'")

    def _has_kind(self) -> bool:
        return "kind" in {row[1] for row in self._db.execute("PRAGMA table_info(notes)")}

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def find(self, marks: Sequence[bytes]) -> Known:
        """See Shelf."""
        try:
            by_mark = self._by_mark(marks)
            if not by_mark:
                return NOTHING
            chats = newest_first(marks, by_mark)
            slots = ",".join("?" * len(chats))
            rows = self._db.execute(
                f"SELECT kind, key, value FROM facts WHERE chat IN ({slots})", chats
            ).fetchall()
        except sqlite3.Error as e:
            raise InspectionError(f"chats cannot be looked up: {type(e).__name__}") from None
        return gathered(chats[0], by_mark, rows)

    def _by_mark(self, marks: Sequence[bytes]) -> dict[bytes, bytes]:
        slots = ",".join("?" * len(marks))
        query = f"SELECT mark, chat FROM marks WHERE mark IN ({slots})"
        return dict(self._db.execute(query, tuple(marks)).fetchall())

    def learn(self, chat: bytes, marks: Iterable[bytes], facts: Iterable[Fact]) -> bytes:
        """See Shelf."""
        chat = chat or token_bytes(16)
        try:
            with self._at_once():
                self._add(chat, marks, facts)
        except sqlite3.Error as e:
            raise InspectionError(f"chats cannot be remembered: {type(e).__name__}") from None
        return chat

    def _add(self, chat: bytes, marks: Iterable[bytes], facts: Iterable[Fact]) -> None:
        db, now = self._db, self._clock()
        db.execute("INSERT OR REPLACE INTO chats VALUES (?, ?)", (chat, now))
        db.executemany("INSERT OR IGNORE INTO marks VALUES (?, ?)", [(m, chat) for m in marks])
        rows = [(chat, *fact) for fact in facts]
        if rows:
            (size,) = db.execute("SELECT count(*) FROM facts WHERE chat = ?", (chat,)).fetchone()
            rows = [r for r in rows if size < MOST_FACTS or r[1] in ALWAYS_KEPT]
            db.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?, ?, ?)", rows)
        self._writes += 1
        if self._writes % _SWEEP_EVERY == 1:
            self._sweep(now)

    def _sweep(self, now: float) -> None:
        db = self._db
        gone = db.execute("DELETE FROM chats WHERE at < ?", (now - KEEP_DAYS * 86400,)).rowcount
        (chats,) = db.execute("SELECT count(*) FROM chats").fetchone()
        if chats > MOST_CHATS:
            for which, most in ((f"NOT {_IS_INSIDE}", MOST_CHATS), (_IS_INSIDE, MOST_INSIDE)):
                gone += db.execute(
                    f"DELETE FROM chats WHERE chat IN (SELECT chat FROM chats WHERE {which} "
                    "ORDER BY at DESC LIMIT -1 OFFSET ?)",
                    (most,),
                ).rowcount
        if gone:
            for table in ("marks", "facts"):
                db.execute(f"DELETE FROM {table} WHERE chat NOT IN (SELECT chat FROM chats)")

    def notes(self, thread: bytes) -> list[bytes]:
        """See Shelf."""
        try:
            rows = self._db.execute(
                "SELECT row, at FROM notes WHERE thread = ? ORDER BY id", (thread,)
            ).fetchall()
        except sqlite3.Error as e:
            raise InspectionError(f"chats cannot be looked up: {type(e).__name__}") from None
        if not rows or rows[-1][1] < self._clock() - NOTES_S:
            return []
        return [row for row, _ in rows]

    def note(self, thread: bytes, row: bytes, kind: Kind) -> None:
        """See Shelf."""
        db, now = self._db, self._clock()
        try:
            db.execute(
                "INSERT INTO notes (thread, at, row, kind) VALUES (?, ?, ?, ?)",
                (thread, now, row, kind),
            )
            self._notes_bytes[kind] += len(row)
            self._notes += 1
            is_much = self._notes_bytes[kind] > MOST_NOTES_BYTES[kind] * 9 // 8
            if self._notes % _SWEEP_EVERY == 1 or is_much:
                self._sweep_notes(now)
        except sqlite3.Error as e:
            raise InspectionError(f"chats cannot be remembered: {type(e).__name__}") from None

    def _sweep_notes(self, now: float) -> None:
        """What is too old or too much goes, by threads; of the newest one its oldest notes."""
        self._db.execute(
            "DELETE FROM notes WHERE thread IN "
            "(SELECT thread FROM notes GROUP BY thread HAVING max(at) < ?)",
            (now - NOTES_S,),
        )
        for kind, most in MOST_NOTES_BYTES.items():
            self._notes_bytes[kind] = self._shorten(kind, most)

    def _shorten(self, kind: Kind, most: int) -> int:
        """How many bytes are left. The newest note always is."""
        db = self._db
        threads = db.execute(_NEWEST_FIRST, (kind,)).fetchall()
        size: int = sum(length for _, length in threads)
        gone: list[tuple[bytes]] = []
        while size > most and len(threads) > 1:
            oldest, length = threads.pop()
            gone.append((oldest,))
            size -= length
        with self._at_once():
            db.executemany("DELETE FROM notes WHERE thread = ?", gone)
        if size > most:
            rows = "SELECT id, length(row) FROM notes WHERE thread = ? ORDER BY id"
            for id, length in db.execute(rows, threads[0][:1]).fetchall()[:-1]:
                if size <= most:
                    break
                db.execute("DELETE FROM notes WHERE id = ?", (id,))
                size -= length
        return size

    def leave(self, mark: bytes, value: bytes, seconds: float) -> None:
        """See Shelf."""
        now = self._clock()
        try:
            self._db.execute("DELETE FROM waiting WHERE until < ?", (now,))
            self._db.execute(
                "INSERT OR REPLACE INTO waiting VALUES (?, ?, ?)", (mark, now + seconds, value)
            )
        except sqlite3.Error as e:
            raise InspectionError(f"chats cannot be remembered: {type(e).__name__}") from None

    def take(self, mark: bytes) -> bytes | None:
        """See Shelf."""
        try:
            # who only looks waits for nobody who writes
            found = self._db.execute("SELECT until FROM waiting WHERE mark = ?", (mark,)).fetchone()
            if found is None:
                return None
            taken = self._db.execute(
                "DELETE FROM waiting WHERE mark = ? RETURNING until, value", (mark,)
            ).fetchone()
        except sqlite3.Error as e:
            raise InspectionError(f"chats cannot be looked up: {type(e).__name__}") from None
        return taken[1] if taken is not None and taken[0] >= self._clock() else None

    def close(self) -> None:
        """See Shelf."""
        self._db.close()


def newest_first(marks: Sequence[bytes], by_mark: Mapping[bytes, bytes]) -> list[bytes]:
    """The chats of `marks`; the first one gets what is learnt."""
    return list(dict.fromkeys(by_mark[mark] for mark in reversed(marks) if mark in by_mark))


def gathered(chat: bytes, marks: Iterable[bytes], rows: Iterable[Fact]) -> Known:
    """What rows of facts say together. Raises InspectionError for what is none of ours."""
    kept: Decision | None = None
    told: set[bytes] = set()
    named: dict[str, str] = {}
    rest: list[Fact] = []
    try:
        for kind, key, value in rows:
            match kind:
                case "kept":
                    kept = inside(value)
                case "told":
                    told.add(key)
                case "named":
                    named[key.decode()] = value
                case _:
                    rest.append((kind, key, value))
    except (ValueError, LookupError, TypeError):
        raise InspectionError("what is known of a chat makes no sense") from None
    return Known(chat, frozenset(marks), kept, frozenset(told), named, tuple(rest))
