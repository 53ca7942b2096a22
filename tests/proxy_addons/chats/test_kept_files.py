"""Uploads that stay inside, and files that a model inside is told, through the real proxy."""

from asyncio import CancelledError
from base64 import b64encode
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from google import genai
from google.genai import types
from mistralai.client import Mistral

from penstock.errors import InspectionError
from penstock.model import Action, Media, Outcome, Sender
from proxy_addons.chats.chats import Chats
from proxy_addons.dialects import uploads
from proxy_addons.dialects.base import Request
from proxy_addons.dialects.uploads import File
from proxy_addons.services import Service, Services
from tests.detectors.documents import made
from tests.proxy_addons.chats.models import Model
from tests.proxy_addons.chats.test_files import PICTURE, service
from tests.proxy_addons.lab import HOST, Lab, Looks, LooksOnce, Start, policy
from tests.proxy_addons.wire import Reply

SECRET = b"Minutes: the password is SECRET-42"
QUESTION = "What do the minutes say?"
ROOT = f"https://{HOST}"


def catalogue(otherwise: str) -> Services:
    """The lab as an API of which `otherwise` reads the files."""
    chats = "mistral_chat" if otherwise == "mistral_api" else "openai_chat"
    endpoints = {
        "POST /v1/messages": "anthropic_messages",
        "POST /v1/chat/completions": chats,
        "POST /v1/responses": "openai_responses",
        "POST /*/models/*:generateContent": "gemini_generate",
    }
    lab = Service(
        service="lab-api",
        name="Lab API",
        category="api",
        hosts=(HOST,),
        endpoints=endpoints,
        otherwise=otherwise,
    )
    return Services([lab])


async def run(
    start: Start,
    model: Model,
    otherwise: str = "openai_api",
    uninspected: str = "block",
    then: str = "redirect",
) -> Lab:
    rules = policy(then, to="inside").model_copy(update={"uninspected": uninspected})
    lab = await start(
        rules, models=model.settings, catalogue=catalogue(otherwise), inspector=Looks(rules)
    )
    lab.upstream.reply = service
    return lab


def heard(model: Model) -> str:
    """What the model was asked last."""
    return "\n".join(str(m["content"]) for m in model.asked[-1]["messages"])


def sdk(lab: Lab) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        api_key="k", base_url=f"{ROOT}/v1", http_client=lab.http(), max_retries=0
    )


async def by_openai(lab: Lab) -> None:
    api = sdk(lab)
    file = await api.files.create(file=("minutes.txt", SECRET), purpose="user_data")
    assert (file.object, file.bytes, file.filename) == ("file", len(SECRET), "minutes.txt")
    assert await api.files.retrieve(file.id) == file
    content: Any = [
        {"type": "file", "file": {"file_id": file.id}},
        {"type": "text", "text": QUESTION},
    ]
    said: Any = [{"role": "user", "content": content}]
    await api.chat.completions.create(model="m", messages=said)
    assert (await api.files.delete(file.id)).deleted


async def by_responses(lab: Lab) -> None:
    api = sdk(lab)
    file = await api.files.create(file=("minutes.txt", SECRET), purpose="user_data")
    content: Any = [
        {"type": "input_file", "file_id": file.id},
        {"type": "input_text", "text": QUESTION},
    ]
    said: Any = [{"role": "user", "content": content}]
    first = await api.responses.create(model="m", input=said)
    await api.responses.create(model="m", input="And?", previous_response_id=first.id)


async def by_anthropic(lab: Lab) -> None:
    http = httpx2.AsyncClient(proxy="http://{}:{}".format(*lab.address), verify=lab.trusting())
    async with anthropic.AsyncAnthropic(api_key="k", base_url=ROOT, http_client=http) as api:
        file = await api.beta.files.upload(file=("minutes.txt", SECRET, "text/plain"))
        assert (file.type, file.size_bytes, file.mime_type) == ("file", len(SECRET), "text/plain")
        assert await api.beta.files.retrieve_metadata(file.id) == file
        source: Any = {"type": "file", "file_id": file.id}
        content: Any = [{"type": "document", "source": source}, {"type": "text", "text": QUESTION}]
        said: Any = [{"role": "user", "content": content}]
        await api.beta.messages.create(model="m", max_tokens=9, messages=said)
        assert (await api.beta.files.delete(file.id)).type == "file_deleted"


