"""Whose handshake a browser's requests go out with."""

import pytest
from curl_cffi.requests import BrowserType

from proxy_addons import browsers
from proxy_addons.browsers import handshake_of

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) {}"
)


@pytest.mark.parametrize(
    ("user_agent", "handshake"),
    [
        (CHROME.format("152.0.0.0"), "chrome152"),
        (CHROME.format("156.0.8078.108"), "chrome152"),
        (CHROME.format("140.0.0.0"), "chrome136"),
        (CHROME.format("134.0.0.0"), "chrome133a"),
        (CHROME.format("60.0.0.0"), "chrome99"),
        (CHROME.format("150.0.0.0") + " Edg/150.0.0.0", "chrome150"),
        (CHROME.format("1").replace("Chrome/1", "HeadlessChrome/146.0"), "chrome146"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "firefox135"),
        (SAFARI.format("Version/26.1 Safari/605.1.15"), "safari260"),
        (SAFARI.format("Version/17.2 Mobile/15E148 Safari/604.1"), "safari17_0"),
        ("Mozilla/5.0 (compatible; something/1.0)", ""),
        ("OpenAI/Python 3.52.0", ""),
        ("curl/8.9.1", ""),
        ("", ""),
    ],
)
def test_the_nearest_handshake_is_chosen(user_agent: str, handshake: str) -> None:
    assert handshake_of(user_agent) == handshake


def test_every_handshake_is_one_that_the_library_has() -> None:
    known = {browser.value for browser in BrowserType}
    chosen = {handshake_of(CHROME.format(f"{v}.0")) for v in browsers._CHROME}
    chosen |= {f"firefox{v}" for v in browsers._FIREFOX} | set(browsers._SAFARI.values())

    assert chosen <= known
