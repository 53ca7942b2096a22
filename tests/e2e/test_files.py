"""Files that must not leave, uploaded by vendors' libraries and by pages: the real proxy."""

import re
from io import BytesIO
from typing import Any

import openai
import pytest
from google import genai
from google.genai import _api_client, types
from playwright.sync_api import Browser, expect

from penstock.demo.standins import CHATGPT, CLAUDE_PAGE, GEMINI_PAGE, MODEL_SAYS, OPENAI
from tests.detectors.documents import made
from tests.e2e.page_services import DEEPSEEK_PAGE
from tests.e2e.test_sdks import CARD, CODE, IBAN, MAIL, NOTICE, PAYMENT

QUESTION = "What is wrong with the function in this file?"


@pytest.mark.usefixtures("environment")
def test_a_document_of_source_code_stays_inside_and_can_be_asked_about(arrived: Any) -> None:
    lines = CODE.replace("<", "&lt;").splitlines()
    document = made.docx(*(f"{line}</w:t><w:br/><w:t xml:space='preserve'>" for line in lines))
    with openai.OpenAI(api_key="k", max_retries=0) as api:
        file = api.files.create(file=("total.docx", document), purpose="user_data")
        part: Any = {"type": "input_file", "file_id": file.id}
        content: Any = [part, {"type": "input_text", "text": QUESTION}]
        said: Any = [{"role": "user", "content": content}]
        answer = api.responses.create(model="gpt-demo", input=said).output_text

    assert file.filename == "total.docx"
    assert answer.startswith(NOTICE)
    assert MODEL_SAYS in answer
    assert QUESTION in answer
    [asked] = arrived.at_model
    assert b"subtotal = sum(" in asked.body
    assert arrived.everything == b""


@pytest.mark.usefixtures("environment")
def test_what_is_taken_out_of_a_file_comes_back_in_the_answer_and_is_nobody_elses(
    arrived: Any,
) -> None:
    with openai.OpenAI(api_key="k", max_retries=0) as api:
        text = f"Please call {MAIL} about {IBAN}.\n".encode()
        file = api.files.create(file=("mail.txt", text), purpose="user_data")
        [uploaded] = arrived.at(OPENAI)
        mail, iban = re.findall(rb"\[(?:EMAIL|IBAN)_\w+\]", uploaded.body)
        part: Any = {"type": "file", "file": {"file_id": file.id}}
        # the stand-in says again what it is asked, as a model does that has read the file
        asked = f"I am bob.miller@firma.de. Write to {mail.decode()} about {iban.decode()}."
        said: Any = [{"role": "user", "content": [part, {"type": "text", "text": asked}]}]
        answer = api.chat.completions.create(model="gpt-demo", messages=said)

    assert f"I am bob.miller@firma.de. Write to {MAIL} about {IBAN}." in str(answer)
    left = arrived.at(OPENAI)[-1].body
    assert mail in left
    assert b"I am [EMAIL_" in left
    assert left.count(mail) == 1
    for value in (MAIL, IBAN, "bob.miller"):
        assert value.encode() not in arrived.everything


@pytest.mark.usefixtures("environment")
def test_who_asks_about_more_than_a_model_can_read_is_told_so(arrived: Any) -> None:
    text = CODE + "\n\n" + "It rained all day, and nobody came to the market. " * 25_000
    with openai.OpenAI(api_key="k", max_retries=0) as api:
        file = api.files.create(file=("total.txt", text.encode()), purpose="user_data")
        part: Any = {"type": "input_file", "file_id": file.id}
        said: Any = [{"role": "user", "content": [part, {"type": "input_text", "text": QUESTION}]}]
        with pytest.raises(openai.BadRequestError, match="longer than what the models there"):
            api.responses.create(model="gpt-demo", input=said)

    assert file.bytes == len(text) > 1_200_000
    assert arrived.at_model == []
    assert arrived.everything == b""


@pytest.mark.usefixtures("environment")
def test_an_upload_in_parts_stays_inside_whole(arrived: Any) -> None:
    parts = b"Please read this first.\n" * 20, CODE.encode()
    with openai.OpenAI(api_key="k", max_retries=0) as api:
        done = api.uploads.upload_file_chunked(
            file=b"".join(parts),
            filename="total.py",
            bytes=sum(map(len, parts)),
            mime_type="text/x-python",
            purpose="user_data",
            part_size=len(parts[0]),
        )
        assert done.file is not None
        part: Any = {"type": "input_file", "file_id": done.file.id}
        said: Any = [{"role": "user", "content": [part, {"type": "input_text", "text": QUESTION}]}]
        answer = api.responses.create(model="gpt-demo", input=said).output_text

    assert answer.startswith(NOTICE)
    [asked] = arrived.at_model
    assert asked.body.count(b"Please read this first.") == 20
    assert b"subtotal = sum(" in asked.body
    assert b"subtotal" not in arrived.everything


@pytest.mark.usefixtures("environment")
def test_a_resumable_upload_stays_inside_whole(
    arrived: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = b"Please read this first.\n" * 20
    monkeypatch.setattr(_api_client, "CHUNK_SIZE", len(first))
    api = genai.Client(api_key="k")
    config = types.UploadFileConfig(mime_type="text/plain", display_name="total.py")
    file = api.files.upload(file=BytesIO(first + CODE.encode()), config=config)
    answer = api.models.generate_content(model="gemini-demo", contents=[file, QUESTION]).text

    assert (answer or "").startswith(NOTICE)
    [asked] = arrived.at_model
    assert asked.body.count(b"Please read this first.") == 20
    assert b"subtotal = sum(" in asked.body
    assert b"subtotal" not in arrived.everything


@pytest.mark.parametrize("host", [CHATGPT, CLAUDE_PAGE, GEMINI_PAGE, DEEPSEEK_PAGE])
def test_a_file_that_a_page_uploads_stays_inside_and_can_be_asked_about(
    browser: Browser, host: str, arrived: Any
) -> None:
    page = browser.new_page()
    page.goto(f"https://{host}/")
    body = page.locator("body")
    expect(body).to_have_attribute("data-state", "ready")
    file: Any = {"name": "total.py", "mimeType": "text/x-python", "buffer": CODE.encode()}
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Attach a file").click()
    chosen.value.set_files(file)
    expect(body).to_have_attribute("data-state", "attached")
    expect(page.locator("#attached")).to_have_text("Attached: total.py")
    page.locator("#prompt").fill(QUESTION)
    page.get_by_role("button", name="Send").click()
    expect(body).to_have_attribute("data-state", "done")
    expect(page.locator(".error")).to_have_count(0)
    said = page.locator(".message").all_inner_texts()
    page.close()

    assert said[-1].startswith(NOTICE)
    [asked] = arrived.at_model
    assert b"subtotal = sum(" in asked.body
    assert QUESTION.encode() in asked.body
    assert b"subtotal" not in arrived.everything


@pytest.mark.parametrize("host", [CHATGPT, CLAUDE_PAGE, GEMINI_PAGE])
def test_a_page_shows_why_a_file_was_refused(browser: Browser, host: str, arrived: Any) -> None:
    page = browser.new_page()
    page.goto(f"https://{host}/")
    body = page.locator("body")
    expect(body).to_have_attribute("data-state", "ready")
    file: Any = {"name": "why.txt", "mimeType": "text/plain", "buffer": PAYMENT.encode()}
    page.locator("#file").set_input_files(file)
    expect(body).to_have_attribute("data-state", "done")
    [said] = page.locator(".error").all_inner_texts()
    page.close()

    assert "payment card" in said
    assert CARD.encode() not in arrived.everything
