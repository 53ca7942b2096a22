"""Contacts and calendars show their words, wherever a line was folded and whatever was escaped."""

from base64 import b64encode
from quopri import encodestring
from time import process_time

import pytest

from detectors.documents import Budget, read
from tests.detectors.documents import made

SECRET = "the marker is ÄÖ-4711"


def card(*lines: bytes) -> bytes:
    return b"\r\n".join((b"BEGIN:VCARD", b"VERSION:3.0", *lines, b"END:VCARD", b""))


def folded(line: str, at: int) -> bytes:
    data = line.encode()
    return data[:at] + b"\r\n " + data[at:]


QUOTED = encodestring(SECRET.encode("cp1252")).strip()

CARDS = {
    "line": card(b"NOTE:" + SECRET.encode()),
    "folded line": card(folded(f"NOTE:{SECRET}", 12)),
    "line that is folded within a letter": card(folded(f"NOTE:{SECRET}", 20)),
    "event": folded(f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:{SECRET}", 45),
    "mark of an editor": b"\xef\xbb\xbf" + card(folded(f"NOTE:{SECRET}", 12)),
    "quoted-printable": card(b"NOTE;CHARSET=windows-1252;ENCODING=QUOTED-PRINTABLE:" + QUOTED),
    "quoted-printable on two lines": card(
        b"NOTE;QUOTED-PRINTABLE;CHARSET=cp1252:" + QUOTED[:6] + b"=\r\n" + QUOTED[6:], b"FN:Jo"
    ),
    "old code page": card(b"NOTE:" + SECRET.encode("cp1252")),
    "said to be base64": card(b"NOTE;ENCODING=b:" + SECRET.encode()),
    "file": card(b"KEY;ENCODING=b:" + b64encode(made.docx(SECRET))),
    "calendar in a mail": made.mail("see below", folded(f"BEGIN:VCALENDAR\r\nX:{SECRET}", 22)),
}


@pytest.mark.parametrize("name", CARDS)
def test_words_of_a_card_are_read(name: str) -> None:
    found = read(CARDS[name])
    assert found is not None
    assert SECRET in "\n".join(found.texts)
    assert found.unread == set()


def test_what_is_escaped_is_read_as_it_was_written() -> None:
    found = read(card(rb"ADR:Main Street 5\, Anytown\nUpper\;floor"))
    assert found is not None
    assert "Main Street 5, Anytown\nUpper;floor" in found.texts[0]


def test_a_portrait_does_not_count_and_another_file_does() -> None:
    picture = b64encode(b"\xff\xd8\xff\xe0\0\0\0")
    portrait, sound = (
        read(card(kind + b";ENCODING=b:" + picture)) for kind in (b"PHOTO", b"SOUND")
    )
    assert portrait is not None
    assert sound is not None
    assert (portrait.unread, sound.unread) == (set(), {"file"})


def test_a_card_is_read_to_a_limit() -> None:
    found = read(card(b"NOTE:" + b"x" * 100), Budget(size_bytes=50))
    assert found is not None
    assert found.unread == {"archive"}


@pytest.mark.parametrize(
    "line", [b"N;QUOTED-PRINTABLE:=\n", b"\n ", b"N;B:QQ==\n", b";", b"N;QUOTED-PRINTABLE;"]
)
def test_a_card_takes_time_as_it_is_long(line: bytes) -> None:
    start = process_time()
    read(b"BEGIN:VCARD\n" + line * (1_000_000 // len(line)))

    assert process_time() - start < 5
