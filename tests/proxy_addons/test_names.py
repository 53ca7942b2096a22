"""Spellings of host names."""

import pytest

from proxy_addons.names import canonical, split_port

SAME = {
    "api.openai.com": [
        "api.openai.com",
        "API.OpenAI.COM",
        "api.openai.com.",
        "api.openai.com...",
        "ａｐｉ.openai.com",
        "api。openai。com",
    ],
    "xn--bcher-kva.example": ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example"],
    "127.0.0.1": [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.01",
        "::ffff:127.0.0.1",
        "[::FFFF:7f00:1]",
        "127.0.0.1.",
    ],
    "::1": ["::1", "[::1]", "0:0:0:0:0:0:0:1", "[0::1]", "::1%lo"],
    "0.0.0.0": ["0", "0.0", "0x0"],
}


@pytest.mark.parametrize(
    ("spelling", "name"), [(s, name) for name, spellings in SAME.items() for s in spellings]
)
def test_every_spelling_of_a_host_is_the_same_host(spelling: str, name: str) -> None:
    assert canonical(spelling) == name
    assert canonical(name) == name


NO_HOSTS = (
    *("", "a b", "a\0b", ".", "a..b", "a/b", "a@b", "a:b", "1::2::3", "a,b", "a%2eb", "a$b", "a+b"),
    *("256.1.1.1", "1.2.3.4.5", "a.1", "0x1ffffffff", "08.1.1.1", "x" * 64, "x." * 130 + "x"),
)


@pytest.mark.parametrize("host", NO_HOSTS)
def test_what_is_no_host_is_an_error(host: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        canonical(host)


@pytest.mark.parametrize(
    ("authority", "parts"),
    [
        ("a.example:443", ("a.example", 443)),
        ("a.example", ("a.example", None)),
        ("[::1]:8080", ("[::1]", 8080)),
        ("[::1]", ("[::1]", None)),
        ("::1", ("::1", None)),
    ],
)
def test_ports_are_split_off(authority: str, parts: tuple[str, int | None]) -> None:
    assert split_port(authority) == parts


@pytest.mark.parametrize("authority", ["a:", "a:0", "a:65536", "a:x", "a:-1", "a:٣"])
def test_what_is_no_port_is_an_error(authority: str) -> None:
    with pytest.raises(ValueError, match="not a port"):
        split_port(authority)
