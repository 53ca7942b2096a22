"""Uploads of several requests that stay inside, through the real proxy, by the vendors' SDKs."""

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from google import genai
from google.genai import _api_client, types

from proxy_addons.chats.known import STAYS_INSIDE
from proxy_addons.chats.shelf import FileShelf
from tests.proxy_addons.chats.models import Model
from tests.proxy_addons.chats.test_files import service
from tests.proxy_addons.chats.test_kept_files import (
    QUESTION,
    ROOT,
    SECRET,
    catalogue,
    heard,
    run,
    sdk,
)
from tests.proxy_addons.lab import Lab, Looks, Start, policy
from tests.proxy_addons.wire import Reply

FIRST, LAST = b"Minutes of Monday. ", b" That is all."
WHOLE = FIRST + SECRET + LAST


async def ask_openai(lab: Lab, id: str) -> None:
    content: Any = [
        {"type": "file", "file": {"file_id": id}},
        {"type": "text", "text": QUESTION},
    ]
    said: Any = [{"role": "user", "content": content}]
    await sdk(lab).chat.completions.create(model="m", messages=said)


def numbered(method: str, path: str, body: bytes) -> Reply:
    """Answers of a service that gives every part a name of its own."""
    if path.endswith("/parts"):
        name = sha256(body.partition(b"\r\n\r\n")[2]).hexdigest()
        return Reply((f'{{"id": "part_{name}", "upload_id": "upload_1"}}'.encode(),))
    return service(method, path, body)


async def by_openai(lab: Lab, filename: str = "minutes.txt") -> None:
    lab.upstream.reply = numbered
    uploads = sdk(lab).uploads
    begun = await uploads.create(
        bytes=len(WHOLE), filename=filename, mime_type="text/plain", purpose="user_data"
    )
    assert begun.object == "upload"
    parts = [(await uploads.parts.create(begun.id, data=data)).id for data in (LAST, SECRET, FIRST)]
    done = await uploads.complete(begun.id, part_ids=parts[::-1])
    assert (done.status, done.id) == ("completed", begun.id)
    assert done.file is not None
    assert (done.file.filename, done.file.bytes) == (filename, len(WHOLE))
    await ask_openai(lab, done.file.id)


def gemini(method: str, path: str, body: bytes) -> Reply:
    """Answers of a service that takes any piece."""
    if "upload_id" in path:
        return Reply((), (("x-goog-upload-status", "active"), ("content-length", "0")))
    url = f"{ROOT}/upload/v1beta/files?upload_id=u1"
    return Reply((), (("x-goog-upload-url", url), ("content-length", "0")))


async def by_gemini(lab: Lab, filename: str = "minutes.txt") -> None:
    lab.upstream.reply = gemini
    options = types.HttpOptions(base_url=ROOT, api_version="v1beta", httpx_async_client=lab.http())
    api = genai.Client(api_key="k", http_options=options).aio
    config = types.UploadFileConfig(mime_type="text/plain", display_name=filename)
    file = await api.files.upload(file=BytesIO(WHOLE), config=config)
    assert (file.state, file.display_name) == (types.FileState.ACTIVE, filename)
    assert (file.size_bytes, file.mime_type) == (len(WHOLE), "text/plain")
    await api.models.generate_content(model="m", contents=[file, QUESTION])


async def by_gemini_without_a_last_piece(
    lab: Lab, filename: str = "minutes.txt", says_where: bool = True
) -> httpx.Response:
    """What puts it on its way; the answer that ends it."""
    lab.upstream.reply = gemini
    http = lab.http()

    async def send(url: str, command: str, content: bytes, at: int = 0) -> httpx.Response:
        head = {"x-goog-upload-command": command, "content-type": "application/json"}
        if says_where or command != "finalize":
            head["x-goog-upload-offset"] = str(at)
        return await http.post(url, content=content, headers=head)

    about = json.dumps({"file": {"displayName": filename}}).encode()
    begun = await send(f"{ROOT}/upload/v1beta/files", "start", about)
    url, at = begun.headers["x-goog-upload-url"], 0
    for data in (FIRST, SECRET, LAST):
        await send(url, "upload", data, at)
        at += len(data)
    return await send(url, "finalize", b"", at)


@pytest.fixture
def chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Google's SDK cuts a file where these tests want it."""
    assert len(FIRST) == 19
    monkeypatch.setattr(_api_client, "CHUNK_SIZE", 19)


WAYS = [("openai_api", by_openai), ("google_api", by_gemini)]


