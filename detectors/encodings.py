"""Base64, base32 and hex of text, in one piece or wrapped over lines.

Text is UTF-8 with its line breaks and tabs, UTF-16, or what is ASCII for the most part. Lines are
put together that mails, PEM, YAML and terminals wrap: all of the same width but for the last, and
for the first where something stands before it; indented, quoted, with either end of a line.

Misses: text that begins with thousands of characters of another alphabet, lines of several widths.
Dumps with the place of each line before it are read by `detectors/character_codes.py`.
"""

import re
from base64 import b32decode, b64decode
from binascii import Error as NotEncoded
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import overload

import numpy as np

_SHORT = 400
"""What is encoded in so few characters is reported as one, in code points."""
_LINE = 1000
"""No line that was wrapped is longer, in code points."""
_LEAST = 6
"""So many characters of text are worth a look."""
_STRICT = 48
"""In so few bytes nothing may be but text; in more of them a fifth."""
_URL = str.maketrans("-_", "+/")
_RUN = re.compile(r"[A-Za-z0-9+/_-]*")
_TEXT = bytes((*b"\t\n\f\r\x1b", *range(0x20, 0x7F)))
_MORE = bytes((*_TEXT, *range(0x80, 0x100)))
_BEFORE, _BEHIND = " \t>|\"'`", " \t\r\\\"'`,;)"
"""What may stand on a line beside a part of something wrapped."""
_FROM_THE_END = {
    "coded.base64": re.compile(r"={0,2}[A-Za-z0-9+/_-]*"),
    "coded.hex": re.compile(r"(?:[0-9a-fA-F]{2}(?:[ :,]|x0(?: ?,)?|x\\)?)*"),
}
_FROM_THE_START = {
    "coded.base64": re.compile(r"[A-Za-z0-9+/_-]*={0,2}"),
    "coded.hex": re.compile(r"(?:[0-9a-fA-F]{2}(?:[ :,]|, ?0x|\\x)?)*"),
}

type Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Undone:
    """A piece of the text and what it reads: for each character, where it was written."""

    start: int
    end: int
    reads: str
    places: Sequence[Span]
    """Relative to `start`; as many as `reads` has characters."""
    whole: bool = False
    """Whether a part of it alone says nothing to a reader, so that a secret is all of it."""


