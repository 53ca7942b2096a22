"""The signature inside a PDF: PAdES, by the operator's certificate or one of our own making.

It is appended to the file, so what was there stays byte for byte, PDF/A and attachments with it.
With the address of a timestamp service the signature holds a token that says when it was made.
Source: ETSI EN 319 142-1 (baseline levels B-B and B-T); ISO 19005-3 6.4.3; RFC 3161.
"""

import asyncio
import io
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from penstock.errors import ConfigError, LedgerError, ServiceDown
from reports.ledger.keys import made_once

KEY, CERTIFICATE = "report-signing.key", "report-signing.crt"
OTHER_CERTIFICATE = "it is signed with another certificate"

_YEARS = 10
_BITS = 3072
"""RSA: newer kinds of keys make a PDF one of version 2.0, which PDF/A-3 is not."""
_TIMESTAMP_S = 15


@dataclass(frozen=True, slots=True)
class Seal:
    """What PDFs are signed with."""

    key: bytes = field(repr=False)
    """PEM."""
    certificates: bytes
    """PEM: the key's own, then those above it."""
    timestamps: str = ""
    """URL of a timestamp service; empty: signatures hold no token."""

    def sign(self, pdf: bytes) -> bytes:
        """The same PDF with a signature after it. Raises ServiceDown without a timestamp."""
        from pyhanko.sign import fields, signers
        from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError

        stamper = (
            HTTPTimeStamper(self.timestamps, timeout=_TIMESTAMP_S) if self.timestamps else None
        )
        what = signers.PdfSignatureMetadata(
            field_name="Penstock",
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
        )
        try:
            signed = signers.sign_pdf(
                _writer(pdf), what, signer=self._signer(), timestamper=stamper
            )
        except (TimestampRequestError, OSError) as error:
            raise ServiceDown(
                f"{self.timestamps}: no timestamp: {_refusal(error)}, so no PDF was written; try "
                "again later, or correct `reports.timestamps`"
            ) from None
        return bytes(signed.getvalue())

    def _signer(self) -> Any:
        from asn1crypto.keys import PrivateKeyInfo
        from pyhanko.sign.signers import SimpleSigner
        from pyhanko_certvalidator.registry import SimpleCertificateStore

        key = _private(self.key, "the key").private_bytes(
            Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
        )
        certificates = [_asn1(one) for one in x509.load_pem_x509_certificates(self.certificates)]
        return SimpleSigner(
            certificates[0],
            PrivateKeyInfo.load(key),
            SimpleCertificateStore.from_certs(certificates),
        )


@dataclass(frozen=True, slots=True)
class SealCheck:
    """What checking the signature of a PDF found."""

    problem: str
    """What is wrong, in one sentence; empty: nothing."""
    signer: str = ""
    """The certificate's name."""
    at: str = ""
    """When it was signed: by the token if it has one, else as the signer says."""
    stamped_by: str = ""
    """The name in the certificate of the timestamp service, which is not checked."""

    @property
    def said(self) -> str:
        """In a few words."""
        by = f", time from {self.stamped_by}" if self.stamped_by else ""
        return self.problem or f"signed by {self.signer} at {self.at}{by}"


def load(
    state: Path,
    organization: str = "",
    *,
    key: Path | None = None,
    certificate: Path | None = None,
    timestamps: str = "",
) -> Seal:
    """The operator's key and certificate, else those in `state`, made where they are missing.

    Raises ConfigError for files that are none or do not belong together, LedgerError where `state`
    cannot be written.
    """
    if (key is None) != (certificate is None):
        raise ConfigError("`reports.pdf_key` and `reports.pdf_certificate` go together")
    if key is not None and certificate is not None:
        return _fitting(Seal(_read(key), _read(certificate), timestamps), key, certificate)
    key, certificate = state / KEY, state / CERTIFICATE
    try:
        pem = made_once(key, _new_key)
        chain = made_once(certificate, lambda: _self_signed(pem, organization), 0o644)
    except OSError as error:
        raise LedgerError(f"{state}: cannot keep the key of reports: {error.strerror}") from None
    return _fitting(Seal(pem, chain, timestamps), key, certificate)


def without_timestamp(url: str) -> str:
    """Why the timestamp service at `url` gives none now, in a few words; empty: it does."""
    from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError

    stamper = HTTPTimeStamper(url, timeout=_TIMESTAMP_S)
    try:
        asyncio.run(stamper.async_timestamp(sha256(url.encode()).digest(), "sha256"))
    except (TimestampRequestError, OSError, ValueError) as error:
        return _refusal(error)
    return ""


