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
    assert ran.out.endswith(f"by {certificate}\n")
    assert penstock(*verify, "--key", certificate, "--json").json["intact"] is True
    wrong = penstock(*verify, "--key", str(state / "ledger-signing.pub"))
    assert (wrong.code, wrong.out) == (3, "")
    assert "not a certificate" in wrong.err
    Path(pdf).write_bytes(Path(pdf).read_bytes() + b"%")
    ran = penstock(*verify)
    assert (ran.code, "NOT INTACT" in ran.out) == (1, True)
    assert penstock("report", "verify", "nowhere.pdf").code == 3
