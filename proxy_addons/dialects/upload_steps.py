"""Uploads that take several requests: what each of them does, and what its service answers.

Where one holds what must not leave, the upload stays here from that request on: each piece gets the
answer of its service, and what all of them are together is kept like a file that came at once.

Source: `openai` 3.57 (`Upload`, `UploadPart`) and `google-genai` 3.4, read 2026-11-29; Gemini's
resumable uploads, ai.google.dev/api/files; captures of ChatGPT's page, read 2026-11-21 and
2026-11-29; Azure's Put Blob, learn.microsoft.com/rest/api/storageservices/put-blob.
Misses: pieces that are ranges (`Content-Range`) or blocks of a blob.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import parse_qs, unquote_plus

from penstock.errors import CannotExpress
from proxy_addons.dialects import uploads
from proxy_addons.dialects.base import Answer, Json, Request
from proxy_addons.dialects.bodies import essence
from proxy_addons.dialects.json_text import dump, select
from proxy_addons.dialects.media import UNKNOWN
from proxy_addons.dialects.uploads import File, Stored

_JSON = "application/json"
_ELSEWHERE = "a page puts the file at another host, which a browser asks first whether it may"


@dataclass(frozen=True, slots=True)
class Extent:
    """Which part of a file a request holds, as its headers say."""

    starts: int = 0
    """Byte of the file that it begins with."""
    is_last: bool = True
    is_known: bool = True
    """Whether they say it in a way that is read here."""
    is_start: bool = False
    """Whether it holds nothing of it yet, and only says that it will come."""

    @property
    def is_whole(self) -> bool:
        """Whether it holds all of the file."""
        return self.is_known and self.is_last and self.starts == 0 and not self.is_start


WHOLE = Extent()


@dataclass(frozen=True, slots=True)
class Begun:
    """What an upload says of its file as it begins."""

    name: str = field(default="", repr=False)
    media_type: str = ""
    purpose: str = ""
    size_bytes: int = 0
    id: str = ""
    """By which prompts refer to the file, where the service says so at once."""

    def of(self, file: File) -> File:
        """`file` with what is said of it here, where it says nothing itself."""
        kind = self.media_type if file.media_type in ("", UNKNOWN) else ""
        return replace(
            file,
            name=file.name or self.name,
            media_type=kind or file.media_type,
            purpose=file.purpose or self.purpose,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What one request does in an upload."""

    upload: str = field(default="", repr=False)
    """The name that its requests go by; empty for the one that begins it."""
    begun: Begun | None = None
    """For the one that begins it."""
    data: bytes = field(default=b"", repr=False)
    """The piece that it brings."""
    starts: int | None = 0
    """Byte of the file that the piece begins with; None: after all that came before."""
    order: tuple[str, ...] | None = field(default=None, repr=False)
    """For the one that ends it: the names of the pieces, the first one first."""
    is_last: bool = False
    """Whether the file is complete with it."""

    @property
    def is_whole(self) -> bool:
        """Whether it is all that the file takes."""
        return self.is_last and self.order is None and self.starts == 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when something is kept."""

    letters: str
    """At random, for a new name; 32 letters and digits."""
    host: str
    target: str
    at: int
    """In seconds since 1970."""

    @property
    def root(self) -> str:
        """The URL that paths of files begin with: `https://host/v1beta`."""
        path = self.target.partition("?")[0]
        return f"https://{self.host}{re.split('/files|/uploads', path)[0].removeprefix('/upload')}"


class Way(Protocol):
    """How one service takes files in several requests."""

    def step(self, request: Request, extent: Extent) -> Step | None:
        """What `request` does; None if it is none of these."""
        ...

    def begin(self, place: Place, begun: Begun) -> tuple[tuple[str, ...], Answer]:
        """The answer to the first request, and the names by which the others refer to it."""
        ...

    def bring(self, place: Place, step: Step) -> tuple[tuple[str, ...], Answer]:
        """The answer to a piece that is not the last, and the names that it gives to it."""
        ...

    def end(self, place: Place, step: Step, file: File, begun: Begun) -> tuple[Stored, Answer]:
        """The file that it becomes, and the answer to the last request. Raises CannotExpress."""
        ...


class _OpenAI:
    _PATH = re.compile(r"/uploads(?:/([^/]+)/(parts|complete))?$")

    def step(self, request: Request, extent: Extent) -> Step | None:
        found = self._PATH.search(request.target.partition("?")[0])
        if found is None or request.method != "POST":
            return None
        match found[2]:
            case "parts":
                return Step(found[1], data=uploads.piece(request))
            case "complete":
                order = [v for _, v in select(_document(request), "/part_ids/*")]
                return Step(found[1], order=tuple(map(str, order)), is_last=True)
            case _:
                told = _document(request)
                name, kind, purpose = (
                    _text(told, f"/{n}") for n in ("filename", "mime_type", "purpose")
                )
                return Step(begun=Begun(name, kind, purpose, _number(told, "/bytes")))

    def begin(self, place: Place, begun: Begun) -> tuple[tuple[str, ...], Answer]:
        name = f"upload_{place.letters}"
        return (name,), Answer(200, _JSON, dump(_upload(name, place, begun, "pending")))

    def bring(self, place: Place, step: Step) -> tuple[tuple[str, ...], Answer]:
        name = f"part_{place.letters}"
        told: Json = {
            "id": name,
            "object": "upload.part",
            "created_at": place.at,
            "upload_id": step.upload,
        }
        return (name,), Answer(200, _JSON, dump(told))

    def end(self, place: Place, step: Step, file: File, begun: Begun) -> tuple[Stored, Answer]:
        form = uploads.FORMS["openai_api"]
        stored = Stored(form.new_id(place.letters), file, place.at, place.root)
        about = Begun(file.name, file.media_type, file.purpose, file.size_bytes)
        told = _upload(step.upload, place, about, "completed") | {"file": form.tell(stored)}
        return stored, Answer(200, _JSON, dump(told))


def _upload(name: str, place: Place, begun: Begun, status: str) -> dict[str, Json]:
    return {
        "id": name,
        "object": "upload",
        "bytes": begun.size_bytes,
        "created_at": place.at,
        "expires_at": place.at + 3600,
        "filename": begun.name,
        "purpose": begun.purpose or "user_data",
        "status": status,
    }


class _Gemini:
    _PATH = re.compile(r"/upload/[^/]+/files$")

    def step(self, request: Request, extent: Extent) -> Step | None:
        path, _, query = request.target.partition("?")
        if not self._PATH.search(path) or request.method not in ("POST", "PUT"):
            return None
        if session := parse_qs(query).get("upload_id"):
            return _chunk(session[0], request, extent)
        if essence(request.content_type) != _JSON:
            return None
        told = _document(request)
        name = _text(told, "/file/displayName") or _text(told, "/file/display_name")
        kind = _text(told, "/file/mimeType") or _text(told, "/file/mime_type")
        return Step(begun=Begun(name, kind))

    def begin(self, place: Place, begun: Begun) -> tuple[tuple[str, ...], Answer]:
        path = place.target.partition("?")[0]
        url = f"https://{place.host}{path}?upload_id={place.letters}&upload_protocol=resumable"
        return (place.letters,), _continue(("x-goog-upload-url", url))

    def bring(self, place: Place, step: Step) -> tuple[tuple[str, ...], Answer]:
        return (), _continue()

    def end(self, place: Place, step: Step, file: File, begun: Begun) -> tuple[Stored, Answer]:
        form = uploads.FORMS["google_api"]
        stored = Stored(form.new_id(place.letters), file, place.at, place.root)
        return stored, form.uploaded(stored)


def _chunk(session: str, request: Request, extent: Extent) -> Step | None:
    if not extent.is_known or not (request.body or extent.is_last):
        return None
    if not request.body:  # it may not say how much there was
        return Step(session, starts=extent.starts or None, is_last=True)
    return Step(session, data=request.body, starts=extent.starts, is_last=extent.is_last)


def _continue(*headers: tuple[str, str]) -> Answer:
    return Answer(
        200, "text/plain; charset=utf-8", b"", (("x-goog-upload-status", "active"), *headers)
    )


class _GeminiPage:
    _PATH = re.compile(r"/upload/?$")
    _NAME = re.compile(r"File name\s*[:=]\s*(.*?)=?$", re.DOTALL)

    def step(self, request: Request, extent: Extent) -> Step | None:
        path, _, query = request.target.partition("?")
        if not self._PATH.fullmatch(path) or request.method not in ("POST", "PUT"):
            return None
        if session := parse_qs(query).get("upload_id"):
            return _chunk(session[0], request, extent)
        if essence(request.content_type).startswith("multipart/"):
            return None
        named = self._NAME.match(unquote_plus(request.body.decode("utf-8", "replace")))
        return Step(begun=Begun(named[1].strip() if named else ""))

    def begin(self, place: Place, begun: Begun) -> tuple[tuple[str, ...], Answer]:
        raise CannotExpress(_ELSEWHERE)

    def bring(self, place: Place, step: Step) -> tuple[tuple[str, ...], Answer]:
        return (), _continue()

    def end(self, place: Place, step: Step, file: File, begun: Begun) -> tuple[Stored, Answer]:
        stored = Stored(f"/contrib_service/ttl_1d/{place.letters}", file, place.at, place.root)
        headers = (("x-goog-upload-status", "final"),)
        return stored, Answer(200, "text/plain", stored.id.encode(), headers)


class _ChatGPT:
    _SIGNED = re.compile(r"(?:^|&)sig=")
    _BLOCKS = re.compile(r"(?:^|&)comp=")

    def step(self, request: Request, extent: Extent) -> Step | None:
        path, _, query = request.target.partition("?")
        if request.method == "PUT" and self._SIGNED.search(query):
            if self._BLOCKS.search(query) or not extent.is_whole:
                return None
            return Step(path, data=request.body, is_last=True)
        if request.method != "POST" or path != "/backend-api/files":
            return None
        told = _document(request)
        name, kind, purpose = (_text(told, f"/{n}") for n in ("file_name", "mime_type", "use_case"))
        return Step(begun=Begun(name, kind, purpose, _number(told, "/file_size")))

    def begin(self, place: Place, begun: Begun) -> tuple[tuple[str, ...], Answer]:
        raise CannotExpress(_ELSEWHERE)

    def bring(self, place: Place, step: Step) -> tuple[tuple[str, ...], Answer]:
        raise CannotExpress("a piece of a blob")

    def end(self, place: Place, step: Step, file: File, begun: Begun) -> tuple[Stored, Answer]:
        if not begun.id:
            raise CannotExpress("a file that nobody saw begin")
        stored = Stored(begun.id, file, place.at, place.root)
        return stored, Answer(201, "application/octet-stream", b"")


def _document(request: Request) -> Json:
    try:
        found: Json = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return found


def _text(document: Json, pointer: str) -> str:
    return next((v for _, v in select(document, pointer) if isinstance(v, str)), "")


def _number(document: Json, pointer: str) -> int:
    return next((v for _, v in select(document, pointer) if isinstance(v, int)), 0)


WAYS: Mapping[str, Way] = {
    "openai_api": _OpenAI(),
    "google_api": _Gemini(),
    "chatgpt": _ChatGPT(),
    "gemini": _GeminiPage(),
}


def way(service: str, dialect: str) -> Way | None:
    """How `service` takes files in several requests, at an endpoint that `dialect` reads."""
    return WAYS.get(dialect) or WAYS.get(service)
