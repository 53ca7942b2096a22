"""Rich text: what it says, and what stands beside that."""

from random import Random

import pytest

from detectors.documents import read, rich_text
from detectors.documents.base import Document
from tests.detectors.documents import made

SECRET = "the marker is 4711"


def rtf(inside: str) -> Document:
    found = read(b"{\\rtf1\\ansi\\ansicpg1252\\deff0 " + inside.encode("latin-1") + b"\\par}")
    assert found is not None
    return found


@pytest.mark.parametrize(
    "inside",
    [
        r"{\header the marker is 4711}",
        r"a{\footnote the marker is 4711}b",
        r"a{\*\annotation the marker is 4711}b",
        r"{\info{\title the marker is 4711}}a",
        r'{\field{\*\fldinst HYPERLINK "the marker is 4711"}{\fldrslt a}}',
        r"{\shp{\*\shpinst{\sp{\sn wzName}{\sv the marker is 4711}}}}",
        r"{\shp{\*\shpinst{\shptxt the marker is 4711}}}",
        r"{\*\unheardof the marker is 4711}",
        r"the {\b marker} is {\*\bkmkstart a}4711",
        r"the m\'61rker\~is 47{\i 1}1".replace("\\~", " "),
        "the marker\r\n is 47\r\n11",
        r"{\pict\bin7 }}}}}}}}the marker is 4711",
        r"a\bin18 the marker is 4711",
        r"a{\pict{\*\picprop{\sp{\sn wzDescription}{\sv the marker is 4711}}}00}",
        r"\uc999\u65 abcdthe marker is 4711",
    ],
)
def test_words_of_rich_text_are_read(inside: str) -> None:
    found = rtf(inside)
    assert SECRET in "\n".join(found.texts)
    assert found.unread == set()


def test_what_stands_beside_the_text_does_not_part_its_words() -> None:
    assert rtf(r"the {\footnote see below}marker").texts == ("the marker", "see below")


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (r"{\fonttbl{\f0 A;}{\f1\fcharset204 B;}}\f1\'cf\'f0\'e8\f0\'e9", "При\xe9"),
        (r"{\fonttbl{\f1\fcharset128 B;}}{\f1\'93\'fa}x", "日x"),
        (r"\ansicpg1250\'b3", "ł"),
        (r"\ansicpg77777\'e9", "é"),
        (r"\u-10179?\u-8704?", "\N{GRINNING FACE}"),
        (r"\uc2\u233\'65x\u233ab!", "é" + "é!"),
        (r"\uc0\u233 x", "éx"),
        (r"a\tab b\line c\emdash d\_e\{\}", "a\tb\nc—d-e{}"),
        (r"{\stylesheet{\s1 Heading;}}{\colortbl;\red0;}{\*\generator Word}x", "x"),
    ],
)
def test_letters_are_what_their_fonts_make_them(inside: str, text: str) -> None:
    assert rtf(inside).texts == (text,)


@pytest.mark.parametrize(
    ("kind", "content", "unread"),
    [
        ("Package", made.native("a.docx", made.docx(SECRET))[4:], set()),
        ("Word.Document.12", made.docx(SECRET), set()),
        ("Paint.Picture", b"\0\1" + SECRET.encode(), {"file"}),
    ],
)
def test_what_was_put_into_rich_text_is_read(kind: str, content: bytes, unread: set[str]) -> None:
    digits = made.embedded(kind, content).hex()
    found = rtf(
        f"{{\\object\\objemb{{\\*\\objdata {digits[:90]}\r\n{digits[90:]}}}{{\\result a}}}}"
    )
    assert SECRET in "\n".join(found.texts)
    assert found.unread == unread


def test_what_was_put_into_rich_text_is_read_as_bytes_too() -> None:
    content = made.embedded("Package", made.native("a.txt", SECRET.encode())[4:])
    found = rtf(rf"a{{\object{{\*\objdata\bin{len(content)} " + content.decode("latin-1") + "}}")
    assert SECRET in found.texts
    assert found.unread == set()


def test_rich_text_that_is_a_picture_is_not_read() -> None:
    picture = r"{\*\shppict{\pict\pngblip 89504e47}}"
    assert rtf(picture).unread == {"image"}
    assert rtf(picture + "a text").unread == set()


def test_what_repeats_in_rich_text_is_unpacked() -> None:
    """The example of [MS-OXRTFCP], section 4.1."""
    packed = (
        "2d 00 00 00 2b 00 00 00 4c 5a 46 75 f1 c5 c7 a7 03 00 0a 00 72 63 70 67 31 32 35 42 32 0a"
        "f3 20 68 65 6c 09 00 20 62 77 05 b0 6c 64 7d 0a 80 0f a0"
    )
    text = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert rich_text.unpacked(bytes.fromhex(packed), 1_000) == text
    assert rich_text.unpacked(bytes.fromhex(packed), 10) is None


def test_no_bytes_of_rich_text_break_its_reader() -> None:
    data = made.rtf(SECRET)[:-1] + (
        rb"{\fonttbl{\f1\fcharset204 B;}}\uc1\u233?{\*\objdata 0105}{\info{\title a}}\bin2 ab}"
    )
    chance = Random(7)
    for _ in range(2_000):
        broken = bytearray(data)
        for _ in range(4):
            broken[chance.randrange(5, len(data))] = chance.choice(b"{}\\'u90-*\0")
        assert read(bytes(broken)) is not None
