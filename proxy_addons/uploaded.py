"""What a look at a request says of what it uploads."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import replace

from proxy_addons.chats.files import Uploading
from proxy_addons.chats.pieces import Piece, ends
from proxy_addons.dialects import handles, page_files, uploads
from proxy_addons.dialects.base import Request
from proxy_addons.dialects.upload_steps import Begun, Extent, Step, way


def piece(request: Request, extent: Extent) -> Piece | None:
    """The ends of what is uploaded, if it is one piece of several. Raises ParseError."""
    sent = handles.upload(request)
    is_whole = extent.is_whole and not (sent is not None and sent.is_part)
    if sent is None or not sent.brings or not sent.names or is_whole or extent.is_start:
        return None
    return ends(sent.names[-1], uploads.piece(request))


def with_file(
    upload: Uploading,
    request: Request,
    service: str,
    dialect: str,
    extent: Extent,
    rest: tuple[Begun, Sequence[str]] | None,
) -> Uploading:
    """With the file that prompts may name later, or what a request brings of it.

    `rest`: what the upload said as it began, and all pieces before, in base64; None where these
    are not known. Raises ParseError.
    """
    found = way(service, dialect)
    step = found.step(request, extent) if found is not None else None
    if step is None:
        form = uploads.form(dialect, request) or page_files.form(service, request)
        if form is None or not upload.brings or not extent.is_whole:
            return upload
        return replace(upload, file=uploads.read(request))
    if not step.is_last:
        return replace(upload, step=step)
    begun, before = rest or (Begun(), () if step.is_whole else None)
    upload = replace(upload, step=replace(step, data=b""))
    if before is None:
        return upload
    data = _joined(before, step)
    return replace(upload, file=uploads.file_of(begun.name, begun.media_type, data, begun.purpose))


def whole(
    request: Request, service: str, dialect: str, extent: Extent, before: Sequence[str]
) -> bytes:
    """The file that is complete with a request; `before`: see `with_file`. Raises ParseError."""
    found = way(service, dialect)
    step = found.step(request, extent) if found is not None else None
    return _joined(before, step) if step is not None else b""


def _joined(before: Sequence[str], step: Step) -> bytes:
    return b"".join(map(b64decode, before)) + step.data


def needs_rest(step: Step | None) -> bool:
    """Whether other requests brought a part of the file that is complete with this one."""
    return step is not None and step.is_last and not step.is_whole
