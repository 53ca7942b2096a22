"""Texts and slides of Office 97 to 2003 are read whole, with what was put into them."""

import re
import zlib
from struct import pack
from time import process_time

import pytest

from detectors.documents import Budget, Document, read
from tests.detectors.documents import made

SECRET = "the marker is ÄÖ-4711"
HEAD_BYTES = 0x200


def word(
    *pieces: str | bytes,
    flags: int = 0,
    version: int = 0xC1,
    before: bytes = b"",
    after: bytes = b"",
) -> dict[str, bytes]:
    """The streams of a text in pieces: a string has two bytes a letter, bytes have one."""
    content, at, places, where = before, 0, [0], b""
    for piece in pieces:
        start = HEAD_BYTES + len(content)
        raw = piece.encode("utf-16-le") if isinstance(piece, str) else piece
        where += pack("<HIH", 0, start if isinstance(piece, str) else start * 2 | 1 << 30, 0)
        content += raw
        at += len(piece)
        places.append(at)
    listed = pack(f"<{len(places)}I", *places) + where
    about = b"\1" + pack("<H", 3) + b"abc" + b"\2" + pack("<I", len(listed)) + listed
    head = bytearray(HEAD_BYTES)
    head[:4] = b"\xec\xa5" + pack("<H", version)
    head[10:12] = pack("<H", flags | 0x0200)
    head[0x1A2:0x1AA] = pack("<II", 0, len(about))
    return {"WordDocument": bytes(head) + content + after, "1Table": about + after}


def record(kind: int, data: bytes, version: int = 0) -> bytes:
    return pack("<HHI", version, kind, len(data)) + data


def slides(*records: bytes, token: int = 0xE391C05F, more: bytes = b"") -> bytes:
    content = record(0x03E8, b"".join(records), 0xF) + more
    user = record(0x0FF6, pack("<II", 20, token) + bytes(12))
    return made.compound({"PowerPoint Document": content, "Current User": user})


def found_in(data: bytes) -> Document:
    found = read(data)
    assert found is not None
    return found


WIDE = record(0x0FA0, SECRET.encode("utf-16-le"))
READ = {
    "text": made.compound(word(SECRET)),
    "narrow text": made.compound(word(SECRET.encode("cp1252"))),
    "text in pieces": made.compound(word("the mar", b"ker is ", "ÄÖ-4711")),
    "text with a field": made.compound(word("see \x13HYPERLINK\x14" + SECRET + "\x15.")),
    "text with a hyphen that does not break": made.compound(word(SECRET.replace("-", "\x1e"))),
    "text with a hyphen that may break": made.compound(word(SECRET.replace("rk", "r\x1fk"))),
    "what is left of another save": made.compound(word("x", before=SECRET.encode())),
    "words behind the text": made.compound(word("x", after=SECRET.encode("utf-16-le"))),
    "text in a text": made.compound(
        word("x") | {f"ObjectPool/_1/{name}": s for name, s in word(SECRET).items()}
    ),
    "slide": slides(WIDE),
    "narrow text of a slide": slides(record(0x0FA8, SECRET.encode("latin-1"))),
    "comment on a slide": slides(record(0x2EE0, record(0x0FBA, SECRET.encode("utf-16-le")), 0xF)),
    "slide after what a save left empty": slides(bytes(20), WIDE),
    "document in slides": slides(record(0x1011, made.compound(word(SECRET)))),
    "packed document in slides": slides(
        record(0x1011, bytes(4) + zlib.compress(made.compound(word(SECRET))), 0x10)
    ),
    "slides in a presentation of today": made.docx(
        "x", more={"ppt/embeddings/a.bin": slides(WIDE)}
    ),
}


@pytest.mark.parametrize("name", READ)
def test_words_of_an_old_document_are_read(name: str) -> None:
    found = found_in(READ[name])
    assert SECRET in "\n".join(found.texts)
    assert found.unread == set()


def test_the_cells_of_a_table_stand_apart() -> None:
    text = "\n".join(found_in(made.compound(word("a\7b\7\7" + "1\7" + "2\7\7after\r"))).texts)

    assert "a\tb\n1\t2\nafter" in text


BROKEN = bytearray(word(SECRET)["1Table"])
BROKEN[6] = 9
UNREAD = {
    "text with a password": (made.compound(word(SECRET, flags=0x0100)), "encrypted"),
    "text of a version before": (made.compound(word(SECRET, version=0x65)), "file"),
    "text without its table": (
        made.compound({"WordDocument": word(SECRET)["WordDocument"]}),
        "damaged",
    ),
    "text with a broken table": (
        made.compound(word(SECRET) | {"1Table": bytes(BROKEN)}),
        "damaged",
    ),
    "piece that is not there": (
        made.compound(word(SECRET) | {"WordDocument": word(SECRET)["WordDocument"][:-2]}),
        "damaged",
    ),
    "text that is a picture": (made.compound(word("\1\r")), "image"),
    "slides with a password": (slides(WIDE, token=0xF3D1C4DF), "encrypted"),
    "slides that break off": (slides(WIDE, more=pack("<HHI", 0, 0x0FA0, 99) + b"x"), "damaged"),
    "broken object in slides": (slides(record(0x1011, pack("<I", 9) + b"x", 0x10)), "damaged"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_cannot_be_read_is_told(name: str) -> None:
    data, reason = UNREAD[name]

    assert found_in(data).unread == {reason}


def test_an_object_in_slides_is_unpacked_to_a_limit() -> None:
    packed = record(0x1011, bytes(4) + zlib.compress(bytes(1 << 24)), 0x10)
    found = read(slides(packed), Budget(size_bytes=1 << 20))
    assert found is not None
    assert found.unread == {"archive"}


HOSTILE = {
    "boxes in boxes": slides(pack("<HHI", 0xF, 0x03E8, 0) * 200_000),
    "zeros": slides((bytes(8) + record(0x0FA0, b"x\0")) * 60_000),
    "many small texts": slides(record(0x0FA0, b"") * 200_000),
    "many pieces": made.compound(word(*["x"] * 60_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_old_document_takes_time_as_it_is_long(name: str) -> None:
    start = process_time()
    found = found_in(HOSTILE[name])

    assert process_time() - start < 10
    assert sum(map(len, found.texts)) < 4_000_000


def test_streams_of_one_name_are_not_looked_for_in_all_others() -> None:
    data = made.compound({f"{i:04x}": b"x" for i in range(16_000)})
    data = re.sub(rb"(?:[0-9a-f]\0){4}", "Data".encode("utf-16-le"), data)
    start = process_time()
    found = found_in(data)

    assert process_time() - start < 5
    assert sum(map(len, found.texts)) == 16_000


def test_pieces_that_all_show_the_same_do_not_multiply_it() -> None:
    streams = word("x" * 100_000)
    many = 2_000
    listed = pack(f"<{many + 1}I", *range(0, 100_000 * (many + 1), 100_000))
    listed += pack("<HIH", 0, HEAD_BYTES, 0) * many
    about = b"\2" + pack("<I", len(listed)) + listed
    head = bytearray(streams["WordDocument"])
    head[0x1A2:0x1AA] = pack("<II", 0, len(about))
    found = found_in(made.compound({"WordDocument": bytes(head), "1Table": about}))

    assert "damaged" in found.unread
    assert sum(map(len, found.texts)) < 1_000_000
