"""Files that are uploaded first and named later, through the real proxy, by the vendors' SDKs."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from io import BytesIO

import httpx
import openai
import pytest
from google import genai
from google.genai import types

from penstock.model import Action, Outcome
from proxy_addons.chats.shelf import Shelf
from proxy_addons.chats.values import Values
from proxy_addons.services import Service, Services
from tests.proxy_addons.lab import HOST, OTHER, Lab, Looks, Start, policy
from tests.proxy_addons.wire import Reply

SECRET = b"the password is SECRET-42"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(200))

CATALOGUE = Services(
    [
        Service(
            service="lab-api",
            name="Lab API",
            category="api",
            hosts=(HOST,),
            endpoints={
                "POST /v1/messages": "anthropic_messages",
                "POST /v1/chat/completions": "openai_chat",
                "POST /v1/responses": "openai_responses",
                "POST /*/models/*:generateContent": "gemini_generate",
                "POST /*/cachedContents": "gemini_generate",
                "POST /upload/*/files": "google_api",
            },
            otherwise="openai_api",
        ),
        Service(service="lab-page", name="Page", category="chat", hosts=(OTHER,)),
    ]
)
CHAT = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}
    ],
}
FILE = {
    "id": "file-1",
    "object": "file",
    "bytes": 1,
    "created_at": 1,
    "filename": "a",
    "purpose": "x",
}
UPLOAD = {"id": "upload_1", "object": "upload", "bytes": 1, "created_at": 1, "filename": "a"}


def service(method: str, path: str, body: bytes) -> Reply:
    """Answers uploads with ids, and everything else with one answer."""
    path = path.partition("?")[0]
    answers = {
        "/v1/files": FILE | {"type": "file", "mime_type": "text/plain", "size_bytes": 1},
        "/v1/uploads": UPLOAD,
        "/v1/uploads/upload_1/parts": {"id": "part_1", "upload_id": "upload_1"},
        "/v1/uploads/upload_1/complete": UPLOAD | {"file": FILE},
        "/v1beta/cachedContents": {"name": "cachedContents/c1"},
        "/page/files": {
            "file_id": "file-page",
            "upload_url": f"https://{OTHER}/place/1?sig=abc",
        },
    }
    return Reply((json.dumps(answers.get(path, CHAT)).encode(),))


async def ask(lab: Lab, *files: str, prompt: str = "") -> httpx.Response:
    """A prompt that refers to files by their ids."""
    content: list[object] = [{"type": "file", "file": {"file_id": id}} for id in files]
    content += [{"type": "text", "text": prompt}] if prompt else []
    return await lab.http().post(
        f"https://{HOST}/v1/chat/completions",
        json={"model": "m", "messages": [{"role": "user", "content": content}]},
    )


def said(answer: httpx.Response) -> str:
    """What the service said, as the person reads it."""
    text: str = answer.json()["choices"][0]["message"]["content"]
    return text


async def put(lab: Lab, data: bytes, name: str = "a.txt") -> str:
    """Uploads a file; its id."""
    sdk = openai.AsyncOpenAI(api_key="k", base_url=f"https://{HOST}/v1", http_client=lab.http())
    return (await sdk.files.create(file=(name, data), purpose="user_data")).id


async def run(
    start: Start, then: str = "warn", shelf: Shelf | None = None, uninspected: str = "block"
) -> tuple[Lab, Looks]:
    """A lab, and what looks into its requests: its policy can be changed."""
    rules = policy(then).model_copy(update={"uninspected": uninspected})
    looks = Looks(rules)
    lab = await start(rules, catalogue=CATALOGUE, shelf=shelf, inspector=looks)
    lab.upstream.reply = service
    return lab, looks


async def test_a_file_without_findings_can_be_referred_to(start: Start) -> None:
    lab, _ = await run(start)
    assert (await ask(lab, await put(lab, b"nothing"))).status_code == 200
    assert lab.notebook.violations == []


@pytest.mark.parametrize("then", ["block", "redact"])
async def test_what_was_found_in_a_file_counts_for_the_prompt_that_refers_to_it(
    start: Start, then: str, shelf: Shelf
) -> None:
    lab, looks = await run(start, "warn", shelf)
    id = await put(lab, SECRET)
    looks.policy = policy(then)
    answer = await ask(lab, id)

    assert answer.status_code == 400
    assert len(lab.upstream.bodies) == 1
    uploaded, referred = lab.notebook.violations
    assert (uploaded.action, uploaded.outcome) == (Action.WARN, Outcome.DISCLOSED)
    assert (referred.action, referred.outcome) == (Action.BLOCK, Outcome.PREVENTED)
    assert [t.fingerprints for t in referred.findings] == [
        t.fingerprints for t in uploaded.findings
    ]
    await ask(lab, id)
    assert len(lab.notebook.violations) == 2  # the same file, resent with the next turn


async def test_a_file_that_has_a_record_gets_no_second_one_for_being_used(start: Start) -> None:
    lab, _ = await run(start, "warn")
    id = await put(lab, SECRET)
    for _ in range(3):
        assert (await ask(lab, id)).headers["penstock-action"] == "warn"

    assert len(lab.notebook.violations) == 1


async def test_what_was_taken_out_of_a_file_comes_back_and_is_nobody_elses(start: Start) -> None:
    lab, looks = await run(start, "redact")
    id = await put(lab, b"write to SECRET-1")
    [placeholder] = re.findall(rb"\[\w+\]", lab.upstream.bodies[-1])

    def answer(_: str, path: str, body: bytes) -> Reply:
        said = b"".join((placeholder, *re.findall(rb"I am (\[\w+\])", body)))
        return Reply((json.dumps(CHAT).replace("ok", said.decode()).encode(),))

    lab.upstream.reply = answer
    assert said(await ask(lab, id)) == "SECRET-1"
    assert said(await ask(lab, id, prompt="I am SECRET-2")) == "SECRET-1SECRET-2"
    assert b"SECRET" not in b"".join(lab.upstream.bodies)
    again = await ask(lab, id, prompt="I am SECRET-1")
    assert placeholder + b'"' in lab.upstream.bodies[-1]
    assert said(again) == "SECRET-1SECRET-1"
    looks.policy = policy("allow")
    assert said(await ask(lab, id)) == "SECRET-1"


async def test_files_that_were_redacted_never_share_a_placeholder(start: Start) -> None:
    lab, _ = await run(start, "redact")
    for value in (b"SECRET-1", b"SECRET-2", b"SECRET-1"):
        await put(lab, value)
    found = [re.findall(rb"\[\w+\]", body) for body in lab.upstream.bodies]

    assert found[0] == found[2] != found[1]
    assert not any(b"_1]" in body for body in lab.upstream.bodies)


async def test_values_of_a_file_are_told_to_nobody_else_and_forgotten_with_the_process(
    start: Start,
) -> None:
    lab, looks = await run(start, "redact")
    id = await put(lab, b"write to SECRET-1")
    [placeholder] = re.findall(r"\[\w+\]", lab.upstream.bodies[-1].decode())
    lab.upstream.reply = lambda *_: Reply((json.dumps(CHAT).replace("ok", placeholder).encode(),))
    assert said(await ask(lab, id)) == "SECRET-1"
    chats = lab.proxy.guard._chats  # type: ignore[attr-defined]
    job = replace(looks.jobs[-1], given={})
    assert (await chats.look(job)).verdict.originals == {placeholder: "SECRET-1"}
    other = replace(job, sender=replace(job.sender, user="another"))
    assert (await chats.look(other)).verdict.originals == {}
    chats._values = Values()
    assert said(await ask(lab, id)) == placeholder
    assert said(await ask(lab, id, prompt="I am SECRET-2")) == placeholder


async def test_a_file_that_nobody_knows_was_not_inspected(start: Start) -> None:
    lab, _ = await run(start)
    answer = await ask(lab, "file-of-last-year")

    assert answer.status_code == 400
    assert lab.upstream.bodies == []
    [kept] = lab.notebook.violations
    assert (kept.rules, kept.unread) == (("uninspected",), ("file",))


async def test_where_that_only_warns_it_is_recorded_once(start: Start) -> None:
    lab, _ = await run(start, uninspected="warn")
    for _ in range(2):
        assert (await ask(lab, "file-of-last-year")).status_code == 200
    assert [v.unread for v in lab.notebook.violations] == [("file",)]


async def test_a_picture_that_was_let_pass_stays_one_that_nobody_could_read(start: Start) -> None:
    lab, looks = await run(start, uninspected="warn")
    id = await put(lab, PICTURE, "a.png")
    assert (await ask(lab, id)).status_code == 200
    assert [v.unread for v in lab.notebook.violations] == [("image",)]
    looks.policy = policy("warn")  # what cannot be read is blocked there
    assert (await ask(lab, id)).status_code == 400


async def test_a_file_that_was_redacted_holds_nothing_any_more(start: Start) -> None:
    lab, _ = await run(start, "redact")
    id = await put(lab, SECRET)
    assert b"SECRET-42" not in lab.upstream.bodies[0]
    assert (await ask(lab, id)).status_code == 200


async def test_an_upload_in_parts_is_known_by_the_file_it_becomes(start: Start) -> None:
    lab, looks = await run(start)
    sdk = openai.AsyncOpenAI(api_key="k", base_url=f"https://{HOST}/v1", http_client=lab.http())
    begun = await sdk.uploads.create(
        bytes=30, filename="a.txt", mime_type="text/plain", purpose="user_data"
    )
    assert (await ask(lab, begun.id)).status_code == 400  # nothing of it was seen yet
    await sdk.uploads.parts.create(begun.id, data=b"nothing here")
    await sdk.uploads.parts.create(begun.id, data=SECRET)
    done = await sdk.uploads.complete(begun.id, part_ids=["part_1"])
    looks.policy = policy("block")
    assert done.file is not None
    assert (await ask(lab, done.file.id)).status_code == 400


async def in_parts(lab: Lab, *parts: bytes) -> None:
    sdk = openai.AsyncOpenAI(api_key="k", base_url=f"https://{HOST}/v1", http_client=lab.http())
    begun = await sdk.uploads.create(
        bytes=99, filename="a.txt", mime_type="text/plain", purpose="user_data"
    )
    for part in parts:
        await sdk.uploads.parts.create(begun.id, data=part)


async def in_chunks(lab: Lab, *parts: bytes) -> None:
    url, offset = f"https://{HOST}/upload/v1beta/files?upload_id=u1", 0
    for i, part in enumerate(parts, 1):
        command = "upload, finalize" if i == len(parts) else "upload"
        head = {"x-goog-upload-offset": str(offset), "x-goog-upload-command": command}
        answer = await lab.http().post(url, content=part, headers=head)
        answer.raise_for_status()
        offset += len(part)


@pytest.mark.parametrize("send", [in_parts, in_chunks])
@pytest.mark.parametrize("turned", [False, True], ids=["in order", "last one first"])
async def test_a_value_across_two_pieces_of_an_upload_is_found(
    start: Start, send: Callable[..., Awaitable[None]], turned: bool
) -> None:
    lab, _ = await run(start, "redact")
    pieces = [b"nothing " * 50 + SECRET[:-4], SECRET[-4:] + b" nothing" * 50]
    with pytest.raises((openai.BadRequestError, httpx.HTTPStatusError)):
        await send(lab, *reversed(pieces) if turned else pieces)
    [kept] = lab.notebook.violations
    assert kept.action is Action.BLOCK
    assert [t.count for t in kept.findings] == [1]
    left = b"".join(lab.upstream.bodies)
    assert (SECRET[:-4] in left) != (SECRET[-4:] in left)


async def test_pieces_that_are_sent_at_the_same_time_see_each_other(start: Start) -> None:
    lab, looks = await run(start, "redact")
    looks.waits_for = 2
    sdk = openai.AsyncOpenAI(
        api_key="k", base_url=f"https://{HOST}/v1", http_client=lab.http(), max_retries=0
    )
    pieces = [b"nothing " * 50 + SECRET[:-4], SECRET[-4:] + b" nothing" * 50]
    sent = (sdk.uploads.parts.create("upload_1", data=piece) for piece in pieces)
    answers = await asyncio.gather(*sent, return_exceptions=True)

    assert any(isinstance(answer, openai.BadRequestError) for answer in answers)
    left = b"".join(lab.upstream.bodies)
    assert not (SECRET[:-4] in left and SECRET[-4:] in left)


@pytest.mark.parametrize("uninspected", ["warn", "block"])
async def test_pieces_too_many_to_be_compared_were_not_inspected(
    start: Start, uninspected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxy_addons.chats.pieces.MOST", 2)
    lab, _ = await run(start, uninspected=uninspected)
    pieces = [b"one", b"two", b"three", b"four"]
    if uninspected == "block":
        with pytest.raises(openai.BadRequestError):
            await in_parts(lab, *pieces)
        assert b"four" not in b"".join(lab.upstream.bodies)
    else:
        await in_parts(lab, *pieces)
        answer = await ask(lab, "upload_1")
        assert answer.headers["penstock-action"] == "warn"
    assert [v.unread for v in lab.notebook.violations] == [("file",)]


@pytest.mark.parametrize("send", [in_parts, in_chunks])
async def test_what_is_in_one_piece_alone_is_found_once(
    start: Start, send: Callable[..., Awaitable[None]]
) -> None:
    lab, _ = await run(start, "redact")
    await send(lab, b"nothing", SECRET, b"nothing")
    [kept] = lab.notebook.violations
    assert (kept.action, [t.count for t in kept.findings]) == (Action.REDACT, [1])
    assert b"SECRET-42" not in b"".join(lab.upstream.bodies)


async def test_anthropics_files_are_known_in_messages(start: Start) -> None:
    lab, looks = await run(start)
    http, root = lab.http(), f"https://{HOST}/v1"
    file = await http.post(f"{root}/files", files={"file": ("a.txt", SECRET, "text/plain")})
    looks.policy = policy("block")
    source = {"type": "file", "file_id": file.json()["id"]}
    said = [{"role": "user", "content": [{"type": "document", "source": source}]}]
    answer = await http.post(f"{root}/messages", json={"model": "m", "messages": said})
    assert answer.status_code == 400
    assert len(lab.upstream.bodies) == 1


async def test_geminis_resumable_uploads_are_known_by_uri_and_name(start: Start) -> None:
    lab, looks = await run(start)
    held: dict[str, str] = {"upload_id": "u1"}

    def gemini(method: str, path: str, body: bytes) -> Reply:
        if "upload_id" in path:
            file = {"name": "files/f1", "uri": f"https://{HOST}/v1beta/files/f1", "state": "ACTIVE"}
            headers = (("content-type", "application/json"), ("x-goog-upload-status", "final"))
            return Reply((json.dumps({"file": file}).encode(),), headers)
        if path.startswith("/upload/"):
            url = f"https://{HOST}/upload/v1beta/files?upload_id={held['upload_id']}"
            return Reply((), (("x-goog-upload-url", url), ("content-length", "0")))
        return Reply((b'{"candidates": []}',))

    lab.upstream.reply = gemini
    options = types.HttpOptions(
        base_url=f"https://{HOST}", api_version="v1beta", httpx_async_client=lab.http()
    )
    client = genai.Client(api_key="k", http_options=options)
    file = await client.aio.files.upload(
        file=BytesIO(SECRET), config=types.UploadFileConfig(mime_type="text/plain")
    )
    assert file.uri is not None
    assert file.name == "files/f1"
    part = types.Part.from_uri(file_uri=file.uri, mime_type="text/plain")
    await client.aio.models.generate_content(model="m", contents=[part])
    looks.policy = policy("block")
    before = len(lab.upstream.bodies)
    await client.aio.models.generate_content(model="m", contents=[part])
    assert len(lab.upstream.bodies) == before


async def test_a_cache_is_known_by_its_name(start: Start) -> None:
    lab, looks = await run(start)
    http, root = lab.http(), f"https://{HOST}/v1beta"
    said = [{"role": "user", "parts": [{"text": SECRET.decode()}]}]
    await http.post(f"{root}/cachedContents", json={"model": "m", "contents": said})
    looks.policy = policy("block")
    more = {"contents": [], "cachedContent": "cachedContents/c1"}
    before = len(lab.upstream.bodies)
    await http.post(f"{root}/models/m:generateContent", json=more)
    assert len(lab.upstream.bodies) == before


async def test_a_signed_url_of_a_file_stands_for_it(start: Start) -> None:
    lab, looks = await run(start)
    id = await put(lab, SECRET)
    url = "https://files.blob.example/fine-tune/1.pdf?se=2026&sig=abc"
    lab.upstream.reply = Reply((json.dumps({"url": url}).encode(),))
    http, root = lab.http(), f"https://{HOST}/v1"
    await http.get(f"{root}/files/{id}/url?expiry=24")
    looks.policy = policy("block")
    before = len(lab.upstream.bodies)
    for known in (url, url.replace("abc", "def")):
        content = [{"type": "document_url", "document_url": known}]
        body = {"messages": [{"role": "user", "content": content}]}
        assert (await http.post(f"{root}/chat/completions", json=body)).status_code == 400
    assert len(lab.upstream.bodies) == before


async def test_what_was_put_at_a_signed_url_is_known_by_the_id_it_belongs_to(start: Start) -> None:
    lab, looks = await run(start)
    http = lab.http()
    begun = (await http.post(f"https://{OTHER}/page/files", json={"name": "a.txt"})).json()
    await http.put(begun["upload_url"], content=SECRET, headers={"content-type": "text/plain"})
    looks.policy = policy("block")
    answer = await http.post(f"https://{OTHER}/say", json={"file_ids": [begun["file_id"]]})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "assistant", "annotations": [{"file_id": "made-there"}]}]},
        {"tools": [{"function": {"parameters": {"default": {"file_id": "x"}}}}]},
        {"messages": [{"content": [{"type": "tool_use", "input": {"file_id": "x"}}]}]},
        {"messages": [{"content": [{"type": "code_execution_output", "file_id": "x"}]}]},
        {"contents": [{"parts": [{"fileData": {"fileUri": "https://www.example.com/a.mp4"}}]}]},
    ],
    ids=["citation", "schema", "arguments of a tool", "made by the service", "public"],
)
async def test_what_is_no_upload_is_not_taken_for_one(start: Start, body: object) -> None:
    lab, _ = await run(start)
    answer = await lab.http().post(f"https://{HOST}/v1/chat/completions", json=body)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "spelled",
    [
        lambda body: body.replace(b"file_id", rb"file\u005fid"),
        lambda body: body.decode().encode("utf-16"),
    ],
    ids=["escaped", "utf-16"],
)
async def test_no_spelling_hides_a_reference(
    start: Start, spelled: Callable[[bytes], bytes]
) -> None:
    lab, _ = await run(start)
    body = json.dumps({"messages": [{"role": "user", "content": [{"file_id": "file-2"}]}]})
    answer = await lab.http().post(
        f"https://{HOST}/v1/chat/completions",
        content=spelled(body.encode()),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 400


async def test_a_reference_in_a_million_costs_a_bounded_number_of_look_ups(start: Start) -> None:
    lab, _ = await run(start)
    assert (await ask(lab, *(f"file-{i}" for i in range(500)))).status_code == 400
