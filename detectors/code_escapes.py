"""Text as it reads before it was escaped for a page, a string or an address, byte for byte.

Code that was pasted out of a web page, a JSON file or a log has `&lt;` for `<`, `\\"` for `"`,
`%28` for `(` or no-break spaces before its lines. What stands here for such an escape is the
character and as many spaces as the rest was long, so that every offset stays what it was.

Source: HTML's named and numeric character references, RFC 8259 (JSON), RFC 3986 (addresses).
Misses: escapes that stand for more than ASCII, which become spaces or stay as they are.
"""

import re

_NAMED = {b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'", b"amp": b"&", b"nbsp": b" "}
_ENTITY = re.compile(
    rb"&(?:amp;)*(?:(lt|gt|quot|apos|nbsp|amp)|#(?:0?([0-9]{2,3})|[xX]0*([0-9a-fA-F]{2})));"
)
_SLASHES = re.compile(
    rb"\\(?:\\{0,6}(?:r\\{1,7})?(?=\\n)|\\{0,6}(?=\")|r(?=\\n)|(?<=\\n\\)\\{0,6}t(?:\\{1,7}t)*)"
)
"""Before a quote or an escaped line break, and tabs after one. The break itself stays. A text of
backslashes takes linear time, as no repetition is without a limit."""
_ENCODED = re.compile(rb"%[0-9A-Fa-f]{2}[^\s%]*(?:%[0-9A-Fa-f]{2}[^\s%]*){3,}")
_SIGN = re.compile(rb"%[02]")
_OCTET = re.compile(rb"%([0-9A-Fa-f]{2})")
_BLANKS = tuple((c.encode(), b" " * len(c.encode())) for c in "\u00a0\u202f\u3000\ufeff")
"""What editors and web pages write in place of spaces."""


def unescaped(data: bytes) -> bytes:
    """`data` (UTF-8) with the commonest escapes undone; as long as before."""
    # one byte is looked for a hundred times as fast as several
    if not data.isascii():
        for blank, spaces in _BLANKS:
            if blank[:1] in data and blank[-1:] in data and blank in data:
                data = data.replace(blank, spaces)
    if b"&" in data and b";" in data:
        data = _ENTITY.sub(_character, data)
    if b"\\" in data and b"\\n" in data:
        data = _SLASHES.sub(_spaces, data)
    if b"%" in data and _SIGN.search(data):
        data = _ENCODED.sub(_decoded, data)
    return data


def _padded(character: int, size: int) -> bytes:
    """A line break is last, so that the line before is as long as it was."""
    if character == 10:
        return b"\n".rjust(size)
    return (bytes((character,)) if 32 <= character < 127 else b" ").ljust(size)


def _character(match: re.Match[bytes]) -> bytes:
    named, decimal, hexadecimal = match.groups()
    size = len(match[0])
    if named:
        return _NAMED[named].ljust(size)
    return _padded(int(decimal) if decimal else int(hexadecimal, 16), size)


def _spaces(match: re.Match[bytes]) -> bytes:
    return b" " * len(match[0])


def _decoded(match: re.Match[bytes]) -> bytes:
    return _OCTET.sub(lambda octet: _padded(int(octet[1], 16), 3), match[0].replace(b"+", b" "))
