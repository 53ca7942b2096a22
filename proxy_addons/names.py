"""Host names in one spelling, so that two spellings of a name are the same name."""

import ipaddress
import re
from functools import lru_cache

_NUMBERS = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}")


@lru_cache(4096)
def canonical(host: str) -> str:
    """`host` in lower case, without trailing dots, in ASCII (IDNA); addresses in plain spelling.

    `[::1]` loses its brackets, `::ffff:10.0.0.1` becomes `10.0.0.1`, and so do the spellings that
    the C library takes for addresses: `10.1`, `0x0a000001`. Raises ValueError for what is no host.
    """
    name = host.strip("[]").rstrip(".").lower()
    if name.isascii():
        if _NUMBERS.fullmatch(name):
            return _classic(name)
        if ":" in name:
            return plain(name)
    else:
        name = name.encode("idna").decode("ascii").rstrip(".").lower()
    if not name or len(name) > 253 or not _is_name(name):
        raise ValueError("not a host name")
    return name


@lru_cache(4096)
def plain(address: str) -> str:
    """An IP address without zone, IPv4 where IPv6 only wraps it. Raises ValueError."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return str(getattr(found, "ipv4_mapped", None) or found)


def split_port(authority: str) -> tuple[str, int | None]:
    """Host and port of `host:port`, `[v6]:port` or a host alone. Raises ValueError."""
    host, colon, port = authority.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        return authority, None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("not a port")
    return host, int(port)


def _is_name(name: str) -> bool:
    labels = name.split(".")
    return (
        all(0 < len(label) < 64 for label in labels)
        and not labels[-1].isdigit()  # an address that is none
        and re.fullmatch(r"[a-z0-9._-]+", name) is not None
    )


def _classic(name: str) -> str:
    """inet_aton's reading: the last number fills the bytes that are left."""
    numbers = [_number(part) for part in name.split(".")]
    *high, last = numbers
    if any(n > 255 for n in high) or last >= 256 ** (4 - len(high)):
        raise ValueError("not an address")
    value = last
    for i, n in enumerate(high):
        value |= n << (24 - 8 * i)
    return str(ipaddress.IPv4Address(value))


def _number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") and part != "0" else 10)
