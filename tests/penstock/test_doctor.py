"""What `penstock doctor` says of what is needed only later: for reports and re-identification."""

import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from penstock.app import note_approvers, open_ledger
from penstock.settings import load
from tests.penstock.conftest import Command
from tests.penstock.test_scan import ACME
from tests.reports.servers import free_port


@pytest.fixture
def keys(state: Path) -> None:
    """A key of ana's and one of dora's, in the working directory."""
    for name in ("ana", "dora"):
        for words in (
            f"genpkey -algorithm ed25519 -out {name}.key",
            f"pkey -in {name}.key -pubout -out {name}.pub",
        ):
            subprocess.run(("openssl", *words.split()), check=True)


def looked(penstock: Command, settings: str) -> dict[str, list[tuple[str, str]]]:
    """By the name of a check: verdict and detail of each."""
    Path("penstock.yaml").write_text(settings)
    found = defaultdict(list)
    for check in penstock("doctor", "--json").json["checks"]:
        found[check["name"]].append((check["verdict"], check["detail"]))
    return found


def test_what_cannot_be_used_later_is_wrong_now(penstock: Command, keys: None) -> None:
    found = looked(
        penstock,
        "approvers: {ana: nosuch.pub, dora: dora.key}\n"
        "reports:\n  pdf_key: nosuch.key\n  pdf_certificate: nosuch.crt\n"
        "  timestamps: https://127.0.0.1:1/\n"
        "facts: nosuch.yaml\n",
    )
    assert found["approvers"] == [
        (
            "wrong",
            "nosuch.pub (`approvers.ana`, penstock.yaml:1): cannot be read: No such file or "
            "directory",
        ),
        (
            "wrong",
            "dora.key (`approvers.dora`, penstock.yaml:1): a private key, where its public part "
            "belongs",
        ),
    ]
    assert found["pdf signature"] == [
        (
            "wrong",
            "nosuch.key (`reports.pdf_key`, penstock.yaml:3): cannot be read: No such file or "
            "directory",
        )
    ]
    missing = "nosuch.yaml (`facts`, penstock.yaml:6): cannot be read: No such file or directory"
    assert found["facts"] == [("wrong", missing)]
    assert [verdict for verdict, _ in found["timestamps"]] == ["note"]
    assert "ledger" not in found


def test_one_record_is_one_record(penstock: Command) -> None:
    Path("penstock.yaml").write_text("{}\n")
    loaded = load(Path("penstock.yaml")).settings
    with open_ledger(loaded) as ledger:
        ledger.canaries(3, [])
        kept = ledger.last()[0]
    assert kept == 1
    [(verdict, told)] = looked(penstock, "{}\n")["ledger"]
    assert (verdict, told) == ("ok", "chain leads to its signed head; 1 record")


def test_what_will_serve_is_fine(penstock: Command, keys: None) -> None:
    Path("facts.yaml").write_text("legal_entity: Acme\n")
    words = "req -x509 -newkey rsa:2048 -noenc -keyout own.key -out own.crt -subj /CN=own"
    subprocess.run(("openssl", *words.split()), check=True, capture_output=True)
    settings = (
        "approvers: {{ana: ana.pub, dora: {doras}}}\n"
        "reports: {{pdf_key: {key}, pdf_certificate: own.crt, timestamps: 'https://127.0.0.1:1/'}}\n"
        "facts: facts.yaml\n"
    )
    found = looked(penstock, settings.format(doras="dora.pub", key="own.key"))
    assert found["approvers"] == [
        ("note", "on record are keys of nobody, not those of the settings")
    ]
    loaded = load(Path("penstock.yaml")).settings
    others = loaded.model_copy(update={"approvers": {}})
    told: list[str] = []
    with open_ledger(loaded) as ledger:
        for settings_of_a_proxy in (others, loaded, loaded, others, loaded):
            note_approvers(settings_of_a_proxy, ledger, told.append)
    assert [line.rpartition(": ")[2] for line in told] == ["ana, dora", "nobody", "ana, dora"]
    found = looked(penstock, settings.format(doras="dora.pub", key="own.key"))
    assert found["approvers"] == [("ok", "public keys of ana, dora, on record")]
    assert found["pdf signature"] == [("ok", "own.crt")]
    assert found["facts"] == [("ok", "facts.yaml")]
    assert found["pdf"] == [("ok", "can be made")]
    assert found["timestamps"] == [
        ("note", "https://127.0.0.1:1/: it cannot be reached; while this lasts, no PDF is made")
    ]

    found = looked(penstock, settings.format(doras="ana.pub", key="dora.key"))
    (same,) = found["approvers"]
    assert same[0] == "wrong"
    assert "`ana` and `dora` have the same key" in same[1]
    (other,) = found["pdf signature"]
    assert (other[0], "is not that of" in other[1]) == ("wrong", True)


