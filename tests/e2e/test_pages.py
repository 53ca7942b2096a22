"""Chromium through the proxy: pages that speak as ChatGPT's, Claude's and Gemini's do.

Screenshots for the documents are taken when PENSTOCK_SCREENSHOTS names a folder.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from penstock.demo.standins import (
    CHATGPT,
    CLAUDE_PAGE,
    GEMINI_PAGE,
    MODEL_SAYS,
    SERVICE_SAYS,
)

MAIL = "erika.mustermann@kunde-gmbh.de"
CARD = "4111 1111 1111 1111"
CODE = (
    "def total(items: list[Item]) -> Decimal:\n"
    "    subtotal = sum(item.price * item.quantity for item in items)\n"
    '    if subtotal > Decimal("100"):\n'
    '        return subtotal * Decimal("0.95")\n'
    "    return subtotal"
)
BROWSER = "Chromium, with a page of ours that speaks the protocol"
DIALECTS = {
    CHATGPT: ("chatgpt_web", BROWSER),
    CLAUDE_PAGE: ("claude_web", BROWSER),
    GEMINI_PAGE: ("gemini_web", BROWSER),
}
pytestmark = pytest.mark.tried("{}", of=DIALECTS)
NAMES = {CHATGPT: "chatgpt", CLAUDE_PAGE: "claude", GEMINI_PAGE: "gemini"}


@pytest.fixture(params=NAMES, ids=NAMES.values())
def host(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def page(browser: Browser, host: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 720, "height": 420})
    page.goto(f"https://{host}/")
    expect(page.locator("body")).to_have_attribute("data-state", "ready")
    yield page
    page.close()


def send(page: Page, prompt: str) -> None:
    page.locator("#prompt").fill(prompt)
    page.get_by_role("button", name="Send").click()


def settled(page: Page) -> list[str]:
    """What the chat says when the answer and the calls after it are through."""
    expect(page.locator("body")).to_have_attribute("data-state", "done")
    return page.locator(".message").all_inner_texts()


def shot(page: Page, host: str, name: str) -> None:
    if folder := os.environ.get("PENSTOCK_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{NAMES[host]}-{name}.png")


def test_an_ordinary_question_is_answered_by_the_service(
    page: Page, host: str, arrived: Any
) -> None:
    send(page, "What is the capital of France?")

    assert settled(page)[-1] == f"{SERVICE_SAYS}What is the capital of France?"
    shot(page, host, "allow")


def test_personal_data_goes_out_as_placeholders_and_comes_back(
    page: Page, host: str, arrived: Any
) -> None:
    send(page, f"Thank {MAIL} for the meeting.")

    assert settled(page)[-1] == f"{SERVICE_SAYS}Thank {MAIL} for the meeting."
    assert MAIL.encode() not in arrived.everything
    assert MAIL.replace("@", "%40").encode() not in arrived.everything
    assert b"EMAIL_1" in arrived.wire(host)
    shot(page, host, "redact")


def test_source_code_is_answered_by_the_internal_model(page: Page, host: str, arrived: Any) -> None:
    send(page, CODE)

    said = settled(page)[-1]
    assert said.startswith("[Answered by Demo company's internal model stand-in-llm;")
    assert said.endswith(MODEL_SAYS + CODE)
    assert b"subtotal" not in arrived.everything
    shot(page, host, "redirect")


def test_a_refusal_reads_as_a_message_of_the_chat(page: Page, host: str, arrived: Any) -> None:
    send(page, f"Why is my payment with card {CARD} declined?")

    assert "Card numbers may not be sent to AI services." in settled(page)[-1]
    expect(page.locator(".error")).to_have_count(0)
    assert CARD.encode() not in arrived.everything
    assert CARD.replace(" ", "+").encode() not in arrived.everything
    assert arrived.at_model == []
    shot(page, host, "block")


def test_it_can_be_used_on_a_telephone_in_the_dark_and_without_seeing_it(
    page: Page, host: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.emulate_media(color_scheme="dark")
    page.get_by_role("textbox", name="Message").fill(f"Why is {CARD} declined? {'x' * 90}")
    page.get_by_role("button", name="Send").click()
    settled(page)

    log = page.get_by_role("log", name="Chat")
    expect(log).to_contain_text("Card numbers may not be sent to AI services.")
    expect(log).to_have_attribute("aria-busy", "false")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 25, 28)"
    shot(page, host, "telephone")


def test_the_internal_answer_appears_word_by_word(
    page: Page, host: str, paced: Callable[[int], None], arrived: Any
) -> None:
    send(page, CODE)
    answer = page.locator(".assistant")
    paced(4)
    expect(answer).to_contain_text("]\n\nThe in")
    expect(answer).not_to_contain_text("heard")
    paced(3)
    expect(answer).to_contain_text("The internal model")
    expect(answer).not_to_contain_text("subtotal")
    shot(page, host, "streaming")
    paced(10_000)

    assert settled(page)[-1].endswith(MODEL_SAYS + CODE)


FRANCE, SPAIN = "What is the capital of France?", "And of Spain?"


def sent(page: Page, prompt: str) -> list[str]:
    send(page, prompt)
    return settled(page)


def loaded_again(page: Page) -> list[str]:
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-state", "ready")
    return page.locator(".message").all_inner_texts()


def test_a_chat_answered_inside_is_still_there_when_the_page_is_loaded_again(
    page: Page, host: str, arrived: Any
) -> None:
    said = sent(page, CODE)

    assert loaded_again(page) == said
    assert arrived.wire(host).count(b"subtotal") == 0


def test_a_chat_answered_inside_has_a_title(page: Page, host: str, arrived: Any) -> None:
    if host == GEMINI_PAGE:
        return  # its page asks for none
    sent(page, CODE)

    expect(page.locator("#title")).to_have_text("def total(items: list[Item]) -> Decimal: subtotal")
    assert b"subtotal" not in arrived.everything


@pytest.mark.parametrize("inside", [CODE, f"charge {CARD} please"], ids=["redirect", "block"])
def test_a_chat_goes_on_at_its_service_after_a_turn_inside(
    page: Page, host: str, inside: str, arrived: Any
) -> None:
    sent(page, FRANCE)
    sent(page, inside)
    said = sent(page, SPAIN)

    assert said[::2] == [FRANCE, inside, SPAIN]
    assert said[1] == SERVICE_SAYS + FRANCE
    assert said[5] == SERVICE_SAYS + SPAIN
    assert loaded_again(page) == said
    # the whole number: four of its digits may be those of a random id
    for secret in (rb"subtotal", rb"4111.{0,3}1111", rb"internal model"):
        assert not re.search(secret, arrived.everything)


def test_a_chat_that_began_inside_goes_on_as_a_new_one_at_its_service(
    page: Page, host: str, arrived: Any
) -> None:
    sent(page, CODE)

    assert sent(page, SPAIN)[-1] == SERVICE_SAYS + SPAIN
    assert sent(page, FRANCE)[-1] == SERVICE_SAYS + FRANCE
    assert b"subtotal" not in arrived.everything


def test_the_internal_model_knows_what_it_said_before(page: Page, host: str, arrived: Any) -> None:
    sent(page, CODE)
    sent(page, CODE.replace("total(", "sum_of("))

    roles = [m["role"] for m in json.loads(arrived.at_model[-1].body)["messages"]]
    assert roles == ["user", "assistant", "user"]