async def by_mistral(lab: Lab) -> None:
    api = Mistral(api_key="k", server_url=ROOT, async_client=lab.http())
    sent: Any = {"file_name": "minutes.txt", "content": SECRET}
    file = await api.files.upload_async(file=sent, purpose="ocr")
    assert (file.object, file.size_bytes, file.filename) == ("file", len(SECRET), "minutes.txt")
    assert (await api.files.retrieve_async(file_id=file.id)).id == file.id
    content = [{"type": "file", "file_id": file.id}, {"type": "text", "text": QUESTION}]
    said: Any = [{"role": "user", "content": content}]
    await api.chat.complete_async(model="m", messages=said)
    assert (await api.files.delete_async(file_id=file.id)).deleted


async def by_gemini(lab: Lab) -> None:
    url = f"{ROOT}/upload/v1beta/files?upload_id=u1"
    lab.upstream.reply = Reply((), (("x-goog-upload-url", url), ("content-length", "0")))
    options = types.HttpOptions(base_url=ROOT, api_version="v1beta", httpx_async_client=lab.http())
    api = genai.Client(api_key="k", http_options=options).aio
    config = types.UploadFileConfig(mime_type="text/plain")
    file = await api.files.upload(file=BytesIO(SECRET), config=config)
    assert file.state == types.FileState.ACTIVE
    assert file.name is not None
    assert await api.files.get(name=file.name) == file
    await api.models.generate_content(model="m", contents=[file, QUESTION])
    await api.files.delete(name=file.name)


@pytest.mark.parametrize(
    ("api", "use"),
    [
        ("openai_api", by_openai),
        ("openai_api", by_responses),
        ("anthropic_api", by_anthropic),
        ("mistral_api", by_mistral),
        ("google_api", by_gemini),
    ],
    ids=["openai chat", "openai responses", "anthropic", "mistral", "gemini"],
)
async def test_a_file_that_must_not_leave_is_kept_and_told_to_the_model_inside(
    start: Start, model: Model, api: str, use: Callable[[Lab], Awaitable[None]]
) -> None:
    lab = await run(start, model, api)
    await use(lab)
    assert SECRET.decode() in heard(model)
    assert QUESTION in heard(model)
    assert b"SECRET" not in b"".join(lab.upstream.bodies)
    uploaded, *asked = lab.notebook.violations
    assert (uploaded.action, uploaded.outcome) == (Action.REDIRECT, Outcome.PREVENTED)
    assert {v.action for v in asked} == {Action.REDIRECT}


async def test_what_only_the_service_can_do_with_a_file_that_stayed_here_is_refused(
    start: Start, model: Model
) -> None:
    lab = await run(start, model)
    api = sdk(lab)
    file = await api.files.create(file=("minutes.txt", SECRET), purpose="batch")
    with pytest.raises(openai.BadRequestError):
        await api.batches.create(
            input_file_id=file.id, endpoint="/v1/responses", completion_window="24h"
        )
    with pytest.raises(openai.BadRequestError):
        await api.files.content(file.id)
    await api.files.delete(file.id)
    content: Any = [{"type": "file", "file": {"file_id": file.id}}]
    with pytest.raises(openai.BadRequestError):
        await api.chat.completions.create(
            model="m", messages=[{"role": "user", "content": content}]
        )
    assert lab.upstream.bodies == []
    assert model.asked == []


