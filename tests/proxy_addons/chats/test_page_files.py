"""Files that people upload in chat pages and that must not leave, through the real proxy."""

import json
from typing import Any

import httpx
import pytest

from penstock.model import Action
from proxy_addons.dialects.handles import MOST
from proxy_addons.services import Service, Services
from tests.proxy_addons.chats.models import Model
from tests.proxy_addons.chats.test_kept_files import QUESTION, SECRET, heard
from tests.proxy_addons.lab import HOST, OTHER, Lab, Looks, Start, policy
from tests.proxy_addons.wire import Reply

PAGE, BLOBS = f"https://{OTHER}", f"https://{HOST}"
ORG = "/api/organizations/6f1c2c5e-6a55-4f0b-9a39-0c8f7f1f3b10"
CHAT = "2d4e5f60-6a55-4f0b-9a39-0c8f7f1f3b11"
PLACE = "/contrib_service/ttl_1d/1790000000aa"
UPLOAD = f"{BLOBS}/files/00000000-1/raw?se=2026&sig=abc"
ENDPOINTS = {
    "chatgpt": {"POST /backend-api/f/conversation": "chatgpt_web"},
    "claude": {f"POST {ORG}/chat_conversations/*/completion": "claude_web"},
    "gemini": {"POST /_/BardChatUi/data/*/StreamGenerate": "gemini_web"},
    "deepseek": {"POST /api/v0/chat/completion": "deepseek_web"},
}


def service(method: str, path: str, body: bytes) -> Reply:
    """What the pages' services answer."""
    match path.partition("?")[0]:
        case "/backend-api/files":
            told = {"status": "success", "file_id": "file-abc", "upload_url": UPLOAD}
        case "/upload/" if "upload_id" in path:
            return Reply((PLACE.encode(),), (("content-type", "text/plain"),))
        case "/upload/":
            url = f"{BLOBS}/upload/?upload_id=u1&upload_protocol=resumable"
            return Reply((), (("x-goog-upload-url", url), ("content-length", "0")))
        case "/files/00000000-1/raw":
            return Reply((b"",), (("content-length", "0"),))
        case "/api/v0/file/upload_file":
            told = {"code": 0, "data": {"biz_data": {"id": "file-theirs", "status": "PENDING"}}}
        case _:
            told = {"file_uuid": "4d4e5f60-6a55-4f0b-9a39-0c8f7f1f3b12", "success": True}
    return Reply((json.dumps(told).encode(),))


def catalogue(name: str) -> Services:
    """The service of that name alone."""
    row = Service(
        service=name, name=name, category="chat", hosts=(HOST, OTHER), endpoints=ENDPOINTS[name]
    )
    return Services([row])


async def run(start: Start, model: Model, name: str) -> Lab:
    rules = policy("redirect", to="inside")
    lab = await start(
        rules, models=model.settings, catalogue=catalogue(name), inspector=Looks(rules)
    )
    lab.upstream.reply = service
    return lab


async def to_chatgpt(lab: Lab, name: str, data: bytes) -> dict[str, Any]:
    """Uploads a file as the page does; what the page puts into its message then."""
    http = lab.http()
    about = {"file_name": name, "file_size": len(data), "use_case": "my_files"}
    begun = (await http.post(f"{PAGE}/backend-api/files", json=about)).json()
    headers = {
        "x-ms-blob-type": "BlockBlob",
        "content-type": "text/plain",
        "origin": "https://chatgpt.com",
    }
    put = await http.put(begun["upload_url"], content=data, headers=headers)
    assert put.status_code in (200, 201)
    return {"id": begun["file_id"], "name": name, "size": len(data), "mimeType": "text/plain"}


async def ask_chatgpt(
    lab: Lab,
    *attachments: dict[str, Any],
    prompt: str = QUESTION,
    goes_on: dict[str, str] | None = None,
) -> str:
    message = {
        "id": "8f1c2c5e-6a55-4f0b-9a39-0c8f7f1f3b10",
        "author": {"role": "user"},
        "content": {"content_type": "text", "parts": [prompt]},
        "metadata": {"attachments": list(attachments)},
    }
    asked = {"action": "next", "messages": [message], "parent_message_id": "client-created-root"}
    asked |= goes_on or {}
    answer = await lab.http().post(f"{PAGE}/backend-api/f/conversation", json=asked)
    return answer.text


