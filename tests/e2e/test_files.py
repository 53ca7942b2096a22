"""A file that must not leave, uploaded by the vendor's own library, through the real proxy."""

from typing import Any

import openai
import pytest

from penstock.demo.standins import MODEL_SAYS
from tests.detectors.documents import made
from tests.e2e.test_sdks import CODE, NOTICE

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
