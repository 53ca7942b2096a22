"""Both shelves: what one process learns the others know; what cannot be read is an error."""

import sqlite3
import time
from pathlib import Path

import pytest

from penstock.errors import InspectionError
from penstock.model import Action, Decision
from proxy_addons.chats.known import NOTHING, STAYS_INSIDE, written
from proxy_addons.chats.redis_shelf import RedisShelf
from proxy_addons.chats.shelf import (
    KEEP_DAYS,
    MOST_CHATS,
    MOST_INSIDE,
    MOST_NOTES_BYTES,
    Fact,
    FileShelf,
    Shelf,
)

A, B, C = b"a" * 16, b"b" * 16, b"c" * 16
KEPT = ("kept", b"", written(Decision(Action.REDIRECT, ("health",), to=("inside", "small"))))


def test_nothing_is_known_of_a_new_chat(shelf: Shelf) -> None:
    assert shelf.find([A, B]) == NOTHING


def test_what_was_learnt_is_known_by_any_of_its_marks(shelf: Shelf) -> None:
    chat = shelf.learn(b"", [A, B], [KEPT, ("told", C, ""), ("named", b"[EMAIL_1]", "ff")])
    known = shelf.find([C, B])

    assert known.chat == chat
    assert known.marks == {B}
    assert known.told == {C}
    assert known.named == {"[EMAIL_1]": "ff"}
    assert known.kept is not None
    assert (known.kept.action, known.kept.to) == (Action.REDIRECT, ("inside", "small"))
    assert known.kept.rules == (STAYS_INSIDE,)
    assert known.kept.fallback is Action.BLOCK


def test_a_chat_that_goes_on_from_two_stays_inside_if_one_does(shelf: Shelf) -> None:
    shelf.learn(b"", [A], [KEPT])
    newer = shelf.learn(b"", [B], [])

    known = shelf.find([A, B])
    assert known.chat == newer
    assert known.kept is not None


def test_the_first_name_of_a_value_stays(shelf: Shelf) -> None:
    chat = shelf.learn(b"", [A], [("named", b"[EMAIL_1]", "ff")])
    shelf.learn(chat, [A], [("named", b"[EMAIL_1]", "00")])

    assert shelf.find([A]).named == {"[EMAIL_1]": "ff"}


def test_two_processes_share_a_file(tmp_path: Path) -> None:
    one, other = (FileShelf(tmp_path / "chats.sqlite") for _ in range(2))
    one.learn(b"", [A], [KEPT])

    assert other.find([A]).kept is not None
    assert (tmp_path / "chats.sqlite").stat().st_mode & 0o077 == 0
    one.close()
    other.close()


def test_a_file_that_is_damaged_is_an_error_and_never_a_new_chat(tmp_path: Path) -> None:
    shelf = FileShelf(tmp_path / "chats.sqlite")
    shelf.learn(b"", [A], [KEPT])
    with sqlite3.connect(tmp_path / "chats.sqlite") as other:
        other.execute("UPDATE facts SET value = 'garbage'")
    other.close()

    with pytest.raises(InspectionError):
        shelf.find([A])
    shelf.close()
    with pytest.raises(InspectionError):
        shelf.find([A])


def test_a_redis_that_is_away_is_an_error() -> None:
    shelf = RedisShelf("redis://127.0.0.1:1/0")
    with pytest.raises(InspectionError):
        shelf.find([A])
    with pytest.raises(InspectionError):
        shelf.learn(b"", [A], [KEPT])
    shelf.close()


def test_a_chat_that_is_not_seen_for_long_is_forgotten(tmp_path: Path) -> None:
    now = [0.0]
    path = tmp_path / "chats.sqlite"
    shelf = FileShelf(path, lambda: now[0])
    shelf.learn(b"", [A], [KEPT])
    shelf.close()
    now[0] = KEEP_DAYS * 86400 + 1
    later = FileShelf(path, lambda: now[0])
    later.learn(b"", [B], [KEPT])

    assert later.find([A]) == NOTHING
    assert later.find([B]).kept is not None
    later.close()