async def test_what_chatgpts_page_puts_at_a_signed_url_stays_here_and_is_told_to_the_model(
    start: Start, model: Model
) -> None:
    lab = await run(start, model, "chatgpt")
    attached = await to_chatgpt(lab, "minutes.txt", SECRET)
    http = lab.http()
    uploaded = await http.post(f"{PAGE}/backend-api/files/file-abc/uploaded", json={})
    assert uploaded.json()["status"] == "success"
    processed = await http.post(
        f"{PAGE}/backend-api/files/process_upload_stream",
        json={"file_id": "file-abc", "use_case": "my_files", "file_name": "minutes.txt"},
    )
    events = [json.loads(line)["event"] for line in processed.text.splitlines()]
    assert events[-1] == "file.processing.completed"
    assert "answer 1" in await ask_chatgpt(lab, attached)
    assert heard(model) == f"minutes.txt:\n\n{SECRET.decode()}\n\n{QUESTION}"
    [created] = lab.upstream.bodies
    assert b"minutes.txt" in created
    assert [v.action for v in lab.notebook.violations] == [Action.REDIRECT] * 2
    counted = [(v.rules, len(v.findings)) for v in lab.notebook.violations]
    assert counted == [(("secrets",), 1), (("secrets",), 0)]


async def test_the_model_still_knows_the_file_when_the_chat_goes_on_inside(
    start: Start, model: Model
) -> None:
    lab = await run(start, model, "chatgpt")
    attached = await to_chatgpt(lab, "minutes.txt", SECRET)
    said = [line[6:] for line in (await ask_chatgpt(lab, attached)).splitlines() if line]
    first = json.loads(said[-2])
    goes_on = {
        "conversation_id": first["conversation_id"],
        "parent_message_id": first["message"]["id"],
    }
    await ask_chatgpt(lab, prompt="And SECRET-1?", goes_on=goes_on)
    assert [m["role"] for m in model.asked[-1]["messages"]] == ["user", "assistant", "user"]
    assert f"minutes.txt:\n\n{SECRET.decode()}\n\n{QUESTION}" in heard(model)


async def test_a_picture_that_stays_here_is_known_where_a_message_shows_it(
    start: Start, model: Model
) -> None:
    lab = await run(start, model, "chatgpt")
    await to_chatgpt(lab, "minutes.txt", SECRET)
    shown = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file-abc"}
    message = {"author": {"role": "user"}, "content": {"parts": [shown, QUESTION]}}
    asked = {"action": "next", "messages": [message], "parent_message_id": "client-created-root"}
    answer = await lab.http().post(f"{PAGE}/backend-api/f/conversation", json=asked)
    assert "answer 1" in answer.text
    assert SECRET.decode() in heard(model)
    assert len(lab.upstream.bodies) == 1  # the upload began there


async def test_a_browser_may_read_the_answer_to_what_its_page_puts_elsewhere(
    start: Start, model: Model
) -> None:
    lab = await run(start, model, "chatgpt")
    await lab.http().post(f"{PAGE}/backend-api/files", json={"file_name": "minutes.txt"})
    put = await lab.http().put(UPLOAD, content=SECRET, headers={"origin": PAGE})
    assert (put.status_code, put.content) == (201, b"")
    assert put.headers["access-control-allow-origin"] == PAGE
    assert put.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize(
    "origin",
    ["https://elsewhere.example", PAGE.replace("https", "http"), "null", "https://[", "https://"],
)
async def test_no_other_web_site_may_read_whether_a_file_was_kept(
    start: Start, model: Model, origin: str
) -> None:
    lab = await run(start, model, "claude")
    url = f"{PAGE}{ORG}/conversations/{CHAT}/wiggle/upload-file"
    sent = await lab.http().post(url, files={"file": ("a", SECRET)}, headers={"origin": origin})
    assert sent.headers["penstock-action"] == "redirect"
    assert not [name for name in sent.headers if name.startswith("access-control")]


async def test_geminis_page_may_read_how_its_upload_stands(start: Start, model: Model) -> None:
    lab = await run(start, model, "gemini")
    url, head = f"{BLOBS}/upload/?upload_id=u1", {"x-goog-upload-command": "upload, finalize"}
    put = await lab.http().post(url, content=SECRET, headers=head | {"origin": PAGE})
    assert put.headers["x-goog-upload-status"] == "final"
    assert "x-goog-upload-status" in put.headers["access-control-expose-headers"].split(", ")


