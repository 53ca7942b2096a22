"""Text written as numbers: character by character in a program, or as a dump of bytes.

Programs write `chr(103)+chr(104)`, `\\147\\150` and `[103, 104]`; `xxd`, `hexdump` and `od` write
lines of bytes in hex with the place before them and the same text behind.

Misses: dumps in octal, codes in the wrong order or with something added to each.
"""

import re
from collections.abc import Iterable, Iterator

from detectors.encodings import Span, Undone

_OCTAL = re.compile(r"\\{1,2}0?([01][0-7]{2})")
_NUMBER = re.compile(r"[0-9]{1,9}")
"""More digits are no code, and Python refuses to read thousands."""
_CODES = re.compile(r"[0-9]{1,3}(?:[ \t]?[,;][ \t]?|[ \t])?(?:\r?\n[ \t]{0,16})?")
_PRINTABLE = frozenset((9, 10, 13, *range(0x20, 0x7F)))
_LEAST = 6
"""So many characters of text are worth a look."""
_LINE = 200
"""No line of a dump is longer, in code points."""
_DUMP = re.compile(
    r"[ \t>|+]{0,8}(?:0x)?([0-9A-Fa-f]{4,16}):?[ \t]{1,3}"
    r"((?:[0-9A-Fa-f]{2}){1,8}(?:[ \t]{1,2}(?:[0-9A-Fa-f]{2}){1,8}){0,31})(?=[ \t\r\n]|$)"
)
"""The place of a line and its bytes, in groups of one to eight."""
_GROUP = re.compile(r"[0-9A-Fa-f]+")
_WIDE = 16
"""So many bytes are on a line unless the places say otherwise: behind them stands the text."""
_WIDEST = 64


def octal(written: str, start: int) -> Undone | None:
    """What escapes like `\\147` read."""
    codes = [(int(code[1], 8), code.span()) for code in _OCTAL.finditer(written)]
    return _read(codes, start, len(written))


def called(written: str, start: int) -> Undone | None:
    """What calls like `chr(103)` read."""
    codes = [(int(code[0]), code.span()) for code in _NUMBER.finditer(written)]
    return _read(codes, start, len(written))


def _read(codes: list[tuple[int, Span]], start: int, size: int) -> Undone | None:
    if len(codes) < _LEAST or not all(code in _PRINTABLE for code, _ in codes):
        return None
    places = [place for _, place in codes]
    return Undone(start, start + size, "".join(chr(code) for code, _ in codes), places)


def listed(text: str, spans: Iterable[Span]) -> Iterator[Undone]:
    """What the numbers read that go on from `spans` (by place), each of which begins one."""
    done = 0
    for start, _ in spans:
        if start < done:
            continue
        codes: list[tuple[int, Span]] = []
        done = start
        while (found := _CODES.match(text, done)) and done < len(text):
            number = _NUMBER.match(text, done)
            if number is None or (code := int(number[0])) not in _PRINTABLE:
                break
            codes.append((code, (number.start() - start, number.end() - start)))
            done = found.end()
        done = max(done, start + 1)
        if codes and (one := _read(codes, start, codes[-1][1][1])):
            yield one


def dumped(text: str, spans: Iterable[Span]) -> Iterator[Undone]:
    """What the dumps read in which `spans` (by place) lie, each line once.

    A secret reaches to the end of its last line, as the text stands there once more.
    """
    done = 0
    for start, _ in spans:
        if start < done:
            continue
        first = start
        while (before := _line(text, first - 1, done)) and before[0] >= done and first > done:
            first = before[0]
        lines, at = [], first
        while at < len(text) and (line := _line(text, at, at)):
            lines.append(line)
            at = line[1] + 1
        done = max(done, at, start + 1)
        if lines:
            yield from _dump(text, lines)


def _line(text: str, at: int, floor: int) -> tuple[int, int, re.Match[str]] | None:
    """The line of a dump that `at` lies in, no part of it before `floor`: begin, end, its bytes."""
    if at < floor:
        return None
    begin = max(floor, text.rfind("\n", max(0, at - _LINE), at) + 1)
    end = text.find("\n", at, at + _LINE)
    end = len(text) if end < 0 and len(text) - at <= _LINE else end
    if end < 0 or end - begin > _LINE or not (found := _DUMP.match(text, begin, end)):
        return None
    return begin, end, found


def _dump(text: str, lines: list[tuple[int, int, re.Match[str]]]) -> Iterator[Undone]:
    """What the lines read; in words of two bytes also with the second first, as some write them."""
    start = lines[0][2].start(2)
    wide = _WIDE
    if len(lines) > 1:
        step = int(lines[1][2][1], 16) - int(lines[0][2][1], 16)
        wide = step if 4 <= step <= _WIDEST else _WIDE
    octets: list[int] = []
    places: list[Span] = []
    swapped: list[int] = []
    for _, end, found in lines:
        here: list[int] = []
        words = True
        for group in _GROUP.finditer(found[2]):
            data = bytes.fromhex(group[0])[: wide - len(here)]
            words = words and len(data) in (0, 2)
            begin = found.start(2) + group.start() - start
            places += [(begin + 2 * i, end - start) for i in range(len(data))]
            here += data
        octets += here
        pairs = zip(here[1::2], here[::2], strict=False)
        swapped += [octet for pair in pairs for octet in pair] if words else here
    stop = lines[-1][1]
    yield Undone(start, stop, bytes(octets).decode("latin-1"), places)
    if swapped != octets and len(swapped) == len(octets):
        yield Undone(start, stop, bytes(swapped).decode("latin-1"), places)