@pytest.mark.parametrize("inside", [True, False])
def test_of_too_many_chats_the_oldest_are_forgotten_of_each_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    assert MOST_INSIDE > MOST_CHATS > 1
    monkeypatch.setattr("proxy_addons.chats.shelf.MOST_CHATS", 2)
    monkeypatch.setattr("proxy_addons.chats.shelf.MOST_INSIDE", 2)
    many, one = [("told", C, "")], [KEPT]
    if inside:
        many, one = one, many
    path, now = tmp_path / "chats.sqlite", [0.0]

    def learn(mark: bytes, facts: list[Fact]) -> None:
        now[0] += 1
        shelf = FileShelf(path, lambda: now[0])  # sweeps when it writes for the first time
        shelf.learn(b"", [mark], facts)
        shelf.close()

    learn(A, one)
    for mark in (b"1", b"2", b"3", b"4"):
        learn(mark, many)
    shelf = FileShelf(path)
    known = [bool(shelf.find([mark]).chat) for mark in (A, b"1", b"2", b"3", b"4")]
    assert known == [True, False, False, True, True]
    shelf.close()


def test_notes_are_given_back_in_their_order(shelf: Shelf) -> None:
    for row in (b"one", b"two", b"\0three"):
        shelf.note(A, row, "turns")
    shelf.note(B, b"another's", "turns")

    assert shelf.notes(A) == [b"one", b"two", b"\0three"]
    assert shelf.notes(C) == []


@pytest.fixture
def small(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """With room for 100 bytes of each kind."""
    assert min(MOST_NOTES_BYTES.values()) > 1_000_000
    monkeypatch.setattr(
        f"{type(shelf).__module__}.MOST_NOTES_BYTES", dict.fromkeys(MOST_NOTES_BYTES, 100)
    )
    return shelf


def test_of_too_many_notes_the_oldest_threads_go_and_never_the_newest_note(small: Shelf) -> None:
    shelf = small
    for thread, size in ((A, 60), (B, 30), (B, 5), (C, 60)):
        shelf.note(thread, b"x" * size, "turns")
    assert [len(shelf.notes(t)) for t in (A, B, C)] == [0, 2, 1]

    shelf.note(C, b"x" * 200, "turns")
    assert [len(shelf.notes(t)) for t in (A, B, C)] == [0, 0, 1]
    shelf.note(A, b"x" * 90, "turns")
    assert [len(shelf.notes(t)) for t in (A, B, C)] == [1, 0, 0]


def test_a_thread_alone_takes_no_more_than_there_is_room_for(small: Shelf) -> None:
    for i in range(20):
        small.note(A, bytes([i]) * 30, "parts")
    assert [row[0] for row in small.notes(A)] == [17, 18, 19]


def test_what_is_let_through_pushes_nothing_out_that_was_answered_here(small: Shelf) -> None:
    small.note(A, b"x" * 60, "turns")
    small.note(B, b"x" * 60, "files")
    for i in range(9):
        small.note(bytes([i]), b"x" * 60, "passed")
        small.note(bytes([9 + i]), b"x" * 60, "pieces")
    assert [len(small.notes(t)) for t in (A, B, b"\0", b"\x08", b"\x11")] == [1, 1, 0, 1, 1]


def test_a_file_of_before_notes_had_kinds_is_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, thread BLOB, at REAL, row BLOB)")
        db.execute("INSERT INTO notes (thread, at, row) VALUES (?, 5, 'old')", (A,))
    db.close()
    for row in (b"new", b"newer"):
        shelf = FileShelf(path, lambda: 6.0)
        shelf.note(A, row, "files")
        shelf.close()
    shelf = FileShelf(path, lambda: 6.0)
    assert shelf.notes(A) == ["old", b"new", b"newer"]
    shelf.close()


def test_what_was_left_is_taken_once(shelf: Shelf) -> None:
    shelf.leave(A, b"one", 60)
    shelf.leave(A, b"two", 60)
    shelf.leave(B, b"gone", 0.001)
    time.sleep(0.01)
    assert [shelf.take(mark) for mark in (A, A, B, C)] == [b"two", None, None, None]
