"""Whose handshake a browser's requests go out with."""

import pytest
from curl_cffi.requests import BrowserType
from curl_cffi.requests.impersonate import REAL_TARGET_MAP

from proxy_addons.browsers import FAMILIES, Family, handshake_of

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"
)
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) {}"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) {}"
)
ANDROID = CHROME.replace("X11; Linux x86_64", "Linux; Android 10; K")


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
        (MAC.format("Version/26.1 Safari/605.1.15"), "safari260"),
        (MAC.format("Version/18.3.1 Safari/605.1.15"), "safari180"),
        (MAC.format("Version/18.5 Safari/605.1.15"), "safari184"),
        (MAC.format("Version/12.0 Safari/605.1.15"), "safari153"),
        (MAC.format("Chrome/152.0.0.0 Safari/537.36"), "chrome152_macos"),
        (MAC.format("Chrome/149.0.0.0 Safari/537.36 Edg/149.0.0.0"), "chrome146"),
        (PHONE.format("18_6", "Version/18.6 Mobile/15E148 Safari/604.1"), "safari184_ios"),
        (PHONE.format("26_1", "CriOS/150.0.0.0 Mobile/15E148 Safari/604.1"), "safari260_ios"),
        (PHONE.format("27_0", "FxiOS/150.0 Mobile/15E148 Safari/605.1.15"), "safari270_ios"),
        (PHONE.format("16_0", "EdgiOS/150.0.0.0 Mobile/15E148 Safari/604.1"), "safari172_ios"),
        (ANDROID.format("150.0.0.0"), "chrome131_android"),
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
    chosen = {name for family in FAMILIES for _, name in family.handshakes}

    assert chosen <= known


def test_the_newest_of_each_kind_that_the_library_has_is_chosen() -> None:
    newest = {name for family in FAMILIES for _, name in family.handshakes[-1:]}

    kinds = ("chrome", "firefox", "safari", "safari_ios", "chrome_android")
    assert {REAL_TARGET_MAP[kind] for kind in kinds} <= newest


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.handshakes[-1][1])
def test_versions_are_in_order(family: Family) -> None:
    assert list(family.handshakes) == sorted(family.handshakes)