class _Places(Sequence[Span]):
    """Where the characters of a text stand in its encoding, told one at a time when asked."""

    def __init__(self, octets: Sequence[int], per: Span, spans: Sequence[Span]) -> None:
        """Character `i` begins with the byte `octets[i]`; `per` letters are so many bytes."""
        self._octets = octets
        self._letters, self._per = per
        self._spans = spans
        self._ends = list(accumulate(end - start for start, end in spans))

    def __len__(self) -> int:
        return len(self._octets)

    @overload
    def __getitem__(self, i: int) -> Span: ...
    @overload
    def __getitem__(self, i: slice) -> Sequence[Span]: ...
    def __getitem__(self, i: int | slice) -> Span | Sequence[Span]:
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(len(self)))]
        first = min(self._ends[-1] - 1, int(self._octets[i]) * self._letters // self._per)
        last = self._ends[-1]
        if i + 1 < len(self._octets):
            last = min(last, -(-int(self._octets[i + 1]) * self._letters // self._per))
        return self._at(first), self._at(last - 1) + 1

    def _at(self, letter: int) -> int:
        line = bisect_right(self._ends, letter)
        _, end = self._spans[line]
        return end - self._ends[line] + letter - self._spans[0][0]


def text_of(data: bytes) -> tuple[str, Sequence[int], bool] | None:
    """The text that `data` is, the byte each of its characters begins with, and whether it is
    nothing but text; None if it is no text."""
    pairs = np.frombuffer(data[: len(data) // 2 * 2], np.uint8).reshape(-1, 2)
    zeros = (int(np.count_nonzero(pairs[:, i] == 0)) for i in (0, 1))
    for first, some in zip((1, 0), zeros, strict=True):
        if some * 2 > len(pairs):  # one byte of each two: UTF-16 of letters from Western Europe
            both = data[first:] + bytes((len(data) - first) % 2)
            units = np.frombuffer(both, "<u2").copy()
            units[(units >= 0xD800) & (units < 0xE000)] = 0xFFFD  # one unit, one character
            reads = units.tobytes().decode("utf-16-le")
            return reads, range(first, first + 2 * len(reads), 2), True
    octets: Sequence[int] = range(len(data))
    try:
        reads = data.decode("utf-8")
        other = len(data.translate(None, _MORE))
        if len(reads) < len(data):
            octets = np.flatnonzero(np.frombuffer(data, np.int8) >= -64)  # type: ignore[assignment]
    except UnicodeDecodeError:
        reads = data.decode("latin-1")
        other = len(data.translate(None, _TEXT))
    if len(reads) < _LEAST or other > (len(data) // 5 if len(data) > _STRICT else 0):
        return None
    return reads, octets, not other


def _blocks(spans: Sequence[Span], data: bytes, per: Span) -> tuple[Undone, bool] | None:
    """So many letters stand for so many bytes; text only, with whether it is nothing else."""
    if (text := text_of(data)) is None:
        return None
    reads, octets, clean = text
    whole = per == (4, 3) and sum(end - start for start, end in spans) <= _SHORT
    places = _Places(octets, per, spans)
    return Undone(spans[0][0], spans[-1][1], reads, places, whole), clean


def _base64(text: str, spans: Sequence[Span]) -> tuple[Undone, bool] | None:
    letters = "".join([text[start:end] for start, end in spans]).rstrip("=").translate(_URL)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        data = b64decode(letters + "=" * (-len(letters) % 4))
    except NotEncoded:
        return None
    return _blocks(spans, data, (4, 3))


def _hex(text: str, spans: Sequence[Span]) -> tuple[Undone, bool] | None:
    digits = [
        i
        for start, end in spans
        for i in range(start, end)
        if text[i] in "0123456789abcdefABCDEF" and text[i + 1 : i + 2] != "x"
    ]
    if len(digits) % 2:
        return None
    found = text_of(bytes.fromhex("".join([text[i] for i in digits])))
    if found is None:
        return None
    reads, octets, clean = found
    start = spans[0][0]
    begins = [2 * int(i) for i in octets]
    ends = [*begins[1:], len(digits)]
    pairs = [
        (digits[i] - start, digits[j - 1] + 1 - start) for i, j in zip(begins, ends, strict=True)
    ]
    return Undone(start, spans[-1][1], reads, pairs), clean


def base32(written: str, start: int) -> Undone | None:
    """What is written at `start` in base32."""
    letters = written.rstrip("=")
    try:
        data = b32decode(letters + "=" * (-len(letters) % 8))
    except NotEncoded:
        return None
    found = _blocks([(start, start + len(written))], data, (8, 5))
    return found[0] if found else None


def parts_of(lines: Sequence[Undone], pieces: Iterable[Undone]) -> Iterator[Undone]:
    """`pieces`; those that may be a part of `lines` are not reported as a whole, as what is cut
    off at the end of a line would be taken for more than what goes on in the next one."""
    starts = [one.start for one in lines]
    for piece in pieces:
        i = bisect_right(starts, piece.start) - 1
        inside = i >= 0 and piece.start < lines[i].end
        yield replace(piece, whole=False) if inside and piece.whole else piece


def in_base64(text: str, spans: Iterable[Span]) -> Iterator[Undone]:
    """What the runs read in which `spans` (by place) lie, each of which begins with a letter that
    begins a byte. A run is undone once for each of the ways to begin in it, no more than four."""
    done = floor = 0
    tried: set[int] = set()
    for start, end in spans:
        if start >= done:
            tried, floor = set(), done
        elif start % 4 in tried:
            continue
        tried.add(start % 4)
        first = start - (start - _back(text, start, floor)) // 4 * 4
        if text[end - 1] != "=":
            more = _FROM_THE_START["coded.base64"].match(text, end)
            end = more.end() if more else end
        done = max(done, end)
        if found := _base64(text, [(first, end)]):
            yield found[0]


def _back(text: str, at: int, floor: int) -> int:
    """Where the run begins that goes on at `at`."""
    while at > floor:
        piece = text[max(floor, at - 256) : at][::-1]
        run = _RUN.match(piece)
        length = run.end() if run else 0
        at -= length
        if length < len(piece):
            break
    return at


def in_hex(text: str, spans: Iterable[Span]) -> Iterator[Undone]:
    """What `spans` read in hex."""
    for start, end in spans:
        first = start - 2 * text.startswith(("0x", "\\x"), max(0, start - 2))
        if found := _hex(text, [(first, end)]):
            yield found[0]


def wrapped(kind: str, text: str, spans: Iterable[Span]) -> Iterator[Undone]:
    """What the lines read around `spans` (by place) that are put together; each line once."""
    done = 0
    for start, _ in spans:
        if start < done:
            continue
        lines = _lines(kind, text, start, done)
        done = max(done, lines[-1][1]) if lines else done
        if len(lines) < 2:
            continue
        best: Undone | None = None
        for some in (lines, lines[:-1], lines[1:]):  # a word beside them is none of them
            if kind == "coded.base64":
                found = _base64(text, _begun(some, start))
            else:
                found = _hex(text, some)
            if found:
                best = found[0] if found[1] else best or found[0]
                if found[1]:
                    break
        if best:
            yield replace(best, whole=False)


def _begun(lines: Sequence[Span], start: int) -> list[Span]:
    """`lines` from where the first byte begins, as one does at `start`."""
    before = sum(min(end, start) - first for first, end in lines if first < start)
    first, end = lines[0]
    return [(first + min(before % 4, end - first), end), *lines[1:]]


def _lines(kind: str, text: str, at: int, floor: int) -> list[Span]:
    """The parts of lines around `at`, one a line, that belong together; none before `floor`."""
    here = _on_line(kind, text, at)
    if here is None:
        return []
    (head, tail), (begin, end) = here
    full = head == tail
    span = tail if tail[0] <= at < tail[1] else head
    if not span[0] <= at < span[1]:
        return []
    lines, width, is_last = [span], span[1] - span[0], not full and span == head
    while begin > floor and (full or span == head):
        if (before := _on_line(kind, text, begin - 1)) is None:
            break
        (head, tail), (begin, _) = before
        size = tail[1] - tail[0]
        if not size or tail[0] < floor or text[tail[1] - 1] == "=":
            break
        if head == tail and size != width:
            if len(lines) > 1 or size < width:
                break
            width, is_last = size, True
        elif head != tail and size > width and len(lines) > 1:
            break
        lines.insert(0, tail)
        if head != tail:
            if text[tail[0] - 1] not in ":=,(<" + _BEFORE:
                lines.pop(0)
            break
    narrow = not full and not is_last and len(lines) == 1
    while not is_last and end < len(text) and text[lines[-1][1] - 1] != "=":
        if (after := _on_line(kind, text, end + 1)) is None:
            break
        (head, tail), (_, end) = after
        size = head[1] - head[0]
        if narrow and size > width and head == tail:
            width = size
        narrow = False
        if not size or size > width:
            break
        lines.append(head)
        is_last = size < width or head != tail
    return lines


def _on_line(kind: str, text: str, at: int) -> tuple[tuple[Span, Span], Span] | None:
    """Of the line of `at`: what is encoded at its head and at its tail, and where it lies."""
    begin = text.rfind("\n", max(0, at - _LINE), at) + 1
    end = text.find("\n", at, at + _LINE)
    end = len(text) if end < 0 else end
    if end - begin > _LINE:  # as where no line break is near
        return None
    line = text[begin:end]
    body = line.rstrip(_BEHIND)
    lead = len(body) - len(body.lstrip(_BEFORE))
    tail = _FROM_THE_END[kind].match(body[::-1])
    head = _FROM_THE_START[kind].match(body, lead)
    last = max(lead, len(body) - (tail.end() if tail else 0))
    first = head.end() if head else lead
    if first == len(body):
        last = lead
    return ((begin + lead, begin + first), (begin + last, begin + len(body))), (begin, end)
