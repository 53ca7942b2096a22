"""A bundle can be checked with the public key alone, and every change to it is found."""

import json
import shutil
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from penstock.errors import ConfigError
from reports.bundle import MANIFEST, SIGNATURE, verify_bundle, write_bundle
from reports.ledger import Ledger
from reports.ledger.keys import public_pem
from reports.monthly import build
from tests.reports.samples import NOON, violation


@pytest.fixture
def bundle(ledger: Ledger, tmp_path: Path) -> Path:
    ledger.append(violation(n) for n in range(30))
    document = build(ledger, "2026-11", version="1", now=NOON)
    return write_bundle(ledger, document, tmp_path / "out", ["html", "csv", "json", "xlsx"])


@pytest.fixture
def key(ledger: Ledger) -> bytes:
    return ledger.public_key


def rewrite(bundle: Path, changes: dict[str, bytes | None]) -> None:
    """Replace, add or (with None) remove files of a bundle."""
    with zipfile.ZipFile(bundle) as old:
        files = {name: old.read(name) for name in old.namelist()}
    files |= {name: data for name, data in changes.items() if data is not None}
    with zipfile.ZipFile(bundle, "w") as new:
        for name, data in files.items():
            if changes.get(name, data) is not None:
                new.writestr(name, data)


def content(bundle: Path, name: str) -> bytes:
    with zipfile.ZipFile(bundle) as files:
        return files.read(name)


def test_an_untouched_bundle_is_intact(bundle: Path, key: bytes) -> None:
    check = verify_bundle(bundle, key)
    assert (check.problem, check.month) == ("", "2026-11")
    assert "penstock-2026-11.html" in check.files
    manifest = json.loads(content(bundle, MANIFEST))
    assert manifest["violations"] == 30
    assert set(manifest["queries"]) >= {"violations", "classes"}


def test_every_change_is_found(bundle: Path, key: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle) as files:
        names = files.namelist()
    for name in names:
        data = content(bundle, name)
        for changed in (data[:-1] + bytes([data[-1] ^ 1]), None):
            copy = Path(shutil.copy(bundle, tmp_path / "copy.zip"))
            rewrite(copy, {name: changed})
            assert not verify_bundle(copy, key).intact, name
    copy = Path(shutil.copy(bundle, tmp_path / "copy.zip"))
    rewrite(copy, {"../../evil": b"x"})
    assert "does not belong" in verify_bundle(copy, key).problem


def test_a_manifest_made_anew_by_somebody_else_is_found(bundle: Path, key: bytes) -> None:
    forger = Ed25519PrivateKey.generate()
    page = b"<h1>nothing happened</h1>"
    manifest = json.loads(content(bundle, MANIFEST))
    for row in manifest["files"]:
        if row["name"].endswith(".html"):
            row["sha256"] = sha256(page).hexdigest()
    text = json.dumps(manifest).encode()
    rewrite(
        bundle,
        {
            "penstock-2026-11.html": page,
            MANIFEST: text,
            SIGNATURE: forger.sign(text),
            "public-key.pem": public_pem(forger.public_key()),
        },
    )
    assert "not signed" in verify_bundle(bundle, key).problem


def test_a_flipped_byte_anywhere_never_passes_for_the_original(bundle: Path, key: bytes) -> None:
    original = bundle.read_bytes()
    with zipfile.ZipFile(bundle) as files:
        before = {name: files.read(name) for name in files.namelist()}
    for place in range(0, len(original), max(1, len(original) // 150)):
        changed = bytearray(original)
        changed[place] ^= 0xFF
        bundle.write_bytes(changed)
        try:
            intact = verify_bundle(bundle, key).intact
        except ConfigError:
            continue
        if intact:  # the byte was in the zip's own bookkeeping, such as a time
            assert {n: content(bundle, n) for n in before} == before


def test_openssl_and_sha256sum_are_enough(bundle: Path, key: bytes, tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    place = tmp_path / "unpacked"
    with zipfile.ZipFile(bundle) as files:
        files.extractall(place)
    (place / "given.pem").write_bytes(key)
    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "given.pem", "-rawin",
         "-in", MANIFEST, "-sigfile", SIGNATURE],
        cwd=place, capture_output=True, text=True,
    )  # fmt: skip
    assert "Verified Successfully" in done.stdout, done.stderr


def test_what_is_no_bundle_and_no_key_is_refused(bundle: Path, key: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("hello")
    with pytest.raises(ConfigError, match="not a bundle"):
        verify_bundle(tmp_path / "x.zip", key)
    with pytest.raises(ConfigError, match="not a bundle"):
        verify_bundle(tmp_path / "missing.zip", key)
    with pytest.raises(ConfigError, match="public key"):
        verify_bundle(bundle, b"nonsense")
