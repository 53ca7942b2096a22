"""One request to a site that looks at the handshake, made ready for curl-impersonate.

INVARIANT: certificates are verified against the same authorities as on the ordinary way, and the
address is one that was checked.

Source: github.com/lexiforest/curl_cffi 0.17; libcurl's curl_easy_setopt, read 2026-11-28.
"""

import ssl
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mitmproxy.http import Response

from proxy_addons.destinations import CONNECT_S

if TYPE_CHECKING:
    from curl_cffi import Curl

OF_THE_CONNECTION = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
_UNVERIFIED = (35, 51, 58, 60, 77, 83, 91)
"""libcurl's errors of a TLS handshake."""
BEFORE_SENDING = (6, 7, *_UNVERIFIED)
"""Those that come before anything of a request was sent: no name, no connection, no TLS."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it is to be sent."""

    method: str
    host: str
    port: int
    path: str
    headers: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    body: bytes = field(repr=False)
    handshake: str
    """The browser whose handshake is presented, as curl-impersonate names it."""


class Failing(Protocol):
    """What the client of a request without an answer gets."""

    def __call__(self, why: str, *, is_sent: bool) -> Awaitable[Response]:
        """`is_sent`: whether the service may have got something of the request."""
        ...


def prepared(call: Call, address: str, port: int, roots: str, scheme: str = "https") -> "Curl":
    """A handle that goes to `address`, and nowhere else."""
    from curl_cffi import Curl, CurlOpt

    curl = Curl(cacert=roots)
    curl.impersonate(call.handshake, default_headers=False)
    # the name stays what it is, for the certificate too; the address is the one checked
    curl.setopt(CurlOpt.URL, f"{scheme}://{_bracketed(call.host)}:{port}{call.path}".encode())
    curl.setopt(CurlOpt.RESOLVE, [f"{call.host}:{port}:{_bracketed(address)}"])
    curl.setopt(CurlOpt.CAINFO, roots)
    if path := ssl.get_default_verify_paths().capath:
        curl.setopt(CurlOpt.CAPATH, path)
    curl.setopt(CurlOpt.SSL_VERIFYPEER, 1)
    curl.setopt(CurlOpt.SSL_VERIFYHOST, 2)
    curl.setopt(CurlOpt.PROXY, b"")
    curl.setopt(CurlOpt.NOPROXY, b"*")
    curl.setopt(CurlOpt.FOLLOWLOCATION, 0)
    curl.setopt(CurlOpt.CONNECTTIMEOUT_MS, int(CONNECT_S * 1000))
    curl.setopt(CurlOpt.PATH_AS_IS, 1)
    return curl


def lines(call: Call) -> list[bytes]:
    """The client's own headers, and nothing that curl would add."""
    found, seen = [], set()
    for name, value in call.headers:
        lower = name.lower().decode("latin-1")
        seen.add(lower)
        if lower in OF_THE_CONNECTION or lower == "content-length":
            continue
        found.append(name + b": " + value if value else name + b";")
    if "host" not in seen:
        port = "" if call.port == 443 else f":{call.port}"
        found.insert(0, f"Host: {_bracketed(call.host)}{port}".encode())
    missing = {"accept", "content-type", "user-agent", "accept-encoding"} - seen
    return found + [f"{name}:".encode() for name in ("expect", *sorted(missing))]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def reason(call: Call, error: BaseException | None) -> str:
    """What went wrong, in words of ours: those of a library may repeat a request."""
    code = getattr(error, "code", 0)
    if code in _UNVERIFIED:
        return f"the certificate of {call.host} could not be verified"
    return "no connection" if code in BEFORE_SENDING else "the connection ended"
