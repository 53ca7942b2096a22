"""A report with everything needed to check it, in one signed file that needs no server.

A zip of the report in every format, the month's violations, a manifest with the SHA-256 of each
file and the queries, and an Ed25519 signature of the manifest. `verify_bundle` needs the public
key and nothing else; so do `sha256sum` and `openssl pkeyutl -verify`.
"""

import io
import os
import secrets
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from penstock.errors import ConfigError
from reports.export import export
from reports.ledger import Ledger, Month
from reports.ledger.keys import is_signed, read_public
from reports.monthly.document import Document
from reports.monthly.publish import FORMATS, named, render
from reports.seal import Seal, check

MANIFEST, SIGNATURE, KEY = "manifest.json", "manifest.sig", "public-key.pem"
CERTIFICATE = "pdf-certificate.pem"
OTHER_KEY = "the manifest is not signed with this key"

_LARGEST_FILE = 512 * 1024 * 1024
_MOST_FILES = 50


@dataclass(frozen=True, slots=True)
class BundleCheck:
    """What checking a bundle found."""

    problem: str
    """What is wrong, in one sentence; empty: nothing."""
    month: str = ""
    report: str = ""
    files: tuple[str, ...] = ()
    pdf: str = ""
    """Who signed the PDF in it and when; empty: no one did, or there is none."""

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem


def write_bundle(
    ledger: Ledger,
    document: Document,
    directory: Path,
    formats: Iterable[str] = tuple(FORMATS),
    progress: Callable[[str], None] = lambda _: None,
    seal: Seal | None = None,
) -> Path:
    """Write `penstock-2026-11.zip` to `directory`; `progress` hears each file as it is begun, and
    `seal` signs the PDF.

    Raises ConfigError for an unknown format or an unwritable directory, ServiceDown while the
    ledger is away.
    """
    month = Month(document.month)
    name = f"penstock-{month.name}"
    files: dict[str, bytes] = {}
    for format in dict.fromkeys(formats):
        progress(named(month.name, format))
        files[named(month.name, format)] = render(document, format, seal)
    if seal and f"{name}.pdf" in files:
        files[CERTIFICATE] = seal.certificates
    progress(f"{name}-violations.csv")
    records = "".join(export(ledger, "csv", month.name))
    files[f"{name}-violations.csv"] = records.encode()
    files[KEY] = ledger.public_key
    files["README.txt"] = _readme(name).encode()
    manifest = orjson.dumps(
        _manifest(document, files, records.count("\r\n") - 1),
        option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS,
    )
    files |= {MANIFEST: manifest, SIGNATURE: ledger.sign(manifest)}
    return _write(directory / f"{name}.zip", _zip(files, document.control.generated_at))


def verify_bundle(path: Path, public_key: bytes) -> BundleCheck:
    """Compare every file of a bundle with its signed manifest.

    `public_key` is the PEM that the company gave out, not the one in the bundle: that one only
    says which key it claims to be. Raises ConfigError for a file that is no bundle and for a key
    that is none.
    """
    key = read_public(public_key)
    try:
        with zipfile.ZipFile(path) as bundle:
            names = [info.filename for info in bundle.infolist()]
            sizes = [info.file_size for info in bundle.infolist()]
            if len(names) > _MOST_FILES or any(size > _LARGEST_FILE for size in sizes):
                return BundleCheck("it is larger than any bundle")
            if len(set(names)) != len(names):
                return BundleCheck("a name stands in it twice")
            held = {name: bundle.read(name) for name in names}
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        why = getattr(error, "strerror", None) or "it is no whole zip file"
        raise ConfigError(f"{path}: not a bundle: {why}") from None
    except Exception:  # zlib raises its own when bytes were changed
        return BundleCheck("it is damaged: what is in it cannot be unpacked")
    if MANIFEST not in held or SIGNATURE not in held:
        return BundleCheck("its manifest or signature is missing")
    if not is_signed(key, held[SIGNATURE], held[MANIFEST]):
        return BundleCheck(OTHER_KEY)
    manifest: dict[str, Any] = orjson.loads(held[MANIFEST])
    listed = {row["name"]: row["sha256"] for row in manifest["files"]}
    for name, digest in listed.items():
        if name not in held:
            return BundleCheck(f"`{name}` is missing")
        if sha256(held[name]).hexdigest() != digest:
            return BundleCheck(f"`{name}` was changed")
    extra = set(held) - set(listed) - {MANIFEST, SIGNATURE}
    if extra:
        return BundleCheck(f"`{min(extra)[:80]}` does not belong to it")
    pdf = ""
    for name in listed:
        if name.endswith(".pdf") and CERTIFICATE in listed:
            sealed = check(held[name], held[CERTIFICATE])
            if sealed.problem:
                return BundleCheck(f"`{name}`: {sealed.problem}")
            pdf = sealed.said
    return BundleCheck("", manifest["month"], manifest["report"], tuple(sorted(listed)), pdf)


def _manifest(document: Document, files: dict[str, bytes], violations: int) -> dict[str, Any]:
    control = document.control
    return {
        "penstock": "report bundle 1",
        "month": document.month,
        "report": document.id,
        "demo": document.is_demo,
        "period": [control.period_start, control.period_end],
        "generated_at": control.generated_at,
        "generator": control.generator,
        "ledger": control.ledger,
        "last_record": control.last_record,
        "last_hash": control.last_hash,
        "public_key_sha256": control.public_key_sha256,
        "violations": violations,
        "files": [
            {"name": name, "size": len(data), "sha256": sha256(data).hexdigest()}
            for name, data in sorted(files.items())
        ],
        "queries": dict(_queries(document)),
    }


def _queries(document: Document) -> Iterator[tuple[str, str]]:
    for section in document.sections:
        for number in section.numbers:
            yield number.id, number.query
        for table in section.tables:
            if table.query:
                yield table.id, table.query


def _zip(files: dict[str, bytes], generated_at: str) -> bytes:
    out = io.BytesIO()
    at = datetime.fromisoformat(generated_at).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in files.items():
            bundle.writestr(zipfile.ZipInfo(name, at), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _write(path: Path, data: bytes) -> Path:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError as error:
        raise ConfigError(f"{error.filename or path}: {error.strerror}") from None
    return path


def _readme(name: str) -> str:
    return f"""{name}: a monthly report of Penstock with what is needed to check it.

With Penstock, no server needed:

    penstock report verify {name}.zip --key PUBLIC_KEY.pem

Without it, after unpacking:

    openssl pkeyutl -verify -pubin -inkey PUBLIC_KEY.pem -rawin \\
        -in {MANIFEST} -sigfile {SIGNATURE}
    sha256sum *        # compare with "files" in {MANIFEST}

PUBLIC_KEY.pem is the key you were given by another way. {KEY} in here only says which one this
bundle claims to be signed with.

A PDF is signed inside as well, which programs that show PDFs check; its certificate is
{CERTIFICATE}, and with Penstock:

    penstock report verify {name}.pdf --key {CERTIFICATE}
"""
