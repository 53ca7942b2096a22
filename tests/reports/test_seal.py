"""The signature inside a PDF: what it proves, also to OpenSSL, and what it leaves as it was."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pypdf import PdfReader

from penstock.errors import ConfigError, ServiceDown
from reports.bundle import CERTIFICATE, MANIFEST, SIGNATURE, verify_bundle, write_bundle
from reports.demo import seed_demo
from reports.ledger import Ledger
from reports.monthly import build, render
from reports.seal import KEY, Seal, check, load, without_timestamp
from tests.reports.samples import NOON
from tests.reports.test_bundle import content, rewrite


@pytest.fixture(scope="module")
def seal(tmp_path_factory: pytest.TempPathFactory) -> Seal:
    return load(tmp_path_factory.mktemp("state"), "Acme & Söhne")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A report as PDF, not signed."""
    state = tmp_path_factory.mktemp("report")
    with Ledger.open(f"sqlite:///{state / 'l.sqlite'}", state, demo=True) as ledger:
        seed_demo(ledger, NOON, months=1)
        return render(build(ledger, "2026-11", version="1", now=NOON), "pdf")


@pytest.fixture(scope="module")
def signed(plain: bytes, seal: Seal) -> bytes:
    return seal.sign(plain)


def openssl(*words: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(("openssl", *words), cwd=cwd, capture_output=True, check=False)


def test_openssl_agrees_that_it_is_signed(signed: bytes, seal: Seal, tmp_path: Path) -> None:
    (found,) = re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", signed)
    start, length, after, rest = map(int, found)
    assert (start, after + rest) == (0, len(signed))
    inside = signed[length + 1 : after - 1]
    (tmp_path / "cms").write_bytes(bytes.fromhex(inside.decode()))
    (tmp_path / "said").write_bytes(signed[:length] + signed[after:])
    (tmp_path / "crt").write_bytes(seal.certificates)
    words = "cms -verify -binary -inform DER -in cms -content said -CAfile crt -purpose any -out o"
    assert openssl(*words.split(), cwd=tmp_path).returncode == 0
    (tmp_path / "said").write_bytes(signed[:length] + b"." + signed[after:])
    assert openssl(*words.split(), cwd=tmp_path).returncode != 0


def test_what_was_there_stays_with_its_data_and_as_pdf_a_3(plain: bytes, signed: bytes) -> None:
    assert signed.startswith(plain)
    before, after = (PdfReader(io.BytesIO(pdf)) for pdf in (plain, signed))
    assert dict(after.attachments) == dict(before.attachments)
    assert len(after.attachments) == 2
    root = after.trailer["/Root"]
    assert root["/Metadata"].get_data() == before.trailer["/Root"]["/Metadata"].get_data()
    assert b'pdfaid:part="3"' in root["/Metadata"].get_data()
    assert after.metadata == before.metadata
    assert "/Version" not in root
    assert after.pdf_header == "%PDF-1.7"
    # Source: ISO 19005-3 6.3.2 and 6.3.3: printed, not hidden, and no look only where no size.
    (one,) = (field.get_object() for field in root["/AcroForm"]["/Fields"])
    assert one["/F"] & 0b100
    assert not one["/F"] & 0b100011
    assert one["/Rect"] == [0, 0, 0, 0]
    assert "/NeedAppearances" not in root["/AcroForm"]


def test_who_signed_it_and_when_is_said(signed: bytes, seal: Seal) -> None:
    found = check(signed, seal.certificates)
    assert found.problem == ""
    assert "Penstock reports" in found.signer
    assert "Acme & Söhne" in found.signer
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", found.at)
    assert not found.stamped_by


def test_checking_says_what_it_found_and_nothing_else(
    signed: bytes, seal: Seal, tmp_path: Path
) -> None:
    (tmp_path / "pdf").write_bytes(signed)
    (tmp_path / "crt").write_bytes(seal.certificates)
    says = (
        "import sys; from pathlib import Path; from reports.seal import check; "
        "print(check(*(Path(p).read_bytes() for p in sys.argv[1:])).said)"
    )
    command = (sys.executable, "-c", says, tmp_path / "pdf", tmp_path / "crt")
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("signed by ")
    assert ran.stderr == ""


def test_every_change_is_found(plain: bytes, signed: bytes, seal: Seal, tmp_path: Path) -> None:
    flipped = bytearray(signed)
    flipped[len(plain) // 2] ^= 1
    for changed, said in (
        (bytes(flipped), "changed after it was signed"),
        (signed + b"\n% more\n", "something was added"),
        (plain, "not signed"),
        (signed[: len(signed) // 2], "cannot be read"),
        (b"%PDF-", "cannot be read"),
        (load(tmp_path, "Acme & Söhne").sign(plain), "another certificate"),
    ):
        assert said in check(changed, seal.certificates).problem
    with pytest.raises(ConfigError, match="not a certificate"):
        check(signed, b"nothing")


def test_nothing_but_the_signature_may_stand_where_no_hash_reaches(
    signed: bytes, seal: Seal
) -> None:
    """The padding of the signature has room for another dictionary, with another time in it."""
    (found,) = re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", signed)
    _, start, end, _ = map(int, found)
    cms = bytes.fromhex(signed[start + 1 : end - 1].decode())
    literal = re.sub(rb"([\\()])", rb"\\\1", cms).replace(b"\r", b"\\r")
    forged = (
        b"(%s)/ByteRange [%s]/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
        b"/M (D:20280101000000Z)>>\nendobj\n" % (literal, b" ".join(found))
    )
    changed = signed[:start] + forged.ljust(end - start) + signed[end:]
    assert len(changed) == len(signed)
    assert "something was added" in check(changed, seal.certificates).problem


def test_the_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    first = load(tmp_path, "Acme")
    assert load(tmp_path, "Other") == first
    assert (tmp_path / KEY).stat().st_mode & 0o777 == 0o600


def test_the_operators_own_certificate_signs(plain: bytes, tmp_path: Path) -> None:
    authority(tmp_path, "ca", "keyCertSign")
    key, certificate = issued(tmp_path, "board", "digitalSignature")
    own = load(tmp_path, key=key, certificate=certificate)
    assert check(own.sign(plain), certificate.read_bytes()).signer == "Common Name: board"
    for wrong, said in (
        ({"key": key}, "go together"),
        ({"key": key, "certificate": tmp_path / "ca.crt"}, "is not that of"),
        ({"key": certificate, "certificate": certificate}, "not a private key"),
        ({"key": key, "certificate": key}, "not a certificate"),
        ({"key": key, "certificate": tmp_path / "none"}, "cannot be read"),
    ):
        with pytest.raises(ConfigError, match=said):
            load(tmp_path, **wrong)


def test_a_certificate_that_has_ended_signs_nothing(tmp_path: Path) -> None:
    key, certificate = tmp_path / "own.key", tmp_path / "own.crt"
    private = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "own")])
    made = x509.CertificateBuilder(name, name, private.public_key(), 1)
    made = made.not_valid_before(datetime(2024, 1, 1)).not_valid_after(datetime(2025, 1, 1))
    certificate.write_bytes(made.sign(private, SHA256()).public_bytes(Encoding.PEM))
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key.write_bytes(pem)
    with pytest.raises(ConfigError, match="it ended on 2025-01-01"):
        load(tmp_path, key=key, certificate=certificate)


def authority(place: Path, name: str, usage: str) -> None:
    words = f"req -x509 -newkey rsa:2048 -noenc -keyout {name}.key -out {name}.crt -subj /CN={name}"
    made = openssl(*words.split(), "-addext", f"keyUsage=critical,{usage}", cwd=place)
    assert made.returncode == 0, made.stderr


def issued(place: Path, name: str, usage: str, extended: str = "") -> tuple[Path, Path]:
    """A key and a certificate from the authority `ca`."""
    words = f"req -newkey rsa:2048 -noenc -keyout {name}.key -out {name}.csr -subj /CN={name}"
    assert openssl(*words.split(), cwd=place).returncode == 0
    more = f"\nextendedKeyUsage=critical,{extended}" if extended else ""
    (place / "ext").write_text(f"keyUsage=critical,{usage}{more}\n")
    words = f"x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -out {name}.crt -extfile ext"
    assert openssl(*words.split(), cwd=place).returncode == 0
    return place / f"{name}.key", place / f"{name}.crt"


class Stamping(BaseHTTPRequestHandler):
    """A timestamp service: OpenSSL's behind a server on loopback."""

    place: ClassVar[Path]

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        (self.place / "asked").write_bytes(asked)
        words = "ts -reply -config tsa.cnf -queryfile asked -out reply"
        assert openssl(*words.split(), cwd=self.place).returncode == 0
        reply = (self.place / "reply").read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def stamps(tmp_path: Path) -> Iterator[str]:
    authority(tmp_path, "ca", "keyCertSign")
    issued(tmp_path, "clock", "digitalSignature", "timeStamping")
    (tmp_path / "serial").write_text("01\n")
    (tmp_path / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\nsigner_cert=clock.crt\nsigner_key=clock.key\n"
        "certs=ca.crt\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\n"
    )
    server = HTTPServer(("127.0.0.1", 0), type("Here", (Stamping,), {"place": tmp_path}))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_timestamp_service_says_when(plain: bytes, seal: Seal, stamps: str) -> None:
    found = check(Seal(seal.key, seal.certificates, stamps).sign(plain), seal.certificates)
    assert (found.problem, found.stamped_by) == ("", "Common Name: clock")
    assert without_timestamp(stamps) == ""


def test_without_the_timestamp_that_is_asked_for_nothing_is_signed(
    plain: bytes, seal: Seal
) -> None:
    with pytest.raises(ServiceDown, match="cannot be reached, so no PDF was written"):
        Seal(seal.key, seal.certificates, "http://127.0.0.1:9/").sign(plain)


def test_a_bundle_says_whose_its_pdf_is(
    ledger: Ledger, plain: bytes, seal: Seal, tmp_path: Path
) -> None:
    ledger.flush()
    document = build(ledger, "2026-11", version="1", now=NOON)
    bundle = write_bundle(ledger, document, tmp_path / "out", ["pdf"], seal=seal)
    found = verify_bundle(bundle, ledger.public_key)
    assert found.problem == ""
    assert found.pdf.startswith("signed by Organization: Acme & Söhne, Common Name: Penstock")
    assert content(bundle, CERTIFICATE) == seal.certificates
    # Whoever holds the ledger's key and not that of reports cannot put another PDF there.
    manifest = json.loads(content(bundle, MANIFEST))
    for row in manifest["files"]:
        if row["name"].endswith(".pdf"):
            row["sha256"] = sha256(plain).hexdigest()
    text = json.dumps(manifest).encode()
    forged = {"penstock-2026-11.pdf": plain, MANIFEST: text, SIGNATURE: ledger.sign(text)}
    rewrite(bundle, dict(forged))
    assert "it is not signed" in verify_bundle(bundle, ledger.public_key).problem