@pytest.mark.parametrize("fault", [InspectionError("hung"), TimeoutError(), CancelledError()])
@pytest.mark.parametrize("is_chained", [True, False])
async def test_what_must_not_leave_does_not_when_the_second_look_at_it_fails(
    start: Start, model: Model, fault: BaseException, is_chained: bool
) -> None:
    """Not even where the policy lets pass what failed: that there is a secret is known."""

    rules = policy("redirect", to="inside", on_error="warn")
    looks = LooksOnce(rules, fault=fault)
    lab = await start(
        rules, models=model.settings, catalogue=catalogue("openai_api"), inspector=looks
    )
    lab.upstream.reply = service
    file = await sdk(lab).files.create(file=("a.txt", b"Soup of the day"), purpose="user_data")
    content: Any = [{"type": "file", "file": {"file_id": file.id}}]
    content += [{"type": "text", "text": SECRET.decode()}]
    path, asked = "chat/completions", {"messages": [{"role": "user", "content": content}]}
    if is_chained:
        path, asked = "responses", {"previous_response_id": "resp_1", "input": SECRET.decode()}
    answer = await lab.http().post(f"{ROOT}/v1/{path}", json={"model": "m", **asked})
    assert (answer.status_code, answer.headers["penstock-action"]) == (503, "block")
    assert len(lab.upstream.bodies) == 1
    assert lab.notebook.violations[-1].action is Action.BLOCK


async def test_what_stays_inside_does_not_leave_when_the_second_look_fails(
    start: Start, model: Model
) -> None:
    """Nor a prompt without a secret of its own, where the policy lets pass what failed."""

    rules = policy("redirect", to="inside", on_error="warn")
    lab = await start(
        rules, models=model.settings, catalogue=catalogue("openai_api"), inspector=LooksOnce(rules)
    )
    file = await sdk(lab).files.create(file=("a.txt", SECRET), purpose="user_data")
    content: Any = [{"type": "file", "file": {"file_id": file.id}}]
    content += [{"type": "text", "text": "What does it say?"}]
    asked = {"model": "m", "messages": [{"role": "user", "content": content}]}
    answer = await lab.http().post(f"{ROOT}/v1/chat/completions", json=asked)
    assert (answer.status_code, answer.headers["penstock-action"]) == (503, "block")
    assert lab.upstream.bodies == []


async def test_a_file_that_stayed_here_has_no_signed_url(start: Start, model: Model) -> None:
    lab = await run(start, model, "mistral_api")
    sent = await lab.http().post(
        f"{ROOT}/v1/files", files={"file": ("minutes.txt", SECRET, "text/plain")}
    )
    asked = await lab.http().get(f"{ROOT}/v1/files/{sent.json()['id']}/url?expiry=24")
    assert (asked.status_code, asked.headers["penstock-action"]) == (400, "block")


async def test_a_file_that_is_at_the_service_is_told_when_a_prompt_that_names_it_stays_inside(
    start: Start, model: Model
) -> None:
    lab = await run(start, model)
    api = sdk(lab)
    file = await api.files.create(file=("menu.txt", b"Soup of the day"), purpose="user_data")
    content: Any = [{"type": "file", "file": {"file_id": file.id}}]
    content += [{"type": "text", "text": "The password is SECRET-1."}]
    await api.chat.completions.create(model="m", messages=[{"role": "user", "content": content}])
    assert "menu.txt:\n\nSoup of the day" in heard(model)
    assert len(lab.upstream.bodies) == 1


async def uploaded_and_asked(lab: Lab, text: bytes) -> None:
    api = sdk(lab)
    file = await api.files.create(file=("minutes.txt", text), purpose="user_data")
    content: Any = [{"type": "file", "file": {"file_id": file.id}}]
    await api.chat.completions.create(model="m", messages=[{"role": "user", "content": content}])


async def test_a_long_text_is_told_to_a_model_that_can_read_it(start: Start, model: Model) -> None:
    model.reads_tokens = 1_000_000
    lab = await run(start, model)
    text = SECRET + b" and so on" * 200_000
    await uploaded_and_asked(lab, text)
    assert heard(model) == f"minutes.txt:\n\n{text.decode()}"
    assert lab.upstream.bodies == []


async def test_what_no_model_can_read_is_refused_with_the_reason(
    start: Start, model: Model
) -> None:
    lab = await run(start, model)
    with pytest.raises(openai.BadRequestError, match="longer than what the models there can read"):
        await uploaded_and_asked(lab, SECRET + b" and so on" * 200_000)
    assert (lab.upstream.bodies, model.asked) == ([], [])


