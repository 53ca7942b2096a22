"""Network addresses.

Source: RFC 791, RFC 4291 (section 2.2), IEEE 802-2014 (section 8.1).
"""

import re
from ipaddress import AddressValueError, IPv6Address
from socket import AF_INET, inet_pton

from detectors.validators import check

_DOTS = r"dot|d0t|punkt|punto|point|ponto|punt|kropka|tečka|bodka|pont|točka|piste|prikk|nokta"
_DOT = re.compile(
    rf" ?[\[({{<] ?(?:{_DOTS}|\.) ?[\])}}>] ?| (?:{_DOTS}|точка|крапка|τελεία) ", re.IGNORECASE
)
_AT = re.compile(r" ?[\[({<] ?[^\s\])}>]{1,14} ?[\])}>] ?| [^\s]{1,14} (?=[^ ]+$)")
_NOBODY = frozenset({
    "us", "me", "him", "her", "them", "it", "we", "you", "i", "is", "are", "was", "be", "here",
    "there", "find", "visit", "look", "see", "mail", "email", "e-mail", "site", "website", "page",
    "online", "hosted", "shop", "available", "found", "uns", "mich", "mir", "nous", "moi", "nos",
    "noi", "server", "host", "login", "logged", "running", "works",
})  # fmt: skip
"""What stands before `at example dot com` where that names a site, not a mailbox."""
_NO_DOMAIN = frozenset({"the", "a", "an", "of", "in", "by", "to", "and", "or", "is", "zero"})
_AT_A_POINT = re.compile(
    r" at (?:this|that|the|any|some|what|which|each|every|no|one) point ", re.IGNORECASE
)
"""No place for mail: `should at this point be`."""
_FILE = re.compile(r"[\w-]+\.(?:js|py|ts|md|txt|json|html?|ya?ml|exe|sh|rs|go|c|h)")


_UNITS = frozenset({
    "service", "socket", "timer", "target", "mount", "automount", "swap", "slice", "scope", "device"
})  # fmt: skip


@check("ipv4")
def ipv4(value: str) -> bool:
    """Four numbers below 256 without leading zeros."""
    try:
        inet_pton(AF_INET, value)
    except (OSError, ValueError):
        return False
    return True


@check("no_pairs", quick=True)
def no_pairs(value: str) -> bool:
    """Not four numbers of two digits, as which telephone numbers and figures are written too, and
    not one digit before three short numbers, as versions and sections have: `1.0.99.3`."""
    first, *others = (len(number) for number in value.split("."))
    if len(others) != 3:
        return True
    return max(others) > 2 or not (first == 1 or first == min(others) == 2)


@check("ipv6")
def ipv6(value: str) -> bool:
    """A valid address with at least three groups, so that `::1` in C++ or `12:30` is none."""
    try:
        IPv6Address(value.partition("%")[0])
    except AddressValueError:
        return False
    return sum(bool(group) for group in value.split(":")) >= 3


_OF_MANY = ("ffffffffffff", "000000000000", "0180c2", "01005e", "3333")
"""Everybody, nobody, and the groups that bridges and routers talk to."""


@check("mac", quick=True)
def mac(value: str) -> bool:
    """The address of one device."""
    return not re.sub(r"[^0-9a-f]", "", value.lower()).startswith(_OF_MANY)


@check("email")
def email(value: str) -> bool:
    """Neither a remote of a version control system nor a package with its version nor an instance
    of a unit of systemd: `getty@tty1.service`."""
    local, _, domain = value.replace("%40", "@").rpartition("@")
    return (
        0 < len(local) <= 64
        and ".." not in value
        and not local.endswith(".")
        and not (local == "git" and "." in domain)
        and not domain.rpartition(".")[2].lower().startswith(("png", "jpg", "svg", "webp"))
        and domain.rpartition(".")[2].lower() not in _UNITS
    )


@check("email_said")
def email_said(value: str) -> bool:
    """A mailbox at a domain, both believable, whatever its signs are called."""
    local, _, domain = _AT.sub("@", _DOT.sub(".", value), count=1).rpartition("@")
    labels = domain.split(".")
    return (
        local.lower() not in _NOBODY
        and not _AT_A_POINT.search(value)
        and len(labels) > 1
        and all(0 < len(label) < 64 for label in labels)
        and max(map(len, labels[:-1])) > 2
        and labels[-1].lower() not in _NO_DOMAIN
        and not _FILE.fullmatch(".".join(labels[-2:]))
        and not any(c.isspace() for c in domain)
    )


@check("said_in_words")
def said_in_words(value: str) -> bool:
    """With a sign or a spoken dot, not a file or a version: `node.js at example dot com`."""
    local = value.split(" ")[0]
    return (
        ("@" in value or _DOT.search(value) is not None)
        and local[-1].isalnum()
        and sum(c.isalpha() for c in local) > 2
        and not _FILE.fullmatch(local)
    )