@pytest.mark.parametrize(("api", "use"), WAYS)
@pytest.mark.usefixtures("chunks")
async def test_an_upload_of_which_a_piece_must_not_leave_is_kept_and_told_as_one_file(
    start: Start, model: Model, api: str, use: Callable[..., Awaitable[None]]
) -> None:
    lab = await run(start, model, api)
    await use(lab)
    assert f"minutes.txt:\n\n{WHOLE.decode()}" in heard(model)
    assert QUESTION in heard(model)
    left = b"".join(lab.upstream.bodies)
    assert b"SECRET" not in left
    assert (FIRST in left) != (LAST in left)  # the piece before it has left, none after it
    assert {v.rules for v in lab.notebook.violations} == {("secrets",), (STAYS_INSIDE,)}


@pytest.mark.parametrize(("api", "use"), WAYS)
@pytest.mark.usefixtures("chunks")
async def test_an_upload_whose_name_must_not_leave_is_kept_from_its_beginning(
    start: Start, model: Model, api: str, use: Callable[..., Awaitable[None]]
) -> None:
    lab = await run(start, model, api)
    await use(lab, "SECRET-7.txt")
    assert f"SECRET-7.txt:\n\n{WHOLE.decode()}" in heard(model)
    assert lab.upstream.bodies == []


