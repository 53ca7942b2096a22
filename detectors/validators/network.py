"""Network addresses.

Source: RFC 791, RFC 4291 (section 2.2), IEEE 802-2014 (section 8.1).
"""

from ipaddress import AddressValueError, IPv4Address, IPv6Address

from detectors.validators import check


@check("ipv4")
def ipv4(value: str) -> bool:
    """Four numbers below 256 without leading zeros."""
    try:
        IPv4Address(value)
    except AddressValueError:
        return False
    return True


@check("no_pairs")
def no_pairs(value: str) -> bool:
    """Not four numbers of two digits, as which telephone numbers and figures are written too."""
    return any(len(number) != 2 for number in value.split("."))


@check("ipv6")
def ipv6(value: str) -> bool:
    """A valid address with at least three groups, so that `::1` in C++ or `12:30` is none."""
    try:
        IPv6Address(value.partition("%")[0])
    except AddressValueError:
        return False
    return sum(bool(group) for group in value.split(":")) >= 3


@check("email")
def email(value: str) -> bool:
    """Neither a remote of a version control system nor a package with its version."""
    local, _, domain = value.replace("%40", "@").rpartition("@")
    return (
        0 < len(local) <= 64
        and ".." not in value
        and not local.endswith(".")
        and not (local == "git" and "." in domain)
        and not domain.rpartition(".")[2].lower().startswith(("png", "jpg", "svg", "webp"))
    )
