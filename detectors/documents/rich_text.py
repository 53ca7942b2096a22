"""Rich Text Format, also as Outlook packs it.

Source: RTF specification 1.9.1; [MS-OXRTFCP] 2.1 to 3.1, read 2026-11-29.
Misses: embedded objects and pictures.
"""

from struct import error, unpack_from

from striprtf.striprtf import rtf_to_text

from detectors.documents.base import Budget, Document, plain

_PACKED, _UNPACKED = b"LZFu", b"MELA"
_HEAD_BYTES = 16
_BEFORE = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What every packed text is taken to follow, so that even its beginning can repeat something."""
_WINDOW = 4096


def is_one(data: bytes) -> bool:
    """By its first group."""
    return data.startswith(b"{\\rtf")


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    if not budget.take(len(data)):
        return Document(unread=frozenset({"archive"}))
    try:
        text: str = rtf_to_text(data.decode("latin-1"), errors="replace")  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, IndexError):
        return Document(unread=frozenset({"damaged"}))
    is_partial = b"\\objdata" in data
    return Document((text,), frozenset({"file"}) if is_partial else frozenset())


def packed(data: bytes, budget: Budget) -> Document:
    """A text as Outlook packs it."""
    try:
        text = unpacked(data, budget.size_bytes)
    except (error, ValueError):
        return Document(unread=frozenset({"damaged"}))
    if text is None:
        return Document(unread=frozenset({"archive"}))
    return read(text, budget) if is_one(text) else plain(text)


def unpacked(data: bytes, most: int) -> bytes | None:
    """None if it is more than `most` bytes. Raises ValueError or struct.error for what is none."""
    size, kind = *unpack_from("<I", data, 4), data[8:12]
    content = data[_HEAD_BYTES:]
    if kind == _UNPACKED:
        return content[:size] if min(size, len(content)) <= most else None
    if kind != _PACKED:
        raise ValueError("not packed as Outlook does")
    out, at = bytearray(_BEFORE), 0
    while at < len(content):
        flags, at = content[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += content[at : at + 1]
                at += 1
                continue
            token, at = int.from_bytes(content[at : at + 2]), at + 2
            back = (len(out) - (token >> 4)) % _WINDOW
            if back == 0 or at > len(content):
                return bytes(out[len(_BEFORE) :])
            start = len(out) - back
            if start < 0:
                raise ValueError("a copy of what was not there")
            for i in range((token & 0xF) + 2):
                out.append(out[start + i])
        if len(out) - len(_BEFORE) > most:
            return None
    return bytes(out[len(_BEFORE) :])
