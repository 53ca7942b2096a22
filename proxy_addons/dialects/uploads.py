"""Files as an API takes them, tells of them, and as a model is told them.

A file that stays here gets the answer its service would have given, in the service's own format; a
prompt that names a file is told to a model with what the file says in place of the name.

Source: `openai` 3.57 (`FileObject`), `anthropic` 2.11 (`FileMetadata`), `mistralai` 3.7
(`CreateFileResponse`) and `google-genai` 3.4 (`File`), read 2026-11-29; Gemini's resumable and
multipart uploads, ai.google.dev/api/files.
Files that are sent in several requests: see `upload_steps`.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from detectors import documents
from penstock.errors import CannotExpress
from penstock.model import Chat, Media, Part
from proxy_addons.dialects import media, multipart
from proxy_addons.dialects.base import Answer, Json, Request
from proxy_addons.dialects.bodies import essence
from proxy_addons.dialects.json_text import dump

MOST_BYTES = 4 * 1024 * 1024
"""Of what a file says, or of a picture, that is kept to be told to a model: about a million tokens
of text, which few models read."""
_NAMED = re.compile(r'filename="([^"\r\n]*)"|filename=([^\s;"]+)', re.IGNORECASE)
_FIELD = re.compile(r'form-data;.{0,200}?\bname="?([^";\r\n]+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    """A file in an upload."""

    name: str = field(repr=False)
    """As the person calls it; empty where the upload does not say."""
    media_type: str
    size_bytes: int
    sha256: str
    purpose: str
    """What the upload says it is for."""
    told: Media | None = field(repr=False)
    """What a model is told: a picture, or the text in it; None if a part of it has no form."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is known by a name."""

    id: str
    """By which prompts refer to it."""
    file: File
    at: int
    """When it was uploaded, in seconds since 1970."""
    root: str
    """The URL that its path begins with: `https://host/v1beta`."""


@dataclass(frozen=True, slots=True)
class Form:
    """How an API tells of files."""

    new_id: Callable[[str], str]
    """An id of the kind it gives, from random letters and digits, 24 or more of them."""
    tell: Callable[[Stored], Json]
    wrap: str = ""
    """The member that an upload's answer has it in."""
    deleted: Mapping[str, Json] = field(default_factory=dict)
    """What it says of one that was deleted, besides its id."""
    headers: tuple[tuple[str, str], ...] = ()
    """Of an upload's answer."""

    def uploaded(self, stored: Stored) -> Answer:
        """The answer to its upload."""
        told = self.tell(stored)
        body: Json = {self.wrap: told} if self.wrap else told
        return Answer(200, "application/json", dump(body), self.headers)

    def answer(self, method: str, stored: Stored) -> Answer | None:
        """The answer to a question about it; None for what only a file at the service can do."""
        match method:
            case "GET":
                return Answer(200, "application/json", dump(self.tell(stored)))
            case "DELETE":
                named = {"id": stored.id} if self.deleted else {}
                return Answer(200, "application/json", dump({**named, **self.deleted}))
            case _:
                return None


def form(dialect: str, request: Request) -> Form | None:
    """How the API of `dialect` tells of what `request` uploads; None if that is no file of it."""
    found = FORMS.get(dialect)
    path, _, query = request.target.partition("?")
    is_named = path.endswith("/files") or (path.startswith("/upload/") and "upload_id=" in query)
    return found if found is not None and request.method in ("POST", "PUT") and is_named else None


def asked(target: str) -> str:
    """The name of the file that a path is about, as prompts refer to it; empty if about none."""
    path = target.partition("?")[0]
    if (found := re.search(r"/(v1(?:beta|alpha)\w*)/(files/[\w-]+)$", path)) is not None:
        return found[2]
    return found[1] if (found := re.search(r"/files/([\w-]+)(?:/content)?$", path)) else ""


def read(request: Request) -> File | None:
    """The one file that an upload brings; None if it is not one. Raises ParseError."""
    if (parts := _parts(request)) is None:
        return file_of("", "", request.body, "")
    if essence(request.content_type) == "multipart/related":  # what it is, and the file
        return file_of("", parts[1].content_type, parts[1].content, "") if len(parts) == 2 else None
    files = [part for part in parts if _NAMED.search(part.headers)]
    if len(files) != 1:
        return None
    named = _NAMED.search(files[0].headers)
    name = (named[1] or named[2] or "") if named else ""
    fields = {found[1]: p.content for p in parts if (found := _FIELD.search(p.headers))}
    purpose = fields.get("purpose", b"").decode("utf-8", "replace")
    return file_of(name, files[0].content_type, files[0].content, purpose)


def piece(request: Request) -> bytes:
    """The bytes that an upload of one piece brings. Raises ParseError."""
    parts = _parts(request)
    if parts is None:
        return request.body
    return b"".join(part.content for part in parts if _NAMED.search(part.headers))