@pytest.mark.parametrize(("api", "use"), WAYS)
@pytest.mark.usefixtures("chunks")
async def test_a_value_across_two_pieces_keeps_the_upload_here(
    start: Start,
    model: Model,
    api: str,
    use: Callable[..., Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = "tests.proxy_addons.chats.test_upload_steps"
    first, middle, last = b"The password is SEC", b"RET-42 for all now.", b" That is all."
    for name, value in (("FIRST", first), ("SECRET", middle), ("LAST", last)):
        monkeypatch.setattr(f"{here}.{name}", value)
    monkeypatch.setattr(f"{here}.WHOLE", first + middle + last)
    lab = await run(start, model, api)
    await use(lab)
    assert (first + middle + last).decode() in heard(model)
    left = b"".join(lab.upstream.bodies)
    assert not (first in left and middle in left)


@pytest.mark.parametrize("api", ["openai_api", "google_api"])
async def test_a_value_that_takes_three_pieces_is_found_when_they_are_put_together(
    start: Start, model: Model, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = "tests.proxy_addons.chats.test_upload_steps"
    pieces = b"The password is SEC", b"RET", b"-42 for all of us."
    for name, value in zip(("FIRST", "SECRET", "LAST"), pieces, strict=True):
        monkeypatch.setattr(f"{here}.{name}", value)
    monkeypatch.setattr(f"{here}.WHOLE", b"".join(pieces))
    lab = await run(start, model, api)
    if api == "openai_api":
        await by_openai(lab)
        assert b"".join(pieces).decode() in heard(model)
    else:
        ended = await by_gemini_without_a_last_piece(lab, says_where=True)
        assert ended.headers["penstock-action"] == "redirect"
    assert len(lab.upstream.bodies) == 4  # it began, and three pieces; it never ends there
    kept = lab.notebook.violations[0]
    assert (kept.rules, [f.count for f in kept.findings]) == (("secrets",), [1])


@pytest.mark.parametrize("api", ["openai_api", "google_api"])
async def test_what_was_found_in_a_piece_is_not_found_again_in_the_whole(
    start: Start, model: Model, api: str
) -> None:
    lab = await run(start, model, api)
    if api == "openai_api":
        await by_openai(lab)
    else:
        await by_gemini_without_a_last_piece(lab, says_where=True)
    found = [f.count for v in lab.notebook.violations for f in v.findings]
    assert found == [1]


@pytest.mark.parametrize("says_where", [True, False])
async def test_an_upload_that_ends_without_a_piece_is_answered_here(
    start: Start, model: Model, says_where: bool
) -> None:
    lab = await run(start, model, "google_api")
    ended = await by_gemini_without_a_last_piece(lab, says_where=says_where)
    assert ended.headers["x-goog-upload-status"] == "final"
    file = ended.json()["file"]
    assert int(file["sizeBytes"]) == len(WHOLE)
    asked: Any = [{"fileData": {"fileUri": file["uri"]}}, {"text": QUESTION}]
    url = f"{ROOT}/v1beta/models/m:generateContent"
    await lab.http().post(url, json={"contents": [{"role": "user", "parts": asked}]})
    assert f"minutes.txt:\n\n{WHOLE.decode()}" in heard(model)
    assert len(lab.upstream.bodies) == 2  # it began, and the first piece


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (LAST, {"content-range": "bytes 53-65/66"}),
        (b"", {"x-goog-upload-command": "query"}),
        (b"", {"x-goog-upload-command": "cancel"}),
    ],
)
async def test_what_cannot_be_answered_here_of_an_upload_that_stayed_here_goes_nowhere(
    start: Start, model: Model, body: bytes, head: dict[str, str]
) -> None:
    lab = await run(start, model, "google_api")
    url = f"{ROOT}/upload/v1beta/files?upload_id=u1"
    for command, status in (({"x-goog-upload-command": "upload"}, 200), (head, 400)):
        content = SECRET if status == 200 else body
        answer = await lab.http().post(url, content=content, headers=command)
        assert answer.status_code == status
        assert "penstock-action" in answer.headers
    assert lab.upstream.bodies == []


@pytest.mark.parametrize("most", [len(FIRST + SECRET), len(WHOLE) - 1])
async def test_an_upload_that_is_too_large_is_not_told_without_its_end(
    start: Start, model: Model, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("proxy_addons.chats.parts.MOST_BYTES", most)
    lab = await run(start, model, "google_api")
    ended = await by_gemini_without_a_last_piece(lab, says_where=False)
    assert ended.status_code == 400
    assert len(lab.upstream.bodies) == 2


async def test_an_upload_that_is_at_its_service_is_told_when_a_prompt_that_names_it_stays_inside(
    start: Start, model: Model
) -> None:
    lab = await run(start, model)
    lab.upstream.reply = numbered
    uploads = sdk(lab).uploads
    begun = await uploads.create(
        bytes=len(FIRST + LAST), filename="menu.txt", mime_type="text/plain", purpose="user_data"
    )
    ids = [(await uploads.parts.create(begun.id, data=data)).id for data in (FIRST, LAST)]
    done = await uploads.complete(begun.id, part_ids=ids)
    assert done.file is not None
    assert len(lab.upstream.bodies) == 4
    content: Any = [{"type": "file", "file": {"file_id": done.file.id}}]
    content += [{"type": "text", "text": "The password is SECRET-1."}]
    await sdk(lab).chat.completions.create(
        model="m", messages=[{"role": "user", "content": content}]
    )
    assert f"menu.txt:\n\n{(FIRST + LAST).decode()}" in heard(model)


@pytest.mark.parametrize("parts", [["part_of_nobody"], []])
async def test_an_upload_that_cannot_be_put_together_is_refused(
    start: Start, model: Model, parts: list[str]
) -> None:
    lab = await run(start, model)
    uploads = sdk(lab).uploads
    begun = await uploads.create(
        bytes=9, filename="minutes.txt", mime_type="text/plain", purpose="user_data"
    )
    part = await uploads.parts.create(begun.id, data=SECRET)
    with pytest.raises(openai.BadRequestError):
        await uploads.complete(begun.id, part_ids=[*parts, *([part.id] if parts else [])])
    assert b"SECRET" not in b"".join(lab.upstream.bodies)


async def test_every_process_may_get_a_piece(start: Start, model: Model, tmp_path: Path) -> None:
    rules = policy("redirect", to="inside")
    one, other = [
        await start(
            rules,
            models=model.settings,
            catalogue=catalogue("openai_api"),
            inspector=Looks(rules),
            shelf=FileShelf(tmp_path / "chats.sqlite"),
        )
        for _ in range(2)
    ]
    one.upstream.reply = other.upstream.reply = numbered
    about: Any = {"filename": "minutes.txt", "mime_type": "text/plain", "purpose": "user_data"}
    begun = await sdk(one).uploads.create(bytes=len(WHOLE), **about)
    sent = ((other, FIRST), (one, SECRET), (other, LAST))
    parts = [(await sdk(lab).uploads.parts.create(begun.id, data=d)).id for lab, d in sent]
    done = await sdk(one).uploads.complete(begun.id, part_ids=parts)
    assert done.file is not None
    await ask_openai(other, done.file.id)
    assert f"minutes.txt:\n\n{WHOLE.decode()}" in heard(model)
    assert LAST not in b"".join(one.upstream.bodies + other.upstream.bodies)
    assert SECRET not in (tmp_path / "chats.sqlite").read_bytes()


async def test_what_is_put_together_has_the_time_of_a_file_of_that_size(
    start: Start, model: Model
) -> None:
    looks = Looks(policy("redirect", to="inside"))
    lab = await start(
        looks.policy, models=model.settings, catalogue=catalogue("openai_api"), inspector=looks
    )
    await by_openai(lab)
    [ended] = [job for job in looks.jobs if job.rest is not None]
    assert ended.size_bytes > len(ended.body) + len(WHOLE)


async def test_a_blob_in_blocks_is_compared_piece_by_piece(start: Start, model: Model) -> None:
    lab = await run(start, model, then="block")
    url = f"{ROOT}/place/1?sig=abc&comp=block&blockid="
    answers: list[httpx.Response] = [
        await lab.http().put(f"{url}{i}", content=data)
        for i, data in enumerate((b"The password is SEC", b"RET-42"))
    ]
    assert [a.status_code for a in answers] == [200, 400]