def _refusal(error: Exception) -> str:
    cause = error.__cause__ or error
    if (status := getattr(cause, "status", 0)) >= 400:
        return f"it answers {status}"
    if isinstance(cause, TimeoutError):
        return f"it does not answer within {_TIMESTAMP_S} s"
    return "it cannot be reached" if isinstance(cause, OSError) else "what it says is no timestamp"


def check(pdf: bytes, certificates: bytes) -> SealCheck:
    """Whether the first signature of a PDF was made with one of `certificates` (PEM) and covers the
    whole file. Raises ConfigError for what is no certificate."""
    try:
        ours = {
            one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(certificates)
        }
    except ValueError:
        raise ConfigError("not a certificate as PEM") from None
    try:
        return asyncio.run(_check(pdf, ours))
    except Exception:  # whatever a parser says of bytes that anybody may have made
        return SealCheck("it is damaged: its signature cannot be read")


async def _check(pdf: bytes, ours: set[bytes]) -> SealCheck:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import SignatureCoverageLevel, async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    signatures = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
    if not signatures:
        return SealCheck("it is not signed")
    one = signatures[0]
    # Whose certificate it is, is compared below: no authority is asked, and none trusted. That it
    # trusts none, the library would tell whoever reads standard error.
    logging.getLogger("pyhanko").addHandler(logging.NullHandler())
    nobody = ValidationContext(trust_roots=[], allow_fetching=False)
    status = await async_validate_pdf_signature(one, nobody, nobody, skip_diff=True)
    if not (status.intact and status.valid):
        return SealCheck("it was changed after it was signed")
    # The library compares sizes alone: what stands where no hash reaches must be this one string.
    unhashed = pdf[one.byte_range[1] : one.byte_range[2]]
    is_whole = unhashed.lower() == b"<%s>" % one.pkcs7_content.hex().encode()
    if not is_whole or (
        one.evaluate_signature_coverage() is not SignatureCoverageLevel.ENTIRE_FILE
    ):
        return SealCheck("something was added to it after it was signed")
    if one.signer_cert.dump() not in ours:
        return SealCheck(OTHER_CERTIFICATE)
    token = status.timestamp_validity
    if token is not None and not (token.intact and token.valid):
        return SealCheck("its timestamp does not belong to it")
    at = token.timestamp if token is not None else one.self_reported_timestamp
    if at is None or not one.signer_cert.not_valid_before <= at <= one.signer_cert.not_valid_after:
        return SealCheck("its certificate was not valid when it was signed")
    return SealCheck(
        "",
        _named(one.signer_cert),
        at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        _named(token.signing_cert) if token is not None else "",
    )


def _writer(pdf: bytes) -> Any:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Appending(IncrementalPdfFileWriter):  # type: ignore[misc]
        """Leaves alone what the file says of itself, and with that whether it is PDF/A."""

        def _update_meta(self) -> None:
            pass

    return Appending(io.BytesIO(pdf))


def _fitting(seal: Seal, key: Path, certificate: Path) -> Seal:
    try:
        first = x509.load_pem_x509_certificates(seal.certificates)[0]
    except ValueError:
        raise ConfigError(f"{certificate}: not a certificate as PEM") from None
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if _private(seal.key, str(key)).public_key().public_bytes(*public) != (
        first.public_key().public_bytes(*public)
    ):
        raise ConfigError(f"{certificate}: its first certificate is not that of {key}")
    if first.not_valid_after_utc < datetime.now(UTC):
        day = first.not_valid_after_utc.date()
        raise ConfigError(
            f"{certificate}: it ended on {day}, what it signs is not intact; renew it"
        )
    return seal


def _private(pem: bytes, name: str) -> Any:
    try:
        return load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        raise ConfigError(f"{name}: not a private key as PEM, without a passphrase") from None


def _new_key() -> bytes:
    return rsa.generate_private_key(65537, _BITS).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def _self_signed(pem: bytes, organization: str) -> bytes:
    key = _private(pem, KEY)
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, "Penstock reports")]
    if organization.strip():
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization.strip()[:64]))
    name, now = x509.Name(attributes), datetime.now(UTC)
    usage = dict.fromkeys(_USAGES, False) | {"digital_signature": True, "content_commitment": True}
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM)


_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def _asn1(certificate: x509.Certificate) -> Any:
    from asn1crypto.x509 import Certificate

    return Certificate.load(certificate.public_bytes(Encoding.DER))


def _named(certificate: Any) -> str:
    return str(certificate.subject.human_friendly)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
