"""Chromium through the proxy: a chat page that reads its answer as a stream."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from penstock.demo.standins import MODEL_SAYS, OPENAI, SERVICE_SAYS

MAIL = "erika.mustermann@kunde-gmbh.de"
CODE = (
    "def total(items: list[Item]) -> Decimal:\n"
    "    subtotal = sum(item.price * item.quantity for item in items)\n"
    '    if subtotal > Decimal("100"):\n'
    '        return subtotal * Decimal("0.95")\n'
    "    return subtotal"
)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(f"https://{OPENAI}/")
    yield page
    page.close()


def send(page: Page, prompt: str) -> None:
    page.locator("#prompt").fill(prompt)
    page.get_by_role("button", name="Send").click()


def test_allowed(page: Page, arrived: Any) -> None:
    send(page, "What is the capital of France?")

    expect(page.locator("#state")).to_have_text("done")
    expect(page.locator("#answer")).to_have_text(f"{SERVICE_SAYS}What is the capital of France?")
    assert b"What is the capital of France?" in arrived.at(OPENAI)[0].body


def test_redacted(page: Page, arrived: Any) -> None:
    send(page, f"write to {MAIL} please")

    expect(page.locator("#answer")).to_have_text(f"{SERVICE_SAYS}write to {MAIL} please")
    assert b"write to [EMAIL_1] please" in arrived.at(OPENAI)[0].body
    assert MAIL.encode() not in arrived.everything


def test_redirected(page: Page, arrived: Any) -> None:
    send(page, CODE)

    expect(page.locator("#state")).to_have_text("answered inside")
    said = page.locator("#answer").inner_text()
    assert said.startswith("[Answered by Demo company's internal model stand-in-llm;")
    assert said.endswith(MODEL_SAYS + CODE)
    assert arrived.everything == b""


def test_blocked(page: Page, arrived: Any) -> None:
    send(page, "charge 4111 1111 1111 1111 please")

    expect(page.locator("#answer")).to_contain_text("Card numbers may not be sent to AI services.")
    assert arrived.everything == b""
    assert arrived.at_model == []


def test_an_answer_appears_piece_by_piece(
    page: Page, paced: Callable[[int], None], arrived: Any
) -> None:
    send(page, "one two three four")

    paced(3)
    expect(page.locator("#answer")).to_have_text("You said:")
    paced(10_000)
    expect(page.locator("#answer")).to_have_text("You said: one two three four")
