"""A request's head: which service is meant, and what is turned away before its body is read.

Source: RFC 9110, sections 7.2 (Host), 7.8 (Upgrade) and 15.5.20 (421); RFC 9112, section 6.1.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mitmproxy.http import HTTPFlow, Request

from proxy_addons.accounts import Accounts
from proxy_addons.destinations import Destinations
from proxy_addons.dialects.messages import METHOD
from proxy_addons.failures import TOO_LARGE
from proxy_addons.identity import Identities, sender
from proxy_addons.limits import HEAD_BYTES, HEADERS
from proxy_addons.names import canonical, split_port
from proxy_addons.passage import Passage, by_name
from proxy_addons.redirect.address import LOOP_HEADER
from proxy_addons.responses import HEALTH
from proxy_addons.services import Service, Services
from proxy_addons.websocket import settle_offer

_LOOP = LOOP_HEADER.encode()


@dataclass(frozen=True, slots=True)
class Turned:
    """A request that is turned away by its head alone."""

    status: int
    """200: it asks for the proxy itself."""
    message: str
    reason: str = ""
    """For the record, where a service that is inspected was meant: `host-mismatch`, …"""


class Entrance:
    """Reads heads. Opens nothing."""

    def __init__(
        self,
        services: Services,
        destinations: Destinations,
        identities: Identities,
        accounts: Accounts,
        max_body_bytes: int,
    ) -> None:
        self.services = services
        self._accounts = accounts
        self.identities = identities
        self._destinations = destinations
        self._max_body_bytes = max_body_bytes

    def check(self, flow: HTTPFlow, passage: Passage) -> Turned | None:
        """Fills in where `flow` goes, and takes out what concerns only the way to a proxy."""
        request = flow.request
        if _head_is_too_large(request):
            return Turned(431, "too many or too large headers")
        if _has_breaks(request):
            return Turned(400, "a header over several lines")
        head = passage.head = by_name(request.headers)
        passage.is_socket = _asks_for_socket(request, head)
        if _LOOP in head:
            return Turned(508, "a prompt for an internal model came back here")
        try:
            host = canonical(request.host)
            others = {canonical(name) for name in _other_names(flow, host, head)} - {host}
        except ValueError:
            return Turned(400, "no valid host name")
        service = self.services.at(host)
        meant = next((s for s in map(self.services.at, sorted(others)) if s), None)
        request.data.host = passage.host = host
        for name in (*self.identities.concerns, b"proxy-connection"):
            if name in head:
                del request.headers[name]
        if meant is not None or (others and service is not None):
            self._expect(flow, passage, service or meant)
            return Turned(421, "one host was asked for by another's name", "host-mismatch")
        self._accounts.restrict(host, request.headers)
        self._expect(flow, passage, service)
        if service is None or not service.is_read:
            if self._looks_at_us(request, host):
                return Turned(200, "")
            if self._destinations.refuses(host, request.port):
                return Turned(403, f"{host} is not a destination that may be reached")
            return None
        return self._check_inspected(request, passage, service)

    def asks_for_health(self, request: Request) -> bool:
        """Whether it is the proxy itself that is asked, and only whether it serves: whoever asks
        that needs no name."""
        try:
            return request.path == HEALTH and self._looks_at_us(request, canonical(request.host))
        except ValueError:
            return False

    def _looks_at_us(self, request: Request, host: str) -> bool:
        is_look = request.method in ("GET", "HEAD")
        return is_look and self._destinations.is_itself(host, request.port)

    def _expect(self, flow: HTTPFlow, passage: Passage, service: Service | None) -> None:
        if service is not None and service.is_read:
            method = METHOD if passage.is_socket else flow.request.method
            passage.endpoint = service.endpoint(method, flow.request.path)
            account = self._accounts.of(passage.host, flow.request.path, passage.head)
            passage.sender = sender(passage.who, service, account)

    def _check_inspected(
        self, request: Request, passage: Passage, service: Service
    ) -> Turned | None:
        head = passage.head
        if b"transfer-encoding" in head and (
            head[b"transfer-encoding"].strip().lower() != b"chunked"
        ):
            return Turned(400, "a transfer coding that cannot be read", "transfer-encoding")
        if b"upgrade" in head:
            if passage.is_socket:
                match service.websockets:
                    case "block":
                        message = "WebSockets to this service are not allowed"
                        return Turned(403, message, "websocket")
                    case "downgrade":
                        return Turned(426, "this service is to be used over HTTP")
                    case "inspect":
                        settle_offer(request)
            else:
                _drop_upgrade(request)
        length = head.get(b"content-length", b"")
        if length.isdigit() and int(length) > self._max_body_bytes:
            return Turned(413, "", TOO_LARGE)
        return None


def _asks_for_socket(request: Request, head: Mapping[bytes, bytes]) -> bool:
    """Whether a request wants to become a WebSocket, and is nothing else: what has a body is
    answered by servers that do not care for the wish, and read like any other."""
    return (
        b"websocket" in head.get(b"upgrade", b"").lower()
        and request.method == "GET"
        and head.get(b"content-length", b"0").strip() == b"0"
        and b"transfer-encoding" not in head
    )


def _head_is_too_large(request: Request) -> bool:
    fields = request.headers.fields
    size = len(request.data.path)
    for name, value in fields:
        size += len(name) + len(value)
    return len(fields) > HEADERS or size > HEAD_BYTES


def _has_breaks(request: Request) -> bool:
    """Old servers take a header that goes on in the next line for two."""
    values = b" ".join([value for _, value in request.headers.fields])
    return b"\n" in values or b"\r" in values or b"\0" in values


def _other_names(flow: HTTPFlow, host: str, head: Mapping[bytes, bytes]) -> Iterator[str]:
    """Every name of the host in the request, besides the one it is routed by."""
    sni = flow.client_conn.sni
    if sni is not None and sni != host:
        yield sni
    request = flow.request
    named = request.headers.get_all("host") if b"host" in head else ()
    for authority in (request.authority, *named):
        if authority and authority != host:
            yield split_port(authority)[0]


def _drop_upgrade(request: Request) -> None:
    del request.headers["upgrade"]
    request.headers.pop("http2-settings", None)
    kept = [
        token
        for token in request.headers.get("connection", "").split(",")
        if token.strip().lower() not in ("upgrade", "http2-settings", "")
    ]
    if kept:
        request.headers["connection"] = ",".join(kept)
    else:
        request.headers.pop("connection", None)
