"""Pictures as bodies: what is read of them where no letters are recognised."""

import random
import struct
import zlib

import pytest

from proxy_addons.dialects.generic import dialect
from tests.proxy_addons.test_generic import MARKER, request


def drawing(size: int, *chunks: bytes) -> bytes:
    """A PNG of points at random, as it is compressed."""
    rng = random.Random(size)
    rows = b"".join(b"\0" + rng.randbytes(3 * size) for _ in range(size))
    data = zlib.compress(rows)

    def chunk(kind: bytes, said: bytes) -> bytes:
        return (
            struct.pack(">I", len(said)) + kind + said + struct.pack(">I", zlib.crc32(kind + said))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0))
    told = b"".join(chunk(b"tEXt", b"Comment\0" + said) for said in chunks)
    return b"\x89PNG\r\n\x1a\n" + head + told + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_what_only_looks_like_letters_in_a_picture_is_not_read() -> None:
    prompt = dialect.parse(request(drawing(400), "image/png"))

    assert prompt.unread == ("image",)
    assert [text.text for text in prompt.texts if text.text.strip()] == []


@pytest.mark.parametrize(
    "said",
    [
        "the card number is 4111 1111 4111 1111",
        "def pay(card):\n    return bank.charge(card, amount=12.5, to=account[0])\n" * 4,
    ],
)
def test_words_in_a_picture_and_after_it_are_read(said: str) -> None:
    within = dialect.parse(request(drawing(60, said.encode()), "image/png"))
    after = dialect.parse(request(drawing(60) + MARKER.encode(), "image/png"))

    assert any(said in text.text for text in within.texts)
    assert any(MARKER in text.text for text in after.texts)


def test_a_text_that_begins_like_a_picture_is_read() -> None:
    prompt = dialect.parse(request(f"GIF89a\n{MARKER}\n".encode(), "image/gif"))

    assert any(MARKER in text.text for text in prompt.texts)