def test_what_a_proxy_would_not_start_with_is_wrong(penstock: Command) -> None:
    found = looked(
        penstock,
        """\
proxy:
  listen: 0.0.0.0:8080
  users: nosuch
  certificate: nosuch.pem
  destinations: ["http://x"]
accounts:
  restrict: {X-Foo: a}
reports: {directory: penstock.yaml}
""",
    )
    assert {verdict for verdict, _ in found["proxy"]} == {"wrong"}
    assert [detail.partition(": ")[0] for _, detail in found["proxy"]] == [
        "`proxy.sources`",
        "penstock.yaml:5",
        "nosuch (`proxy.users`, penstock.yaml:3)",
        "penstock.yaml:4",
        "penstock.yaml:7",
    ]
    said = "penstock.yaml (`reports.directory`, penstock.yaml:8): no bundle can be written there"
    assert found["reports"] == [("wrong", said)]
    assert looked(penstock, "reports: {directory: new/one}\n")["reports"] == [
        ("ok", "bundles go to new/one")
    ]


CONTRACT = """\
The supplier delivers the pumps to the works in Hallstadt before the first of March and bears the
cost of their carriage; the buyer pays within thirty days of the acceptance of the last of them.
Where a pump fails within two years the supplier takes it back and puts another one in its place.
Neither side may hand its part of this contract over to others without asking the other side first.
Disputes about it are settled by the court at the seat of the buyer, under the law of that country.
"""
UNHEEDED = (
    "note",
    "no rule of the policy is about `custom.acme_project`: what they find is neither stopped nor "
    "recorded",
)


def test_what_is_the_companys_own_is_read(penstock: Command, tmp_path: Path) -> None:
    folder, words = tmp_path / "rules", tmp_path / "words.txt"
    folder.mkdir()
    (folder / "acme.yaml").write_text(ACME)
    words.write_text("Project Falcon\nProject Heron\n")
    Path("p.yaml").write_text(
        "name: p\nrules:\n  - {id: r, why: w, when: {data: [custom.t*, edm.*]}, then: block}\n"
        "examples: []\n"
    )
    Path("contract.txt").write_text(CONTRACT)
    assert penstock("fingerprint", "add", "contract.txt", "--name", "contract").code == 0
    Path("staff.csv").write_text("name,number\nErika Mustermann,48213977\nJan Kos,77120934\n")
    table = ("fingerprint", "add", "staff.csv", "--columns", "name,number")
    assert penstock(*table).code == 0
    settings = (
        "policy: p.yaml\n"
        "detection: {names: false, rules: [rules], dictionaries: [{file: words.txt}]}\n"
        f"directory: {{url: 'ldaps://127.0.0.1:{free_port()}', user: 'uid={{}},dc=acme'}}\n"
    )
    found = looked(penstock, settings)
    assert found["own rules"] == [("ok", "1 in rules, their hits and misses hold"), UNHEEDED]
    assert found["own words"] == [("ok", "2 of `custom.term` in words.txt")]
    assert found["policy examples"] == [("ok", "detectors load, every example holds")]
    (_, said), (verdict, detail) = found["registered"]
    assert (said, verdict) == ("2: contract, staff", "note")
    assert detail.startswith("no rule of the policy is about `doc.fingerprint.contract`: ")
    [(verdict, detail)] = found["directory"]
    assert verdict == "wrong"
    assert "Connection refused" in detail

    (folder / "acme.yaml").write_text(ACME.replace("«ACME-2048»", "«ACME-204»"))
    words.write_text("x\n")
    found = looked(penstock, settings)
    [(verdict, detail)] = found["own rules"]
    assert verdict == "wrong"
    assert "acme.yaml:7: `custom.acme_project` finds nothing" in detail
    assert [verdict for verdict, _ in found["own words"]] == ["wrong"]
    assert found["policy examples"] == []  # each fault once


def test_a_ledger_that_is_away_is_one_fault(penstock: Command) -> None:
    found = looked(
        penstock,
        "database: postgresql+psycopg://x:hush@127.0.0.1:1/x\nredis: redis://127.0.0.1:1/0\n",
    )
    told = [detail for rows in found.values() for verdict, detail in rows if verdict == "wrong"]
    assert ["Connection refused" in detail for detail in told] == [True]
