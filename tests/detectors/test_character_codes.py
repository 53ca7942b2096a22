"""Keys written as numbers, in programs and in dumps of bytes: found, and where they stand."""

import re
import time
from collections.abc import Callable

import pytest

from detectors import engine
from detectors.secrets import find

TOKEN = "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"


@pytest.fixture(autouse=True, scope="module")
def _load(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.cache
    engine.load_shared((), pytestconfig.cache.mkdir("rules"))


def found(text: str) -> list[str]:
    return [text[m.start : m.end] for m in find(text) if m.confidence >= 0.5]


def codes(form: str, between: str) -> Callable[[str], str]:
    return lambda text: between.join(form.format(ord(c)) for c in text)


WRITTEN = {
    "chr of Python": codes("chr({})", "+"),
    "Chr of Basic": codes("Chr({})", " & _\n  "),
    "CHAR of SQL": codes("CHAR({})", " || "),
    "octal": codes("\\{:03o}", ""),
    "octal in a string": codes("\\\\0{:03o}", ""),
    "decimal": codes("{}", ", "),
    "decimal with blanks": codes("{}", " "),
    "decimal over lines": lambda text: re.sub(
        "((?:[0-9]+, ){12})", r"\1\n  ", codes("{}", ", ")(text)
    ),
    "hex": codes("0x{:02x}", ","),
    "hex with blanks": codes("0x{:02X}", ", "),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_a_key_written_as_numbers_is_found_where_it_stands(how: str) -> None:
    written = WRITTEN[how](TOKEN)
    (value,) = found(f"let key = f([{written}]); // the key\n")
    assert written.rstrip(")").endswith(value.rstrip(")"))
    assert len(value) > 0.9 * len(written)


def rows(data: bytes, wide: int = 16) -> list[tuple[int, bytes]]:
    return [(at, data[at : at + wide]) for at in range(0, len(data), wide)]


def shown(data: bytes) -> str:
    return "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in data)


def xxd(data: bytes, wide: int = 16) -> str:
    lines = [(f"{at:08x}: {row.hex(' ', -2)}", shown(row)) for at, row in rows(data, wide)]
    return "\n".join(f"{line:{11 + wide * 5 // 2}} {text}" for line, text in lines)


def hexdump(data: bytes) -> str:
    lines = [
        (f"{at:08x}  {row[:8].hex(' ')}  {row[8:].hex(' ')}", shown(row)) for at, row in rows(data)
    ]
    return "\n".join(f"{line:59} |{text}|" for line, text in lines)


def words(data: bytes) -> str:
    swapped = bytes(octet for i in range(0, len(data), 2) for octet in data[i : i + 2][::-1])
    return "\n".join(f"{at:07x} {row.hex(' ', -2)}" for at, row in rows(swapped))


DUMPS: dict[str, Callable[[bytes], str]] = {
    "xxd": xxd,
    "xxd of 24 bytes a line": lambda data: xxd(data, 24),
    "xxd of 32 bytes a line": lambda data: xxd(data, 32),
    "hexdump -C": hexdump,
    "hexdump, the second byte first": words,
}


@pytest.mark.parametrize("how", DUMPS)
@pytest.mark.parametrize("before", [0, 3, 40, 4000])
def test_a_key_in_a_dump_is_found_with_the_text_beside_it(how: str, before: int) -> None:
    data = bytes(i * 37 % 256 for i in range(before)) + f" token={TOKEN}\n#".encode()
    dump = DUMPS[how](data + b"#" * (len(data) % 2))
    (value,) = found(f"$ dump key.bin\n{dump}\n$ ls\n")
    assert value.count("\n") in (1, 2, 3)
    assert dump.endswith(value) or f"{value}\n" in dump


@pytest.mark.parametrize(
    "text",
    [
        "scores = [" + ", ".join(str(30 + i * 7 % 90) for i in range(200)) + "]",
        xxd(b"Nothing in this file is a secret, it is read by everybody who opens the page."),
        hexdump(bytes(range(256))),
        "chr(10) + chr(13) + chr(9) + chr(32) + chr(32) + chr(32) + chr(32)",
    ],
)
def test_numbers_that_hide_nothing_stay_silent(text: str) -> None:
    assert not found(text)


def test_numbers_of_thousands_of_digits_are_no_codes() -> None:
    written = WRITTEN["decimal"](TOKEN)
    (value,) = found(f"f([{written}, {'1' * 5000}])")
    assert value == written


@pytest.mark.parametrize("how", ["decimal", "xxd"])
def test_many_of_them_beside_each_other_are_looked_at_together(how: str) -> None:
    number = "call 078-05-1120 "
    one = f"[{WRITTEN[how](number)}]" if how in WRITTEN else xxd(number.encode())
    start = time.process_time()
    some = found(f"{one}\n" * 400 + f"[{WRITTEN['decimal'](TOKEN)}]")
    assert time.process_time() - start < 8
    assert len(some) == 1


HOSTILE = ["65, ", "chr(65)+", "\\101", "0x41,", "00000010: 4141 4141 4141 4141  AAAA\n"]


@pytest.mark.parametrize("piece", [*HOSTILE, "00000010: 4141 ", "aaaaaa<b>", "a', '"])
def test_a_megabyte_of_them_takes_no_longer_than_its_length(piece: str) -> None:
    times = []
    for size in (100_000, 800_000):
        text = piece * (size // len(piece))
        start = time.process_time()
        list(find(f"''.join(['{text}'])"))
        times.append(time.process_time() - start)
    assert times[1] < 24 * times[0] + 1
