"""Who somebody is by a certificate: their own, or one that a proxy in front has checked.

Source: RFC 5280 (names of subjects), RFC 4514 (distinguished names as text), the
`x-forwarded-client-cert` header of Envoy, read 2026-11-28.
"""

import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from penstock.errors import ConfigError

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SUBJECT = re.compile(r'(?:^|;)subject="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_NAMED = re.compile(r"/?\s*[A-Za-z][A-Za-z0-9.]*\s*=")
_ESCAPED = re.compile(r"\\([0-9A-Fa-f]{2})|\\(.)")


def listening(certificate: Path, client_ca: Path | None) -> ssl.SSLContext:
    """TLS for clients of the proxy itself; with `client_ca` they may show who they are.

    Raises ConfigError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate)
    except (OSError, ssl.SSLError) as e:
        raise ConfigError(f"`proxy.certificate`: {certificate}: {_why(e)}") from None
    if client_ca is not None:
        try:
            context.load_verify_locations(client_ca)
        except (OSError, ssl.SSLError) as e:
            raise ConfigError(f"`proxy.client_ca`: {client_ca}: {_why(e)}") from None
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def of_peer(certificate: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The name and groups in a checked certificate as `SSLSocket.getpeercert` gives it: its first
    mail address, else its common name; its organisational units. An empty name if it has none."""
    parts = [part for row in certificate.get("subject", ()) for part in row]
    mails = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "email"]
    common = [value for kind, value in parts if kind == "commonName"]
    units = tuple(value for kind, value in parts if kind == "organizationalUnitName")
    return next(iter((*mails, *common)), ""), units


def of_header(value: str) -> tuple[str, tuple[str, ...]] | None:
    """The name and groups that a header says: a distinguished name, alone or as the `Subject` of
    an `x-forwarded-client-cert`. None if it is neither; an empty name if it says several."""
    if found := _SUBJECT.search(value):
        if "," in _QUOTED.sub("", value):
            return "", ()  # of two hops, or the client wrote one itself
        value = found[1].replace('\\"', '"')
    elif not _NAMED.match(value):
        return None
    parts = list(_parts(value))
    common = _of(parts, "cn")
    return (common[0] if len(common) == 1 else ""), tuple(_of(parts, "ou"))


def _of(parts: Iterable[tuple[str, str]], kind: str) -> list[str]:
    return [value for name, value in parts if name == kind]


def _parts(name: str) -> Iterator[tuple[str, str]]:
    """The parts of `CN=Ada,OU=staff` or `/C=DE/OU=staff/CN=Ada`."""
    between = r"/" if name.startswith("/") else r"[,+]"
    for part in re.split(rf"(?<!\\){between}", name):
        kind, equals, value = part.partition("=")
        if equals:
            yield kind.strip().lower(), _ESCAPED.sub(_plain, value.strip())


def _plain(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]


def _why(error: OSError) -> str:
    return (error.strerror or "cannot be read").lower()
