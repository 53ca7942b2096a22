"""The certificate authority of this installation, which clients trust so that we can read for them.

Source: mitmproxy.certs, 12.2; RFC 5280, section 4.2.1.
"""

import os
import ssl
import stat
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import certifi
from mitmproxy.certs import CertStore

from penstock.errors import ConfigError
from penstock.state import prepare

NAME = "Penstock"
KEY_BITS = 2048

_BASENAME = "penstock"


def directory(state: Path) -> Path:
    """Where the authority is kept, within the state directory."""
    return state / "ca"


def certificate(state: Path) -> Path:
    """The certificate that clients need, PEM. Made by `open_store`."""
    return directory(state) / f"{_BASENAME}-ca-cert.pem"


def open_store(state: Path) -> CertStore:
    """The authority; made at first use. Raises ConfigError if its key is open to others."""
    folder = prepare(directory(prepare(state)))
    key = folder / f"{_BASENAME}-ca.pem"
    try:
        if not key.exists():
            _create(folder)
        mode = stat.S_IMODE(key.stat().st_mode)
        store = CertStore.from_files(key, folder / f"{_BASENAME}-dhparam.pem")
    except OSError as e:
        raise ConfigError(f"{e.filename or folder}: the CA cannot be used: {e.strerror}") from None
    except ValueError:
        raise ConfigError(
            f"{key}: not a CA key with its certificate; restore it from a backup, or remove "
            f"{folder} to have a new one made"
        ) from None
    if mode & 0o077:
        raise ConfigError(f"{key}: others can read the CA's key; run: chmod 600 {key}")
    if store.default_ca.has_expired():
        raise ConfigError(f"{key}: the CA has expired; remove {folder} to have a new one made")
    return store


def roots(state: Path, extra: Path | None) -> Path:
    """A file with every CA trusted for services: Mozilla's, and those of `extra`.

    Raises ConfigError if `extra` holds no certificates.
    """
    if extra is None:
        return Path(certifi.where())
    try:
        own = extra.read_text("ascii")
        ssl.create_default_context(cadata=own)
    except OSError as e:
        raise ConfigError(f"`proxy.upstream_ca`: {extra}: {e.strerror or 'no PEM file'}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"`proxy.upstream_ca`: {extra}: not a PEM file") from None
    whole = f"{Path(certifi.where()).read_text('utf-8')}\n{own}".encode()
    # mitmproxy keeps what it has read from a path: other contents, another path
    name = f"upstream-{sha256(whole).hexdigest()[:16]}.pem"
    bundle = prepare(directory(prepare(state))) / name
    if not bundle.exists():
        draft = bundle.with_suffix(f".{os.getpid()}")
        draft.write_bytes(whole)
        draft.replace(bundle)
    return bundle


def _create(folder: Path) -> None:
    """Made aside and moved into place, the key last; of several processes one does it."""
    key = f"{_BASENAME}-ca.pem"
    with (folder / ".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if (folder / key).exists():
            return
        with TemporaryDirectory(dir=folder) as draft:
            CertStore.create_store(
                Path(draft), _BASENAME, KEY_BITS, organization=NAME, cn=f"{NAME} CA"
            )
            for path in sorted(Path(draft).iterdir(), key=lambda p: p.name == key):
                path.chmod(0o600)
                path.replace(folder / path.name)