def _parts(request: Request) -> list[multipart.Part] | None:
    mark = multipart.boundary(request.content_type)
    if not essence(request.content_type).startswith("multipart/") or not mark:
        return None
    return [multipart.part(raw) for raw in multipart.split(request.body, mark)[2:-1:2]]


def file_of(name: str, content_type: str, data: bytes, purpose: str) -> File:
    """The file of that name and type, as far as these are known, that `data` is."""
    kind = essence(content_type)
    if kind in ("", media.UNKNOWN):
        kind = media.type_of_file(name, data)
    return File(name, kind, len(data), sha256(data).hexdigest(), purpose, _told(kind, data))


def _told(kind: str, data: bytes) -> Media | None:
    if media.kind(kind) == "image":
        return _as_url("image", kind, data)
    found = documents.read(data) or documents.plain(data)
    if found.unread or media.kind(kind) != "file":
        return None
    return _as_url("file", "text/plain", found.told.encode("utf-8", "replace"))


def _as_url(kind: str, media_type: str, data: bytes) -> Media | None:
    if len(data) > MOST_BYTES:
        return None
    return Media(kind, media_type, f"data:{media_type};base64,{b64encode(data).decode()}")


# ── in a conversation ─────────────────────────────────────────────────────────────────────────


def named(chat: Chat) -> tuple[str, ...]:
    """The names in `chat` that stand for files, each once."""
    parts = (part for turn in chat.turns for part in turn.parts if isinstance(part, Media))
    return tuple(dict.fromkeys(part.known_as for part in parts if part.known_as))


def told(chat: Chat, files: Mapping[str, tuple[str, Media]]) -> Chat:
    """`chat` with what its files say; `files`: by name, what a person calls one, and the file.

    Raises CannotExpress for a name that is not among them.
    """

    def parts(part: Part) -> tuple[Part, ...]:
        if not isinstance(part, Media) or not part.known_as:
            return (part,)
        if part.known_as not in files:
            raise CannotExpress("a file is kept at the service, out of another model's reach")
        title, file = files[part.known_as]
        return (f"{title}:", file) if title else (file,)

    turns = (
        replace(t, parts=tuple(p for part in t.parts for p in parts(part))) for t in chat.turns
    )
    return replace(chat, turns=tuple(turns))


# ── by API ────────────────────────────────────────────────────────────────────────────────────


def moment(seconds: int) -> str:
    """A time since 1970 as APIs write it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _openai(stored: Stored) -> Json:
    return {
        "object": "file",
        "id": stored.id,
        "purpose": stored.file.purpose or "user_data",
        "filename": stored.file.name,
        "bytes": stored.file.size_bytes,
        "created_at": stored.at,
        "expires_at": None,
        "status": "processed",
        "status_details": None,
    }


def _anthropic(stored: Stored) -> Json:
    return {
        "type": "file",
        "id": stored.id,
        "size_bytes": stored.file.size_bytes,
        "created_at": moment(stored.at),
        "filename": stored.file.name,
        "mime_type": stored.file.media_type,
        "downloadable": False,
    }


def _gemini(stored: Stored) -> Json:
    at = moment(stored.at)
    return {
        "name": stored.id,
        "displayName": stored.file.name,
        "mimeType": stored.file.media_type,
        "sizeBytes": str(stored.file.size_bytes),
        "createTime": at,
        "updateTime": at,
        "expirationTime": moment(stored.at + 48 * 3600),
        "sha256Hash": b64encode(stored.file.sha256.encode()).decode(),
        "uri": f"{stored.root}/{stored.id}",
        "state": "ACTIVE",
        "source": "UPLOADED",
    }


def _mistral(stored: Stored) -> Json:
    return {
        "id": stored.id,
        "object": "file",
        "bytes": stored.file.size_bytes,
        "created_at": stored.at,
        "filename": stored.file.name,
        "purpose": stored.file.purpose or "ocr",
        "sample_type": "ocr_input",
        "source": "upload",
        "mimetype": stored.file.media_type,
        "deleted": False,
    }


def as_uuid(letters: str) -> str:
    """A name in the form of a UUID, from 16 or more random letters."""
    return str(UUID(bytes=letters.encode()[:16], version=4))


FORMS: Mapping[str, Form] = {
    "openai_api": Form(
        lambda letters: f"file-{letters[:22]}", _openai, deleted={"object": "file", "deleted": True}
    ),
    "anthropic_api": Form(
        lambda letters: f"file_01{letters[:22]}", _anthropic, deleted={"type": "file_deleted"}
    ),
    "google_api": Form(
        lambda letters: f"files/{letters[:12].lower()}",
        _gemini,
        wrap="file",
        headers=(("x-goog-upload-status", "final"),),
    ),
    "mistral_api": Form(as_uuid, _mistral, deleted={"object": "file", "deleted": True}),
}
