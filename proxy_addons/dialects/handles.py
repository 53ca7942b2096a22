"""Names by which later requests stand for what was sent earlier: ids of files, uploads and caches.

A service answers an upload with a name, and a prompt then carries the name in place of the bytes.
What is known of them has to be looked up by it. Names stand in members that are called alike
wherever they are, so the formats share one table.

Source: `openai` 3.52, `anthropic` 2.11, `google-genai` 3.4 and `mistralai` 3.7 (types of files,
uploads and caches), read 2026-11-21; Gemini's resumable uploads, ai.google.dev/api/files.
Misses: what a service makes of a file itself.
"""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from proxy_addons.dialects.base import Dialect, Json, Request, children
from proxy_addons.dialects.bodies import essence
from proxy_addons.dialects.json_body import JsonDialect
from proxy_addons.dialects.json_text import select

STRICT = frozenset(
    (
        *("anthropic_api", "anthropic_messages", "bedrock_converse", "gemini_generate"),
        *("google_api", "mistral_api", "mistral_chat", "openai_api", "openai_chat"),
        *("openai_responses", "openai_responses_socket"),
    )
)
"""Dialects whose files are all uploaded where they can be seen: a name that nobody knows here
stands for something that was not inspected. Elsewhere such a name says nothing."""
MOST = 64
"""Names of one request that are looked up; what more there is was not inspected."""
ANSWER_BYTES = 256 * 1024
"""Answers to uploads are small."""

