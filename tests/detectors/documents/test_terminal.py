"""Text as programs write it to a terminal is read as people see it there."""

import gzip
from time import process_time

import pytest

from detectors import documents
from detectors.documents.terminal import shown

CARD = "4111 1111 1111 1111"


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("N\bNA\bAM\bME\bE", "NAME"),
        ("N\bN\bN\bNAME", "NAME"),
        ("_\bf_\bi_\bl_\be", "file"),
        ("a\b_n\b_", "an"),
        ("_\bx\bx", "x"),
        ("_\b_\n\bx", "_\nx"),
        ("\x1b[1;31merror\x1b[0m: \x1b[38:5:9mx\x1b[m", "error: x"),
        ("cursor \x1b[2J", "cursor \x1b[2J"),
    ],
)
def test_struck_and_coloured_letters(written: str, seen: str) -> None:
    assert shown(written) == seen


def test_letters_struck_over_others_all_stay() -> None:
    assert shown("4\b1\b2 o\bx") == "412 ox"


def test_a_manual_in_an_archive_is_text_of_which_nothing_is_cut() -> None:
    struck = "".join(f"{c}\b{c}" for c in CARD)
    for written in (struck, "".join(f"\x1b[1m{c}\x1b[0m" for c in CARD)):
        found = documents.read(gzip.compress(f"pay\bwith {written}\n".encode(), mtime=0))
        assert found is not None
        assert found.unread == frozenset()
        assert CARD in found.texts[-1]


@pytest.mark.parametrize("piece", ["\b", "a\b", "a\bb", "\x1b[", "\x1b[1", "\x1b[0;", "\x1b[0m"])
def test_hostile_repetition_takes_linear_time(piece: str) -> None:
    started = process_time()
    shown(piece * (1_000_000 // len(piece)))
    assert process_time() - started < 2
