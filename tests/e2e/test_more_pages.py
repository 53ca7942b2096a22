"""Chromium through the proxy: more pages, each in its own protocol, with all four actions."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from penstock.demo.standins import MODEL_SAYS, SERVICE_SAYS
from tests.e2e.page_services import (
    COPILOT_PAGE,
    DEEPSEEK_PAGE,
    GROK_PAGE,
    PERPLEXITY_PAGE,
    Copilot,
)
from tests.e2e.test_pages import BROWSER, CARD, CODE, FRANCE, MAIL

DIALECTS = {
    DEEPSEEK_PAGE: ("deepseek_web", BROWSER),
    PERPLEXITY_PAGE: ("perplexity_web", BROWSER),
    GROK_PAGE: ("grok_web", BROWSER),
    COPILOT_PAGE: ("copilot_socket", BROWSER),
}


@pytest.mark.tried("{}", of=DIALECTS)
@pytest.mark.parametrize("host", DIALECTS)
def test_a_page_keeps_to_all_four_actions(
    browser: Browser, host: str, arrived: Any, copilot: Copilot
) -> None:
    page = browser.new_page()
    page.goto(f"https://{host}/")
    expect(page.locator("body")).to_have_attribute("data-state", "ready")

    assert said(page, FRANCE) == SERVICE_SAYS + FRANCE
    assert said(page, f"Thank {MAIL} for the meeting.") == (
        f"{SERVICE_SAYS}Thank {MAIL} for the meeting."
    )
    inside = said(page, CODE)
    assert inside.startswith("[Answered by Demo company's internal model stand-in-llm;")
    assert inside.endswith(MODEL_SAYS + CODE)
    assert "Card numbers may not be sent to AI services." in said(page, f"charge {CARD} please")

    expect(page.locator(".error")).to_have_count(0)
    page.close()
    left = arrived.everything + "".join(copilot.heard).encode()
    assert b"[EMAIL_1]" in left
    for secret in (MAIL.encode(), b"subtotal", CARD.encode(), b"4111"):
        assert secret not in left


def said(page: Page, prompt: str) -> str:
    """The last thing the chat says when the answer is through."""
    page.locator("#prompt").fill(prompt)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("body")).to_have_attribute("data-state", "done")
    return page.locator(".message").all_inner_texts()[-1]


def test_an_answer_on_a_socket_appears_word_by_word(
    browser: Browser, paced: Callable[[int], None], arrived: Any
) -> None:
    page = browser.new_page()
    page.goto(f"https://{COPILOT_PAGE}/")
    expect(page.locator("body")).to_have_attribute("data-state", "ready")
    page.locator("#prompt").fill(CODE)
    page.get_by_role("button", name="Send").click()
    answer = page.locator(".assistant")
    paced(4)
    expect(answer).to_contain_text("]\n\nThe in")
    expect(answer).not_to_contain_text("heard")
    paced(10_000)
    expect(answer).to_contain_text(MODEL_SAYS + CODE)
    page.close()
