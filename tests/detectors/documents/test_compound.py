"""Compound files (macros, Outlook messages, embedded objects): all in them is read, or told."""

from random import Random
from struct import pack, pack_into
from typing import NoReturn

import pytest

from detectors.documents import Budget, read, vba
from detectors.documents.base import Document
from detectors.documents.compound import Compound, Stream
from tests.detectors.documents import made

SECRET = "the marker is ÄÖ-4711"


def found_in(data: bytes, budget: Budget | None = None) -> Document:
    found = read(data, budget or Budget())
    assert found is not None
    return found


def said(data: bytes) -> str:
    return "\n".join(found_in(data).texts)


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


MESSAGE = "__substg1.0_"
READ = {
    "macro": made.vba(f"a = '{SECRET}"),
    "long macro": made.vba("x" * 9_000 + SECRET),
    "macro of a file whose directory leads nowhere": made.compound(
        {"dir": b"x", "PROJECT": b"y", "Text": SECRET.encode()}, orphans=True
    ),
    "macros of two projects": made.compound(
        made.project("nothing", "a/") | made.project(SECRET, "b/")
    ),
    "macros of two projects the other way round": made.compound(
        made.project(SECRET, "a/") | made.project("nothing", "b/")
    ),
    "caption of a form": made.compound(
        made.project("nothing")
        | {
            "UserForm1/\x03VBFrame": SECRET.encode("cp1252"),
            "UserForm1/f": b"\0\1" * 20 + SECRET.encode() + b"\0",
            "UserForm1/o": b"\0\1" * 20,
        }
    ),
    "beside a bogus project": made.compound({"PROJECT": b"", "Note": SECRET.encode()}),
    "document in a stream": made.compound({"Package": made.docx(SECRET)}),
    "file put into a document": made.compound(
        {
            "\1Ole10Native": made.native("a.docx", made.docx(SECRET)),
            "\3ObjInfo": bytes(6),
        }
    ),
    "long body of a message": made.msg("hello", "x" * 5_000 + SECRET, b"x"),
    "body as html": made.msg("hello", "", b"x", {MESSAGE + "10130102": SECRET.encode()}),
    "one of many categories": made.msg(
        "hello",
        "",
        b"x",
        {
            MESSAGE + "9000101F": pack("<II", 2, 44),
            MESSAGE + "9000101F-00000000": b"a\0",
            MESSAGE + "9000101F-00000001": wide(SECRET),
        },
    ),
    "one of many narrow strings": made.msg(
        "hello", "", b"x", {MESSAGE + "9000101E-00000000": SECRET.encode("cp1252")}
    ),
    "body as rich text": made.msg(
        "hello", "", b"x", {MESSAGE + "10090102": made.lzfu(made.rtf(SECRET))}
    ),
    "body as rich text that is not packed": made.msg(
        "hello",
        "",
        b"x",
        {MESSAGE + "10090102": pack("<II4sI", 0, 99, b"MELA", 0) + made.rtf(SECRET)},
    ),
    "message in a message": made.compound(
        {"__attach_version1.0_#00000000/__substg1.0_3701000D/__substg1.0_1000001F": wide(SECRET)}
    ),
    "message of many recipients": made.compound(
        {
            f"__recip_version1.0_#{i:08X}/__substg1.0_3001001F": wide(f"person {i}")
            for i in range(1_200)
        }
        | {MESSAGE + "1000001F": wide(SECRET)}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_a_compound_file_says_is_read(name: str) -> None:
    found = found_in(READ[name])
    assert SECRET in "\n".join(found.texts)
    assert found.unread == set()


def test_both_macros_of_one_name_are_read_once() -> None:
    text = said(made.compound(made.project("first", "a/") | made.project("second", "b/")))
    assert (text.count("first"), text.count("second")) == (1, 1)


def test_a_narrow_string_is_read_in_the_messages_code_page() -> None:
    page = bytes(32) + pack("<IIQ", 0x3FFD0003, 6, 1251)
    data = {"__properties_version1.0": page, MESSAGE + "1000001E": "Привет".encode("cp1251")}
    assert said(made.compound(data)) == "Привет"


def test_the_names_of_properties_are_no_properties() -> None:
    ids = {f"__nameid_version1.0/{MESSAGE}{tag}": bytes(8) for tag in ("10090102", "10130102")}
    found = found_in(made.msg("hello", SECRET, b"x", ids))

    assert SECRET in "\n".join(found.texts)
    assert found.unread == set()


def _with(data: bytes, at: int, form: str, *values: int) -> bytes:
    out = bytearray(data)
    pack_into(form, out, at, *values)
    return bytes(out)


MACRO = made.vba(f"a = '{SECRET}")
PARTLY = {
    "stream beside macros": (
        made.compound(made.project("x") | {"Extra": wide(SECRET)}), SECRET, {"file"},
    ),
    "old text with an empty project": (
        made.compound({"PROJECT": b"", "WordDocument": b"\1\2" + wide(SECRET)}), SECRET, {"file"},
    ),
    "project whose directory is none": (
        made.compound(made.project("x") | {"VBA/dir": b"\1\2" + SECRET.encode()}), SECRET, {"file"},
    ),
    "module that is not packed": (
        made.compound(made.project("x") | {"VBA/Module1": b"\3" + SECRET.encode()}),
        SECRET,
        {"file"},
    ),
    "rich text that is none": (
        made.msg("hello", SECRET, b"x", {MESSAGE + "10090102": b"no"}), SECRET, {"damaged"},
    ),
    "sectors of another size": (_with(MACRO, 30, "<H", 7), "", {"damaged"}),
    "sectors larger than a file": (_with(MACRO, 30, "<H", 31), "", {"damaged"}),
    "small sectors of another size": (_with(MACRO, 32, "<H", 0), "", {"damaged"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTLY)
def test_what_cannot_be_read_whole_is_told(name: str) -> None:
    data, text, unread = PARTLY[name]
    found = found_in(data)
    assert text in "\n".join(found.texts)
    assert found.unread == unread


def test_a_stream_that_ends_before_its_length_is_damaged_and_the_others_are_read() -> None:
    data = made.compound({"Long": b"x" * 5_000, "Note": SECRET.encode()})
    at = data.index("Long".encode("utf-16-le")) + 120
    found = found_in(_with(data, at, "<Q", 50_000))
    assert SECRET in "\n".join(found.texts)
    assert "damaged" in found.unread


def test_a_table_of_sectors_that_leads_to_itself_comes_to_an_end() -> None:
    data = _with(made.vba("x"), 68, "<II", 0, 1)
    data = _with(data, 512 + 508, "<I", 0)
    assert "damaged" in found_in(data).unread


def test_a_chain_of_sectors_that_leads_to_itself_comes_to_an_end() -> None:
    data = made.compound({"Long": b"x" * 5_000})
    table = 512 * (1 + int.from_bytes(data[76:80], "little"))
    looped = _with(data, table, "<I", 0)
    assert found_in(looped).unread == {"damaged"}


def test_a_directory_that_leads_to_itself_comes_to_an_end() -> None:
    data = made.vba(SECRET)
    entry = data.index("VBA".encode("utf-16-le"))
    assert SECRET in said(_with(data, entry + 76, "<I", 0))


# ── what is packed ────────────────────────────────────────────────────────────────────────────


def test_what_repeats_in_a_macro_is_unpacked() -> None:
    """The example of [MS-OVBA], section 3.2.3."""
    packed = (
        "01 2f b0 00 23 61 61 61 62 63 64 65 82 66 00 70 61 67 68 69 6a 01 38 08 61 6b 6c 00 30"
        "6d 6e 6f 70 06 71 02 70 04 10 72 73 74 75 76 10 77 78 79 7a 00 3c"
    )
    text = b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"
    assert vba.unpacked(bytes.fromhex(packed), Budget()) == text


def test_a_chunk_that_is_not_packed_is_as_long_as_chunks_are() -> None:
    data = b"\1" + pack("<H", 0x3FFF) + b"a" * 4096 + pack("<H", 0xB001) + b"\0b"
    assert vba.unpacked(data, Budget()) == b"a" * 4096 + b"b"


@pytest.mark.parametrize(
    "chunk",
    [
        pack("<H", 0xB003) + b"\2a" + pack("<H", 0x0FFF),
        pack("<H", 0x8003) + b"\0abc",
    ],
    ids=["more than a chunk holds", "no chunk"],
)  # fmt: skip
def test_what_is_no_chunk_is_refused(chunk: bytes) -> None:
    with pytest.raises(ValueError, match="chunk"):
        vba.unpacked(b"\1" + chunk, Budget())


def test_macros_are_unpacked_to_a_limit() -> None:
    most = b"\2a" + pack("<H", 0x0FFC)  # one letter, 4095 times
    source = b"cache\1" + (pack("<H", 0xB000 | len(most) - 1) + most) * 300
    data = made.compound(made.project("x") | {"VBA/Module1": source})
    found = found_in(data, Budget(size_bytes=200_000))
    assert found.unread == {"archive"}
    assert found_in(data).unread == set()


def test_no_bytes_of_a_compound_file_break_its_reader() -> None:
    rich = {MESSAGE + "10090102": made.lzfu(b"{\\rtf1 d}")}
    sources = [
        made.vba("Sub a\nEnd Sub\n" * 40),
        made.msg("a", "b" * 5_000, made.docx("c"), rich),
    ]
    chance = Random(7)
    for data in sources:
        for _ in range(300):
            broken = bytearray(data)
            for _ in range(4):
                broken[chance.randrange(8, len(data))] = chance.choice((0, 1, 0x7F, 0xFE, 0xFF))
            assert read(bytes(broken)) is not None


class _Kept(bytes):
    """Bytes of which no part is copied."""

    def __getitem__(self, place: object) -> NoReturn:
        raise AssertionError(place)


def test_modules_that_all_name_one_large_stream_do_not_copy_it() -> None:
    about = pack("<HI1s", 0x1A, 1, b"m") + pack("<HII", 0x31, 4, 3) * 9
    streams = (Stream(0, "dir", made.literal(about)), Stream(0, "m", _Kept(b"no container")))
    texts, read = vba.sources(Compound(streams, {0: 0}, frozenset(), {}), Budget())
    assert texts == []
    assert read == {streams[0]}


def test_a_storage_has_one_list_of_modules() -> None:
    streams = tuple(Stream(0, "dir", made.literal(name * 3)) for name in (b"a", b"b"))
    assert vba.sources(Compound(streams, {0: 0}, frozenset(), {}), Budget()) == ([], {streams[0]})
