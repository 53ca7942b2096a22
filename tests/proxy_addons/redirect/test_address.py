"""Which addresses an internal model may have."""

import socket

import pytest

from penstock.errors import ConfigError
from proxy_addons.redirect.address import checked

LISTENS = ("127.0.0.1:8080",)


@pytest.mark.parametrize(
    "base_url",
    [
        "http://127.0.0.1:8000/v1",
        "http://127.0.0.2:8080/v1",
        "http://[::1]:8080/v1",
        "https://10.0.0.7/v1",
        "http://llm.acme.invalid:8080/v1",
    ],
)
def test_a_plain_root_that_is_not_ours_is_fine(base_url: str) -> None:
    assert checked("internal", base_url, LISTENS).hostname


@pytest.mark.parametrize(
    ("base_url", "why"),
    [
        ("ftp://10.0.0.7/v1", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("10.0.0.7:8000/v1", "http:// or https://"),
        ("http:///v1", "http:// or https://"),
        ("http://user:secret@10.0.0.7:port/v1", "not a URL"),
        ("http://user:secret@10.0.0.7/v1", "api_key"),
        ("http://10.0.0.7/v1?key=secret", "no `\\?`"),
        ("http://10.0.0.7/v1#x", "no `\\?`"),
        ("http://169.254.169.254/latest", "link-local"),
        ("http://[::ffff:169.254.169.254]/latest", "link-local"),
        ("http://2852039166/latest", "link-local"),
        ("http://[fe80::1]/v1", "link-local"),
        ("http://0.0.0.0:8000/v1", "unspecified"),
    ],
)
def test_anything_else_is_a_configuration_error(base_url: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as e:
        checked("internal", base_url, LISTENS)

    assert "models.internal.base_url" in str(e.value)
    assert "secret" not in str(e.value)


@pytest.mark.parametrize(
    "base_url",
    [
        "http://127.0.0.1:8080/v1",
        "http://localhost:8080/v1",
        "http://127.1:8080/v1",
        "http://2130706433:8080/v1",
        "http://[::ffff:127.0.0.1]:8080/v1",
    ],
)
def test_a_model_at_our_own_address_would_go_in_circles(base_url: str) -> None:
    with pytest.raises(ConfigError, match="Penstock itself listens"):
        checked("internal", base_url, LISTENS)


@pytest.mark.parametrize("listen", ["0.0.0.0:8080", ":8080", "[::]:8080"])
def test_listening_everywhere_means_every_address_of_this_machine(listen: str) -> None:
    with pytest.raises(ConfigError, match="Penstock itself listens"):
        checked("internal", "http://127.0.0.1:8080/v1", (listen,))
    assert checked("internal", "http://198.51.100.7:8080/v1", (listen,))


def test_the_usual_port_of_the_scheme_counts() -> None:
    with pytest.raises(ConfigError, match="Penstock itself listens"):
        checked("internal", "http://127.0.0.1/v1", ("127.0.0.1:80",))


def test_a_name_that_does_not_resolve_yet_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert checked("internal", "http://llm.acme.example/v1", LISTENS)