@pytest.mark.parametrize(("origin", "may_read"), [(PAGE, PAGE), ("https://elsewhere.example", "")])
async def test_a_page_may_read_why_what_it_puts_elsewhere_was_refused(
    start: Start, origin: str, may_read: str
) -> None:
    rules = policy("block", tell="Ask the security desk.")
    lab = await start(rules, catalogue=catalogue("chatgpt"), inspector=Looks(rules))
    put = await lab.http().put(UPLOAD, content=SECRET, headers={"origin": origin})
    assert put.status_code == 400
    assert "Ask the security desk." in put.text
    assert put.headers.get("access-control-allow-origin", "") == may_read
    packed = {"origin": origin, "content-encoding": "unheard-of"}
    unread = await lab.http().put(UPLOAD, content=SECRET, headers=packed)
    assert unread.status_code == 415
    assert unread.headers.get("access-control-allow-origin", "") == may_read


@pytest.mark.parametrize(("times", "is_here"), [(MOST, True), (MOST + 1, False)])
async def test_a_call_that_names_files_without_end_is_not_looked_up(
    start: Start, model: Model, times: int, is_here: bool
) -> None:
    lab = await run(start, model, "deepseek")
    http = lab.http()
    sent = await http.post(
        f"{PAGE}/api/v0/file/upload_file", files={"file": ("a.txt", SECRET, "text/plain")}
    )
    names = ",".join([sent.json()["data"]["biz_data"]["id"]] * times)
    found = await http.get(f"{PAGE}/api/v0/file/fetch_files?file_ids={names}")
    assert ("penstock-action" in found.headers) == is_here


async def test_a_file_at_chatgpt_is_told_when_a_message_with_it_stays_inside(
    start: Start, model: Model
) -> None:
    lab = await run(start, model, "chatgpt")
    attached = await to_chatgpt(lab, "menu.txt", b"Soup of the day")
    await ask_chatgpt(lab, attached, prompt="The password is SECRET-1.")
    assert heard(model) == "menu.txt:\n\nSoup of the day\n\nThe password is SECRET-1."


async def test_a_file_that_nobody_saw_begin_has_the_fallback(start: Start, model: Model) -> None:
    lab = await run(start, model, "chatgpt")
    put = await lab.http().put(UPLOAD, content=SECRET)
    assert put.status_code == 400
    answer = await ask_chatgpt(lab, {"id": "file-of-last-year", "name": "a"}, prompt="SECRET-1")
    assert "Not sent" in answer
    assert (lab.upstream.bodies, model.asked) == ([], [])


async def test_a_file_whose_name_must_not_leave_is_refused(start: Start, model: Model) -> None:
    lab = await run(start, model, "chatgpt")
    about = {"file_name": "SECRET-7.txt", "file_size": 9, "use_case": "my_files"}
    answer = await lab.http().post(f"{PAGE}/backend-api/files", json=about)
    assert answer.status_code == 400
    assert lab.upstream.bodies == []


async def test_a_file_of_claudes_page_stays_here_and_is_told_to_the_model(
    start: Start, model: Model
) -> None:
    lab = await run(start, model, "claude")
    http, url = lab.http(), f"{PAGE}{ORG}/conversations/{CHAT}/wiggle/upload-file"
    sent = await http.post(url, files={"file": ("minutes.txt", SECRET, "text/plain")})
    told = sent.json()
    assert (told["success"], told["file_name"], told["size_bytes"]) == (
        True,
        "minutes.txt",
        len(SECRET),
    )
    asked = {"prompt": QUESTION, "files": [told["file_uuid"]], "attachments": []}
    answer = await http.post(f"{PAGE}{ORG}/chat_conversations/{CHAT}/completion", json=asked)
    assert "answer 1" in answer.text
    assert heard(model) == f"minutes.txt:\n\n{SECRET.decode()}\n\n{QUESTION}"
    assert lab.upstream.bodies == []


