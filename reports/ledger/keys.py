"""The ledger's two secrets: files in the state directory, 0600, made on first use.

They never stand in the database: who can edit the records can neither sign them nor tell whom a
pseudonym means. Proxies that share a PostgreSQL ledger share these files.
"""

import hmac
import os
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from penstock.errors import ConfigError, LedgerError

PSEUDONYM_KEY = "ledger-pseudonyms.key"
SIGNING_KEY = "ledger-signing.key"
PUBLIC_KEY = "ledger-signing.pub"


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs records and what hides names."""

    pseudonym: bytes = field(repr=False)
    signing: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> Ed25519PublicKey:
        """The half that auditors get."""
        return self.signing.public_key()

    def subject(self, user: str) -> str:
        """HMAC-SHA256 of a user's name in hex; writings of one name that differ in case, width
        or surrounding space are one. Empty stays empty: nobody was identified.
        """
        name = unicodedata.normalize("NFKC", user).strip().casefold()
        if not name:
            return ""
        return hmac.new(self.pseudonym, name.encode("utf-8", "surrogatepass"), sha256).hexdigest()

    @property
    def evidence(self) -> bytes:
        """What the keys of persons are wrapped with, 32 bytes."""
        return hmac.new(self.pseudonym, b"penstock evidence", sha256).digest()

    @property
    def check(self) -> str:
        """Tells whether two keys are the same without telling them."""
        return hmac.new(self.pseudonym, b"penstock ledger", sha256).hexdigest()[:16]


def load(state: Path) -> Keys:
    """Both keys of `state`, made where they are missing. Raises LedgerError."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        pseudonym = made_once(state / PSEUDONYM_KEY, lambda: secrets.token_bytes(32))
        signing = load_pem_private_key(made_once(state / SIGNING_KEY, _new_signing_key), None)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise LedgerError(f"{state}: cannot use the ledger's keys: {why}") from None
    if not isinstance(signing, Ed25519PrivateKey) or len(pseudonym) != 32:
        raise LedgerError(f"{state}: the ledger's keys are damaged; restore them from a backup")
    public = state / PUBLIC_KEY
    if not public.exists():
        _atomically(public, public_pem(signing.public_key()), 0o644)
    return Keys(pseudonym, signing)


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as a PEM file, as `openssl pkeyutl -verify` takes it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_in(path: Path) -> Ed25519PublicKey:
    """The key in a PEM file. Raises ConfigError, which names the file."""
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return read_public(pem)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def read_public(pem: bytes) -> Ed25519PublicKey:
    """The key that PEM text holds. Raises ConfigError."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigError(_instead_of_public(pem)) from None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError("not an Ed25519 public key")
    return key


def _instead_of_public(pem: bytes) -> str:
    if b"PRIVATE KEY-----" in pem:
        return (
            "a private key, where its public part belongs; "
            "make that with: openssl pkey -in FILE -pubout"
        )
    if b"BEGIN CERTIFICATE-----" in pem:
        return "a certificate, not a public key as PEM"
    return "not a public key as PEM"


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of a public key, however its PEM file is written: of its DER, in hex."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(der).hexdigest()


def is_signed(key: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether `signature` over `data` was made with the private half of `key`."""
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _new_signing_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def made_once(path: Path, make: Callable[[], bytes], mode: int = 0o600) -> bytes:
    """The file's bytes. Of several processes that find it missing one makes it, all read it.
    Raises OSError."""
    if not path.exists():
        _atomically(path, make(), mode)
    return path.read_bytes()


def _atomically(path: Path, data: bytes, mode: int) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        temporary.unlink()