_ONE = frozenset(
    (
        *("file_id", "fileId", "input_file_id", "training_file", "validation_file"),
        *("file_uri", "fileUri", "cachedContent", "cached_content"),
    )
)
_SIGNED_URLS = frozenset(("document_url", "documentUrl"))
_MANY = frozenset(("file_ids", "fileIds"))
_STORED = ("s3://", "gs://")
_SIGNS = re.compile(
    f'"(?:(?:{"|".join(sorted(_ONE | _SIGNED_URLS | _MANY))})"|{"|".join(_STORED)})'.encode()
)
"""One of these is in every body that has a name somewhere, unless it is spelled otherwise."""
_SPELLED = re.compile(rb"\\(?:u00[2-7]|/)")
"""An escape for a character that may be part of one."""
_NOT_SENT = frozenset(
    (
        *("annotations", "metadata", "args", "arguments", "parameters", "input_schema"),
        *("schema", "properties", "functionResponse", "function_response"),
    )
)
"""Members with words of programs and tools, whose `file_id` is none of the service's."""
_MADE = ("_output", "_citation", "_path")
"""How the types of parts end that name what the service itself made."""
_PAGES = {
    "chatgpt_web": (
        "/messages/*/metadata/attachments/*/id",
        "/messages/*/content/parts/*/asset_pointer",
    ),
    "claude_web": ("/files/*",),
    "deepseek_web": ("/ref_file_ids/*",),
    "gemini_web": ("/f.req/1/0/3/*/0/0",),
}
_UPLOADS = re.compile(
    r"/(?:files?|uploads?|upload[_-]file|attachments?|cachedContents)(?=$|[/:?])", re.IGNORECASE
)
_SIGNED = re.compile(r"(?:^|&)(?:X-Amz-Signature|X-Goog-Signature|Signature|sig)=", re.IGNORECASE)
_COLLECTION = re.compile(r"^/upload/|/(?:files?|uploads?|upload[_-]file|attachments?)/?$", re.I)
"""A path at which everybody's uploads may arrive."""
_SESSION = re.compile(r"/uploads/([^/?]+)/(?:parts|complete)$")
_PIECE = re.compile(r"(?:^|&)(?:comp=block(?:&|$)|partNumber=|uploadId=)")
_FIRST = re.compile(r"(?:^|&)partNumber=0*1(?:&|$)")
"""In the query: a block of a blob at Azure, a part of an object at S3."""
_PLACE = re.compile(rb"/contrib_service/[\w./-]{1,500}")
"""All that Gemini's page is told of what it uploaded."""
_SIGNING = re.compile(r"/files/([^/]+)/url$")
"""Asks for a signed URL of a file that was uploaded before."""
_GIVEN = (
    *(
        "/id",
        "/url",
        "/file_id",
        "/fileId",
        "/file_uuid",
        "/name",
        "/uri",
        "/upload_url",
        "/signed_url",
    ),
    *("/file/id", "/file/name", "/file/uri", "/data/biz_data/id"),
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A request whose answer names what it sends."""

    names: tuple[str, ...] = field(repr=False)
    """Those it goes by already: of the upload it is a part of, of the place it is put."""
    brings: bool
    """Whether it holds the bytes themselves, or only opens or closes their upload."""
    is_part: bool = False
    """Whether it holds one piece of what is uploaded."""
    counts: bool = False
    """Whether it is the one by which its upload is counted: it holds the bytes, or, of pieces in
    any order, it is the first by its number or the request that puts them together."""


def referred(dialect: Dialect, request: Request) -> Iterator[tuple[str, str]]:
    """(place, name) of everything in `request` that stands for something sent before."""
    encoding = json.detect_encoding(request.body)
    body = request.body
    if encoding != "utf-8":
        body = body.decode(encoding, "replace").encode("utf-8", "replace").removeprefix(BOM_UTF8)
    patterns = _PAGES.get(dialect.name)
    if not isinstance(dialect, JsonDialect) or (body.lstrip()[:1] != b"{" and not patterns):
        return
    if patterns and body:
        for where, value in select(dialect.document(request), *patterns):
            if isinstance(value, str) and (name := _name(value)):
                yield where, name
    elif _SIGNS.search(body) or (b"\\" in body and _SPELLED.search(body)):
        yield from _walk(dialect.document(request), "")


def _walk(node: Json, where: str) -> Iterator[tuple[str, str]]:
    is_made = isinstance(node, dict) and str(node.get("type", "")).endswith(_MADE)
    for token, child in children(node):
        here = f"{where}/{token}"
        if isinstance(child, str):
            is_named = (
                token in _ONE
                or (token.lower().endswith("uri") and child[:5] in _STORED)
                or (token in _SIGNED_URLS and "sig=" in child)
            )
            if is_named and not is_made and (name := _name(child)):
                yield here, name
        elif token in _MANY and isinstance(child, list):
            for i, one in enumerate(child):
                if isinstance(one, str) and (name := _name(one)):
                    yield f"{here}/{i}", name
        elif token not in _NOT_SENT and not (token == "input" and isinstance(child, dict)):
            yield from _walk(child, here)


def upload(request: Request) -> Upload | None:
    """What `request` uploads; None if it is none of an upload's."""
    path, _, query = request.target.partition("?")
    if request.method == "GET" and (found := _SIGNING.search(path)):
        return Upload((found[1],), brings=False)
    is_signed = bool(_SIGNED.search(query))
    is_file = is_signed or not _is_json(request.content_type)
    sessions = parse_qs(query).get("upload_id", [])
    if request.method == "PUT" and is_file:
        is_shared = bool(sessions) and not is_signed and _COLLECTION.search(path) is not None
        names = [] if is_shared else [path]
    elif request.method == "POST" and _UPLOADS.search(path):
        names = [found[1]] if (found := _SESSION.search(path)) else []
    else:
        return None
    names += sessions
    # in the middle of a resumable upload everything is bytes, whatever it says
    is_file = is_file or bool(sessions) or path.endswith("/cachedContents")
    session = _SESSION.search(path)
    is_part = session is not None or _PIECE.search(query) is not None
    brings = is_file and bool(request.body)
    if session is not None:
        counts = path.endswith("/complete")
    else:
        counts = brings and (not is_part or _FIRST.search(query) is not None)
    return Upload(tuple(names), brings, is_part, counts)


def given(content_type: str, body: bytes, upload_url: str = "") -> tuple[str, ...]:
    """The names that an answer to an upload gives; `upload_url` is one of its headers."""
    names = [upload_url] if upload_url else []
    if _is_json(content_type):
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        names += [value for _, value in select(document, *_GIVEN) if isinstance(value, str)]
    elif _PLACE.fullmatch(body):
        names.append(body.decode())
    return tuple(dict.fromkeys(name for raw in names if (name := _name(raw))))


def stands_for(url: str) -> str:
    """The name that a URL of a service gives to what was uploaded; empty for a public address."""
    return _name(url)


def _name(value: str) -> str:
    """A name as it is kept: what is left of a URL without host and signature. Empty for the
    address of something that anybody may fetch."""
    scheme, colon, rest = value.partition("://")
    if not colon:
        return value
    if scheme in ("gs", "s3"):
        return value
    if scheme != "https":  # a page's own: file-service://file-…
        return rest
    url = urlsplit(value)
    if session := parse_qs(url.query).get("upload_id"):
        return session[0]
    if found := re.search(r"/((?:files|cachedContents)/[\w.-]+)$", url.path):
        return found[1]
    return url.path if url.query else ""


def _is_json(content_type: str) -> bool:
    return essence(content_type) == "application/json"