async def test_a_document_that_cannot_be_redacted_stays_here_where_the_rule_names_a_model(
    start: Start, model: Model
) -> None:
    lab = await run(start, model, then="redact")
    api = sdk(lab)
    minutes = made.docx(SECRET.decode(), more={"docProps/core.xml": "<c>Ada</c>"})
    file = await api.files.create(file=("minutes.docx", minutes), purpose="user_data")
    content: Any = [{"type": "file", "file": {"file_id": file.id}}]
    url = f"data:application/octet-stream;base64,{b64encode(minutes).decode()}"
    content += [{"type": "file", "file": {"filename": "again.docx", "file_data": url}}]
    await api.chat.completions.create(model="m", messages=[{"role": "user", "content": content}])
    name, said, label, beside, *again = heard(model).split("\n\n")
    assert (name, said, beside) == ("minutes.docx:", SECRET.decode(), "Ada")
    assert label.startswith("[Beside the text of the file: ")
    assert again == [said, label, beside]
    assert lab.upstream.bodies == []


async def test_a_file_that_is_not_known_is_not_left_out(start: Start, model: Model) -> None:
    lab = await run(start, model)
    content: Any = [{"type": "file", "file": {"file_id": "file-of-last-year"}}]
    content += [{"type": "text", "text": "The password is SECRET-1."}]
    with pytest.raises(openai.BadRequestError):
        await sdk(lab).chat.completions.create(
            model="m", messages=[{"role": "user", "content": content}]
        )
    assert model.asked == []


@pytest.mark.parametrize(
    "headers", [{"x-goog-upload-offset": "8"}, {"content-range": "bytes 8-9/9"}]
)
async def test_a_piece_that_cannot_be_put_together_with_the_others_does_not_stay_here(
    start: Start, model: Model, headers: dict[str, str]
) -> None:
    lab = await run(start, model, "google_api")
    url = f"{ROOT}/upload/v1beta/files?upload_id=u1"
    answer = await lab.http().post(url, content=SECRET, headers=headers)
    assert answer.status_code == 400
    assert lab.upstream.bodies == []


async def test_a_file_is_told_to_nobody_but_the_person_who_uploaded_it() -> None:
    chats = Chats(Looks(policy()), 5)
    ada = Sender("ada", service="api")
    file = File("a.txt", "text/plain", 2, "", "", Media("file", "text/plain", "data:,hi"))
    await chats.contents.keep(ada, ("file-1",), file)
    assert await chats.contents.told(ada, ("file-1", "file-2")) == {"file-1": ("a.txt", file.told)}
    for other in (Sender("bob", service="api"), Sender("ada", service="other")):
        assert not await chats.contents.told(other, ("file-1",))
    chats.close()


def test_googles_upload_in_one_request_is_read_as_its_file() -> None:
    parts = b'{"file": {"displayName": "minutes"}}', SECRET
    body = b"".join(
        b"--x\r\nContent-Type: %s\r\n\r\n%s\r\n" % (kind, part)
        for kind, part in zip((b"application/json", b"text/plain"), parts, strict=True)
    )
    request = Request(
        "POST", "/upload/v1beta/files", "multipart/related; boundary=x", body + b"--x--"
    )
    file = uploads.read(request)
    assert file is not None
    assert (file.size_bytes, file.media_type) == (len(SECRET), "text/plain")


async def test_a_picture_is_told_as_one(start: Start, model: Model) -> None:
    lab = await run(start, model, uninspected="warn")
    api = sdk(lab)
    file = await api.files.create(file=("SECRET-3.png", PICTURE), purpose="vision")
    part: Any = {"type": "input_image", "file_id": file.id}
    await api.responses.create(model="m", input=[{"role": "user", "content": [part]}])
    [message] = model.asked[-1]["messages"]
    url = f"data:image/png;base64,{b64encode(PICTURE).decode()}"
    assert message["content"][-1] == {"type": "image_url", "image_url": {"url": url}}
    assert lab.upstream.bodies == []
