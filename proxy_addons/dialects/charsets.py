"""Bytes as text and back, without trusting what a request says about itself.

What a declared charset and the bytes disagree about is read the way the bytes say: a service may
ignore the declaration. Source: RFC 9110 section 8.3.2, WHATWG Encoding (labels), read 2026-11-21.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from detectors.documents import charset, picture

_BOMS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe\x00\x00": "utf-32-le",
    b"\x00\x00\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
"""Longest first where one begins another. The mark stays part of the text, so it survives."""
_MULTIBYTE = {
    "big5": "big5",
    "euc-jp": "euc_jp",
    "euc-kr": "cp949",
    "gb18030": "gb18030",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-2022-jp": "iso2022_jp",
    "shift_jis": "cp932",
    "utf-16": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-16le": "utf-16-le",
    "windows-31j": "cp932",
}
_SINGLE_BYTE = re.compile(r"(?:windows-125[0-8]|iso-8859-(?:[1-9]|1[013-6])|koi8-[ru]|macintosh)")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
_SAMPLE = 4096
_MOSTLY = 0.4
"""Share of the sampled places that must be zero bytes for text of two or four bytes a letter."""
_STRAY = 0.02
"""Share of control characters up to which a body that says it is text is taken for text."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body as text, and other ways to read it."""

    text: str = field(repr=False)
    encoding: str
    """Name of a Python codec that turns `text` back into the body, byte for byte."""
    others: tuple[str, ...] = field(default=(), repr=False)
    """Further readings, to be scanned but not edited: two parsers may differ."""


def decode(body: bytes, content_type: str, says_text: bool) -> Decoded | None:
    """The text of a body, or None if it is not text.

    `says_text`: whether the sender claims it is; then a few stray control characters are fine.
    """
    for encoding in _candidates(body, content_type):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        strays = len(_NOT_TEXT.findall(text))
        if strays <= (_STRAY * len(text) if says_text else 0):
            return Decoded(text, encoding, _other_readings(body, encoding))
    return None


def has_controls(text: str) -> bool:
    """Whether `text` holds characters that nobody writes."""
    return _NOT_TEXT.search(text) is not None


def _candidates(body: bytes, content_type: str) -> Iterator[str]:
    for mark, encoding in _BOMS.items():
        if body.startswith(mark):
            yield encoding
            break
    else:
        yield from _by_zeros(body)
    yield "utf-8"
    declared = match[1].lower() if (match := _CHARSET.search(content_type)) else ""
    if declared in _MULTIBYTE:
        yield _MULTIBYTE[declared]
    if _SINGLE_BYTE.fullmatch(declared):
        yield declared
    yield "latin-1"


def _by_zeros(body: bytes) -> Iterator[str]:
    """Latin text of two or four bytes a letter has its zero bytes in fixed places."""
    sample = body[:_SAMPLE]
    if 0 not in sample:
        return
    for width, encodings in ((4, ("utf-32-le", "utf-32-be")), (2, ("utf-16-le", "utf-16-be"))):
        if len(body) % width == 0:
            for encoding, low in zip(encodings, (0, width - 1), strict=True):
                high = [i for i in range(width) if i != low]
                zeros = min(sample[i::width].count(0) for i in high) * width
                if zeros >= _MOSTLY * len(sample) and sample[low::width].count(0) * 8 < zeros:
                    yield encoding


def _other_readings(body: bytes, encoding: str) -> tuple[str, ...]:
    """Bytes that are partly UTF-8 and partly not show their UTF-8 letters in a second reading.
    Letters of a declared charset are now and then UTF-8 by accident; most of them are not."""
    if encoding.startswith("utf") or body.isascii():
        return ()
    second = body.decode("utf-8", "replace")
    wrong = second.count("\ufffd")
    right = sum(c > "\x7f" for c in second) - wrong
    partly = (second,) if right and (encoding == "latin-1" or right > wrong) else ()
    undeclared = charset.named(body) if encoding == "latin-1" else ""
    if undeclared in ("", "utf-8", "cp1252"):
        return partly
    return (*partly, body.decode(undeclared, "replace"))


# ── what is not text ──────────────────────────────────────────────────────────────────────────

_LETTERS = 6
"""Shortest run of letters that is read out of bytes that are not text."""
_LETTERS_IN_NOISE = 24
"""Out of those of a picture, where shorter runs come by chance."""
_LETTERS_OF_TEXT = 200
"""A run of so many is text, whatever it says."""
_SPELLED = 0.85
"""Of such a run, the least share of letters, digits and spaces; by chance it is two thirds."""
_DIFFERENT = 8
"""Different ones in it, at least: areas of one colour repeat a few."""
_RUN = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]{%d,}" % _LETTERS)
_WIDE_RUNS = {
    "utf-16-le": re.compile(rb"(?:[^\x00][\x00-\x06]){%d,}" % _LETTERS),
    "utf-16-be": re.compile(rb"(?:[\x00-\x06][^\x00]){%d,}" % _LETTERS),
}
"""Letters of the alphabets up to Arabic, U+0001 to U+06FF, at two bytes each."""


def _is_spelled(letters: str) -> bool:
    if len(letters) < _LETTERS_IN_NOISE or len(set(letters)) < _DIFFERENT:
        return False
    spelled = sum(letter.isalnum() or letter == " " for letter in letters)
    return len(letters) >= _LETTERS_OF_TEXT or spelled >= _SPELLED * len(letters)


def printable(body: bytes) -> Iterator[tuple[str, str]]:
    """(encoding, text) for each encoding in which `body` holds runs of six or more letters; the
    text has one run a line. In a picture they are long ones, of words."""
    noise = picture.noise(body)

    def is_said(at: int, letters: str) -> bool:
        return len(letters) >= _LETTERS and (at not in noise or _is_spelled(letters))

    runs = [
        letters
        for run in _RUN.finditer(body)
        for letters in run[0].decode("utf-8", "replace").split("\ufffd")
        if is_said(run.start(), letters)
    ]
    if runs:
        yield "utf-8", "\n".join(runs)
    for encoding, pattern in _WIDE_RUNS.items():
        found = pattern.finditer(body)
        wide = [(run.start(), run[0].decode(encoding, "replace")) for run in found]
        if said := [letters for at, letters in wide if is_said(at, letters)]:
            yield encoding, "\n".join(said)
