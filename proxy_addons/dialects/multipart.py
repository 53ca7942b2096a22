"""A multipart body, cut into its parts and put together again with every delimiter as it was.

Source: RFC 2046 section 5.1, RFC 7578 (form-data), RFC 8187 (`filename*`), read 2026-11-21. Line
ends may be bare LF, as some clients write them.
"""

import binascii
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from penstock.errors import ParseError

_BOUNDARY = re.compile(r"""boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))""", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_TYPE = re.compile(r"^content-type\s*:\s*(.*)$", re.IGNORECASE | re.MULTILINE)
_CODING = re.compile(r"^content-transfer-encoding\s*:\s*([\w-]+)", re.IGNORECASE | re.MULTILINE)
_NOTHING_DONE = ("", "7bit", "8bit", "binary")


@dataclass(frozen=True, slots=True)
class Part:
    """One part, headers and content apart."""

    headers: str = field(repr=False)
    """As they were sent; each byte that is not UTF-8 is one lone surrogate."""
    between: bytes
    """The blank line between headers and content."""
    content: bytes = field(repr=False)
    """Without its content-transfer-encoding."""
    coding: str
    """That encoding, in lower case; empty for none."""
    raw: bytes = field(repr=False)
    """The part as it was sent."""

    @property
    def content_type(self) -> str:
        """Of the content; empty if the part does not say."""
        return found[1].strip() if (found := _TYPE.search(self.headers)) else ""

    @property
    def spoken_headers(self) -> str:
        """The headers as they are meant, where that differs: `filename*=UTF-8''M%C3%BCller`."""
        meant = unquote(self.headers, errors="replace")
        return meant if meant != self.headers else ""

    def with_new(self, headers: str, content: bytes) -> bytes:
        """The part's bytes with other headers or other content."""
        if headers == self.headers and content == self.content:
            return self.raw
        return headers.encode("utf-8", "surrogateescape") + self.between + self._encoded(content)

    def _encoded(self, content: bytes) -> bytes:
        match self.coding:
            case "base64":
                lines = (content[i : i + 57] for i in range(0, len(content), 57))
                return b"\r\n".join(binascii.b2a_base64(x, newline=False) for x in lines)
            case "quoted-printable":
                return binascii.b2a_qp(content)
            case _:
                return content


def boundary(content_type: str) -> str:
    """The boundary a content type names; empty if none."""
    return (found[1] or found[2]) if (found := _BOUNDARY.search(content_type)) else ""


def split(body: bytes, boundary: str) -> list[bytes]:
    """Preamble, delimiter, part, delimiter, …, epilogue. Raises ParseError without a delimiter."""
    mark = re.escape(boundary.encode("latin-1", "replace"))
    pieces = re.split(rb"((?:\A|\r?\n)--" + mark + rb"(?:--)?[ \t]*(?:\r?\n|\Z))", body)
    if len(pieces) < 3:
        raise ParseError("body is not the multipart body it says it is")
    return pieces


def part(raw: bytes) -> Part:
    """One piece between delimiters. Raises ParseError for an unknown transfer encoding."""
    if raw.startswith((b"\r\n", b"\n")):
        blank = raw[: raw.index(b"\n") + 1]
        return Part("", blank, raw[len(blank) :], "", raw)
    end = _HEAD_END.search(raw)
    head, between, content = (
        (raw[: end.start()], end[0], raw[end.end() :]) if end else (raw, b"", b"")
    )
    headers = head.decode("utf-8", "surrogateescape")
    coding = found[1].lower() if (found := _CODING.search(headers)) else ""
    try:
        match coding:
            case "base64":
                content = binascii.a2b_base64(content)
            case "quoted-printable":
                content = binascii.a2b_qp(content)
            case _ if coding not in _NOTHING_DONE:
                raise ParseError("a part of the body is encoded in an unknown way")
    except binascii.Error:
        raise ParseError("a part of the body is not the base64 it says it is") from None
    return Part(headers, between, content, coding, raw)
