"""The interception CA as operators see it: its certificate, never its key."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from proxy_addons import ca


@dataclass(frozen=True, slots=True)
class Authority:
    """The certificate that clients need to trust."""

    path: Path
    subject: str
    sha256: str
    not_before: datetime
    not_after: datetime
    pem: bytes = field(repr=False)
    der: bytes = field(repr=False)


def read(state: Path) -> Authority:
    """The CA of an installation; made if it is not there yet. Raises ConfigError."""
    ca.open_store(state)
    path = ca.certificate(state)
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return Authority(
        path=path,
        subject=certificate.subject.rfc4514_string(),
        sha256=certificate.fingerprint(SHA256()).hex(":").upper(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        pem=certificate.public_bytes(Encoding.PEM),
        der=certificate.public_bytes(Encoding.DER),
    )


def bundle(state: Path, authority: Authority) -> Path:
    """A file with the public roots and ours, for clients whose setting replaces the roots."""
    path = ca.directory(state) / "penstock-bundle.pem"
    content = Path(certifi.where()).read_bytes() + b"\n" + authority.pem
    if not path.exists() or path.read_bytes() != content:
        draft = path.with_suffix(".new")
        draft.write_bytes(content)
        draft.replace(path)
    return path
