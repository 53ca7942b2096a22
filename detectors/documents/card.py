"""Contacts and calendars as files (vCard, iCalendar): their lines are folded, signs are escaped.

Source: RFC 6350, RFC 5545, vCard 2.1. Misses: words in portraits beside other text.
"""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterator

from detectors.documents import package, read_anything
from detectors.documents.base import Budget, Document, gathered, plain

_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,16}BEGIN:V(?:CARD|CALENDAR|NOTE|EVENT)\b", re.IGNORECASE
)
_FOLD = re.compile(rb"(?:\r\n?|\n)[ \t]")
_GOES_ON = re.compile(rb"=[ \t]*(?:\r\n?|\n)")
"""At the end of a line in quoted-printable."""
_LINE = re.compile(rb"[^\r\n]+")
_QUOTED = re.compile(rb"(?i)^[^:\r\n]{0,999};(?:ENCODING=)?QUOTED-PRINTABLE[;:]", re.MULTILINE)
_BASE64 = re.compile(rb"(?i);(?:ENCODING=)?(?:B|BASE64)(?:;|$)")
_CHARSET = re.compile(rb"(?i);CHARSET=\"?([\w.:-]+)")
_PORTRAITS = (b"PHOTO", b"LOGO")
_ESCAPED = re.compile(r"\\([nN,;:\\])")
_TOO_MUCH = Document(unread=frozenset({"archive"}))


def is_one(data: bytes) -> bool:
    """By the first line."""
    return _BEGINS.match(data) is not None


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    if not budget.take(len(data)):
        return _TOO_MUCH
    return gathered(_parts(data, budget))


def _parts(data: bytes, budget: Budget) -> Iterator[Document]:
    lines: list[str] = []
    files: list[Document] = []
    for line in _unfolded(data):
        head, sign, value = line.partition(b":")
        if sign and _BASE64.search(head):
            files.append(_file(head, value, budget))
            value = b""
        elif sign and b"QUOTED-PRINTABLE" in head.upper():
            value = a2b_qp(value)
        lines.append(_text(head, b"") + (":" if sign else "") + _text(value, head))
    yield Document(("\n".join(lines),))
    yield from files


def _unfolded(data: bytes) -> Iterator[bytes]:
    """Each property on one line, however long."""
    pieces, at = [], 0
    for quoted in _QUOTED.finditer(data):
        if quoted.start() < at:
            continue
        pieces.append(data[at : quoted.end()])
        at = quoted.end()
        while (end := _LINE.match(data, at)) is not None:
            goes_on = _GOES_ON.match(data, end.end() - 1)
            pieces.append(end[0][:-1] if goes_on else end[0])
            at = goes_on.end() if goes_on else end.end()
            if goes_on is None:
                break
    pieces.append(data[at:])
    for line in _LINE.finditer(_FOLD.sub(b"", b"".join(pieces))):
        yield line[0]


def _file(head: bytes, value: bytes, budget: Budget) -> Document:
    try:
        content = a2b_base64(b"".join(value.split()), strict_mode=True)
    except Error:  # what decodes all the same would be other words
        return plain(value)
    if not budget.take(len(content)):
        return _TOO_MUCH
    is_portrait = head.upper().startswith(_PORTRAITS)
    return package.beside_words(content, budget) if is_portrait else read_anything(content, budget)


def _text(value: bytes, head: bytes) -> str:
    named = _CHARSET.search(head)
    try:
        text = value.decode(named[1].decode() if named else "utf-8")
    except (LookupError, UnicodeError):
        found = plain(value).texts
        text = found[0] if found else value.decode("utf-8", "replace")
    return _ESCAPED.sub(lambda sign: "\n" if sign[1] in "nN" else sign[1], text)
