"""What is not text inside a JSON body: base64 with a media type or a file's first bytes, `data:`
URLs, lists of bytes, and offers of calls.

Text in base64 is text and is read, and so are the texts of documents; images, audio and other
files are reported as unread.
Source: RFC 2397 (data URLs), RFC 4648 (base64 and its URL-safe alphabet), RFC 8866 (SDP), RFC 8122
(its fingerprints).
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from mimetypes import MimeTypes

from detectors import documents
from proxy_addons.dialects import protobuf
from proxy_addons.dialects.base import Json

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[^;,]*)*);base64,", re.IGNORECASE)
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\r\n"
_TYPE_NAMES = ("media_type", "mimeType", "mime_type", "format")
_PAYLOAD_NAMES = ("data", "file_data", "bytes", "fileData")
_TEXT_TYPES = re.compile(
    r"text/.*|application/(.*\+)?(json|xml|yaml|x-yaml|toml|javascript|sql|x-sh|x-ndjson|jsonl).*",
    re.IGNORECASE,
)
UNKNOWN = "application/octet-stream"
_BY_FILE_NAME = MimeTypes()
"""The types Python itself knows by file name; none from this machine's files."""
_UNREADABLE = documents.Document(unread=frozenset({"file"}))
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)
_LONG = 1024
"""Characters from which a string of the base64 alphabet alone is taken for a file."""
_SHORT = 32
"""Characters from which it is one if it begins as files and compressed data do."""
_BEGINNINGS = re.compile(
    "H4sI|UEsDB|JVBERi|0M8R4KGxGu|Qlpo|[/_]Td6WFoA|KLUv[/_]|e1xydG"  # gzip, zip, PDF, OLE, …
    "|eA[E-H]|eF[4-7]|eJ[w-z]|eN[o-r]"  # zlib, by level of compression
)
_FEWEST = 16
"""Items from which a list of bytes is taken for text, or for a file."""


def of_data_url(value: str) -> str:
    """The media type of a `data:` URL in base64; empty if `value` is not one and nothing else."""
    if value[:5].lower() != "data:" or not (url := _DATA_URL.match(value)):
        return ""
    return (url[1] or "text/plain") if _is_base64(value[url.end() :]) else ""


def of_member(name: str, value: str, siblings: Mapping[str, Json]) -> str:
    """The media type of a member whose value is a file in base64; empty if it is not one."""
    if found := of_data_url(value):
        return found
    if name in _PAYLOAD_NAMES and _is_base64(value):
        for type_name in _TYPE_NAMES:
            declared = siblings.get(type_name)
            if isinstance(declared, str) and declared:
                return declared if "/" in declared else type_of_format(declared)
        if isinstance(file_name := siblings.get("filename"), str):
            return _BY_FILE_NAME.guess_type(file_name)[0] or UNKNOWN
    size = len(value)
    if size >= _LONG or (size >= _SHORT and _BEGINNINGS.match(value)):
        return UNKNOWN if _is_base64(value) else ""
    return ""


def of_bytes(items: Sequence[Json]) -> documents.Document | None:
    """The text or file in a list of bytes, as programs write them that know no base64. Most lists
    of numbers are none: None."""
    if len(items) < _FEWEST:
        return None
    try:
        data = bytes(items)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    if (file := documents.read(data)) is not None:
        return file
    found = _plain(data)
    return found if found.texts else None


def is_call(text: str) -> bool:
    """Whether `text` offers a connection of its own for speech and data, which does not lead
    through here: a session description of WebRTC."""
    return text.startswith("v=0") and "\na=fingerprint:" in text


def type_of_format(name: str) -> str:
    """The media type of a format that is named like the end of a file name: `png`, `csv`, `wav`.
    What nobody knows is taken for sound: its formats are the ones that are named this way."""
    return _BY_FILE_NAME.guess_type(f"x.{name}")[0] or f"audio/{name}"


def type_of_file(name: str, data: bytes) -> str:
    """The media type of a file by its name, or of a picture by its first bytes."""
    by_name = _BY_FILE_NAME.guess_type(name)[0]
    return by_name or next((t for sign, t in _PICTURES if data.startswith(sign)), UNKNOWN)


def kind(media_type: str) -> str:
    """`image`, `audio` or `file`, as `Prompt.unread` names them."""
    family = media_type.partition("/")[0].lower()
    return family if family in ("image", "audio") else "file"


def unwrap(media_type: str, value: str) -> str | None:
    """The text in a file of this type; None if the type is not one of text."""
    if not _TEXT_TYPES.fullmatch(media_type):
        return None
    try:
        return _decoded(value).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def document(media_type: str, value: str) -> documents.Document | None:
    """The texts in a document of any type, or in a file that does not say what it is; None if
    there is nothing to read in it."""
    try:
        data = _decoded(value)
    except binascii.Error:
        return None
    found = documents.read(data)
    if found is None and kind(media_type) == "file":
        found = _plain(data)
    return found if found != _UNREADABLE else None


def _plain(data: bytes) -> documents.Document:
    return documents.plain(protobuf.unpacked(data) or data)


def rewrap(value: str, text: str) -> str:
    """`value` with `text` in place of the text it held."""
    head = value[: _head(value)]
    return head + base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")


def is_sealed(value: str) -> bool:
    """Whether `value` looks like what a service encrypts or signs: base64 and nothing else."""
    return len(value) >= 32 and _is_base64(value)


def _decoded(value: str) -> bytes:
    payload = value[_head(value) :].translate(_TO_STANDARD)
    return base64.b64decode(payload + "=" * (-len(payload) % 4))


def _head(value: str) -> int:
    url = _DATA_URL.match(value)
    return url.end() if url else 0


def _is_base64(value: str) -> bool:
    return value.isascii() and not value.encode("ascii").translate(None, _ALPHABET)


_TO_STANDARD = str.maketrans("-_", "+/", "\r\n=")
