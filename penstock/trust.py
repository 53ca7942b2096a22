"""This machine's own store of trusted certificates, and whether our CA is in it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from penstock.authority import Authority
from penstock.check import Check
from penstock.errors import ConfigError
from proxy_addons import ca

type Holds = Literal["ours", "another", "foreign", "nothing"]
"""What is in the file of a store: the CA asked about, that of another Penstock (or an earlier one
of this), something else, or no file."""

FILE = "penstock.crt"


@dataclass(frozen=True, slots=True)
class Store:
    """A store of OpenSSL and what is built on it: a folder, and what is run when it changed."""

    folder: Path
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Our file in it."""
        return self.folder / FILE


STORES = (
    Store(
        Path("/usr/local/share/ca-certificates"),
        ("update-ca-certificates",),
        ("update-ca-certificates", "--fresh"),  # else links to what is gone stay
    ),
    Store(Path("/etc/pki/ca-trust/source/anchors"), ("update-ca-trust",), ("update-ca-trust",)),
)
"""Debian's and Red Hat's."""


def store() -> Store | None:
    """That of this machine, if it has one of them."""
    return next((s for s in STORES if s.folder.is_dir() and shutil.which(s.added[0])), None)


def holds(path: Path, authority: Authority) -> tuple[Holds, str]:
    """What is at `path`, and the SHA-256 of a certificate that is not ours. Raises OSError."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        return "nothing", ""
    except ValueError:
        return "foreign", ""
    found = certificate.fingerprint(SHA256()).hex(":").upper()
    if found == authority.sha256:
        return "ours", ""
    makers = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return "another" if any(m.value == ca.NAME for m in makers) else "foreign", found


def check(authority: Authority) -> Check:
    """Whether this machine trusts this CA, not only one whose file is called so."""
    by_program = "or per program: penstock ca env"
    found = {s.path: holds(s.path, authority) for s in STORES}
    for path, (there, sha256) in found.items():
        match there:
            case "ours":
                return Check("ca trust", "ok", f"this machine trusts it: {path}")
            case "another":
                return Check(
                    "ca trust",
                    "note",
                    f"this machine trusts the CA of another Penstock, SHA-256 {sha256} in {path}, "
                    "and not this one",
                    f"penstock ca install replaces it, {by_program}",
                )
            case "foreign":
                return Check(
                    "ca trust",
                    "note",
                    f"this machine does not trust the CA; {path} is something else",
                    f"move that to another name, then penstock ca install, {by_program}",
                )
    detail = "this machine does not trust the CA by itself"
    return Check("ca trust", "note", detail, f"penstock ca install, {by_program}")


def install(authority: Authority, to: Store) -> str:
    """Has the machine trust it; the SHA-256 of the Penstock CA that it replaced, if it did.

    Raises ConfigError.
    """
    there, sha256 = holds(to.path, authority)
    if there == "foreign":
        raise ConfigError(
            f"{to.path}: not a CA of Penstock, so it is not replaced; move it to another name"
        )
    if there != "ours":
        _be_allowed(to, f"sudo cp {authority.path} {to.path} && sudo {' '.join(to.added)}")
        shutil.copyfile(authority.path, to.path)
        to.path.chmod(0o644)  # the store is there to be read by everybody
    if os.access(to.folder, os.W_OK):  # what was copied by hand may not have been taken up
        _run(to.added)
    return sha256


def uninstall(authority: Authority, of: Store) -> bool:
    """Has the machine trust it no longer; False if it did not. Raises ConfigError for a file that
    is not this CA."""
    there, sha256 = holds(of.path, authority)
    if there == "nothing":
        return False
    by_hand = f"sudo rm {of.path} && sudo {' '.join(of.removed)}"
    if there != "ours":
        what = f"the CA of another Penstock, SHA-256 {sha256}" if there == "another" else "not ours"
        raise ConfigError(
            f"{of.path}: {what}; nothing was removed. If nobody needs it, run: {by_hand}"
        )
    _be_allowed(of, by_hand)
    of.path.unlink()
    _run(of.removed)
    return True


def _be_allowed(at: Store, by_hand: str) -> None:
    if not os.access(at.folder, os.W_OK):
        raise ConfigError(f"{at.folder}: not writable; run: {by_hand}")


def _run(command: tuple[str, ...]) -> None:
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if ended.returncode:
        raise ConfigError(f"{command[0]}: failed with exit code {ended.returncode}; run it by hand")
