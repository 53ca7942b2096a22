"""What commands say that check a file: a policy, a bundle."""

from pathlib import Path

from tests.penstock.conftest import Command

ROOT = Path(__file__).parents[2]


def test_a_policy_that_names_no_model_of_the_settings_is_wrong(penstock: Command) -> None:
    Path("penstock.yaml").write_text(
        "models:\n  internal: {base_url: http://127.0.0.1:9/v1, model: m}\n"
    )
    Path("mine.yaml").write_text(
        "name: mine\nrules:\n  - id: a\n    why: b\n    when: {data: [pii.*]}\n    then: redirect\n"
        "    to: intern\nexamples: [{sent: x, expect: block}]\n"
    )
    ran = penstock("policy", "check", "mine.yaml")
    assert (ran.code, ran.out) == (3, "")
    assert "mine.yaml:7: no internal model" in ran.err
    assert "did you mean `internal`?" in ran.err

    Path("penstock.yaml").unlink()
    ran = penstock("policy", "check", "mine.yaml")
    assert ran.code == 0
    assert "fine: 1 rule, mode enforce, " in ran.out
    assert "1 example not run" in ran.out


def test_a_bundle_is_checked_with_a_key_that_is_named(penstock: Command, state: Path) -> None:
    bundle = "docs/samples/penstock-2026-10.zip"
    right = str(ROOT / "docs/samples/ledger-signing.pub")
    other = penstock("report", "verify", str(ROOT / bundle))

    assert other.code == 1
    assert f"not signed with this key: {state / 'ledger-signing.pub'}" in other.out
    assert "--key" in other.out
    assert penstock("report", "verify", str(ROOT / bundle), "--key", right).out.endswith(
        f"signed with {right}\n"
    )


def test_a_pdf_is_checked_with_its_certificate(penstock: Command, state: Path) -> None:
    made = penstock("report", "2026-02", "--format", "pdf", "--out", "here")
    assert made.code == 0
    pdf, certificate = "here/penstock-2026-02.pdf", str(state / "report-signing.crt")
    verify = ("report", "verify", pdf)

    ran = penstock(*verify)
    assert ran.code == 0
    assert ran.out.startswith(f"intact: {pdf}: signed by Common Name: Penstock reports at 20")
    assert ran.out.endswith(f"; checked with {certificate}\n")
    assert penstock(*verify, "--key", certificate, "--json").json["intact"] is True
    wrong = penstock(*verify, "--key", str(state / "ledger-signing.pub"))
    assert (wrong.code, wrong.out) == (3, "")
    assert f"{state}/ledger-signing.pub: not a certificate" in wrong.err
    whole = Path(pdf).read_bytes()
    for changed in (whole + b"%", whole[: len(whole) // 2]):
        Path(pdf).write_bytes(changed)
        ran = penstock(*verify)
        assert (ran.code, ran.out.startswith("NOT INTACT: ")) == (1, True)
        assert ran.out.endswith(f"; checked with {certificate}\n")
        assert "Error" not in ran.out

    Path(pdf).write_bytes(whole)
    Path(certificate).unlink()
    stranger = penstock(*verify)
    assert (stranger.code, stranger.out) == (3, "")
    assert f"penstock report verify {pdf} --key report-signing.crt" in stranger.err


def test_what_is_not_signed_or_not_there_is_called_by_its_name(
    penstock: Command, state: Path
) -> None:
    Path("page.html").write_text("<p>a report</p>")
    ran = penstock("report", "verify", "page.html")
    assert (ran.code, ran.out) == (3, "")
    assert "page.html: neither a PDF nor a bundle" in ran.err
    Path("half.zip").write_bytes((ROOT / "docs/samples/penstock-2026-10.zip").read_bytes()[:999])
    key = ROOT / "docs/samples/ledger-signing.pub"
    ran = penstock("report", "verify", "half.zip", "--key", key)
    assert (ran.code, "half.zip: not a bundle: it is no whole zip file" in ran.err) == (3, True)
    assert penstock("report", "verify", "nowhere.pdf").code == 3
    Path("not.pub").write_text("no key")
    ran = penstock("report", "verify", "half.zip", "--key", "not.pub")
    assert (ran.code, "not.pub: not a public key" in ran.err) == (3, True)


def test_classes_that_no_rule_reports_are_told_without_refusing_the_policy(
    penstock: Command,
) -> None:
    Path("mine.yaml").write_text(
        "name: mine\n"
        "masks: {secret.*: token, pii.national_id.pl_pesl: token}\n"
        "rules:\n  - id: a\n    why: b\n    then: block\n    when:\n      data:\n"
        "        - secret.pasword\n        - secret.acme_key\n        - custom.project\n"
        "        - secret.aws_*\n        - secret.password\n        - custom.*\n        - edm.*\n"
        "    unless: {data: [secret.password.*], owner: me, until: 2030-01-01}\n"
        "examples: []\n"
    )
    ran = penstock("policy", "check", "mine.yaml")
    means, nothing = "no rule reports it: this", "of the policy matches nothing"
    told = [
        "mine.yaml:2: `pii.national_id.pl_pesl` (did you mean `pii.national_id.pl_pesel`?): "
        f"{means} mask {nothing}",
        f"mine.yaml:9: `secret.pasword` (did you mean `secret.password`?): {means} rule {nothing}",
        f"mine.yaml:10: `secret.acme_key`: {means} rule {nothing}",
        f"mine.yaml:11: `custom.project`: {means} rule {nothing}",
        f"mine.yaml:16: `secret.password.*`: {means} exception {nothing}",
    ]
    assert ran.code == 0
    assert ran.err.splitlines() == [f"note: {line}" for line in told]

    Path("own.yaml").write_text(
        "rules:\n  - id: secret.acme_key\n    name: Acme key\n    pattern: 'acme_[0-9]{8}'\n"
        "    confidence: 0.9\n    hits: ['«acme_12345678»']\n    misses: ['acme_1']\n"
    )
    Path("words.txt").write_text("Sunrise\n")
    Path("penstock.yaml").write_text(
        "policy: mine.yaml\ndetection:\n  rules: [own.yaml]\n"
        "  dictionaries: [{file: words.txt, data_class: custom.project}]\n"
    )
    left = [line for line in told if "acme" not in line and "custom" not in line]
    assert penstock("policy", "check", "--json").json["unreported"] == left
    checks = penstock("doctor", "--json").json["checks"]
    found = [(c["verdict"], c["detail"]) for c in checks if c["name"] == "policy classes"]
    assert found == [("note", line) for line in left]
