"""Files as chat pages upload them and are told of them; see `uploads` for APIs.

Source: public clients of the pages and captures of their traffic, read 2026-11-21 and 2026-11-29;
undocumented. ChatGPT and Gemini upload in several requests: see `upload_steps`.
Misses: Claude's `/upload` and `/convert_document`, whose answers are in no capture; the pages of
other services.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from proxy_addons.dialects import media
from proxy_addons.dialects.base import Answer, Json, Request
from proxy_addons.dialects.json_text import dump
from proxy_addons.dialects.page import string
from proxy_addons.dialects.uploads import Form, Stored, as_uuid, moment

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Aside:
    """How one page asks for files that it uploaded."""

    asks: Callable[[Request], tuple[str, ...]]
    """The names of the files that a call is about; none for all other calls."""
    told: Callable[[Request, Sequence[Stored]], Answer]
    """What is said of these files, in their order."""


def form(service: str, request: Request) -> Form | None:
    """How the page of `service` is told of the file in `request`; None if that brings none."""
    path, found = FORMS.get(service, (None, None))
    target = request.target.partition("?")[0]
    is_file = path is not None and request.method == "POST" and path.fullmatch(target)
    return found if is_file else None


# ── ChatGPT ───────────────────────────────────────────────────────────────────────────────────

_UPLOADED = re.compile(r"/backend-api/files/([^/]+)/uploaded")
_PROCESSED = "/backend-api/files/process_upload_stream"


def _chatgpt_asks(request: Request) -> tuple[str, ...]:
    path = request.target.partition("?")[0]
    if request.method == "POST" and (found := _UPLOADED.fullmatch(path)):
        return (found[1],)
    if request.method == "POST" and path == _PROCESSED:
        return tuple(filter(None, (string(_document(request), "/file_id"),)))
    return ()


def _chatgpt_told(request: Request, files: Sequence[Stored]) -> Answer:
    """A picture is shown from where its address leads."""
    [stored] = files
    if not request.target.startswith(_PROCESSED):
        shown = stored.file.told
        url = shown.url if shown is not None and shown.kind == "image" else ""
        told: Json = {"status": "success", "file_id": stored.id, "download_url": url}
        return Answer(200, _JSON, dump(told))
    events = (("started", 0), ("file_ready", 100), ("completed", 100))
    lines: list[Json] = [
        {
            "file_id": stored.id,
            "event": f"file.processing.{event}",
            "message": "",
            "progress": progress,
            "extra": None,
        }
        for event, progress in events
    ]
    return Answer(200, "text/event-stream; charset=utf-8", b"".join(dump(o) + b"\n" for o in lines))


# ── Claude ────────────────────────────────────────────────────────────────────────────────────


def _claude(stored: Stored) -> Json:
    file = stored.file
    is_image = media.kind(file.media_type) == "image"
    return {
        "success": True,
        "path": f"/mnt/user-data/uploads/{file.name}",
        "sanitized_name": file.name,
        "file_kind": "image" if is_image else "blob",
        "file_uuid": stored.id,
        "uuid": stored.id,
        "file_name": file.name,
        "size_bytes": file.size_bytes,
        "created_at": moment(stored.at),
    }


# ── DeepSeek ──────────────────────────────────────────────────────────────────────────────────

_FETCHED = "/api/v0/file/fetch_files"


def _deepseek(stored: Stored) -> Json:
    file = stored.file
    is_image = media.kind(file.media_type) == "image"
    return {
        "id": stored.id,
        "status": "SUCCESS",
        "file_name": file.name,
        "from_share": False,
        "file_size": file.size_bytes,
        "model_kind": "VISION" if is_image else "NORMAL",
        "token_usage": None,
        "error_code": None,
        "inserted_at": stored.at,
        "updated_at": stored.at,
        "is_image": is_image,
        "audit_result": None,
    }


def _in_envelope(told: Json) -> Json:
    return {"code": 0, "msg": "", "data": {"biz_code": 0, "biz_msg": "", "biz_data": told}}


def _deepseek_asks(request: Request) -> tuple[str, ...]:
    path, _, query = request.target.partition("?")
    if request.method != "GET" or path != _FETCHED:
        return ()
    return tuple(name for value in parse_qs(query).get("file_ids", ()) for name in value.split(","))


def _deepseek_told(request: Request, files: Sequence[Stored]) -> Answer:
    told: Json = {"files": [_deepseek(stored) for stored in files]}
    return Answer(200, _JSON, dump(_in_envelope(told)))


# ── Gemini ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _AsText(Form):
    """Of an upload the page is told the name alone."""

    def uploaded(self, stored: Stored) -> Answer:
        return Answer(200, "text/plain", stored.id.encode())


def _document(request: Request) -> Json:
    try:
        found: Json = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return found


FORMS: Mapping[str, tuple[re.Pattern[str], Form]] = {
    "claude": (
        re.compile(r"/api/organizations/[^/]+/conversations/[^/]+/wiggle/upload-file"),
        Form(as_uuid, _claude),
    ),
    "deepseek": (
        re.compile(r"/api/v0/file/upload_file"),
        Form(lambda letters: f"file-{as_uuid(letters)}", lambda s: _in_envelope(_deepseek(s))),
    ),
    "gemini": (
        re.compile(r"/upload/?"),
        _AsText(lambda letters: f"/contrib_service/ttl_1d/{letters}", lambda stored: stored.id),
    ),
}
"""By service: where a file comes in one request."""
ASIDES: Mapping[str, Aside] = {
    "chatgpt": Aside(_chatgpt_asks, _chatgpt_told),
    "deepseek": Aside(_deepseek_asks, _deepseek_told),
}
"""By service."""