async def test_a_file_of_deepseeks_page_stays_here_and_is_told_to_the_model(
    start: Start, model: Model
) -> None:
    lab = await run(start, model, "deepseek")
    http = lab.http()
    sent = await http.post(
        f"{PAGE}/api/v0/file/upload_file",
        files={"file": ("minutes.txt", SECRET, "text/plain")},
    )
    told = sent.json()["data"]["biz_data"]
    found = await http.get(f"{PAGE}/api/v0/file/fetch_files?file_ids={told['id']}")
    [fetched] = found.json()["data"]["biz_data"]["files"]
    assert fetched == told
    assert fetched["status"] == "SUCCESS"
    asked = {"chat_session_id": "s", "prompt": QUESTION, "ref_file_ids": [told["id"]]}
    answer = await http.post(f"{PAGE}/api/v0/chat/completion", json=asked)
    assert "answer 1" in answer.text
    assert heard(model) == f"minutes.txt:\n\n{SECRET.decode()}\n\n{QUESTION}"
    assert lab.upstream.bodies == []


async def to_gemini(lab: Lab, name: str, data: bytes, pieces: int = 1) -> list[Any]:
    """Uploads a file as the page does; what the page puts into its message then."""
    http = lab.http()
    head = {"push-id": "feeds/x", "x-tenant-id": "bard-storage"}
    begun = await http.post(
        f"{BLOBS}/upload/",
        data={f"File name: {name}": ""},
        headers=head | {"x-goog-upload-command": "start", "x-goog-upload-protocol": "resumable"},
    )
    size = len(data) // pieces
    for i in range(pieces):
        is_last = i == pieces - 1
        sent = data[i * size :] if is_last else data[i * size : (i + 1) * size]
        put = await http.post(
            begun.headers["x-goog-upload-url"],
            content=sent,
            headers=head
            | {
                "x-goog-upload-command": "upload, finalize" if is_last else "upload",
                "x-goog-upload-offset": str(i * size),
            },
        )
        assert put.status_code == 200
    return [[[put.text, 1], name]]


async def ask_gemini(lab: Lab, files: list[Any], prompt: str = QUESTION) -> str:
    asked: list[Any] = [None] * 69
    asked[0], asked[1] = [prompt, 0, None, files, None, None, 0], ["en"]
    asked[2] = ["", "", "", None, None, None, None, None, None, ""]
    form = {"at": "x", "f.req": json.dumps([None, json.dumps(asked)])}
    url = f"{PAGE}/_/BardChatUi/data/assistant.lamda.BardFrontendService/StreamGenerate"
    return (await lab.http().post(url, data=form)).text


@pytest.mark.parametrize("pieces", [1, 2])
async def test_a_file_of_geminis_page_stays_here_and_is_told_to_the_model(
    start: Start, model: Model, pieces: int
) -> None:
    lab = await run(start, model, "gemini")
    files = await to_gemini(lab, "minutes.txt", SECRET, pieces)
    assert "answer 1" in await ask_gemini(lab, files)
    assert heard(model) == f"minutes.txt:\n\n{SECRET.decode()}\n\n{QUESTION}"
    left = b"".join(lab.upstream.bodies)
    assert b"SECRET-42" not in left


async def test_a_file_of_geminis_page_in_one_form_stays_here(start: Start, model: Model) -> None:
    lab = await run(start, model, "gemini")
    sent = await lab.http().post(
        f"{BLOBS}/upload", files={"file": ("minutes.txt", SECRET, "text/plain")}
    )
    assert "answer 1" in await ask_gemini(lab, [[[sent.text, 1], "minutes.txt"]])
    assert heard(model) == f"minutes.txt:\n\n{SECRET.decode()}\n\n{QUESTION}"
    assert lab.upstream.bodies == []


async def test_a_file_at_gemini_is_told_when_a_message_with_it_stays_inside(
    start: Start, model: Model
) -> None:
    lab = await run(start, model, "gemini")
    files = await to_gemini(lab, "menu.txt", b"Soup of the day")
    assert files[0][0][0] == PLACE
    await ask_gemini(lab, files, "The password is SECRET-1.")
    assert heard(model) == "menu.txt:\n\nSoup of the day\n\nThe password is SECRET-1."


@pytest.mark.parametrize(
    "body", [b'{"file_id": "file-theirs"}', b"{", b'{"file_id": "%s"}' % (b"x" * 9_000)]
)
async def test_a_call_about_a_file_at_the_service_goes_there(
    start: Start, model: Model, body: bytes
) -> None:
    lab = await run(start, model, "chatgpt")
    answer: httpx.Response = await lab.http().post(
        f"{PAGE}/backend-api/files/process_upload_stream",
        content=body,
        headers={"content-type": "application/json"},
    )
    assert "penstock-action" not in answer.headers or answer.status_code == 400
    assert bool(lab.upstream.bodies) == (answer.status_code == 200)
