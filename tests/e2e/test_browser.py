"""Chromium through the proxy: a chat page that reads its answer as a stream."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Page, expect, sync_playwright

from penstock.demo.running import RunningProxy
from penstock.demo.standins import MODEL_SAYS, OPENAI, SERVICE_SAYS

CHROMIUM = Path("/usr/bin/chromium")
MAIL = "erika.mustermann@kunde-gmbh.de"
CODE = (
    "def total(items: list[Item]) -> Decimal:\n"
    "    subtotal = sum(item.price * item.quantity for item in items)\n"
    '    if subtotal > Decimal("100"):\n'
    '        return subtotal * Decimal("0.95")\n'
    "    return subtotal"
)


@pytest.fixture(scope="module")
def page(proxy: RunningProxy) -> Iterator[Page]:
    assert CHROMIUM.exists(), "Debian's chromium is needed: make packages"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            proxy={"server": f"http://{proxy.address}"},
            args=[
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                f"--ignore-certificate-errors-spki-list={fingerprint(proxy.ca)}",
            ],
        )
        page = browser.new_page()
        page.goto(f"https://{OPENAI}/")
        yield page
        browser.close()


def fingerprint(ca: Path) -> str:
    """What Chromium is told to trust: this CA's key, and no other."""
    key = x509.load_pem_x509_certificate(ca.read_bytes()).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(info).digest()).decode()


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
