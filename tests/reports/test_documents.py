"""What the documents about the record say can be done is done here."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from penstock.model import Tally
from reports.bundle import verify_bundle
from reports.cases import open_case, update_case
from reports.export import export
from reports.facts import load, prices
from reports.ledger import Ledger
from tests.reports.samples import NOON, violation


def snippet(page: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", Path(f"docs/{page}").read_text(), re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def exported(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    odd = Tally("pii.email", "email@1", 1, 1e-9 + 0.1 + 0.2, ("ab" * 16,))
    ledger.append([violation(0, host="bücher.example", findings=(odd,))])
    ledger.append(violation(n) for n in range(1, 40))
    ledger.erase(violation(3).user, NOON)
    path = tmp_path / "export.jsonl"
    path.write_text("".join(export(ledger, "json")))
    monkeypatch.chdir(tmp_path)
    return path


def test_the_chain_can_be_checked_with_the_dozen_lines_in_the_document(
    exported: Path, request: pytest.FixtureRequest
) -> None:
    code = (request.config.rootpath / "docs/ledger.md").read_text()
    found = re.search(r"```python\n(.*?)```", code, re.DOTALL)
    assert found
    exec(found[1], {})

    exported.write_text(exported.read_text().replace("api.openai.com", "harmless.com", 1))
    with pytest.raises(AssertionError):
        exec(found[1], {})


def test_the_company_file_in_the_document_works_as_printed(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(snippet("reports.md", "yaml"))
    facts = load(tmp_path / "facts.yaml")
    assert prices(facts).prices
    assert facts.regimes == ("gdpr", "nis2")
    assert facts.contracts["openai-api"].transfer_basis == "adequacy"


def test_the_fields_of_a_case_in_the_document_are_fields(ledger: Ledger) -> None:
    page = Path("docs/reports.md").read_text()
    fields = next(
        block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "aware_at" in block
    )
    detected = NOON - timedelta(days=1)
    case = open_case(ledger, by="ana", at=NOON, title="x", detected_at=detected)
    later = NOON + timedelta(days=2)
    changed = update_case(ledger, case, by="dora", at=later, **yaml.safe_load(fields))
    assert (changed.status, changed.subjects.value) == ("notified", 12)
    assert changed.severity
    assert changed.severity.score == 1.75


def test_the_sample_bundle_is_intact_and_marked_as_demo_data() -> None:
    samples = Path("docs/samples")
    key = (samples / "ledger-signing.pub").read_bytes()
    (bundle,) = samples.glob("*.zip")
    assert verify_bundle(bundle, key).problem == ""
