"""Where an internal model may be: an address from the settings that is not our own."""

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from penstock.errors import ConfigError

LOOP_HEADER = "penstock-redirected"
"""Every request to an internal model carries it. One that arrives here with it has gone round."""

_PORTS = {"http": 80, "https": 443}


def checked(name: str, base_url: str, listens: Iterable[str] = ()) -> SplitResult:
    """The parts of `base_url`. `listens` are the HOST:PORT this product itself listens on.

    Raises ConfigError for what is no plain http or https root, for a link-local address (where
    clouds keep their credentials) and for one of our own: a prompt would go in circles.
    """
    setting = f"models.{name}.base_url"
    try:
        url = urlsplit(base_url)
        port = url.port or _PORTS.get(url.scheme, 0)
    except ValueError:
        raise ConfigError(f"`{setting}`: this is not a URL") from None
    if url.scheme not in _PORTS or not url.hostname:
        raise ConfigError(f"`{setting}`: an http:// or https:// URL is needed")
    if url.username is not None or url.password is not None:
        raise ConfigError(f"`{setting}`: credentials go into `models.{name}.api_key`")
    if url.query or url.fragment:
        raise ConfigError(f"`{setting}`: the root of an API has no `?` or `#`")
    found = _addresses(url.hostname)
    if any(a.is_link_local or a.is_multicast or a.is_unspecified for a in found):
        raise ConfigError(f"`{setting}`: no model may be at a link-local or unspecified address")
    for listen in listens:
        host, _, own_port = listen.rpartition(":")
        if own_port.isdigit() and port == int(own_port) and _same_machine(found, host.strip("[]")):
            raise ConfigError(f"`{setting}`: this is where Penstock itself listens")
    return url


type _Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _addresses(host: str) -> set[_Address]:
    """What `host` resolves to, spellings such as `127.1` and mapped addresses made plain.

    A name that cannot be resolved now gives nothing: models may start after the proxy.
    """
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return set()
    return {_plain(str(answer[4][0])) for answer in answers}


def _plain(text: str) -> _Address:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _same_machine(found: set[_Address], listen_host: str) -> bool:
    own = _addresses(listen_host) if listen_host else set()
    if listen_host and not any(a.is_unspecified for a in own):
        return bool(found & own)
    return any(_is_ours(a) for a in found)


def _is_ours(address: _Address) -> bool:
    """Whether this machine has `address`: only then can a socket be bound to it."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
