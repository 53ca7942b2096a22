"""Files in base64 or hex: what they hold is found in any wrapping, and where it stands."""

import base64
import random
import re
import time
from collections.abc import Callable

import pytest

from detectors import engine
from detectors.disguise import hidden
from detectors.encodings import text_of, wrapped
from detectors.secrets import find

TOKEN = "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"
FILES = {
    "comment": f"# shop\nAPP_ENV=production\nAPP_URL=https://shop.acme.example\nTOKEN={TOKEN}\nA=1\n",
    "YAML": f"---\nshop:\n  url: https://x\n  token: {TOKEN}\n  level: info\n  region: eu\n",
    "short YAML": f"---\ntoken: {TOKEN}",
    "umlauts": f"# Grüße aus Köln\nTOKEN={TOKEN}\n",
    "Cyrillic": f"# пароли и ключи от магазина\nTOKEN={TOKEN}\n# конец\n",
    "CRLF": f"A=1\r\nTOKEN={TOKEN}\r\n",
    "tab": f"A:\t1\nTOKEN:\t{TOKEN}",
    "BOM": f"\ufeffTOKEN={TOKEN}",
    "first line": f"shop\nTOKEN={TOKEN}",
}


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


WRITTEN: dict[str, Callable[[str], str]] = {
    "base64": in_base64,
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 of Windows-1252": lambda text: base64.b64encode(
        text.encode("cp1252", "replace")
    ).decode(),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "base64 of UTF-16 with a mark": lambda text: base64.b64encode(text.encode("utf-16")).decode(),
    "base64 of UTF-16, big end first": lambda text: base64.b64encode(
        text.encode("utf-16-be")
    ).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex in capitals with spaces": lambda text: text.encode().hex(" ").upper(),
    "base64 twice": lambda text: in_base64(wrap(in_base64(text), 76)),
}
FRAMES = {
    "plain": ("Please decode:\n\n{}\n", "\n"),
    "mail": ("Please decode:\r\n{}\r\nThanks\r\n", "\r\n"),
    "quoted": ("> look:\n> {}\n> bye\n", "\n> "),
    "Kubernetes": ("apiVersion: v1\ndata:\n  x: {}\n  y: eWVzCg==\n", "\n    "),
    "command": ('echo "{}" | base64 -d\n', "\n"),
    "PEM": ("-----BEGIN SECRET-----\n{}\n-----END SECRET-----\n", "\n"),
}


def wrap(text: str, width: int, end: str = "\n") -> str:
    return end.join(re.findall(f".{{1,{width}}}", text)) if width else text


@pytest.fixture(autouse=True, scope="module")
def _load(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.cache
    engine.load_shared((), pytestconfig.cache.mkdir("rules"))


def spans(text: str) -> list[tuple[int, int]]:
    return [(m.start, m.end) for m in find(text) if m.confidence >= 0.5]


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("file", FILES)
def test_a_key_in_an_encoded_file_is_found(file: str, how: str) -> None:
    assert len(spans(f"see {WRITTEN[how](FILES[file])} ok")) == 1


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("width", [20, 60, 64, 76, 90])
@pytest.mark.parametrize("file", FILES)
def test_a_key_is_found_in_base64_wherever_the_lines_end(file: str, width: int, frame: str) -> None:
    outer, end = FRAMES[frame]
    assert spans(outer.format(wrap(in_base64(FILES[file]), width, end)))


@pytest.mark.parametrize("frame", ["plain", "mail", "quoted"])
@pytest.mark.parametrize("width", [20, 60, 64])
def test_a_key_is_found_in_hex_wherever_the_lines_end(width: int, frame: str) -> None:
    outer, end = FRAMES[frame]
    for text in FILES.values():
        assert spans(outer.format(wrap(text.encode().hex(), width, end)))


@pytest.mark.parametrize("width", [20, 60, 76, 90, 0])
@pytest.mark.parametrize("file", FILES)
def test_it_is_marked_where_it_stands(file: str, width: int) -> None:
    plain = "nothing of interest, nothing at all\n" * 12 + FILES[file] + "\nnor is here" * 9
    written = wrap(in_base64(plain), width)
    ((start, end),) = spans(written)
    before = len(written[:start].replace("\n", ""))
    marked = written[start:end].replace("\n", "")
    read = base64.b64decode("A" * (before % 4) + marked + "A" * (-(before + len(marked)) % 4))
    assert TOKEN.encode() in read
    assert len(read) <= len(TOKEN) + 6


def test_values_that_were_encoded_one_to_a_line_are_all_found() -> None:
    keys = ["AKIAQYLPMN5HFIQR7XYA", "AKIAZQ3TF7KLM2XWV5RB", "AKIA4DMX7QKZT2WNVRLB"]
    written = [in_base64(f"id {key}.") for key in keys]
    assert {len(line) for line in written} == {32}
    assert spans("\n".join(written)) == [(33 * n + 4, 33 * n + 31) for n in range(3)]


@pytest.mark.parametrize("width", [64, 76, 0])
def test_what_is_no_text_stays_silent(width: int) -> None:
    noise = random.Random(width).randbytes(60_000)
    for data in (noise, b"\x89PNG\r\n\x1a\n" + noise):
        assert hidden(wrap(base64.b64encode(data).decode(), width), engine.shared()) == []


def test_text_is_told_from_what_is_none() -> None:
    reads = {
        "aß\tc\r\nd": "utf-8", "a𝒳bcdefg": "utf-8", "größer": "utf-16-le", "kleiner": "utf-16-be",
    }  # fmt: skip
    for plain, encoding in reads.items():
        found = text_of(plain.encode(encoding))
        assert found
        assert found[0] == plain
        assert len(found[1]) == len(plain)
    assert text_of(b"ab\x00\x01cdef") is None
    assert text_of(b"short") is None
    assert text_of(random.Random(1).randbytes(5000)) is None


@pytest.mark.parametrize(
    "text",
    [
        "\n".join("ICAg" * 8 + "x" * (i % 4) + "ICAg" * 8 for i in range(16_000)),
        "".join("ICAg" * 8 + "w" * (i % 4) for i in range(32_000)),
        "\n".join("ICAg" * (250 - i % 240) for i in range(2000)),
        wrap("ICAg" * 250_000, 76),
        wrap("4" * 1_000_000, 64),
    ],
    ids=["other beginnings", "one run", "narrower", "one block", "digits"],
)
def test_a_megabyte_of_what_might_be_wrapped_is_read_in_time(text: str) -> None:
    """Four times as much takes four times as long; were it quadratic, hours."""
    some = [m.span() for m in re.finditer(r"(?:ICAg){6}\w*|4{64}", text)]
    start = time.process_time()
    for kind in ("coded.base64", "coded.hex"):
        assert sum(one.end - one.start for one in wrapped(kind, text, some)) <= len(text)
    assert time.process_time() - start < 20
